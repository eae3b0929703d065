/** What a signature shows by its own bytes, whatever any policy says: is it for this image, and by the key of its own certificate? */
import { CHECKS } from "../checks/table.ts";
import type { Descriptor } from "../core/descriptor.ts";
import type { Finding } from "../core/finding.ts";
import { keyFingerprint } from "../core/key-fingerprint.ts";
import type { SignatureRules } from "../core/policy.ts";
import type { Signature } from "../core/signature.ts";

const OWN_CHECKS = CHECKS.filter(({ isFoundation }) => isFoundation);
export const NO_POLICY: SignatureRules = {
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

/** Sound if every finding is a pass. `key`: the bare key by which it must be, in DER; one that comes without a certificate cannot be told by itself. */
export function checkItself(
  signature: Signature,
  { key, ...about }: { readonly subject: Descriptor; readonly now: Date; readonly key?: Uint8Array | undefined },
): readonly Finding[] {
  const rules = key === undefined ? NO_POLICY : { ...NO_POLICY, signers: ownerOf(key) };
  return OWN_CHECKS.flatMap((check) => check.run(signature, { ...about, rules, anchors: [], authorities: [] }) ?? []);
}

function ownerOf(publicKey: Uint8Array): SignatureRules["signers"] {
  const identity = { kind: "key", fingerprint: keyFingerprint(publicKey), publicKey } as const;
  return { kind: "members", members: [{ name: identity.fingerprint, kind: "machine", identities: [identity], isOfProduct: true }] };
}
