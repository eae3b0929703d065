/**
 * Approvals for the slow evaluator: tries every way in which what is not known could turn out, and asks in each whether
 * enough people approve. It knows who each statement is of, and imports types of the core and nothing else.
 */
import type { Answer } from "../../src/core/verdict.ts";
import { mostDistinct } from "./slow-keys.ts";

export interface PlainApprove {
  readonly by: readonly string[];
  readonly atLeast: number;
  readonly validHours: number;
  readonly isExact: boolean;
  readonly notAuthor: boolean;
  readonly notBuilder: boolean;
}

/** One person's word, as it really is. Each names earlier ones by their place in the list. */
export interface PlainWord {
  readonly by: string;
  /** Which somebody else may have too. */
  readonly key: string;
  /** At which it is said: the one that asks, or the one that comes before it. */
  readonly gate: "here" | "before";
  readonly decision: "approved" | "rejected" | "withdrawn";
  readonly isOfThisProduct: boolean;
  /** What the gate asked when it was signed: the same as now, the same of other machines, or something else. */
  readonly asked: "same" | "machines" | "other";
  /** Its author saw all that counts now. */
  readonly sawAll: boolean;
  readonly hoursAgo: number;
  readonly expiresInHours?: number;
  readonly isDespite: boolean;
  /** Its author had the policy of today before him. */
  readonly isOfToday: boolean;
  readonly supersedes: readonly number[];
  readonly overrules: readonly number[];
  /** It is listed and cannot be had. */
  readonly isHidden: boolean;
}

export interface PlainCommit {
  /** By the place in the list. */
  readonly parents: readonly number[];
  /** Somebody whom the policy knows, or not; or a forge, for the account of the author. */
  readonly signer: string;
  readonly author: string;
  readonly isCarried: boolean;
}

export interface ApprovalQuestion {
  readonly approve: PlainApprove;
  /** Whoever has approved it at the gate before, and what that one asks. */
  readonly notApproverOf?: PlainApprove;
  /** All whom the policy knows. */
  readonly people: readonly string[];
  readonly forges?: readonly string[];
  readonly words: readonly PlainWord[];
  /** The last one is what the image was built from. */
  readonly commits: readonly PlainCommit[];
  readonly disowned: readonly { readonly by: string; readonly commit: number }[];
  readonly builder: string;
  readonly builderKey: string;
  /** The needs of the gate, and of the one before it. */
  readonly areNeedsMet: boolean;
  readonly isCutOff: boolean;
}

/** A clock may be wrong by so much, in hours. */
const SKEW = 5 / 60;

export function judgeApprovals(question: ApprovalQuestion): Answer {
  const { approve, words, isCutOff, people } = question;
  // What nobody has seen may be a rejection, or all that is missing.
  if (isCutOff || words.some(({ isHidden }) => isHidden)) return "unknown";
  const { certain, text, isProven } = writersOf(question);
  const worlds = approve.notAuthor && !isProven ? subsets(people) : [[]];
  const answers = new Set(worlds.map((others) => passes(question, { writers: new Set([...certain, ...others]), text })));
  if (answers.size > 1) return "unknown";
  return answers.has(true) ? "pass" : "deny";
}

function subsets(names: readonly string[]): readonly (readonly string[])[] {
  return names.reduce<readonly (readonly string[])[]>((all, name) => [...all, ...all.map((some) => [...some, name])], [[]]);
}

interface Writers {
  /** Who have signed a commit that the image was built from, or written it and signed it, or written it at a forge that has signed it. */
  readonly certain: ReadonlySet<string>;
  /** Whom the text of somebody else's commit names. */
  readonly text: readonly { readonly person: string; readonly commit: number }[];
  /** All commits are there, and signed by people or forges whom the policy knows. */
  readonly isProven: boolean;
}

