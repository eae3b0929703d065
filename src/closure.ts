/** Walks an image and all that hangs on it: what there is to copy, before anything is written. Blobs are not read. */
import { type Descriptor, isObject, parseDescriptor } from "./core/descriptor.ts";
import type { Digest } from "./core/digest.ts";
import { showForeign } from "./core/display.ts";
import { CountersignError } from "./core/errors.ts";
import { cosignTags, fallbackTag, isCosignTag } from "./core/digest-tags.ts";
import { inParallel } from "./core/in-parallel.ts";
import { LIMITS } from "./core/limits.ts";
import { Malformed } from "./core/malformed.ts";
import { MANIFEST_TYPES } from "./core/media-types.ts";
import type { CallOptions, Store, StoredManifest } from "./core/store.ts";
import { decodeJson } from "./encoding/json.ts";

export interface Closure {
  /** What stands by itself: children before the index that names them. */
  readonly images: readonly ClosureManifest[];
  /** A subject stands among the images, or in a group before this one. */
  readonly referrers: readonly { readonly subject: Descriptor; readonly manifests: readonly ClosureManifest[] }[];
  /** cosign's tags, and which of the images they name. */
  readonly tags: readonly { readonly tag: string; readonly digest: Digest }[];
  /** What was listed and is no use: it is not there, or is not what it was listed as. */
  readonly notes: readonly string[];
}

export interface ClosureManifest {
  readonly descriptor: Descriptor;
  /** Configuration and layers. */
  readonly blobs: readonly Descriptor[];
  /** The manifests that an index names. */
  readonly children: readonly Descriptor[];
  /** Absent where keeping it would take too much memory. */
  readonly bytes?: Uint8Array;
}

type WalkOptions = CallOptions & { readonly store: Store; readonly name: string; readonly concurrency: number };

/** How the walk comes to a manifest. What a listing or a tag leads to may be anything, and is passed over if it is no use. */
type Step =
  | { readonly way: "root"; readonly manifest: StoredManifest }
  | { readonly way: "child"; readonly descriptor: Descriptor }
  | { readonly way: "referrer"; readonly digest: Digest; readonly subject: Descriptor }
  | { readonly way: "tag"; readonly tag: string; readonly isKnown: boolean };

/** Bytes of manifests that are kept; what is above is read again when it is copied. */
const KEPT_BYTES = 16_777_216;
const MAX_DEPTH = 32;

/**
 * Throws `store/incomplete` if something could not be listed: the copy would be smaller, and nobody would know.
 * Throws `Malformed` for an image that is broken.
 */
export async function walkClosure(root: StoredManifest, options: WalkOptions): Promise<Closure> {
  const walk = new Walk(options, await listTags(options.store, options));
  let steps: readonly Step[] = [{ way: "root", manifest: root }];
  for (let depth = 0; steps.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw tooLarge(options.name, `things refer to each other more than ${MAX_DEPTH} deep`);
    steps = (await inParallel(steps, options.concurrency, (step) => walk.take(step))).flat();
  }
  return walk.closure(root.descriptor.digest);
}

class Walk {
  readonly #options: WalkOptions;
  /** By what stands before the dot: cosign's begin with the digest that they hang on. */
  readonly #allTags: ReadonlyMap<string, readonly string[]> | undefined;
  readonly #manifests = new Map<Digest, ClosureManifest>();
  /** Descriptors of children that were gone to: indexes may name the same one many thousand times. */
  readonly #asked = new Set<string>();
  /** Of which every part is there. Asked for once the walk is over. */
  readonly #whole = new Set<Digest>();
  /** Children that are not there, and what was said when they were asked for. */
  readonly #lost = new Map<Digest, unknown>();
  readonly #parts = new Set<Digest>();
  readonly #referrers = new Map<Digest, { readonly subject: Descriptor; readonly digests: Set<Digest> }>();
  readonly #tags = new Map<string, Digest>();
  readonly #notes: string[] = [];
  #keptBytes = 0;

  constructor(options: WalkOptions, allTags: readonly string[] | undefined) {
    this.#options = options;
    this.#allTags = allTags === undefined ? undefined : Map.groupBy(allTags, (tag) => tag.split(".", 1)[0] ?? "");
  }

