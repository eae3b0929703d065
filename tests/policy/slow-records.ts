/**
 * Records of promotions for the slow evaluator, as docs/promotion.md tells of them: asks of each record by itself whether the
 * image may stay by it, and else whether it may enter now. It knows who has signed what. Times are in hours before now.
 */
import type { Answer } from "../../src/core/verdict.ts";
import { judgeApprovals, type PlainWord } from "./slow-approvals.ts";

/** Where it was built has no time of its own. */
export type PlainEvidence =
  | { readonly kind: "provenance"; readonly isOfBuilder: boolean }
  | { readonly kind: "scan"; readonly hoursAgo: number; readonly isCritical: boolean }
  | {
      readonly kind: "word";
      readonly by: string;
      readonly decision: PlainWord["decision"];
      readonly hoursAgo: number;
      /** Places in the list of evidence. */
      readonly supersedes: readonly number[];
    };

/** What one record says that is not so here, or that cannot be known. */
export type Odd = "none" | "gate" | "product" | "policy" | "repository" | "chain" | "gate-version" | "policy-version";

export interface PlainRecord {
  readonly event: "entered" | "replaced";
  readonly isByPromoter: boolean;
  readonly odd: Odd;
  readonly hoursAgo: number;
  readonly judged: { readonly from: number; readonly to: number };
  /** Places in the list of evidence. */
  readonly names: readonly number[];
  readonly tags: readonly string[];
  /** Places of earlier records: the one before it, and those that it lifts. */
  readonly replaces?: number;
  readonly lifts: readonly number[];
  /** Of `replaced`: the image had its tag when the other one came, and was not merely too late. */
  readonly hadTag: boolean;
  /** It is listed and cannot be had. */
  readonly isHidden: boolean;
}

export interface RecordQuestion {
  readonly evidence: readonly PlainEvidence[];
  readonly records: readonly PlainRecord[];
  readonly stay: { readonly scanMaxAge?: number; readonly superseded?: number };
  readonly allowsRollback: boolean;
  readonly areTrusted: boolean;
  /** By which it is asked about, if it is not by its digest. */
  readonly tag?: string;
  readonly isEnterForced: boolean;
}

/** Answers that would be wrong here: what nobody can read may be as it is, or nothing. */
export function wrongAnswers(question: RecordQuestion): readonly Answer[] {
  // As if a stranger had written it: others go on naming it by its place.
  const records = question.records.map((record) => (record.isHidden ? { ...record, isByPromoter: false } : record));
  const right = [judgeRecords(question).answer, judgeRecords({ ...question, records }).answer];
  return (["pass", "deny"] as const).filter((answer) => right.some((one) => one !== answer));
}

/** Who are asked for approval, and eva, who is not; for how long it is valid, and for how long a scan is. */
export const GATE = { by: ["ana", "bo"], others: ["eva"], validHours: 72, scanHours: 24 } as const;

export interface RecordAnswer {
  readonly answer: Answer;
  readonly question: "enter" | "stay";
}

/** A clock may be wrong by so much, in hours. */
const SKEW = 5 / 60;

export function judgeRecords(question: RecordQuestion): RecordAnswer {
  const { records, isEnterForced } = question;
  const here = records.map((record, id) => ({ ...record, id })).filter(isOfThisPlace);
  const replaced = here.filter((record) => record.event === "replaced" && !isLifted(record, here, question));
  const counting = here.filter(
    ({ id, event, odd }) =>
      event === "entered" && odd === "none" && !here.some((later) => later.event === "entered" && later.replaces === id),
  );
  const stays = isEnterForced
    ? []
    : counting.toSorted((a, b) => a.judged.to - b.judged.to).map((record) => mayStay(record, replaced, question));
  if (stays.includes("pass")) return { answer: "pass", question: "stay" };
  const enters = mayEnter(question, { at: 0, isSeen: () => true });
  const enter = replaced.length > 0 ? "deny" : enters;
  if (enter === "pass") return { answer: "pass", question: "enter" };
  const [latest] = stays;
  return latest === undefined ? { answer: enter, question: "enter" } : { answer: latest, question: "stay" };
}

/** What its place, its gate or its author is wrong for says nothing here, and neither does what is yet to come. */
function isOfThisPlace({ isByPromoter, odd, hoursAgo, judged }: PlainRecord): boolean {
  const isAboutIt = odd === "none" || odd === "gate-version" || odd === "policy-version";
  return isByPromoter && isAboutIt && hoursAgo >= -SKEW && judged.to >= -SKEW;
}

