/**
 * Verdicts of others for the slow evaluator, as docs/policies.md tells of them: asks what is here by itself, and then of each
 * summary by itself whether it may stand in for what is not. Times are in hours.
 */
import type { Answer } from "../../src/core/verdict.ts";

/** `unread`: it is listed and cannot be had. */
type Here = "none" | "good" | "bad" | "old" | "unread";

/** What one summary says that is not so here. */
export type OddSummary =
  | "none"
  | "product"
  | "gate"
  | "gate-version"
  | "chain"
  | "repository"
  | "policy-version"
  | "resource"
  | "question"
  | "failed";

export interface PlainSummary {
  readonly by: "judge" | "certified" | "scanner" | "stranger";
  readonly odd: OddSummary;
  readonly madeHoursAgo: number;
  /** From now; absent where it does not say how long it holds. */
  readonly holdsHours?: number;
  /** It is listed and cannot be had. */
  readonly isHidden: boolean;
}

export interface SummaryQuestion {
  /** The gate asks scanner for both. */
  readonly scan: Here;
  readonly test: Here;
  /** Whose verdicts are taken. */
  readonly issuers: readonly PlainSummary["by"][];
  readonly summaries: readonly PlainSummary[];
}

/** A clock may be wrong by so much, in hours. */
const SKEW = 5 / 60;

export function judgeSummaries(question: SummaryQuestion): Answer {
  const { scan, test, issuers, summaries } = question;
  const all = [scan, test];
  if (all.every((one) => one === "good")) return "pass";
  // Somebody's yes overrules no no that is seen here.
  if (all.includes("bad") || all.includes("old")) return "deny";
  if (summaries.some((one) => !one.isHidden && isTaken(one, question))) return "pass";
  // What nobody has read may be one that is taken.
  const isOpen = issuers.length > 0 && summaries.some(({ isHidden }) => isHidden);
  return all.includes("none") && !isOpen ? "deny" : "unknown";
}

/** Whoever is asked at the gate gives no verdict on it. */
function isTaken({ by, odd, madeHoursAgo, holdsHours }: PlainSummary, { issuers }: SummaryQuestion): boolean {
  return by !== "scanner" && issuers.includes(by) && odd === "none" && madeHoursAgo >= -SKEW && holdsHours !== undefined && holdsHours > 0;
}
