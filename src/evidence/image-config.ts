/** Reads the configuration of an image: how it runs, and what its layers hold. */
import { refuseCaseVariants } from "../core/case-variants.ts";
import { isObject } from "../core/descriptor.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import type { CallOptions, ReadonlyStore } from "../core/store.ts";
import { decodeJson } from "../encoding/json.ts";
import { whatTheyBroke } from "../judging/examine.ts";
import type { RunnableManifest } from "../policy/evidence-seen.ts";
import type { Runnable } from "./runnable.ts";

/** An image that names none has an empty one. */
export async function readConfig(
  { config, layers }: Pick<Runnable, "config" | "layers">,
  { store, signal }: CallOptions & { readonly store: ReadonlyStore },
): Promise<Pick<RunnableManifest, "config" | "configGap">> {
  if (config === undefined) return { config: {} };
  try {
    if (config.size > LIMITS.imageConfigBytes) throw new Malformed("integrity/too-large", `it claims ${config.size} bytes`);
    const bytes = await store.fetch(config, signal === undefined ? {} : { signal });
    const document = decodeJson(bytes, { maxBytes: LIMITS.imageConfigBytes });
    checkLayers(document, layers);
    return { config: document };
  } catch (error) {
    return { configGap: `the image's configuration could not be read: ${whatTheyBroke(error)}` };
  }
}

/** What it says of other layers than the manifest's, or to programs in Go in other letters, says nothing of this image. */
function checkLayers(config: unknown, layers: number): void {
  if (!isObject(config)) return;
  refuseCaseVariants(config, ["rootfs"]);
  const { rootfs } = config;
  if (!isObject(rootfs)) return;
  refuseCaseVariants(rootfs, ["type", "diff_ids"]);
  const ids = rootfs["diff_ids"];
  if (Array.isArray(ids) && ids.length !== layers)
    throw new Malformed("manifest/invalid", `it names ${ids.length} layers, and the manifest ${layers}`);
}
