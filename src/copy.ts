/** Copies an image with all that hangs on it from one store to another. No trust decision is made. */
import { type Closure, type ClosureManifest, walkClosure } from "./copying/closure.ts";
import { type BlobCounts, copyBlobs, type CopyCount, type CopyProgress } from "./copying/copy-blobs.ts";
import { type CopyPlan, planCopy, type ReferrerGroup } from "./copying/copy-plan.ts";
import { tryResolve } from "./copying/resolve-tag.ts";
import type { Descriptor } from "./core/descriptor.ts";
import { CountersignError } from "./core/errors.ts";
import { inParallel } from "./core/in-parallel.ts";
import { Malformed } from "./core/malformed.ts";
import { formatReference, pinReference, type Reference } from "./core/reference.ts";
import type { CallOptions, Store, StoredManifest } from "./core/store.ts";
import { API_VERSION } from "./core/verdict.ts";
import { decodeManifest } from "./encoding/manifest.ts";
import type { Retry } from "./net/retry.ts";

export interface CopyOptions extends CallOptions {
  readonly from: Store;
  readonly to: Store;
  /** Small blobs, manifests or listings under way at the same time; each takes one connection to either side. */
  readonly concurrency?: number;
  /** The image's full name without its tag, for a layout or archive to carry. */
  readonly as?: string;
  /** For a blob that breaks off on its way; that of the set-up tells each try. */
  readonly retry?: Retry;
  readonly progress?: (progress: CopyProgress) => void;
  /** Of all that there is the part that is to be copied. */
  readonly choose?: (closure: Closure) => Promise<Closure>;
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
  /** `held`: at the destination before; of referrers, also listed there for their subject, for else nobody would find them. */
  readonly manifests: { readonly copied: CopyCount; readonly held: CopyCount };
  /** Of the manifests, those that refer to another. */
  readonly referrers: number;
  /** cosign's. */
  readonly tags: readonly string[];
  /** False if something of the source is, or may be, not at the destination: there is a note for each. */
  readonly complete: boolean;
  readonly notes: readonly string[];
  readonly trust: "not-judged";
}

const DEFAULT_CONCURRENCY = 8;
/** What is attached or tagged at the same time, and how much of it is in memory. A layout writes its index once for all of it. */
const BATCH_BYTES = 16_777_216;
const BATCH = 256;
const PARALLEL = 64;

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
    const all = await walkClosure(root, { ...options, store: options.from, name: shown, concurrency });
    const closure = (await options.choose?.(all)) ?? all;
    const job = new CopyJob({ ...options, ...mountOption(source, destination), concurrency });
    const done = await job.run(closure, { ...root, tag: destination.tag });
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

/**
 * Within one registry a blob is taken over and not sent: `mountFrom` goes by `copyBlobs` and the destination's `pushBlob`
 * into one request, which needs a token for both repositories, and is answered with 201, or 202 and an upload.
 */
function mountOption(source: Reference, destination: Reference): { readonly mountFrom?: string } {
  const isOneRegistry = source.kind === "registry" && destination.kind === "registry" && source.registry === destination.registry;
  return isOneRegistry && source.repository !== destination.repository ? { mountFrom: source.repository } : {};
}

type Done = Pick<CopyReport, "blobs" | "manifests" | "referrers" | "tags" | "complete" | "notes">;

interface Attachment {
  readonly subject: Descriptor;
  readonly manifest: ClosureManifest;
}

class CopyJob {
  readonly #options: CopyOptions & { readonly concurrency: number; readonly mountFrom?: string };
  readonly #copied = { count: 0, bytes: 0 };
  readonly #held = { count: 0, bytes: 0 };

  constructor(options: CopyOptions & { readonly concurrency: number; readonly mountFrom?: string }) {
    this.#options = options;
  }

