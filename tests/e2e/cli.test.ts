/** The commands from end to end, over layouts: exit codes, both streams, and every JSON document against its schema. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { isObject } from "../../src/core/descriptor.ts";
import { decodeYaml } from "../../src/encoding/yaml.ts";
import { plainValue } from "../../src/encoding/yaml-node.ts";
import { openLayout } from "../../src/registry/layout.ts";
import { pushImage } from "../../src/testing/image.ts";
import { startRegistry } from "../../src/testing/registry-server.ts";
import { findFaults, SCHEMAS } from "../json-schema.ts";
import { countersign, type Said, type TerminalOptions } from "./terminal.ts";

let folder = "";
let digest = "";
const IDENTITY = "x509.subject: C=US, ST=WA, O=Countersign Test";
const AD_HOC = ["--trust-store", "ca:test", "--trusted-identity", IDENTITY];

/** Kinds of document that some test has seen and compared with its schema. */
const seen = new Set<string>();
/** Compared in attest.test.ts, policy-test.test.ts, src/cli/verify-manifests.test.ts, credentials.test.ts, policy-floor.test.ts, policy-commands.test.ts and serve.test.ts. */
const SEEN_ELSEWHERE = [
  "Approval",
  "ApprovalList",
  "Attached",
  "AttestationList",
  "Attestations",
  "Exception",
  "ExceptionList",
  "History",
  "HistoryList",
  "Login",
  "Logout",
  "ManifestVerdict",
  "ManifestVerdicts",
  "NotJudged",
  "Pending",
  "PolicyDiff",
  "PolicyExplanation",
  "PolicyExport",
  "PolicyInit",
  "PolicyTest",
  "PolicyTestReport",
  "PolicyVersions",
  "Promotion",
  "RecordedImage",
  "Serving",
  "WhoCan",
];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-e2e-"));
  const store = await openLayout(join(folder, "signed"), { create: true });
  const image = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("one") }], tag: "1.0" });
  digest = image.digest;
  const bare = await openLayout(join(folder, "bare"), { create: true });
  await pushImage(bare, { files: [{ path: "app", bytes: Buffer.from("two") }], tag: "1.0" });
  const made = await run(["cert", "test", "--trust", "--output", "json"]);
  assert.equal(made.code, 0, made.stderr);
  document(made, "TestCertificate");
});

after(() => rm(folder, { recursive: true, force: true }));

function run(args: readonly string[], options: TerminalOptions = {}): Promise<Said> {
  return countersign([...args, "--config", join(folder, "config")], options);
}

const layout = (name: string): string => `oci:${join(folder, name)}`;

function document(said: Said, kind: string): Readonly<Record<string, unknown>> {
  const value = said.json();
  assert.ok(isObject(value));
  assert.equal(value["kind"], kind);
  assert.deepEqual(findFaults(value), []);
  seen.add(kind);
  return value;
}

function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

test("without a terminal a tag is not signed, and the answer says how to name a digest", async () => {
  const said = await run(["sign", `${layout("signed")}:1.0`, "--key", "test", "--output", "json"]);
  assert.equal(said.code, 2);
  assert.equal(document(said, "Error")["code"], "usage/digest-wanted");
  assert.match(
    said.stderr,
    /try: `countersign --config \S+ tree oci:\S+signed:1\.0` shows the digest; then `countersign --config \S+ sign oci:\S+signed@sha256:…/,
  );
});

test("a reference that is none is said before the key is looked for", async () => {
  const said = await run(["sign", "Team/App", "--key", "none"]);
  assert.equal(said.code, 2);
  assert.match(said.stderr, /reference\/invalid/);
});

test("sign by digest, then verify passes, and JSON follows the schemas", async () => {
  const signed = await run([
    "sign",
    `${layout("signed")}@${digest}`,
    "--key",
    "test",
    "--format",
    "notary-jws",
    "--format",
    "notary-cose",
    "--annotation",
    "commit=abc",
    "--output",
    "json",
  ]);
  assert.equal(signed.code, 0, signed.stderr);
  const { signatures } = document(signed, "Signatures");
  assert.ok(Array.isArray(signatures) && signatures.length === 2);

  const said = await run(["verify", `${layout("signed")}:1.0`, ...AD_HOC, "--output", "json"]);
  assert.equal(said.code, 0, said.stdout);
  assert.equal(document(said, "Verdict")["outcome"], "pass");

  const text = await run(["verify", `${layout("signed")}:1.0`, ...AD_HOC]);
  assert.match(text.stdout, /^✓ pass {2}oci:.*@sha256:[0-9a-f]{64}/);
  assert.match(text.stdout, /✓ signature {3}CN=test,O=Countersign Test/);
});

test("required metadata that is not there denies, and what is there passes", async () => {
  const args = ["verify", `${layout("signed")}:1.0`, ...AD_HOC, "--annotation"];
  assert.equal((await run([...args, "commit=abc"])).code, 0);
  const said = await run([...args, "commit=other"]);
  assert.equal(said.code, 1, said.stdout);
});

test("an unsigned image is denied with exit 1, and the text says what to do", async () => {
  const said = await run(["verify", `${layout("bare")}:1.0`, ...AD_HOC]);
  assert.equal(said.code, 1);
  assert.match(said.stdout, /^✗ deny/);
  assert.match(said.stdout, /signature\/none/);
  assert.match(
    said.stdout,
    /try: If it is yours .*countersign --config \S+ sign oci:\S+bare@sha256:[0-9a-f]{64} --key test`.* find out who pushed it/,
  );
});

