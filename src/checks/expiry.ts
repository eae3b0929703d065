/** Has the signature passed its own "best before"? It says nothing about certificates. */
import type { CheckContext } from "../core/check.ts";
import type { Signature } from "../core/signature.ts";
import type { Observation } from "./observation.ts";

/** Source: Notary specification, "Signature evaluation", expiry: expired from the very moment on. */
export function checkExpiry({ claimed: { expiry } }: Signature, { now }: CheckContext): Observation {
  if (expiry === undefined) return { code: "expiry/none", message: "the signature has no expiry" };
  const at = expiry.toISOString();
  if (now.getTime() >= expiry.getTime()) {
    return { code: "expiry/expired", message: `the signature expired at ${at}; it is ${now.toISOString()}`, detail: { expiry: at } };
  }
  return { code: "expiry/valid", message: `the signature is valid until ${at}`, detail: { expiry: at } };
}
