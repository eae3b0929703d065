/**
 * Exceptions for the slow evaluator: asks of each by itself whether it holds, and then what is left that nobody excuses. It
 * knows who each statement is of, and imports types of the core and nothing else. Times are in hours.
 */
import type { Answer } from "../../src/core/verdict.ts";

type Kind = "scan" | "test";

interface PlainRule {
  readonly by: readonly string[];
  readonly waives: readonly Kind[];
  readonly max: number;
}

export interface PlainException {
  readonly by: string;
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
  readonly approvedBy: readonly string[];
}

export interface ExceptionQuestion {
  readonly exceptions?: PlainRule;
  readonly breakGlass?: PlainRule & { readonly afterwardsBy: readonly string[]; readonly stayMax: number };
  readonly said: readonly PlainException[];
  /** What the scan has found, each in the same package; absent where there is no scan. */
  readonly flaws?: readonly number[];
  readonly isTested: boolean;
}

export interface ExceptionAnswers {
  readonly scan: Answer;
  readonly test: Answer;
}

export function judgeExceptions(question: ExceptionQuestion): ExceptionAnswers {
  const { said, flaws, isTested, exceptions, breakGlass } = question;
  const isAnyHidden = said.some(({ isHidden }) => isHidden);
  const holding = said.filter((one) => !one.isHidden && holds(one, question));
  const glass = holding.filter(({ isBreakGlass }) => isBreakGlass);
  const others = holding.filter(({ isBreakGlass }) => !isBreakGlass);
  const isBroken = (kind: Kind): boolean => !isAnyHidden && isListed(breakGlass, kind) && glass.some(({ waives }) => waives.includes(kind));
  const excepting = (kind: Kind): readonly PlainException[] =>
    isListed(exceptions, kind) ? others.filter(({ waives }) => waives.includes(kind)) : [];
  const isExcused = (flaw: number): boolean => excepting("scan").some(({ finding }) => finding?.isThere === true && finding.flaw === flaw);
  const scan = isBroken("scan") || (flaws !== undefined && flaws.every(isExcused));
  const test = isTested || isBroken("test") || excepting("test").some(({ finding }) => finding === undefined);
  // What nobody has read may be whatever helps most.
  const mayBe = (kind: Kind, isOfUse: boolean): boolean =>
    isAnyHidden && ((isListed(exceptions, kind) && isOfUse) || isListed(breakGlass, kind));
  return { scan: answer(scan, mayBe("scan", flaws !== undefined)), test: answer(test, mayBe("test", true)) };
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
      other.by === one.by &&
      other.isOfThisProduct &&
      !other.isHidden &&
      other.hoursAgo > one.hoursAgo &&
      other.hoursAgo < one.hoursAgo + 30 * 24,
  );
}

function isLate(one: PlainException, { breakGlass }: ExceptionQuestion): boolean {
  if (breakGlass === undefined || one.hoursAgo <= breakGlass.stayMax) return false;
  return !one.approvedBy.some((person) => person !== one.by && breakGlass.afterwardsBy.includes(person));
}
