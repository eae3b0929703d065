/** What an approval must be, in words; two that ask the same say the same. */
import { showForeign } from "../../core/display.ts";
import { showDuration } from "../../core/duration.ts";

export interface ApprovalAsked {
  readonly atLeast: number;
  /** Whose does not count: `author`, `builder`, `approver-of: GATE`. */
  readonly not: readonly string[];
  /** Seconds. */
  readonly valid: number;
  /** It counts only for the very evidence that the approver saw. */
  readonly evidence?: "exact";
}

/** `approval by any 2 of {eva, finn, gus}, none of them an author, valid for 72h`. */
export function describeApproval({ not, valid, evidence }: ApprovalAsked, whoText: string): string {
  return [
    `approval by ${whoText}`,
    ...(not.length === 0 ? [] : [`by no ${not.map((one) => showForeign(one.replace("approver-of: ", "approver of "))).join(", ")}`]),
    `valid for ${showDuration(valid)}`,
    ...(evidence === undefined ? [] : ["of exactly the evidence that is there"]),
  ].join(", ");
}
