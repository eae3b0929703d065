/** Which policy judges, and how far it is trusted: the program as a process, with folders of its own, and at a real terminal. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { digestOf } from "../../src/core/digest.ts";
import { parseReference } from "../../src/core/reference.ts";
import { quoteWord } from "../../src/core/shell.ts";
import { encodePem } from "../../src/encoding/pem.ts";
import { nameOf } from "../../src/pki/x509/name.ts";
import { createTestChain } from "../../src/pki/x509/throw-away-chain.ts";
import { setup } from "../../src/setup.ts";
import { pushImage } from "../../src/testing/image.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { type Ran, runProgram } from "../fixtures/programs.ts";
import { findFaults } from "../json-schema.ts";
import { needsPrograms } from "../real/programs.ts";

const LAUNCHER = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "src", "cli", "launcher.ts");
const HEAD = "apiVersion: countersign.dev/v1\nkind: Verifier\n";

const root = realpathSync(mkdtempSync(join(tmpdir(), "countersign-which-")));
after(() => rmSync(root, { recursive: true, force: true }));
const { certificates, leafKey } = await createTestChain({ subject: nameOf({ C: "US", O: "Acme", CN: "ci" }) });
const keys = join(root, "keys");
mkdirSync(keys);
writeFileSync(join(keys, "ci.key"), leafKey.export({ type: "pkcs8", format: "pem" }));
writeFileSync(join(keys, "ci.crt"), certificates.map((der) => encodePem("CERTIFICATE", der)).join(""));
const ROOT_CERTIFICATE = encodePem("CERTIFICATE", certificates.at(-1) ?? new Uint8Array());
const KEY = ["--key", join(keys, "ci.key"), "--cert", join(keys, "ci.crt")];
const CI = "{ certificate: { anchor: ca:acme, subject: { CN: ci, O: Acme, C: US } } }";

function policyOf(name: string, { version = 1, more = "" }: { readonly version?: number; readonly more?: string } = {}): string {
  return `apiVersion: countersign.dev/v1
kind: Policy
name: ${name}
version: ${version}
${more}products:
  shop: { build: registry.example/shop }
parties:
  ci: ${CI}
gates:
  build: { needs: [ { signature: { by: ci } } ] }
`;
}

const NOTARY = JSON.stringify({
  version: "1.0",
  trustPolicies: [
    { name: "all", registryScopes: ["*"], signatureVerification: { level: "strict" }, trustStores: ["ca:acme"], trustedIdentities: ["*"] },
  ],
});

interface Machine {
  readonly home: string;
  /** A working tree, with an image in a layout. */
  readonly project: string;
  readonly own: string;
  readonly notation: string;
  run(args: readonly string[], options?: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> }): Promise<Ran>;
  /** What the verdict says of the policy. */
  judge(args?: readonly string[], options?: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> }): Promise<Judged>;
}

interface Judged extends Ran {
  readonly policy?: { readonly name: string; readonly digest: string; readonly trust: string };
  readonly error?: string;
}

async function makeMachine(): Promise<Machine> {
  const home = mkdtempSync(join(root, "home-"));
  const project = join(home, "project");
  const own = join(home, ".config", "countersign");
  const notation = join(home, ".config", "notation");
  for (const folder of [own, join(project, ".git"), join(notation, "truststore/x509/ca/acme")]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(notation, "truststore/x509/ca/acme/root.pem"), ROOT_CERTIFICATE);
  const reference = parseReference(`oci:${join(project, "image")}`);
  const opened = await setup({ env: { HOME: home } });
  await pushImage(await opened.openStore(reference, { create: true }), { files: [{ path: "app", bytes: Buffer.from("app") }], tag: "1" });
  const run: Machine["run"] = (args, { cwd = project, env = {} } = {}) =>
    runProgram(process.execPath, [LAUNCHER, ...args], { cwd, env: { HOME: home, ...env } });
  const signed = await run(["sign", `oci:${join(project, "image")}:1`, "--unsafe-tag", ...KEY]);
  assert.equal(signed.code, 0, signed.stderr);
  const judge: Machine["judge"] = async (args = [], options = {}) => {
    const image = [`oci:${join(project, "image")}:1`, "--as", "registry.example/shop", "--output", "json"];
    const ran = await run(["verify", ...image, ...args], options);
    const answer = JSON.parse(ran.stdout) as { kind: string; code?: string; policy?: NonNullable<Judged["policy"]> };
    assert.deepEqual(findFaults(answer), []);
    return { ...ran, ...(answer.policy === undefined ? { error: answer.code ?? "" } : { policy: answer.policy }) };
  };
  return { home, project, own, notation, run, judge };
}

function assertJudged(judged: Judged, name: string, trust: string): void {
  assert.equal(judged.code, 0, judged.stderr);
  assert.deepEqual([judged.policy?.name, judged.policy?.trust], [name, trust]);
}

function assertRefused(judged: Judged, code: string, exit: number): void {
  assert.equal(judged.error, code, judged.stderr);
  assert.equal(judged.code, exit);
}

