/** Shows what hangs on an image: referrers, and referrers of referrers, bounded. No trust decision. */
import { SubjectBudget } from "./core/budget.ts";
import { type Descriptor, parseDescriptor } from "./core/descriptor.ts";
import type { Digest } from "./core/digest.ts";
import { cosignTags } from "./core/digest-tags.ts";
import { showForeign, showForeignPairs } from "./core/display.ts";
import { CountersignError } from "./core/errors.ts";
import { LIMITS } from "./core/limits.ts";
import { DOCKER_LIST, OCI_INDEX } from "./core/media-types.ts";
import { formatReference, pinReference, type Reference } from "./core/reference.ts";
import type { CallOptions, ReadonlyStore } from "./core/store.ts";
import { API_VERSION } from "./core/verdict.ts";
import { decodeManifest } from "./encoding/manifest.ts";
import { findingOf } from "./judging/examine.ts";
import { attestationsIn, type EntryEvidence, type EntryKind, kindOf, type TaggedAttestation } from "./showing/tree-entry.ts";

export interface TreeNode {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly artifactType?: string;
  /** Of a signature or a bundle, as its manifest says; nothing has been decoded. */
  readonly format?: string;
  /** Of what states something about the image, as its manifest says. */
  readonly evidence?: EntryEvidence;
  readonly size: number;
  /** Escaped for display. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly referrers: readonly TreeNode[];
}

/** One of an index. */
export interface TreeManifest extends TreeNode {
  /** `os/architecture`, as the index says and escaped for display; absent where it says none. */
  readonly platform?: string;
}

export interface TreeTag {
  readonly tag: string;
  readonly digest: Digest;
  /** Under the tag of cosign's attestations: each of them. */
  readonly attestations?: readonly TaggedAttestation[];
}

export interface TreeReport {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: "Tree";
  readonly reference: string;
  readonly pinned: string;
  readonly root: TreeNode;
  /** Of an index: its manifests, and what hangs on each; what hangs on one is about that one alone. */
  readonly manifests?: readonly TreeManifest[];
  /** Tags by which cosign ties something to the image, which no listing of referrers shows. */
  readonly tags: readonly TreeTag[];
  /** False if something was cut off or did not answer. */
  readonly complete: boolean;
  readonly notes: readonly string[];
}

const MAX_DEPTH = 4;
const MAX_NODES = 2_000;

export async function tree(
  reference: Reference,
  options: CallOptions & { readonly store: ReadonlyStore; readonly budgetMs?: number },
): Promise<TreeReport> {
  const { descriptor, bytes } = await options.store.resolve(reference, options);
  const notes: string[] = [];
  const budget = new SubjectBudget(LIMITS.subjectBudgetBytes, options.budgetMs ?? LIMITS.subjectBudgetMs);
  let left = MAX_NODES;
  let complete = true;

  /** `path` holds the digests from the root to here: a registry may say that things refer to each other in a ring. */
  async function grow(entry: Descriptor, path: readonly Digest[]): Promise<TreeNode> {
    const referrers: TreeNode[] = [];
    if (path.length <= MAX_DEPTH) {
      const listing = await options.store.referrers(entry.digest, options);
      complete = complete && listing.complete;
      notes.push(...listing.notes.map((note) => showForeign(note.message)));
      for (const child of listing.referrers) {
        if (path.includes(child.digest)) continue;
        if (left-- <= 0) {
          complete = false;
          break;
        }
        referrers.push(await grow(child, [...path, child.digest]));
      }
    } else {
      complete = false;
    }
    return nodeOf(entry, referrers, await kindOf(entry, { ...options, budget }));
  }

  async function findTags(): Promise<TreeReport["tags"]> {
    const found = await Promise.all(cosignTags(descriptor.digest).map((tag) => resolveTag(options.store, tag, options)));
    notes.push(...found.flatMap((entry) => (typeof entry === "string" ? [showForeign(entry)] : [])));
    complete = complete && !found.some((entry) => typeof entry === "string");
    return found.flatMap((entry) => (typeof entry === "object" ? [entry] : []));
  }

  const tags = findTags();
  // Awaited below; should the listing throw first, this must not become an unhandled rejection.
  tags.catch(() => undefined);
  const root = await grow(descriptor, [descriptor.digest]);
  const manifests: TreeManifest[] = [];
  const children = childrenOf(descriptor, bytes);
  if (typeof children === "string") {
    complete = false;
    notes.push(children);
  }
  for (const child of typeof children === "string" ? [] : children) {
    if (left-- <= 0) {
      complete = false;
      break;
    }
    const platform = nameOfPlatform(child.platform);
    manifests.push({ ...(await grow(child, [descriptor.digest, child.digest])), ...(platform === undefined ? {} : { platform }) });
  }
  const tied = await tags;
  if (!complete)
    notes.push(`not everything is shown (at most ${MAX_NODES} entries, ${MAX_DEPTH} deep), or the registry did not answer for all of it`);
  return {
    apiVersion: API_VERSION,
    kind: "Tree",
    reference: formatReference(reference),
    pinned: formatReference(pinReference(reference, descriptor.digest)),
    root,
    ...(isIndex(descriptor) ? { manifests } : {}),
    tags: tied,
    complete,
    notes,
  };
}

function isIndex({ mediaType }: Descriptor): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_LIST;
}

/** In words, why they cannot be told: what hangs on a broken index is shown all the same. */
function childrenOf(index: Descriptor, bytes: Uint8Array): readonly Descriptor[] | string {
  if (!isIndex(index)) return [];
  try {
    const { manifests } = decodeManifest(bytes);
    return Array.isArray(manifests) ? manifests.map(parseDescriptor) : "the index has no list of manifests";
  } catch (error) {
    return `the manifests of the index cannot be told: ${findingOf(error).message}`;
  }
}

function nameOfPlatform(platform: Descriptor["platform"]): string | undefined {
  const parts = ["os", "architecture", "variant"].flatMap((name) => {
    const part = platform?.[name];
    return typeof part === "string" ? [part] : [];
  });
  return parts.length === 0 ? undefined : showForeign(parts.join("/"), 100);
}

/** `undefined` if there is none, and in words what else hinders. */
async function resolveTag(store: ReadonlyStore, tag: string, call: CallOptions): Promise<TreeTag | string | undefined> {
  try {
    const { descriptor, bytes } = await store.resolve({ tag }, call);
    return { tag, digest: descriptor.digest, ...(tag.endsWith(".att") ? { attestations: attestationsIn(bytes) } : {}) };
  } catch (error) {
    if (error instanceof CountersignError && error.code === "store/not-found") return undefined;
    return `tag ${tag} cannot be read: ${findingOf(error).message}`;
  }
}

function nodeOf(entry: Descriptor, referrers: readonly TreeNode[], kind: EntryKind): TreeNode {
  return {
    digest: entry.digest,
    mediaType: showForeign(entry.mediaType),
    ...(entry.artifactType === undefined ? {} : { artifactType: showForeign(entry.artifactType) }),
    ...kind,
    size: entry.size,
    annotations: showForeignPairs(entry.annotations ?? {}),
    referrers,
  };
}
