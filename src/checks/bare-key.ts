/** The questions about a signer, where it is a bare key: it vouches for itself, has no name and no end. */
import type { CheckContext } from "../core/check.ts";
import type { Signature } from "../core/signature.ts";
import { checkMember } from "./member.ts";
import type { Observation } from "./observation.ts";
import type { ProvenKey } from "./signer.ts";

export function checkKeyAuthenticity({ fingerprint }: ProvenKey): Observation {
  return { code: "authenticity/pinned-key", message: `the policy names the key ${fingerprint}` };
}

export function checkKeyIdentity(key: ProvenKey, _signature: Signature, context: CheckContext): Observation {
  const { signers } = context.rules;
  // The key was found among those of the members.
  if (signers.kind !== "members") throw new TypeError("only members are known by keys");
  return checkMember({ kind: "key", key }, signers, context);
}

export function checkKeyTime({ fingerprint }: ProvenKey, { logEntries }: Signature): Observation {
  const ignored = logEntries === undefined ? "" : `; its ${logEntries} log entries are not looked at`;
  return { code: "time/valid", message: `the key ${fingerprint} has no validity of its own${ignored}` };
}

export function checkKeyRevocation({ fingerprint }: ProvenKey): Observation {
  return { code: "revocation/not-revocable", message: `the key ${fingerprint} has no certificate that could be revoked` };
}