function writersOf({ commits, people, forges = [], areNeedsMet }: ApprovalQuestion): Writers {
  if (!areNeedsMet) return { certain: new Set(), text: [], isProven: false };
  const reached = reach(commits, commits.length - 1);
  const seen = reached.filter((id) => commits[id]?.isCarried === true).flatMap((id) => ({ id, ...(commits[id] as PlainCommit) }));
  return {
    certain: new Set(seen.map(({ signer, author }) => (forges.includes(signer) ? author : signer))),
    text: seen.flatMap(({ id, signer, author }) => (author === signer || forges.includes(signer) ? [] : [{ person: author, commit: id }])),
    isProven: seen.length === reached.length && seen.every(({ signer }) => [...people, ...forges].includes(signer)),
  };
}

/** A commit that is not there leads no further. */
function reach(commits: readonly PlainCommit[], id: number): readonly number[] {
  const commit = commits[id];
  if (commit === undefined) return [];
  return [...new Set([id, ...(commit.isCarried ? commit.parents.flatMap((parent) => reach(commits, parent)) : [])])];
}

/** Who says what at a gate: all open words of it. */
function openAt(gate: PlainWord["gate"], { people, words }: ApprovalQuestion): readonly (PlainWord & { readonly id: number })[] {
  const here = words
    .map((word, id) => ({ ...word, id }))
    .filter((word) => people.includes(word.by) && word.isOfThisProduct && word.gate === gate);
  return here.filter((word) => !here.some((later) => later.by === word.by && later.supersedes.includes(word.id)));
}

/** Approvals that nothing speaks against but who has given them. */
function approvingAt(gate: PlainWord["gate"], { by, validHours, isExact }: PlainApprove, question: ApprovalQuestion) {
  const { areNeedsMet } = question;
  const open = openAt(gate, question);
  const isYoung = ({ hoursAgo, expiresInHours = Infinity }: PlainWord): boolean =>
    hoursAgo >= -SKEW && hoursAgo <= validHours && expiresInHours >= 0;
  const isOfThisGate = ({ asked, sawAll }: PlainWord): boolean =>
    asked !== "other" && (sawAll || !areNeedsMet || (asked === "same" && !isExact));
  return open.filter(
    (word) =>
      word.decision === "approved" &&
      by.includes(word.by) &&
      open.every((other) => other.by !== word.by || other.decision === "approved") &&
      isOfThisGate(word) &&
      isYoung(word) &&
      (!word.isDespite || areNeedsMet),
  );
}

function passes(
  question: ApprovalQuestion,
  { writers, text }: { readonly writers: ReadonlySet<string>; readonly text: Writers["text"] },
): boolean {
  const { approve, notApproverOf, disowned, builder, builderKey, areNeedsMet } = question;
  const { by, atLeast, notAuthor, notBuilder } = approve;
  const isDisowned = (one: Writers["text"][number]): boolean =>
    disowned.some((disown) => disown.by === one.person && disown.commit === one.commit);
  const isAuthor = (person: string): boolean =>
    notAuthor && (writers.has(person) || text.some((one) => one.person === person && !isDisowned(one)));
  // Whoever is asked and is an author by nothing but what he has disowned.
  const hasDisowned = notAuthor && by.some((person) => !isAuthor(person) && text.some((one) => one.person === person));
  const needed = atLeast + (hasDisowned ? 1 : 0);
  const approvers = notApproverOf === undefined ? [] : approvingAt("before", notApproverOf, question).map((word) => word.by);
  // All that they have said there shows which keys are theirs.
  const before = question.words.filter((word) => word.gate === "before" && word.isOfThisProduct && approvers.includes(word.by));
  const approving = approvingAt("here", approve, question).filter(
    (word) =>
      !isAuthor(word.by) && !isOneOf(word, before) && !(notBuilder && areNeedsMet && isOneOf(word, [{ by: builder, key: builderKey }])),
  );
  const standing = openAt("here", question).filter(
    (word) =>
      word.decision === "rejected" &&
      (by.includes(word.by) || !word.isOfToday) &&
      mostDistinct(approving.filter(({ overrules }) => overrules.includes(word.id))) <= needed,
  );
  return standing.length === 0 && mostDistinct(approving) >= needed;
}

/** Whoever signs with the key of another is that one. */
function isOneOf(word: PlainWord, others: readonly Pick<PlainWord, "by" | "key">[]): boolean {
  return others.some((other) => other.by === word.by || other.key === word.key);
}
