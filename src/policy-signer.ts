/** May the key that is about to sign a policy sign policies? Asked before anything is written. */
import { findMembers, type Known, nameOf, whatDiffers } from "./checks/member.ts";
import { showForeign } from "./core/display.ts";
import { CountersignError } from "./core/errors.ts";
import { keyFingerprint } from "./core/key-fingerprint.ts";
import type { Signer } from "./core/signer.ts";
import { storeTypeFor, type TrustSource } from "./core/trust-source.ts";
import { decodeCertificate } from "./pki/x509/certificate.ts";
import { policyOfSigners } from "./policy/policy-signers.ts";
import type { PolicySigners } from "./policy/verifier/verifier.ts";

/** Throws `policy/not-a-signer`. `configured`: the file that says who may. */
export async function refuseStranger(
  signer: Signer,
  { signers, trust, configured }: { readonly signers: PolicySigners; readonly trust: TrustSource; readonly configured: string },
): Promise<void> {
  const known = knownOf(signer);
  // What we sign leads to a store of this type, whatever else the certificate may stand for.
  const stores = policyOfSigners(signers).gates.flatMap(({ trustStores }) =>
    trustStores.filter(({ type }) => type === storeTypeFor("signer")),
  );
  const anchors = (await Promise.all(stores.map((store) => trust.anchors(store)))).flat();
  if (findMembers(known, signers.members, { anchors }).length > 0) return;
  const names = signers.members.map(({ name }) => showForeign(name)).join(", or ");
  const who = nameOf(known);
  throw new CountersignError(
    "policy/not-a-signer",
    `Cannot sign a policy as "${who}": "${configured}" lets only these sign policies: ${names}${known.kind === "chain" ? whatDiffers(known.chain[0], signers.members) : ""}`,
    {
      remedy: `sign with a key of theirs: --key NAME from \`countersign key list\`; or correct roles.policySigners in "${configured}"`,
    },
  );
}

function knownOf({ chain: [leaf, ...issuers], bare }: Signer): Known {
  if (leaf !== undefined) return { kind: "chain", chain: [decodeCertificate(leaf), ...issuers.map(decodeCertificate)] };
  if (bare === undefined) throw new TypeError("a signer has a certificate or a key");
  return { kind: "key", key: { fingerprint: keyFingerprint(bare.publicKey) } };
}
