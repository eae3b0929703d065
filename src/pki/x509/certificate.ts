/** A certificate as data, read strictly: what another reader could understand differently is refused. Source: RFC 5280 4.1. */
import { createPublicKey, hash, type KeyObject } from "node:crypto";
import type { KeyKind } from "../../core/algorithm.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { type DerReader, decodeDer } from "../../encoding/der-reader.ts";
import { TAG } from "../../encoding/der-values.ts";
import { decodeKeyKind } from "../key-kind.ts";
import { decodeExtensions, decodeKnownExtensions, type Extension, type KnownExtensions } from "./extensions.ts";
import { type DistinguishedName, decodeName, sameName } from "./name.ts";
import { type CertificateSignature, decodeSignatureAlgorithm, verifyCertificateSignature } from "./signature-algorithm.ts";

export interface Certificate extends KnownExtensions {
  readonly der: Uint8Array;
  /** 1, 2 or 3. */
  readonly version: number;
  /** Hex, lower case, as the integer's bytes. */
  readonly serial: string;
  readonly issuer: DistinguishedName;
  readonly subject: DistinguishedName;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** The bytes that the issuer signed. */
  readonly tbs: Uint8Array;
  /** Absent where the algorithm is not allowed. */
  readonly signatureAlgorithm?: CertificateSignature;
  readonly signature: Uint8Array;
  /** The key with its algorithm, in DER. */
  readonly spki: Uint8Array;
  readonly keyKind: KeyKind;
  readonly extensions: readonly Extension[];
  /** SHA-256 of the certificate, hex, lower case. */
  readonly fingerprint: string;
}

/** By fingerprint, the longest unused first: an image's signatures, and many images, share a few certificates. */
const recent = new Map<string, Certificate>();
const RECENT = 256;

/** Throws `Malformed`. The answer is data of its own: it does not change with the array that was given. */
export function decodeCertificate(der: Uint8Array): Certificate {
  if (der.length > LIMITS.certificateBytes) throw new Malformed("certificate/malformed", "a certificate is larger than any real one");
  const fingerprint = hash("sha256", der, "hex");
  const certificate = recent.get(fingerprint) ?? decodeCopy(Uint8Array.from(der), fingerprint);
  recent.delete(fingerprint);
  recent.set(fingerprint, certificate);
  for (const oldest of recent.keys()) {
    if (recent.size <= RECENT) break;
    recent.delete(oldest);
  }
  return certificate;
}

/** Of a copy, because what is kept must not be a view of a buffer that others reuse, or that a large envelope hangs on. */
function decodeCopy(der: Uint8Array, fingerprint: string): Certificate {
  return { ...decodeDer(der, decodeSigned), der, fingerprint };
}

function decodeSigned(reader: DerReader): Omit<Certificate, "der" | "fingerprint"> {
  return reader.sequence((certificate) => {
    const { value: fields, bytes: tbs } = certificate.measured((signed) => signed.sequence(decodeFields));
    const { bytes: outer } = certificate.any();
    // RFC 5280 4.1.1.2: only the inner one is signed, so a reader of the outer could be told another algorithm.
    if (Buffer.compare(outer, fields.algorithm) !== 0) {
      throw new Malformed("certificate/algorithm-mismatch", "a certificate names two different signature algorithms");
    }
    const signatureAlgorithm = decodeSignatureAlgorithm(outer);
    const { algorithm: _, ...rest } = fields;
    return {
      ...rest,
      tbs,
      ...(signatureAlgorithm && { signatureAlgorithm }),
      signature: certificate.bitStringBytes(),
    };
  });
}

type SignedFields = Omit<Certificate, "der" | "tbs" | "signatureAlgorithm" | "signature" | "fingerprint"> & {
  readonly algorithm: Uint8Array;
};

function decodeFields(tbs: DerReader): SignedFields {
  const version = tbs.optional(0xa0, (reader) => reader.within(0xa0, decodeVersion)) ?? 1;
  const serial = tbs.integerBytes();
  if ((serial[0] ?? 0) >= 0x80) throw new Malformed("certificate/malformed", "a serial number is negative");
  const { bytes: algorithm } = tbs.any();
  const issuer = decodeName(tbs);
  const [notBefore, notAfter] = tbs.sequence((validity) => [validity.time(), validity.time()] as const);
  const subject = decodeName(tbs);
  const { bytes: spki } = tbs.element(TAG.sequence);
  const keyKind = decodeKeyKind(spki);
  const { extensions, known } = decodeOptionalFields(tbs, version);
  return {
    version,
    serial: Buffer.from(serial).toString("hex"),
    algorithm,
    issuer,
    notBefore,
    notAfter,
    subject,
    spki,
    keyKind,
    extensions,
    ...known,
  };
}

/** Version 1 is the default, so it is never written; unique identifiers came with 2 and extensions with 3. */
function decodeVersion(reader: DerReader): number {
  const version = reader.smallInteger() + 1;
  if (version === 1) throw new Malformed("der/default", "the default version 1 is written out");
  if (version > 3) throw new Malformed("certificate/version", `a certificate is of version ${version}`);
  return version;
}

function decodeOptionalFields(
  tbs: DerReader,
  version: number,
): { readonly extensions: readonly Extension[]; readonly known: KnownExtensions } {
  for (const uniqueIdentifier of [0x81, 0x82]) {
    if (version >= 2) tbs.optional(uniqueIdentifier, (reader) => reader.any());
  }
  const extensions = version === 3 ? (tbs.optional(0xa3, (reader) => reader.within(0xa3, decodeExtensions)) ?? []) : [];
  if (version < 3 && tbs.nextTag === 0xa3) throw new Malformed("certificate/version", `a certificate of version ${version} has extensions`);
  return { extensions, known: decodeKnownExtensions(extensions) };
}

const keys = new WeakMap<Certificate, KeyObject>();

/** The certificate's key, made when first asked for. Throws `Malformed` for one that is no key of its kind. */
export function publicKeyOf(certificate: Certificate): KeyObject {
  let key = keys.get(certificate);
  if (key === undefined) {
    try {
      key = createPublicKey({ key: Buffer.from(certificate.spki), type: "spki", format: "der" });
    } catch (error) {
      // OpenSSL's refusals are plain errors, some without a code; a TypeError would be our own mistake.
      if (!(error instanceof Error) || error instanceof TypeError) throw error;
      throw new Malformed("certificate/key", "a certificate's key is not one of its kind");
    }
    keys.set(certificate, key);
  }
  return key;
}

const judged = new WeakMap<Certificate, WeakMap<Certificate, boolean>>();

/** False also where the algorithm is not allowed. Computed once for a pair: it is the dearest step of a verification. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  const byIssuer = judged.get(certificate) ?? new WeakMap<Certificate, boolean>();
  judged.set(certificate, byIssuer);
  const known = byIssuer.get(issuer);
  if (known !== undefined) return known;
  const { signatureAlgorithm, tbs: bytes, signature: value } = certificate;
  const answer =
    signatureAlgorithm !== undefined && verifyCertificateSignature(signatureAlgorithm, { publicKey: publicKeyOf(issuer), bytes, value });
  byIssuer.set(issuer, answer);
  return answer;
}

/** True if `certificate` names itself as its issuer and is signed by its own key. */
export function isSelfSigned(certificate: Certificate): boolean {
  return sameName(certificate.issuer, certificate.subject) && isSignedBy(certificate, certificate);
}
