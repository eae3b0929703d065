/** Walks an image and all that hangs on it: what there is to copy, before anything is written. Blobs are not read. */
import { type Descriptor, parseDescriptor } from "../core/descriptor.ts";
import type { Digest } from "../core/digest.ts";
import { cosignTags, fallbackTag, isCosignTag } from "../core/digest-tags.ts";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { inParallel } from "../core/in-parallel.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { isManifestType } from "../core/media-types.ts";
import type { CallOptions, Store, StoredManifest } from "../core/store.ts";
import { checkManifestType, decodeManifest, decodeManifestFacts } from "../encoding/manifest.ts";

export interface Closure {
  readonly root: Digest;
  readonly manifests: ReadonlyMap<Digest, ClosureManifest>;
  /** By subject. Whether the subject itself can be copied is not known here. */
  readonly referrers: readonly { readonly subject: Descriptor; readonly digests: ReadonlySet<Digest> }[];
  /** cosign's tags, and which of the manifests they name. */
  readonly tags: ReadonlyMap<string, Digest>;
  /** Children that are not there, or are not what an index says, and what came of asking for them; by `partKey`. */
  readonly lost: ReadonlyMap<string, unknown>;
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

/** One digest may be said to have two sizes or types; at most one of them is right. */
export function partKey({ mediaType, digest, size }: Descriptor): string {
  return `${digest} ${size} ${mediaType}`;
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

const TOO_MANY = `it has more than ${LIMITS.closureParts} parts`;

/**
 * Throws `store/incomplete` if something could not be listed: the copy would be smaller, and nobody would know.
 * Throws `Malformed` for a root that is broken.
 */
export async function walkClosure(root: StoredManifest, options: WalkOptions): Promise<Closure> {
  const walk = new Walk(root.descriptor.digest, { ...options, ...(await listTags(options.store, options)) });
  // The image first: what strangers hang on it must not take up its room.
  let steps: readonly Step[] = [{ way: "root", manifest: root }];
  let hanging: readonly Step[] = [];
  for (let depth = 0; steps.length > 0; depth++) {
    const found = await walk.takeAll(steps, depth);
    hanging = hanging.concat(found.filter(({ way }) => way !== "child"));
    steps = found.filter(({ way }) => way === "child");
  }
  for (let depth = 1; hanging.length > 0; depth++) hanging = await walk.takeAll(hanging, depth);
  return walk;
}

class Walk implements Closure {
  readonly root: Digest;
  readonly manifests = new Map<Digest, ClosureManifest>();
  readonly tags = new Map<string, Digest>();
  readonly lost = new Map<string, unknown>();
  readonly #notes: Set<string>;
  readonly #options: WalkOptions;
  /** By what stands before the dot: cosign's begin with the digest that they hang on. */
  readonly #allTags: ReadonlyMap<string, readonly string[]> | undefined;
  readonly #referrers = new Map<Digest, { readonly subject: Descriptor; readonly digests: Set<Digest> }>();
  /** Children that were gone to: indexes may name the same one many thousand times. */
  readonly #asked = new Set<string>();
  #parts = 0;
  /** Referrers and tags that were listed, whether or not they lead to anything. */
  #listed = 0;
  #keptBytes = 0;

  constructor(root: Digest, { allTags, notes, ...options }: WalkOptions & TagList) {
    this.root = root;
    this.#notes = new Set(notes);
    this.#options = options;
    this.#allTags = allTags === undefined ? undefined : Map.groupBy(allTags, (tag) => tag.split(".", 1)[0] ?? "");
  }

  get referrers(): Closure["referrers"] {
    return [...this.#referrers.values()];
  }

  get notes(): readonly string[] {
    return [...this.#notes];
  }

  /** What the steps lead to, which are `depth` away from the image. */
  async takeAll(steps: readonly Step[], depth: number): Promise<readonly Step[]> {
    if (depth <= LIMITS.closureDepth) return (await inParallel(steps, this.#options.concurrency, (step) => this.#take(step))).flat();
    for (const step of steps) this.#giveUp(step, `things refer to each other more than ${LIMITS.closureDepth} deep`);
    return [];
  }

  /** Looks at one manifest and returns what it leads to. */
  async #take(step: Step): Promise<readonly Step[]> {
    const found = await this.#find(step);
    if (found === undefined) return [];
    const { descriptor, children, blobs, bytes } = found;
    const isKnown = this.manifests.has(descriptor.digest);
    if (!isKnown) {
      // Each time that a part is named counts, because each is kept.
      const parts = 1 + children.length + blobs.length;
      if (this.#parts + parts > LIMITS.closureParts) return this.#giveUp(step, TOO_MANY);
      this.#parts += parts;
      this.#keptBytes += bytes.length;
      this.manifests.set(descriptor.digest, { descriptor, children, blobs, ...(this.#keptBytes > KEPT_BYTES ? {} : { bytes }) });
    }
    if (step.way === "referrer") this.#addReferrer(step.subject, descriptor.digest);
    if (step.way === "tag") this.tags.set(step.tag, descriptor.digest);
    if (isKnown) return [];
    const referrers = await this.#list(descriptor.digest);
    const hanging = [
      ...referrers.map(({ digest }): Step => ({ way: "referrer", digest, subject: descriptor })),
      ...this.#cosignTags(descriptor.digest).map((tag): Step => ({ way: "tag", tag, isKnown: this.#allTags !== undefined })),
    ];
    const affordable = hanging.slice(0, LIMITS.closureParts - this.#listed);
    if (affordable.length < hanging.length) this.#notes.add(leftOut(TOO_MANY));
    this.#listed += affordable.length;
    return [...children.filter((child) => this.#isNew(child)).map((child): Step => ({ way: "child", descriptor: child })), ...affordable];
  }

  /** The image cannot do without its parts; what strangers hang on it is left out. */
  #giveUp(step: Step, why: string): readonly Step[] {
    const error = new CountersignError("store/too-large", `Cannot copy "${this.#options.name}": ${why}`);
    if (step.way === "root") throw error;
    if (step.way === "child") this.lost.set(partKey(step.descriptor), error);
    // Not each by its name: there may be very many.
    else this.#notes.add(leftOut(why));
    return [];
  }

  /** Of two descriptors with one digest each is gone to: one of them may lie. */
  #isNew(child: Descriptor): boolean {
    const key = partKey(child);
    if (this.#asked.has(key)) return false;
    this.#asked.add(key);
    return true;
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
      if (step.way === "tag" && !step.isKnown && isAbsent) return undefined;
      const why = whyLost(error);
      if (step.way === "root" || why === undefined) throw error;
      // Whether the image can do without it is seen once all is known.
      if (step.way === "child") this.lost.set(partKey(step.descriptor), error);
      else
        this.#notes.add(
          `${step.way === "tag" ? `tag ${step.tag}` : `${step.digest}, listed for ${step.subject.digest},`} is left out: ${why}`,
        );
      return undefined;
    }
  }

  async #read(step: Step): Promise<ClosureManifest & StoredManifest> {
    const { store } = this.#options;
    if (step.way === "root") return decodeParts(step.manifest);
    if (step.way === "child") {
      const bytes = await store.fetch(step.descriptor, this.#options);
      checkManifestType(step.descriptor.mediaType, { bytes, name: step.descriptor.digest });
      return decodeParts({ descriptor: step.descriptor, bytes });
    }
    if (step.way === "tag") return decodeParts(await store.resolve({ tag: step.tag }, this.#options));
    // A listing may lie about size and type; the digest is all that is believed of it.
    const found = await store.resolve({ digest: step.digest }, this.#options);
    if (decodeManifestFacts(found.bytes).subject?.digest !== step.subject.digest)
      throw new Malformed("manifest/subject", "it refers to something else");
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
    for (const note of said) this.#notes.add(note);
    return referrers;
  }
}

interface TagList {
  /** `undefined` where the registry does not say, or has too many: then each tag is asked for. */
  readonly allTags: readonly string[] | undefined;
  readonly notes: readonly string[];
}

async function listTags(store: Store, call: CallOptions): Promise<TagList> {
  try {
    return { allTags: await store.tags(call), notes: [] };
  } catch (error) {
    if (!(error instanceof CountersignError) || error.code === "store/unreachable" || error.code === "job/aborted") throw error;
    // It does let us list them; what it holds is only not known.
    const isBroken = error.code === "store/invalid-answer";
    return {
      allTags: undefined,
      notes: isBroken ? [`${showForeign(error.message)}: of cosign's tags only the usual ones were asked for`] : [],
    };
  }
}

/** The blobs and manifests that a manifest names. Throws `Malformed`. */
export function decodeParts({ descriptor, bytes }: StoredManifest): ClosureManifest & StoredManifest {
  const { config, layers, blobs, manifests } = decodeManifest(bytes);
  const parts = new Map<string, Descriptor>();
  // Copied as a blob, it would stand there without what it names, for whoever reads its type more generously.
  for (const { mediaType } of Array.isArray(manifests) ? manifests.map(parseDescriptor) : []) {
    if (!isManifestType(mediaType))
      throw new Malformed(
        "manifest/invalid",
        `${descriptor.digest} names as its part "${showForeign(mediaType, 128)}", which is no manifest that Countersign knows`,
      );
  }
  for (const list of [config === undefined ? [] : [config], layers ?? [], blobs ?? [], manifests ?? []]) {
    if (!Array.isArray(list)) throw new Malformed("manifest/invalid", `${descriptor.digest} names its parts in something that is no list`);
    for (const entry of list) {
      const part = plainDescriptor(parseDescriptor(entry));
      parts.set(partKey(part), part);
    }
  }
  return {
    descriptor: plainDescriptor(descriptor),
    bytes,
    blobs: [...parts.values()].filter(({ mediaType }) => !isManifestType(mediaType)),
    children: [...parts.values()].filter(({ mediaType }) => isManifestType(mediaType)),
  };
}

function leftOut(why: string): string {
  return `not all that hangs on it is copied: ${why}`;
}

function plainDescriptor({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

const LOST: ReadonlySet<string> = new Set(["store/not-found", "store/too-large", "store/invalid-answer"]);

/**
 * What to say of a part that is not there, or is not what it should be; `undefined` for what may be had another time. A
 * registry may have lost what an index still names, and anybody may hang nonsense on an image: that must stop no copy.
 */
export function whyLost(error: unknown): string | undefined {
  const isLost = error instanceof Malformed || (error instanceof CountersignError && LOST.has(error.code));
  return isLost ? showForeign(error.message) : undefined;
}
