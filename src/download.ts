/** Hands out the envelopes of an image's signatures as they are stored. No trust decision is made, and none of them is read. */
import { ByteBudget, SubjectBudget } from "./core/budget.ts";
import type { Descriptor } from "./core/descriptor.ts";
import type { Digest } from "./core/digest.ts";
import { showForeign } from "./core/display.ts";
import { LIMITS } from "./core/limits.ts";
import { formatReference, pinReference, type Reference } from "./core/reference.ts";
import type { CallOptions, ReadonlyStore } from "./core/store.ts";
import { discover } from "./discover.ts";
import { findingOf, openEnvelope } from "./examine.ts";
import { FORMATS } from "./formats/table.ts";

export interface DownloadedEnvelope {
  /** The signature's manifest. */
  readonly signature: Digest;
  readonly format: string;
  readonly envelope: Descriptor;
  readonly bytes: Uint8Array;
}

export interface DownloadReport {
  /** The image by digest. */
  readonly pinned: string;
  /** False if something was listed and could not be had, or the list was cut off; the notes say what. */
  readonly complete: boolean;
  readonly notes: readonly string[];
}

/** Each envelope is handed to `keep`, one after the other, in the order of their digests. */
export async function downloadSignatures(
  reference: Reference,
  options: CallOptions & { readonly store: ReadonlyStore; readonly keep: (envelope: DownloadedEnvelope) => Promise<void> },
): Promise<DownloadReport> {
  const { store, keep } = options;
  const { descriptor: subject } = await store.resolve(reference, options);
  const listing = await discover(store, subject.digest, { ...options, formats: FORMATS });
  const notes = listing.notes.map(({ message }) => showForeign(message));
  const opening = {
    ...options,
    subject,
    formats: FORMATS,
    // One at a time, and as many as there are: whoever asks for all of them is not to be protected from that.
    memory: new ByteBudget(LIMITS.processMemoryBytes),
    budget: new SubjectBudget(Infinity, Infinity),
    maxBytes: Infinity,
  };
  let { complete } = listing;
  for (const candidate of listing.referrers.toSorted((a, b) => (a.digest < b.digest ? -1 : 1))) {
    let envelope: DownloadedEnvelope;
    try {
      envelope = await read(candidate, opening);
    } catch (error) {
      const { outcome, message } = findingOf(error);
      // What is broken is as good as not there; what could not be had is not.
      if (outcome === "unknown") complete = false;
      notes.push(`${candidate.digest} is left out: ${message}`);
      continue;
    }
    await keep(envelope);
  }
  return { pinned: formatReference(pinReference(reference, subject.digest)), complete, notes };
}

async function read(candidate: Descriptor, options: Parameters<typeof openEnvelope>[1]): Promise<DownloadedEnvelope> {
  const found = await openEnvelope(candidate, options);
  if (typeof found === "string") throw new TypeError("nothing is out of bounds here");
  const { mediaType, digest, size } = found.envelope;
  const bytes = await found.use((content) => Promise.resolve(content));
  return { signature: candidate.digest, format: found.row.name, envelope: { mediaType, digest, size }, bytes };
}