test("--output ref prints a reference only where the answer is yes", async () => {
  const yes = await run(["verify", `${layout("signed")}:1.0`, ...AD_HOC, "--output", "ref"]);
  assert.deepEqual([yes.code, yes.stdout], [0, `${layout("signed")}@${digest}\n`]);
  const no = await run(["verify", `${layout("bare")}:1.0`, ...AD_HOC, "--output", "ref"]);
  assert.deepEqual([no.code, no.stdout], [1, ""]);
  assert.match(no.stderr, /deny/);
});

test("lists keep their order, and the worst answer is the exit code", async () => {
  const list = `# images\n${layout("signed")}:1.0\n\n${layout("absent")}:1.0\n`;
  const mixed = await run(["verify", "--from", "-", ...AD_HOC, "--output", "json"], { stdin: list });
  assert.equal(mixed.code, 4);
  const { items, outcome } = document(mixed, "VerdictList");
  assert.equal(outcome, "unknown");
  assert.ok(Array.isArray(items));
  assert.deepEqual(
    items.map((item: unknown) => isObject(item) && item["kind"]),
    ["Verdict", "Error"],
  );

  const denied = await run(["verify", "--from", "-", ...AD_HOC], { stdin: `${list}${layout("bare")}:1.0\n` });
  assert.equal(denied.code, 1);
  assert.ok(denied.stdout.indexOf("✓ pass") < denied.stdout.indexOf("✗ deny"));

  const wrong = await run(["verify", `${layout("signed")}:1.0`, "not a reference", ...AD_HOC, "--output", "json"]);
  assert.equal(wrong.code, 2);
});

test("jsonl gives one document a line", async () => {
  const said = await run(["verify", `${layout("signed")}:1.0`, `${layout("bare")}:1.0`, ...AD_HOC, "--output", "jsonl"]);
  assert.equal(said.code, 1);
  const outcomes = said.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly outcome: string });
  assert.deepEqual(outcomes.map(({ outcome }) => outcome).sort(), ["deny", "pass"]);
  for (const verdict of outcomes) assert.deepEqual(findFaults(verdict), []);
});

test("--explain shows every check of every signature", async () => {
  const said = await run([
    "verify",
    `${layout("signed")}:1.0`,
    "--trust-store",
    "ca:test",
    "--trusted-identity",
    "x509.subject: C=DE, ST=BE, O=Other",
    "--explain",
  ]);
  assert.equal(said.code, 1);
  for (const code of ["subject/match", "integrity/verified", "authenticity/trusted", "identity/untrusted", "expiry/none", "time/valid"]) {
    assert.ok(said.stdout.includes(code), `${code} is missing in\n${said.stdout}`);
  }
});

