/** Makes certificates and certificate requests, good ones and, for tests, any wrong one that can be written down. */
import { type KeyObject, randomBytes, sign } from "node:crypto";
import { algorithmForKey, algorithmRow } from "../../core/algorithm.ts";
import { TAG } from "../../encoding/der-values.ts";
import {
  encodeBitString,
  encodeConstructed,
  encodeInteger,
  encodeOid,
  encodeSequence,
  encodeSetOf,
  encodeText,
  encodeTime,
} from "../../encoding/der-writer.ts";
import { keyKindOf } from "../key-kind.ts";
import { NAME_TYPES } from "../oids.ts";
import { encodeExtension } from "./extension-writer.ts";
import type { Extension } from "./extensions.ts";
import type { NameTemplate } from "./name.ts";
import { type CertificateSignature, encodeSignatureAlgorithm, signatureOptions } from "./signature-algorithm.ts";

export interface CertificateOptions {
  readonly subject: NameTemplate;
  readonly issuer: NameTemplate;
  /** The key that the certificate is for. */
  readonly publicKey: KeyObject;
  /** The issuer's private key. */
  readonly signingKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** In this order. None writes a certificate of version 1. */
  readonly extensions: readonly Extension[];
  /** Random, 127 bits, unless given. */
  readonly serial?: bigint;
  /** What goes with the signing key unless given; MD5 and SHA-1 are for tests that want a refusal. */
  readonly signature?: CertificateSignature;
}

/** A certificate in DER. */
export function createCertificate(options: CertificateOptions): Uint8Array {
  const signature = options.signature ?? signatureFor(options.signingKey);
  const extensions = options.extensions.map(encodeExtension);
  const tbs = encodeSequence(
    ...(extensions.length > 0 ? [encodeConstructed(0, encodeInteger(2n))] : []),
    encodeInteger(options.serial ?? randomSerial()),
    encodeSignatureAlgorithm(signature),
    encodeName(options.issuer),
    encodeSequence(encodeTime(options.notBefore), encodeTime(options.notAfter)),
    encodeName(options.subject),
    options.publicKey.export({ type: "spki", format: "der" }),
    ...(extensions.length > 0 ? [encodeConstructed(3, encodeSequence(...extensions))] : []),
  );
  return signStructure(tbs, options.signingKey, { signature });
}

const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

/** A PKCS#10 request in DER, signed by the key that it is for. Source: RFC 2986 4. */
export function createRequest(options: {
  readonly subject: NameTemplate;
  readonly publicKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly extensions?: readonly Extension[];
}): Uint8Array {
  const extensions = (options.extensions ?? []).map(encodeExtension);
  const attribute = encodeSequence(encodeOid(EXTENSION_REQUEST), encodeSetOf(encodeSequence(...extensions)));
  const request = encodeSequence(
    encodeInteger(0n),
    encodeName(options.subject),
    options.publicKey.export({ type: "spki", format: "der" }),
    encodeConstructed(0, ...(extensions.length > 0 ? [attribute] : [])),
  );
  return signStructure(request, options.signingKey, { signature: signatureFor(options.signingKey) });
}

/** PKCS#1 v1.5 for RSA, as every authority writes it; the hash that goes with the size of the key. */
function signatureFor(key: KeyObject): CertificateSignature {
  const kind = keyKindOf(key);
  const algorithm = algorithmForKey(kind);
  return { scheme: kind.type === "rsa" ? "pkcs1" : "ecdsa", hash: algorithm === undefined ? "sha256" : algorithmRow(algorithm).hash };
}

function signStructure(tbs: Uint8Array, key: KeyObject, { signature }: { readonly signature: CertificateSignature }): Uint8Array {
  const value = sign(signature.hash, tbs, { key, ...signatureOptions(signature) });
  return encodeSequence(tbs, encodeSignatureAlgorithm(signature), encodeBitString(value));
}

/** Positive and with 127 random bits, where RFC 5280 and the CA/Browser Forum ask for 64. */
function randomSerial(): bigint {
  return BigInt(`0x${randomBytes(16).toString("hex")}`) >> 1n;
}

const OIDS_BY_NAME: ReadonlyMap<string, string> = new Map(Object.entries(NAME_TYPES).map(([oid, name]) => [name, oid]));

function encodeName(name: NameTemplate): Uint8Array {
  return encodeSequence(
    ...name.map((attributes) =>
      encodeSetOf(
        ...attributes.map(({ type, value, tag }) =>
          encodeSequence(encodeOid(OIDS_BY_NAME.get(type) ?? type), encodeText(tag ?? TAG.utf8String, value)),
        ),
      ),
    ),
  );
}
