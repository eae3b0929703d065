/** Shows what hangs on an image: referrers, and referrers of referrers, bounded. No trust decision. */
import { SubjectBudget } from "./core/budget.ts";
import type { Descriptor } from "./core/descriptor.ts";
import type { Digest } from "./core/digest.ts";
import { cosignTags } from "./core/digest-tags.ts";
import { showForeign, showForeignPairs } from "./core/display.ts";
import { CountersignError } from "./core/errors.ts";
import { LIMITS } from "./core/limits.ts";
import { formatReference, pinReference, type Reference } from "./core/reference.ts";
import type { CallOptions, ReadonlyStore } from "./core/store.ts";
import { API_VERSION } from "./core/verdict.ts";
import { findingOf } from "./examine.ts";
import { FORMATS } from "./formats/table.ts";

export interface TreeNode {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly artifactType?: string;
  /** Of a signature, as its manifest says; nothing has been decoded. */
  readonly format?: string;
  readonly size: number;
  /** Escaped for display. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly referrers: readonly TreeNode[];
}

export interface TreeReport {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: "Tree";
  readonly reference: string;
  readonly pinned: string;
  readonly root: TreeNode;
  /** Tags by which cosign ties something to the image, which no listing of referrers shows. */
  readonly tags: readonly { readonly tag: string; readonly digest: Digest }[];
  /** False if something was cut off or did not answer. */
  readonly complete: boolean;
  readonly notes: readonly string[];
}

const MAX_DEPTH = 4;
const MAX_NODES = 2_000;

export async function tree(reference: Reference, options: CallOptions & { readonly store: ReadonlyStore }): Promise<TreeReport> {
  const { descriptor } = await options.store.resolve(reference, options);
  const notes: string[] = [];
  const budget = new SubjectBudget(LIMITS.subjectBudgetBytes, LIMITS.subjectBudgetMs);
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
    return nodeOf(entry, { referrers, format: await formatOf(entry, { ...options, budget }) });
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
  const tied = await tags;
  if (!complete)
    notes.push(`not everything is shown (at most ${MAX_NODES} entries, ${MAX_DEPTH} deep), or the registry did not answer for all of it`);
  return {
    apiVersion: API_VERSION,
    kind: "Tree",
    reference: formatReference(reference),
    pinned: formatReference(pinReference(reference, descriptor.digest)),
    root,
    tags: tied,
    complete,
    notes,
  };
}

/** `undefined` if there is none, and in words what else hinders. */
async function resolveTag(store: ReadonlyStore, tag: string, call: CallOptions): Promise<TreeReport["tags"][number] | string | undefined> {
  try {
    return { tag, digest: (await store.resolve({ tag }, call)).descriptor.digest };
  } catch (error) {
    if (error instanceof CountersignError && error.code === "store/not-found") return undefined;
    return `tag ${tag} cannot be read: ${findingOf(error).message}`;
  }
}

/** JWS and COSE have one artifact type: only the manifest tells them apart. */
async function formatOf(
  entry: Descriptor,
  options: CallOptions & { readonly store: ReadonlyStore; readonly budget: SubjectBudget },
): Promise<string | undefined> {
  const { artifactType } = entry;
  const rows = FORMATS.filter(({ carrier }) => artifactType !== undefined && carrier.artifactTypes.includes(artifactType));
  const [row] = rows;
  if (row === undefined || options.budget.isLate() || !options.budget.spend(entry.size)) return undefined;
  try {
    const carried = row.carrier.readManifest(await options.store.fetch(entry, options), entry);
    return rows.find(({ mediaTypes }) => carried !== null && mediaTypes.includes(carried.envelope.mediaType))?.name;
  } catch (error) {
    // What is broken is shown as what it was listed for; what is our own fault goes up.
    findingOf(error);
    return undefined;
  }
}

function nodeOf(
  entry: Descriptor,
  { referrers, format }: { readonly referrers: readonly TreeNode[]; readonly format: string | undefined },
): TreeNode {
  return {
    digest: entry.digest,
    mediaType: showForeign(entry.mediaType),
    ...(entry.artifactType === undefined ? {} : { artifactType: showForeign(entry.artifactType) }),
    ...(format === undefined ? {} : { format }),
    size: entry.size,
    annotations: showForeignPairs(entry.annotations ?? {}),
    referrers,
  };
}
