/** The `type:name` argument of the trust commands. */
import { CountersignError } from "../core/errors.ts";
import type { TrustStoreName } from "../core/trust-source.ts";
import { parseTrustStoreName } from "../policy/trust-store-name.ts";

export function parseStoreArgument(text: string): TrustStoreName {
  return parseTrustStoreName(text, (state) => {
    throw new CountersignError("usage/invalid", `Cannot use trust store "${text}": ${state}`, { remedy: "ca:NAME, such as ca:acme" });
  });
}
