/** Signs an image: one envelope by one signer, kept beside the image in its store. */
import { type Clock, systemClock } from "./core/clock.ts";
import type { Descriptor } from "./core/descriptor.ts";
import { CountersignError } from "./core/errors.ts";
import type { FormatRow, ManifestForm } from "./core/format.ts";
import { inParallel } from "./core/in-parallel.ts";
import { Malformed } from "./core/malformed.ts";
import { formatReference, pinReference, type Reference } from "./core/reference.ts";
import type { Signer } from "./core/signer.ts";
import type { AttachResult, ReferrersMode, Store } from "./core/store.ts";
import { DEFAULT_FORMAT, FORMATS } from "./formats/table.ts";
import { checkItself } from "./self-check.ts";
import { SIGNING_AGENT } from "./version.ts";

export interface SignOptions {
  readonly store: Store;
  readonly signer: Signer;
  /** Name of a format; that of `DEFAULT_FORMAT` unless given. */
  readonly format?: string;
  readonly manifestForm?: ManifestForm;
  /** Signed user metadata. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Seconds from the signing time. */
  readonly expires?: number;
  readonly clock?: Clock;
  readonly referrers?: ReferrersMode;
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
}

export async function sign(reference: Reference, options: SignOptions): Promise<SignResult> {
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const subject = await resolveSubject(reference, options.store, call);
  const signed = await signSubject(subject, { ...options, name: formatReference(reference) });
  await options.store.commit(call);
  return { subject, pinned: formatReference(pinReference(reference, subject.digest)), ...signed };
}

/** Signs what has this descriptor, whether or not it is there yet; `name` is for messages. Whoever calls says when the store is whole. */
export async function signSubject(
  subject: Descriptor,
  options: SignOptions & { readonly name: string },
): Promise<Pick<SignResult, "signature" | "format" | "via">> {
  const row = findFormat(options.format ?? DEFAULT_FORMAT);
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const signingTime = (options.clock ?? systemClock).now();
  const format = await row.load();
  const envelope = await format.encode(
    {
      subject,
      annotations: options.annotations ?? {},
      signingTime,
      ...(options.expires === undefined ? {} : { expiry: new Date(signingTime.getTime() + options.expires * 1000) }),
      signingAgent: SIGNING_AGENT,
    },
    options.signer,
  );
  const mediaType = row.mediaTypes[0] ?? "";
  // A key that lies, or a fault of ours, must show here and not at the first verification in production.
  const decoded = format.decode(envelope, mediaType);
  const findings = decoded === null ? [] : checkItself(decoded, { subject, now: signingTime });
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
  });
  await inParallel(manifest.blobs, manifest.blobs.length, (blob) => options.store.pushBlob(blob.descriptor, blob.bytes, call));
  const { via } = await options.store.attach([manifest], { ...call, subject, mode: options.referrers ?? "auto" });
  return { signature: manifest.descriptor, format: row.name, via };
}

function findFormat(name: string): FormatRow {
  const row = FORMATS.find((entry) => entry.name === name);
  if (row === undefined) {
    throw new CountersignError(
      "usage/invalid",
      `Cannot sign with format "${name}": it is none of ${FORMATS.map((entry) => entry.name).join(", ")}`,
    );
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
