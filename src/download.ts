/** Hands out what hangs on an image as it is stored: signatures, statements, documents. No trust decision is made. */
import { ByteBudget, SubjectBudget } from "./core/budget.ts";
import type { Descriptor } from "./core/descriptor.ts";
import { type Digest, digestOf } from "./core/digest.ts";
import { showForeign } from "./core/display.ts";
import type { Statement } from "./core/evidence.ts";
import { LIMITS } from "./core/limits.ts";
import { Malformed, unlessMalformed } from "./core/malformed.ts";
import { formatReference, pinReference, type Reference } from "./core/reference.ts";
import type { CallOptions, ReadonlyStore } from "./core/store.ts";
import { useAttachedBytes } from "./evidence/read-attached.ts";
import { mayBeAttached, readAttached } from "./formats/attached/manifest.ts";
import { readAttestationStatement } from "./formats/cosign-attestation/format.ts";
import { type AttestationLayer, DSSE_ENVELOPE } from "./formats/cosign-attestation/manifest.ts";
import { FORMATS } from "./formats/table.ts";
import { discover } from "./judging/discover.ts";
import { findingOf, openEnvelope } from "./judging/examine.ts";
import { listAll } from "./showing/list-all.ts";
import { decodeStatement } from "./statements/statement.ts";

export interface Downloaded {
  /** What the image's listing knows it by: the manifest that carries it, or a layer of cosign's. */
  readonly digest: Digest;
  /** Of a signature or bundle the name of its format; else `in-toto`, `spdx`, `cyclonedx`, `sarif`, or `dsse`. */
  readonly format: string;
  readonly stored: Descriptor;
  readonly bytes: Uint8Array;
}

export interface DownloadReport {
  /** The image by digest. */
  readonly pinned: string;
  /** False if something was listed and could not be had, or the list was cut off; the notes say what. */
  readonly complete: boolean;
  readonly notes: readonly string[];
}

export interface DownloadOptions extends CallOptions {
  readonly store: ReadonlyStore;
  /** One after the other, in the order of their digests. */
  readonly keep: (found: Downloaded) => Promise<void>;
}

/** The envelopes of the image's own signatures. */
export async function downloadSignatures(reference: Reference, options: DownloadOptions): Promise<DownloadReport> {
  const { store } = options;
  const { descriptor: subject } = await store.resolve(reference, options);
  const listing = await discover(store, subject.digest, { ...options, formats: FORMATS });
  return keepEach(listing.referrers, {
    ...options,
    pinned: formatReference(pinReference(reference, subject.digest)),
    complete: listing.complete,
    notes: listing.notes.map(({ message }) => showForeign(message)),
    read: async (candidate, reading) => {
      const { found, statement } = await readEnvelope(candidate, { ...reading, subject });
      return statement === undefined ? found : undefined;
    },
  });
}

/** What is stated about the image, signed or not: statements, envelopes that hold one, and documents. */
export async function downloadStatements(
  reference: Reference,
  options: DownloadOptions & {
    /** Without it all of them, and nothing of them is decoded that need not be. */
    readonly wants?: (predicateType: string) => boolean;
    /** Of each its DSSE envelope by itself, which is as it was signed; what is in none is left out with a note. */
    readonly asDsse?: boolean;
  },
): Promise<DownloadReport> {
  const { store, wants, asDsse = false } = options;
  const { descriptor: subject } = await store.resolve(reference, options);
  const { candidates, layers, complete, notes } = await listAll(store, subject.digest, options);
  return keepEach(candidates, {
    ...options,
    pinned: formatReference(pinReference(reference, subject.digest)),
    complete,
    notes,
    read: async (candidate, reading) => {
      const layer = layers.get(candidate);
      if (layer !== undefined) return readLayer(layer, { ...reading, wants });
      const attached = mayBeAttached(candidate) ? await readArtifact(candidate, { ...reading, subject, wants }) : "not-mine";
      if (attached === undefined || (attached !== "not-mine" && !asDsse)) return attached;
      if (attached !== "not-mine") return { leftOut: "it is signed as an artifact, and stands in no DSSE envelope" };
      const { found, statement, dsse } = await readEnvelope(candidate, { ...reading, subject });
      if (statement === undefined || wants?.(statement.predicateType) === false) return undefined;
      return asDsse ? dsse : found;
    },
  });
}

type Reading = CallOptions & {
  readonly store: ReadonlyStore;
  readonly memory: ByteBudget;
  readonly budget: SubjectBudget;
};

type Wants = { readonly wants: ((predicateType: string) => boolean) | undefined };

/** It is there, and cannot be had in the form that is wanted: why. */
interface LeftOut {
  readonly leftOut: string;
}

