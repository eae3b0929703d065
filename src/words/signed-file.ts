/** A file that somebody else has signed, and what of it hangs on one image: manifests and blobs as they are to be pushed. */
import { decodeParts } from "../copying/closure.ts";
import type { Descriptor } from "../core/descriptor.ts";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import type { Statement } from "../core/evidence.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed, unlessMalformed } from "../core/malformed.ts";
import type { CallOptions, ReadonlyStore, StoredManifest } from "../core/store.ts";
import { sigstoreBundle } from "../formats/sigstore-bundle/format.ts";
import { bundleCarrier } from "../formats/sigstore-bundle/manifest.ts";
import { BUNDLE } from "../formats/sigstore-bundle/media-types.ts";
import { readContent } from "../statements/content.ts";

export type SignedFile =
  /** A Sigstore bundle. */
  | { readonly kind: "bundle"; readonly path: string; readonly bytes: Uint8Array }
  /** An OCI archive or layout. */
  | { readonly kind: "store"; readonly path: string; readonly store: ReadonlyStore };

/** One that refers to another, with those that refer to it. */
export interface Parcel {
  readonly manifest: StoredManifest;
  readonly blobs: readonly { readonly descriptor: Descriptor; readonly bytes: Uint8Array }[];
  readonly referrers: readonly Parcel[];
}

/** What refers to what refers to the image: the signatures of a statement. Nothing that is signed lies deeper. */
const DEPTH = 2;

/** More than people sign by hand. */
const MOST = 1_000;

type Read = (part: Descriptor) => Promise<Uint8Array>;

/** What hangs on `subject`. Throws `document/…` for a file that cannot be used. */
export async function openSignedFile(file: SignedFile, subject: Descriptor, call: CallOptions): Promise<readonly Parcel[]> {
  try {
    return file.kind === "bundle"
      ? [packBundle(file.bytes, subject)]
      : await unpack(file.store, subject, { ...call, depth: DEPTH, read: readWithin(file.store, call) });
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new CountersignError("document/invalid", `Cannot attach "${file.path}": ${showForeign(error.message, 1000)}`);
  }
}

/** In the manifest that its signer would have pushed, so that others can name it by its digest whoever brings it. */
function packBundle(bytes: Uint8Array, { mediaType, digest, size }: Descriptor): Parcel {
  const statement = sigstoreBundle.statementIn?.(bytes);
  const {
    descriptor,
    bytes: manifest,
    blobs,
  } = bundleCarrier.writeManifest({
    subject: { mediaType, digest, size },
    envelope: bytes,
    mediaType: BUNDLE,
    chain: [],
    signingTime: timeOf(statement),
    form: "artifact",
    ...(statement === undefined ? {} : { predicateType: statement.predicateType }),
  });
  return { manifest: { descriptor, bytes: manifest }, blobs, referrers: [] };
}

/** Of ours when it was signed; what does not say it is not to differ from one day to the next. */
function timeOf(statement: Statement | undefined): Date {
  const content = statement === undefined ? undefined : unlessMalformed(() => readContent(statement));
  return (content !== undefined && "at" in content ? content.at : undefined) ?? new Date(0);
}

/** All of it is held in memory: no more than whoever judges an image would look at, however often one blob is named. */
function readWithin(store: ReadonlyStore, call: CallOptions): Read {
  let left: number = LIMITS.subjectBudgetBytes;
  return async (part) => {
    left -= part.size;
    if (left < 0) throw new Malformed("integrity/too-large", `what hangs on the image is over ${LIMITS.subjectBudgetBytes} bytes`);
    return store.fetch(part, call);
  };
}

async function unpack(
  store: ReadonlyStore,
  subject: Pick<Descriptor, "digest">,
  options: CallOptions & { readonly depth: number; readonly read: Read },
): Promise<readonly Parcel[]> {
  const { depth, read, ...call } = options;
  if (depth === 0) return [];
  const { referrers, complete, notes } = await store.referrers(subject.digest, call);
  if (!complete)
    throw new Malformed(
      "manifest/invalid",
      `it is no bundle, and no OCI archive that can be read: ${notes.map(({ message }) => message).join("; ")}`,
    );
  if (referrers.length > MOST) throw new Malformed("integrity/too-large", `over ${MOST} manifests refer to ${subject.digest}`);
  const parcels: Parcel[] = [];
  for (const found of referrers) {
    if (found.size > LIMITS.manifestBytes) throw new Malformed("integrity/too-large", `a manifest claims ${found.size} bytes`);
    const bytes = await read(found);
    const blobs = [];
    for (const part of decodeParts({ descriptor: found, bytes }).blobs) {
      if (part.size > LIMITS.statementBytes) throw new Malformed("integrity/too-large", `a blob claims ${part.size} bytes`);
      blobs.push({ descriptor: part, bytes: await read(part) });
    }
    const theirs = await unpack(store, found, { ...call, depth: depth - 1, read });
    parcels.push({ manifest: { descriptor: found, bytes }, blobs, referrers: theirs });
  }
  return parcels;
}
