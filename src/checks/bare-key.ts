/** The questions about a signer, where it is a bare key: it vouches for itself, has no name and no end. */
import type { CheckContext } from "../core/check.ts";
import type { Signature } from "../core/signature.ts";
import { checkMember } from "./member.ts";
import { whyListUnread } from "./revocation.ts";
import type { Observation } from "./observation.ts";
import type { ProvenKey } from "./signer.ts";
import { asksForTimestamps, describeProvenTime, proveTime, withNote } from "./timestamp.ts";

export function checkKeyAuthenticity({ fingerprint }: ProvenKey): Observation {
  return { code: "authenticity/pinned-key", message: `the policy names the key ${fingerprint}` };
}

export function checkKeyIdentity(key: ProvenKey, _signature: Signature, context: CheckContext): Observation {
  const { signers } = context.rules;
  // The key was found among those of the members.
  if (signers.kind !== "members") throw new TypeError("only members are known by keys");
  return checkMember({ kind: "key", key }, signers, context);
}

export function checkKeyTime({ fingerprint }: ProvenKey, signature: Signature, context: CheckContext): Observation {
  const { logEntries } = signature;
  const ignored = logEntries === undefined ? "" : `; its ${logEntries} log entries are not looked at`;
  const today: Observation = { code: "time/valid", message: `the key ${fingerprint} has no validity of its own${ignored}` };
  if (!asksForTimestamps(context)) return today;
  const proven = proveTime(signature, context);
  if (!("interval" in proven)) return withNote(today, proven);
  const { text, detail } = describeProvenTime(proven, context);
  return { code: "time/timestamped", message: `signed ${text}; ${today.message}`, detail };
}

export function checkKeyRevocation({ fingerprint }: ProvenKey, _signature: Signature, { rules }: CheckContext): Observation {
  const unread = whyListUnread(rules);
  if (unread !== undefined) return unread;
  return { code: "revocation/not-revocable", message: `the key ${fingerprint} has no certificate that could be revoked` };
}