async function keepEach(
  candidates: readonly Descriptor[],
  options: DownloadOptions &
    DownloadReport & { readonly read: (candidate: Descriptor, reading: Reading) => Promise<Downloaded | LeftOut | undefined> },
): Promise<DownloadReport> {
  const { store, keep, read, pinned, signal } = options;
  const notes = [...options.notes];
  let { complete } = options;
  const reading: Reading = {
    store,
    ...(signal === undefined ? {} : { signal }),
    // One at a time, and as many as there are: whoever asks for all of them is not to be protected from that.
    memory: new ByteBudget(LIMITS.processMemoryBytes),
    budget: new SubjectBudget(Infinity, Infinity),
  };
  for (const candidate of candidates.toSorted((a, b) => (a.digest < b.digest ? -1 : 1))) {
    let found: Downloaded | LeftOut | undefined;
    try {
      found = await read(candidate, reading);
    } catch (error) {
      const { outcome, message } = findingOf(error);
      // What is broken is as good as not there; what could not be had is not.
      if (outcome === "unknown") complete = false;
      notes.push(`${candidate.digest} is left out: ${message}`);
      continue;
    }
    if (found !== undefined && "leftOut" in found) notes.push(`${candidate.digest} is left out: ${found.leftOut}`);
    else if (found !== undefined) await keep(found);
  }
  return { pinned, complete, notes };
}

/** With the statement that it holds, if it holds one and can be read: what is broken may be a signature for all that is known. */
async function readEnvelope(
  candidate: Descriptor,
  options: Reading & { readonly subject: Descriptor },
): Promise<{ readonly found: Downloaded; readonly statement: Statement | undefined; readonly dsse: Downloaded | LeftOut }> {
  const opened = await openEnvelope(candidate, { ...options, formats: FORMATS, maxBytes: Infinity });
  if (typeof opened === "string") throw new TypeError("nothing is out of bounds here");
  const { mediaType, digest, size } = opened.envelope;
  const bytes = await opened.use((content) => Promise.resolve(content));
  const codec = await opened.row.load();
  return {
    found: { digest: candidate.digest, format: opened.row.name, stored: { mediaType, digest, size }, bytes },
    statement: unlessMalformed(() => codec.statementIn?.(bytes)),
    dsse: dsseOf(
      candidate,
      unlessMalformed(() => codec.plainDsse?.(bytes)),
    ),
  };
}

function dsseOf({ digest }: Descriptor, bytes: Uint8Array | undefined): Downloaded | LeftOut {
  if (bytes === undefined) return { leftOut: "it stands in no DSSE envelope" };
  return { digest, format: "dsse", stored: { mediaType: DSSE_ENVELOPE, digest: digestOf(bytes), size: bytes.length }, bytes };
}

async function readArtifact(
  candidate: Descriptor,
  options: Reading & Wants & { readonly subject: Descriptor },
): Promise<Downloaded | undefined | "not-mine"> {
  const { store, memory, subject, wants } = options;
  if (candidate.size > LIMITS.manifestBytes)
    throw new Malformed("integrity/too-large", `a manifest that carries a statement claims ${candidate.size} bytes`);
  const attached = readAttached(await memory.use(candidate.size, () => store.fetch(candidate, options)), candidate);
  if (attached === null) return "not-mine";
  if (attached.subject.digest !== subject.digest)
    throw new Malformed("manifest/subject", `the manifest refers to ${attached.subject.digest}`);
  const { layer, document, predicateType = "" } = attached;
  if (document !== undefined && wants?.(predicateType) === false) return undefined;
  const bytes = await useAttachedBytes(attached, options, (content) => content);
  if (bytes === "over-budget") throw new TypeError("nothing is out of bounds here");
  // What a manifest says of its statement is not signed there.
  if (document === undefined && wants?.(decodeStatement(bytes).predicateType) === false) return undefined;
  const { mediaType, digest, size } = layer;
  return { digest: candidate.digest, format: document ?? "in-toto", stored: { mediaType, digest, size }, bytes };
}

async function readLayer({ envelope }: AttestationLayer, { store, wants, ...call }: Reading & Wants): Promise<Downloaded | undefined> {
  const { mediaType, digest, size } = envelope;
  if (size > LIMITS.bundleBytes) throw new Malformed("integrity/too-large", `an attestation claims ${size} bytes`);
  const bytes = await store.fetch(envelope, call);
  if (wants !== undefined && !wants(readAttestationStatement(bytes)?.predicateType ?? "")) return undefined;
  return { digest, format: "dsse", stored: { mediaType, digest, size }, bytes };
}