test("without a policy nothing is judged; the nearer place comes before the farther", async () => {
  const { home, project, own, notation, judge } = await makeMachine();
  writeFileSync(join(project, "countersign.yaml"), policyOf("project"));
  // Without a terminal, what lies in the working folder does not judge.
  const unnamed = await judge();
  assertRefused(unnamed, "policy/none", 3);
  assert.ok(unnamed.stderr.includes(`"${join(project, "countersign.yaml")}" is there, and off a terminal`), unnamed.stderr);
  assert.ok(unnamed.stderr.includes(`try: --policy ${join(project, "countersign.yaml")}, or COUNTERSIGN_POLICY=`), unnamed.stderr);
  writeFileSync(join(notation, "trustpolicy.json"), NOTARY);
  assertJudged(await judge(), join(notation, "trustpolicy.json"), "unpinned");
  writeFileSync(join(own, "policy.yaml"), policyOf("own"));
  assertJudged(await judge(), "own", "unpinned");
  writeFileSync(join(home, "shop.yaml"), policyOf("configured"));
  writeFileSync(join(own, "verifier.yaml"), `${HEAD}policies:\n  configured: { source: ~/shop.yaml }\n`);
  assertJudged(await judge(), "configured", "unpinned");
  assertJudged(await judge([], { env: { COUNTERSIGN_POLICY: "countersign.yaml" } }), "project", "unpinned");
  assertJudged(await judge(["--policy", join(own, "policy.yaml")], { env: { COUNTERSIGN_POLICY: "countersign.yaml" } }), "own", "unpinned");
});

