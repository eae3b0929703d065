/** Copies blobs from one store to another, each as a stream that is checked as it flows. */
import type { Descriptor } from "./core/descriptor.ts";
import type { Digest } from "./core/digest.ts";
import { CountersignError } from "./core/errors.ts";
import { inParallel } from "./core/in-parallel.ts";
import { Malformed } from "./core/malformed.ts";
import type { CallOptions, Store } from "./core/store.ts";
import { createRetry, type Hope, hopeOfFailure } from "./net/retry.ts";

export interface CopyCount {
  readonly count: number;
  readonly bytes: number;
}

export interface BlobCounts {
  readonly copied: CopyCount;
  /** They were there. */
  readonly skipped: CopyCount;
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

export interface CopyBlobsOptions extends CallOptions {
  readonly from: Store;
  readonly to: Store;
  readonly concurrency: number;
  readonly mountFrom?: string;
  readonly progress?: (progress: CopyProgress) => void;
}

/** Source: OCI image-spec 1.1, layer.md, "Non-Distributable Layers"; Docker's image manifest 2.2, "foreign" layers. */
const FOREIGN = /^application\/vnd\.(oci\.image\.layer\.nondistributable\.|docker\.image\.rootfs\.foreign\.)/;

/** A few large blobs fill any connection; more of them only cost memory. Small ones wait for round trips, so many are under way. */
const LARGE_BYTES = 1_048_576;
const LARGE_AT_ONCE = 4;

/** Each once, the largest first, so that none is left to run alone at the end. `missing`: what the source does not have. */
export async function copyBlobs(
  listed: readonly Descriptor[],
  options: CopyBlobsOptions,
): Promise<{ readonly counts: BlobCounts; readonly missing: ReadonlyMap<Digest, CountersignError> }> {
  const blobs = [...new Map(listed.map((blob) => [blob.digest, blob])).values()].toSorted((a, b) => b.size - a.size);
  const foreign = blobs.filter(({ mediaType }) => FOREIGN.test(mediaType));
  const own = blobs.filter(({ mediaType }) => !FOREIGN.test(mediaType));
  const counts = { copied: none(), skipped: none(), mounted: none(), foreign: none() };
  for (const { size } of foreign) add(counts.foreign, size);

  const totalBytes = own.reduce((sum, { size }) => sum + size, 0);
  let doneBytes = 0;
  const advance = (bytes: number): void => {
    doneBytes += bytes;
    options.progress?.({ doneBytes, totalBytes });
  };
  const missing = new Map<Digest, CountersignError>();
  const retry = createRetry({});

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
        if (error instanceof CountersignError && error.code === "store/not-found") missing.set(blob.digest, error);
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
    add(counts[pushed === "held" ? "skipped" : pushed === "mounted" ? "mounted" : "copied"], blob.size);
    advance(blob.size - sent);
  }

  async function copyWhatIsThere(blob: Descriptor): Promise<void> {
    try {
      await copyBlob(blob);
    } catch (error) {
      if (missing.get(blob.digest) !== error) throw error;
    }
  }
  const turns = [own.filter(({ size }) => size > LARGE_BYTES), own.filter(({ size }) => size <= LARGE_BYTES)];
  await inParallel(turns, turns.length, (turn, position) =>
    inParallel(turn, position === 0 ? Math.min(LARGE_AT_ONCE, options.concurrency) : options.concurrency, copyWhatIsThere),
  );
  return { counts, missing };
}

function none(): { count: number; bytes: number } {
  return { count: 0, bytes: 0 };
}

function add(counter: { count: number; bytes: number }, size: number): void {
  counter.count++;
  counter.bytes += size;
}
