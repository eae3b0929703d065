/** Tells the story of an image: who has signed and said what, when, and by which proof; how its gates stand; which exceptions are live. */
import { whyLost } from "./closure.ts";
import type { Descriptor } from "./core/descriptor.ts";
import { showForeign } from "./core/display.ts";
import type { Content, ContentKind } from "./core/evidence.ts";
import { DEFAULT_CONCURRENCY, inParallel } from "./core/in-parallel.ts";
import { judgedRepository } from "./core/judged-repository.ts";
import { LIMITS } from "./core/limits.ts";
import type { Member, Policy, Selection, SignatureRules } from "./core/policy.ts";
import type { Reference } from "./core/reference.ts";
import { distinctStores, loadAnchors, storesOf } from "./core/trust-source.ts";
import { type Answer, API_VERSION, type SignatureReport, type Verdict } from "./core/verdict.ts";
import { evaluate, type EvaluateOptions } from "./evaluate.ts";
import { gather, type GatherOptions, listHanging } from "./gather.ts";
import { KEPT_TYPES, type KeptContext, readKeptContext } from "./kept-context.ts";
import { findHeldExceptions, type HeldException } from "./live-exceptions.ts";
import { gapsOf, readerOf } from "./look-at-manifests.ts";
import { isCountersignPolicy } from "./policy/countersign/document.ts";
import { signersOf } from "./policy/countersign/loaded.ts";
import type { EvidenceSeen, ExaminedEvidence } from "./policy/evidence-seen.ts";
import { findRecords } from "./records/find-records.ts";
import { findRunnable } from "./runnable.ts";
import { type ContentSummary, summarise } from "./statements/summary.ts";

export interface HistoryEvent {
  /** RFC 3339: when it was signed, by the proof; absent where nothing says it. */
  readonly at?: string;
  /** `timestamp`: an authority that is believed vouches that it was there by then. `claim`: the signer says so. */
  readonly proof: "timestamp" | "claim" | "none";
  /** Who has stamped it, escaped for display. */
  readonly authority?: string;
  /** By the policy's name; of a record by that of `verifier.yaml`. */
  readonly person?: string;
  readonly party?: string;
  /** As the signature shows it, escaped for display. */
  readonly signer?: string;
  /** Whether the signature is good, and of somebody whom the policy knows. */
  readonly outcome: SignatureReport["outcome"];
  readonly kind: ContentKind | "signature";
  /** What was stated, in figures; absent where it is nobody's word, or could not be read. */
  readonly content?: ContentSummary;
  /** Of approvals at a gate that was judged: whether it counts there, and why not. */
  readonly word?: { readonly counts: boolean; readonly because: readonly { readonly code: string; readonly message: string }[] };
  /** Escaped for display. */
  readonly predicateType?: string;
  /** Of the statement, or of the signature where nothing is stated. */
  readonly digest: string;
  /** Of the signature. */
  readonly signature?: string;
  /** Of the one manifest of an index that it is about. */
  readonly manifest?: string;
}

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
  const found = await gatherAll(descriptor, { ...options, rules, anchors, now: new Date(judgedAt), evidence: readerOf(() => true) });
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

interface Found {
  readonly events: readonly HistoryEvent[];
  readonly evidence: readonly ExaminedEvidence[];
  readonly notes: readonly string[];
}

async function gatherAll(image: Descriptor, options: GatherOptions & HistoryOptions): Promise<Found> {
  const root = await options.store.resolve({ digest: image.digest }, options);
  const { manifests, gaps } = await findRunnable(root, options);
  const children = manifests.map(({ descriptor }) => descriptor).filter(({ digest }) => digest !== image.digest);
  const parts: Found[] = [];
  for (const part of [image, ...children]) parts.push(await gatherOne(part, { ...options, isChild: part !== image }));
  return {
    events: parts.flatMap(({ events }) => events),
    evidence: parts.flatMap(({ evidence }) => evidence),
    notes: [...new Set([...gaps, ...parts.flatMap(({ notes }) => notes)])],
  };
}

async function gatherOne(
  subject: Descriptor,
  { isChild, ...options }: GatherOptions & HistoryOptions & { readonly isChild: boolean },
): Promise<Found> {
  const hanging = await listHanging(options.store, subject.digest, options);
  const gathered = await gather(subject, hanging, options);
  const { promoters } = options.policy;
  const records = promoters === undefined ? [] : (await findRecords(subject, hanging, { ...options, promoters })).found;
  const promotersBy = new Map<string, string>(records.map(({ digest, promoter }) => [digest, promoter]));
  const about = isChild ? { manifest: subject.digest } : {};
  const signed = gathered.signatures.map((report): HistoryEvent => ({
    ...whoAndWhen(report, undefined),
    kind: "signature",
    digest: report.digest,
    signature: report.digest,
    ...about,
  }));
  const stated = gathered.evidence.flatMap((one) => eventsOf(one, promotersBy).map((event) => ({ ...event, ...about })));
  return {
    events: [...signed, ...stated],
    evidence: gathered.evidence,
    notes: [...gapsOf(hanging, gathered), ...hanging.listing.notes.map(({ message }) => showForeign(message))],
  };
}

/** One for each who has signed it; what nobody has signed is nobody's word, and is told so. */
function eventsOf({ report, content }: ExaminedEvidence, promoters: ReadonlyMap<string, string>): readonly HistoryEvent[] {
  const promoter = promoters.get(report.digest);
  const about = {
    kind: report.content ?? "other",
    ...(content === undefined ? {} : { content: summarise(content) }),
    ...(report.predicateType === undefined ? {} : { predicateType: report.predicateType }),
    digest: report.digest,
  };
  if (report.signatures.length === 0) return [{ ...about, proof: "none", outcome: isOpen(report.findings) ? "unknown" : "does-not-count" }];
  return report.signatures.map((signature) => ({
    ...about,
    ...whoAndWhen(signature, content),
    ...(promoter === undefined || signature.person !== undefined ? {} : { person: promoter, outcome: "counts" as const }),
    signature: signature.digest,
  }));
}

function isOpen(findings: ExaminedEvidence["report"]["findings"]): boolean {
  return findings.some(({ outcome }) => outcome === "unknown");
}

type WhoAndWhen = Pick<HistoryEvent, "at" | "proof" | "authority" | "person" | "party" | "signer" | "outcome">;

/** A bare key's signature does not say when it was made; what it signs may. */
function whoAndWhen({ person, party, proven, claimed, outcome }: SignatureReport, content: Content | undefined): WhoAndWhen {
  const who = {
    outcome,
    ...(person === undefined ? {} : { person }),
    ...(party === undefined ? {} : { party }),
    ...(proven === undefined ? {} : { signer: proven.signer }),
  };
  if (proven?.time !== undefined) return { ...who, at: proven.time.to, proof: "timestamp", authority: proven.time.authority };
  const said = claimed?.signingTime ?? (content !== undefined && "at" in content ? content.at?.toISOString() : undefined);
  return said === undefined ? { ...who, proof: "none" } : { ...who, at: said, proof: "claim" };
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

function byTime(a: HistoryEvent, b: HistoryEvent): number {
  return timeOf(a) - timeOf(b) || (a.digest < b.digest ? -1 : Number(a.digest > b.digest));
}

function timeOf({ at }: HistoryEvent): number {
  const time = Date.parse(at ?? "");
  return Number.isNaN(time) ? 0 : time;
}

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
