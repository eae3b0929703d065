/** Tells the story of an image: who has signed and said what, when, and by which proof; how its gates stand; which exceptions are live. */
import { whyLost } from "./copying/closure.ts";
import type { Descriptor } from "./core/descriptor.ts";
import { showForeign } from "./core/display.ts";
import { DEFAULT_CONCURRENCY, inParallel } from "./core/in-parallel.ts";
import { judgedRepository } from "./core/judged-repository.ts";
import { LIMITS } from "./core/limits.ts";
import type { Member, Policy, Selection, SignatureRules } from "./core/policy.ts";
import type { Reference } from "./core/reference.ts";
import { distinctStores, loadAnchors, storesOf } from "./core/trust-source.ts";
import { type Answer, API_VERSION, type Verdict } from "./core/verdict.ts";
import { evaluate, type EvaluateOptions } from "./evaluate.ts";
import { readerOf } from "./evidence/look-at-manifests.ts";
import { isCountersignPolicy } from "./policy/countersign/document.ts";
import { signersOf } from "./policy/countersign/loaded-questions.ts";
import type { EvidenceSeen } from "./policy/evidence-seen.ts";
import { KEPT_TYPES, type KeptContext, readKeptContext } from "./promoting/kept-context.ts";
import { byTime, gatherEvents, type HistoryEvent } from "./showing/history-events.ts";
import { findHeldExceptions, type HeldException } from "./words/live-exceptions.ts";

export interface LiveException {
  readonly statement: string;
  readonly person: string;
  readonly gate: string;
  readonly waives: readonly string[];
  readonly isBreakGlass: boolean;
  readonly finding?: { readonly advisory?: string; readonly purl: string };
  /** RFC 3339. */
  readonly until: string;
  readonly reason: string;
  /** Of breaking the glass: until when somebody else should approve it (RFC 3339), and who has. */
  readonly afterwards?: { readonly due: string; readonly person?: string };
  /** Some requirement passes by it. */
  readonly isUsed: boolean;
}

export interface HistoryReport {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: "History";
  readonly reference: string;
  readonly pinned?: string;
  readonly product?: string;
  readonly policy: Verdict["policy"];
  readonly judgedAt: string;
  /** In the order in which they come. */
  readonly gates: readonly { readonly gate: string; readonly outcome: Answer }[];
  /** In the order of their times, those without one first. */
  readonly events: readonly HistoryEvent[];
  /** That hold now, by the rules by which verdicts count them. */
  readonly exceptions: readonly LiveException[];
  /** Policies and anchors that somebody has kept with it: nothing is judged by them. */
  readonly kept: readonly KeptContext[];
  readonly complete: boolean;
  readonly notes: readonly string[];
}

export interface HistoryOptions extends Omit<EvaluateOptions, "explain" | "onEvidence" | "annotations"> {
  readonly policy: Policy;
}

/** Throws what `evaluate` does, but for a gate that is left open: then each is told that the image's place is for. */
export async function history(reference: Reference, options: HistoryOptions): Promise<HistoryReport> {
  const { verdicts, held } = await judgeGates(reference, options);
  const [verdict] = verdicts;
  if (verdict === undefined) throw new TypeError("a place is for one gate at least");
  const { subject, policy, product, judgedAt } = verdict;
  const head = {
    apiVersion: API_VERSION,
    kind: "History",
    reference: subject.reference,
    ...(subject.pinned === undefined ? {} : { pinned: subject.pinned }),
    ...(product === undefined ? {} : { product }),
    policy,
    judgedAt,
    gates: gatesOf(verdicts),
  } as const;
  const { descriptor } = subject;
  const rules = descriptor === undefined ? undefined : rulesFor(reference, options);
  if (descriptor === undefined || rules === undefined) {
    const notes = verdicts.flatMap(({ findings }) => findings.map(({ code, message }) => `${code}: ${message}`));
    return { ...head, events: [], exceptions: [], kept: [], complete: false, notes: [...new Set(notes)] };
  }
  const anchors = await loadAnchors(rules.trustStores, options.trust);
  const found = await gatherEvents(descriptor, { ...options, rules, anchors, now: new Date(judgedAt), evidence: readerOf(() => true) });
  const words = new Map(
    verdicts.flatMap(({ requirements }) => requirements.flatMap((one) => one.words ?? [])).map((one) => [one.statement, one]),
  );
  const counted = new Set(
    verdicts.flatMap(({ requirements }) => requirements.flatMap((one) => one.counted.map(({ signature }) => signature))),
  );
  const events = found.events.map((event): HistoryEvent => {
    const word = words.get(event.digest);
    return {
      ...event,
      // A gate may know of the image what makes a signature count.
      ...(event.signature !== undefined && counted.has(event.signature) ? { outcome: "counts" } : {}),
      ...(word === undefined ? {} : { word: { counts: word.counts, because: word.because ?? [] } }),
    };
  });
  return {
    ...head,
    events: events.toSorted(byTime),
    exceptions: liveExceptions(held, verdicts),
    kept: await findKept(descriptor, options),
    complete: found.notes.length === 0,
    notes: found.notes,
  };
}

