/** Keys without certificates, on the whole way: signing, ad hoc, by a policy that has the key or only names it, and signing policies. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseReference } from "../../src/core/reference.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { setup } from "../../src/setup.ts";
import { pushImage } from "../../src/testing/image.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { countersign, type Said } from "./terminal.ts";

let registry: Awaited<ReturnType<typeof startRegistry>>;
let folder: string;
let pub: string;
let image: string;

const inFolder = (name: string): string => join(folder, name);

async function run(...args: readonly string[]): Promise<Said> {
  return countersign([...args, "--config", inFolder("config")]);
}

async function ok(...args: readonly string[]): Promise<Said> {
  const said = await run(...args);
  assert.equal(said.code, 0, `${args.join(" ")}\n${said.stdout}${said.stderr}`);
  return said;
}

before(async () => {
  registry = await startRegistry();
  folder = mkdtempSync(join(tmpdir(), "countersign-keys-"));
  mkdirSync(inFolder("keys"));
  pub = inFolder("keys/ci.pub");
  const opened = await setup({ env: {} });
  const place = `${registry.host}/shop/api`;
  const store = await opened.openStore(parseReference(place));
  const { digest } = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("app") }], tag: "1.4" });
  opened.close();
  image = `${place}@${digest}`;
  await ok("key", "generate", "ci");
  await ok("key", "generate", "other");
  await ok("key", "export", "ci", "--public", "--out", pub);
  await ok("sign", image, "--key", "ci", "--annotation", "dev.countersign.product=shop/api");
});

after(async () => {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A policy whose one party is known by this. */
function policy(key: unknown): string {
  const file = inFolder("policy.yaml");
  const document = {
    apiVersion: "countersign.dev/v1",
    kind: "Policy",
    name: "shop",
    version: 1,
    sharedSigner: true,
    products: { "shop/{app}": { build: `${registry.host}/shop/{app}` } },
    parties: { ci: { key } },
    gates: { build: { needs: [{ signature: { by: "ci" } }] } },
  };
  writeFileSync(file, JSON.stringify(document));
  return file;
}

function codesOf(said: Said): readonly string[] {
  return (said.json() as Verdict).signatures.flatMap(({ findings }) => findings.map(({ code }) => code));
}

test("by a policy: the key in PEM or as a file passes, its fingerprint alone verifies nothing, another's is a no", async () => {
  const sha256 = createHash("sha256").update(readFileSync(pub)).digest("hex");
  for (const whole of [readFileSync(pub, "utf8"), { file: "keys/ci.pub", sha256 }]) {
    const said = await ok("verify", image, "--policy", policy(whole), "--output", "json");
    assert.ok(codesOf(said).includes("authenticity/pinned-key"));
    const [signature] = (said.json() as Verdict).signatures;
    assert.equal(signature?.party, "ci");
    assert.match(signature?.proven?.algorithm ?? "", /^ECDSA P-256/);
  }
  const fingerprint = (await ok("verify", image, "--key", pub, "--output", "json")).json() as Verdict;
  const named = await run("verify", image, "--policy", policy(fingerprint.signatures[0]?.proven?.fingerprint), "--output", "json");
  assert.equal(named.code, 1);
  assert.ok(codesOf(named).includes("identity/key-not-whole"));
  const others = (await ok("key", "export", "other", "--public")).stdout;
  const denied = await run("verify", image, "--policy", policy(others), "--output", "json");
  assert.equal(denied.code, 1);
  assert.ok(codesOf(denied).includes("identity/key-unknown"));
});

test("ad hoc: several keys, one of which has signed; what is no public key is refused without showing it", async () => {
  await ok("verify", image, "--key", "other", "--key", pub);
  assert.equal((await run("verify", image, "--key", "other")).code, 1);
  await ok("key", "export", "ci", "--unsafe-private-key", "--out", inFolder("private.pem"));
  const secret = await run("verify", image, "--key", inFolder("private.pem"));
  assert.equal(secret.code, 3);
  assert.match(secret.stderr, /it holds PRIVATE KEY, and must hold one PUBLIC KEY/);
  const [, body = "x"] = readFileSync(inFolder("private.pem"), "utf8").split("\n");
  assert.ok(!secret.stderr.includes(body));
  writeFileSync(inFolder("weak.pub"), "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
  assert.match((await run("verify", image, "--key", inFolder("weak.pub"))).stderr, /it holds no public key in PEM/);
});

test("inspect shows what a bundle says, and proves nothing of it: the key is not there", async () => {
  const { stdout } = await ok("inspect", image);
  assert.match(stdout, /try: Verify it with the key: `countersign .*verify \S+@sha256:[0-9a-f]{64} --key KEYFILE`/);
  assert.match(stdout, /sigstore-bundle/);
  assert.match(stdout, /dev\.countersign\.product/);
  assert.match(stdout, /identity\/key-not-given/);
  assert.doesNotMatch(stdout, /proven:/);
  assert.match((await ok("tree", image)).stdout, /sigstore-bundle/);
});

test("a policy can be signed with a key, where verifier.yaml has it as a whole", async () => {
  const document = policy(readFileSync(pub, "utf8"));
  const place = `oci://${registry.host}/policies/shop:latest`;
  const verifier = (key: unknown): void =>
    writeFileSync(
      inFolder("config/verifier.yaml"),
      JSON.stringify({ apiVersion: "countersign.dev/v1", kind: "Verifier", roles: { policySigners: { by: [{ key }] } } }),
    );
  verifier(readFileSync(pub, "utf8"));
  const stranger = await run("policy", "sign", document, place, "--key", "other");
  assert.equal(stranger.code, 3, stranger.stdout);
  assert.match(stranger.stderr, /Cannot sign a policy as "the key SHA256:[^"]+": .* lets only these sign policies: SHA256:/);
  await ok("policy", "sign", document, place, "--key", "ci");
  const said = await ok("verify", image, "--policy", place, "--output", "json");
  assert.equal((said.json() as Verdict).policy.trust, "signed");
  rmSync(inFolder("config/verifier.yaml"));
});
