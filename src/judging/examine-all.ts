/** Looks at what is listed, the likeliest first and some at a time, until there is enough or the budget is spent. */
import { ByteBudget, SubjectBudget } from "../core/budget.ts";
import type { Clock } from "../core/clock.ts";
import type { Descriptor } from "../core/descriptor.ts";
import { DEFAULT_CONCURRENCY } from "../core/in-parallel.ts";
import { LIMITS } from "../core/limits.ts";
import type { Verdict } from "../core/verdict.ts";
import type { Candidates } from "./discover.ts";
import type { Unexamined } from "./examine.ts";

/** What one look may cost. */
export interface Allowance {
  readonly memory: ByteBudget;
  readonly budget: SubjectBudget;
  /** Larger manifests and envelopes are postponed. */
  readonly maxBytes: number;
}

export interface ExamineAllOptions<Report> {
  readonly examineOne: (candidate: Descriptor, allowance: Allowance) => Promise<Report | Unexamined>;
  /** Whether what is left can no longer change the answer; without it everything is looked at. */
  readonly isEnough?: (reports: readonly Report[]) => boolean;
  readonly concurrency?: number;
  readonly budgetMs?: number;
  readonly clock?: Pick<Clock, "monotonicMs">;
}

export interface Examined<Report> {
  readonly reports: readonly Report[];
  readonly unexamined: Verdict["unexamined"];
}

/** One budget for the whole process, however many references it is given. */
const PROCESS_MEMORY = new ByteBudget(LIMITS.processMemoryBytes);

/**
 * Real envelopes are a few kilobytes, and a manifest with the largest embedded one is under 128 KiB. What is larger, or
 * claims to be, waits for a second turn, in which only the formats' own bounds hold: it must not spend the budget before
 * a real one is seen.
 */
const TURNS: readonly number[] = [131_072, Infinity];

export async function examineAll<Report extends object>(
  { ordered, promising }: Candidates,
  options: ExamineAllOptions<Report>,
): Promise<Examined<Report>> {
  const budget = new SubjectBudget(LIMITS.subjectBudgetBytes, options.budgetMs ?? LIMITS.subjectBudgetMs, options.clock);
  const concurrency = Math.max(1, options.concurrency ?? DEFAULT_CONCURRENCY);
  const reports: Report[] = [];

  let queue = ordered;
  for (const maxBytes of TURNS) {
    const postponed: Descriptor[] = [];
    for (let next = 0; next < queue.length;) {
      // What claims a trusted certificate is looked at before anything else is fetched: it usually is the answer.
      const end = queue === ordered && next < promising ? Math.min(promising, next + concurrency) : next + concurrency;
      const batch = queue.slice(next, end);
      next = end;
      const seen = await Promise.all(batch.map((candidate) => options.examineOne(candidate, { memory: PROCESS_MEMORY, budget, maxBytes })));
      reports.push(...seen.filter((result) => typeof result === "object"));
      postponed.push(...batch.filter((_, index) => seen[index] === "postponed"));
      const count = ordered.length - reports.length;
      if (count === 0) return { reports, unexamined: { count, reason: "none" } };
      if (options.isEnough?.(reports) === true) return { reports, unexamined: { count, reason: "answer-fixed" } };
      if (seen.includes("over-budget") || budget.isLate()) return { reports, unexamined: { count, reason: "budget" } };
    }
    queue = postponed;
  }
  // Reached with an empty list; whatever else were left here has not been looked at, and must not pass for seen.
  const count = ordered.length - reports.length;
  return { reports, unexamined: { count, reason: count === 0 ? "none" : "budget" } };
}
