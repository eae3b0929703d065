/** What a signature shows by its own bytes, whatever any policy says: is it for this image, and by the key of its own certificate? */
import { CHECKS } from "./checks/table.ts";
import type { Descriptor } from "./core/descriptor.ts";
import type { Finding } from "./core/finding.ts";
import type { SignatureRules } from "./core/policy.ts";
import type { Signature } from "./core/signature.ts";

const OWN_CHECKS = CHECKS.filter(({ isFoundation }) => isFoundation);
const NO_POLICY: SignatureRules = {
  actions: {
    subject: "enforce",
    integrity: "enforce",
    authenticity: "skip",
    identity: "skip",
    product: "skip",
    annotations: "skip",
    expiry: "skip",
    time: "skip",
    revocation: "skip",
  },
  trustStores: [],
  signers: { kind: "members", members: [] },
  verifyTimestamp: "afterCertExpiry",
};

/** Sound if every finding is a pass. */
export function checkItself(signature: Signature, about: { readonly subject: Descriptor; readonly now: Date }): readonly Finding[] {
  return OWN_CHECKS.flatMap((check) => check.run(signature, { ...about, rules: NO_POLICY, anchors: [], authorities: [] }) ?? []);
}
