/** Were the certificates valid at the time that counts? */
import type { CheckContext } from "../core/check.ts";
import { showForeign } from "../core/display.ts";
import { Malformed } from "../core/malformed.ts";
import type { Signature } from "../core/signature.ts";
import { formatName } from "../pki/x509/name.ts";
import type { Chain } from "./chain.ts";
import type { Observation } from "./observation.ts";

/**
 * An authority's signing time is itself the proof. Anyone else's word about time is worth nothing: the certificates must
 * be valid now, or a timestamp must say when. Source: Notary specification, "Signature evaluation", authentic timestamp.
 */
export function checkTime(chain: Chain, signature: Signature, context: CheckContext): Observation {
  const { timeScheme, signingTime } = signature.claimed;
  if (timeScheme === "authority") {
    if (signingTime === undefined) throw new Malformed("header/missing", "an authority's signature does not say when it was made");
    return checkValidity(chain, signingTime, "when it was signed");
  }
  if (needsTimestamp(chain, context)) {
    return signature.timestamps.length === 0
      ? { code: "time/timestamp-missing", message: "the policy asks for a timestamp of a tsa store, and the signature carries none" }
      : { code: "time/timestamp-unchecked", message: "the signature carries a timestamp, and this version cannot verify timestamps yet" };
  }
  return checkValidity(chain, context.now, "at the time of judging");
}

/** Only a policy with a `tsa` store asks for timestamps; with `afterCertExpiry`, only once a certificate has run out. */
function needsTimestamp(chain: Chain, { rules, now }: CheckContext): boolean {
  if (!rules.trustStores.some((store) => store.type === "tsa")) return false;
  return rules.verifyTimestamp === "always" || chain.some((certificate) => now.getTime() > certificate.notAfter.getTime());
}

/** Both ends belong to the validity. Source: RFC 5280 4.1.2.5. */
function checkValidity(chain: Chain, at: Date, when: string): Observation {
  const moment = `${when} (${at.toISOString()})`;
  for (const { subject, notBefore, notAfter } of chain) {
    const name = showForeign(formatName(subject));
    if (at.getTime() < notBefore.getTime()) {
      return {
        code: "time/certificate-not-yet-valid",
        message: `the certificate of ${name} is valid from ${notBefore.toISOString()} on, not ${moment}`,
      };
    }
    if (at.getTime() > notAfter.getTime()) {
      return {
        code: "time/certificate-expired",
        message: `the certificate of ${name} was valid until ${notAfter.toISOString()}, not ${moment}`,
      };
    }
  }
  return { code: "time/valid", message: `every certificate of the chain is valid ${moment}` };
}
