/** Copies blobs from one store to another, each as a stream that is checked as it flows. */
import type { Descriptor } from "../core/descriptor.ts";
import { inParallel } from "../core/in-parallel.ts";
import { Malformed } from "../core/malformed.ts";
import type { CallOptions, Store } from "../core/store.ts";
import { createRetry, type Hope, hopeOfFailure, type Retry } from "../net/retry.ts";
import { partKey, whyLost } from "./closure.ts";

export interface CopyCount {
  readonly count: number;
  readonly bytes: number;
}

export interface BlobCounts {
  readonly copied: CopyCount;
  /** At the destination before. */
  readonly held: CopyCount;
  /** Taken over from another repository of the registry. */
  readonly mounted: CopyCount;
  /** Layers that may not be distributed, and are left where their URLs say. */
  readonly foreign: CopyCount;
}

/** Bytes of blobs; those that need not be sent count as done. */
export interface CopyProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

interface CopyBlobsOptions extends CallOptions {
  readonly from: Store;
  readonly to: Store;
  readonly concurrency: number;
  readonly mountFrom?: string;
  /** For a blob that breaks off on its way; that of the set-up tells each try. */
  readonly retry?: Retry;
  readonly progress?: (progress: CopyProgress) => void;
}

/** Source: OCI image-spec 1.1, layer.md, "Non-Distributable Layers"; Docker's image manifest 2.2, "foreign" layers. */
const FOREIGN = /^application\/vnd\.(oci\.image\.layer\.nondistributable\.|docker\.image\.rootfs\.foreign\.)/;

/** A few large blobs fill any connection; more of them only cost memory. Small ones wait for round trips, so many are under way. */
const LARGE_BYTES = 1_048_576;
const LARGE_AT_ONCE = 4;

/** What is listed of one digest. */
interface Claims {
  /** The first is the image's own, where it names the blob at all. No foreign ones. */
  readonly blobs: readonly [Descriptor, ...Descriptor[]];
  /** The image is nothing without it. */
  readonly isNeeded: boolean;
}

/**
 * Each once, the largest first, so that none is left to run alone at the end. `missing`, by `partKey`: of the others, what
 * the source does not have, or has in another size than is said. What is said of a needed one must be right.
 */
export async function copyBlobs(
  { needed, others }: { readonly needed: readonly Descriptor[]; readonly others: readonly Descriptor[] },
  options: CopyBlobsOptions,
): Promise<{ readonly counts: BlobCounts; readonly missing: ReadonlyMap<string, unknown> }> {
  const counts = { copied: none(), held: none(), mounted: none(), foreign: none() };
  const isNeeded = new Set(needed.filter((blob) => !isForeign(blob)).map(({ digest }) => digest));
  const own: Claims[] = [];
  for (const [digest, listed] of Map.groupBy([...needed, ...others], (blob) => blob.digest)) {
    const [first, ...rest] = listed.filter((blob) => !isForeign(blob));
    // Anybody may call a layer of the image foreign.
    if (first === undefined) add(counts.foreign, listed[0]?.size ?? 0);
    else own.push({ blobs: [first, ...rest], isNeeded: isNeeded.has(digest) });
  }
  own.sort((a, b) => b.blobs[0].size - a.blobs[0].size);

  const totalBytes = own.reduce((sum, { blobs: [{ size }] }) => sum + size, 0);
  let doneBytes = 0;
  const advance = (bytes: number): void => {
    doneBytes += bytes;
    options.progress?.({ doneBytes, totalBytes });
  };
  const missing = new Map<string, unknown>();
  const saidBySource = new WeakSet<object>();
  const { retry = createRetry({}) } = options;

  async function copyBlob(blob: Descriptor): Promise<void> {
    let sent = 0;
    let isDamaged = false;
    async function* counted(): AsyncGenerator<Uint8Array, void> {
      try {
        for await (const chunk of options.from.open(blob, options)) {
          sent += chunk.length;
          advance(chunk.length);
          yield chunk;
        }
      } catch (error) {
        if (error instanceof Error) saidBySource.add(error);
        throw error;
      }
    }
    function attempt(): ReturnType<Store["pushBlob"]> {
      advance(-sent);
      sent = 0;
      return options.to.pushBlob(blob, counted, options);
    }
    /** What came damaged is asked for once more; bytes that are wrong twice are wrong. */
    function hopeOfError(error: unknown): Hope | undefined {
      if (!(error instanceof Malformed) || isDamaged) return hopeOfFailure(error);
      isDamaged = true;
      return { why: "it came damaged" };
    }
    const pushed = await retry(attempt, { what: `copy blob "${blob.digest}"`, signal: options.signal, hopeOfError });
    add(counts[pushed === "pushed" ? "copied" : pushed], blob.size);
    advance(blob.size - sent);
  }

  async function copyWhatIsThere({ blobs, isNeeded: isImages }: Claims): Promise<void> {
    const [first] = blobs;
    try {
      const blob = isImages || blobs.every(({ size }) => size === first.size) ? first : await findTrue(blobs, options);
      for (const other of blobs) if (other.size !== blob.size) missing.set(partKey(other), sizeMismatch(other));
      await copyBlob(blob);
    } catch (error) {
      const isLost = error instanceof Error && saidBySource.has(error) && whyLost(error) !== undefined;
      if (isImages || !isLost) throw error;
      for (const other of blobs) missing.set(partKey(other), error);
    }
  }
  const turns = [own.filter(({ blobs: [{ size }] }) => size > LARGE_BYTES), own.filter(({ blobs: [{ size }] }) => size <= LARGE_BYTES)];
  await inParallel(turns, turns.length, (turn, position) =>
    inParallel(turn, position === 0 ? Math.min(LARGE_AT_ONCE, options.concurrency) : options.concurrency, copyWhatIsThere),
  );
  return { counts, missing };
}

/** Of several sizes that strangers say, the one that the source has; the first if it has none. A destination would take any for held. */
async function findTrue(blobs: readonly [Descriptor, ...Descriptor[]], { from, ...call }: CopyBlobsOptions): Promise<Descriptor> {
  for (const blob of new Map(blobs.map((said) => [said.size, said])).values()) {
    try {
      for await (const chunk of from.open(blob, call)) void chunk;
      return blob;
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
    }
  }
  return blobs[0];
}

function sizeMismatch({ digest, size }: Descriptor): Malformed {
  return new Malformed("integrity/size-mismatch", `${digest} does not have the ${size} bytes that its descriptor says`);
}

function isForeign({ mediaType }: Descriptor): boolean {
  return FOREIGN.test(mediaType);
}

function none(): { count: number; bytes: number } {
  return { count: 0, bytes: 0 };
}

function add(counter: { count: number; bytes: number }, size: number): void {
  counter.count++;
  counter.bytes += size;
}
