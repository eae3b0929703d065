/** A store over blobs and one index on this machine: what layout folder, archive and memory have in common. */
import { type Descriptor, isObject, parseDescriptor } from "../core/descriptor.ts";
import type { Digest } from "../core/digest.ts";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../core/media-types.ts";
import { refuseStopped } from "../core/stop.ts";
import type { CallOptions, Listing, Store, ResolvedManifest, StoredManifest } from "../core/store.ts";
import { checkContent, checkDeclaredSize, checkedChunks, checkedContent } from "./content.ts";
import { fallbackTag } from "../core/digest-tags.ts";
import { decodeIndex, entryDigest, type IndexDocument, withEntries } from "./index-document.ts";
import { entriesOf, scanIndex } from "./index-scan.ts";
import { checkTagCount, mergeListings, type PartialListing } from "./listing.ts";
import { checkManifestType, decodeManifest, decodeManifestFacts, describeReferrer } from "../encoding/manifest.ts";

interface LocalContent {
  readonly name: string;
  /** At most `maxBytes`; `Malformed` `integrity/size-mismatch` if there are more, `undefined` if it is not there. */
  readonly readBlob: (digest: Digest, maxBytes: number) => Promise<Uint8Array | undefined>;
  /** As long as it is; reading throws `store/not-found` if it is not there. */
  openBlob(digest: Digest): AsyncIterable<Uint8Array>;
  /** Whole or not at all, also if the content fails while it is read. */
  writeBlob(digest: Digest, content: Uint8Array | AsyncIterable<Uint8Array>, call: CallOptions): Promise<void>;
  readIndex(): Promise<IndexDocument>;
  /** One writer at a time: `change` sees what the last one left. */
  updateIndex(change: (index: IndexDocument) => IndexDocument, call: CallOptions): Promise<void>;
  /** Where writing is not done before somebody says so. */
  commit?(call: CallOptions): Promise<void>;
}

/** The annotation by which the index of a layout or archive names an entry. Source: OCI image-spec 1.1, annotations.md. */
const REF_NAME = "org.opencontainers.image.ref.name";

/** The one by which containerd and Docker name an image that they load. */
const IMAGE_NAME = "io.containerd.image.name";

export function createLocalStore(content: LocalContent): Store {
  return {
    name: content.name,
    resolve: (target, call) => resolve(stoppable(content, call), target),
    fetch: (descriptor, call) => fetchContent(stoppable(content, call), descriptor),
    referrers: (subject, options) => listReferrers(stoppable(content, options), subject, options),
    open: (descriptor, call) => checkedChunks(stoppable(content, call).openBlob(descriptor.digest), descriptor),
    has: (descriptor, call) => isHeld(stoppable(content, call), descriptor),
    tags: (call) => listTags(stoppable(content, call)),
    pushBlob: async (descriptor, pushed, call = {}) => {
      if (await isHeld(stoppable(content, call), descriptor)) return "held";
      await content.writeBlob(descriptor.digest, checkedContent(pushed, descriptor), call);
      return "pushed";
    },
    pushManifest: async (descriptor, bytes, options = {}) => {
      const { tag, imageName, isPart = false } = options;
      await writeManifest(content, { descriptor, bytes }, options);
      if (isPart) return;
      const { mediaType, digest, size } = descriptor;
      const annotations = imageName === undefined ? {} : { annotations: { [IMAGE_NAME]: imageName } };
      await content.updateIndex((index) => withManifest(index, { mediaType, digest, size, ...annotations }, tag), options);
    },
    attach: async (manifests, options) => {
      const described: Descriptor[] = [];
      for (const { descriptor, bytes } of manifests) {
        await writeManifest(content, { descriptor, bytes }, options);
        described.push(describeReferrer(descriptor, decodeManifestFacts(bytes)));
      }
      await content.updateIndex((index) => described.reduce((so, entry) => withManifest(so, entry, undefined), index), options);
      return { via: "index" };
    },
    commit: (call = {}) => content.commit?.(call) ?? Promise.resolve(),
  };
}