test("explain tells every place that has a policy, in the order in which they judge, and a file only once", async () => {
  const { home, project, own, notation, run } = await makeMachine();
  const [installed, lying, mine] = [join(notation, "trustpolicy.json"), join(project, "countersign.yaml"), join(own, "policy.yaml")];
  const verifier = join(own, "verifier.yaml");
  const explain = async (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> => {
    const ran = await run(["policy", "explain", "registry.example/shop", ...args, "--output", "json"], { env });
    assert.equal(ran.code, 0, ran.stderr);
    const answer = JSON.parse(ran.stdout) as { policy: { chosen: string; passedOver: readonly string[] } };
    assert.deepEqual(findFaults(answer), []);
    return [answer.policy.chosen, ...answer.policy.passedOver];
  };
  const ofProject = `${lying}: off a terminal it judges only where it is named`;
  const ofInstalled = `${installed}: it judges where no other policy does`;
  const ofOwn = `${mine}: what is named, also in verifier.yaml, comes before it`;
  writeFileSync(lying, policyOf("project"));
  writeFileSync(installed, NOTARY);
  assert.deepEqual(await explain(), ["it is the installed trust policy, and none is named or configured", ofProject]);
  writeFileSync(mine, policyOf("own"));
  assert.deepEqual(await explain(), ["it is the policy of the configuration, and none is named", ofInstalled, ofProject]);
  writeFileSync(join(home, "shop.yaml"), policyOf("shop"));
  writeFileSync(verifier, `${HEAD}policies:\n  shop: { source: ~/shop.yaml }\n`);
  assert.deepEqual(await explain(), [`policies.shop of ${verifier} names it`, ofOwn, ofInstalled, ofProject]);
  const ofShop = `policies.shop of ${verifier}: what is named comes before it`;
  const variable = { COUNTERSIGN_POLICY: "countersign.yaml" };
  assert.deepEqual(await explain([], variable), ["COUNTERSIGN_POLICY names it", ofShop, ofOwn, ofInstalled]);
  assert.deepEqual(await explain(["--policy", "shop"], variable), [
    "--policy names it",
    "countersign.yaml: COUNTERSIGN_POLICY names it, and --policy comes before it",
    ofOwn,
    ofInstalled,
    ofProject,
  ]);
  assert.deepEqual(await explain(["--policy", "../shop.yaml"]), ["--policy names it", ofOwn, ofInstalled, ofProject]);
});

test("without any policy, the way to a first one names the repository", async () => {
  const { run } = await makeMachine();
  const ran = await run(["verify", "registry.example/shop:1"]);
  assert.equal(ran.code, 3);
  assert.match(ran.stderr, /try: countersign policy init registry\.example\/shop \(or/);
  const ways = {
    "oci:image:1": "",
    "oci:image:1 --as registry.example/web": " registry.example/web",
    "registry.example/shop:1 registry.example/web registry.example/shop:2": " registry.example/shop registry.example/web",
    "oci:image:1 registry.example/shop": "",
    "--manifests .": "",
  };
  for (const [words, named] of Object.entries(ways)) {
    const { stderr } = await run(["verify", ...words.split(" ")]);
    assert.ok(stderr.includes(`try: countersign policy init${named} (or countersign policy import`), stderr);
  }
});

test("the name of a file says nothing of its form", async () => {
  const { project, judge } = await makeMachine();
  writeFileSync(join(project, "trustpolicy.json"), policyOf("shop"));
  writeFileSync(join(project, "countersign.yaml"), NOTARY);
  writeFileSync(join(project, "neither.yaml"), ROOT_CERTIFICATE);
  assertJudged(await judge(["--policy", "trustpolicy.json"]), "shop", "unpinned");
  assertJudged(await judge(["--policy", "countersign.yaml"]), "countersign.yaml", "unpinned");
  const neither = await judge(["--policy", "neither.yaml"]);
  assertRefused(neither, "policy/invalid", 3);
  assert.match(neither.stderr, /neither a Countersign policy .* nor a Notary trust policy/);
});

test("of several configured policies one is chosen by name, and each is what its name says", async () => {
  const { own, project, judge } = await makeMachine();
  for (const name of ["a", "b"]) writeFileSync(join(own, `${name}.yaml`), policyOf(name, { version: 3 }));
  writeFileSync(join(own, "verifier.yaml"), `${HEAD}policies:\n  a: { source: a.yaml }\n  b: { source: b.yaml, minimumVersion: 3 }\n`);
  // A file of that name in the working folder is not meant.
  writeFileSync(join(project, "b"), policyOf("stranger"));
  const open = await judge();
  assertRefused(open, "policy/none", 3);
  assert.match(open.stderr, /--policy a, or --policy b/);
  assertJudged(await judge(["--policy", "b"]), "b", "unpinned");
  writeFileSync(join(own, "b.yaml"), policyOf("b", { version: 2 }));
  const older = await judge(["--policy", "b"]);
  assertRefused(older, "policy/invalid", 3);
  assert.match(older.stderr, /version 2, .* 3 or later/);
  writeFileSync(join(own, "b.yaml"), policyOf("a", { version: 4 }));
  assertRefused(await judge(["--policy", "b"]), "policy/invalid", 3);
});

test("a digest beside the name pins, and one that is another's is refused", async () => {
  const { project, judge } = await makeMachine();
  writeFileSync(join(project, "shop.yaml"), policyOf("shop"));
  const digest = digestOf(Buffer.from(policyOf("shop")));
  assertJudged(await judge(["--policy", `shop.yaml@${digest}`]), "shop", "pinned");
  assertJudged(await judge([], { env: { COUNTERSIGN_POLICY: `shop.yaml@${digest}` } }), "shop", "pinned");
  assertRefused(await judge(["--policy", `shop.yaml@sha256:${"0".repeat(64)}`]), "policy/changed", 3);
  assertRefused(await judge(["--policy", "shop.yaml@sha256:12"]), "reference/invalid-digest", 2);
  const variable = await judge([], { env: { COUNTERSIGN_POLICY: "shop.yaml@sha256:12" } });
  assertRefused(variable, "policy/invalid", 3);
  assert.match(variable.stderr, /COUNTERSIGN_POLICY names it: correct or unset that/);
});

test("policy trust pins a file, keeps what stands in verifier.yaml, and a change is refused until it is trusted", async () => {
  const { own, project, run, judge } = await makeMachine();
  const file = join(project, "countersign.yaml");
  const verifier = join(own, "verifier.yaml");
  writeFileSync(file, policyOf("shop"));
  const asked = await run(["policy", "trust", "countersign.yaml"]);
  assert.equal(asked.code, 2, asked.stderr);
  assert.match(asked.stderr, /gate build at registry\.example\/shop: opened by ci/);
  const other = await run(["policy", "trust", `countersign.yaml@sha256:${"0".repeat(64)}`, "--yes"]);
  assert.equal(other.code, 3, other.stderr);
  assert.match(other.stderr, /policy\/changed/);
  const before = `# who is believed\n${HEAD}# a place\ndeploy:\n  - { cluster: prod, namespaces: [ shop ], gate: build } # the only one\n`;
  writeFileSync(verifier, before);
  chmodSync(verifier, 0o640);
  const trusted = await run(["policy", "trust", "countersign.yaml", "--yes", "--output", "json"]);
  assert.equal(trusted.code, 0, trusted.stderr);
  assert.deepEqual(findFaults(JSON.parse(trusted.stdout)), []);
  assert.equal(readFileSync(verifier, "utf8"), `${before}pins:\n  ${file}: ${digestOf(Buffer.from(policyOf("shop")))}\n`);
  assert.equal(statSync(verifier).mode & 0o777, 0o640);
  // Pinned is not chosen.
  const { next } = JSON.parse(trusted.stdout) as { readonly next: readonly string[] };
  assert.deepEqual(next, ["countersign verify REF --policy countersign.yaml"]);
  assertRefused(await judge(), "policy/none", 3);
  assertJudged(await judge(["--policy", "countersign.yaml"]), "shop", "pinned");
  // By another way to the same file, too.
  symlinkSync(project, join(own, "link"));
  assertJudged(await judge(["--policy", join(own, "link", "countersign.yaml")]), "shop", "pinned");

  writeFileSync(file, `${policyOf("shop")}# changed\n`);
  const changed = await judge(["--policy", "countersign.yaml"]);
  assertRefused(changed, "policy/changed", 3);
  assert.match(changed.stderr, /countersign policy trust countersign\.yaml/);
  const checked = await run(["policy", "check", "countersign.yaml", "--output", "json"]);
  assert.equal(checked.code, 0, checked.stderr);
  const { trust, warnings, name, version } = JSON.parse(checked.stdout) as Record<string, unknown>;
  assert.deepEqual([trust, name, version], ["unpinned", "shop", "1"]);
  assert.match(String(warnings), /it judges nothing until/);
  const looked = await run(["policy", "trust", "countersign.yaml"]);
  assert.match(looked.stderr, /was pinned as sha256:/);
  assert.doesNotMatch(looked.stderr, /it judges nothing until/);
  const again = await run(["policy", "trust", "countersign.yaml", "--yes", "-q"]);
  assert.equal(again.code, 0);
  assert.ok(again.stdout.includes(`policies: { shop: { source: "${file}" } }`), again.stdout);
  assertJudged(await judge(["--policy", "countersign.yaml"]), "shop", "pinned");
  assert.equal(readFileSync(verifier, "utf8").match(/countersign\.yaml/g)?.length, 1);
});

test("a policy is pinned by its name as well", async () => {
  const { own, project, judge } = await makeMachine();
  writeFileSync(join(project, "shop.yaml"), policyOf("shop"));
  writeFileSync(join(own, "verifier.yaml"), `${HEAD}pins:\n  shop: ${digestOf(Buffer.from(policyOf("shop")))}\n`);
  assertJudged(await judge(["--policy", "shop.yaml"]), "shop", "pinned");
  writeFileSync(join(project, "shop.yaml"), policyOf("shop", { version: 2 }));
  assertRefused(await judge(["--policy", "shop.yaml"]), "policy/changed", 3);
});

test("two who pin at once lose nothing of each other", async () => {
  const { own, project, run } = await makeMachine();
  const names = ["a", "b", "c", "d"];
  for (const name of names) writeFileSync(join(project, `${name}.yaml`), policyOf(name));
  const ran = await Promise.all(names.map((name) => run(["policy", "trust", `${name}.yaml`, "--yes"])));
  assert.deepEqual(
    ran.map(({ code, stderr }) => [code, stderr.includes("Cannot")]),
    names.map(() => [0, false]),
  );
  const text = readFileSync(join(own, "verifier.yaml"), "utf8");
  for (const name of names) assert.ok(text.includes(`${join(project, `${name}.yaml`)}: ${digestOf(Buffer.from(policyOf(name)))}`), text);
});

test("what lies in the working tree is nobody's configuration", async () => {
  const { project, run, judge } = await makeMachine();
  const inside = join(project, "sub", "configuration");
  mkdirSync(join(inside, "truststore/x509/ca/acme"), { recursive: true });
  writeFileSync(join(inside, "truststore/x509/ca/acme/root.pem"), ROOT_CERTIFICATE);
  writeFileSync(join(project, "shop.yaml"), policyOf("shop"));
  const env = { COUNTERSIGN_CONFIG: inside };
  for (const cwd of [project, join(project, "sub")]) {
    const refused = await run(["policy", "trust", join(project, "shop.yaml"), "--yes", "--output", "json"], { cwd, env });
    assert.equal(refused.code, 3, refused.stderr);
    assert.match(refused.stderr, /working tree/);
  }
  // Without a verifier.yaml the folder serves as before.
  assertJudged(await judge(["--policy", "shop.yaml"], { env }), "shop", "unpinned");
  writeFileSync(join(inside, "verifier.yaml"), `${HEAD}pins:\n  shop: ${digestOf(Buffer.from(policyOf("shop")))}\n`);
  assertRefused(await judge(["--policy", "shop.yaml"], { env }), "config/invalid", 3);
  const outside = mkdtempSync(join(root, "outside-"));
  symlinkSync(inside, join(outside, "link"));
  assertRefused(await judge(["--policy", "shop.yaml"], { env: { COUNTERSIGN_CONFIG: join(outside, "link") } }), "config/invalid", 3);
  assertJudged(await judge(["--policy", join(project, "shop.yaml")], { env, cwd: outside }), "shop", "pinned");
});

test("a checkout that HOME, a link or a repository within it lead to is nobody's configuration either", async () => {
  const { home, project, notation, judge, run } = await makeMachine();
  const file = join(home, "shop.yaml");
  writeFileSync(file, policyOf("shop"));
  const verifier = `${HEAD}pins:\n  shop: ${digestOf(Buffer.from(policyOf("shop")))}\n`;
  const sub = join(project, "sub");
  const inside = join(sub, ".config", "countersign");
  for (const folder of [inside, join(sub, ".git")]) mkdirSync(folder, { recursive: true });
  symlinkSync(notation, join(sub, ".config", "notation"));
  // The repository's own configuration, by the home folder that the environment names, from above it and from within it.
  writeFileSync(join(inside, "verifier.yaml"), verifier);
  for (const cwd of [project, sub]) {
    const refused = await judge(["--policy", file], { cwd, env: { HOME: sub } });
    assertRefused(refused, "config/invalid", 3);
    assert.ok(refused.stderr.includes(`lies in the working tree "${project}", where others may write too`), refused.stderr);
  }
  // A repository within it makes the tree no smaller.
  const other = join(project, "configuration");
  mkdirSync(other);
  writeFileSync(join(other, "verifier.yaml"), verifier);
  assertRefused(await judge(["--policy", file], { cwd: sub, env: { COUNTERSIGN_CONFIG: other } }), "config/invalid", 3);
  // A link of the repository leads where whoever writes it wants.
  const elsewhere = join(home, "elsewhere");
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, "verifier.yaml"), verifier);
  symlinkSync(elsewhere, join(project, "link"));
  assertRefused(await judge(["--policy", file], { env: { COUNTERSIGN_CONFIG: "link" } }), "config/invalid", 3);
  // Without a verifier.yaml its policy judges, as any file would, and the verdict does not take it for anybody's word.
  rmSync(join(inside, "verifier.yaml"));
  writeFileSync(join(inside, "policy.yaml"), policyOf("brought"));
  const brought = await judge([], { env: { HOME: sub } });
  assertJudged(brought, "brought", "unpinned");
  assert.ok(
    brought.stderr.includes(
      `warning: the configuration's folder is "${inside}", which lies in the working tree "${project}", where others may write too: the policy counts as unpinned`,
    ),
    brought.stderr,
  );
  assert.equal((await run(["policy", "trust", file, "--yes"], { env: { HOME: sub } })).code, 3);
});

