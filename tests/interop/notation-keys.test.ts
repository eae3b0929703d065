/** Keys that notation made and lists: read from its own folder, and signing. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadSigner } from "../../src/keys/file-signer.ts";
import { openKeyRing } from "../../src/keys/key-ring.ts";
import { resolveKey } from "../../src/keys/resolve.ts";
import { verifySignature } from "../../src/pki/signature.ts";
import { decodeCertificate, publicKeyOf } from "../../src/pki/x509/certificate.ts";

const missing = spawnSync("notation", ["version"]).status !== 0 && "no notation";
const home = mkdtempSync(join(tmpdir(), "countersign-notation-keys-"));
after(() => rmSync(home, { recursive: true }));

test("a key of each size that notation makes is listed and signs", { skip: missing }, async () => {
  const options = { env: { PATH: process.env["PATH"], HOME: home, XDG_CONFIG_HOME: home }, stdio: "ignore" } as const;
  for (const bits of ["2048", "3072", "4096"]) {
    execFileSync("notation", ["cert", "generate-test", "--bits", bits, ...(bits === "3072" ? ["--default"] : []), `rsa-${bits}`], options);
  }
  const ring = openKeyRing(join(home, "own"), { notation: join(home, "notation") });
  const listed = (await ring.list()).map(({ name, source, kind, isDefault, isEncrypted }) => ({
    name,
    source,
    kind,
    isDefault,
    isEncrypted,
  }));
  const common = { source: "notation", isEncrypted: false };
  assert.deepEqual(listed, [
    { ...common, name: "rsa-2048", kind: "RSA-2048", isDefault: false },
    { ...common, name: "rsa-3072", kind: "RSA-3072", isDefault: true },
    { ...common, name: "rsa-4096", kind: "RSA-4096", isDefault: false },
  ]);
  for (const { name } of listed) {
    const signer = await loadSigner(await resolveKey(name, ring));
    const bytes = Buffer.from(name);
    const { algorithm, chain } = signer;
    const [leaf] = chain;
    assert.ok(leaf && algorithm);
    const publicKey = publicKeyOf(decodeCertificate(leaf));
    assert.ok(verifySignature({ algorithm, publicKey, bytes, value: await signer.sign(bytes) }));
  }
});
