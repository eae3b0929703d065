/** Answers of the engine as the command line gives them: an exit code, and one answer for several images. */
import type { ExitCode } from "../core/errors.ts";
import type { Answer, Verdict } from "../core/verdict.ts";
import type { Item } from "./batch.ts";

const EXITS = { pass: 0, deny: 1, unknown: 4 } as const;

export function exitOf({ outcome }: Verdict): ExitCode {
  return EXITS[outcome];
}

/** No comes before "cannot tell"; what failed is unknown. */
export function worstOf(items: readonly Item<Verdict>[]): Answer {
  const answers = new Set(items.map(answerOf));
  return (["deny", "unknown"] as const).find((answer) => answers.has(answer)) ?? "pass";
}

export function answerOf(item: Item<Verdict>): Answer {
  return "failure" in item ? "unknown" : item.result.outcome;
}
