/**
 * Writing the fallback index where registries ignore `If-Match`: a writer announces itself by a tag before it writes,
 * and leaves only when a re-read holds everyone announced. The proof is in docs/decisions/fallback-index.md.
 */
import { type Descriptor, isObject } from "../../core/descriptor.ts";
import { type Digest, digestOf } from "../../core/digest.ts";
import { CountersignError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { MANIFEST_TYPES, OCI_INDEX } from "../../core/media-types.ts";
import type { CallOptions } from "../../core/store.ts";
import { fallbackTag } from "../../core/digest-tags.ts";
import { inParallel } from "../../core/in-parallel.ts";
import { EMPTY_INDEX, encodeIndex, entryDigest, type IndexDocument, withEntries } from "../index-document.ts";
import { Announcements } from "./announced.ts";
import { hasAnswerCode } from "./answer-error.ts";
import type { RepositoryApi } from "./api.ts";
import { pause } from "../../net/pause.ts";
import { readFallbackTag } from "./fallback-tag.ts";
import { pushManifest } from "./upload.ts";

export interface IndexRepair {
  /** Digests of the referrers that the index lacked and now has. */
  readonly added: readonly string[];
  /** Digests of entries whose manifest is no longer in the registry. */
  readonly dropped: readonly string[];
}

/** The bound on one writer's patience; a writer needs more than a few rounds only while others keep arriving. */
const MAX_WRITES = 200;
const MAX_MS = 120_000;
/** In a row, where each request has been tried a few times already. */
const MAX_FAILURES = 4;
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1_600;
const PARALLEL = 8;

/** Makes the index anew from what it still says, as far as that still exists, and from everyone announced. */
export async function rebuildFallbackIndex(api: RepositoryApi, subject: Digest, options: CallOptions): Promise<IndexRepair> {
  const announcements = new Announcements(api, subject);
  const announced = await announcements.describe(await announcements.tags(options), options);
  const { index, isBroken } = await readIndexOrEmpty(api, subject, options);
  const kept = await withoutDangling(api, index, options);
  const rebuilt = withEntries(kept, announced);
  const before = new Set(index.entries.map(entryDigest));
  const dropped = index.entries.filter((entry) => !kept.entries.includes(entry)).map((entry) => String(entryDigest(entry)));
  const added = announced.map(({ digest }) => digest).filter((digest) => !before.has(digest));
  if (isBroken || added.length > 0 || dropped.length > 0) await writeIndex(api, subject, { ...options, index: rebuilt });
  await addToFallbackIndex(api, [], { ...options, subject });
  return { added, dropped };
}

/** Adds referrers that have been announced, and with them every other that has been announced and is not there. */
export async function addToFallbackIndex(
  api: RepositoryApi,
  own: readonly Descriptor[],
  options: CallOptions & { readonly subject: Digest },
): Promise<void> {
  const { subject, signal } = options;
  const announcements = new Announcements(api, subject);
  const started = performance.now();
  let writes = 0;
  let failures = 0;
  // A write is followed at once by a look; only if that look is not content, others are at work and a pause helps.
  let hasJustWritten = false;
  while (writes < MAX_WRITES && performance.now() - started < MAX_MS) {
    try {
      // The order matters to the proof: first who is announced, then what the index holds.
      const tags = await announcements.tags(options);
      const index = await readIndex(api, subject, options);
      const held = new Set(index.entries.flatMap((entry) => entryDigest(entry) ?? []));
      const missing = [...own.filter(({ digest }) => !held.has(digest)), ...(await announcements.missing(tags, { ...options, held }))];
      if (missing.length === 0) return;
      if (!hasJustWritten) {
        writes++;
        await writeIndex(api, subject, { ...options, index: withEntries(index, missing) });
        hasJustWritten = true;
        failures = 0;
        continue;
      }
    } catch (error) {
      // docker-registry answers 500 to whoever reads a tag while another writer replaces it.
      if (!(error instanceof CountersignError) || error.code !== "store/unreachable" || ++failures === MAX_FAILURES) throw error;
    }
    hasJustWritten = false;
    await pause(Math.random() * Math.min(FIRST_PAUSE_MS * 2 ** Math.min(writes, 10), LONGEST_PAUSE_MS), {
      what: "other writers of the fallback index",
      ...(signal === undefined ? {} : { signal }),
    });
  }
  throw new CountersignError(
    "store/contended",
    `Cannot add to the fallback index of "${api.name}@${subject}": it was overwritten ${writes} times`,
  );
}

/** Throws `CountersignError` `store/invalid-answer` for a tag that holds no index: it is somebody's, and is left alone. */
async function readIndex(api: RepositoryApi, subject: Digest, options: CallOptions): Promise<IndexDocument> {
  const { index, isBroken } = await readIndexOrEmpty(api, subject, options);
  if (!isBroken) return index;
  throw new CountersignError(
    "store/invalid-answer",
    `Cannot add to "${api.name}:${fallbackTag(subject)}": the tag holds no index that can be read`,
    {
      remedy: `look at the tag; countersign doctor ${api.name}@${subject} --repair replaces it`,
    },
  );
}

async function readIndexOrEmpty(
  api: RepositoryApi,
  subject: Digest,
  options: CallOptions,
): Promise<{ readonly index: IndexDocument; readonly isBroken: boolean }> {
  try {
    return { index: (await readFallbackTag(api, subject, options)) ?? EMPTY_INDEX, isBroken: false };
  } catch (error) {
    if (error instanceof Malformed) return { index: EMPTY_INDEX, isBroken: true };
    throw error;
  }
}

async function writeIndex(api: RepositoryApi, subject: Digest, options: CallOptions & { readonly index: IndexDocument }): Promise<void> {
  const { index } = options;
  const bytes = encodeIndex(index);
  if (bytes.length > LIMITS.fallbackIndexBytes) {
    throw new CountersignError(
      "store/index-full",
      `Cannot add to the fallback index of "${api.name}@${subject}": it would have ${bytes.length} bytes, and registries take ${LIMITS.fallbackIndexBytes}`,
    );
  }
  const descriptor: Descriptor = { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length };
  try {
    // Not sent twice: after a failure others may have written, and the loop above looks first.
    await pushManifest(api, descriptor, { ...options, bytes, tag: fallbackTag(subject), isRepeatable: false });
  } catch (error) {
    if (!namesMissingManifest(error)) throw error;
    // docker-registry takes no index that names a manifest it has lost. An entry that leads nowhere is worth nothing to anyone.
    const kept = await withoutDangling(api, index, options);
    if (kept.entries.length === index.entries.length) throw error;
    await writeIndex(api, subject, { ...options, index: kept });
  }
}

function namesMissingManifest(error: unknown): boolean {
  return hasAnswerCode(error, ["MANIFEST_BLOB_UNKNOWN", "MANIFEST_UNKNOWN"]);
}

/** The index without those entries whose manifest the registry says it does not have. */
async function withoutDangling(api: RepositoryApi, index: IndexDocument, options: CallOptions): Promise<IndexDocument> {
  const exists = await inParallel(index.entries, PARALLEL, async (entry) => {
    const digest = entryDigest(entry);
    if (digest === undefined || !isObject(entry)) return true;
    const accept = [...MANIFEST_TYPES, String(entry["mediaType"])].filter((type) => /^[\w.+/-]+$/.test(type)).join(", ");
    return (await api.headManifest(digest, { ...options, accept })).status !== 404;
  });
  return { members: index.members, entries: index.entries.filter((_, position) => exists[position]) };
}