test("what is pinned counts as unpinned while the trust stores lie in the working tree", async () => {
  const { project, notation, judge } = await makeMachine();
  writeFileSync(join(project, "shop.yaml"), policyOf("shop"));
  const pinned = ["--policy", `shop.yaml@${digestOf(Buffer.from(policyOf("shop")))}`];
  assertJudged(await judge(pinned), "shop", "pinned");
  mkdirSync(join(project, "notation", "truststore/x509/ca/acme"), { recursive: true });
  writeFileSync(join(project, "notation", "truststore/x509/ca/acme/root.pem"), ROOT_CERTIFICATE);
  const brought = await judge(pinned, { env: { NOTATION_CONFIG: "notation" } });
  assertJudged(brought, "shop", "unpinned");
  assert.match(brought.stderr, /the folder of trust stores is "notation\/truststore", which lies in the working tree/);
  symlinkSync(notation, join(project, "linked"));
  assertJudged(await judge(pinned, { env: { NOTATION_CONFIG: "linked" } }), "shop", "unpinned");
});

test("a home folder around the checkout, as pipelines have it, is whoever verifies", async () => {
  const { home, project, own, run, judge } = await makeMachine();
  writeFileSync(join(own, "policy.yaml"), policyOf("own"));
  for (const cwd of [project, home, join(project, ".git")]) assert.doesNotMatch((await judge([], { cwd })).stderr, /working tree/);
  assert.equal((await run(["policy", "trust", join(own, "policy.yaml"), "--yes"])).code, 0);
  for (const cwd of [project, home]) assertJudged(await judge([], { cwd }), "own", "pinned");
});

