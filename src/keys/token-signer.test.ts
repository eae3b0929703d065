/** A key signs timestamps only with certificates that are for nothing else, in order and valid. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CountersignError } from "../core/errors.ts";
import { encodePem } from "../encoding/pem.ts";
import { KEY_TYPES } from "../pki/key-pair.ts";
import { PURPOSE_OIDS } from "../pki/oids.ts";
import { createTestChain, createTimestampingTestChain, type TestChain } from "../pki/x509/throw-away-chain.ts";
import { loadTokenSigner } from "./token-signer.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-token-signer-"));
after(() => rmSync(folder, { recursive: true }));

function save(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

/** As `loadTokenSigner` takes them. */
function filesOf(chain: TestChain, certificates: readonly Uint8Array[] = chain.certificates): { keyFile: string; certificateFile: string } {
  return {
    keyFile: save("key.pem", String(chain.leafKey.export({ type: "pkcs8", format: "pem" }))),
    certificateFile: save("chain.pem", certificates.map((der) => encodePem("CERTIFICATE", der)).join("")),
  };
}

async function refused(promise: Promise<unknown>, said: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof CountersignError && error.code === "key/certificate", String(error));
    assert.match(error.message, said);
    return true;
  });
}

test("each kind of key, with the root or without, or as its own root", async () => {
  for (const keyType of KEY_TYPES) {
    const chain = await createTimestampingTestChain({ keyType, length: 3 });
    const { chain: loaded, scheme } = await loadTokenSigner(filesOf(chain));
    assert.equal(loaded.length, 3);
    assert.equal(scheme, keyType.startsWith("rsa") ? "pkcs1" : "ecdsa");
  }
  const chain = await createTimestampingTestChain({ length: 3 });
  assert.equal((await loadTokenSigner(filesOf(chain, chain.certificates.slice(0, 2)))).chain.length, 2);
  assert.equal((await loadTokenSigner(filesOf(chain, chain.certificates.slice(0, 1)))).chain.length, 1);
  assert.equal((await loadTokenSigner(filesOf(await createTimestampingTestChain({ length: 1 })))).chain.length, 1);
});

test("a key without a certificate signs none", async () => {
  const { keyFile } = filesOf(await createTimestampingTestChain());
  await refused(loadTokenSigner({ keyFile }), /it has no certificate/);
});

const NOT_ALONE = /is not marked, by a critical extended key usage, as one for timestamps alone/;

test("a certificate that is for anything else signs none", async () => {
  const { timeStamping, codeSigning, any } = PURPOSE_OIDS;
  const wrong = [
    {},
    { purposes: [timeStamping], arePurposesCritical: false },
    { purposes: [timeStamping, codeSigning], arePurposesCritical: true },
    { purposes: [timeStamping, timeStamping], arePurposesCritical: true },
    { purposes: [any], arePurposesCritical: true },
  ];
  for (const options of wrong) await refused(loadTokenSigner(filesOf(await createTestChain(options))), NOT_ALONE);
});

test("certificates of another key, out of order, strange to each other, or run out, sign none", async () => {
  const chain = await createTimestampingTestChain({ length: 3 });
  const other = await createTimestampingTestChain({ length: 3 });
  const [leaf, between, root] = chain.certificates;
  assert.ok(leaf && between && root);
  await refused(loadTokenSigner(filesOf(chain, other.certificates)), /belongs to another key/);
  await refused(loadTokenSigner(filesOf(chain, [between, leaf, root])), /stands at place 2, not first/);
  for (const certificates of [
    [leaf, root],
    [leaf, root, between],
    [leaf, between, root, root],
    [leaf, ...other.certificates.slice(1)],
  ]) {
    await refused(loadTokenSigner(filesOf(chain, certificates)), /were not each issued by the next/);
  }
  await refused(loadTokenSigner({ ...filesOf(chain), now: new Date(Date.now() + 3 * 86_400_000) }), /expired at/);
});

test("an authority of certificates signs none", async () => {
  const { certificates, rootKey } = await createTimestampingTestChain();
  const root = { certificates: certificates.slice(-1), leafKey: rootKey, rootKey };
  await refused(loadTokenSigner(filesOf(root)), /signs and is a certificate authority/);
});
