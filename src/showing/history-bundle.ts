/**
 * Packs all that it takes to judge an image again without a network: manifests, configurations, all that refers to them, and the policy
 * and anchors that were used. Layers stay where they are: no verdict looks at them.
 */
import { type ClosureManifest, walkClosure, whyLost } from "../copying/closure.ts";
import { type CopyPlan, planCopy } from "../copying/copy-plan.ts";
import { type Descriptor, isObject } from "../core/descriptor.ts";
import type { Digest } from "../core/digest.ts";
import { DEFAULT_CONCURRENCY, inParallel } from "../core/in-parallel.ts";
import { formatReference, type Reference, repositoryOf } from "../core/reference.ts";
import type { CallOptions, Store, StoredManifest } from "../core/store.ts";
import type { TrustAnchor } from "../core/trust-source.ts";
import { decodeManifest } from "../encoding/manifest.ts";
import { keepContext } from "../promoting/kept-context.ts";

/** An image in another place that a gate has asked for. */
interface BundledBase {
  readonly reference: Reference;
  readonly from: Store;
}

export interface BundleOptions extends CallOptions {
  readonly from: Store;
  /** An archive that is not there yet. */
  readonly to: Store;
  /** The bytes of the document that judges. */
  readonly policy: Uint8Array;
  readonly anchors: readonly TrustAnchor[];
  readonly bases?: readonly BundledBase[];
  readonly concurrency?: number;
}

export interface BundleReport {
  readonly subject: Descriptor;
  readonly manifests: number;
  /** Of the manifests, those that refer to another. */
  readonly referrers: number;
  /** What was left out, each with why. */
  readonly notes: readonly string[];
}

/** What strangers have hung up and is not whole is left out with a note; the image itself must be. */
export async function bundleHistory(reference: Reference, options: BundleOptions): Promise<BundleReport> {
  const { from, to, concurrency = DEFAULT_CONCURRENCY } = options;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const root = await from.resolve(reference, call);
  const plan = planCopy(await walkClosure(root, { ...call, store: from, name: formatReference(reference), concurrency }));
  const job = new BundleJob({ from, to, concurrency, ...call });
  for (const one of plan.image) await job.bringImage(one, root.descriptor.digest);
  for (const one of plan.others)
    await job.bring(one, async (manifest) => to.pushManifest(manifest.descriptor, manifest.bytes, { ...call, isPart: true }));
  const { mediaType, digest, size } = root.descriptor;
  const subject = { mediaType, digest, size };
  const name = reference.kind === "registry" ? { imageName: repositoryOf(reference) } : {};
  await to.pushManifest(subject, root.bytes, { ...call, ...name, ...(reference.tag === undefined ? {} : { tag: reference.tag }) });
  await job.bringReferrers(plan);
  const baseNotes: string[] = [];
  for (const base of options.bases ?? []) baseNotes.push(...(await bundleBase(base, options, job.brought)));
  await keepContext(subject, { store: to, policy: options.policy, anchors: options.anchors, ...call });
  await to.commit(call);
  const referrers = plan.referrers.flat().reduce((sum, { manifests }) => sum + manifests.length, 0);
  return { subject, manifests: job.brought.size, referrers, notes: [...plan.notes, ...job.notes, ...baseNotes] };
}

/** Not named in the archive's index, so that the image stays the only one; found by its digest. Without it the verdict says `unknown`. */
async function bundleBase({ reference, from }: BundledBase, options: BundleOptions, brought: Set<Digest>): Promise<readonly string[]> {
  const { to, concurrency = DEFAULT_CONCURRENCY } = options;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const name = formatReference(reference);
  const job = new BundleJob({ from, to, concurrency, ...call }, brought);
  try {
    const root = await from.resolve(reference, call);
    const plan = planCopy(await walkClosure(root, { ...call, store: from, name, concurrency }));
    for (const one of plan.image) await job.bringImage(one, undefined);
    await job.bringReferrers(plan);
    return [...plan.notes, ...job.notes];
  } catch (error) {
    const lost = whyLost(error);
    if (lost === undefined) throw error;
    return [...job.notes, `${name} was left out: ${lost}`];
  }
}

type JobOptions = Pick<BundleOptions, "from" | "to" | "signal"> & { readonly concurrency: number };

class BundleJob {
  readonly brought: Set<Digest>;
  readonly notes: string[] = [];
  readonly #options: JobOptions;

  constructor(options: JobOptions, brought: Set<Digest> = new Set()) {
    this.brought = brought;
    this.#options = options;
  }

  /** With its configuration; the root's manifest itself is pushed last. */
  async bringImage(manifest: ClosureManifest, root: Digest | undefined): Promise<void> {
    const { to } = this.#options;
    const bytes = await this.#bytesOf(manifest);
    const config = configOf(bytes);
    await this.#bringBlobs(manifest.blobs.filter(({ digest }) => digest === config));
    this.brought.add(manifest.descriptor.digest);
    if (manifest.descriptor.digest !== root) await to.pushManifest(manifest.descriptor, bytes, { ...this.#options, isPart: true });
  }

  async bringReferrers({ referrers, tags }: Pick<CopyPlan, "referrers" | "tags">): Promise<void> {
    const { to, signal } = this.#options;
    const call = signal === undefined ? {} : { signal };
    for (const { subject, manifests } of referrers.flat())
      for (const one of manifests) await this.bring(one, async (manifest) => void (await to.attach([manifest], { ...call, subject })));
    for (const { tag, manifest } of tags)
      await this.bring(manifest, async ({ descriptor, bytes }) => to.pushManifest(descriptor, bytes, { ...call, tag }));
  }

  /** With all of its blobs. */
  async bring(manifest: ClosureManifest, push: (manifest: StoredManifest) => Promise<void>): Promise<void> {
    const { descriptor, blobs } = manifest;
    try {
      await this.#bringBlobs(blobs);
      await push({ descriptor, bytes: await this.#bytesOf(manifest) });
      this.brought.add(descriptor.digest);
    } catch (error) {
      const lost = whyLost(error);
      if (lost === undefined) throw error;
      this.notes.push(`${descriptor.digest} was left out: ${lost}`);
    }
  }

  async #bringBlobs(blobs: readonly Descriptor[]): Promise<void> {
    const { from, to, concurrency } = this.#options;
    await inParallel(blobs, concurrency, async (blob) => to.pushBlob(blob, await from.fetch(blob, this.#options), this.#options));
  }

  async #bytesOf({ descriptor, bytes }: ClosureManifest): Promise<Uint8Array> {
    return bytes ?? this.#options.from.fetch(descriptor, this.#options);
  }
}

/** Of an image; an index has none. */
function configOf(manifest: Uint8Array): unknown {
  const { config } = decodeManifest(manifest);
  return isObject(config) ? config["digest"] : undefined;
}
