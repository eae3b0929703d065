/** The `type:name` argument of the trust commands, and the store that it names. */
import { CountersignError } from "../core/errors.ts";
import type { TrustStoreName } from "../core/trust-source.ts";
import type { TrustStoreContent, TrustStores } from "../trust/store.ts";
import { parseTrustStoreName, TRUST_STORE_TYPES } from "../policy/trust-store-name.ts";

export function parseStoreArgument(text: string): TrustStoreName {
  return parseTrustStoreName(text, (state) => {
    throw new CountersignError("usage/invalid", `Cannot use trust store "${text}": ${state}`, {
      remedy: `${TRUST_STORE_TYPES.map((type) => `${type}:acme`).join(", ")}; \`countersign trust list\` shows those there are`,
    });
  });
}

/** For whoever asks about a store, a missing one is a slip of the pen rather than a root to be added. */
export async function showStore(stores: TrustStores, store: TrustStoreName): Promise<TrustStoreContent> {
  try {
    return await stores.show(store);
  } catch (error) {
    if (!(error instanceof CountersignError) || error.code !== "trust/store-missing") throw error;
    throw new CountersignError(error.code, error.message, { remedy: "countersign trust list" });
  }
}
