/** Copies an image with all that hangs on it from one store to another. No trust decision is made. */
import { type Closure, type ClosureManifest, walkClosure } from "./closure.ts";
import { type BlobCounts, copyBlobs, type CopyCount, type CopyProgress } from "./copy-blobs.ts";
import { type Descriptor, isObject } from "./core/descriptor.ts";
import type { Digest } from "./core/digest.ts";
import { CountersignError } from "./core/errors.ts";
import { inParallel } from "./core/in-parallel.ts";
import { LIMITS } from "./core/limits.ts";
import { Malformed } from "./core/malformed.ts";
import { formatReference, pinReference, type Reference } from "./core/reference.ts";
import type { CallOptions, Store, StoredManifest } from "./core/store.ts";
import { API_VERSION } from "./core/verdict.ts";
import { decodeJson } from "./encoding/json.ts";

export interface CopyOptions extends CallOptions {
  readonly from: Store;
  readonly to: Store;
  /** Blobs under way at the same time; each takes one connection to either side. */
  readonly concurrency?: number;
  /** The image's full name without its tag, for a layout or archive to carry. */
  readonly as?: string;
  readonly progress?: (progress: CopyProgress) => void;
}

export interface CopyReport {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: "Copy";
  readonly source: string;
  /** By digest. */
  readonly destination: string;
  readonly tag?: string;
  readonly subject: Descriptor;
  readonly blobs: BlobCounts;
  readonly manifests: { readonly copied: CopyCount; readonly skipped: CopyCount };
  /** Of the manifests, those that refer to another. */
  readonly referrers: number;
  /** cosign's. */
  readonly tags: readonly string[];
  /** False if something of the source is not at the destination; the notes say what. */
  readonly complete: boolean;
  readonly notes: readonly string[];
  readonly trust: "not-judged";
}

const DEFAULT_CONCURRENCY = 8;
/** Subjects whose referrers are pushed at the same time, and how much of them is in memory for each. */
const GROUPS = 4;
const BATCH_BYTES = 4_194_304;
const BATCH = 64;

/**
 * Children come before the index that names them, subjects before what refers to them, the tag last: whoever looks
 * meanwhile, or after this was killed, sees the old image or all of the new one. What is there is not sent again.
 */
export async function copy(source: Reference, destination: Reference, options: CopyOptions): Promise<CopyReport> {
  const shown = formatReference(source);
  try {
    const root = await options.from.resolve(source, options);
    const { digest } = root.descriptor;
    if (destination.digest !== undefined && destination.digest !== digest) {
      throw new CountersignError("usage/invalid", `Cannot copy "${shown}" to "${formatReference(destination)}": it is ${digest}`);
    }
    const concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
    const closure = await walkClosure(root, { ...options, store: options.from, name: shown, concurrency });
    const job = new CopyJob(closure, { ...options, ...mountOption(source, destination), concurrency });
    const done = await job.run(root, destination.tag);
    return {
      apiVersion: API_VERSION,
      kind: "Copy",
      source: shown,
      destination: formatReference(pinReference(destination, digest)),
      ...(destination.tag === undefined ? {} : { tag: destination.tag }),
      subject: { mediaType: root.descriptor.mediaType, digest, size: root.descriptor.size },
      ...done,
      trust: "not-judged",
    };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new CountersignError("store/invalid-answer", `Cannot copy "${shown}": ${error.message}`, { cause: error });
  }
}

/** Within one registry a blob is taken over and not sent. */
function mountOption(source: Reference, destination: Reference): { readonly mountFrom?: string } {
  const isOneRegistry = source.kind === "registry" && destination.kind === "registry" && source.registry === destination.registry;
  return isOneRegistry && source.repository !== destination.repository ? { mountFrom: source.repository } : {};
}

type Done = Pick<CopyReport, "blobs" | "manifests" | "referrers" | "tags" | "complete" | "notes">;

