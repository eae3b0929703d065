/** Verdicts that are emitted, as `slsa-verifier verify-vsa` reads them; and as another of our verifiers takes them. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pushImage } from "../../src/testing/image.ts";
import { type RunningRegistry, startRegistry } from "../../src/testing/registry-server.ts";
import { setup, type Setup } from "../../src/setup.ts";
import { parseReference } from "../../src/core/reference.ts";
import { countersign, type Said } from "../e2e/terminal.ts";
import { runProgram } from "../fixtures/programs.ts";
import { needsPrograms } from "../real/programs.ts";

const VSA = "https://slsa.dev/verification_summary/v1";
const VERIFIER = "https://countersign.dev/verifier/v1";
let folder: string;
let registry: RunningRegistry;
let opened: Setup;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "countersign-vsa-"));
  registry = await startRegistry();
  opened = await setup({ env: { HOME: folder } });
  await ours("judge", "cert", "test", "ci", "--subject", "C=US, ST=WA, O=Acme, CN=ci", "--trust");
  const stores = readdirSync(at("judge/truststore/x509/ca/ci")).map((name) => at(`judge/truststore/x509/ca/ci/${name}`));
  await ours("other", "trust", "add", "ca:ci", ...stores);
});

after(async () => {
  opened.close();
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);

/** Each person has a folder of configuration of their own. */
function said(config: string, ...args: readonly string[]): Promise<Said> {
  return countersign([...args, "--config", at(config)], { env: { HOME: folder } });
}

async function ours(config: string, ...args: readonly string[]): Promise<Said> {
  const answer = await said(config, ...args);
  assert.equal(answer.code, 0, `${args.join(" ")}\n${answer.stdout}${answer.stderr}`);
  return answer;
}

/** The private key in PEM. */
async function makeKey(name: string): Promise<{ readonly key: string; readonly pub: string }> {
  const key = at(`${name}.key`);
  const pub = at(`${name}.pub`);
  for (const args of [
    ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key],
    ["pkey", "-in", key, "-pubout", "-out", pub],
  ]) {
    const made = await runProgram("openssl", args);
    assert.equal(made.code, 0, made.stderr);
  }
  return { key, pub };
}

interface Shop {
  readonly reference: string;
  readonly repository: string;
  readonly digest: string;
  readonly policy: string;
  readonly judge: { readonly key: string; readonly pub: string };
}

/** An image in a repository, and a policy for it that `judge` has pinned. */
async function openShop(name: string): Promise<Shop> {
  const repository = `${registry.host}/${name}`;
  const store = await opened.openStore(parseReference(`${repository}:1`));
  const { digest } = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from(name) }] });
  const judge = await makeKey(`${name}-judge`);
  const document = {
    apiVersion: "countersign.dev/v1",
    kind: "Policy",
    name,
    version: 1,
    products: { [name]: { prod: repository } },
    parties: { ci: { certificate: { anchor: "ca:ci", subject: { C: "US", ST: "WA", O: "Acme", CN: "ci" } } } },
    gates: { prod: { needs: [{ signature: { by: "ci" } }] } },
  };
  const policy = at(`${name}.yaml`);
  writeFileSync(policy, JSON.stringify(document));
  await ours("judge", "policy", "trust", policy, "--yes");
  return { reference: `${repository}@${digest}`, repository, digest, policy, judge };
}

interface Asked {
  readonly file: string;
  readonly pub: string;
  readonly digest: string;
  readonly resource: string;
  readonly level?: string;
  readonly verifier?: string;
}

async function verifyVsa({ file, pub, digest, resource, level = "COUNTERSIGN_GATE_PROD", verifier = VERIFIER }: Asked): Promise<string> {
  const { code, stdout, stderr } = await runProgram("slsa-verifier", [
    "verify-vsa",
    `--subject-digest=${digest}`,
    `--attestation-path=${file}`,
    `--verifier-id=${verifier}`,
    `--resource-uri=${resource}`,
    `--verified-level=${level}`,
    `--public-key-path=${pub}`,
  ]);
  return code === 0 ? "PASSED" : `${stdout}${stderr}`;
}

async function downloadVsa({ reference }: Shop, name: string): Promise<string> {
  const file = at(`${name}.json`);
  await ours("judge", "download", reference, "attestation", "--predicate-type", VSA, "--dsse", "--out", file);
  return file;
}

test("a verdict that passed is what slsa-verifier passes, and nothing else is", async (context) => {
  if (!needsPrograms(context, "slsa-verifier")) return;
  const shop = await openShop("passed");
  await ours("judge", "sign", shop.reference, "--key", "ci");
  const { stderr } = await ours("judge", "verify", shop.reference, "--policy", shop.policy, "--emit", "--key", shop.judge.key);
  assert.match(stderr, /emitted sha256:[0-9a-f]{64}: PASSED COUNTERSIGN_GATE_PROD/);
  const file = await downloadVsa(shop, "passed");
  const asked: Asked = { file, pub: shop.judge.pub, digest: shop.digest, resource: shop.reference };
  assert.equal(await verifyVsa(asked), "PASSED");
  const other = await makeKey("somebody");
  for (const [change, why] of [
    [{ resource: `${registry.host}/other@${shop.digest}` }, /resource URI mismatch/],
    [{ level: "COUNTERSIGN_GATE_BUILD" }, /expected verified level not found/],
    [{ level: "SLSA_BUILD_LEVEL_1" }, /expected SLSA level not found/],
    [{ verifier: "https://example.com/verifier" }, /verifier ID mismatch/],
    [{ digest: `sha256:${"0".repeat(64)}` }, /expected digest not found/],
    [{ pub: other.pub }, /verifying envelope/],
  ] as const) {
    assert.match(await verifyVsa({ ...asked, ...change }), why);
  }
});

