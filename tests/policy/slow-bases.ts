/** Bases, for the slow evaluator: does an image begin with the layers of one that passes its own gate? */
import type { Answer } from "../../src/core/verdict.ts";

export interface BaseFact {
  readonly name: string;
  readonly repository: string;
  readonly layers: readonly string[];
  /** Nothing of it could be had. */
  readonly isUnread: boolean;
}

export interface BasesAsked {
  /** That the policy lists for the gate that bases have to pass. */
  readonly listed: readonly BaseFact[];
  /** What the image's configuration says of its layers; of one that nobody has read all that is wanted, or nothing. */
  readonly layers: readonly string[] | "all" | "nothing";
  readonly answerOf: (base: BaseFact) => Answer;
  /** How what nobody can see would turn out. */
  readonly isDoubtGood: boolean;
}

export function hasGoodBase({ listed, layers, answerOf, isDoubtGood }: BasesAsked): boolean {
  if (listed.length === 0) return false;
  if (typeof layers === "string") return layers === "all";
  // It may be the one with the most layers.
  if (listed.some(({ isUnread }) => isUnread)) return isDoubtGood;
  const beginning = listed.filter((base) => base.layers.every((layer, at) => layer === layers[at]));
  const most = Math.max(...beginning.map((base) => base.layers.length));
  const base = beginning.find((one) => one.layers.length === most);
  if (base === undefined) return false;
  const answer = answerOf(base);
  return answer === "unknown" ? isDoubtGood : answer === "pass";
}
