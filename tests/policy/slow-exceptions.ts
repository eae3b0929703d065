/**
 * Exceptions for the slow evaluator: asks of each by itself whether it holds, and then what is left that nobody excuses. It
 * knows who each statement is of, and imports types of the core and nothing else. Times are in hours.
 */
import type { Answer } from "../../src/core/verdict.ts";

type Kind = "scan" | "test" | "approvals";

interface PlainRule {
  readonly by: readonly string[];
  readonly waives: readonly Kind[];
  readonly max: number;
}

interface Signed {
  readonly by: string;
  /** Which somebody else may have too. */
  readonly key: string;
}

export interface PlainException extends Signed {
  readonly isBreakGlass: boolean;
  readonly waives: readonly Kind[];
  /** Of these flaws one, in the package where they are or in another one. */
  readonly finding?: { readonly flaw: number; readonly isThere: boolean };
  readonly hoursAgo: number;
  readonly length: number;
  readonly isOfThisProduct: boolean;
  /** What the gate asked when it was signed. */
  readonly isOfToday: boolean;
  /** It is listed and cannot be had. */
  readonly isHidden: boolean;
  /** Who have approved it afterwards. */
  readonly approvedBy: readonly Signed[];
}

export interface ExceptionQuestion {
  readonly exceptions?: PlainRule;
  readonly breakGlass?: PlainRule & { readonly afterwardsBy: readonly string[]; readonly stayMax: number };
  readonly said: readonly PlainException[];
  /** What the scan has found, each in the same package; absent where there is no scan. */
  readonly flaws?: readonly number[];
  readonly isTested: boolean;
  /** Nobody approves it, and somebody who is asked may have said no. */
  readonly isRejected: boolean;
}

export interface ExceptionAnswers {
  readonly scan: Answer;
  readonly test: Answer;
  readonly approvals: Answer;
}

export function judgeExceptions(question: ExceptionQuestion): ExceptionAnswers {
  const { said, flaws, isTested, isRejected, exceptions, breakGlass } = question;
  const isAnyHidden = said.some(({ isHidden }) => isHidden);
  const holding = said.filter((one) => !one.isHidden && holds(one, question));
  const glass = holding.filter(({ isBreakGlass }) => isBreakGlass);
  const others = holding.filter(({ isBreakGlass }) => !isBreakGlass);
  const isBroken = (kind: Kind): boolean => !isAnyHidden && isListed(breakGlass, kind) && glass.some(({ waives }) => waives.includes(kind));
  const excepting = (kind: Kind): readonly PlainException[] =>
    isListed(exceptions, kind) ? others.filter(({ waives }) => waives.includes(kind)) : [];
  const isExcused = (flaw: number): boolean => excepting("scan").some(({ finding }) => finding?.isThere === true && finding.flaw === flaw);
  const scan = isBroken("scan") || (flaws !== undefined && flaws.every(isExcused));
  const isLetOff = (kind: Kind): boolean => isBroken(kind) || excepting(kind).some(({ finding }) => finding === undefined);
  const test = isTested || isLetOff("test");
  // What nobody has read may be whatever helps most.
  const mayBe = (kind: Kind, isOfUse: boolean): boolean =>
    isAnyHidden && ((isListed(exceptions, kind) && isOfUse) || isListed(breakGlass, kind));
  // What is missing can be done without, and a no is not missing.
  const approvals = isRejected ? "deny" : answer(isLetOff("approvals"), mayBe("approvals", true));
  return { approvals, scan: answer(scan, mayBe("scan", flaws !== undefined)), test: answer(test, mayBe("test", true)) };
}

function isListed(rule: PlainRule | undefined, kind: Kind): boolean {
  return rule?.waives.includes(kind) === true;
}

function answer(isMet: boolean, mayBeMet: boolean): Answer {
  if (isMet) return "pass";
  return mayBeMet ? "unknown" : "deny";
}

function holds(one: PlainException, question: ExceptionQuestion): boolean {
  const rule = one.isBreakGlass ? question.breakGlass : question.exceptions;
  if (rule === undefined || !rule.by.includes(one.by)) return false;
  if (!one.isOfThisProduct || !one.isOfToday) return false;
  if (one.length > rule.max || one.hoursAgo >= one.length) return false;
  const kinds = one.waives.filter((kind) => rule.waives.includes(kind));
  // Of a scan one finding, of a test none; in an emergency the whole of either.
  const useful = one.isBreakGlass ? kinds : kinds.filter((kind) => (kind === "scan") === (one.finding !== undefined));
  if (useful.length === 0) return false;
  return !one.isBreakGlass || (isFirst(one, question) && !isLate(one, question));
}

/** Whether or not what the policy says then let it. */
function isFirst(one: PlainException, { said }: ExceptionQuestion): boolean {
  return !said.some(
    (other) =>
      other.isBreakGlass &&
      isSame(other, one) &&
      other.isOfThisProduct &&
      !other.isHidden &&
      other.hoursAgo > one.hoursAgo &&
      other.hoursAgo < one.hoursAgo + 30 * 24,
  );
}

function isLate(one: PlainException, { breakGlass }: ExceptionQuestion): boolean {
  if (breakGlass === undefined || one.hoursAgo <= breakGlass.stayMax) return false;
  return !one.approvedBy.some((approval) => !isSame(approval, one) && breakGlass.afterwardsBy.includes(approval.by));
}

/** Two who sign with one key are one. */
function isSame(one: Signed, other: Signed): boolean {
  return one.by === other.by || one.key === other.key;
}
