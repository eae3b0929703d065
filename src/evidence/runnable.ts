/** Which manifests of an image somebody may run: the image itself, or the children of an index, nested ones too. */
import { type Descriptor, isObject, parseDescriptor } from "../core/descriptor.ts";
import { DEFAULT_CONCURRENCY, inParallel } from "../core/in-parallel.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { DOCKER_LIST, IN_TOTO, OCI_INDEX } from "../core/media-types.ts";
import type { CallOptions, ReadonlyStore, StoredManifest } from "../core/store.ts";
import { checkManifestType, decodeManifest } from "../encoding/manifest.ts";
import { whatTheyBroke } from "../judging/examine.ts";

export interface Runnable {
  readonly descriptor: Descriptor;
  /** The configuration blob; absent in an image that names none. */
  readonly config?: Descriptor;
  /** How many. */
  readonly layers: number;
}

export interface RunnableManifests {
  readonly manifests: readonly Runnable[];
  /** In words, why there may be more. */
  readonly gaps: readonly string[];
}

type WalkOptions = CallOptions & { readonly store: ReadonlyStore; readonly concurrency?: number };

/**
 * Every child counts, whatever its labels say. Left out is only what both is and claims to be nothing that runs: a manifest
 * whose layers are all in-toto JSON, under the platform `unknown/unknown`, as BuildKit attaches them. Either alone anybody
 * can have who wants to hide an image, and those who run images heed but the one or the other.
 */
export async function findRunnable(image: StoredManifest, options: WalkOptions): Promise<RunnableManifests> {
  const found: Manifest[] = [];
  const gaps: string[] = [];
  /** What is named with a platform, or with none, wherever; the image itself is. */
  const claimed = new Set<string>([image.descriptor.digest]);
  const known = new Set<string>([image.descriptor.digest]);
  let level: readonly StoredManifest[] = [image];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > LIMITS.indexDepth) {
      gaps.push(`its indexes are nested deeper than ${LIMITS.indexDepth}`);
      break;
    }
    const children: Descriptor[] = [];
    for (const { descriptor, bytes } of level) {
      try {
        if (!isIndex(descriptor)) found.push(readManifest(descriptor, bytes));
        for (const child of isIndex(descriptor) ? childrenOf(bytes) : []) {
          if (!isOfNoPlatform(child)) claimed.add(child.digest);
          if (known.has(child.digest)) continue;
          known.add(child.digest);
          children.push(child);
        }
      } catch (error) {
        gaps.push(`${descriptor.digest} could not be read: ${whatTheyBroke(error)}`);
      }
    }
    if (known.size > LIMITS.indexManifests) {
      gaps.push(`it has more than ${LIMITS.indexManifests} manifests`);
      break;
    }
    const fetched = await inParallel(children, options.concurrency ?? DEFAULT_CONCURRENCY, (child) => fetchChild(child, options));
    gaps.push(...fetched.filter((one) => typeof one === "string"));
    level = fetched.filter((one) => typeof one === "object");
  }
  const runs = ({ isStatements, runnable }: Manifest): boolean => !isStatements || claimed.has(runnable.descriptor.digest);
  return { manifests: found.filter(runs).map(({ runnable }) => runnable), gaps };
}

function isIndex({ mediaType }: Descriptor): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_LIST;
}

function childrenOf(bytes: Uint8Array): readonly Descriptor[] {
  const { manifests } = decodeManifest(bytes);
  if (!Array.isArray(manifests)) throw new Malformed("manifest/invalid", "an index has no list of manifests");
  return manifests.map(parseDescriptor);
}

function isOfNoPlatform({ platform }: Descriptor): boolean {
  return platform?.["os"] === "unknown" && platform["architecture"] === "unknown";
}

interface Manifest {
  readonly runnable: Runnable;
  /** All its layers are in-toto JSON. */
  readonly isStatements: boolean;
}

function readManifest({ mediaType, digest, size }: Descriptor, bytes: Uint8Array): Manifest {
  const { layers, config } = decodeManifest(bytes);
  const isStatements =
    Array.isArray(layers) && layers.length > 0 && layers.every((layer) => isObject(layer) && layer["mediaType"] === IN_TOTO);
  const runnable = {
    descriptor: { mediaType, digest, size },
    layers: Array.isArray(layers) ? layers.length : 0,
    ...(isObject(config) ? { config: parseDescriptor(config) } : {}),
  };
  return { runnable, isStatements };
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
