/** Attests: a signed statement about an image, kept beside it in its store. */
import type { Descriptor } from "./core/descriptor.ts";
import { digestAlgorithm, digestHex } from "./core/digest.ts";
import type { Statement } from "./core/evidence.ts";
import { inParallel } from "./core/in-parallel.ts";
import { formatReference, pinReference, type Reference } from "./core/reference.ts";
import type { AttachResult } from "./core/store.ts";
import { writeAttached } from "./formats/attached/manifest.ts";
import { resolveSubject, type SignOptions, signSubject } from "./sign.ts";
import { encodeStatement } from "./statements/statement.ts";

export interface AttestOptions extends SignOptions {
  /** A URI. */
  readonly predicateType: string;
  /** JSON. */
  readonly predicate: unknown;
}

export interface AttestResult {
  readonly subject: Descriptor;
  /** The reference by digest. */
  readonly pinned: string;
  readonly predicateType: string;
  /** The artifact that carries the statement. */
  readonly evidence: Descriptor;
  /** The manifest of the signature of that artifact. */
  readonly signature: Descriptor;
  readonly format: string;
  /** Which index lists the evidence. */
  readonly via: AttachResult["via"];
}

/**
 * The statement is an artifact that refers to the image, and the signature one that refers to the statement. The
 * signature is written first: whoever sees the statement sees who vouches for it, also if this is cut short.
 */
export async function attest(reference: Reference, options: AttestOptions): Promise<AttestResult> {
  const { store, annotations = {}, predicateType, predicate } = options;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const subject = await resolveSubject(reference, store, call);
  const named = { digest: { [digestAlgorithm(subject.digest)]: digestHex(subject.digest) } };
  const statement: Statement = {
    subjects: [Object.keys(annotations).length === 0 ? named : { ...named, annotations }],
    predicateType,
    predicate,
  };
  const artifact = writeAttached({ subject, statement: encodeStatement(statement), predicateType });
  await inParallel(artifact.blobs, artifact.blobs.length, (blob) => store.pushBlob(blob.descriptor, blob.bytes, call));
  const { mediaType, digest, size } = artifact.descriptor;
  const signed = await signSubject({ mediaType, digest, size }, { ...options, name: `the statement about ${formatReference(reference)}` });
  const { via } = await store.attach([artifact], { ...call, subject, mode: options.referrers ?? "auto" });
  await store.commit(call);
  return {
    subject,
    pinned: formatReference(pinReference(reference, subject.digest)),
    predicateType,
    evidence: artifact.descriptor,
    signature: signed.signature,
    format: signed.format,
    via,
  };
}