test("a broken verifier.yaml is told with its place, and not written over", async () => {
  const { own, project, run, judge } = await makeMachine();
  writeFileSync(join(project, "shop.yaml"), policyOf("shop"));
  const broken = `${HEAD}polices: {}\n`;
  writeFileSync(join(own, "verifier.yaml"), broken);
  const judged = await judge(["--policy", "shop.yaml"]);
  assertRefused(judged, "config/invalid", 3);
  assert.match(judged.stderr, /line 3, column 1: polices is not a field of a verifier's configuration/);
  assert.equal((await run(["policy", "trust", "shop.yaml", "--yes"])).code, 3);
  assert.equal(readFileSync(join(own, "verifier.yaml"), "utf8"), broken);
});

test("a place of use whose gate the policy does not have is told wherever that policy judges, with its line", async () => {
  const { own, project, judge, run } = await makeMachine();
  writeFileSync(join(own, "policy.yaml"), policyOf("shop"));
  const verifier = join(own, "verifier.yaml");
  const table =
    "deploy:\n  - { cluster: prod, namespaces: [shop], gate: build }\n  - cluster: lab\n    namespaces: [shop]\n    gate: biuld\n";
  writeFileSync(verifier, `${HEAD}${table}`);
  const warning = `line 7 of "${verifier}" asks for gate "biuld", which the policy shop does not have (did you mean build?); write a gate of the policy there: build`;
  const judged = await judge();
  assertJudged(judged, "shop", "unpinned");
  assert.deepEqual(judged.stderr.match(/warning: .*/g), [`warning: ${warning}`]);
  assert.match((await run(["policy", "check", join(own, "policy.yaml")])).stdout, /asks for gate "biuld"/);
  // A table for another policy has that one's gates, and so has a Notary trust policy none.
  writeFileSync(join(project, "other.yaml"), policyOf("other"));
  writeFileSync(verifier, `${HEAD}${table}policies: { shop: { source: policy.yaml } }\n`);
  assert.match((await judge()).stderr, /asks for gate "biuld"/);
  assert.doesNotMatch((await judge(["--policy", "other.yaml"])).stderr, /asks for gate/);
  writeFileSync(join(project, "notary.json"), NOTARY);
  writeFileSync(verifier, `${HEAD}${table}`);
  assert.doesNotMatch((await judge(["--policy", "notary.json"])).stderr, /asks for gate/);
});

test("trust stores lie where verifier.yaml says", async () => {
  const { own, notation, project, run, judge } = await makeMachine();
  rmSync(join(notation, "truststore"), { recursive: true });
  mkdirSync(join(own, "anchors/x509/ca/acme"), { recursive: true });
  writeFileSync(join(own, "anchors/x509/ca/acme/root.pem"), ROOT_CERTIFICATE);
  writeFileSync(join(project, "shop.yaml"), policyOf("shop"));
  assertRefused(await judge(["--policy", "shop.yaml"]), "trust/store-missing", 3);
  writeFileSync(join(own, "verifier.yaml"), `${HEAD}trustStores: anchors\n`);
  assertJudged(await judge(["--policy", "shop.yaml"]), "shop", "unpinned");
  assert.equal((await run(["trust", "list", "--output", "name"])).stdout, "ca:acme\n");
});

test("a policy of a registry counts with the signatures of the policy signers, and in no other way", async (context) => {
  const { own, project, run, judge } = await makeMachine();
  const registry = await startRegistry();
  context.after(() => registry.close());
  const place = `oci://${registry.host}/policies/shop`;
  const configure = (by: string, policies = ""): void =>
    writeFileSync(join(own, "verifier.yaml"), `${HEAD}roles:\n  policySigners: { by: [ ${by} ] }\n${policies}`);
  writeFileSync(join(project, "shop.yaml"), policyOf("shop"));
  const publish = async (file: string): Promise<Ran> => run(["policy", "sign", file, place, ...KEY, "--output", "json"]);

  const first = await publish("shop.yaml");
  assert.equal(first.code, 0, first.stderr);
  assert.deepEqual(findFaults(JSON.parse(first.stdout)), []);
  assertRefused(await judge(["--policy", place]), "policy/unsigned", 3);
  configure("{ certificate: { anchor: ca:acme, subject: { CN: ana, O: Acme, C: US } } }");
  const other = await judge(["--policy", place]);
  assertRefused(other, "policy/unsigned", 3);
  assert.match(other.stderr, /none of CN=ana,O=Acme,C=US \(ca:acme\), whom roles\.policySigners in verifier\.yaml asks for here/);
  assert.ok(other.stderr.includes(`try: countersign policy sign policy.yaml ${place}:latest --key KEY`), other.stderr);
  configure(CI);
  assertJudged(await judge(["--policy", place]), "shop", "signed");
  assert.equal((await run(["policy", "trust", place, "--yes"])).code, 2);
  // A pin of its name holds it to one document, and takes nothing from its signatures.
  configure(CI, `pins:\n  shop: ${digestOf(Buffer.from(policyOf("shop")))}\n`);
  assertJudged(await judge(["--policy", place]), "shop", "signed");
  configure(CI, `pins:\n  shop: ${digestOf(Buffer.from(policyOf("shop", { version: 2 })))}\n`);
  assertRefused(await judge(["--policy", place]), "policy/changed", 3);
  configure(CI, `policies:\n  shop: { source: "${place}", minimumVersion: 2 }\n`);
  const tooOld = await judge();
  assertRefused(tooOld, "policy/invalid", 3);
  assert.match(tooOld.stderr, /version 1, .* 2 or later/);
  // The floor is not passed by by naming the place.
  assertRefused(await judge(["--policy", place]), "policy/invalid", 3);

  // Only a successor takes its place.
  writeFileSync(join(project, "next.yaml"), policyOf("shop", { version: 2 }));
  const orphan = await publish("next.yaml");
  assert.equal(orphan.code, 3);
  const previous = digestOf(Buffer.from(policyOf("shop")));
  assert.ok(orphan.stderr.includes(`previous: "${previous}"`), orphan.stderr);
  writeFileSync(join(project, "next.yaml"), policyOf("shop", { version: 2, more: `previous: "${previous}"\n` }));
  assert.equal((await publish("next.yaml")).code, 0);
  assertJudged(await judge(), "shop", "signed");
  assertJudged(await judge(["--policy", "shop"]), "shop", "signed");

  // A policy of another name is signed as well, and is another.
  configure(CI, `policies:\n  base: { source: "${place}" }\n`);
  assertRefused(await judge(), "policy/invalid", 3);
  // Nor does it judge where its place is named rather than the policy that belongs there.
  assertRefused(await judge(["--policy", place]), "policy/invalid", 3);
  // An image is no policy, whoever signed it.
  const opened = await setup({ env: {} });
  const store = await opened.openStore(parseReference(`${registry.host}/policies/image`));
  await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("app") }], tag: "latest" });
  opened.close();
  assertRefused(await judge(["--policy", `oci://${registry.host}/policies/image`]), "policy/invalid", 3);
});

