/** Which exceptions hold for an image now, whether some requirement needs one or not: by the same rules as a verdict counts them. */
import type { Policy, Selection } from "../core/policy.ts";
import type { Waived } from "../core/verdict.ts";
import { withChain } from "../judging/prepare-gates.ts";
import type { EvidenceSeen } from "../policy/evidence-seen.ts";
import { findHeld } from "../policy/waivers/at-gate.ts";

export interface HeldException extends Waived {
  readonly gate: string;
  /** Of what it waives all that the policy lets it waive. */
  readonly kinds: readonly string[];
}

/** `seen`: as `evaluate` gives it to `onEvidence`. Each once, by gate. */
export function findHeldExceptions(
  selection: Extract<Selection, { kind: "gate" }>,
  { policy, seen, question = "enter" }: { readonly policy: Policy; readonly seen: EvidenceSeen; readonly question?: "enter" | "stay" },
): readonly HeldException[] {
  const { before, gate, people } = selection;
  if (people === undefined) return [];
  return [...before, gate].flatMap((one) =>
    findHeld(withChain(one, policy), { rules: people, question, evidence: seen }).map(({ waived, kinds }) => ({
      gate: one.name,
      kinds,
      ...waived,
    })),
  );
}
