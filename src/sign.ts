/** Signs an image: one envelope by one signer, kept beside the image in its store. */
import { algorithmRow } from "./core/algorithm.ts";
import { type Clock, systemClock } from "./core/clock.ts";
import type { Descriptor } from "./core/descriptor.ts";
import { CountersignError } from "./core/errors.ts";
import type { Statement } from "./core/evidence.ts";
import type { FormatRow, ManifestForm } from "./core/format.ts";
import { inParallel } from "./core/in-parallel.ts";
import { Malformed } from "./core/malformed.ts";
import { formatReference, pinReference, type Reference } from "./core/reference.ts";
import type { Signer } from "./core/signer.ts";
import type { AttachResult, ReferrersMode, Store } from "./core/store.ts";
import type { Stamp, Timestamper } from "./core/timestamper.ts";
import { DEFAULT_FORMAT, DEFAULT_FORMAT_OF_KEYS, FORMATS } from "./formats/table.ts";
import { checkItself } from "./judging/self-check.ts";
import { SIGNING_AGENT } from "./version.ts";

export interface SignOptions {
  readonly store: Store;
  readonly signer: Signer;
  /** Name of a format; unless given `notary-jws` with a certificate, and `sigstore-bundle` with a bare key. */
  readonly format?: string;
  readonly manifestForm?: ManifestForm;
  /** Signed user metadata. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Seconds from the signing time. */
  readonly expires?: number;
  readonly clock?: Clock;
  readonly referrers?: ReferrersMode;
  /** Has the signature stamped; without a token nothing is written. */
  readonly timestamper?: Timestamper;
  readonly signal?: AbortSignal;
}

export interface SignResult {
  readonly subject: Descriptor;
  /** The reference by digest. */
  readonly pinned: string;
  /** The signature's manifest. */
  readonly signature: Descriptor;
  readonly format: string;
  /** Which index lists it. */
  readonly via: AttachResult["via"];
  /** What its timestamp proves. */
  readonly stamp?: Stamp;
}

export async function sign(reference: Reference, options: SignOptions): Promise<SignResult> {
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const subject = await resolveSubject(reference, options.store, call);
  const signed = await signSubject(subject, { ...options, name: formatReference(reference) });
  await options.store.commit(call);
  return { subject, pinned: formatReference(pinReference(reference, subject.digest)), ...signed };
}

/**
 * Signs what has this descriptor, whether or not it is there yet, or a statement about it, in a format that carries
 * statements; `name` is for messages. Whoever calls says when the store is whole.
 */
export async function signSubject(
  subject: Descriptor,
  options: SignOptions & { readonly name: string; readonly statement?: Statement },
): Promise<Pick<SignResult, "signature" | "format" | "via" | "stamp">> {
  const row = findFormat(options);
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const signingTime = (options.clock ?? systemClock).now();
  const { timestamper, signer } = options;
  // The hash that goes with the key is as strong as what it signs.
  const hash = signer.algorithm === undefined ? "sha256" : algorithmRow(signer.algorithm).hash;
  let stamp: Stamp | undefined;
  const format = await row.load();
  const envelope = await format.encode(
    {
      subject,
      ...(options.statement === undefined ? {} : { statement: options.statement }),
      annotations: options.annotations ?? {},
      signingTime,
      ...(options.expires === undefined ? {} : { expiry: new Date(signingTime.getTime() + options.expires * 1000) }),
      signingAgent: SIGNING_AGENT,
      ...(timestamper === undefined ? {} : { stamp: async (value) => (stamp = await timestamper.stamp(value, { ...call, hash })).token }),
    },
    options.signer,
  );
  const mediaType = row.mediaTypes[0] ?? "";
  // A key that lies, or a fault of ours, must show here and not at the first verification in production.
  const decoded = format.decode(envelope, mediaType);
  const findings = decoded === null ? [] : checkItself(decoded, { subject, now: signingTime, key: options.signer.bare?.publicKey });
  if (findings.length === 0 || findings.some(({ outcome }) => outcome !== "pass")) {
    const why = findings.find(({ outcome }) => outcome !== "pass")?.message ?? "it cannot be read";
    throw new CountersignError("key/invalid", `Cannot sign "${options.name}": the signature is not good: ${why}`);
  }

  const manifest = row.carrier.writeManifest({
    subject,
    envelope,
    mediaType,
    chain: options.signer.chain,
    signingTime,
    form: options.manifestForm ?? "legacy",
    ...(options.statement === undefined ? {} : { predicateType: options.statement.predicateType }),
  });
  await inParallel(manifest.blobs, manifest.blobs.length, (blob) => options.store.pushBlob(blob.descriptor, blob.bytes, call));
  const { via } = await options.store.attach([manifest], { ...call, subject, mode: options.referrers ?? "auto" });
  return { signature: manifest.descriptor, format: row.name, via, ...(stamp === undefined ? {} : { stamp }) };
}

/** Whether the format of this signer is one that carries statements. */
export function holdsStatements(options: Pick<SignOptions, "format" | "signer">): boolean {
  return !findFormat({ ...options, name: "a statement" }).needsCertificate;
}

function findFormat({ format, signer, name }: Pick<SignOptions, "format" | "signer"> & { readonly name: string }): FormatRow {
  const isBare = signer.chain.length === 0;
  const asked = format ?? (isBare ? DEFAULT_FORMAT_OF_KEYS : DEFAULT_FORMAT);
  const row = FORMATS.find((entry) => entry.name === asked);
  if (row === undefined) {
    const names = FORMATS.map((entry) => entry.name).join(", ");
    throw new CountersignError("usage/invalid", `Cannot sign with format "${asked}": it is none of ${names}`);
  }
  if (row.needsCertificate && isBare) {
    throw new CountersignError("key/certificate", `Cannot sign "${name}" in ${asked}: the key has no certificate`, {
      remedy: `--cert chain.pem with the chain that was issued for the key, or --format ${DEFAULT_FORMAT_OF_KEYS}, which needs none`,
    });
  }
  return row;
}

/** What is to be signed, without what a listing may say of it. */
export async function resolveSubject(reference: Reference, store: Store, call: { readonly signal?: AbortSignal }): Promise<Descriptor> {
  try {
    const { mediaType, digest, size } = (await store.resolve(reference, call)).descriptor;
    return { mediaType, digest, size };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new CountersignError("store/invalid-answer", `Cannot sign "${formatReference(reference)}": ${error.message}`, { cause: error });
  }
}
