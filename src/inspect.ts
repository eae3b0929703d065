/** Decodes every signature of an image: what each claims, apart from what its own bytes prove. No trust decision. */
import type { Clock } from "./core/clock.ts";
import type { Descriptor } from "./core/descriptor.ts";
import { showForeign } from "./core/display.ts";
import type { Finding } from "./core/finding.ts";
import { Malformed } from "./core/malformed.ts";
import { formatReference, pinReference, type Reference } from "./core/reference.ts";
import type { Signature } from "./core/signature.ts";
import type { CallOptions, ReadonlyStore } from "./core/store.ts";
import { API_VERSION, type SignatureReport } from "./core/verdict.ts";
import { discover, orderCandidates } from "./discover.ts";
import { type Allowance, examineAll } from "./examine-all.ts";
import { describeClaims, describeProof, findingOf, openSignature, type Unexamined } from "./examine.ts";
import { encodePem } from "./encoding/pem.ts";
import { FORMATS } from "./formats/table.ts";
import { readTimestamp } from "./pki/timestamp/verify.ts";
import { decodeCertificate } from "./pki/x509/certificate.ts";
import { formatName } from "./pki/x509/name.ts";
import { checkItself, NO_POLICY } from "./self-check.ts";

export interface InspectedCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly fingerprint: string;
  readonly pem: string;
}

type InspectedTimestamp =
  | { readonly from: string; readonly to: string; readonly authority: string }
  /** In words, why it is none. */
  | { readonly fault: string };

export interface InspectedSignature {
  readonly digest: string;
  readonly format: string;
  readonly envelope?: { readonly mediaType: string; readonly digest: string; readonly size: number; readonly embedded: boolean };
  readonly claimed?: SignatureReport["claimed"];
  /** Only what follows from the bytes themselves: whose key signed them. Whether to trust it is for `verify`. */
  readonly proven?: SignatureReport["proven"];
  readonly certificates: readonly InspectedCertificate[];
  /** What each says, if it is one of this signature; whether its authority is trusted is for `verify`. */
  readonly timestamps: readonly InspectedTimestamp[];
  readonly findings: readonly Finding[];
}

export interface InspectReport {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: "Inspection";
  readonly reference: string;
  readonly pinned: string;
  readonly signatures: readonly InspectedSignature[];
  /** False if the listing was cut off or a signature was not looked at. */
  readonly complete: boolean;
  readonly notes: readonly string[];
}

export async function inspect(
  reference: Reference,
  options: CallOptions & { readonly store: ReadonlyStore; readonly clock: Clock },
): Promise<InspectReport> {
  const { descriptor: subject } = await options.store.resolve(reference, options);
  const listing = await discover(options.store, subject.digest, { ...options, formats: FORMATS });
  const candidates = orderCandidates(listing.referrers, { formats: FORMATS, trusted: new Set() });
  const { reports: signatures, unexamined } = await examineAll(candidates, {
    examineOne: (candidate, allowance) => inspectOne(candidate, { ...options, ...allowance, subject }),
  });
  return {
    apiVersion: API_VERSION,
    kind: "Inspection",
    reference: formatReference(reference),
    pinned: formatReference(pinReference(reference, subject.digest)),
    signatures,
    complete: listing.complete && unexamined.count === 0,
    notes: listing.notes.map((note) => showForeign(note.message)),
  };
}

async function inspectOne(
  candidate: Descriptor,
  options: CallOptions & Allowance & { readonly store: ReadonlyStore; readonly clock: Clock; readonly subject: Descriptor },
): Promise<InspectedSignature | Unexamined> {
  try {
    const opened = await openSignature(candidate, { ...options, formats: FORMATS });
    if (typeof opened === "string") return opened;
    const { signature, format, envelope } = opened;
    const findings = checkItself(signature, { subject: options.subject, now: options.clock.now() });
    const isSound = findings.every((entry) => entry.outcome === "pass");
    return {
      digest: candidate.digest,
      format,
      envelope: { mediaType: envelope.mediaType, digest: envelope.digest, size: envelope.size, embedded: envelope.data !== undefined },
      claimed: describeClaims(signature.claimed),
      ...(isSound ? { proven: describeProof(signature, { anchors: [], rules: NO_POLICY }) } : {}),
      certificates: isSound ? signature.chain.map(describeCertificate) : [],
      timestamps: isSound ? signature.timestamps.map((token) => describeTimestamp(token, signature)) : [],
      findings,
    };
  } catch (error) {
    return { digest: candidate.digest, format: "unrecognised", certificates: [], timestamps: [], findings: [findingOf(error)] };
  }
}

function describeTimestamp(token: Uint8Array, { value }: Signature): InspectedTimestamp {
  try {
    const { interval, authority } = readTimestamp(token, value);
    return { from: interval.from.toISOString(), to: interval.to.toISOString(), authority: showForeign(authority) };
  } catch (error) {
    if (error instanceof Malformed) return { fault: showForeign(error.message) };
    throw error;
  }
}

function describeCertificate(der: Uint8Array): InspectedCertificate {
  const { subject, issuer, serial, notBefore, notAfter, fingerprint } = decodeCertificate(der);
  return {
    subject: showForeign(formatName(subject)),
    issuer: showForeign(formatName(issuer)),
    serial,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    fingerprint,
    pem: encodePem("CERTIFICATE", der),
  };
}