  /** Looks at one manifest and returns what it leads to. */
  async take(step: Step): Promise<readonly Step[]> {
    const found = await this.#find(step);
    if (found === undefined) return [];
    const { descriptor, children, blobs, bytes } = found;
    if (step.way === "referrer") this.#addReferrer(step.subject, descriptor.digest);
    if (step.way === "tag") this.#tags.set(step.tag, descriptor.digest);
    if (this.#manifests.has(descriptor.digest)) return [];
    this.#keptBytes += bytes.length;
    this.#manifests.set(descriptor.digest, { descriptor, children, blobs, ...(this.#keptBytes > KEPT_BYTES ? {} : { bytes }) });
    for (const { digest } of [descriptor, ...children, ...blobs]) this.#parts.add(digest);
    if (this.#parts.size > LIMITS.closureParts) throw tooLarge(this.#options.name, `it has more than ${LIMITS.closureParts} parts`);
    const referrers = await this.#list(descriptor.digest);
    const tags = this.#cosignTags(descriptor.digest);
    return [
      ...children.filter((child) => this.#isNew(child)).map((child): Step => ({ way: "child", descriptor: child })),
      ...referrers.map(({ digest }): Step => ({ way: "referrer", digest, subject: descriptor })),
      ...tags.map((tag): Step => ({ way: "tag", tag, isKnown: this.#allTags !== undefined })),
    ];
  }

  /** Of two descriptors with one digest each is gone to: one of them may lie. */
  #isNew({ mediaType, digest, size }: Descriptor): boolean {
    const asked = `${digest} ${size} ${mediaType}`;
    if (this.#asked.has(asked)) return false;
    this.#asked.add(asked);
    return true;
  }

  closure(root: Digest): Closure {
    const lost = this.#lostBelow(root);
    if (lost !== undefined) throw lost;
    const images = new Map<Digest, ClosureManifest>();
    const place = (digest: Digest): void => {
      const manifest = this.#manifests.get(digest);
      if (manifest === undefined || images.has(digest)) return;
      for (const child of manifest.children) place(child.digest);
      images.set(digest, manifest);
    };
    place(root);
    const tags = [...this.#tags].flatMap(([tag, digest]) => (this.#isWhole(digest, `tag ${tag}`) ? [{ tag, digest }] : []));
    for (const { digest } of tags) place(digest);
    const attached = new Set<Digest>();
    // In the order of the walk, which came to a subject before it came to what refers to it.
    const referrers = [...this.#referrers.values()].flatMap(({ subject, digests }) => {
      if (!images.has(subject.digest) && !attached.has(subject.digest)) return [];
      const manifests = [...digests].flatMap((digest) => (this.#isWhole(digest, digest) ? (this.#manifests.get(digest) ?? []) : []));
      for (const { descriptor, children } of manifests) {
        attached.add(descriptor.digest);
        for (const child of children) place(child.digest);
      }
      return [{ subject, manifests }];
    });
    return { images: [...images.values()], referrers, tags, notes: this.#notes };
  }

  /** What was said of a child, at any depth, that is not there. */
  #lostBelow(digest: Digest): unknown {
    const lost = this.#lost.get(digest);
    if (lost !== undefined || this.#whole.has(digest)) return lost;
    for (const child of this.#manifests.get(digest)?.children ?? []) {
      const below = this.#lostBelow(child.digest);
      if (below === undefined) continue;
      this.#lost.set(digest, below);
      return below;
    }
    // Indexes may name each other many times over, and so each is looked at once.
    this.#whole.add(digest);
    return undefined;
  }

  #isWhole(digest: Digest, what: string): boolean {
    const isWhole = this.#lostBelow(digest) === undefined;
    if (!isWhole) this.#notes.push(`${what} is left out: a part of it is not there`);
    return isWhole;
  }

  #cosignTags(digest: Digest): readonly string[] {
    if (this.#allTags === undefined) return cosignTags(digest);
    return (this.#allTags.get(fallbackTag(digest)) ?? []).filter((tag) => isCosignTag(tag, digest));
  }

  #addReferrer(subject: Descriptor, digest: Digest): void {
    const group = this.#referrers.get(subject.digest) ?? { subject, digests: new Set<Digest>() };
    this.#referrers.set(subject.digest, group);
    group.digests.add(digest);
  }

  async #find(step: Step): Promise<(ClosureManifest & StoredManifest) | undefined> {
    try {
      return await this.#read(step);
    } catch (error) {
      const isAbsent = error instanceof CountersignError && error.code === "store/not-found";
      if (step.way === "child" && isAbsent) {
        this.#lost.set(step.descriptor.digest, error);
        return undefined;
      }
      if (step.way === "tag" && !step.isKnown && isAbsent) return undefined;
      const why = reasonToPassOver(error);
      if (step.way === "root" || step.way === "child" || why === undefined) throw error;
      const what = step.way === "tag" ? `tag ${step.tag}` : `${step.digest}, listed for ${step.subject.digest},`;
      this.#notes.push(`${what} is left out: ${why}`);
      return undefined;
    }
  }

  async #read(step: Step): Promise<ClosureManifest & StoredManifest> {
    const { store } = this.#options;
    if (step.way === "root") return decodeParts(step.manifest);
    if (step.way === "child") return decodeParts({ descriptor: step.descriptor, bytes: await store.fetch(step.descriptor, this.#options) });
    if (step.way === "tag") return decodeParts(await store.resolve({ tag: step.tag }, this.#options));
    // A listing may lie about size and type; the digest is all that is believed of it.
    const found = await store.resolve({ digest: step.digest }, this.#options);
    if (subjectOf(found.bytes) !== step.subject.digest) throw new Malformed("manifest/subject", "it refers to something else");
    return decodeParts(found);
  }

  async #list(subject: Digest): Promise<readonly Descriptor[]> {
    const { referrers, complete, notes } = await this.#options.store.referrers(subject, this.#options);
    const said = notes.map(({ message }) => showForeign(message));
    if (!complete) {
      throw new CountersignError(
        "store/incomplete",
        `Cannot copy "${this.#options.name}": what refers to ${subject} could not be listed to the end (${said.join("; ")})`,
      );
    }
    this.#notes.push(...said);
    return referrers;
  }
}

/** `undefined` where the registry does not say, or has too many: then each tag is asked for. */
async function listTags(store: Store, call: CallOptions): Promise<readonly string[] | undefined> {
  try {
    return await store.tags(call);
  } catch (error) {
    if (!(error instanceof CountersignError) || error.code === "store/unreachable" || error.code === "job/aborted") throw error;
    return undefined;
  }
}

function decodeParts({ descriptor, bytes }: StoredManifest): ClosureManifest & StoredManifest {
  const { config, layers, blobs, manifests } = decodeManifest(bytes);
  const listed = [config === undefined ? [] : [config], layers ?? [], blobs ?? [], manifests ?? []].flatMap((part) => {
    if (!Array.isArray(part)) throw new Malformed("manifest/invalid", `${descriptor.digest} names its parts in something that is no list`);
    return part.map((entry) => plainDescriptor(parseDescriptor(entry)));
  });
  return {
    descriptor: plainDescriptor(descriptor),
    bytes,
    blobs: listed.filter((part) => !isManifest(part)),
    children: listed.filter(isManifest),
  };
}

function isManifest({ mediaType }: Descriptor): boolean {
  return MANIFEST_TYPES.includes(mediaType);
}

function plainDescriptor({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

function subjectOf(bytes: Uint8Array): Digest | undefined {
  const { subject } = decodeManifest(bytes);
  return isObject(subject) ? parseDescriptor(subject).digest : undefined;
}

function decodeManifest(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const document = decodeJson(bytes, { maxBytes: LIMITS.manifestBytes });
  if (!isObject(document)) throw new Malformed("manifest/invalid", "a manifest is not an object");
  return document;
}

const USELESS: ReadonlySet<string> = new Set(["store/not-found", "store/too-large", "store/invalid-answer"]);

/** A registry may have lost what an index still names, and anybody may have it list nonsense. Wrong bytes are another matter. */
function reasonToPassOver(error: unknown): string | undefined {
  if (error instanceof CountersignError && USELESS.has(error.code)) return showForeign(error.message);
  if (error instanceof Malformed && !error.code.startsWith("integrity/")) return showForeign(error.message);
  return undefined;
}

function tooLarge(name: string, why: string): CountersignError {
  return new CountersignError("store/too-large", `Cannot copy "${name}": ${why}`);
}
