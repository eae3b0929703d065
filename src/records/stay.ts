/**
 * Answers for an image that has entered its place before: may it stay? Its entry is judged as of then, by the evidence that
 * the record names, and what must hold today is judged today. Source: docs/promotion.md, "Enter and stay".
 */
import type { PromotionSaid } from "../core/decision.ts";
import type { Digest } from "../core/digest.ts";
import type { EvidenceRequirement, FoundDocument, FoundVersion, Gate, Policy } from "../core/policy.ts";
import type { Answer, EntryRecord, RequirementReport, Verdict } from "../core/verdict.ts";
import type { Only } from "../judging/gather.ts";
import { isOvertaken, type PlaceRecords } from "./place-records.ts";
import { showForeign } from "../core/display.ts";
import { findingRow } from "../core/finding.ts";
import type { FoundRecord } from "./find-records.ts";

/** Where an image is asked about, and how the gates are asked. */
export interface EntryQuestion {
  readonly policy: Policy;
  /** In the order of `evaluate`: the one in question is the last. */
  readonly gates: readonly Gate[];
  readonly gate: Gate;
  readonly records: PlaceRecords;
  /** By which the image was asked for; absent where a digest was named. */
  readonly tag: string | undefined;
  readonly now: Date;
  /** All that the gates ask, as of a time, and by no more than `only`; `undefined` where that version of the policy does not judge the place. */
  askEnter(at: Date, only: Only, version: Policy): Promise<{ readonly verdict: Verdict; readonly gate: Gate } | undefined>;
  /** The document of a policy that is kept beside the image. */
  findKept(digest: Digest): Promise<FoundDocument>;
  /** What these gates ask, now, and by all that is there. */
  askNow(gates: readonly Gate[]): Promise<Verdict>;
}

/** Promoters make few; whoever has a key of one could make many. */
const MOST_RECORDS = 4;

/**
 * `undefined` where no record of its entry counts: then it is judged as one that enters now. Of several the first by which it
 * may stay answers, else the first.
 */
export async function judgeStay(question: EntryQuestion): Promise<(Partial<Verdict> & { readonly outcome: Answer }) | undefined> {
  const { records } = question;
  let first: (Partial<Verdict> & { readonly outcome: Answer }) | undefined;
  const today = records.entered.length === 0 ? [] : await judgeToday(question);
  for (const record of records.entered.slice(0, MOST_RECORDS)) {
    const entry = await judgeEntry(record, question);
    if (entry === undefined) continue;
    const held = today.flatMap(({ since, report }) => (since(record) && !isWaivedForGood(report, entry) ? [report] : []));
    const requirements = [...entry.requirements, ...held];
    const outcome = worst(requirements, entry.outcome);
    const end = outcome === "pass" ? endOfStay(question, held) : undefined;
    const answer = {
      ...entry.parts,
      outcome,
      question: "stay" as const,
      record: describe(record, question),
      requirements,
      ...(end === undefined ? {} : { validUntil: { stay: end.toISOString() } }),
    };
    if (outcome === "pass") return answer;
    first ??= answer;
  }
  return first;
}

/** What came in by broken glass runs on without what that waived; an exception ends for what runs as well. */
function isWaivedForGood(report: RequirementReport, { requirements }: Entry): boolean {
  const asked = requirementKey(report);
  return (
    report.kind === "evidence" &&
    requirements.some((one) => requirementKey(one) === asked && (one.waived ?? []).some(({ isBreakGlass }) => isBreakGlass))
  );
}

function requirementKey({ gate, kind, name, by, manifest }: RequirementReport): string {
  return JSON.stringify([gate, kind, name, by, manifest]);
}

/** What keeps it from entering as well: another image has taken its place. It comes back by another promotion, or not at all. */
export function judgeReplaced({ records, gate }: Pick<EntryQuestion, "records" | "gate">): RequirementReport | undefined {
  const { replaced, gaps } = records;
  const [first] = replaced;
  if (first === undefined) return gaps.length === 0 ? undefined : unread(gate, gaps);
  // A record that could not be read may lift it.
  if (gaps.length > 0 && replaced.every((one) => isLiftable(one, gate))) return unread(gate, gaps);
  const message = gate.allowsRollback === true ? sayReplaced(first) : `${sayReplaced(first)}, and the policy does not allow to go back`;
  return reportOf(gate, { outcome: "deny", code: "promotion/replaced", message, evidence: [first.digest] });
}

function isLiftable({ said }: FoundRecord, { allowsRollback }: Gate): boolean {
  return allowsRollback === true || isOvertaken(said);
}

/** In words, why a no may be none: what could not be read may be a record by which it may stay. Not where it is out for good. */
export function whyMayStay({
  records,
  gate,
  tag,
  now,
}: Pick<EntryQuestion, "records" | "gate" | "tag" | "now">): RequirementReport | undefined {
  const { replaced, gaps } = records;
  const isOut = replaced.some((one) => !isLiftable(one, gate) && (endOf(one, gate, tag) ?? Infinity) <= now.getTime());
  if (gaps.length === 0 || isOut) return undefined;
  const message = `whether it has entered by a record that could not be read is not known: ${gaps.join("; ")}`;
  return reportOf(gate, { outcome: "unknown", code: "promotion/unread", message, evidence: [] });
}

