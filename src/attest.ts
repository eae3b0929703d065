/** Attests: a signed statement about an image, kept beside it in its store. */
import type { Descriptor } from "./core/descriptor.ts";
import { digestAlgorithm, digestHex } from "./core/digest.ts";
import { CountersignError } from "./core/errors.ts";
import type { Statement } from "./core/evidence.ts";
import { inParallel } from "./core/in-parallel.ts";
import { LIMITS } from "./core/limits.ts";
import { formatReference, pinReference, type Reference } from "./core/reference.ts";
import type { AttachResult } from "./core/store.ts";
import type { Stamp } from "./core/timestamper.ts";
import { writeAttached } from "./formats/attached/manifest.ts";
import { holdsStatements, resolveSubject, type SignOptions, signSubject } from "./sign.ts";
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
  /** What carries the statement: an artifact, or a bundle. */
  readonly evidence: Descriptor;
  /** What carries the signature; of a bundle the same. */
  readonly signature: Descriptor;
  readonly format: string;
  /** Which index lists the evidence. */
  readonly via: AttachResult["via"];
  /** What the signature's timestamp proves. */
  readonly stamp?: Stamp;
}

/** A bare key's statement is a bundle, as cosign writes it; whoever signs with a certificate signs an artifact that holds the statement. */
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
  const bytes = encodeStatement(statement);
  if (bytes.length > LIMITS.statementBytes) {
    throw new CountersignError(
      "store/too-large",
      `Cannot attest "${formatReference(reference)}": the statement has ${bytes.length} bytes`,
      {
        remedy: `at most ${LIMITS.statementBytes} are read; leave out what is not needed, such as the files of an SBOM`,
      },
    );
  }
  const isBundle = holdsStatements(options) && bytes.length <= MOST_BUNDLED;
  const name = `a statement about ${formatReference(reference)}`;
  const written = isBundle
    ? await writeBundle(subject, { ...options, statement, name })
    : await writeArtifact(subject, { ...options, statement: bytes, name });
  await store.commit(call);
  return { subject, pinned: formatReference(pinReference(reference, subject.digest)), predicateType, ...written };
}

/** In base64, an envelope of this statement stays well below what a bundle may have. */
const MOST_BUNDLED = LIMITS.bundleBytes / 2;

type Written = Pick<AttestResult, "evidence" | "signature" | "format" | "via" | "stamp">;

async function writeBundle(
  subject: Descriptor,
  options: AttestOptions & { readonly statement: Statement; readonly name: string },
): Promise<Written> {
  const signed = await signSubject(subject, options);
  return { evidence: signed.signature, ...signed };
}

/**
 * The statement is an artifact that refers to the image, and the signature one that refers to the statement. The
 * signature is written first: whoever sees the statement sees who vouches for it, also if this is cut short.
 */
async function writeArtifact(
  subject: Descriptor,
  options: AttestOptions & { readonly statement: Uint8Array; readonly name: string },
): Promise<Written> {
  const { statement, ...rest } = options;
  const { store, predicateType } = options;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const artifact = writeAttached({ subject, statement, predicateType, chain: options.signer.chain });
  await inParallel(artifact.blobs, artifact.blobs.length, (blob) => store.pushBlob(blob.descriptor, blob.bytes, call));
  const { mediaType, digest, size } = artifact.descriptor;
  const signed = await signSubject({ mediaType, digest, size }, rest);
  const { via } = await store.attach([artifact], { ...call, subject, mode: options.referrers ?? "auto" });
  return { evidence: artifact.descriptor, ...signed, via };
}
