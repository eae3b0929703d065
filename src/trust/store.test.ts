import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { CountersignError, type ErrorCode } from "../core/errors.ts";
import type { TrustStoreName, TrustStoreType } from "../core/trust-source.ts";
import { encodePem } from "../encoding/pem.ts";
import { decodeCertificate } from "../pki/x509/certificate.ts";
import { createTestChain } from "../pki/x509/throw-away-chain.ts";
import { openTrustStores } from "./store.ts";

const CA: TrustStoreName = { type: "ca", name: "acme" };
const [LEAF, ROOT] = (await createTestChain()).certificates as [Uint8Array, Uint8Array];
const [SELF_SIGNED] = (await createTestChain({ length: 1 })).certificates as [Uint8Array];
const [, INTERMEDIATE] = (await createTestChain({ length: 3 })).certificates as [Uint8Array, Uint8Array];

async function makeRoot(t: TestContext): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "countersign-trust-"));
  t.after(() => rm(root, { recursive: true }));
  return root;
}

/** A store with these files. */
async function makeStore(
  t: TestContext,
  files: Readonly<Record<string, string | Uint8Array>>,
  type: TrustStoreType = "ca",
): Promise<string> {
  const root = await makeRoot(t);
  const folder = join(root, "x509", type, "acme");
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return root;
}

function pem(...certificates: readonly Uint8Array[]): string {
  return certificates.map((der) => encodePem("CERTIFICATE", der)).join("");
}

function refusal(code: ErrorCode, message: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof CountersignError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  };
}

test("anchors come from PEM with several certificates and from DER, with the store's name", async (t) => {
  const root = await makeStore(t, {
    "a.pem": `subject=text before\n${pem(ROOT, SELF_SIGNED)}`,
    "b.der": INTERMEDIATE,
    "c.der": Buffer.concat([ROOT, INTERMEDIATE]),
  });
  const anchors = await openTrustStores(root).anchors(CA);
  assert.deepEqual(
    anchors.map(({ certificate, store }) => [Buffer.from(certificate).toString("hex"), store]),
    [ROOT, SELF_SIGNED, INTERMEDIATE, ROOT, INTERMEDIATE].map((der) => [Buffer.from(der).toString("hex"), CA]),
  );
});

test("a store is read once, and a failure is not kept", async (t) => {
  const root = await makeRoot(t);
  const stores = openTrustStores(root);
  await assert.rejects(stores.anchors(CA), refusal("trust/store-missing", /^Cannot use trust store "ca:acme": there is no folder /));
  const folder = join(root, "x509/ca/acme");
  await mkdir(folder, { recursive: true });
  await assert.rejects(stores.anchors(CA), refusal("trust/store-empty", /holds no certificate$/));
  await writeFile(join(folder, "root.pem"), pem(ROOT));
  assert.equal((await stores.anchors(CA)).length, 1);
  await writeFile(join(folder, "other.pem"), pem(SELF_SIGNED));
  assert.equal((await stores.anchors(CA)).length, 1, "read once");
  assert.equal((await openTrustStores(root).anchors(CA)).length, 2);
});