test("of several policy signers the last one moves the tag, and until then what it names goes on to judge", async (context) => {
  const { own, project, run, judge } = await makeMachine();
  const registry = await startRegistry();
  context.after(() => registry.close());
  const place = `oci://${registry.host}/policies/two`;
  const { certificates: bosCertificates, leafKey: bosKey } = await createTestChain({ subject: nameOf({ C: "US", O: "Acme", CN: "bo" }) });
  writeFileSync(join(project, "bo.key"), bosKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(join(project, "bo.crt"), bosCertificates.map((der) => encodePem("CERTIFICATE", der)).join(""));
  const bo = ["--key", join(project, "bo.key"), "--cert", join(project, "bo.crt")];
  const bosRoot = encodePem("CERTIFICATE", bosCertificates.at(-1) ?? new Uint8Array());
  writeFileSync(join(project, "root.pem"), bosRoot);
  assert.equal((await run(["trust", "add", "ca:bos", "root.pem"])).code, 0);
  const signers = `[ ${CI}, { certificate: { anchor: ca:bos, subject: { C: US, O: Acme, CN: bo } } } ]`;
  writeFileSync(join(own, "verifier.yaml"), `${HEAD}roles:\n  policySigners: { by: ${signers}, atLeast: 2 }\n`);
  const sign = async (file: string, key: readonly string[]): Promise<Ran> => run(["policy", "sign", file, place, ...key]);

  writeFileSync(join(project, "v1.yaml"), policyOf("two"));
  const first = await sign("v1.yaml", KEY);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /signed by CN=ci,O=Acme,C=US \(ca:acme\), 1 of 2; the tag moves when CN=bo,O=Acme,C=US \(ca:bos\) has signed/);
  assert.ok(first.stdout.includes(`countersign policy sign v1.yaml ${place} --key KEY`), first.stdout);
  assertRefused(await judge(["--policy", place]), "store/not-found", 4);
  // The same signer once more is not another.
  assert.match((await sign("v1.yaml", KEY)).stdout, /1 of 2/);
  const second = await sign("v1.yaml", bo);
  assert.doesNotMatch(second.stdout, /the tag moves/);
  assertJudged(await judge(["--policy", place]), "two", "signed");

  const previous = digestOf(Buffer.from(policyOf("two")));
  writeFileSync(join(project, "v2.yaml"), policyOf("two", { version: 2, more: `previous: "${previous}"\n` }));
  const waiting = await run(["policy", "sign", "v2.yaml", place, ...bo, "--output", "json"]);
  const answer = JSON.parse(waiting.stdout) as { readonly tagMoved: boolean; readonly waiting: Readonly<Record<string, unknown>> };
  assert.deepEqual(findFaults(answer), []);
  assert.equal(answer.tagMoved, false);
  assert.deepEqual(answer.waiting["stillAble"], ["CN=ci,O=Acme,C=US (ca:acme)"]);
  const meanwhile = await judge(["--policy", place]);
  assertJudged(meanwhile, "two", "signed");
  assert.equal(meanwhile.policy?.digest, previous);
  // What docs/policies.md has the second signer look at.
  assert.match((await run(["policy", "diff", place, "v2.yaml"])).stdout, /version 1 {2}signed .*\n[^]*version 2 {2}unpinned /);
  assert.equal((await sign("v2.yaml", KEY)).code, 0);
  assert.equal((await judge(["--policy", place])).policy?.digest, digestOf(readFileSync(join(project, "v2.yaml"))));
});

