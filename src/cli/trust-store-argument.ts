/** The `type:name` argument of the trust commands. */
import { CountersignError } from "../core/errors.ts";
import type { TrustStoreName } from "../core/trust-source.ts";
import { parseTrustStoreName, TRUST_STORE_TYPES } from "../policy/trust-store-name.ts";

export function parseStoreArgument(text: string): TrustStoreName {
  return parseTrustStoreName(text, (state) => {
    throw new CountersignError("usage/invalid", `Cannot use trust store "${text}": ${state}`, {
      remedy: `${TRUST_STORE_TYPES.map((type) => `${type}:acme`).join(", ")}; \`countersign trust list\` shows those there are`,
    });
  });
}
