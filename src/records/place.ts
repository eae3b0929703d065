/** The image at its place: what its records of promotions say to what is asked of it there. Loaded only where somebody may promote. */
import { rememberReads } from "../copying/remembered-store.ts";
import { CountersignError } from "../core/errors.ts";
import type { Gate, Policy, Promoters } from "../core/policy.ts";
import { parseReference, type Reference, repositoryOf } from "../core/reference.ts";
import { loadAnchors } from "../core/trust-source.ts";
import type { Verdict } from "../core/verdict.ts";
import { FORMATS } from "../formats/table.ts";
import { type Hanging, listHanging, type Only } from "../judging/gather.ts";
import { judge, type Judging } from "../judging/judge.ts";
import { prepareGates, withAnnotations } from "../judging/prepare-gates.ts";
import type { Draft } from "../judging/verdict-draft.ts";
import { findKeptPolicy } from "../promoting/kept-policy.ts";
import type { EntryQuestion } from "./entry-question.ts";
import { findRecords, RECORD_READER, type Records } from "./find-records.ts";
import { isOvertaken, type PlaceRecords, recordsAt } from "./place-records.ts";
import { judgeReplaced, whyMayStay } from "./replaced.ts";
import { judgeStay } from "./stay.ts";

export { RECORD_READER, rememberReads };

const NONE: PlaceRecords = { entered: [], replaced: [], gaps: [] };

interface PlaceAsked {
  readonly promoters: Promoters;
  readonly gate: Gate;
  /** It is asked about at the product's place for the gate. */
  readonly isPlace: boolean;
  readonly reference: Reference;
}

/** With what its records say: under which names it was found, and whether it has entered before. */
export async function judgeAtPlace(
  draft: Draft,
  given: Judging & { readonly enter: (asked: Judging) => Promise<Verdict> },
  { promoters, gate, isPlace, reference }: PlaceAsked,
): Promise<Verdict> {
  const { subject, hanging, options, now } = given;
  const records = await findRecords(subject.descriptor, hanging, { ...options, now, promoters });
  const originsOf = (asking: Gate): readonly string[] => [...given.originsOf(asking), ...originsIn(records, asking, now)];
  const asked = { ...given, originsOf, hanging: given.more?.asks.evidence === undefined ? withoutStatements(hanging) : hanging };
  // Whoever wants to see the evidence wants all of it, and once.
  const { onEvidence, ...unwatched } = options;
  if (onEvidence !== undefined) await judge(draft, asked);
  const plain = { ...asked, options: unwatched };
  const answer = await answerAtPlace(records, {
    policy: options.policy,
    gates: given.gates,
    gate,
    tag: reference.digest === undefined ? reference.tag : undefined,
    now,
    isPlace,
    mustEnter: options.enter === true,
    isPromoted: options.promotedFrom !== undefined,
    enter: () => given.enter(plain),
    findKept: (digest) => findKeptPolicy(subject.descriptor.digest, { ...options, digest }),
    askNow: (gates) => judge(draft, { ...plain, gates }),
    askEnter: (at, only, version) => judgeAsOf(draft, plain, { at, only, version }),
  });
  return draft.finish(answer.outcome, answer);
}

/** What nobody asks for was listed for the records alone. */
function withoutStatements({ listing, ...hanging }: Hanging): Hanging {
  const types = new Set(FORMATS.flatMap(({ carrier }) => carrier.artifactTypes));
  return { ...hanging, listing: { ...listing, referrers: listing.referrers.filter(({ artifactType = "" }) => types.has(artifactType)) } };
}