test("a key that may not sign policies pushes nothing, and where nobody says who may, that is said", async (context) => {
  const { own, project, run } = await makeMachine();
  const registry = await startRegistry();
  context.after(() => registry.close());
  const place = `oci://${registry.host}/policies/shop`;
  writeFileSync(join(project, "shop.yaml"), policyOf("shop"));
  const sign = async (): Promise<Ran> => run(["policy", "sign", "shop.yaml", place, ...KEY, "--output", "json"]);
  const stranger = CI.replace("O: Acme", "O: Acme Inc");
  writeFileSync(join(own, "verifier.yaml"), `${HEAD}roles:\n  policySigners: { by: [ ${stranger} ] }\n`);
  const before = registry.requests.length;
  const refused = await sign();
  assert.equal(refused.code, 3, refused.stderr);
  assert.match(refused.stderr, /policy\/not-a-signer/);
  assert.match(
    refused.stderr,
    /Cannot sign a policy as "CN=ci,O=Acme,C=US": .*verifier\.yaml" lets only these .*CN=ci,O=Acme Inc,C=US \(ca:acme\)/,
  );
  assert.match(refused.stderr, /only O differs/);
  assert.equal(registry.requests.length, before);
  rmSync(join(own, "verifier.yaml"));
  const alone = await sign();
  assert.equal(alone.code, 0, alone.stderr);
  assert.match(alone.stderr, /nobody on this machine says who may sign policies/);
  assert.equal((JSON.parse(alone.stdout) as { readonly tagMoved: boolean }).tagMoved, true);
});