/** At each gate that the image's place is for, or the one that is asked about; exceptions are found as its verdict finds them. */
async function judgeGates(
  reference: Reference,
  options: HistoryOptions,
): Promise<{ readonly verdicts: readonly Verdict[]; readonly held: readonly HeldException[] }> {
  const selection = select(reference, options);
  const gates = selection?.kind === "gate-wanted" && options.gate === undefined ? selection.choices : [options.gate];
  const verdicts: Verdict[] = [];
  const held: HeldException[] = [];
  for (const gate of gates) {
    const asked = gate === undefined ? options : { ...options, gate };
    let seen: EvidenceSeen | undefined;
    // An image that has entered is looked at as of then too, and then by less.
    const onEvidence = (found: EvidenceSeen): void => {
      if (seen === undefined || found.image.evidence.length > seen.image.evidence.length) seen = found;
    };
    verdicts.push(await evaluate(reference, { ...asked, explain: true, onEvidence }));
    const chosen = select(reference, asked);
    if (seen !== undefined && chosen?.kind === "gate") held.push(...findHeldExceptions(chosen, { policy: options.policy, seen }));
  }
  return { verdicts, held };
}

function select(reference: Reference, { policy, as, gate }: HistoryOptions): Selection | undefined {
  const repository = judgedRepository(reference, { policy, as });
  return repository === undefined ? undefined : policy.select(repository, gate);
}

function gatesOf(verdicts: readonly Verdict[]): HistoryReport["gates"] {
  const outcomes = new Map<string, Answer>();
  for (const { requirements, gate, outcome } of verdicts) {
    for (const one of requirements) outcomes.set(one.gate, worse(outcomes.get(one.gate) ?? "pass", one.outcome));
    // A gate may ask for nothing itself; the rules of a whole verdict are those of its gate.
    if (!outcomes.has(gate) && gate !== "") outcomes.set(gate, outcome);
  }
  return [...outcomes].map(([gate, outcome]) => ({ gate, outcome }));
}

function worse(a: Answer, b: Answer): Answer {
  return (["deny", "unknown", "pass"] as const).find((answer) => answer === a || answer === b) ?? "unknown";
}

/** As the gate judges, and knowing everybody whom the policy knows, whether the gate asks for them or not. */
function rulesFor(reference: Reference, options: HistoryOptions): SignatureRules | undefined {
  const selection = select(reference, options);
  const chosen = selection?.kind === "gate-wanted" ? select(reference, { ...options, gate: selection.choices[0] ?? "" }) : selection;
  if (chosen?.kind !== "gate" || chosen.rules === undefined) return undefined;
  const { rules } = chosen;
  if (rules.signers.kind !== "members" || !isCountersignPolicy(options.policy)) return rules;
  const asked = rules.signers.members;
  const others = [...signersOf(options.policy.loaded).values()].flatMap((one): Member[] =>
    one.kind === "person" && !asked.some(({ name }) => name === one.name) ? [{ ...one, isOfProduct: false }] : [],
  );
  const stores = storesOf(others.flatMap(({ identities }) => identities));
  return {
    ...rules,
    signers: { ...rules.signers, members: [...asked, ...others] },
    trustStores: distinctStores([...rules.trustStores, ...stores]),
  };
}

async function findKept(subject: Descriptor, options: HistoryOptions): Promise<readonly KeptContext[]> {
  const { referrers } = await options.store.referrers(subject.digest, { ...options, artifactTypes: KEPT_TYPES });
  const found = await inParallel(referrers.slice(0, MOST_KEPT), options.concurrency ?? DEFAULT_CONCURRENCY, async (descriptor) => {
    if (descriptor.size > LIMITS.manifestBytes) return undefined;
    try {
      return readKeptContext({ descriptor, bytes: await options.store.fetch(descriptor, options) });
    } catch (error) {
      // It is to be looked at, and nothing rests on it.
      if (whyLost(error) !== undefined) return undefined;
      throw error;
    }
  });
  return found.filter((one) => one !== undefined).toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
}

/** Each promotion leaves two at the most. */
const MOST_KEPT = 100;

/** Each once, whichever gates come after the one that it is of. */
function liveExceptions(held: readonly HeldException[], verdicts: readonly Verdict[]): readonly LiveException[] {
  const used = new Set(
    verdicts.flatMap(({ requirements }) => requirements.flatMap(({ waived = [] }) => waived.map(({ statement }) => statement))),
  );
  const each = [...new Map(held.map((one) => [`${one.gate} ${one.statement}`, one])).values()];
  return each.map(({ kinds, finding, ...one }) => ({
    ...one,
    waives: kinds,
    ...(finding === undefined ? {} : { finding: describeFinding(finding) }),
    isUsed: used.has(one.statement),
  }));
}

function describeFinding({ advisory, purl }: NonNullable<LiveException["finding"]>): NonNullable<LiveException["finding"]> {
  return { ...(advisory === undefined ? {} : { advisory: showForeign(advisory) }), purl: showForeign(purl) };
}
