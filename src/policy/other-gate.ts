/** Is a statement about this gate of this policy, for this product at this place? Compared exactly, member by member. */
import type { GateHead, StatementHead } from "../core/decision.ts";
import { showForeign } from "../core/display.ts";

const MEMBERS = [
  ["policyChain", "a policy with the first version"],
  ["policy", "the policy"],
  ["product", "the product"],
  ["gate", "the gate"],
  ["repository", "the image at"],
] as const;

/** In words, what it is about instead; what the gate asks is another question. `undefined` if it is about this one. */
export function whyOtherGate(said: StatementHead, head: Omit<GateHead, "gateTerms">): string | undefined {
  for (const [member, what] of MEMBERS) {
    if (said[member] === head[member]) continue;
    return `it is about ${what} ${showForeign(said[member] ?? "no place", 300)}`;
  }
  return undefined;
}