test("a deny leads to a pass by its own remedies: the root is looked at and added, the identity is taken over", async () => {
  const image = `${layout("signed")}:1.0`;
  await run(["cert", "test", "empty", "--trust"]);
  const stranger = await run(["verify", image, "--trust-store", "ca:empty", "--trusted-identity", "*"]);
  const [, signature = "", name = ""] =
    /inspect \S+signed@sha256:[0-9a-f]{64} --root (sha256:[0-9a-f]{64}) --out (root-[0-9a-f]{12}\.pem)`/.exec(stranger.stdout) ?? [];
  assert.ok(stranger.stdout.includes(`trust add ca:empty ${name}\``), stranger.stdout);
  const file = join(folder, name);
  const root = await run(["inspect", image, "--root", signature, "--out", file]);
  assert.equal(root.code, 0, root.stderr);
  // What is there is left alone, and a failure leaves nothing.
  assert.equal((await run(["inspect", image, "--root", signature, "--out", file])).code, 2);
  assert.equal((await run(["inspect", image, "--root", "00000000", "--out", join(folder, "none.pem")])).code, 2);
  await assert.rejects(stat(join(folder, "none.pem")), { code: "ENOENT" });
  assert.equal((await run(["inspect", image, "--out", file])).code, 2);
  const short = `${signature.slice(0, "sha256:".length + 12)}…`;
  assert.equal((await run(["inspect", image, "--root", short])).stdout, await readFile(file, "utf8"));
  assert.equal((await run(["inspect", image, "--root", signature.slice(0, 12)])).code, 2, "seven digits and fewer are none");
  assert.equal((await run(["trust", "add", "ca:empty", file])).code, 0);
  assert.equal((await run(["verify", image, "--trust-store", "ca:empty", "--trusted-identity", "*"])).code, 0);
  assert.equal((await run(["inspect", image, "--root", `sha256:${"0".repeat(64)}`])).code, 2);

  const other = await run(["verify", image, "--trust-store", "ca:test", "--trusted-identity", "x509.subject: C=DE, ST=BE, O=Other"]);
  const [, identity = ""] = /accept its identity: add --trusted-identity '([^']+)'/.exec(other.stdout) ?? [];
  assert.equal((await run(["verify", image, "--trust-store", "ca:test", "--trusted-identity", identity])).code, 0, identity);
});

test("a missing annotation does not hide who signed", async () => {
  const said = await run(["verify", `${layout("signed")}:1.0`, ...AD_HOC, "--annotation", "commit=other"]);
  assert.match(said.stdout, /CN=test,O=Countersign Test.*by ca:test/);
  assert.match(said.stdout, /--annotation commit=other/);
});

test("a policy that is for other repositories says no by the name alone, and says so; a layout that is not there is said first", async () => {
  const file = join(folder, "elsewhere.json");
  const statement = {
    name: "app",
    registryScopes: ["registry.invalid/app"],
    signatureVerification: { level: "strict" },
    trustStores: ["ca:test"],
    trustedIdentities: ["*"],
  };
  await writeFile(file, JSON.stringify({ version: "1.0", trustPolicies: [statement] }));
  const registry = await run(["verify", "registry.invalid/other:1", "--policy", file]);
  assert.equal(registry.code, 1, registry.stderr);
  assert.match(registry.stdout, /product\/not-listed: .*no question was sent to the registry\n {2}try: Add "registry\.invalid\/other"/);
  const present = await run(["verify", `${layout("signed")}:1.0`, "--policy", file]);
  assert.equal(present.code, 1);
  assert.match(present.stdout, /try: .*--as REGISTRY\/REPOSITORY/);
  const absent = await run(["verify", `${layout("absent")}:1.0`, "--policy", file, "--output", "json"]);
  assert.equal(absent.code, 4, absent.stdout);
  assert.equal(document(absent, "Error")["code"], "store/not-found");
});

test("at a terminal a short name is said in full", async () => {
  const args = ["verify", "alpine:3", "--offline", ...AD_HOC];
  assert.match((await run(args, { isTerminal: true })).stderr, /^alpine:3 is docker\.io\/library\/alpine:3$/m);
  assert.doesNotMatch((await run(args)).stderr, /^alpine:3 is /m);
});

test("in a list, what stays wrong is told from what could not be found out", async () => {
  const said = await run(["verify", `${layout("absent")}:1.0`, "X/Y", ...AD_HOC]);
  assert.match(said.stdout, /^\? cannot tell {2}oci:[^]*^✗ error {2}X\/Y$/m);
});

test("tree and inspect show what hangs on the image", async () => {
  const grown = await run(["tree", `${layout("signed")}:1.0`, "--output", "json"]);
  assert.equal(grown.code, 0);
  document(grown, "Tree");
  document(await run(["tree", `${layout("signed")}:1.0`, `${layout("bare")}:1.0`, "--output", "json"]), "TreeList");
  const inspected = await run(["inspect", `${layout("signed")}:1.0`, "--output", "json"]);
  assert.equal(inspected.code, 0);
  document(inspected, "Inspection");
  document(await run(["inspect", `${layout("signed")}:1.0`, `${layout("bare")}:1.0`, "--output", "json"]), "InspectionList");
  assert.match((await run(["inspect", `${layout("signed")}:1.0`])).stdout, /claimed:[^]*proven:/);
});

test("no policy at all is exit 3, with the command that makes one", async () => {
  const said = await countersign(["verify", `${layout("signed")}:1.0`, "--config", join(folder, "empty")]);
  assert.equal(said.code, 3);
  assert.match(said.stderr, /policy\/none/);
  assert.match(said.stderr, /try: countersign --config \S+ policy init/);
});