test("folders and files that hold no certificate are passed over, and said", async (t) => {
  const root = await makeStore(t, {
    "README.txt": "our roots",
    "key.pem": encodePem("PRIVATE KEY", new Uint8Array([1, 2, 3])),
    "half.pem": pem(ROOT).slice(0, 200),
    "junk.der": Uint8Array.of(0x30, 0x82, 0xff, 0xff, 1),
    "huge.pem": "x".repeat(1_048_577),
    "both.pem": pem(ROOT) + encodePem("EC PRIVATE KEY", new Uint8Array([1])),
    empty: "",
  });
  await mkdir(join(root, "x509/ca/acme/sub"));
  const stores = openTrustStores(root);
  assert.equal((await stores.anchors(CA)).length, 1);
  const { notes, faults } = await stores.show(CA);
  assert.deepEqual(faults, []);
  const patterns = [
    /^README\.txt holds no certificate, and is ignored$/,
    /^both\.pem holds a EC PRIVATE KEY, which has no business in a trust store$/,
    /^empty holds no certificate/,
    /^half\.pem cannot be read as certificates \(base64\/invalid/,
    /^huge\.pem is larger than any file/,
    /^junk\.der cannot be read as certificates \(der\//,
    /^key\.pem holds a PRIVATE KEY, which has no business/,
    /^key\.pem holds no certificate/,
    /^sub is a folder, and is ignored$/,
  ];
  assert.equal(notes.length, patterns.length, notes.join("\n"));
  patterns.forEach((pattern, index) => assert.match(notes[index] ?? "", pattern));
});

test("an empty store says what it passed over", async (t) => {
  const root = await makeStore(t, { "README.txt": "our roots" });
  await assert.rejects(
    openTrustStores(root).anchors(CA),
    refusal("trust/store-empty", /holds no certificate \(README\.txt holds no certificate/),
  );
});

test("a leaf, or a certificate that is no root under tsa, spoils the store; it is shown and can be removed", async (t) => {
  const cases: readonly (readonly [type: TrustStoreType, certificate: Uint8Array, state: RegExp])[] = [
    ["ca", LEAF, /is neither a certificate authority nor self-signed/],
    ["signingAuthority", LEAF, /is neither/],
    ["tsa", INTERMEDIATE, /is not a self-signed root/],
    ["tsa", SELF_SIGNED, /is not a self-signed root/],
  ];
  for (const [type, certificate, state] of cases) {
    const root = await makeStore(t, { "good.pem": pem(ROOT, certificate) }, type);
    const stores = openTrustStores(root);
    const store = { type, name: "acme" };
    await assert.rejects(stores.anchors(store), refusal("trust/store-invalid", state));
    assert.match((await stores.show(store)).faults.join(), state);
    await stores.remove(store, decodeCertificate(certificate).fingerprint);
    assert.equal((await stores.anchors(store)).length, 1, "the file keeps its other certificate");
  }
});

test("links are refused: of a certificate, of the store, of a folder above it", async (t) => {
  const root = await makeStore(t, { "root.pem": pem(ROOT) });
  await symlink(join(root, "x509/ca/acme/root.pem"), join(root, "x509/ca/acme/link.pem"));
  await symlink("acme", join(root, "x509/ca/linked"));
  await symlink("ca", join(root, "x509/signingAuthority"));
  const stores = openTrustStores(root);
  await assert.rejects(stores.anchors(CA), refusal("trust/store-invalid", /link\.pem is a symbolic link/));
  for (const store of [
    { type: "ca", name: "linked" },
    { type: "signingAuthority", name: "acme" },
  ] as const) {
    await assert.rejects(stores.anchors(store), refusal("trust/store-invalid", /is a symbolic link/));
    await assert.rejects(stores.add(store, ROOT, { source: "root.der" }), refusal("trust/store-invalid", /is a symbolic link/));
  }
  await assert.rejects(stores.list(), refusal("trust/store-invalid", /is a symbolic link/));
});

test("a name never leaves the folder of stores", async (t) => {
  const root = await makeStore(t, { "root.pem": pem(ROOT) });
  for (const name of ["..", ".", "", "../ca/acme", "a/b", "acme\0", "a\nb"]) {
    await assert.rejects(
      openTrustStores(root).anchors({ type: "ca", name }),
      refusal("trust/store-invalid", /is no name of a trust store/),
      name,
    );
  }
});

test("what is added is listed, shown and trusted; what is there already is left alone", async (t) => {
  const root = await makeRoot(t);
  const stores = openTrustStores(root);
  assert.deepEqual(await stores.list(), []);
  const first = await stores.add(CA, Buffer.from(pem(ROOT, SELF_SIGNED, ROOT)), { source: "roots.pem" });
  assert.deepEqual([first.added.length, first.present.length], [2, 0]);
  const second = await stores.add(CA, ROOT, { source: "root.der" });
  assert.deepEqual([second.added.length, second.present.length], [0, 1]);
  await stores.add({ type: "tsa", name: "clock" }, ROOT, { source: "root.der" });
  assert.deepEqual(await stores.list(), [CA, { type: "tsa", name: "clock" }]);
  assert.equal((await stores.anchors(CA)).length, 2);
  const names = [ROOT, SELF_SIGNED].map((der) => `${decodeCertificate(der).fingerprint}.crt`).sort();
  assert.deepEqual((await readdir(join(root, "x509/ca/acme"))).sort(), names);
  assert.equal(await readFile(join(root, `x509/ca/acme/${decodeCertificate(ROOT).fingerprint}.crt`), "utf8"), pem(ROOT));
  assert.deepEqual((await readdir(join(root, "x509"))).sort(), ["ca", "tsa"], "no file is left over");
});

test("what may not be an anchor is not added, and then nothing of the file is", async (t) => {
  const root = await makeRoot(t);
  const stores = openTrustStores(root);
  const cases: readonly (readonly [bytes: Uint8Array, state: RegExp])[] = [
    [Buffer.from(pem(ROOT, LEAF)), /^Cannot add "x\.pem" to trust store "ca:acme": CN=test signer.* is neither/],
    [Buffer.from("hello"), /it holds no certificate/],
    [Buffer.alloc(1_048_577), /larger than any real one/],
  ];
  for (const [bytes, state] of cases) {
    await assert.rejects(stores.add(CA, bytes, { source: "x.pem" }), refusal("file/unreadable", state));
  }
  await assert.rejects(
    stores.add({ type: "tsa", name: "clock" }, SELF_SIGNED, { source: "x" }),
    refusal("file/unreadable", /not a self-signed root/),
  );
  assert.deepEqual(await readdir(root), []);
});

test("certificates are removed one by one, and the store with the last", async (t) => {
  const root = await makeRoot(t);
  const stores = openTrustStores(root);
  await stores.add(CA, Buffer.from(pem(ROOT, SELF_SIGNED)), { source: "roots.pem" });
  const { fingerprint } = decodeCertificate(ROOT);
  const asOpenssl = (fingerprint.toUpperCase().match(/../g) ?? []).join(":");
  assert.deepEqual(
    (await stores.remove(CA, `SHA256:${asOpenssl}`)).map(({ certificate }) => certificate.fingerprint),
    [fingerprint],
  );
  await assert.rejects(stores.remove(CA, fingerprint), refusal("file/not-found", /does not hold it/));
  assert.equal((await stores.anchors(CA)).length, 1);
  assert.equal((await stores.remove(CA)).length, 1);
  assert.deepEqual(await stores.list(), []);
  await assert.rejects(stores.remove(CA), refusal("trust/store-missing", /there is no folder/));
});

const VECTORS = "../shared/vectors/notary/verifier/testdata/truststore";

test(
  "notation's own trust stores are judged as notation judges them",
  { skip: existsSync(VECTORS) ? false : `no ${VECTORS}` },
  async () => {
    const stores = openTrustStores(VECTORS);
    const good: readonly (readonly [type: TrustStoreType, name: string, count: number])[] = [
      ["ca", "valid-trust-store", 6],
      ["ca", "valid-trust-store-2", 2],
      ["ca", "valid-trust-store-self-signed", 1],
      ["signingAuthority", "valid-trust-store", 3],
      ["signingAuthority", "valid-trust-store-2", 2],
      ["tsa", "test-mismatch", 1],
      ["tsa", "test-timestamp", 1],
    ];
    for (const [type, name, count] of good) assert.equal((await stores.anchors({ type, name })).length, count, name);
    const bad: readonly (readonly [type: TrustStoreType, name: string, code: ErrorCode])[] = [
      ["ca", "trust-store-with-invalid-certs", "trust/store-empty"],
      ["ca", "trust-store-with-leaf-certs", "trust/store-invalid"],
      ["ca", "trust-store-with-leaf-certs-in-single-file", "trust/store-invalid"],
      ["tsa", "test-nonCA", "trust/store-invalid"],
      ["tsa", "test-nonSelfIssued", "trust/store-invalid"],
    ];
    for (const [type, name, code] of bad) await assert.rejects(stores.anchors({ type, name }), refusal(code, /./), name);
  },
);
