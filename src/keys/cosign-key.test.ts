import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { test } from "node:test";
import { CountersignError } from "../core/errors.ts";
import { decodePem, encodePem } from "../encoding/pem.ts";
import { encodeCosignKey, openCosignKey } from "./cosign-key.ts";
import { openPrivateKey } from "./private-key.ts";
import { passphraseOfEnvironment } from "./passphrase.ts";

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const sealed = bytesOf(await encodeCosignKey(privateKey, "a passphrase"));

function bytesOf(pem: string): Uint8Array {
  const [block, ...others] = decodePem(pem);
  assert.ok(block);
  assert.deepEqual([block.label, others.length], ["ENCRYPTED SIGSTORE PRIVATE KEY", 0]);
  return block.bytes;
}

type Parts = { kdf: { params: Record<string, unknown> } & Record<string, unknown>; cipher: Record<string, unknown>; ciphertext: unknown };

function changed(change: (parts: Parts) => void): Uint8Array {
  const parts = JSON.parse(Buffer.from(sealed).toString("utf8")) as Parts;
  change(parts);
  return Buffer.from(JSON.stringify(parts));
}

function isOurs(key: KeyObject | undefined): boolean {
  return key?.equals(privateKey) === true;
}

test("what is sealed opens with its passphrase and no other; the passphrase may be empty", async () => {
  assert.ok(isOurs(await openCosignKey(sealed, "a passphrase")));
  for (const wrong of ["", "another"]) assert.equal(await openCosignKey(sealed, wrong), undefined);
  const open = bytesOf(await encodeCosignKey(privateKey, ""));
  assert.ok(isOurs(await openCosignKey(open, "")));
  assert.equal(await openCosignKey(open, " "), undefined);
});

test("each key is sealed with a salt and a nonce of its own", async () => {
  const again = bytesOf(await encodeCosignKey(privateKey, "a passphrase"));
  const [one, other] = [sealed, again].map((bytes) => JSON.parse(Buffer.from(bytes).toString("utf8")) as Parts);
  assert.notEqual(one?.kdf["salt"], other?.kdf["salt"]);
  assert.notEqual(one?.cipher["nonce"], other?.cipher["nonce"]);
  assert.deepEqual(one?.kdf.params, { N: 65_536, r: 8, p: 1 });
});

test("of the costs of scrypt three are known; any other is refused before a passphrase is stretched", async () => {
  for (const N of [32_768, 131_072]) {
    // With another cost the key is another, so it is the box that does not open.
    assert.equal(
      await openCosignKey(
        changed(({ kdf }) => void (kdf.params["N"] = N)),
        "a passphrase",
      ),
      undefined,
    );
  }
  // The cheapest first: where it is not refused, nobody waits for the dearest.
  for (const params of [{ N: 16_384 }, { N: 1_048_576 }, { N: 65_535 }, { N: 2 }, { N: "65536" }, { r: 16 }, { p: 2 }, { N: undefined }]) {
    await assert.rejects(
      openCosignKey(
        changed(({ kdf }) => void Object.assign(kdf.params, params)),
        "",
      ),
      { code: "base64/invalid" },
    );
  }
});

test("what is no such key is refused, and a changed one does not open", async () => {
  for (const change of [
    (parts: Parts) => void (parts.kdf["name"] = "pbkdf2"),
    (parts: Parts) => void (parts.cipher["name"] = "aes"),
    (parts: Parts) => void (parts.cipher["nonce"] = "AA=="),
    (parts: Parts) => void (parts.ciphertext = 7),
    (parts: Parts) => void (parts.ciphertext = "%"),
    (parts: Parts) => void Object.assign(parts, { kdf: null }),
  ]) {
    await assert.rejects(openCosignKey(changed(change), "a passphrase"), { code: "base64/invalid" });
  }
  for (const change of [
    (parts: Parts) => void (parts.ciphertext = "AA=="),
    (parts: Parts) => void (parts.ciphertext = String(parts.ciphertext).replace(/^./, (first) => (first === "A" ? "B" : "A"))),
  ]) {
    assert.equal(await openCosignKey(changed(change), "a passphrase"), undefined);
  }
});

test("as a key file: the older label too, and a passphrase of its own", async () => {
  const old = Buffer.from(encodePem("ENCRYPTED COSIGN PRIVATE KEY", sealed));
  const asked: unknown[] = [];
  const ask = async (form?: "cosign"): Promise<string> => {
    asked.push(form);
    return "a passphrase";
  };
  assert.ok(isOurs((await openPrivateKey(old, { name: "old.key", passphrase: ask })).key));
  assert.deepEqual(asked, ["cosign"]);
  const refused = (passphrase: string, code: string, bytes: Uint8Array = old): Promise<void> =>
    assert.rejects(openPrivateKey(bytes, { name: "old.key", passphrase: async () => passphrase }), (error) => {
      return error instanceof CountersignError && error.code === code && !error.message.includes("a passphrase");
    });
  await refused("wrong", "key/passphrase");
  await assert.rejects(openPrivateKey(old, { name: "old.key" }), (error) => {
    return error instanceof CountersignError && error.code === "key/passphrase" && error.remedy.includes("COSIGN_PASSWORD");
  });
  await refused("a passphrase", "key/invalid", Buffer.from(encodePem("ENCRYPTED COSIGN PRIVATE KEY", Buffer.from("{}"))));
});

test("a key that is in cosign's form and no PKCS#8 within is damaged, and not another's", async () => {
  const { xsalsa20poly1305 } = await import("@noble/ciphers/salsa.js");
  const { scryptSync } = await import("node:crypto");
  const parts = JSON.parse(Buffer.from(sealed).toString("utf8")) as Parts;
  const key = scryptSync("x", Buffer.from(String(parts.kdf["salt"]), "base64"), 32, { N: 65_536, r: 8, p: 1, maxmem: 2 ** 28 });
  const box = xsalsa20poly1305(key, Buffer.from(String(parts.cipher["nonce"]), "base64"));
  const bytes = changed((one) => void (one.ciphertext = Buffer.from(box.encrypt(Buffer.from("no key"))).toString("base64")));
  const file = Buffer.from(encodePem("ENCRYPTED SIGSTORE PRIVATE KEY", bytes));
  await assert.rejects(openPrivateKey(file, { name: "k", passphrase: async () => "x" }), { code: "key/invalid" });
});

test("the environment: cosign's variable is for its keys alone, and may be empty", () => {
  const both = { COUNTERSIGN_PASSPHRASE: "ours", COSIGN_PASSWORD: "theirs" };
  assert.deepEqual([passphraseOfEnvironment(both), passphraseOfEnvironment(both, "cosign")], ["ours", "theirs"]);
  assert.equal(passphraseOfEnvironment({ COSIGN_PASSWORD: "" }, "cosign"), "");
  assert.equal(passphraseOfEnvironment({ COUNTERSIGN_PASSPHRASE: "ours" }, "cosign"), "ours");
  assert.equal(passphraseOfEnvironment({ COSIGN_PASSWORD: "theirs", COUNTERSIGN_PASSPHRASE: "" }), undefined);
});
