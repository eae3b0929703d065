/** Who signed, and as which product, by a policy of our own. */
import { createHash } from "node:crypto";
import { PRODUCT_ANNOTATION } from "../../../src/core/policy.ts";
import { keyPair } from "../keys.ts";
import type { Json, Plan } from "../plan.ts";
import type { Vector } from "../vector.ts";

const SIGNER = { certificate: { anchor: "ca:acme", subject: { C: "US", ST: "WA", O: "Acme", CN: "ci" } } };
const ANOTHER = { certificate: { anchor: "ca:acme", subject: { C: "US", ST: "WA", O: "Acme", CN: "another" } } };

function signersKey(): Json {
  const spki = keyPair("leaf").publicKey.export({ type: "spki", format: "der" });
  return { key: `SHA256:${createHash("sha256").update(spki).digest("base64").replace(/=+$/, "")}` };
}

/** `signature` is what the one gate asks for. */
function byPolicy(parts: { readonly parties: Json; readonly signature?: Json; readonly others?: boolean }): (plan: Plan) => void {
  return (plan) => {
    plan.ownPolicy = (repository) => ({
      apiVersion: "countersign.dev/v1",
      kind: "Policy",
      name: "vectors",
      version: 1,
      products: {
        app: { build: repository },
        ...(parts.others === true ? { other: { build: "registry.example/other" } } : {}),
      },
      parties: parts.parties,
      gates: { build: { needs: [{ signature: parts.signature ?? { by: "ci" } }] } },
    });
  };
}

function signedAs(product: string): (plan: Plan) => void {
  return (plan) => {
    // What is signed is written later, about the image; these members are kept.
    plan.payload["targetArtifact"] = { annotations: { [PRODUCT_ANNOTATION]: product } };
  };
}

function both(...changes: readonly ((plan: Plan) => void)[]): (plan: Plan) => void {
  return (plan) => changes.forEach((change) => change(plan));
}

const good = byPolicy({ parties: { ci: SIGNER } });
const shared = byPolicy({ parties: { ci: SIGNER }, others: true });
const SOURCE = "Countersign policy, identities and products";

export const MEMBER_VECTORS: readonly Vector[] = [
  { name: "a party that the gate asks for", comment: SOURCE, outcome: "pass", code: "identity/member", fault: good },
  {
    name: "a key that the policy names, under a root that nobody trusts",
    comment: SOURCE,
    outcome: "pass",
    code: "authenticity/pinned-key",
    fault: both(byPolicy({ parties: { ci: signersKey() } }), (plan) => void (plan.anchors = () => ({}))),
  },
  {
    name: "a signer whose root is trusted, and whom no gate asks for",
    comment: SOURCE,
    outcome: "deny",
    code: "identity/not-asked",
    fault: byPolicy({ parties: { ci: ANOTHER } }),
    twin: good,
  },
  {
    name: "a part of the signer's subject",
    comment: `${SOURCE}: the whole subject`,
    outcome: "deny",
    code: "identity/not-asked",
    fault: byPolicy({ parties: { ci: { certificate: { anchor: "ca:acme", subject: { C: "US", ST: "WA", O: "Acme" } } } } }),
    twin: good,
  },
  {
    name: "a subject with a name too many",
    comment: `${SOURCE}: the whole subject`,
    outcome: "deny",
    code: "identity/not-asked",
    fault: both(good, (plan) => void plan.leaf.subject.push(["OU", "Elsewhere"])),
    twin: good,
  },
  {
    name: "one signer who is two parties",
    comment: `${SOURCE}: counted for one only`,
    outcome: "deny",
    code: "identity/ambiguous",
    fault: byPolicy({ parties: { ci: SIGNER, scanner: signersKey() }, signature: { by: ["ci", "scanner"], atLeast: 1 } }),
    twin: good,
  },
  {
    name: "a signature that says this product",
    comment: SOURCE,
    outcome: "pass",
    code: "identity/product-signed",
    fault: both(shared, signedAs("app")),
  },
  {
    name: "a signature that says another product",
    comment: SOURCE,
    outcome: "deny",
    code: "identity/product-other",
    fault: both(good, signedAs("other")),
    twin: both(good, signedAs("app")),
  },
  {
    name: "a signature that says no product, by a signer of several",
    comment: SOURCE,
    outcome: "deny",
    code: "identity/product-not-signed",
    fault: shared,
    twin: both(shared, signedAs("app")),
  },
  {
    name: "one of two who are asked for",
    comment: `${SOURCE}: people and parties are counted`,
    outcome: "deny",
    code: "signature/too-few",
    on: "verdict",
    fault: byPolicy({ parties: { ci: SIGNER, another: ANOTHER }, signature: { by: ["ci", "another"], atLeast: 2 } }),
    twin: byPolicy({ parties: { ci: SIGNER, another: ANOTHER }, signature: { by: ["ci", "another"], atLeast: 1 } }),
  },
];
