/** A policy as this verifier judges by it: with those whom he believes about time, and what he holds for revoked. */
import type { Policy } from "../../core/policy.ts";
import { withRevocations } from "./unread-list.ts";
import type { Verifier } from "./verifier.ts";
import { withWitnesses } from "./witnesses.ts";

export type Beliefs = Pick<Verifier, "witnesses" | "revocations">;

export function withBeliefs(policy: Policy, { witnesses, revocations }: Beliefs): Policy {
  return withRevocations(withWitnesses(policy, witnesses), revocations);
}
