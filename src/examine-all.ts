/** Examines what is listed, the likeliest first and some at a time, until the answer is fixed or the budget is spent. */
import { CHECKS } from "./checks/table.ts";
import { ByteBudget, SubjectBudget } from "./core/budget.ts";
import type { Descriptor } from "./core/descriptor.ts";
import { digestHex, digestOf } from "./core/digest.ts";
import { LIMITS } from "./core/limits.ts";
import type { SignatureRequirement } from "./core/policy.ts";
import type { ReadonlyStore } from "./core/store.ts";
import type { TrustAnchor } from "./core/trust-source.ts";
import type { SignatureReport, Verdict } from "./core/verdict.ts";
import { orderCandidates } from "./discover.ts";
import { examine } from "./examine.ts";
import { FORMATS } from "./formats/table.ts";

export interface ExamineAllOptions {
  readonly store: ReadonlyStore;
  readonly subject: Descriptor;
  readonly requirement: SignatureRequirement;
  readonly anchors: readonly TrustAnchor[];
  readonly now: Date;
  readonly signal?: AbortSignal;
  readonly explain?: boolean;
  readonly concurrency?: number;
  readonly budgetBytes?: number;
  readonly budgetMs?: number;
  readonly memory?: ByteBudget;
}

export interface Examined {
  readonly reports: readonly SignatureReport[];
  readonly unexamined: Verdict["unexamined"];
}

const DEFAULT_CONCURRENCY = 16;
/** One budget for the whole process, however many references it is given. */
export const PROCESS_MEMORY: ByteBudget = new ByteBudget(LIMITS.subjectBudgetBytes);

/**
 * Real envelopes are a few kilobytes, and a manifest with the largest embedded one is under 128 KiB. What is larger, or
 * claims to be, waits for a second turn, in which only the formats' own bounds hold: it must not spend the budget before
 * a real one is seen.
 */
const TURNS: readonly number[] = [131_072, Infinity];

export async function examineAll(referrers: readonly Descriptor[], options: ExamineAllOptions): Promise<Examined> {
  const trusted = new Set(options.anchors.map(({ certificate }) => digestHex(digestOf(certificate))));
  const { ordered, promising } = orderCandidates(referrers, { formats: FORMATS, trusted });
  const budget = new SubjectBudget(options.budgetBytes ?? LIMITS.subjectBudgetBytes, options.budgetMs ?? LIMITS.subjectBudgetMs);
  const concurrency = Math.max(1, options.concurrency ?? DEFAULT_CONCURRENCY);
  const reports: SignatureReport[] = [];

  let queue = ordered;
  for (const maxBytes of TURNS) {
    const postponed: Descriptor[] = [];
    for (let next = 0; next < queue.length;) {
      // What claims a trusted certificate is looked at before anything else is fetched: it usually is the answer.
      const end = queue === ordered && next < promising ? Math.min(promising, next + concurrency) : next + concurrency;
      const batch = queue.slice(next, end);
      next = end;
      const seen = await Promise.all(
        batch.map((candidate) =>
          examine(candidate, {
            ...options,
            formats: FORMATS,
            checks: CHECKS,
            memory: options.memory ?? PROCESS_MEMORY,
            budget,
            maxBytes,
          }),
        ),
      );
      reports.push(...seen.filter((result) => typeof result === "object"));
      postponed.push(...batch.filter((_, index) => seen[index] === "postponed"));
      const count = ordered.length - reports.length;
      if (count === 0) return { reports, unexamined: { count, reason: "none" } };
      const isFixed = reports.some(({ outcome }) => outcome === "counts");
      if (isFixed && options.explain !== true) return { reports, unexamined: { count, reason: "answer-fixed" } };
      if (seen.includes("over-budget") || budget.isLate()) return { reports, unexamined: { count, reason: "budget" } };
    }
    queue = postponed;
  }
  // Reached with an empty list; whatever else were left here has not been looked at, and must not pass for seen.
  const count = ordered.length - reports.length;
  return { reports, unexamined: { count, reason: count === 0 ? "none" : "budget" } };
}
