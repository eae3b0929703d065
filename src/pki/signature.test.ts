import assert from "node:assert/strict";
import { constants, generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { ALGORITHMS, type SignatureAlgorithm } from "../core/algorithm.ts";
import { signBytes, verifySignature } from "./signature.ts";
import { createKeyPair, KEY_TYPES, type KeyPair } from "./key-pair.ts";

const BYTES = Buffer.from("what is signed");
const TYPES: Readonly<Record<SignatureAlgorithm, (typeof KEY_TYPES)[number]>> = {
  PS256: "rsa-2048",
  PS384: "rsa-3072",
  PS512: "rsa-4096",
  ES256: "ec-256",
  ES384: "ec-384",
  ES512: "ec-521",
};

const keys = new Map<SignatureAlgorithm, KeyPair>();
for (const { name } of ALGORITHMS) keys.set(name, await createKeyPair(TYPES[name]));

function pair(algorithm: SignatureAlgorithm): KeyPair {
  const found = keys.get(algorithm);
  assert.ok(found);
  return found;
}

for (const { name: algorithm, key } of ALGORITHMS) {
  test(`${algorithm} signs, and only these bytes by this key under this name verify`, () => {
    const { publicKey, privateKey } = pair(algorithm);
    const value = signBytes({ algorithm, privateKey, bytes: BYTES });
    assert.equal(value.length, key.type === "ec" ? 2 * key.bytes : key.bits / 8);
    const good = { algorithm, publicKey, bytes: BYTES, value };
    assert.equal(verifySignature(good), true);
    assert.equal(verifySignature({ ...good, bytes: Buffer.from("what is signeD") }), false);
    assert.equal(verifySignature({ ...good, value: value.with(5, (value[5] ?? 0) ^ 1) }), false);
    assert.equal(verifySignature({ ...good, value: value.subarray(1) }), false);
    assert.equal(verifySignature({ ...good, value: Buffer.concat([value, Buffer.of(0)]) }), false);
    assert.equal(verifySignature({ ...good, value: Buffer.concat([Buffer.of(0), value]) }), false);
    assert.equal(verifySignature({ ...good, value: new Uint8Array(value.length) }), false);
    assert.equal(verifySignature({ ...good, value: new Uint8Array() }), false);
    for (const { name: other } of ALGORITHMS) {
      if (other === algorithm) continue;
      assert.equal(verifySignature({ ...good, algorithm: other }), false, other);
      assert.equal(verifySignature({ ...good, publicKey: pair(other).publicKey }), false, other);
    }
  });
}

test("RSASSA-PSS with another salt, and PKCS#1 v1.5, are not ours", () => {
  const { publicKey, privateKey } = pair("PS256");
  for (const saltLength of [0, 20, constants.RSA_PSS_SALTLEN_MAX_SIGN]) {
    const value = sign("sha256", BYTES, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
    assert.equal(verifySignature({ algorithm: "PS256", publicKey, bytes: BYTES, value }), false, String(saltLength));
  }
  const value = sign("sha256", BYTES, { key: privateKey, padding: constants.RSA_PKCS1_PADDING });
  assert.equal(verifySignature({ algorithm: "PS256", publicKey, bytes: BYTES, value }), false);
});

test("ECDSA in DER, as certificates have it, is not ours", () => {
  const { publicKey, privateKey } = pair("ES256");
  const value = sign("sha256", BYTES, privateKey);
  assert.equal(verifySignature({ algorithm: "ES256", publicKey, bytes: BYTES, value }), false);
});

test("keys of other kinds verify nothing", () => {
  const value = new Uint8Array(64);
  const others = [
    generateKeyPairSync("ed25519"),
    generateKeyPairSync("ec", { namedCurve: "secp256k1" }),
    generateKeyPairSync("rsa-pss", { modulusLength: 2048 }),
    generateKeyPairSync("rsa", { modulusLength: 1024 }),
  ];
  for (const { publicKey } of others) {
    for (const { name: algorithm } of ALGORITHMS) assert.equal(verifySignature({ algorithm, publicKey, bytes: BYTES, value }), false);
  }
});
