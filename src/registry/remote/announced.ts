/** The referrers that announce themselves by a tag of their own. */
import type { Descriptor } from "../../core/descriptor.ts";
import { type Digest, digestOf } from "../../core/digest.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import type { CallOptions, StoredManifest } from "../../core/store.ts";
import { announcedDigits, announcedHex, announcementTag } from "../../core/digest-tags.ts";
import { inParallel } from "../../core/in-parallel.ts";
import { decodeManifestFacts, describeReferrer, mediaTypeOf } from "../../encoding/manifest.ts";
import type { RepositoryApi } from "./api.ts";
import { listTags } from "./tags.ts";
import { pushReferrer } from "./upload.ts";

const PARALLEL = 8;

/** Pushes the manifest under its announcement: from now on every writer sees it, and garbage collection leaves it alone. */
export async function announce(
  api: RepositoryApi,
  { descriptor, bytes }: StoredManifest,
  options: CallOptions & { readonly subject: Digest },
): Promise<void> {
  await pushReferrer(api, descriptor, { ...options, bytes, tag: announcementTag(options.subject, descriptor.digest) });
}

/** One subject's announcements. Manifests are read only where an index lacks them, and each once. */
export class Announcements {
  readonly #api: RepositoryApi;
  readonly #subject: Digest;
  /** By tag; `null` for a tag that looks like an announcement and is none. */
  readonly #read = new Map<string, Descriptor | null>();

  constructor(api: RepositoryApi, subject: Digest) {
    this.#api = api;
    this.#subject = subject;
  }

  /** Everyone announced at this moment. */
  async tags(options: CallOptions): Promise<readonly string[]> {
    const all = await listTags(this.#api, options);
    return all.filter((tag) => announcedHex(tag, this.#subject) !== undefined).slice(0, LIMITS.listingEntries);
  }

  /** Those of `tags` that are not among `held`. */
  async missing(tags: readonly string[], options: CallOptions & { readonly held: ReadonlySet<string> }): Promise<readonly Descriptor[]> {
    const heldHex = new Set([...options.held].map((digest) => announcedDigits(digest as Digest)));
    const wanted = tags.filter((tag) => !heldHex.has(announcedHex(tag, this.#subject) ?? ""));
    return (await this.describe(wanted, options)).filter(({ digest }) => !options.held.has(digest));
  }

  async describe(tags: readonly string[], options: CallOptions): Promise<readonly Descriptor[]> {
    const found = await inParallel(tags, PARALLEL, (tag) => this.#describe(tag, options));
    return found.filter((descriptor) => descriptor !== null);
  }

  async #describe(tag: string, options: CallOptions): Promise<Descriptor | null> {
    const known = this.#read.get(tag);
    if (known !== undefined) return known;
    const response = await this.#api.getManifest(tag, { ...options, maxBytes: LIMITS.manifestBytes });
    // Being written at this moment, or just removed: its own writer sees to it.
    if (response === undefined) return null;
    const described = describeAnnounced(response.body, {
      tag,
      subject: this.#subject,
      mediaType: mediaTypeOf(response.headers["content-type"]),
    });
    this.#read.set(tag, described);
    return described;
  }
}

/** Anybody who can push can make such a tag; it counts only if what it holds refers to the subject and fits the tag. */
function describeAnnounced(
  bytes: Uint8Array,
  expected: { readonly tag: string; readonly subject: Digest; readonly mediaType: string },
): Descriptor | null {
  const digest = digestOf(bytes);
  if (announcementTag(expected.subject, digest) !== expected.tag) return null;
  try {
    const facts = decodeManifestFacts(bytes);
    if (facts.subject?.digest !== expected.subject) return null;
    return describeReferrer({ mediaType: expected.mediaType, digest, size: bytes.length }, facts);
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}