interface Entry {
  readonly outcome: Answer;
  readonly requirements: readonly RequirementReport[];
  readonly parts: Partial<Verdict>;
}

/** By the worse of both ends of the record's interval, and whether or not what it does not name is looked at. */
async function judgeEntry({ said, digest }: FoundRecord, question: EntryQuestion): Promise<Entry | undefined> {
  const { policy } = question;
  const { policy: version, gaps } = await versionThen(said, question);
  if (version === undefined) return gaps.length === 0 ? undefined : unreadEntry(question.gate, gaps);
  const named = new Set<string>(said.evidence);
  const { from, to } = said.judged;
  const moments = from.getTime() === to.getTime() ? [to] : [from, to];
  let found: Entry | undefined;
  for (const at of moments) {
    for (const only of [
      { named, until: at },
      { named, othersUntil: at },
    ]) {
      const asked = await question.askEnter(at, only, version);
      // What it says of the gate is what its author saw; of another gate it says nothing.
      if (asked === undefined || asked.gate.head?.gateDigest !== said.head.gateDigest) return undefined;
      if (policy.promoters?.areTrusted === true) return { ...trusted(asked.verdict, digest) };
      const { requirements, signatures, evidence, findings, unexamined, relaxations, outcome } = asked.verdict;
      const parts = { signatures, ...(evidence === undefined ? {} : { evidence }), findings, unexamined, relaxations };
      if (outcome === "deny") return { outcome, requirements, parts };
      // What could not be found out as of one end may be a no as of the other.
      if (found === undefined || outcome !== "pass") found = { outcome, requirements, parts };
    }
  }
  return found;
}

async function versionThen({ policyDigest, judged }: PromotionSaid, { policy, findKept }: EntryQuestion): Promise<FoundVersion> {
  if (policyDigest === policy.digest) return { policy, gaps: [] };
  return (await policy.versionOf?.({ digest: policyDigest, judged, findKept: () => findKept(policyDigest) })) ?? { gaps: [] };
}

function unreadEntry(gate: Gate, gaps: readonly string[]): Entry {
  const message = `by which version of the policy it entered could not be told: ${gaps.join("; ")}`;
  const report = reportOf(gate, { outcome: "unknown", code: "promotion/unread", message, evidence: [] });
  return { outcome: "unknown", requirements: [report], parts: {} };
}

function trusted({ signatures, findings, unexamined }: Verdict, record: Digest): Entry {
  const relaxations = [`the word of the record ${record} was taken for what met the gate`];
  return { outcome: "pass", requirements: [], parts: { signatures, findings, unexamined, relaxations } };
}

function always(): boolean {
  return true;
}

interface Today {
  readonly report: RequirementReport;
  /** Whether it matters to what has come in by this record. */
  readonly since: (record: FoundRecord) => boolean;
}

async function judgeToday(question: EntryQuestion): Promise<readonly Today[]> {
  const { gates, gate } = question;
  const superseded = judgeSuperseded(question);
  const isAsked = (report: RequirementReport): boolean =>
    report.kind === "approval" || (gate.stay?.scanMaxAge !== undefined && report.kind === "evidence" && report.name === "scan");
  const asked = gates.map((one) => withLastingScans(one, gate));
  const hasAny = asked.some(({ requirements }) => requirements.some(({ kind, name }) => kind === "approval" || name === "scan"));
  const verdict = hasAny ? await question.askNow(asked) : undefined;
  return [
    ...(superseded === undefined ? [] : [{ report: superseded, since: always }]),
    ...(verdict?.requirements ?? []).filter(isAsked).flatMap((report): readonly Today[] => {
      if (report.kind !== "approval") return [{ report, since: always }];
      const rejection = rejectionIn(report);
      return rejection === undefined ? [] : [rejection];
    }),
  ];
}

/** The gate with its scans by the age that they may have reached by now, where the policy says which that is. */
function withLastingScans(gate: Gate, { stay }: Gate): Gate {
  const maxAge = stay?.scanMaxAge;
  if (maxAge === undefined) return gate;
  const requirements = gate.requirements.map((requirement) =>
    requirement.kind === "evidence" && requirement.name === "scan" ? lasting(requirement, maxAge) : requirement,
  );
  return { ...gate, requirements };
}

/** The scanner's database has to have been fresh when it was scanned, and not today. */
function lasting(requirement: EvidenceRequirement, maxAge: number): EvidenceRequirement {
  const { endOf: _databaseEnd, ...scan } = requirement;
  return {
    ...scan,
    maxAge,
    judge: (content, context) => {
      const at = "at" in content ? content.at : undefined;
      return scan.judge(content, at === undefined ? context : { ...context, now: at });
    },
  };
}