/** The same question as of another time, by less than all that is there, and maybe by an earlier version of the policy. */
async function judgeAsOf(
  draft: Draft,
  given: Judging,
  { at, only, version }: { readonly at: Date; readonly only: Only; readonly version: Policy },
): Promise<{ readonly verdict: Verdict; readonly gate: Gate } | undefined> {
  const { options, repository } = given;
  const { monotonicMs } = options.clock;
  const clock = { now: () => new Date(at), ...(monotonicMs === undefined ? {} : { monotonicMs }) };
  const asOf = { ...options, clock, policy: version };
  const then = version === options.policy ? given : await judgingBy(version, given);
  const gate = then?.gates.at(-1);
  if (then === undefined || gate === undefined) return undefined;
  return { verdict: await judge(draft, { ...then, now: at, only, options: asOf, repository }), gate };
}

async function judgingBy(version: Policy, given: Judging): Promise<Judging | undefined> {
  const { options, repository, subject } = given;
  const selection = version.select(repository, given.gates.at(-1)?.name);
  if (selection.kind !== "gate" || selection.rules === undefined) return undefined;
  const prepared = await prepareGates(selection, version);
  const asks = { ...(options.signal === undefined ? {} : { signal: options.signal }), ...prepared.more?.asks };
  const hanging = await listHanging(options.store, subject.descriptor.digest, asks);
  const anchors = await loadAnchors(selection.rules.trustStores, options.trust);
  return { ...given, ...prepared, rules: withAnnotations(selection.rules, options), anchors, hanging };
}

/** The repositories in which promoters have found it when they brought it to its place for the gate. */
function originsIn(records: Records, gate: Gate, now: Date): readonly string[] {
  if (gate.head === undefined) return [];
  const { entered } = recordsAt(records, gate.head, { now, allowsRollback: true });
  return entered.flatMap(({ said }) => repositoryIn(said.from) ?? []);
}

function repositoryIn(text: string): string | undefined {
  try {
    const reference: Reference = parseReference(text);
    return reference.kind === "registry" ? repositoryOf(reference) : undefined;
  } catch (error) {
    if (error instanceof CountersignError) return undefined;
    throw error;
  }
}

/** Whoever promotes it now lifts what can be lifted. */
function withoutLiftable({ replaced, ...records }: PlaceRecords, { allowsRollback }: Gate): PlaceRecords {
  if (allowsRollback === true) return NONE;
  return { ...records, replaced: replaced.filter(({ said }) => !isOvertaken(said)) };
}

async function answerAtPlace(
  all: Records,
  {
    isPlace,
    mustEnter,
    isPromoted,
    enter,
    ...question
  }: Omit<EntryQuestion, "records"> & {
    readonly isPlace: boolean;
    readonly mustEnter: boolean;
    readonly isPromoted: boolean;
    readonly enter: () => Promise<Verdict>;
  },
): Promise<Partial<Verdict> & Pick<Verdict, "outcome">> {
  const { gate, now } = question;
  const records =
    isPlace && gate.head !== undefined ? recordsAt(all, gate.head, { now, allowsRollback: gate.allowsRollback === true }) : NONE;
  const stay = mustEnter ? undefined : await judgeStay({ ...question, records });
  if (stay?.outcome === "pass") return stay;
  const verdict = await enter();
  const replaced = judgeReplaced({ records: isPromoted ? withoutLiftable(records, gate) : records, gate });
  // Whatever may come in now may stay as well; else the record says more.
  if (verdict.outcome === "pass" && replaced === undefined) return verdict;
  const doubt = mustEnter ? undefined : whyMayStay({ ...question, records });
  if (stay !== undefined) {
    if (stay.outcome !== "deny" || doubt === undefined) return stay;
    return { ...stay, outcome: "unknown", requirements: [...(stay.requirements ?? []), doubt] };
  }
  if (replaced === undefined) return verdict;
  const { validUntil: _, ...rest } = verdict;
  const isDenied = replaced.outcome === "deny" || verdict.outcome === "deny";
  const more = doubt === undefined || replaced.outcome === "unknown" ? [replaced] : [replaced, doubt];
  return { ...rest, outcome: isDenied && doubt === undefined ? "deny" : "unknown", requirements: [...verdict.requirements, ...more] };
}