test("a policy is checked, imported once, shown, and then judges", async () => {
  const file = join(folder, "trustpolicy.json");
  const statement = {
    name: "all",
    registryScopes: ["*"],
    signatureVerification: { level: "strict" },
    trustStores: ["ca:test"],
    trustedIdentities: [IDENTITY],
  };
  await writeFile(file, JSON.stringify({ version: "1.0", trustPolicies: [statement] }));
  document(await run(["policy", "check", file, "--output", "json"]), "PolicyCheck");
  assert.equal((await run(["policy", "import", file])).code, 0);
  const again = await run(["policy", "import", file]);
  assert.equal(again.code, 2);
  assert.match(again.stderr, /file\/exists/);
  assert.equal((await run(["policy", "import", file, "--force"])).code, 0);
  document(await run(["policy", "show", "--output", "json"]), "PolicyShow");
  const said = await run(["verify", `${layout("signed")}:1.0`, "--output", "json"]);
  assert.equal(said.code, 0, said.stderr);
  assert.equal(document(said, "Verdict")["gate"], "all");

  await writeFile(file, JSON.stringify({ version: "1.0", trustPolicies: [{ ...statement, trustStores: ["ca"] }] }));
  const broken = await run(["policy", "check", file]);
  assert.equal(broken.code, 3);
  assert.match(broken.stderr, /trustStores/);
});

test("one reader of policies: a named link is followed, an installed one refused, by every command", async () => {
  const home = join(folder, "linked");
  const file = join(folder, "real-policy.json");
  const link = join(folder, "link-policy.json");
  const statement = {
    name: "all",
    registryScopes: ["*"],
    signatureVerification: { level: "permissive" },
    trustStores: ["ca:test", "ca:nowhere"],
    trustedIdentities: [IDENTITY],
  };
  await writeFile(file, JSON.stringify({ version: "1.0", trustPolicies: [statement] }));
  await symlink(file, link);
  await mkdir(home);
  await symlink(file, join(home, "trustpolicy.json"));
  for (const args of [["verify", `${layout("signed")}:1.0`], ["policy", "show"], ["doctor"]]) {
    const installed = await countersign([...args, "--config", home], { env: { HOME: folder } });
    assert.equal(installed.code, 3, args.join(" "));
    assert.match(installed.stdout + installed.stderr, /symbolic link/);
  }
  assert.equal((await run(["policy", "show", "--policy", link])).code, 0);
  assert.equal((await run(["policy", "show"], { env: { COUNTERSIGN_POLICY: link } })).code, 0);
  assert.equal((await run(["policy", "show"], { env: { COUNTERSIGN_POLICY: join(folder, "none.json") } })).code, 3);
  assert.equal((await run(["verify", `${layout("signed")}:1.0`, "--policy", join(folder, "none.json")])).code, 2);

  const checked = await run(["policy", "check", link]);
  assert.equal(checked.code, 0, checked.stderr);
  assert.match(checked.stdout, /only logs .*time/);
  assert.match(
    checked.stdout,
    /names ca:nowhere, and verify on this machine would stop there: .* try: countersign --config \S+ trust add ca:nowhere ROOTFILE/,
  );
  assert.doesNotMatch(checked.stdout, /names ca:test/);
});

test("--digest-from takes what build tools write, and refuses what names several images", async () => {
  const file = join(folder, "metadata.json");
  await writeFile(file, JSON.stringify({ "containerimage.digest": digest, "image.name": "app" }));
  assert.equal((await run(["sign", layout("signed"), "--key", "test", "--digest-from", file])).code, 0);
  await writeFile(file, `${digest}\n`);
  assert.equal((await run(["sign", layout("signed"), "--key", "test", "--digest-from", file])).code, 0);
  await writeFile(
    file,
    JSON.stringify({ a: { "containerimage.digest": digest }, b: { "containerimage.digest": `sha256:${"0".repeat(64)}` } }),
  );
  const said = await run(["sign", layout("signed"), "--key", "test", "--digest-from", file]);
  assert.equal(said.code, 2);
  assert.match(said.stderr, /names 2 images/);
});

test("--unsafe-tag is recorded in what is signed; on a terminal the digest is shown", async () => {
  const unsafe = await run(["sign", `${layout("bare")}:1.0`, "--key", "test", "--unsafe-tag"]);
  assert.equal(unsafe.code, 0, unsafe.stderr);
  const verified = await run(["verify", `${layout("bare")}:1.0`, ...AD_HOC, "--annotation", "dev.countersign.unsafe-tag=1.0"]);
  assert.equal(verified.code, 0, verified.stdout);
  const typed = await run(["sign", `${layout("signed")}:1.0`, "--key", "test"], { isTerminal: true });
  assert.equal(typed.code, 0, typed.stderr);
  assert.match(typed.stderr, new RegExp(`is ${digest}`));
  const reserved = await run(["sign", `${layout("signed")}@${digest}`, "--key", "test", "--annotation", "io.cncf.notary.x=y"]);
  assert.equal(reserved.code, 2);
});