class CopyJob {
  readonly #closure: Closure;
  readonly #options: CopyOptions & { readonly concurrency: number; readonly mountFrom?: string };
  readonly #notes: string[];
  readonly #copied = { count: 0, bytes: 0 };
  readonly #skipped = { count: 0, bytes: 0 };

  constructor(closure: Closure, options: CopyOptions & { readonly concurrency: number; readonly mountFrom?: string }) {
    this.#closure = closure;
    this.#options = options;
    this.#notes = [...closure.notes];
  }

  async run(root: StoredManifest, tag: string | undefined): Promise<Done> {
    const { images, referrers, tags } = this.#closure;
    const all = [...images, ...referrers.flatMap(({ manifests }) => manifests)];
    const { counts, missing } = await copyBlobs(
      all.flatMap(({ blobs }) => blobs),
      this.#options,
    );
    const broken = this.#findBroken(all, missing);
    const lost = broken.get(root.descriptor.digest);
    if (lost !== undefined) throw lost;

    const whole = images.filter(({ descriptor }) => !broken.has(descriptor.digest));
    await inParallel(
      whole.filter(({ children }) => children.length === 0),
      this.#options.concurrency,
      (image) => this.#pushPart(image),
    );
    for (const index of whole.filter(({ children }) => children.length > 0)) await this.#pushPart(index);

    const attached = await this.#attachAll(new Set(whole.map(({ descriptor }) => descriptor.digest)), broken);
    const conflicts = await this.#pushTags(tags.filter(({ digest }) => !broken.has(digest)));
    await this.#pushRoot(root, tag);
    return {
      blobs: counts,
      manifests: { copied: this.#copied, skipped: this.#skipped },
      referrers: attached,
      tags: tags.filter(({ digest, tag: name }) => !broken.has(digest) && !conflicts.includes(name)).map(({ tag: name }) => name),
      complete: conflicts.length === 0,
      notes: this.#notes,
    };
  }

  /** Manifests with a part that the source does not have, and what was said of that part. Children come first in `all`. */
  #findBroken(all: readonly ClosureManifest[], missing: ReadonlyMap<Digest, unknown>): Map<Digest, unknown> {
    const broken = new Map<Digest, unknown>(missing);
    for (const { descriptor, blobs, children } of all) {
      const part = [...blobs, ...children].find(({ digest }) => broken.has(digest));
      if (part === undefined) continue;
      broken.set(descriptor.digest, broken.get(part.digest));
      this.#notes.push(`${descriptor.digest} is left out: its part ${part.digest} is not there`);
    }
    return broken;
  }

  async #pushPart(manifest: ClosureManifest): Promise<void> {
    const { to } = this.#options;
    const isHeld = await to.has(manifest.descriptor, this.#options);
    if (!isHeld) await to.pushManifest(manifest.descriptor, await this.#bytesOf(manifest), { ...this.#call(), isPart: true });
    this.#count(manifest.descriptor, isHeld);
  }

  /** A subject before what refers to it, so that nothing refers to something that is left out. Returns how many are attached. */
  async #attachAll(placed: Set<Digest>, broken: ReadonlyMap<Digest, unknown>): Promise<number> {
    const images = placed.size;
    let waiting = this.#closure.referrers;
    for (;;) {
      const ready = waiting.filter(({ subject }) => placed.has(subject.digest));
      if (ready.length === 0) return placed.size - images;
      waiting = waiting.filter(({ subject }) => !placed.has(subject.digest));
      await inParallel(ready, GROUPS, async ({ subject, manifests }) => {
        const useful = manifests.filter(({ descriptor }) => !broken.has(descriptor.digest));
        await this.#attach(subject, useful);
        for (const { descriptor } of useful) placed.add(descriptor.digest);
      });
    }
  }

