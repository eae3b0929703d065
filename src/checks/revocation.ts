/** Has a certificate of the chain been withdrawn? */
import type { CheckContext } from "../core/check.ts";
import { showForeign } from "../core/display.ts";
import type { SignatureRules } from "../core/policy.ts";
import type { Signature } from "../core/signature.ts";
import { formatName } from "../pki/x509/name.ts";
import type { Chain } from "./chain.ts";
import type { Observation } from "./observation.ts";

/**
 * The root is not asked about: no one but itself could revoke it. A certificate that names no place to ask at counts as
 * good, as with notation; where one does, not having asked is not knowing. Source: Notary specification, "Revocation".
 */
export function checkRevocation(chain: Chain, _signature: Signature, { rules }: CheckContext): Observation {
  return whyListUnread(rules) ?? revocationOf(chain);
}

/** What is revoked by a list need be no certificate: where there is one that is not read, nothing is known of anybody. */
export function whyListUnread({ revocationGap }: Pick<SignatureRules, "revocationGap">): Observation | undefined {
  if (revocationGap === undefined) return undefined;
  return { code: "revocation/list-unread", message: `${showForeign(revocationGap, 500)}: the signature may be revoked` };
}

/** What the certificates themselves say. */
export function revocationOf(chain: Chain): Observation {
  const revocable = chain.slice(0, -1).find((certificate) => certificate.ocspUrls.length + certificate.crlUrls.length > 0);
  if (revocable === undefined) {
    return { code: "revocation/not-revocable", message: "no certificate of the chain says where its revocation could be asked" };
  }
  const url = showForeign(revocable.ocspUrls[0] ?? revocable.crlUrls[0] ?? "", 200);
  return {
    code: "revocation/unchecked",
    message: `the certificate of ${showForeign(formatName(revocable.subject))} can be asked about at ${url}, and this version cannot ask yet: it may be revoked`,
  };
}
