/** A timestamp token as CMS carries it, taken apart and not yet believed: what was signed stays the bytes received. Source: RFC 5652 5, RFC 3161 2.4.2. */
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { type BerElement, type BerReader, decodeBer } from "../../encoding/ber-reader.ts";
import { type DerReader, decodeDer } from "../../encoding/der-reader.ts";
import { decodeOid, decodeSmallInteger, TAG } from "../../encoding/der-values.ts";
import { KEY_OIDS } from "../oids.ts";
import { type Certificate, decodeCertificate } from "../x509/certificate.ts";
import { type CertificateSignature, decodeHash, decodeSignatureAlgorithm, type StrongHash } from "../x509/signature-algorithm.ts";
import { CMS_OIDS, TST_INFO } from "./oids.ts";

export interface SignedToken {
  /** The TSTInfo, as it was signed. */
  readonly content: Uint8Array;
  /** Those that can be read; nothing is said about any of them. */
  readonly certificates: readonly Certificate[];
  readonly signer: {
    /** The signer's certificate by its issuer's name in DER and its serial number in hex; not signed. */
    readonly id: CertificateId;
    readonly contentHash: StrongHash;
    readonly algorithm: CertificateSignature;
    readonly value: Uint8Array;
    /** The bytes that the value is over. */
    readonly signedAttributes: Uint8Array;
    /** Type to the DER of its one value. */
    readonly attributes: ReadonlyMap<string, Uint8Array>;
  };
}

export interface CertificateId {
  readonly issuer: Uint8Array;
  readonly serial: string;
}

/** Throws `Malformed`. */
export function decodeSignedToken(token: Uint8Array): SignedToken {
  if (token.length > LIMITS.timestampBytes) throw new Malformed("time/timestamp-malformed", "a timestamp is larger than any real one");
  return decodeBer(token, (reader) =>
    reader.sequence((info) => {
      if (oidOf(info) !== CMS_OIDS.signedData) throw new Malformed("time/timestamp-malformed", "a timestamp is no signed data");
      return info.within(0xa0, (content) => content.sequence(decodeSignedData));
    }),
  );
}

function decodeSignedData(data: BerReader): SignedToken {
  // What is signed is no plain data, and so the version is 3; later ones are for kinds of certificates that are not read here.
  refuseOtherVersion(data, 3);
  data.element(TAG.set);
  const content = data.sequence((encapsulated) => {
    if (oidOf(encapsulated) !== TST_INFO) throw new Malformed("time/timestamp-malformed", "what is signed is no timestamp");
    return encapsulated.within(0xa0, (inside) => inside.octetString());
  });
  const encoded = data.optional(0xa0, (reader) => reader.members(0xa0)) ?? [];
  data.optional(0xa1, (lists) => lists.any());
  const signer = data.within(TAG.set, (signers) => {
    const only = signers.sequence(decodeSigner);
    // RFC 3161 2.4.2: no signature but the authority's.
    if (!signers.atEnd) throw new Malformed("time/timestamp-malformed", "a timestamp has several signers");
    return only;
  });
  return { content, certificates: readable(encoded), signer };
}

/** What a stranger adds to the set, which is not signed, must not spoil it. */
function readable(encoded: readonly BerElement[]): readonly Certificate[] {
  if (encoded.length > LIMITS.timestampCertificates) {
    throw new Malformed("time/timestamp-malformed", `a timestamp has more than ${LIMITS.timestampCertificates} certificates`);
  }
  return encoded.flatMap(({ tag, bytes }) => {
    // Those of other kinds have tags of their own.
    if (tag !== TAG.sequence) return [];
    try {
      return [decodeCertificate(bytes)];
    } catch (error) {
      if (error instanceof Malformed) return [];
      throw error;
    }
  });
}

function decodeSigner(info: BerReader): SignedToken["signer"] {
  // Version 1 names its certificate by issuer and serial number.
  refuseOtherVersion(info, 1);
  const id = decodeDer(info.element(TAG.sequence).bytes, decodeCertificateId);
  const contentHash = decodeDer(info.element(TAG.sequence).bytes, decodeHash)?.hash;
  if (contentHash === undefined) throw new Malformed("time/timestamp-invalid", "the timestamp's hash is none of SHA-256, SHA-384, SHA-512");
  const signedAttributes = asSet(info.element(0xa0).bytes);
  const algorithm = algorithmOf(info.element(TAG.sequence).bytes, contentHash);
  const value = info.octetString();
  info.optional(0xa1, (unsigned) => unsigned.any());
  return { id, contentHash, algorithm, value, signedAttributes, attributes: decodeDer(signedAttributes, decodeAttributes) };
}

function decodeCertificateId(reader: DerReader): CertificateId {
  return reader.sequence((id) => ({ issuer: id.element(TAG.sequence).bytes, serial: Buffer.from(id.integerBytes()).toString("hex") }));
}

/** They are signed under the tag of a set and sent under another. Source: RFC 5652 5.4. */
function asSet(implicit: Uint8Array): Uint8Array {
  const set = Uint8Array.from(implicit);
  set[0] = TAG.set;
  return set;
}

/** Their order, which real authorities have wrong, decides nothing: each stands there once, with one value. */
function decodeAttributes(reader: DerReader): ReadonlyMap<string, Uint8Array> {
  return reader.within(TAG.set, (set) => {
    const found = new Map<string, Uint8Array>();
    while (!set.atEnd) {
      const [type, value] = set.sequence((attribute) => [attribute.oid(), attribute.within(TAG.set, (values) => values.any().bytes)]);
      if (found.has(type)) throw new Malformed("time/timestamp-malformed", "a signed attribute stands there twice");
      found.set(type, value);
    }
    return found;
  });
}

/** RFC 5652 10.1.2, RFC 3370 3.2: plain RSA leaves the hash to the field before. */
function algorithmOf(identifier: Uint8Array, contentHash: StrongHash): CertificateSignature {
  const isPlainRsa = decodeDer(identifier, (reader) =>
    reader.sequence((algorithm) => {
      const isRsa = algorithm.oid() === KEY_OIDS.rsaEncryption;
      if (!algorithm.atEnd) algorithm.any();
      return isRsa;
    }),
  );
  const known = isPlainRsa ? { scheme: "pkcs1" as const, hash: contentHash } : decodeSignatureAlgorithm(identifier);
  if (known === undefined) throw new Malformed("time/timestamp-invalid", "the timestamp is signed with an algorithm that is not allowed");
  return known;
}

function oidOf(reader: BerReader): string {
  return decodeOid(reader.element(TAG.oid).content);
}

function refuseOtherVersion(reader: BerReader, wanted: number): void {
  const version = decodeSmallInteger(reader.element(TAG.integer).content);
  if (version !== wanted)
    throw new Malformed("time/timestamp-malformed", `a structure of a timestamp is of version ${version}, not ${wanted}`);
}
