/** What is asked of whatever somebody of a role signs, such as the artifact of a signed policy: their signatures, everything enforced. */
import { digestOf } from "../core/digest.ts";
import type { Policy, SignatureRules } from "../core/policy.ts";
import { storesOf } from "../core/trust-source.ts";
import { actionsOf, LEVELS } from "./notary/levels.ts";
import { outlineOf } from "./one-gate.ts";
import type { PolicySigners, Role } from "./verifier/verifier.ts";

export function policyOfSigners(signers: PolicySigners): Policy {
  return policyOfRole(signers, "policySigners");
}

/** `role`: as `verifier.yaml` has it. */
export function policyOfRole({ members, atLeast }: Role, role: "policySigners" | "promoters" | "summaryIssuers"): Policy {
  const name = `roles.${role}`;
  const rules: SignatureRules = {
    actions: actionsOf(LEVELS.strict),
    trustStores: storesOf(members.flatMap(({ identities }) => identities)),
    signers: { kind: "members", members, asker: `${name} in verifier.yaml` },
    verifyTimestamp: "always",
  };
  const by = members.map((member) => member.name);
  const requirement = { kind: "signature", name: "signature", by, byText: by.join(", "), atLeast } as const;
  return {
    form: "policy-signers",
    name,
    version: "1.0",
    digest: digestOf(new TextEncoder().encode(JSON.stringify(members))),
    trust: "unpinned",
    warnings: [],
    gates: [outlineOf(name, rules, ["*"])],
    acceptsPaths: true,
    select: () => ({ kind: "gate", gate: { name, actions: rules.actions, requirements: [requirement] }, before: [], rules }),
  };
}