  async run(closure: Closure, root: StoredManifest & { readonly tag: string | undefined }): Promise<Done> {
    const hoped = planCopy(closure);
    const hanging = [...hoped.others, ...hoped.referrers.flat().flatMap(({ manifests }) => manifests)];
    const { counts, missing } = await copyBlobs(
      { needed: hoped.image.flatMap(({ blobs }) => blobs), others: hanging.flatMap(({ blobs }) => blobs) },
      this.#options,
    );
    const plan = planCopy(closure, missing);

    const images = [...plan.image, ...plan.others];
    await inParallel(
      images.filter(({ children }) => children.length === 0),
      this.#options.concurrency,
      (image) => this.#pushPart(image),
    );
    for (const index of images.filter(({ children }) => children.length > 0)) await this.#pushPart(index);
    for (const round of plan.referrers) {
      // All are looked for before one is pushed: a layout reads through all that it holds whenever its index is another.
      const wanted = await inParallel(round, this.#options.concurrency, (group) => this.#findMissing(group));
      for (const batch of batchesOf(wanted.flat())) {
        const groups = Map.groupBy(batch, ({ subject }) => subject);
        await inParallel([...groups], PARALLEL, ([subject, group]) => this.#attach(subject, group));
      }
    }
    const conflicts = await this.#pushTags(plan.tags);
    await this.#pushRoot(root);
    const notes = [
      ...plan.notes,
      ...conflicts.map((tag) => `tag ${tag} is left out: at the destination it holds something that the source does not have`),
    ];
    return {
      blobs: counts,
      manifests: { copied: this.#copied, held: this.#held },
      referrers: plan.referrers.flat().reduce((sum, { manifests }) => sum + manifests.length, 0),
      tags: plan.tags.map(({ tag }) => tag).filter((tag) => !conflicts.includes(tag)),
      complete: notes.length === 0,
      notes,
    };
  }

  async #pushPart(manifest: ClosureManifest): Promise<void> {
    const { to } = this.#options;
    const isHeld = await to.has(manifest.descriptor, this.#options);
    if (!isHeld) await to.pushManifest(manifest.descriptor, await this.#bytesOf(manifest), { ...this.#call(), isPart: true });
    this.#count(manifest.descriptor, isHeld);
  }

  /** What the destination does not have, or does not list. */
  async #findMissing({ subject, manifests }: ReferrerGroup): Promise<readonly Attachment[]> {
    const { to } = this.#options;
    const listed = new Set((await to.referrers(subject.digest, this.#call())).referrers.map(({ digest }) => digest));
    const missing = await inParallel(manifests, this.#options.concurrency, async (manifest) => {
      const { descriptor } = manifest;
      const isHeld = listed.has(descriptor.digest) && (await to.has(descriptor, this.#call()));
      this.#count(descriptor, isHeld);
      return isHeld ? [] : [{ subject, manifest }];
    });
    return missing.flat();
  }

  async #attach(subject: Descriptor, group: readonly Attachment[]): Promise<void> {
    const stored = await inParallel(group, this.#options.concurrency, async ({ manifest }) => ({
      descriptor: manifest.descriptor,
      bytes: await this.#bytesOf(manifest),
    }));
    await this.#options.to.attach(stored, { ...this.#call(), subject });
  }

  /** Returns the tags that hold something else at the destination, which a copy must not undo. */
  async #pushTags(tags: CopyPlan["tags"]): Promise<readonly string[]> {
    const conflicts: string[] = [];
    for (const batch of batchesOf(tags)) {
      const pushed = await inParallel(batch, PARALLEL, (tag) => this.#pushTag(tag));
      conflicts.push(...batch.filter((_, position) => pushed[position] === false).map(({ tag }) => tag));
    }
    return conflicts;
  }

  async #pushTag({ tag, manifest }: CopyPlan["tags"][number]): Promise<boolean> {
    const bytes = await this.#bytesOf(manifest);
    const held = await tryResolve(this.#options.to, { tag }, this.#call());
    if (held?.descriptor.digest === manifest.descriptor.digest) return true;
    if (held !== undefined && !isWithin(held.bytes, bytes)) return false;
    await this.#options.to.pushManifest(manifest.descriptor, bytes, { ...this.#call(), tag });
    return true;
  }

  /** Last, because from now on the copy is what people get. */
  async #pushRoot({ descriptor, bytes, tag }: StoredManifest & { readonly tag: string | undefined }): Promise<void> {
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
    const counter = isHeld ? this.#held : this.#copied;
    counter.count++;
    counter.bytes += size;
  }

  #call(): CallOptions {
    const { signal } = this.#options;
    return signal === undefined ? {} : { signal };
  }
}

function* batchesOf<Item extends { readonly manifest: ClosureManifest }>(items: readonly Item[]): Generator<readonly Item[], void> {
  let batch: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    const { size } = item.manifest.descriptor;
    if (batch.length === BATCH || (batch.length > 0 && bytes + size > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** Whether every layer of one manifest is in the other. cosign keeps a signature in a layer, and adds to them; what has none is no such thing. */
function isWithin(smaller: Uint8Array, larger: Uint8Array): boolean {
  const known = new Set(layersOf(larger));
  const layers = layersOf(smaller);
  return layers !== undefined && layers.length > 0 && layers.every((layer) => known.has(layer));
}

function layersOf(bytes: Uint8Array): readonly string[] | undefined {
  try {
    const { layers } = decodeManifest(bytes);
    return Array.isArray(layers) ? layers.map((layer) => JSON.stringify(layer)) : undefined;
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}
