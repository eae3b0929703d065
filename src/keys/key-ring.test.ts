import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CountersignError, type ErrorCode } from "../core/errors.ts";
import { decodePem, encodePem } from "../encoding/pem.ts";
import { KEY_TYPES } from "../pki/key-pair.ts";
import { createTestChain } from "../pki/x509/throw-away-chain.ts";
import { loadSigner } from "./file-signer.ts";
import { type KeyRing, openKeyRing } from "./key-ring.ts";
import { resolveKey } from "./resolve.ts";

const root = mkdtempSync(join(tmpdir(), "countersign-ring-"));
after(() => rmSync(root, { recursive: true }));

let rings = 0;
function freshRing(options: { notation?: string } = {}): KeyRing {
  rings += 1;
  return openKeyRing(join(root, `ring-${rings}`, "keys"), options);
}

async function refused(code: ErrorCode, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof CountersignError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

function pemOf(certificates: readonly Uint8Array[]): string {
  return certificates.map((der) => encodePem("CERTIFICATE", der)).join("");
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

const PASSPHRASE = "open sesame";
const ask = async (): Promise<string> => PASSPHRASE;

test("a key of each kind is made, listed, exported and removed", async () => {
  const ring = freshRing();
  assert.deepEqual(await ring.list(), []);
  for (const type of KEY_TYPES) {
    const { kind, isEncrypted } = await ring.generate(type, { type });
    assert.equal(kind, type.toUpperCase());
    assert.equal(isEncrypted, false);
  }
  assert.deepEqual(
    (await ring.list()).map(({ name }) => name),
    [...KEY_TYPES].sort(),
  );
  const file = join(ring.folder, "ec-256.key");
  assert.equal(modeOf(file), 0o600);
  assert.equal(modeOf(ring.folder), 0o700);
  const exported = createPublicKey(await ring.export("ec-256", { what: "public-key" }));
  assert.ok(exported.equals(createPublicKey(readFileSync(file))));
  await refused("key/certificate", ring.export("ec-256", { what: "certificates" }));
  await ring.remove("ec-256");
  assert.equal(await ring.find("ec-256"), undefined);
  await refused("key/not-found", ring.remove("ec-256"));
  await refused("key/not-found", ring.export("ec-256", { what: "public-key" }));
  assert.ok(
    readdirSync(ring.folder).every((name) => name.endsWith(".key")),
    "a temporary file was left",
  );
});

test("a key with a passphrase is written in a form that others open, and opens only with it", async () => {
  const ring = freshRing();
  const entry = await ring.generate("locked", { type: "ec-256", passphrase: PASSPHRASE });
  assert.deepEqual([entry.isEncrypted, entry.kind], [true, "EC-256"]);
  const pem = await ring.export("locked", { what: "unsafe-private-key" });
  assert.match(pem, /^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
  assert.equal(createPrivateKey({ key: pem, passphrase: PASSPHRASE }).asymmetricKeyType, "ec");
  assert.throws(() => createPrivateKey({ key: pem, passphrase: "other" }));
  await refused("key/passphrase", ring.export("locked", { what: "public-key" }));
  assert.match(await ring.export("locked", { what: "public-key", passphrase: ask }), /BEGIN PUBLIC KEY/);
});

test("an existing key is never overwritten, not even by one of many at once", async () => {
  const ring = freshRing();
  const made = await Promise.allSettled(Array.from({ length: 8 }, () => ring.generate("one", { type: "ec-256" })));
  assert.equal(made.filter(({ status }) => status === "fulfilled").length, 1);
  const before = readFileSync(join(ring.folder, "one.key"), "utf8");
  await refused("file/exists", ring.generate("one", { type: "ec-256" }));
  assert.equal(readFileSync(join(ring.folder, "one.key"), "utf8"), before);
  assert.deepEqual(readdirSync(ring.folder), ["one.key"]);

  // A stray certificate stops the whole entry: the key would otherwise sign under it.
  writeFileSync(join(ring.folder, "stray.crt"), "stray");
  const { leafKey, certificates } = await createTestChain();
  await refused("file/exists", ring.add("stray", { key: leafKey, certificates }));
  assert.equal(existsSync(join(ring.folder, "stray.key")), false);
});

test("a key is imported with its chain, checked, and then signs by its name", async () => {
  const ring = freshRing();
  const { leafKey, certificates } = await createTestChain({ length: 3 });
  const other = await createTestChain();
  const keyFile = join(root, "import.pem");
  const [good, foreign] = [join(root, "good.pem"), join(root, "foreign.pem")];
  writeFileSync(keyFile, leafKey.export({ type: "sec1", format: "pem", cipher: "aes-256-cbc", passphrase: PASSPHRASE }));
  writeFileSync(good, pemOf(certificates));
  writeFileSync(foreign, pemOf(other.certificates));
  await refused("key/passphrase", ring.import("ci", { keyFile, certificateFile: good }));
  await refused("key/certificate", ring.import("ci", { keyFile, certificateFile: foreign, passphrase: ask }));
  assert.deepEqual(await ring.list(), []);

  const entry = await ring.import("ci", { keyFile, certificateFile: good, passphrase: ask });
  assert.deepEqual([entry.kind, entry.isEncrypted], ["EC-256", true]);
  assert.equal((await loadSigner({ ...(await resolveKey("ci", ring)), passphrase: ask })).chain.length, 3);
  assert.equal(decodePem(await ring.export("ci", { what: "certificates" })).length, 3);
  await ring.remove("ci");
  assert.deepEqual(readdirSync(ring.folder), []);
});

test("a chain that an authority issued later is kept beside its key, in place of an earlier one", async () => {
  const ring = freshRing();
  const { leafKey, certificates } = await createTestChain();
  const other = await createTestChain();
  await ring.add("late", { key: leafKey });
  await refused("key/certificate", loadSigner({ ...(await resolveKey("late", ring)), needsCertificate: true }));
  const certificateFile = join(root, "late.pem");
  writeFileSync(certificateFile, pemOf(other.certificates));
  await refused("key/certificate", ring.addCertificates("late", { certificateFile }));
  writeFileSync(certificateFile, pemOf(certificates));
  await ring.addCertificates("late", { certificateFile });
  await ring.addCertificates("late", { certificateFile });
  assert.equal((await loadSigner(await resolveKey("late", ring))).algorithm, "ES256");
  assert.deepEqual(readdirSync(ring.folder).sort(), ["late.crt", "late.key", "late.root.pem"]);
});

test("the root is kept alone beside its chain, goes with it, and never stays for another key of the name", async () => {
  const ring = freshRing();
  const [first, second] = [await createTestChain({ length: 3 }), await createTestChain()];
  const rootOf = async (name: string): Promise<readonly Buffer[]> => {
    const { rootFile } = (await ring.find(name)) ?? {};
    return rootFile === undefined ? [] : decodePem(readFileSync(rootFile, "utf8")).map(({ bytes }) => Buffer.from(bytes));
  };
  await ring.add("ci", { key: first.leafKey, certificates: first.certificates });
  assert.deepEqual(
    await rootOf("ci"),
    first.certificates.slice(-1).map((der) => Buffer.from(der)),
  );
  await ring.remove("ci");
  assert.deepEqual(readdirSync(ring.folder), []);

  // As an interrupted removal, or a person, might leave it.
  writeFileSync(join(ring.folder, "ci.root.pem"), pemOf(first.certificates.slice(-1)));
  await ring.generate("ci", { type: "ec-256" });
  assert.deepEqual(readdirSync(ring.folder), ["ci.key"]);
  await ring.remove("ci");
  writeFileSync(join(ring.folder, "ci.root.pem"), pemOf(first.certificates.slice(-1)));
  await ring.add("ci", { key: second.leafKey, certificates: second.certificates });
  assert.deepEqual(
    await rootOf("ci"),
    second.certificates.slice(-1).map((der) => Buffer.from(der)),
  );
});

test("a name is one that can only ever be a name", async () => {
  const ring = freshRing();
  for (const name of ["", ".", "..", ".hidden", "a/b", "../a", "a b", "a\0b", "ä", "a".repeat(200)]) {
    await refused("usage/invalid", ring.generate(name, { type: "ec-256" }));
  }
  assert.equal((await ring.generate("A-b_c.1", { type: "ec-256" })).name, "A-b_c.1");
});

test("notation's keys are listed beside our own; plugin keys and broken ones say why they do not sign", async () => {
  const notation = join(root, "notation");
  mkdirSync(notation);
  const ring = freshRing({ notation });
  assert.deepEqual(await ring.list(), []);
  const [keyPath, certPath] = [join(root, "n.key"), join(root, "n.crt")];
  const { leafKey, certificates } = await createTestChain({ keyType: "rsa-2048" });
  writeFileSync(keyPath, leafKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(certPath, pemOf(certificates));
  const write = (document: unknown): void => writeFileSync(join(notation, "signingkeys.json"), JSON.stringify(document));
  write({
    default: "file",
    keys: [
      { name: "file", keyPath, certPath },
      { name: "cloud", id: "arn:x", pluginName: "kms" },
      { name: "gone", keyPath: join(root, "gone.key"), certPath },
      { name: "hidden", keyPath, certPath },
    ],
  });
  await ring.generate("hidden", { type: "ec-256" });
  const entries = await ring.list();
  assert.deepEqual(
    entries.map(({ name, source, isDefault, kind }) => [name, source, isDefault, kind]),
    [
      ["cloud", "notation", false, undefined],
      ["file", "notation", true, "RSA-2048"],
      ["gone", "notation", false, undefined],
      ["hidden", "countersign", false, "EC-256"],
    ],
  );
  assert.match(entries[0]?.problem ?? "", /plugin kms/);
  assert.match(entries[2]?.problem ?? "", /it is not there/);
  assert.equal((await loadSigner(await resolveKey("file", ring))).algorithm, "PS256");
  await refused("key/invalid", resolveKey("cloud", ring));
  await refused("key/invalid", ring.remove("file"));

  for (const document of [
    [],
    { keys: {} },
    { keys: [{}] },
    { keys: [{ name: "x" }] },
    { keys: [{ name: "x", keyPath: "x.key", certPath }] },
  ]) {
    write(document);
    await refused("config/invalid", ring.list());
  }
  writeFileSync(join(notation, "signingkeys.json"), '{"keys": [], "keys": []}');
  await refused("config/invalid", ring.list());
});

test("a name of the ring comes before a file of that name, and other kinds of reference say that they are not there yet", async () => {
  const ring = freshRing();
  await ring.generate("app", { type: "ec-256" });
  assert.equal((await resolveKey("app", ring)).keyFile, join(ring.folder, "app.key"));
  assert.equal((await resolveKey("./app", ring)).keyFile, "./app");
  assert.equal((await resolveKey("env://KEY", ring)).keyFile, "env://KEY");
  const file = `${process.pid}.pem`;
  await assert.rejects(
    resolveKey(file, ring),
    (error) => error instanceof CountersignError && error.code === "key/not-found" && /\bapp\b/.test(error.remedy),
  );
  await ring.generate("payments-ci", { type: "ec-256" });
  await assert.rejects(
    resolveKey("paymets-ci", ring),
    (error) => error instanceof CountersignError && /perhaps payments-ci is meant/.test(error.remedy),
  );
  await assert.rejects(
    resolveKey("elsewhere", ring),
    (error) => error instanceof CountersignError && error.code === "key/not-found" && !/perhaps/.test(error.remedy),
  );
  for (const reference of ["pkcs11:token=x", "awskms://x", "plugin:x?id=y"]) await refused("key/invalid", resolveKey(reference, ring));
});