test("a signed policy that nobody signed, or that somebody has replaced, judges nothing", async (context) => {
  const { own, project, run, judge } = await makeMachine();
  const registry = await startRegistry();
  context.after(() => registry.close());
  writeFileSync(join(own, "verifier.yaml"), `${HEAD}roles:\n  policySigners: { by: [ ${CI} ] }\n`);
  writeFileSync(join(project, "shop.yaml"), policyOf("shop"));
  const place = `${registry.host}/policies/shop`;
  assert.equal((await run(["policy", "sign", "shop.yaml", `oci://${place}`, ...KEY])).code, 0);
  assertJudged(await judge(["--policy", `oci://${place}`]), "shop", "signed");
  const { writePolicyArtifact } = await import("../../src/policy/policy-artifact.ts");
  const { blobs, manifest } = writePolicyArtifact(Buffer.from(policyOf("shop", { version: 9 })));
  const opened = await setup({ env: {} });
  const store = await opened.openStore(parseReference(place));
  for (const { descriptor, bytes } of blobs) await store.pushBlob(descriptor, bytes);
  await store.pushManifest(manifest.descriptor, manifest.bytes, { tag: "latest" });
  opened.close();
  assertRefused(await judge(["--policy", `oci://${place}`]), "policy/unsigned", 3);
});

/** Runs the program at a terminal that `script` makes; types `answer` once it is asked. */
async function atTerminal(
  context: TestContext,
  {
    home,
    args,
    cwd,
    answer = "",
    redirect = "",
  }: {
    readonly home: string;
    readonly args: readonly string[];
    readonly cwd: string;
    readonly answer?: string;
    readonly redirect?: string;
  },
): Promise<{ readonly code: number | null; readonly screen: string } | undefined> {
  if (process.platform !== "linux") context.skip("`script` takes other options here");
  else if (needsPrograms(context, "script")) {
    const command = `${[process.execPath, LAUNCHER, ...args].map(quoteWord).join(" ")}${redirect}`;
    const env = { HOME: home, PATH: process.env["PATH"] ?? "", NO_COLOR: "1", SHELL: "/bin/sh" };
    const child = spawn("script", ["-qec", command, "/dev/null"], { env, cwd, stdio: ["pipe", "pipe", "inherit"] });
    let screen = "";
    let isAnswered = false;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      screen += text;
      if (isAnswered || !screen.includes("Type yes")) return;
      isAnswered = true;
      child.stdin.write(answer);
    });
    const code = await new Promise<number | null>((done) => child.once("close", done));
    return { code, screen };
  }
  return undefined;
}

test("at a terminal the policy of the project judges, from any folder of it, and says so", async (context) => {
  const { home, project, notation } = await makeMachine();
  writeFileSync(join(notation, "trustpolicy.json"), NOTARY);
  writeFileSync(join(project, "countersign.yaml"), policyOf("project"));
  mkdirSync(join(project, "a", "b"), { recursive: true });
  const args = ["verify", `oci:${join(project, "image")}:1`, "--as", "registry.example/shop"];
  const seen = await atTerminal(context, { home, args, cwd: join(project, "a", "b") });
  if (seen === undefined) return;
  assert.equal(seen.code, 0, seen.screen);
  assert.match(seen.screen, /policy project v1/);
  assert.match(seen.screen, /nobody named and nobody has pinned; countersign policy trust/);
  // Its answer is read by a program: then it is none for a person.
  const piped = await atTerminal(context, { home, args, cwd: project, redirect: " > out.txt; cat out.txt" });
  assert.doesNotMatch(piped?.screen ?? "", /policy project/);
  const typed = await atTerminal(context, { home, args, cwd: project, redirect: " < /dev/null" });
  assert.doesNotMatch(typed?.screen ?? "", /policy project/);
});

test("policy trust asks at a terminal, and takes nothing but yes", async (context) => {
  const { home, project, own } = await makeMachine();
  writeFileSync(join(project, "countersign.yaml"), policyOf("project"));
  const args = ["policy", "trust", "countersign.yaml"];
  const no = await atTerminal(context, { home, args, cwd: project, answer: "y\r" });
  if (no === undefined) return;
  assert.notEqual(no.code, 0);
  assert.match(no.screen, /answer with the whole word yes/);
  assert.throws(() => readFileSync(join(own, "verifier.yaml")));
  const yes = await atTerminal(context, { home, args, cwd: project, answer: "yes\r" });
  assert.equal(yes?.code, 0, yes?.screen);
  assert.match(readFileSync(join(own, "verifier.yaml"), "utf8"), /pins:\n {2}.*project\/countersign\.yaml: sha256:/);
});
