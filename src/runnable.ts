/** Which manifests of an image somebody may run: the image itself, or the children of an index, nested ones too. */
import { type Descriptor, isObject, parseDescriptor } from "./core/descriptor.ts";
import { DEFAULT_CONCURRENCY, inParallel } from "./core/in-parallel.ts";
import { LIMITS } from "./core/limits.ts";
import { Malformed } from "./core/malformed.ts";
import { DOCKER_LIST, OCI_INDEX } from "./core/media-types.ts";
import type { CallOptions, ReadonlyStore, StoredManifest } from "./core/store.ts";
import { checkManifestType, decodeManifest } from "./encoding/manifest.ts";
import { whatTheyBroke } from "./examine.ts";
import { IN_TOTO } from "./formats/attached/manifest.ts";

export interface Runnable {
  readonly descriptor: Descriptor;
  /** The configuration blob; absent in an image that names none. */
  readonly config?: Descriptor;
}

export interface RunnableManifests {
  readonly manifests: readonly Runnable[];
  /** In words, why there may be more. */
  readonly gaps: readonly string[];
}

type WalkOptions = CallOptions & { readonly store: ReadonlyStore; readonly concurrency?: number };

/**
 * Every child counts, whatever its labels say: a platform `unknown/unknown` hides nothing. Left out is only what cannot
 * run: a manifest whose layers are all in-toto JSON, as BuildKit attaches them.
 */
export async function findRunnable(image: StoredManifest, options: WalkOptions): Promise<RunnableManifests> {
  const manifests: Runnable[] = [];
  const gaps: string[] = [];
  const known = new Set<string>([image.descriptor.digest]);
  let level: readonly StoredManifest[] = [image];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > LIMITS.indexDepth) return { manifests, gaps: [...gaps, `its indexes are nested deeper than ${LIMITS.indexDepth}`] };
    const children: Descriptor[] = [];
    for (const { descriptor, bytes } of level) {
      if (!isIndex(descriptor)) {
        const found = readRunnable(descriptor, bytes);
        if (found !== undefined) manifests.push(found);
        continue;
      }
      for (const child of childrenOf(bytes)) {
        if (known.has(child.digest)) continue;
        known.add(child.digest);
        children.push(child);
      }
    }
    if (known.size > LIMITS.indexManifests) return { manifests, gaps: [...gaps, `it has more than ${LIMITS.indexManifests} manifests`] };
    const fetched = await inParallel(children, options.concurrency ?? DEFAULT_CONCURRENCY, (child) => fetchChild(child, options));
    gaps.push(...fetched.filter((one) => typeof one === "string"));
    level = fetched.filter((one) => typeof one === "object");
  }
  return { manifests, gaps };
}

function isIndex({ mediaType }: Descriptor): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_LIST;
}

function childrenOf(bytes: Uint8Array): readonly Descriptor[] {
  const { manifests } = decodeManifest(bytes);
  if (!Array.isArray(manifests)) throw new Malformed("manifest/invalid", "an index has no list of manifests");
  return manifests.map(parseDescriptor);
}

/** `undefined` for what cannot run. */
function readRunnable(descriptor: Descriptor, bytes: Uint8Array): Runnable | undefined {
  const { layers, config } = decodeManifest(bytes);
  const isStatements =
    Array.isArray(layers) && layers.length > 0 && layers.every((layer) => isObject(layer) && layer["mediaType"] === IN_TOTO);
  if (isStatements) return undefined;
  const { mediaType, digest, size } = descriptor;
  return { descriptor: { mediaType, digest, size }, ...(isObject(config) ? { config: parseDescriptor(config) } : {}) };
}

/** In words, if it cannot be had. What an index says of a child must be what the child is. */
async function fetchChild(child: Descriptor, { store, signal }: WalkOptions): Promise<StoredManifest | string> {
  const name = `${child.digest}, which the index names,`;
  try {
    if (child.size > LIMITS.manifestBytes) throw new Malformed("integrity/too-large", `it claims ${child.size} bytes`);
    const bytes = await store.fetch(child, signal === undefined ? {} : { signal });
    checkManifestType(child.mediaType, { bytes, name: child.digest });
    return { descriptor: child, bytes };
  } catch (error) {
    return `${name} could not be read: ${whatTheyBroke(error)}`;
  }
}
