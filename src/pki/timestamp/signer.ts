/** Which certificate has signed a token: the one that the signed attributes name by its hash, and never another. Source: RFC 3161 2.4.2, RFC 5816, RFC 5035 4. */
import { hash } from "node:crypto";
import { Malformed } from "../../core/malformed.ts";
import { type DerReader, decodeDer } from "../../encoding/der-reader.ts";
import { TAG } from "../../encoding/der-values.ts";
import { type Certificate, publicKeyOf } from "../x509/certificate.ts";
import { decodeHash, type StrongHash, verifyCertificateSignature } from "../x509/signature-algorithm.ts";
import { CMS_OIDS, SIGNING_CERTIFICATE_V2, TST_INFO } from "./oids.ts";
import type { CertificateId, SignedToken } from "./signed-token.ts";

/** A token whose signature is that of `signer`, of whom nothing is known yet. */
export interface SelfConsistent {
  readonly signer: Certificate;
  /** The CMS attribute, beside the time of the token itself; absent as a rule. */
  readonly signingTime?: Date;
}

/**
 * Throws `Malformed` unless the token is signed by the key of the certificate that it names; `others` may hold that
 * certificate where the token does not. The same one then answers every further question: one that was chosen anew
 * could be another (CVE-2026-39984).
 */
export function verifyTokenSignature(token: SignedToken, others: readonly Certificate[]): SelfConsistent {
  const { content, certificates, signer } = token;
  if (attribute(token, CMS_OIDS.contentType, (reader) => reader.oid()) !== TST_INFO) {
    throw invalid("its signed attributes are for content of another type");
  }
  const digest = attribute(token, CMS_OIDS.messageDigest, (reader) => reader.octetString());
  if (!sameBytes(digest, hash(signer.contentHash, content, "buffer"))) throw invalid("its content is not what was signed");
  const certificate = findSigner(token, [...certificates, ...others]);
  const { algorithm, signedAttributes: bytes, value } = signer;
  if (!verifyCertificateSignature(algorithm, { publicKey: publicKeyOf(certificate), bytes, value })) {
    throw invalid("its signature is not that of the certificate that it names");
  }
  const signingTime = token.signer.attributes.get(CMS_OIDS.signingTime);
  return { signer: certificate, ...(signingTime === undefined ? {} : { signingTime: decodeDer(signingTime, (reader) => reader.time()) }) };
}

function attribute<T>({ signer }: SignedToken, type: string, decode: (reader: DerReader) => T): T {
  const value = signer.attributes.get(type);
  if (value === undefined) throw invalid(`it has no signed attribute ${type}`);
  return decodeDer(value, decode);
}

function findSigner(token: SignedToken, certificates: readonly Certificate[]): Certificate {
  // The older SigningCertificate names it by SHA-1, and is no substitute.
  const named = attribute(token, SIGNING_CERTIFICATE_V2, decodeSigningCertificate);
  const found = certificates.find(({ der }) => sameBytes(hash(named.hash, der, "buffer"), named.digest));
  if (found === undefined) throw invalid("the certificate that has signed it is not there");
  // Both other places that name a certificate must mean this one, the unsigned one too.
  for (const id of [token.signer.id, ...(named.id === undefined ? [] : [named.id])]) {
    if (!sameBytes(id.issuer, found.issuer.der) || id.serial !== found.serial)
      throw invalid("it names two different certificates as its signer's");
  }
  return found;
}

interface NamedCertificate {
  readonly hash: StrongHash;
  readonly digest: Uint8Array;
  readonly id?: CertificateId;
}

/** Of several, the first is the signer's. */
function decodeSigningCertificate(reader: DerReader): NamedCertificate {
  return reader.sequence((attributeValue) => {
    const [first] = attributeValue.sequenceOf(decodeCertificateHash);
    if (first === undefined) throw invalid("it names no certificate as its signer's");
    attributeValue.optional(TAG.sequence, (policies) => policies.any());
    return first;
  });
}

function decodeCertificateHash(reader: DerReader): NamedCertificate {
  return reader.sequence((item) => {
    // SHA-256 is the default, which real authorities write out.
    const named = item.nextTag === TAG.sequence ? decodeHash(item)?.hash : "sha256";
    const digest = item.octetString();
    const id = item.optional(TAG.sequence, (issuerSerial) => issuerSerial.sequence(decodeIssuerSerial));
    if (named === undefined) throw invalid("it names its signer's certificate by a hash that is not allowed");
    return { hash: named, digest, ...(id === undefined ? {} : { id }) };
  });
}

/** The issuer is one directory name among general names. */
function decodeIssuerSerial(reader: DerReader): CertificateId {
  const issuer = reader.sequence((names) => names.within(0xa4, (name) => name.element(TAG.sequence).bytes));
  return { issuer, serial: Buffer.from(reader.integerBytes()).toString("hex") };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function invalid(state: string): Malformed {
  return new Malformed("time/timestamp-invalid", `the timestamp does not verify: ${state}`);
}
