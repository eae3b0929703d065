/** What a denial proposes is pasted as it stands, and then the answer is yes: the policy and the name go along. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { digestOf } from "../../src/core/digest.ts";
import { OCI_INDEX } from "../../src/core/media-types.ts";
import { parseReference } from "../../src/core/reference.ts";
import { pushImage } from "../../src/testing/image.ts";
import { startScene } from "./policy-scene.ts";
import { countersign, type Said } from "./terminal.ts";

const { folder, registry, opened } = await startScene();

const policy = join(folder, "my shop.yaml");
const run = (...args: readonly string[]): Promise<Said> => countersign([...args, "--config", join(folder, "config")]);

/** The words of the first `countersign …` in backticks, as a shell takes them. */
function proposed({ stdout, stderr }: Said): readonly string[] {
  const [, command = ""] = /try:[^`]*`countersign ([^`]*)`/.exec(`${stdout}${stderr}`) ?? [];
  return [...command.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
}

async function pushed(text: string): Promise<string> {
  const { digest } = await pushImage(await opened.openStore(parseReference(text)), {
    files: [{ path: "app", bytes: Buffer.from(text) }],
    tag: "1.0",
  });
  return digest;
}

before(async () => {
  const made = await run("cert", "test", "ci", "--trust");
  assert.equal(made.code, 0, made.stderr);
  writeFileSync(
    policy,
    `
apiVersion: countersign.dev/v1
kind: Policy
name: shop
version: 1
sharedSigner: true
products:
  web: { prod: "${registry.host}/prod/web" }
  api: { prod: "${registry.host}/prod/api" }
  lib: { base: "${registry.host}/base/lib" }
  doc: { reviewed: "${registry.host}/reviewed/doc" }
  many: { listed: "${registry.host}/listed/many" }
parties:
  ci: { certificate: { anchor: "ca:ci", subject: { C: US, ST: WA, L: Seattle, O: Countersign Test, CN: ci } } }
gates:
  prod: { needs: [ { signature: { by: ci } } ] }
  base: { needs: [ { signature: { by: ci } } ] }
  listed: { needs: [ { sbom: { by: ci } } ] }
  reviewed: { needs: [ { attestation: { by: ci, type: "https://acme.io/review/v1?of=all&by=two" } } ] }
`,
  );
});

test("an image that is not signed, and one signed without its product", async () => {
  const digest = await pushed(`${registry.host}/prod/web:1.0`);
  const verify = ["verify", `${registry.host}/prod/web@${digest}`, "--policy", policy];
  assert.equal((await run("sign", `${registry.host}/prod/web@${digest}`, "--key", "ci")).code, 0);
  const denied = await run(...verify);
  assert.equal(denied.code, 1, denied.stderr);
  assert.match(denied.stdout, /identity\/product-not-signed[^]*by the policy that asks for it \(shop\)[^]*dev\.countersign\.product=web/);
  const words = proposed(denied);
  assert.deepEqual(words.slice(-4), ["--policy", policy, "--key", "ci"]);
  assert.equal((await countersign(words)).code, 0);
  assert.equal((await run(...verify)).code, 0);
});

test("an attestation that is missing is asked for by its own type", async () => {
  const digest = await pushed(`${registry.host}/reviewed/doc:1.0`);
  const verify = ["verify", `${registry.host}/reviewed/doc@${digest}`, "--policy", policy];
  const denied = await run(...verify);
  assert.equal(denied.code, 1, denied.stderr);
  const file = join(folder, "review.json");
  writeFileSync(file, "{}");
  const words = proposed(denied).map((word) => (word === "FILE" ? file : word));
  assert.ok(words.includes("https://acme.io/review/v1?of=all&by=two") && words.includes(file), words.join(" "));
  const said = await countersign(words.map((word) => (word === "KEY" ? "ci" : word)));
  assert.equal(said.code, 0, said.stderr);
  const passed = await run(...verify);
  assert.equal(passed.code, 0, passed.stdout);
});

test("evidence that is signed without its product says why it does not count, and is attested again with it", async () => {
  const digest = await pushed(`${registry.host}/reviewed/doc:1.1`);
  const verify = ["verify", `${registry.host}/reviewed/doc@${digest}`, "--policy", policy];
  const file = join(folder, "review.json");
  writeFileSync(file, "{}");
  const type = "https://acme.io/review/v1?of=all&by=two";
  const attest = ["attest", `${registry.host}/reviewed/doc@${digest}`, "--predicate", file, "--type", type, "--key", "ci"];
  assert.equal((await run(...attest)).code, 0);
  const denied = await run(...verify);
  assert.equal(denied.code, 1, denied.stdout);
  assert.match(denied.stdout, /there is one attestation, and no signature of ci on it counts\n {6}✗ \S+ {3}signed by ci/);
  assert.match(denied.stdout, /identity\/product-not-signed: [^]*by the policy that asks for it \(shop\)[^]*product=doc/);
  const words = proposed(denied).map((word) => (word === "FILE" ? file : word === "KEY" ? "ci" : word));
  assert.deepEqual([words.includes("attest"), words.includes(policy), words.includes(type)], [true, true, true], words.join(" "));
  assert.equal((await countersign(words)).code, 0);
  assert.equal((await run(...verify)).code, 0);
});

test("of an index, the manifest is named that lacks a document", async () => {
  const store = await opened.openStore(parseReference(`${registry.host}/listed/many:1.0`));
  const child = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("one of many") }] });
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [child] }));
  const index = { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length };
  await store.pushManifest(index, bytes, {});
  const denied = await run("verify", `${registry.host}/listed/many@${index.digest}`, "--policy", policy);
  assert.equal(denied.code, 1, denied.stdout);
  assert.match(denied.stdout, /there is no SBOM   for sha256:/);
  assert.equal(proposed(denied)[3], `${registry.host}/listed/many@${child.digest}`);
});

