/** May the key that is about to sign a policy sign policies? Asked before anything is written. */
import { findMembers, nameOf, whatDiffers } from "../checks/member.ts";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import type { Signer } from "../core/signer.ts";
import { loadAnchors, storeTypeFor, type TrustSource } from "../core/trust-source.ts";
import { policyOfSigners } from "../policy/policy-signers.ts";
import type { PolicySigners } from "../policy/verifier/verifier.ts";
import { knownOf } from "../words/signing-person.ts";

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
  const anchors = await loadAnchors(stores, trust);
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