/** The content as long as the job goes on: what a stranger has laid out can lead to very many reads. */
function stoppable(content: LocalContent, { signal }: CallOptions = {}): LocalContent {
  const check = (): void => refuseStopped(signal, `read "${content.name}"`);
  return {
    ...content,
    async readBlob(digest, maxBytes) {
      check();
      return content.readBlob(digest, maxBytes);
    },
    async *openBlob(digest) {
      check();
      for await (const piece of content.openBlob(digest)) {
        check();
        yield piece;
      }
    },
    async readIndex() {
      check();
      return content.readIndex();
    },
  };
}

async function writeManifest(content: LocalContent, { descriptor, bytes }: StoredManifest, call: CallOptions): Promise<void> {
  checkContent(bytes, descriptor);
  if (!(await isHeld(stoppable(content, call), descriptor))) await content.writeBlob(descriptor.digest, bytes, call);
}

async function listTags(content: LocalContent): Promise<readonly string[]> {
  const tags = new Set((await content.readIndex()).entries.flatMap((entry) => tagOf(entry) ?? []));
  checkTagCount(tags.size, content.name);
  return [...tags];
}

/** Read to its end: a file that a crash or a disk has spoilt is written again. */
async function isHeld(content: LocalContent, descriptor: Descriptor): Promise<boolean> {
  try {
    for await (const chunk of checkedChunks(content.openBlob(descriptor.digest), descriptor)) void chunk;
    return true;
  } catch (error) {
    if (error instanceof Malformed || (error instanceof CountersignError && error.code === "store/not-found")) return false;
    throw error;
  }
}

async function resolve(content: LocalContent, target: { readonly tag?: string; readonly digest?: Digest }): Promise<ResolvedManifest> {
  const index = await content.readIndex();
  const { descriptors: entries, broken } = entriesOf(index);
  refuseBroken(content, broken, target);
  const isSole = target.digest === undefined && target.tag === undefined;
  const digest = target.digest ?? (target.tag === undefined ? await soleImage(content, index) : taggedDigest(content, entries, target.tag));
  const bytes = await readManifestBytes(content, digest);
  if (bytes === undefined) throw notFound(content, `manifest "${digest}"`, "it is not there");
  const listed = entries.find((entry) => entry.digest === digest)?.mediaType;
  const name = `${content.name}@${digest}`;
  const descriptor: Descriptor = { mediaType: listed ?? inferMediaType(bytes, name), digest, size: bytes.length };
  checkContent(bytes, descriptor);
  checkManifestType(descriptor.mediaType, { bytes, name });
  const tags = new Set(isSole ? entries.flatMap((entry) => (entry.digest === digest ? (imageTag(entry) ?? []) : [])) : []);
  const [tag, ...others] = tags;
  return { descriptor, bytes, ...(tag === undefined || others.length > 0 ? {} : { tag }) };
}

/** Another tool may be able to read what we cannot, and would take that for the image of this name. */
function refuseBroken(
  content: LocalContent,
  broken: readonly unknown[],
  { tag, digest }: { readonly tag?: string; readonly digest?: Digest },
): void {
  if (digest !== undefined || !broken.some((entry) => tag === undefined || tagOf(entry) === tag)) return;
  throw new CountersignError(
    "store/invalid-answer",
    `Cannot read ${tag === undefined ? "the image" : `tag "${tag}"`} of "${content.name}": an entry of the index that may be it cannot be read`,
  );
}

/** No descriptor has said a size yet, so one that is too long contradicts nothing: it is only too large. */
async function readManifestBytes(content: LocalContent, digest: Digest): Promise<Uint8Array | undefined> {
  try {
    return await content.readBlob(digest, LIMITS.manifestBytes);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new CountersignError("store/too-large", `Cannot read manifest "${digest}" of "${content.name}": ${error.message}`);
  }
}

function taggedDigest(content: LocalContent, entries: readonly Descriptor[], tag: string): Digest {
  const digests = new Set(entries.filter((entry) => tagOf(entry) === tag).map((entry) => entry.digest));
  const [digest, ...others] = digests;
  if (digest === undefined) throw notFound(content, `tag "${tag}"`, "no entry of the index has that name", nameAnother(entries));
  if (others.length > 0) {
    throw new CountersignError(
      "store/invalid-answer",
      `Cannot read tag "${tag}" of "${content.name}": ${digests.size} different images have that name`,
    );
  }
  return digest;
}