  async #attach(subject: Descriptor, manifests: readonly ClosureManifest[]): Promise<void> {
    const { to } = this.#options;
    const listed = new Set(
      manifests.length === 0 ? [] : (await to.referrers(subject.digest, this.#call())).referrers.map(({ digest }) => digest),
    );
    const held = await inParallel(
      manifests,
      this.#options.concurrency,
      async ({ descriptor }) => listed.has(descriptor.digest) && (await to.has(descriptor, this.#call())),
    );
    manifests.forEach(({ descriptor }, position) => this.#count(descriptor, held[position] === true));
    for (const batch of batchesOf(manifests.filter((_, position) => held[position] !== true))) {
      const stored = await inParallel(batch, this.#options.concurrency, async (manifest) => ({
        descriptor: manifest.descriptor,
        bytes: await this.#bytesOf(manifest),
      }));
      await to.attach(stored, { ...this.#call(), subject });
    }
  }

  /** Returns the tags that hold something else at the destination, which a copy must not undo. */
  async #pushTags(tags: Closure["tags"]): Promise<readonly string[]> {
    const conflicts: string[] = [];
    const images = new Map(this.#closure.images.map((image) => [image.descriptor.digest, image]));
    for (const { tag, digest } of tags) {
      const manifest = images.get(digest);
      if (manifest === undefined) continue;
      const bytes = await this.#bytesOf(manifest);
      const held = await resolveTag(this.#options.to, tag, this.#call());
      if (held !== undefined && !isWithin(held.bytes, bytes)) {
        conflicts.push(tag);
        this.#notes.push(`tag ${tag} is left out: at the destination it holds something that the source does not have`);
      } else if (held?.descriptor.digest !== digest) {
        await this.#options.to.pushManifest(manifest.descriptor, bytes, { ...this.#call(), tag });
      }
    }
    return conflicts;
  }

  /** Last, because from now on the copy is what people get. */
  async #pushRoot({ descriptor, bytes }: StoredManifest, tag: string | undefined): Promise<void> {
    const { to, as } = this.#options;
    const { mediaType, digest, size } = descriptor;
    await to.pushManifest({ mediaType, digest, size }, bytes, {
      ...this.#call(),
      ...(tag === undefined ? {} : { tag }),
      ...(as === undefined ? {} : { imageName: tag === undefined ? as : `${as}:${tag}` }),
    });
    await to.commit(this.#call());
  }

  async #bytesOf({ descriptor, bytes }: ClosureManifest): Promise<Uint8Array> {
    return bytes ?? this.#options.from.fetch(descriptor, this.#call());
  }

  #count({ size }: Descriptor, isHeld: boolean): void {
    const counter = isHeld ? this.#skipped : this.#copied;
    counter.count++;
    counter.bytes += size;
  }

  #call(): CallOptions {
    const { signal } = this.#options;
    return signal === undefined ? {} : { signal };
  }
}

function* batchesOf(manifests: readonly ClosureManifest[]): Generator<readonly ClosureManifest[], void> {
  let batch: ClosureManifest[] = [];
  let bytes = 0;
  for (const manifest of manifests) {
    if (batch.length === BATCH || (batch.length > 0 && bytes + manifest.descriptor.size > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(manifest);
    bytes += manifest.descriptor.size;
  }
  if (batch.length > 0) yield batch;
}

async function resolveTag(store: Store, tag: string, call: CallOptions): Promise<StoredManifest | undefined> {
  try {
    return await store.resolve({ tag }, call);
  } catch (error) {
    if (error instanceof CountersignError && error.code === "store/not-found") return undefined;
    throw error;
  }
}

/** Whether every layer of one manifest is in the other. cosign keeps a signature in a layer, and adds to them. */
function isWithin(smaller: Uint8Array, larger: Uint8Array): boolean {
  const known = new Set(layersOf(larger));
  const layers = layersOf(smaller);
  return layers !== undefined && layers.every((layer) => known.has(layer));
}

function layersOf(bytes: Uint8Array): readonly string[] | undefined {
  try {
    const document = decodeJson(bytes, { maxBytes: LIMITS.manifestBytes });
    const layers = isObject(document) ? document["layers"] : undefined;
    return Array.isArray(layers) ? layers.map((layer) => JSON.stringify(layer)) : undefined;
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}
