/** Were the certificates valid at the time that counts? */
import type { CheckContext } from "../core/check.ts";
import { showForeign } from "../core/display.ts";
import { Malformed } from "../core/malformed.ts";
import type { Signature } from "../core/signature.ts";
import { formatName } from "../pki/x509/name.ts";
import type { Chain } from "./chain.ts";
import type { Observation } from "./observation.ts";
import { asksForTimestamps, describeProvenTime, proveTime, withClaimedTime, withNote } from "./timestamp.ts";

/**
 * An authority's signing time is itself the proof. Anyone else's word about time is worth nothing: the certificates must
 * be valid now, or a timestamp must say that they were. Source: Notary specification, "Signature evaluation", authentic timestamp.
 */
export function checkTime(chain: Chain, signature: Signature, context: CheckContext): Observation {
  const { timeScheme, signingTime } = signature.claimed;
  if (timeScheme === "authority") {
    if (signingTime === undefined) throw new Malformed("header/missing", "an authority's signature does not say when it was made");
    return checkValidity(chain, [signingTime], "when it was signed");
  }
  const today = checkValidity(chain, [context.now], "at the time of judging");
  if (!asksForTimestamps(context)) return today.code === "time/certificate-expired" ? withClaimedTime(today, signature, context) : today;
  const need = whyTimestamp(today, context);
  const stamped = checkTimestamp(chain, signature, context);
  if (stamped.code === "time/timestamped") return stamped;
  return need === undefined ? withNote(today, stamped) : { ...stamped, message: `${need}; ${stamped.message}` };
}

/** Why none would be a fault, in words. With `afterCertExpiry` that is so once a certificate has run out. */
function whyTimestamp(today: Observation, { rules }: CheckContext): string | undefined {
  if (rules.verifyTimestamp === "always") return "the policy asks for a timestamp of a tsa store";
  return today.code === "time/certificate-expired" ? today.message : undefined;
}

/** The whole of the interval counts: the signature can have been made at either end of it. */
function checkTimestamp(chain: Chain, signature: Signature, context: CheckContext): Observation {
  const proven = proveTime(signature, context);
  if (!("interval" in proven)) return proven;
  const { text, detail } = describeProvenTime(proven, context);
  const valid = checkValidity(chain, [proven.interval.from, proven.interval.to], "when the timestamp was made");
  if (valid.code !== "time/valid") return valid;
  return { code: "time/timestamped", message: `signed ${text}, when every certificate of the chain was valid`, detail };
}

/** Both ends belong to the validity. Source: RFC 5280 4.1.2.5. */
function checkValidity(chain: Chain, moments: readonly Date[], when: string): Observation {
  for (const { subject, notBefore, notAfter } of chain) {
    const name = showForeign(formatName(subject));
    for (const at of moments) {
      const moment = `${when} (${at.toISOString()})`;
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
  }
  return {
    code: "time/valid",
    message: `every certificate of the chain is valid ${when} (${moments.map((at) => at.toISOString()).join(" to ")})`,
  };
}