/** The image meant by a layout's path alone. Referrers and fallback indexes are not images. */
async function soleImage(content: LocalContent, index: IndexDocument): Promise<Digest> {
  const entries = entriesOf(index).descriptors;
  const named = entries.filter((entry) => imageTag(entry) !== undefined);
  const candidates = named.length > 0 ? named : await withoutSubjects(content, index);
  const digests = [...new Set(candidates.map(({ digest }) => digest))];
  if (digests.length === 1 && digests[0] !== undefined) return digests[0];
  if (digests.length === 0) throw notFound(content, "the image", "it holds none");
  throw notFound(content, "the image", `it holds ${digests.length} images, so a tag or digest is needed`, nameAnother(entries));
}

/** The tag of an image; those that tie something to a digest are none. */
function imageTag(entry: Descriptor): string | undefined {
  const tag = tagOf(entry);
  return tag === undefined || /^sha\d{3}-[0-9a-f]{64}/.test(tag) ? undefined : tag;
}

const SHOWN_TAGS = 8;

function nameAnother(entries: readonly Descriptor[]): string {
  const tags = [...new Set(entries.flatMap((entry) => imageTag(entry) ?? []))].map((tag) => showForeign(tag, 128));
  if (tags.length === 0) return "it has no tags: name the image by its digest, @sha256:…";
  return `name one of its tags: ${tags.slice(0, SHOWN_TAGS).join(", ")}${tags.length > SHOWN_TAGS ? " …" : ""}`;
}

async function withoutSubjects(content: LocalContent, index: IndexDocument): Promise<readonly Descriptor[]> {
  const { referrers } = await scanIndex(index, content.readBlob);
  const attached = new Set([...referrers.values()].flat().map(({ digest }) => digest));
  return entriesOf(index).descriptors.filter(({ digest }) => !attached.has(digest));
}

async function fetchContent(content: LocalContent, descriptor: Descriptor): Promise<Uint8Array> {
  checkDeclaredSize(descriptor);
  const bytes = await content.readBlob(descriptor.digest, descriptor.size);
  if (bytes === undefined) throw blobNotFound(content.name, descriptor.digest);
  return checkContent(bytes, descriptor);
}

/** Where somebody else keeps replacing the index as it is followed, the list is given up as incomplete after so many. */
const LOOKS = 3;

async function listReferrers(
  content: LocalContent,
  subject: Digest,
  options: (CallOptions & { readonly artifactTypes?: readonly string[] }) | undefined,
): Promise<Listing> {
  try {
    for (let looks = 1; ; looks++) {
      const index = await content.readIndex();
      const parts = (await Promise.all([listByIndex(content, index, subject), listByTag(content, index, subject)])).filter(
        (part) => part !== undefined,
      );
      // What one index names may be gone with it.
      const isSettled = parts.every(({ notes }) => notes.length === 0) || (await content.readIndex()) === index;
      if (isSettled || looks === LOOKS)
        return mergeListings(
          parts.map((part) => ({ ...part, complete: part.complete && isSettled })),
          options?.artifactTypes,
        );
    }
  } catch (error) {
    if (!(error instanceof CountersignError || error instanceof Malformed)) throw error;
    return { referrers: [], complete: false, notes: [{ code: "listing/unreachable", message: error.message }], sources: [] };
  }
}

/** Entries of the index whose manifest has this subject: how notation and oras write into a layout. */
async function listByIndex(content: LocalContent, index: IndexDocument, subject: Digest): Promise<PartialListing> {
  const { referrers, unreadable, isCutOff } = await scanIndex(index, content.readBlob);
  return {
    source: "index",
    entries: referrers.get(subject) ?? [],
    complete: !isCutOff,
    notes: [
      ...(isCutOff ? [{ code: "listing/cut-off" as const, message: "the index is too long to be read to its end" }] : []),
      ...(unreadable > 0
        ? [{ code: "listing/malformed-entry" as const, message: `${unreadable} manifests of the index cannot be read` }]
        : []),
    ],
  };
}