test("without a digest, attest is proposed with all that it was given", async () => {
  await pushed(`${registry.host}/reviewed/doc:1.2`);
  const name = `${registry.host}/reviewed/doc`;
  const open = await run("attest", `${name}:1.2`, "--run", "scan it", "--type", "scan", "--key", "ci", "--policy", policy);
  assert.equal(open.code, 2);
  assert.match(open.stderr, /attest \S+@sha256:… --policy '[^']+' --run 'scan it' --type scan --key ci/);
  const git = await run("attest", `${name}:1.2`, "--git", ".", "--git-since", "v1", "--git-since", "v2", "--key", "ci");
  assert.match(git.stderr, /attest \S+@sha256:… --git \. --git-since v1 --git-since v2 --key ci/);
  const buildkit = await run("attest", `${name}:1.2`, "--from-buildkit", "--key", "ci");
  assert.match(buildkit.stderr, /attest \S+@sha256:… --from-buildkit --key ci/);
});

test("a layout is signed under the name that was given for it", async () => {
  const layout = `oci:${join(folder, "lay")}:1.0`;
  const source = `${registry.host}/prod/api:1.0`;
  await pushed(source);
  assert.equal((await run("copy", source, layout)).code, 0);
  const verify = ["verify", layout, "--policy", policy, "--as", `${registry.host}/prod/api`];
  const denied = await run(...verify);
  assert.equal(denied.code, 1, denied.stderr);
  const words = proposed(denied);
  assert.ok(words.includes("--as") && words.includes("--policy"), words.join(" "));
  assert.equal((await countersign(words)).code, 0);
  assert.equal((await run(...verify)).code, 0);

  const open = await run("sign", layout, "--key", "ci", "--policy", policy, "--as", `${registry.host}/prod/api`);
  assert.equal(open.code, 2);
  assert.match(open.stderr, /sign \S+@sha256:… --as \S+\/prod\/api --policy '[^']+' --key ci/);
});

test("--as with a tag, a digest or no host is told as that, and no policy is to be changed for it", async () => {
  const layout = `oci:${join(folder, "lay")}:1.0`;
  const name = `${registry.host}/prod/api`;
  const cases: readonly (readonly [string, RegExp])[] = [
    [`${name}:1.0`, new RegExp(`no tag and no digest[^]*try: leave them out: --as ${name}\n`)],
    [`${name}@sha256:${"a".repeat(64)}`, new RegExp(`try: leave them out: --as ${name}\n`)],
    ["prod/api", new RegExp(`registry's host[^]*try: --as ${name}\n`)],
    ["prod/other", /try: --as REGISTRY\/prod\/other\n/],
  ];
  for (const [as, said] of cases) {
    for (const command of [["verify"], ["policy", "explain"]]) {
      const refused = await run(...command, layout, "--policy", policy, "--as", as);
      assert.equal(refused.code, 2, `${as}: ${refused.stdout}${refused.stderr}`);
      assert.match(refused.stderr, said);
    }
  }
});

test("--output ref without a gate proposes the gates that can judge the image", async () => {
  const said = await run("verify", `${registry.host}/base/lib:1.0`, "--policy", policy, "--output", "ref");
  assert.equal(said.code, 3);
  assert.match(said.stderr, /try: --gate base\n/);
  const none = await run("verify", `${registry.host}/elsewhere:1.0`, "--policy", policy, "--output", "ref");
  assert.match(none.stderr, /try: `countersign --config \S+ policy explain \S+elsewhere:1\.0 --policy '[^']+'` shows/);
});

test("options about manifests are refused without them", async () => {
  assert.equal((await run("verify", `${registry.host}/base/lib:1.0`, "--namespace", "shop")).code, 2);
});