/** An approval need not last; a rejection that came later takes the image out. */
function rejectionIn(report: RequirementReport): Today | undefined {
  const { words = [], because = [], gate, kind, name, by, atLeast } = report;
  const rejections = words.filter(({ decision, counts }) => decision === "rejected" && counts);
  const isUnread = because.some(({ code }) => code === "integrity/unfetchable");
  if (rejections.length === 0 && !isUnread) return undefined;
  const shared = { gate, kind, name, ...(by === undefined ? {} : { by }), atLeast, counted: [], evidence: [], words: rejections };
  if (rejections.length === 0) {
    const message = "whether somebody has rejected it since it entered is not known";
    const open = { ...shared, outcome: "unknown", missing: [message], because: [{ code: "integrity/unfetchable", message }] } as const;
    return { report: open, since: always };
  }
  const message = `${rejections.map(({ person }) => person).join(" and ")} rejected it after it had entered`;
  return {
    report: {
      ...shared,
      outcome: "deny",
      missing: [message],
      because: [{ code: "approvals/rejected", message }],
      remedy: findingRow("approvals/rejected").remedy,
    },
    // What was said before has been weighed with the entry.
    since: ({ said }) => rejections.some(({ at }) => at === undefined || Date.parse(at) > said.judged.to.getTime()),
  };
}

/** By the tag that another image was given at once, else after the time that the policy gives. */
function judgeSuperseded({ records, gate, tag, now }: EntryQuestion): RequirementReport | undefined {
  const { replaced, gaps } = records;
  const ends = replaced.map((record) => ({ record, end: endOf(record, gate, tag) }));
  const over = ends.find(({ end }) => end !== undefined && end <= now.getTime());
  if (over !== undefined) {
    const { record } = over;
    const isByTag = tag !== undefined && record.said.tags.includes(tag);
    const code = isByTag ? "promotion/replaced" : "promotion/superseded";
    return reportOf(gate, { outcome: "deny", code, message: sayReplaced(record), evidence: [record.digest] });
  }
  // Only where that would be a no.
  if (gaps.length === 0 || (tag === undefined && gate.stay?.superseded === undefined)) return undefined;
  return unread(gate, gaps);
}

function unread(gate: Gate, gaps: readonly string[]): RequirementReport {
  const message = `whether another image has taken its place could not be told: ${gaps.join("; ")}`;
  return reportOf(gate, { outcome: "unknown", code: "promotion/unread", message, evidence: [] });
}

/** In milliseconds, when it may not stay any more; `undefined` for never. */
function endOf({ said }: FoundRecord, { stay }: Gate, tag: string | undefined): number | undefined {
  if (tag !== undefined && said.tags.includes(tag)) return -Infinity;
  return stay?.superseded === undefined ? undefined : said.signedAt.getTime() + stay.superseded * 1000;
}

function sayReplaced({ said, promoter }: FoundRecord): string {
  const tags = said.tags.length === 0 ? "its place" : said.tags.map((tag) => showForeign(tag, 128)).join(", ");
  return `at ${said.signedAt.toISOString()} ${showForeign(promoter)} gave ${tags} to ${said.other?.image ?? "another image"}`;
}

function endOfStay({ records, gate, tag }: EntryQuestion, requirements: readonly RequirementReport[]): Date | undefined {
  const fresh = requirements.flatMap(({ name, freshUntil, kind }) =>
    kind === "evidence" && name === "scan" && freshUntil !== undefined ? [Date.parse(freshUntil)] : [],
  );
  const ends = [...records.replaced.map((record) => endOf(record, gate, tag) ?? Infinity), ...fresh];
  const end = Math.min(...ends);
  return Number.isFinite(end) ? new Date(end) : undefined;
}

function reportOf(
  gate: Gate,
  told: {
    readonly outcome: Answer;
    readonly code: "promotion/replaced" | "promotion/superseded" | "promotion/unread";
    readonly message: string;
    readonly evidence: readonly string[];
  },
): RequirementReport {
  const { outcome, code, message, evidence } = told;
  const { remedy } = findingRow(code);
  return {
    gate: gate.name,
    kind: "rule",
    name: "superseded",
    atLeast: 1,
    outcome,
    counted: [],
    evidence,
    missing: [message],
    because: [{ code, message }],
    ...(remedy === "" ? {} : { remedy }),
  };
}

function worst(requirements: readonly RequirementReport[], entry: Answer): Answer {
  const outcomes = new Set([entry, ...requirements.map(({ outcome }) => outcome)]);
  if (outcomes.has("deny")) return "deny";
  return outcomes.has("unknown") ? "unknown" : "pass";
}

function describe({ digest, promoter, said }: FoundRecord, { policy }: EntryQuestion): EntryRecord {
  return {
    statement: digest,
    promoter: showForeign(promoter, 1_000),
    from: showForeign(said.from, 1_000),
    tags: said.tags.map((tag) => showForeign(tag, 128)),
    entered: { from: said.judged.from.toISOString(), to: said.judged.to.toISOString() },
    isTrusted: policy.promoters?.areTrusted === true,
  };
}