test("a verdict that failed is emitted too, and slsa-verifier says so", async (context) => {
  if (!needsPrograms(context, "slsa-verifier")) return;
  const shop = await openShop("failed");
  const denied = await said("judge", "verify", shop.reference, "--policy", shop.policy, "--emit", "--key", shop.judge.key);
  assert.equal(denied.code, 1, denied.stderr);
  assert.match(denied.stderr, /FAILED/);
  const file = await downloadVsa(shop, "failed");
  const asked = { file, pub: shop.judge.pub, digest: shop.digest, resource: shop.reference };
  assert.match(await verifyVsa(asked), /verification result is not Passed/);
});

test("another verifier takes the verdict where its configuration says so, and tells it", async () => {
  const shop = await openShop("taken");
  await ours("judge", "sign", shop.reference, "--key", "ci");
  await ours("judge", "verify", shop.reference, "--policy", shop.policy, "--emit", "--key", shop.judge.key);
  // The verdict goes on alone, without the signature that it rests on.
  const there = at("there");
  await ours("judge", "copy", shop.reference, `oci:${there}:1`, "--as", shop.repository);
  await removeSignatures(there);
  const verify = (): Promise<Said> =>
    said("other", "verify", `oci:${there}:1`, "--as", shop.repository, "--policy", shop.policy, "--output", "json");
  assert.equal((await verify()).code, 1, "nobody's verdict is taken unless told");
  const verifier = {
    apiVersion: "countersign.dev/v1",
    kind: "Verifier",
    roles: { summaryIssuers: { by: [{ key: readFileSync(shop.judge.pub, "utf8") }] } },
  };
  writeFileSync(at("other/verifier.yaml"), JSON.stringify(verifier));
  const taken = await verify();
  assert.equal(taken.code, 0, taken.stdout + taken.stderr);
  const { outcome, relaxations } = taken.json() as { readonly outcome: string; readonly relaxations: readonly string[] };
  assert.equal(outcome, "pass");
  assert.match(relaxations[0] ?? "", /^taken from a summary by SHA256:\S+: signature at gate prod$/);
  const emitted = await said(
    "other",
    "verify",
    `oci:${there}:1`,
    "--as",
    shop.repository,
    "--policy",
    shop.policy,
    "--emit",
    "--key",
    shop.judge.key,
  );
  assert.equal(emitted.code, 3, "the policy is not pinned there");
  await ours("other", "policy", "trust", shop.policy, "--yes");
  const again = await said(
    "other",
    "verify",
    `oci:${there}:1`,
    "--as",
    shop.repository,
    "--policy",
    shop.policy,
    "--emit",
    "--key",
    shop.judge.key,
  );
  assert.equal(again.code, 2, again.stderr);
  assert.match(again.stderr, /taken from the summary/);
});

/** Out of a layout's index: all that refers to something and is no statement of a verdict. */
async function removeSignatures(layout: string): Promise<void> {
  const path = join(layout, "index.json");
  const index = JSON.parse(readFileSync(path, "utf8")) as { readonly manifests: readonly Readonly<Record<string, unknown>>[] };
  const manifests = index.manifests.filter(({ digest }) => {
    const manifest = readFileSync(join(layout, "blobs", "sha256", String(digest).slice(7)), "utf8");
    return !manifest.includes('"subject"') || manifest.includes(VSA);
  });
  assert.ok(manifests.length < index.manifests.length && readdirSync(layout).length > 0);
  writeFileSync(path, JSON.stringify({ ...index, manifests }));
}

test("what emitting takes is asked for before anything is judged", async () => {
  const shop = await openShop("asked");
  const refusals: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    ["no key", ["--emit"], 2, /one key is wanted/],
    ["two keys", ["--emit", "--key", shop.judge.key, "--key", "ci"], 2, /one key is wanted/],
    ["another time", ["--emit", "--key", shop.judge.key, "--at", "2026-01-01T00:00:00Z"], 2, /leave out --at/],
    ["another question", ["--emit", "--key", shop.judge.key, "--annotation", "a=b"], 2, /--annotation/],
    ["a certificate without it", ["--cert", shop.judge.key], 2, /--emit/],
  ];
  for (const [what, args, code, why] of refusals) {
    const answer = await said("judge", "verify", shop.reference, "--policy", shop.policy, ...args);
    assert.equal(answer.code, code, what);
    assert.match(answer.stderr, why, what);
  }
  const unpinned = await said("fresh", "verify", shop.reference, "--policy", shop.policy, "--emit", "--key", shop.judge.key);
  assert.equal(unpinned.code, 3);
  assert.match(unpinned.stderr, /policy\/unpinned/);
});