/** A copy of a registry's repository brings its fallback tag along. */
async function listByTag(content: LocalContent, index: IndexDocument, subject: Digest): Promise<PartialListing | undefined> {
  const tag = fallbackTag(subject);
  const entry = entriesOf(index).descriptors.find((candidate) => tagOf(candidate) === tag);
  if (entry === undefined) return undefined;
  try {
    const bytes = await fetchContent(content, entry);
    return { source: "tag", entries: decodeIndex(bytes, { maxBytes: LIMITS.fallbackIndexBytes }).entries, complete: true, notes: [] };
  } catch (error) {
    if (!(error instanceof Malformed || error instanceof CountersignError)) throw error;
    return { source: "tag", entries: [], complete: false, notes: [{ code: "listing/not-an-index", message: error.message }] };
  }
}

/** The index with the manifest in it, under the tag if there is one; a tag has one bearer. */
function withManifest(index: IndexDocument, descriptor: Descriptor, tag: string | undefined): IndexDocument {
  // Whoever wrote the manifest must not name it in the index: its own annotation would become a tag.
  const plain = withoutRefName(descriptor);
  if (tag === undefined) return withEntries(index, [plain]);
  const name = nameOf(plain) ?? nameBefore(index, { tag, digest: descriptor.digest });
  const named = { ...plain, annotations: { ...plain.annotations, ...(name === undefined ? {} : { [IMAGE_NAME]: name }), [REF_NAME]: tag } };
  const others = index.entries.filter((entry) => !(entryDigest(entry) === descriptor.digest && [tag, undefined].includes(tagOf(entry))));
  return {
    members: index.members,
    entries: [...others.map((entry) => (tagOf(entry) === tag ? withoutNames(parseDescriptor(entry)) : entry)), named],
  };
}

/** A name that an earlier copy gave stays with the tag, and with the image where there was none. */
function nameBefore(index: IndexDocument, { tag, digest }: { readonly tag: string; readonly digest: Digest }): string | undefined {
  const before =
    index.entries.find((entry) => tagOf(entry) === tag) ??
    index.entries.find((entry) => tagOf(entry) === undefined && entryDigest(entry) === digest);
  return nameOf(before);
}

function withoutRefName(descriptor: Descriptor): Descriptor {
  return without(descriptor, [REF_NAME]);
}

/** Of an image that another has taken the tag from: both names have one bearer. */
function withoutNames(descriptor: Descriptor): Descriptor {
  return without(descriptor, [REF_NAME, IMAGE_NAME]);
}

function without(descriptor: Descriptor, names: readonly string[]): Descriptor {
  const { annotations, ...rest } = descriptor;
  const kept = Object.entries(annotations ?? {}).filter(([name]) => !names.includes(name));
  return kept.length === 0 ? rest : { ...rest, annotations: Object.fromEntries(kept) };
}

function tagOf(entry: unknown): string | undefined {
  return annotationOf(entry, REF_NAME);
}

function nameOf(entry: unknown): string | undefined {
  return annotationOf(entry, IMAGE_NAME);
}

function annotationOf(entry: unknown, name: string): string | undefined {
  const annotations = isObject(entry) ? entry["annotations"] : undefined;
  const value = isObject(annotations) ? annotations[name] : undefined;
  return typeof value === "string" ? value : undefined;
}

/** A manifest that is named only by digest says itself what it is, or shows it by its members: an image's config has neither. */
function inferMediaType(bytes: Uint8Array, name: string): string {
  const { mediaType, layers, manifests } = decodeManifest(bytes);
  if (typeof mediaType === "string") return mediaType;
  if (manifests !== undefined) return OCI_INDEX;
  if (layers !== undefined) return OCI_MANIFEST;
  throw new CountersignError("store/invalid-answer", `Cannot read manifest "${name}": it has no layers, and is no index`);
}

function notFound({ name }: { readonly name: string }, what: string, state: string, remedy?: string): CountersignError {
  return new CountersignError("store/not-found", `Cannot read ${what} of "${name}": ${state}`, remedy === undefined ? {} : { remedy });
}

export function blobNotFound(name: string, digest: Digest): CountersignError {
  return notFound({ name }, `blob "${digest}"`, "it is not there");
}
