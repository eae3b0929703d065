/** What is asked of the artifact of a signed policy: the signatures of those who may sign policies, everything enforced. */
import { digestOf } from "../core/digest.ts";
import type { Policy, SignatureRules } from "../core/policy.ts";
import { storesOf } from "./countersign/prepare.ts";
import { actionsOf, LEVELS } from "./notary/levels.ts";
import { outlineOf } from "./one-gate.ts";
import type { PolicySigners } from "./verifier/verifier.ts";

const NAME = "roles.policySigners";

export function policyOfSigners({ members, atLeast }: PolicySigners): Policy {
  const rules: SignatureRules = {
    actions: actionsOf(LEVELS.strict),
    trustStores: storesOf(members.flatMap(({ identities }) => identities)),
    signers: { kind: "members", members, asker: "roles.policySigners in verifier.yaml" },
    verifyTimestamp: "always",
  };
  const by = members.map(({ name }) => name);
  const requirement = { kind: "signature", name: "signature", by, byText: by.join(", "), atLeast } as const;
  return {
    form: "policy-signers",
    name: NAME,
    version: "1.0",
    digest: digestOf(new TextEncoder().encode(JSON.stringify(members))),
    trust: "unpinned",
    warnings: [],
    gates: [outlineOf(NAME, rules, ["*"])],
    acceptsPaths: true,
    select: () => ({ kind: "gate", gate: { name: NAME, actions: rules.actions, requirements: [requirement] }, before: [], rules }),
  };
}
