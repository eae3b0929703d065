import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import * as openpgp from "openpgp";
import { decodePgpArmour, openPgpFingerprint } from "./openpgp.ts";

const FILE = join(import.meta.dirname, "..", "..", "tests", "fixtures", "policy-documents", "keys", "ana.asc");

function decode(text: string, label = "PUBLIC KEY BLOCK"): Uint8Array {
  const bytes = decodePgpArmour(text.replaceAll("\r\n", "\n"), { label, maxBytes: 100_000 });
  assert.ok(bytes !== undefined);
  return bytes;
}

test("the fingerprint of what gpg exports is what gpg shows", () => {
  assert.deepEqual(openPgpFingerprint(decode(readFileSync(FILE, "utf8"))), { fingerprint: "5DFC62C2D67516DC41F6232A0B1973A34D7867AB" });
});

test("fingerprints are those of the package, whatever kind and version the key is of", async () => {
  for (const [type, v6Keys] of [
    ["rsa", false],
    ["ecc", false],
    ["curve25519", true],
    ["curve448", true],
  ] as const) {
    const { privateKey, publicKey } = await openpgp.generateKey({
      userIDs: [{ name: "Eva" }],
      type,
      format: "object",
      ...(type === "rsa" ? { rsaBits: 2048 } : {}),
      config: { v6Keys },
    });
    assert.deepEqual(openPgpFingerprint(publicKey.write()), { fingerprint: publicKey.getFingerprint().toUpperCase() });
    assert.deepEqual(openPgpFingerprint(decode(publicKey.armor())), { fingerprint: publicKey.getFingerprint().toUpperCase() });
    assert.deepEqual(openPgpFingerprint(privateKey.write()), { holds: "a private key" });
    const two = Buffer.concat([publicKey.write(), publicKey.write()]);
    assert.deepEqual(openPgpFingerprint(two), { holds: "several public keys" });
  }
});

test("what is no key is told, and its lengths are not believed", () => {
  for (const bytes of [
    [],
    [0x00],
    [0x98],
    [0x98, 0x05, 0x04],
    [0x9b, 0x04],
    [0xc6, 0xff, 0xff, 0xff, 0xff, 0xff],
    [0xc6, 0xff, 0x01],
    [0xc6, 0xe1, 0x04, 0x00],
    [0xc6, 0xc0],
  ])
    assert.deepEqual(openPgpFingerprint(Uint8Array.from(bytes)), { holds: "what is no key" }, String(bytes));
  assert.deepEqual(openPgpFingerprint(Uint8Array.of(0x88, 0x01, 0x04)), { holds: "what does not begin with a public key" });
  assert.deepEqual(openPgpFingerprint(Uint8Array.of(0x98, 0x01, 0x03)), { holds: "a key of version 3, and 4 and 6 are read" });
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void openPgpFingerprint(bytes)));
});

test("armour is one block, and says what it is of", () => {
  const text = readFileSync(FILE, "utf8");
  const options = { label: "PUBLIC KEY BLOCK", maxBytes: 100_000 };
  assert.equal(decodePgpArmour(`${text}${text}`, options), undefined);
  assert.equal(decodePgpArmour(text, { ...options, label: "SIGNATURE" }), undefined);
  assert.equal(decodePgpArmour(text, { ...options, maxBytes: text.length - 1 }), undefined);
  assert.equal(decodePgpArmour(text.replace("\n\n", "\n"), options), undefined);
  assert.equal(decodePgpArmour(text.replace("\n\n", "\nno header\n\n"), options), undefined);
  assert.equal(decodePgpArmour(text.replace("mDM", "mD*"), options), undefined);
});
