/** Private keys in cosign's encrypted form: JSON in PEM, scrypt, NaCl secretbox. Source: go-securesystemslib, `encrypted`; cosign, `pkg/cosign/keys.go`. */
import { createPrivateKey, type KeyObject, randomBytes, scrypt } from "node:crypto";
import { isObject } from "../core/descriptor.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { decodeBase64, encodeBase64 } from "../encoding/base64.ts";
import { decodeJson, encodeJson } from "../encoding/json.ts";
import { encodePem } from "../encoding/pem.ts";

const WRITTEN_LABEL = "ENCRYPTED SIGSTORE PRIVATE KEY";
/** As they stand after BEGIN; the second was written until cosign 2. */
export const COSIGN_LABELS: readonly string[] = [WRITTEN_LABEL, "ENCRYPTED COSIGN PRIVATE KEY"];

/** Any other cost is refused: a file could ask for all memory there is. */
const COSTS: ReadonlySet<unknown> = new Set([32_768, 65_536, 131_072]);
const WRITTEN_COST = 65_536;
const SCRYPT = { r: 8, p: 1 } as const;
const KEY_BYTES = 32;
const SALT_BYTES = 32;
const NONCE_BYTES = 24;

interface Sealed {
  readonly cost: number;
  readonly salt: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** `undefined` for a wrong passphrase, which may be empty. Throws `Malformed` for what is not of this form. */
export async function openCosignKey(bytes: Uint8Array, passphrase: string): Promise<KeyObject | undefined> {
  const { cost, salt, nonce, ciphertext } = readSealed(bytes);
  const { xsalsa20poly1305 } = await import("@noble/ciphers/salsa.js");
  const box = xsalsa20poly1305(await derive(passphrase, { cost, salt }), nonce);
  let key: Uint8Array;
  try {
    key = box.decrypt(ciphertext);
  } catch {
    // The one thing that it tells: the authenticator is another's.
    return undefined;
  }
  try {
    return createPrivateKey({ key: Buffer.from(key), format: "der", type: "pkcs8" });
  } catch (error) {
    // OpenSSL's refusals are plain errors; a TypeError would be our own mistake.
    if (!(error instanceof Error) || error instanceof TypeError) throw error;
    throw refuse("what is locked in it is no private key of a kind that is supported");
  }
}

function readSealed(bytes: Uint8Array): Sealed {
  const { kdf, cipher, ciphertext } = object(decodeJson(bytes, { maxBytes: LIMITS.keyFileBytes }));
  const { name, params, salt } = object(kdf);
  const { N, r, p } = object(params);
  if (name !== "scrypt" || typeof N !== "number" || !COSTS.has(N) || r !== SCRYPT.r || p !== SCRYPT.p) {
    throw refuse("its passphrase is not stretched as cosign does it");
  }
  const box = object(cipher);
  if (box["name"] !== "nacl/secretbox") throw refuse("it is not encrypted as cosign does it");
  const nonce = base64(box["nonce"]);
  if (nonce.length !== NONCE_BYTES) throw refuse("its nonce is not of 24 bytes");
  return { cost: N, salt: base64(salt), nonce, ciphertext: base64(ciphertext) };
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(value)) throw refuse("it lacks a member");
  return value;
}

function base64(value: unknown): Uint8Array {
  if (typeof value !== "string") throw refuse("it lacks a member");
  return decodeBase64(value);
}

function refuse(message: string): Malformed {
  return new Malformed("base64/invalid", message);
}

function derive(passphrase: string, { cost, salt }: Pick<Sealed, "cost" | "salt">): Promise<Uint8Array> {
  // Node's own bound is below the smallest of the costs: it takes 128 bytes for each of N times r, and a little.
  const options = { N: cost, ...SCRYPT, maxmem: 2 * 128 * cost * SCRYPT.r };
  return new Promise((done, fail) => {
    scrypt(passphrase, salt, KEY_BYTES, options, (error, key) => (error === null ? done(key) : fail(error)));
  });
}

/** In PEM, for cosign to read. */
export async function encodeCosignKey(key: KeyObject, passphrase: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const { xsalsa20poly1305 } = await import("@noble/ciphers/salsa.js");
  const box = xsalsa20poly1305(await derive(passphrase, { cost: WRITTEN_COST, salt }), nonce);
  const ciphertext = box.encrypt(key.export({ type: "pkcs8", format: "der" }));
  const document = {
    kdf: { name: "scrypt", params: { N: WRITTEN_COST, ...SCRYPT }, salt: encodeBase64(salt) },
    cipher: { name: "nacl/secretbox", nonce: encodeBase64(nonce) },
    ciphertext: encodeBase64(ciphertext),
  };
  return encodePem(WRITTEN_LABEL, encodeJson(document));
}