test("what `cert test` prints can be pasted: its root is trusted, and goes with its key", async () => {
  const made = document(await run(["cert", "test", "pasted", "--output", "json"]), "TestCertificate");
  const text = await run(["key", "remove", "pasted", "--yes"]).then(() => run(["cert", "test", "pasted"]));
  const line = /countersign (--config \S+) (trust add ca:pasted \S+)$/m.exec(text.stdout);
  assert.ok(line, text.stdout);
  const added = await countersign([...String(line[1]).split(" "), ...String(line[2]).split(" ")]);
  assert.equal(added.code, 0, added.stderr);
  assert.ok((await stat(String(made["rootFile"]))).isFile());
  assert.equal((await run(["key", "remove", "pasted", "--yes"])).code, 0);
  await assert.rejects(stat(String(made["rootFile"])), { code: "ENOENT" });
});

test("a key without a certificate signs a bundle, and verifies it alone", async () => {
  assert.equal((await run(["key", "generate", "alone"])).code, 0);
  const pub = join(folder, "alone.pub");
  assert.equal((await run(["key", "export", "alone", "--public", "--out", pub])).code, 0);
  const reference = `${layout("by-key")}@${digest}`;
  assert.equal((await run(["copy", `${layout("signed")}@${digest}`, `${layout("by-key")}:v1`])).code, 0);
  const signed = await run(["sign", reference, "--key", "alone", "--output", "json"]);
  assert.equal(signed.code, 0, signed.stderr);
  document(signed, "Signatures");
  for (const key of [pub, "alone"]) {
    const verdict = await run(["verify", reference, "--key", key, "--output", "json"]);
    assert.equal(verdict.code, 0, verdict.stdout);
    document(verdict, "Verdict");
  }
  document(await run(["inspect", reference, "--output", "json"]), "Inspection");
  const refused = await run(["verify", reference, "--key", pub, "--trust-store", "ca:test", "--trusted-identity", "*"]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /--trust-store or --trusted-identity with --key: each is a policy of its own/);
  const expiring = await run(["sign", reference, "--key", "alone", "--expires", "1d"]);
  assert.equal(expiring.code, 2);
  assert.match(expiring.stderr, /a Sigstore bundle has no place for one/);
  const both = await run(["sign", reference, "--key", "test", "--format", "notary-jws", "--format", "sigstore-bundle"]);
  assert.equal(both.code, 0, both.stderr);
  assert.match(both.stdout, /notary-jws {2}sha256:\w+ .*\n {2}sigstore-bundle {2}sha256:/);
  for (const wrong of [
    ["no.pub", "key/not-found"],
    [join(folder, "by-key", "index.json"), "key/invalid"],
  ] as const) {
    const said = await run(["verify", reference, "--key", wrong[0]]);
    assert.equal(said.code, 3, said.stderr);
    assert.ok(said.stderr.includes(wrong[1]), said.stderr);
  }
});

