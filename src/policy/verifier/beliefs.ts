/** A policy as this verifier judges by it: with those whom he believes about time, promotions and verdicts, and what he holds for revoked. */
import type { Policy, Promoters, SignatureRules } from "../../core/policy.ts";
import { policyOfRole } from "../policy-signers.ts";
import { withRevocations } from "./unread-list.ts";
import type { Role, Verifier } from "./verifier.ts";
import { withWitnesses } from "./witnesses.ts";

export type Beliefs = Pick<Verifier, "witnesses" | "revocations" | "promoters" | "summaryIssuers">;

export function withBeliefs(policy: Policy, beliefs: Beliefs): Policy {
  const { promoters, summaryIssuers } = beliefs;
  return {
    ...asBelieved(policy, beliefs),
    ...(promoters === undefined ? {} : { promoters: promotersOf(promoters, beliefs) }),
    ...(summaryIssuers === undefined ? {} : { summaryIssuers: rulesOf(summaryIssuers, "summaryIssuers", beliefs) }),
  };
}

function asBelieved(policy: Policy, { witnesses, revocations }: Beliefs): Policy {
  return withRevocations(withWitnesses(policy, witnesses), revocations);
}

function promotersOf(promoters: NonNullable<Verifier["promoters"]>, beliefs: Beliefs): Promoters {
  return { rules: rulesOf(promoters, "promoters", beliefs), areTrusted: promoters.trustRecords === true };
}

function rulesOf(role: Role, name: "promoters" | "summaryIssuers", beliefs: Beliefs): SignatureRules {
  const selection = asBelieved(policyOfRole(role, name), beliefs).select("");
  if (selection.kind !== "gate" || selection.rules === undefined) throw new TypeError("a role has rules");
  return selection.rules;
}
