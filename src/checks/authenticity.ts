/** Does the chain contain an anchor of a trusted store? */
import type { CheckContext } from "../core/check.ts";
import { showForeign } from "../core/display.ts";
import { keyFingerprint } from "../core/key-fingerprint.ts";
import type { Signature } from "../core/signature.ts";
import { anchorsIn, formatStore, storeTypeFor } from "../core/trust-source.ts";
import { formatName } from "../pki/x509/name.ts";
import type { Chain } from "./chain.ts";
import type { Observation } from "./observation.ts";

export function checkAuthenticity(chain: Chain, signature: Signature, context: CheckContext): Observation {
  let [root] = chain;
  for (const certificate of chain) {
    root = certificate;
    const [anchor] = anchorsIn([certificate.der], context.anchors);
    if (anchor === undefined) continue;
    return {
      code: "authenticity/trusted",
      message: `${showForeign(formatName(certificate.subject))} is in trust store ${formatStore(anchor.store)}`,
      detail: { store: formatStore(anchor.store), fingerprint: certificate.fingerprint },
    };
  }
  const { signers } = context.rules;
  const print = keyFingerprint(chain[0].spki);
  if (
    signers.kind === "members" &&
    signers.members.some(({ identities }) => identities.some((entry) => entry.kind === "key" && entry.fingerprint === print))
  ) {
    return { code: "authenticity/pinned-key", message: `the policy names the key ${print}` };
  }
  const [store] = storesAsked(signature, context);
  return {
    code: "authenticity/untrusted",
    message: `no certificate of the chain is in ${lookedIn(signature, context)}; it ends in ${showForeign(formatName(root.subject))} (sha256 ${root.fingerprint})`,
    detail: { root: root.fingerprint, ...(store === undefined ? {} : { store }) },
  };
}

/** A root in a store of the other type does not count, and is the usual mistake, so the type is said. */
function lookedIn(signature: Signature, context: CheckContext): string {
  const stores = storesAsked(signature, context);
  if (stores.length > 0) return `trust store ${stores.join(", ")}`;
  return `any trust store: the policy names none of type ${storeTypeFor(signature.claimed.timeScheme)}, which this signature's scheme needs`;
}

function storesAsked({ claimed }: Signature, { rules }: CheckContext): readonly string[] {
  return rules.trustStores.filter(({ type }) => type === storeTypeFor(claimed.timeScheme)).map(formatStore);
}