test("a key that cannot sign what is asked, or is not there, is answered with what can be done", async () => {
  assert.equal((await run(["key", "generate", "bare"])).code, 0);
  const bare = await run(["sign", `${layout("signed")}@${digest}`, "--key", "bare", "--format", "notary-jws"]);
  assert.equal(bare.code, 3);
  assert.match(bare.stderr, /countersign --config \S+ cert request bar/);
  assert.match(bare.stderr, /countersign --config \S+ key import bare --cert /);
  const absent = await run(["sign", `${layout("signed")}@${digest}`, "--key", "nope"]);
  assert.equal(absent.code, 3);
  assert.match(absent.stderr, /"nope": no key of that name is in the key ring, and there is no such file/);
  assert.match(absent.stderr, /key list` \(it has .*\bbare\b/);
});

test("keys: generate, request, export, import, remove", async () => {
  const made = await run(["key", "generate", "second", "--output", "json"]);
  assert.equal(made.code, 0, made.stderr);
  document(made, "KeyList");
  const requested = await run(["cert", "request", "second", "--subject", "CN=second, O=Acme, ST=WA, C=US"]);
  assert.match(requested.stdout, /^-----BEGIN CERTIFICATE REQUEST-----/);
  assert.match((await run(["key", "export", "test"])).stdout, /^-----BEGIN CERTIFICATE-----/);
  const refused = await run(["key", "export", "second", "--unsafe-private-key"]);
  assert.deepEqual([refused.code, refused.stdout], [2, ""]);
  const out = join(folder, "second.pem");
  assert.equal((await run(["key", "export", "second", "--unsafe-private-key", "--out", out])).code, 0);
  assert.equal((await stat(out)).mode & 0o777, 0o600);
  assert.equal((await run(["key", "import", "third", "--key", out])).code, 0);
  assert.equal((await run(["key", "remove", "third"])).code, 2);
  assert.equal((await run(["key", "remove", "third", "--yes"])).code, 0);
  document(await run(["key", "list", "--output", "json"]), "KeyList");
  assert.match((await run(["key", "list", "--output", "name"])).stdout, /^second$/m);
});

test("an encrypted key asks for its passphrase, and never shows it", async () => {
  const env = { COUNTERSIGN_PASSPHRASE: "correct horse" };
  assert.equal((await run(["key", "generate", "locked", "--encrypt"], { env })).code, 0);
  const out = join(folder, "locked.pem");
  await run(["key", "export", "locked", "--unsafe-private-key", "--out", out]);
  assert.match(await readFile(out, "utf8"), /ENCRYPTED PRIVATE KEY/);
  const wrong = await run(["cert", "request", "locked", "--subject", "C=US, ST=WA, O=A"], {
    env: { COUNTERSIGN_PASSPHRASE: "wrong horse" },
  });
  assert.equal(wrong.code, 3);
  assert.ok(!wrong.stderr.includes("wrong horse"));
  assert.equal((await run(["cert", "request", "locked", "--subject", "C=US, ST=WA, O=A"], { env })).code, 0);
});

test("trust stores: add, list, show, remove; certificates are shown", async () => {
  assert.equal((await run(["cert", "test", "other", "--chain", "3", "--out", join(folder, "pki")])).code, 0);
  const root = join(folder, "pki", "other.root.crt");
  assert.equal((await run(["trust", "add", "ca:other", root])).code, 0);
  assert.match((await run(["cert", "show", root])).stdout, /countersign --config \S+ trust add ca:NAME \S+other\.root\.crt$/m);
  assert.match((await run(["cert", "show", join(folder, "pki", "other.crt")])).stdout, /not for a trust store/);
  document(await run(["trust", "list", "--output", "json"]), "TrustStoreList");
  document(await run(["trust", "show", "ca:other", "--output", "json"]), "TrustStoreList");
  document(await run(["cert", "show", join(folder, "pki", "other.crt"), "--output", "json"]), "CertificateList");
  assert.equal((await run(["trust", "remove", "ca:other"])).code, 2);
  // By the file that was added, wherever the store keeps it; by its name in the store; by its fingerprint.
  const notHeld = await run(["trust", "remove", "ca:other", join(folder, "pki", "other.key")]);
  assert.deepEqual([notHeld.code, notHeld.stdout], [2, ""]);
  assert.equal((await run(["trust", "remove", "ca:other", root])).code, 0);
  for (const wanted of ["file", "fingerprint", "start"] as const) {
    assert.equal((await run(["trust", "add", "ca:other", root])).code, 0);
    const [held] = listOf(document(await run(["trust", "show", "ca:other", "--output", "json"]), "TrustStoreList")["items"]);
    const [certificate] = listOf(held?.["certificates"]);
    const start = String(certificate?.["fingerprint"]).slice(0, 8);
    assert.equal((await run(["trust", "remove", "ca:other", start.slice(0, 7)])).code, 2);
    assert.equal((await run(["trust", "remove", "ca:other", wanted === "start" ? start : String(certificate?.[wanted])])).code, 0, wanted);
    assert.equal((await run(["trust", "show", "ca:other"])).code, 3);
  }
  assert.equal((await run(["trust", "add", "ca:other", root])).code, 0);
  assert.equal((await run(["trust", "remove", "ca:other", "--all"])).code, 0);
  assert.equal((await run(["trust", "show", "ca:other"])).code, 3);
});

test("what the file system says is told in words, and once", async () => {
  const file = join(folder, "no-folder");
  await writeFile(file, "");
  for (const argv of [
    ["trust", "add", "ca:x", join(folder, "absent.pem")],
    ["cert", "show", folder],
    ["key", "generate", "x", "--config", file],
    ["verify", "oci:x:1", "--policy", join(folder, "absent.json")],
  ]) {
    const { code, stderr } = await countersign(argv);
    assert.ok(code === 2 || code === 3, argv.join(" "));
    assert.doesNotMatch(stderr, /\bE[A-Z]{4,}\b|because:/, argv.join(" "));
  }
});

test("doctor, version and lists of signatures follow their schemas", async () => {
  const env = { HOME: folder };
  const healthy = await run(["doctor", `${layout("signed")}:1.0`, "--output", "json"], { env });
  assert.equal(healthy.code, 0, healthy.stdout);
  document(healthy, "Diagnosis");
  const repaired = await run(["doctor", `${layout("signed")}:1.0`, "--repair"], { env });
  assert.equal(repaired.code, 3, "a layout has no fallback index");
  assert.match(repaired.stdout, /it is not in a registry/);
  document(await run(["version", "--output", "json"]), "Version");
  const both = [`${layout("signed")}@${digest}`, `${layout("absent")}@${digest}`];
  const signed = await run(["sign", ...both, "--key", "test", "--output", "json"]);
  assert.equal(signed.code, 4);
  document(signed, "SignatureList");
});

test("copy carries an image and its signatures into an archive and back, and says that it judged nothing", async () => {
  const archive = `oci-archive:${join(folder, "copied.tar")}`;
  const copied = await run(["copy", `${layout("signed")}:1.0`, archive, "--as", "registry.example/app", "--output", "json"]);
  assert.equal(copied.code, 0, copied.stderr);
  const report = document(copied, "Copy");
  assert.deepEqual([report["tag"], report["trust"], report["complete"]], ["1.0", "not-judged", true]);
  assert.equal((await run(["verify", `${archive}:1.0`, ...AD_HOC])).code, 0);

  const back = await run(["copy", `${archive}@${digest}`, `${layout("back")}:2.0`]);
  assert.equal(back.code, 0, back.stderr);
  assert.match(back.stdout, /^✓ copied {2}oci:.*back@sha256:[0-9a-f]{64} {2}tag 2\.0\n/);
  assert.match(back.stdout, /no trust decision was made: countersign --config \S+ verify oci:/);
  assert.equal((await run(["verify", `${layout("back")}:2.0`, ...AD_HOC])).code, 0);
  const again = await run(["copy", `${archive}@${digest}`, `${layout("back")}:2.0`], { isTTY: true, env: { NO_COLOR: "1" } });
  assert.match(again.stdout, /0 parts sent \(0 bytes\), \d+ held already/);

  const signed = await run(["sign", `${archive}@${digest}`, "--key", "test", "--format", "notary-cose"]);
  assert.equal(signed.code, 0, signed.stderr);
});

test("copy that must leave something behind says what, and answers 4", async () => {
  const store = openLayout(join(folder, "losing"), { create: true });
  const subject = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("losing") }], tag: "1.0" });
  assert.equal((await run(["sign", `${layout("losing")}@${subject.digest}`, "--key", "test"])).code, 0);
  const [signature] = (await store.referrers(subject.digest)).referrers;
  assert.ok(signature !== undefined);
  await rm(join(folder, "losing", "blobs", ...signature.digest.split(":")));
  const said = await run(["copy", `${layout("losing")}:1.0`, layout("less")]);
  assert.equal(said.code, 4);
  assert.match(said.stdout, /^\? copied [^]*note: 1 manifests of the index cannot be read/);
  assert.equal((await openLayout(join(folder, "less")).resolve({ tag: "1.0" })).descriptor.digest, subject.digest);
});

test("copy refuses a name that a layout cannot have, and a digest that is another", async () => {
  for (const [name, remedy] of [
    ["registry.example/app:1.0", /--as registry\.example\/app/],
    ["oci:dir", /--as registry\.example\/app/],
    ["app", /--as docker\.io\/library\/app/],
  ] as const) {
    const said = await run(["copy", `${layout("signed")}:1.0`, layout("refused"), "--as", name]);
    assert.equal(said.code, 2, name);
    assert.match(said.stderr, remedy);
  }
  assert.equal((await run(["copy", `${layout("signed")}:1.0`, "registry.example/app", "--as", "registry.example/app"])).code, 2);
  const other = await run(["copy", `${layout("signed")}:1.0`, `${layout("refused")}@sha256:${"0".repeat(64)}`]);
  assert.equal(other.code, 2);
  assert.equal((await run(["copy", `${layout("absent")}:1.0`, layout("refused")])).code, 4);
  await assert.rejects(stat(join(folder, "refused")), "nothing was written");
});

test("download writes envelopes as they are stored: one to stdout, or each into a file", async () => {
  const alone = `${layout("alone")}:1.0`;
  await pushImage(openLayout(join(folder, "alone"), { create: true }), {
    files: [{ path: "app", bytes: Buffer.from("alone") }],
    tag: "1.0",
  });
  const none = await run(["download", alone, "signature"]);
  assert.deepEqual([none.code, none.stdout], [4, ""]);
  assert.equal((await run(["sign", alone, "--unsafe-tag", "--key", "test"])).code, 0);
  const one = await run(["download", alone, "signature"]);
  assert.equal(one.code, 0, one.stderr);
  const envelope = one.json();
  assert.ok(isObject(envelope) && "payload" in envelope);

  assert.equal((await run(["sign", alone, "--unsafe-tag", "--key", "test", "--format", "notary-cose"])).code, 0);
  const two = await run(["download", alone, "signature"]);
  assert.deepEqual([two.code, two.stdout], [2, ""]);
  assert.match(two.stderr, /--out DIR/);
  const saved = await run(["download", alone, "signature", "--out", join(folder, "saved"), "--output", "json"]);
  const files = listOf(document(saved, "Download")["files"]);
  assert.deepEqual(files.map(({ format }) => format).toSorted(), ["notary-cose", "notary-jws"]);
  for (const { file, size, format } of files) {
    const bytes = await readFile(String(file));
    assert.equal(bytes.length, size);
    if (format === "notary-jws") assert.equal(bytes.toString("utf8"), one.stdout);
  }
  assert.match((await run(["download", alone, "signature", "--out", join(folder, "saved")])).stdout, /no trust decision was made/);
  const first = String(files[0]?.["file"]);
  await writeFile(first, "changed");
  const refused = await run(["download", alone, "signature", "--out", join(folder, "saved")]);
  assert.deepEqual([refused.code, await readFile(first, "utf8")], [2, "changed"], "what is there is never overwritten");
  assert.match(refused.stderr, /already there and was left alone/);
  const attestation = await run(["download", alone, "attestation"]);
  assert.deepEqual([attestation.code, attestation.stdout], [4, ""]);
  assert.equal((await run(["download", alone, "tree"])).code, 2);
  assert.equal((await run(["download", alone, "signature", "--type", "sbom"])).code, 2);
  assert.equal((await run(["download", alone, "attestation", "--type", "sbom", "--predicate-type", "https://example.com/p"])).code, 2);
  assert.equal((await run(["download", alone, "signature", "--output", "json"])).code, 2);
});

test("policies are pinned, and signed into a registry", async () => {
  const file = join(folder, "shop.yaml");
  const identity = `{ key: "SHA256:${"A".repeat(43)}" }`;
  const places = "products:\n  shop: { build: registry.example/shop }\n";
  const gates = `parties:\n  ci: ${identity}\ngates:\n  build: { needs: [ { signature: { by: ci } } ] }\n`;
  await writeFile(file, `apiVersion: countersign.dev/v1\nkind: Policy\nname: shop\nversion: 1\n${places}${gates}`);
  const trusted = document(await run(["policy", "trust", file, "--yes", "--output", "json"]), "PolicyTrust");
  assert.equal(trusted["trust"], "pinned");
  // What people write has schemas too.
  for (const [kind, path] of [
    ["Policy", file],
    ["Verifier", String(trusted["verifier"])],
    ["Server", await madeServer()],
  ] as const) {
    const [written] = await decodeYaml(await readFile(path), { maxBytes: 10_000 });
    assert.deepEqual(findFaults(written && plainValue(written)), []);
    seen.add(kind);
  }
  assert.equal(document(await run(["policy", "check", file, "--output", "json"]), "PolicyCheck")["trust"], "pinned");
  const shown = document(await run(["policy", "show", "--policy", file, "--output", "json"]), "PolicyShow");
  assert.equal(shown["document"], await readFile(file, "utf8"));
  const registry = await startRegistry();
  const place = `oci://${registry.host}/policies/shop`;
  try {
    const signed = document(await run(["policy", "sign", file, place, "--key", "test", "--output", "json"]), "SignedPolicy");
    assert.equal(signed["digest"], trusted["digest"]);
  } finally {
    await registry.close();
  }
});

/** What `cert test --timestamp` writes for `serve`. */
async function madeServer(): Promise<string> {
  const made = document(await run(["cert", "test", "clock", "--timestamp", "--output", "json"]), "TestCertificate");
  return String(made["serveFile"]);
}

test("every schema has been compared with a real document", () => {
  const kinds = [...SCHEMAS.values()].map(({ properties }) =>
    isObject(properties) && isObject(properties["kind"]) ? properties["kind"]["const"] : "",
  );
  assert.deepEqual([...seen, ...SEEN_ELSEWHERE].sort(), kinds.map(String).sort());
});
