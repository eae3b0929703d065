/** A policy as this verifier judges by it: with those whom he believes about time and promotions, and what he holds for revoked. */
import type { Policy, Promoters } from "../../core/policy.ts";
import { policyOfRole } from "../policy-signers.ts";
import { withRevocations } from "./unread-list.ts";
import type { Verifier } from "./verifier.ts";
import { withWitnesses } from "./witnesses.ts";

export type Beliefs = Pick<Verifier, "witnesses" | "revocations" | "promoters">;

export function withBeliefs(policy: Policy, beliefs: Beliefs): Policy {
  const promoters = promotersOf(beliefs);
  return { ...asBelieved(policy, beliefs), ...(promoters === undefined ? {} : { promoters }) };
}

function asBelieved(policy: Policy, { witnesses, revocations }: Beliefs): Policy {
  return withRevocations(withWitnesses(policy, witnesses), revocations);
}

function promotersOf(beliefs: Beliefs): Promoters | undefined {
  const { promoters } = beliefs;
  if (promoters === undefined) return undefined;
  const selection = asBelieved(policyOfRole(promoters, "promoters"), beliefs).select("");
  if (selection.kind !== "gate" || selection.rules === undefined) throw new TypeError("a role has rules");
  return { rules: selection.rules, areTrusted: promoters.trustRecords === true };
}