/** Whoever was too late has not gone back when he comes again. */
function isLifted({ id, hadTag }: PlainRecord & { readonly id: number }, here: readonly PlainRecord[], { allowsRollback }: RecordQuestion) {
  return (allowsRollback || !hadTag) && here.some(({ event, lifts }) => event === "entered" && lifts.includes(id));
}

function mayStay(record: PlainRecord, replaced: readonly PlainRecord[], question: RecordQuestion): Answer {
  const { stay, tag, evidence } = question;
  const isOut = replaced.some(
    ({ tags, hoursAgo }) => (tag !== undefined && tags.includes(tag)) || (stay.superseded !== undefined && hoursAgo >= stay.superseded),
  );
  // A rejection of before is part of what was judged then.
  const isRejected = openWords(evidence).some(
    ({ by, decision, hoursAgo }) => decision === "rejected" && isAsked(by) && hoursAgo < record.judged.to,
  );
  const scan = stay.scanMaxAge === undefined ? "pass" : scanAnswer(evidence, { at: 0, maxAge: stay.scanMaxAge });
  return worst([isOut || isRejected ? "deny" : "pass", scan, ...(question.areTrusted ? [] : [hadEntered(record, question)])]);
}

/** At both ends; by what the record names alone and was there, and also if the rest of what it names, and all else that was there, is heard. */
function hadEntered({ judged, names }: PlainRecord, question: RecordQuestion): Answer {
  return worst(
    [judged.from, judged.to].flatMap((at) => [
      mayEnter(question, { at, isSeen: (one, place) => names.includes(place) && wasThere(one, at) }),
      mayEnter(question, { at, isSeen: (one, place) => names.includes(place) || wasThere(one, at) }),
    ]),
  );
}

function wasThere(one: PlainEvidence, at: number): boolean {
  return one.kind === "provenance" || one.hoursAgo >= at;
}

interface Look {
  /** Hours before now. */
  readonly at: number;
  readonly isSeen: (one: PlainEvidence, place: number) => boolean;
}

function mayEnter({ evidence }: RecordQuestion, { at, isSeen }: Look): Answer {
  const seen = evidence.filter(isSeen);
  const isBuilt = seen.some((one) => one.kind === "provenance" && one.isOfBuilder);
  const words = evidence.map((one, place) => asWord(one, { at, isSeen: isSeen(one, place) }));
  const approvals = judgeApprovals({
    approve: { by: GATE.by, atLeast: 1, validHours: GATE.validHours, isExact: false, notAuthor: false, notBuilder: false },
    people: [...GATE.by, ...GATE.others],
    words,
    commits: [],
    disowned: [],
    builder: "ci",
    builderKey: "ci",
    areNeedsMet: true,
    isCutOff: false,
  });
  return worst([isBuilt ? "pass" : "deny", scanAnswer(seen, { at, maxAge: GATE.scanHours }), approvals]);
}

/** All keep their places, by which they name each other. */
function asWord(one: PlainEvidence, { at, isSeen }: { readonly at: number; readonly isSeen: boolean }): PlainWord {
  const plain = { gate: "here", asked: "same", sawAll: true, isDespite: false, isOfToday: true, overrules: [], isHidden: false } as const;
  if (one.kind !== "word" || !isSeen)
    return { ...plain, by: "", key: "", decision: "approved", hoursAgo: 0, supersedes: [], isOfThisProduct: false };
  return { ...plain, ...one, key: one.by, hoursAgo: one.hoursAgo - at, isOfThisProduct: true };
}

/** By the newest, and of several of one time by each. How old something is that was not there yet nobody can say. */
function scanAnswer(seen: readonly PlainEvidence[], { at, maxAge }: { readonly at: number; readonly maxAge: number }): Answer {
  const scans = seen.flatMap((one) => (one.kind === "scan" ? [one] : []));
  const newest = Math.min(...scans.map(({ hoursAgo }) => hoursAgo));
  const isBad = scans.some(({ hoursAgo, isCritical }) => hoursAgo === newest && isCritical);
  const age = newest - at;
  if (scans.length === 0 || isBad || age > maxAge) return "deny";
  return age < -SKEW ? "unknown" : "pass";
}

function openWords(evidence: readonly PlainEvidence[]): readonly Extract<PlainEvidence, { kind: "word" }>[] {
  const words = evidence.flatMap((one, place) => (one.kind === "word" ? [{ ...one, place }] : []));
  return words.filter(({ by, place }) => !words.some((later) => later.by === by && later.supersedes.includes(place)));
}

function isAsked(person: string): boolean {
  return GATE.by.some((name) => name === person);
}

function worst(answers: readonly Answer[]): Answer {
  if (answers.includes("deny")) return "deny";
  return answers.includes("unknown") ? "unknown" : "pass";
}
