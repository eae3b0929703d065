/** Asks a policy about recorded images, and compares each answer with the one that was expected. */
import { fixedClock, type Clock } from "./core/clock.ts";
import { CountersignError } from "./core/errors.ts";
import type { Policy } from "./core/policy.ts";
import { formatReference, type Reference, repositoryOf } from "./core/reference.ts";
import type { ReadonlyStore } from "./core/store.ts";
import type { TrustSource } from "./core/trust-source.ts";
import type { Answer, Verdict } from "./core/verdict.ts";
import { evaluate } from "./evaluate.ts";
import { isBlocking } from "./policy/gate-view.ts";
import type { Fault, TestCase } from "./policy/policy-test/document.ts";
import { withRevocationGap } from "./policy/verifier/unread-list.ts";

export interface TestedCase {
  readonly name: string;
  readonly isAsExpected: boolean;
  readonly expected: Answer;
  /** Absent where nothing could be answered. */
  readonly answer?: Answer;
  /** What was expected to stand in the way. */
  readonly because?: string;
  /** Codes of what does. */
  readonly codes: readonly string[];
  /** In words: what is missing, or why there is no answer. */
  readonly missing: readonly string[];
}

export interface Recorded {
  readonly reference: Reference;
  readonly as: string;
  readonly store: ReadonlyStore;
  /** Those that it may be built on, and theirs. */
  readonly bases: readonly Omit<Recorded, "bases">[];
}

interface Testing {
  readonly policy: Policy;
  readonly trust: TrustSource;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly open: (image: string) => Promise<Recorded>;
}

/** The same evaluation as of any other image, of a store that may be made to fail, at a clock that stands. */
export async function testPolicy(cases: readonly TestCase[], testing: Testing): Promise<readonly TestedCase[]> {
  const tested: TestedCase[] = [];
  for (const one of cases) tested.push(await testCase(one, testing));
  return tested;
}

async function testCase(one: TestCase, { policy, trust, clock, signal, open }: Testing): Promise<TestedCase> {
  const { name, expect: expected, because } = one;
  const asked = { name, expected, ...(because === undefined ? {} : { because }) };
  const { reference, as, store, bases } = await open(one.image);
  try {
    const verdict = await evaluate(reference, {
      policy: one.faults.includes("revocations-down")
        ? withRevocationGap(policy, "the case says that the list of revocations does not come")
        : policy,
      trust,
      ...(signal === undefined ? {} : { signal }),
      as,
      store: withFaults(store, one.faults),
      openStore: (base) => findBase(base, bases),
      clock: one.at === undefined ? clock : fixedClock(one.at),
      explain: true,
      ...(one.gate === undefined ? {} : { gate: one.gate }),
    });
    const codes = codesOf(verdict);
    const isAsExpected = verdict.outcome === expected && (because === undefined || codes.includes(because));
    const missing = [
      ...verdict.findings.map(({ message }) => message),
      ...verdict.requirements.flatMap((requirement) => requirement.missing),
    ];
    return { ...asked, isAsExpected, answer: verdict.outcome, codes, missing: [...new Set(missing)] };
  } catch (error) {
    // No gate, or one that the policy does not have, is an answer to the case; a file that is not there is none.
    if (!(error instanceof CountersignError) || error.code !== "usage/gate-wanted") throw error;
    return { ...asked, isAsExpected: false, codes: [error.code], missing: [error.message] };
  }
}

/** Several of one repository are told apart by what they hold. */
async function findBase(reference: Reference, bases: Recorded["bases"]): Promise<ReadonlyStore> {
  for (const { as, store } of bases) if (as === repositoryOf(reference) && (await isHeld(reference, store))) return store;
  throw new CountersignError("store/unreachable", `Cannot open "${formatReference(reference)}": it is not among the recorded bases`);
}

async function isHeld(reference: Reference, store: ReadonlyStore): Promise<boolean> {
  try {
    await store.resolve(reference);
    return true;
  } catch (error) {
    if (error instanceof CountersignError && error.code === "store/not-found") return false;
    throw error;
  }
}

/** Of what keeps it from a pass, each once. */
function codesOf({ outcome, findings, requirements, signatures, evidence = [] }: Verdict): readonly string[] {
  if (outcome === "pass") return [];
  const unmet = requirements.filter((requirement) => requirement.outcome !== "pass");
  const signed = [...signatures, ...evidence.flatMap((one) => one.signatures)];
  return [
    ...new Set([
      ...findings.filter((one) => one.outcome === "fail" || one.outcome === "unknown").map(({ code }) => code),
      ...unmet.flatMap(({ because = [], refused = [], refusedEvidence = [], words = [] }) =>
        [...because, ...[...refused, ...refusedEvidence, ...words].flatMap((one) => one.because ?? [])].map(({ code }) => code),
      ),
      ...[...signed.flatMap((one) => one.findings), ...evidence.flatMap((one) => one.findings)].filter(isBlocking).map(({ code }) => code),
    ]),
  ];
}

function withFaults(store: ReadonlyStore, faults: readonly Fault[]): ReadonlyStore {
  const isCut = faults.includes("listing-cut-off");
  const isUnreachable = faults.includes("listing-unreachable");
  const hidden = new Set<string>();
  return {
    name: store.name,
    resolve: (target, options) => store.resolve(target, options),
    fetch: (descriptor, options) => {
      if (!hidden.has(descriptor.digest)) return store.fetch(descriptor, options);
      throw new CountersignError("store/unreachable", `Cannot fetch "${descriptor.digest}": the case says that it cannot be`);
    },
    referrers: async (subject, options) => {
      if (isUnreachable) {
        const message = "the case says that the listing does not come";
        return { referrers: [], complete: false, notes: [{ code: "listing/unreachable", message }], sources: [] };
      }
      const listing = await store.referrers(subject, options);
      if (faults.includes("unfetchable")) for (const { digest } of listing.referrers) hidden.add(digest);
      if (!isCut) return listing;
      const note = { code: "listing/cut-off", message: "the case says that the listing is cut off" } as const;
      return { ...listing, complete: false, notes: [...listing.notes, note] };
    },
  };
}
