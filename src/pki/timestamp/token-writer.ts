/** Writes what a timestamp authority answers: a token, signed as CMS, or why there is none. Source: RFC 3161 2.4.2, RFC 5816, RFC 5652 5. */
import { hash as hashOf, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import { algorithmForKey, algorithmRow } from "../../core/algorithm.ts";
import {
  encodeConstructed,
  encodeFractionalTime,
  encodeInteger,
  encodeNamedBits,
  encodeOctetString,
  encodeOid,
  encodePrimitive,
  encodeSequence,
  encodeSetOf,
  encodeText,
  encodeTime,
} from "../../encoding/der-writer.ts";
import { TAG } from "../../encoding/der-values.ts";
import { type Certificate, isSelfSigned } from "../x509/certificate.ts";
import { encodeHash, encodeSignatureAlgorithm, type StrongHash } from "../x509/signature-algorithm.ts";
import { FAILURES, type TimestampFailure } from "./failures.ts";
import { CMS_OIDS, SIGNING_CERTIFICATE_V2, TST_INFO } from "./oids.ts";
import type { TimestampQuery } from "./query.ts";

export interface TokenSigner {
  /** The certificate of the key, then those above it; with the root or without. */
  readonly chain: readonly [Certificate, ...Certificate[]];
  readonly scheme: "pkcs1" | "ecdsa";
  readonly hash: StrongHash;
  /** RSA with PKCS #1 v1.5, as what reads timestamps expects it, or ECDSA in DER. */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

const signLater = promisify(sign);

/** For a key that goes with the first certificate. Throws `TypeError` for one that no certificate of the profile can have. */
export function createTokenSigner(key: KeyObject, chain: readonly [Certificate, ...Certificate[]]): TokenSigner {
  const { keyKind } = chain[0];
  const algorithm = algorithmForKey(keyKind);
  if (algorithm === undefined) throw new TypeError("a key of this kind signs no timestamps");
  const { hash } = algorithmRow(algorithm);
  return {
    chain,
    scheme: keyKind.type === "rsa" ? "pkcs1" : "ecdsa",
    hash,
    // In a thread of its own: an RSA key of 4096 bits takes milliseconds.
    sign: (bytes) => signLater(hash, bytes, key),
  };
}

export interface TokenContent {
  readonly query: TimestampQuery;
  /** Never the same twice, and positive. */
  readonly serial: bigint;
  readonly time: Date;
  /** How far the time may be off, in milliseconds, at least 1. */
  readonly accuracyMs: number;
  /** The object identifier under which the authority works. */
  readonly policy: string;
}

/** The whole answer, with the token. */
export async function encodeGranted(content: TokenContent, signer: TokenSigner): Promise<Uint8Array> {
  const token = await encodeToken(content, signer);
  return encodeSequence(encodeSequence(encodeInteger(0n)), token);
}

/** The whole answer, without a token. */
export function encodeRefused(failure: TimestampFailure, message: string): Uint8Array {
  const [bit] = FAILURES[failure];
  return encodeSequence(encodeSequence(encodeInteger(2n), encodeSequence(encodeText(TAG.utf8String, message)), encodeNamedBits([bit])));
}

async function encodeToken(content: TokenContent, signer: TokenSigner): Promise<Uint8Array> {
  const info = encodeInfo(content);
  const attributes = [
    encodeAttribute(CMS_OIDS.contentType, encodeOid(TST_INFO)),
    encodeAttribute(CMS_OIDS.signingTime, encodeTime(content.time)),
    encodeAttribute(CMS_OIDS.messageDigest, encodeOctetString(hashOf(signer.hash, info, "buffer"))),
    encodeAttribute(SIGNING_CERTIFICATE_V2, encodeSigningCertificate(signer.chain[0])),
  ];
  const signed = encodeSetOf(...attributes);
  const value = await signer.sign(signed);
  const signedData = encodeSequence(
    encodeInteger(3n),
    encodeSetOf(encodeHash(signer.hash)),
    encodeSequence(encodeOid(TST_INFO), encodeConstructed(0, encodeOctetString(info))),
    ...(content.query.wantsCertificates ? [encodeConstructed(0, ...sentCertificates(signer).toSorted(Buffer.compare))] : []),
    encodeSetOf(
      encodeSequence(
        encodeInteger(1n),
        encodeSequence(signer.chain[0].issuer.der, encodeSerial(signer.chain[0])),
        encodeHash(signer.hash),
        // Sent under another tag than the one that is signed; they are sorted the same. Source: RFC 5652 5.4.
        encodeConstructed(0, ...attributes.toSorted(Buffer.compare)),
        encodeSignatureAlgorithm(signer),
        encodeOctetString(value),
      ),
    ),
  );
  return encodeSequence(encodeOid(CMS_OIDS.signedData), encodeConstructed(0, signedData));
}

function encodeInfo({ query, serial, time, accuracyMs, policy }: TokenContent): Uint8Array {
  return encodeSequence(
    encodeInteger(1n),
    encodeOid(policy),
    query.imprint,
    encodeInteger(serial),
    encodeFractionalTime(time),
    encodeAccuracy(accuracyMs),
    ...(query.nonce === undefined ? [] : [query.nonce]),
  );
}

/** A part that is zero is left out. */
function encodeAccuracy(accuracyMs: number): Uint8Array {
  const [seconds, millis] = [Math.floor(accuracyMs / 1000), accuracyMs % 1000];
  return encodeSequence(
    ...(seconds === 0 ? [] : [encodeInteger(BigInt(seconds))]),
    // [0] in place of the tag of an INTEGER: two bytes of content hold 1 to 999.
    ...(millis === 0 ? [] : [encodePrimitive(0, encodeInteger(BigInt(millis)).subarray(2))]),
  );
}

/** By its hash, which is SHA-256 where none is named, and by its issuer and serial number. Source: RFC 5035 4. */
function encodeSigningCertificate(certificate: Certificate): Uint8Array {
  const issuer = encodeSequence(encodeConstructed(4, certificate.issuer.der));
  const named = encodeSequence(
    encodeOctetString(hashOf("sha256", certificate.der, "buffer")),
    encodeSequence(issuer, encodeSerial(certificate)),
  );
  return encodeSequence(encodeSequence(named));
}

function encodeSerial({ serial }: Certificate): Uint8Array {
  return encodeInteger(BigInt(`0x${serial}`));
}

function encodeAttribute(type: string, value: Uint8Array): Uint8Array {
  return encodeSequence(encodeOid(type), encodeSetOf(value));
}

/** Without the root: whoever believes it has it. */
function sentCertificates({ chain: [own, ...above] }: TokenSigner): readonly Uint8Array[] {
  return [own, ...above.filter((certificate) => !isSelfSigned(certificate))].map(({ der }) => der);
}
