/** One signature with one key: the six algorithms of the Notary Project, each in its one form. */
import { constants, type KeyObject, sign, verify } from "node:crypto";
import { algorithmForKey, algorithmRow, type SignatureAlgorithm } from "../core/algorithm.ts";
import { keyKindOf } from "./key-kind.ts";

// The salt is as long as the hash: RFC 7518 3.5, RFC 8230 2. Other lengths are not tried.
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
// r‖s, each as long as the curve's order: RFC 7518 3.4, RFC 9053 2.1.
const RAW_ECDSA = { dsaEncoding: "ieee-p1363" } as const;

/** False for a value that is not this key's over `bytes`, and for a key that another algorithm belongs to. */
export function verifySignature(options: {
  readonly algorithm: SignatureAlgorithm;
  readonly publicKey: KeyObject;
  readonly bytes: Uint8Array;
  readonly value: Uint8Array;
}): boolean {
  const { algorithm, publicKey, bytes, value } = options;
  const { key, hash } = algorithmRow(algorithm);
  const kind = keyKindOf(publicKey);
  if (algorithmForKey(kind) !== algorithm) return false;
  if (value.length !== (key.type === "ec" ? 2 * key.bytes : key.bits / 8)) return false;
  return verify(hash, bytes, { key: publicKey, ...(key.type === "ec" ? RAW_ECDSA : PSS) }, value);
}

export function signBytes(options: {
  readonly algorithm: SignatureAlgorithm;
  readonly privateKey: KeyObject;
  readonly bytes: Uint8Array;
}): Uint8Array {
  const { algorithm, privateKey, bytes } = options;
  const { key, hash } = algorithmRow(algorithm);
  return sign(hash, bytes, { key: privateKey, ...(key.type === "ec" ? RAW_ECDSA : PSS) });
}
