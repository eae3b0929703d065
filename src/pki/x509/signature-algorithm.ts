/** How a certificate is signed: the algorithms that are allowed, as data. Source: RFC 4055, RFC 5758. */
import { constants, type KeyObject, verify } from "node:crypto";
import { type DerReader, decodeDer } from "../../encoding/der-reader.ts";
import { encodeConstructed, encodeInteger, encodeNull, encodeOid, encodeSequence } from "../../encoding/der-writer.ts";
import { Malformed } from "../../core/malformed.ts";

export type StrongHash = "sha256" | "sha384" | "sha512";
type SignatureHash = "md5" | "sha1" | StrongHash;

export interface CertificateSignature {
  readonly scheme: "pkcs1" | "pss" | "ecdsa";
  readonly hash: SignatureHash;
}

const HASHES: Readonly<Record<string, { readonly hash: StrongHash; readonly bytes: number }>> = {
  "2.16.840.1.101.3.4.2.1": { hash: "sha256", bytes: 32 },
  "2.16.840.1.101.3.4.2.2": { hash: "sha384", bytes: 48 },
  "2.16.840.1.101.3.4.2.3": { hash: "sha512", bytes: 64 },
};

const PSS_OID = "1.2.840.113549.1.1.10";
const MGF1_OID = "1.2.840.113549.1.1.8";

/** The two weak ones are known so that tests can write them; `decodeSignatureAlgorithm` allows neither. */
const SCHEMES: Readonly<Record<string, CertificateSignature>> = {
  "1.2.840.113549.1.1.4": { scheme: "pkcs1", hash: "md5" },
  "1.2.840.113549.1.1.5": { scheme: "pkcs1", hash: "sha1" },
  "1.2.840.113549.1.1.11": { scheme: "pkcs1", hash: "sha256" },
  "1.2.840.113549.1.1.12": { scheme: "pkcs1", hash: "sha384" },
  "1.2.840.113549.1.1.13": { scheme: "pkcs1", hash: "sha512" },
  "1.2.840.10045.4.1": { scheme: "ecdsa", hash: "sha1" },
  "1.2.840.10045.4.3.2": { scheme: "ecdsa", hash: "sha256" },
  "1.2.840.10045.4.3.3": { scheme: "ecdsa", hash: "sha384" },
  "1.2.840.10045.4.3.4": { scheme: "ecdsa", hash: "sha512" },
};

const WEAK: ReadonlySet<string> = new Set(["md5", "sha1"]);

/** What an AlgorithmIdentifier means if it is allowed to sign certificates, else `undefined`. */
export function decodeSignatureAlgorithm(identifier: Uint8Array): CertificateSignature | undefined {
  return decodeDer(identifier, (reader) =>
    reader.sequence((algorithm) => {
      const oid = algorithm.oid();
      if (oid === PSS_OID) return algorithm.atEnd ? undefined : decodePss(algorithm);
      const known = SCHEMES[oid];
      // RFC 4055 5: RSA writes NULL, and its absence must be accepted. RFC 5758 3.2: ECDSA writes nothing.
      if (known?.scheme === "pkcs1" && !algorithm.atEnd) algorithm.null();
      if (known === undefined && !algorithm.atEnd) algorithm.any();
      return known === undefined || WEAK.has(known.hash) ? undefined : known;
    }),
  );
}

/** Allowed are SHA-2 throughout, one hash for both uses, and a salt as long as it; the defaults of RFC 4055 3.1 mean SHA-1. */
function decodePss(algorithm: DerReader): CertificateSignature | undefined {
  return algorithm.sequence((parameters) => {
    const hash = parameters.optional(0xa0, (reader) => reader.within(0xa0, decodeHash));
    const mask = parameters.optional(0xa1, (reader) => reader.within(0xa1, decodeMask));
    const salt = parameters.optional(0xa2, (reader) => reader.within(0xa2, (inside) => inside.smallInteger()));
    if (parameters.nextTag === 0xa3) throw new Malformed("der/default", "the default trailer field of RSASSA-PSS is written out");
    return hash !== undefined && mask?.hash === hash.hash && salt === hash.bytes ? { scheme: "pss", hash: hash.hash } : undefined;
  });
}

function decodeMask(reader: DerReader): { readonly hash: SignatureHash } | undefined {
  return reader.sequence((mask) => {
    const isMgf1 = mask.oid() === MGF1_OID;
    if (isMgf1) return decodeHash(mask);
    if (!mask.atEnd) mask.any();
    return undefined;
  });
}

/** The hash that an AlgorithmIdentifier means; `undefined` for one that is not allowed. Source: RFC 5754 2. */
export function decodeHash(reader: DerReader): { readonly hash: StrongHash; readonly bytes: number } | undefined {
  return reader.sequence((algorithm) => {
    const oid = algorithm.oid();
    if (!algorithm.atEnd) algorithm.null();
    return HASHES[oid];
  });
}

export function encodeSignatureAlgorithm({ scheme, hash }: CertificateSignature): Uint8Array {
  if (scheme === "pss") return encodePss(hash);
  const oid = Object.entries(SCHEMES).find(([, entry]) => entry.scheme === scheme && entry.hash === hash)?.[0];
  if (oid === undefined) throw new TypeError(`no identifier for ${scheme} with ${hash}`);
  return scheme === "pkcs1" ? encodeSequence(encodeOid(oid), encodeNull()) : encodeSequence(encodeOid(oid));
}

/** With NULL for parameters, as RFC 3161 and RFC 4055 write it. */
export function encodeHash(hash: StrongHash): Uint8Array {
  return encodeSequence(encodeOid(hashRow(hash)[0]), encodeNull());
}

function hashRow(hash: SignatureHash): readonly [oid: string, row: { readonly hash: StrongHash; readonly bytes: number }] {
  const found = Object.entries(HASHES).find(([, entry]) => entry.hash === hash);
  if (found === undefined) throw new TypeError(`no identifier for ${hash}`);
  return found;
}

function encodePss(hash: SignatureHash): Uint8Array {
  const [, row] = hashRow(hash);
  const digest = encodeHash(row.hash);
  const parameters = encodeSequence(
    encodeConstructed(0, digest),
    encodeConstructed(1, encodeSequence(encodeOid(MGF1_OID), digest)),
    encodeConstructed(2, encodeInteger(BigInt(row.bytes))),
  );
  return encodeSequence(encodeOid(PSS_OID), parameters);
}

/** How node:crypto is told of it; ECDSA values in certificates are DER, unlike those in envelopes. */
export function signatureOptions({ scheme }: CertificateSignature): { readonly padding?: number; readonly saltLength?: number } {
  return scheme === "pss" ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {};
}

/** False also where the key is of another kind than the algorithm. */
export function verifyCertificateSignature(
  algorithm: CertificateSignature,
  options: { readonly publicKey: KeyObject; readonly bytes: Uint8Array; readonly value: Uint8Array },
): boolean {
  const { publicKey, bytes, value } = options;
  if (publicKey.asymmetricKeyType !== (algorithm.scheme === "ecdsa" ? "ec" : "rsa")) return false;
  return verify(algorithm.hash, bytes, { key: publicKey, ...signatureOptions(algorithm) }, value);
}
