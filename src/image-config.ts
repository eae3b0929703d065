/** Reads the configuration of an image: how it runs, and what its layers hold. */
import { LIMITS } from "./core/limits.ts";
import { Malformed } from "./core/malformed.ts";
import type { CallOptions, ReadonlyStore } from "./core/store.ts";
import { decodeJson } from "./encoding/json.ts";
import { whatTheyBroke } from "./examine.ts";
import type { RunnableManifest } from "./policy/decide-evidence.ts";
import type { Runnable } from "./runnable.ts";

/** An image that names none has an empty one. */
export async function readConfig(
  { config }: Runnable,
  { store, signal }: CallOptions & { readonly store: ReadonlyStore },
): Promise<Pick<RunnableManifest, "config" | "configGap">> {
  if (config === undefined) return { config: {} };
  try {
    if (config.size > LIMITS.imageConfigBytes) throw new Malformed("integrity/too-large", `it claims ${config.size} bytes`);
    const bytes = await store.fetch(config, signal === undefined ? {} : { signal });
    return { config: decodeJson(bytes, { maxBytes: LIMITS.imageConfigBytes }) };
  } catch (error) {
    return { configGap: `the image's configuration could not be read: ${whatTheyBroke(error)}` };
  }
}
