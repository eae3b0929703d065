/** What a newcomer types, in order, with the built program on a real registry: every command, every exit code. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { needsPrograms } from "../real/programs.ts";
import { type Ran, runBuilt, runProgram } from "../fixtures/programs.ts";
import { RealPlaces } from "../fixtures/real-places.ts";

const folder = mkdtempSync(join(tmpdir(), "countersign-walk-"));
const env = { HOME: folder, TMPDIR: folder };
const places = new RealPlaces();
const IDENTITY = "x509.subject: C=US, ST=WA, O=Countersign Test";

before(() => places.start(["docker-registry"]));

after(async () => {
  await places.close();
  rmSync(folder, { recursive: true, force: true });
});

const BIN = join(import.meta.dirname, "..", "..", "bin", "countersign");

const file = (name: string): string => join(folder, name);

function countersign(args: readonly string[], stdin?: string): Promise<Ran> {
  return runBuilt([...args, "--config", file("config")], { env, cwd: folder, ...(stdin === undefined ? {} : { stdin }) });
}

async function expectExit(exit: number, args: readonly string[], stdin?: string): Promise<Ran> {
  const ran = await countersign(args, stdin);
  assert.equal(ran.code, exit, `countersign ${args.join(" ")}\n${ran.stdout}${ran.stderr}`);
  return ran;
}

test("sign and verify, from nothing", async (context) => {
  const place = places.open(context, "docker-registry");
  if (place === undefined) return;
  const { reference } = await place.image("team/app");
  const tagged = `${place.host}/team/app:v1`;

  // Nothing is there yet, and each answer names the command that helps.
  assert.match((await expectExit(3, ["verify", tagged])).stderr, /countersign .*policy import/);
  assert.match((await expectExit(3, ["sign", reference, "--key", "test"])).stderr, /countersign .*key list/);
  assert.match((await expectExit(0, ["key", "list"])).stdout, /countersign --config \S+ cert test/);

  await expectExit(0, ["cert", "test"]);
  await expectExit(0, ["key", "list"]);
  await expectExit(0, ["cert", "test", "other", "--out", file("pki"), "--chain", "3", "--key-type", "rsa-2048"]);
  assert.match((await expectExit(0, ["cert", "show", file("pki/other.crt")])).stdout, /Countersign Test/);
  const exported = await expectExit(0, ["key", "export", "test"]);
  const certificates = exported.stdout.split(/(?=-----BEGIN)/);
  writeFileSync(file("root.pem"), certificates.at(-1) ?? "");
  await expectExit(0, ["trust", "add", "ca:test", file("root.pem")]);
  assert.match((await expectExit(0, ["trust", "list"])).stdout, /ca:test/);

  const statement = { name: "all", registryScopes: ["*"], signatureVerification: { level: "strict" } };
  const policy = { version: "1.0", trustPolicies: [{ ...statement, trustStores: ["ca:test"], trustedIdentities: [IDENTITY] }] };
  writeFileSync(file("policy.json"), JSON.stringify(policy));
  writeFileSync(file("wrong.json"), JSON.stringify({ ...policy, version: "9" }));
  await expectExit(0, ["policy", "check", file("policy.json")]);
  await expectExit(3, ["policy", "check", file("wrong.json")]);
  await expectExit(0, ["policy", "import", file("policy.json")]);
  assert.match((await expectExit(0, ["policy", "show"])).stdout, /Countersign Test/);

  assert.match((await expectExit(1, ["verify", tagged])).stdout, /signature\/none/);
  await expectExit(2, ["sign", tagged, "--key", "test"]);
  await expectExit(0, ["sign", reference, "--key", "test", "--annotation", "build=7", "--expires", "90d"]);
  assert.match((await expectExit(0, ["verify", tagged])).stdout, /pass/);
  assert.equal((await expectExit(0, ["verify", tagged, "--output", "ref"])).stdout, `${reference}\n`);
  await expectExit(1, ["verify", tagged, "--annotation", "build=8"]);
  assert.match((await expectExit(0, ["tree", tagged])).stdout, /signature, notary-jws/);
  assert.match((await expectExit(0, ["inspect", tagged])).stdout, /build.*7/);
  assert.match((await expectExit(0, ["doctor", tagged])).stdout, /1 referrer$/m);
  await expectExit(0, ["doctor", tagged, "--repair"]);

  // A stranger's signature beside it changes nothing; alone it does not count.
  const second = await place.image("team/other");
  await expectExit(0, ["sign", second.reference, "--key", file("pki/other.key"), "--cert", file("pki/other.crt")]);
  assert.match((await expectExit(1, ["verify", second.reference])).stdout, /authenticity\/untrusted/);
  await expectExit(0, ["sign", reference, "--key", file("pki/other.key"), "--cert", file("pki/other.crt")]);
  await expectExit(0, ["verify", tagged]);
});

test("many references in one run: order, jsonl, and the worst answer", async (context) => {
  const place = places.open(context, "docker-registry");
  if (place === undefined) return;
  const unsigned = await place.image("team/unsigned");
  const lines = [`${place.host}/team/app:v1`, unsigned.reference, `${place.host}/team/none:v1`, "NOT A REFERENCE"];
  const ran = await expectExit(1, ["verify", "--from", "-", "--output", "jsonl"], `${lines.join("\n")}\n`);
  const documents = ran.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly outcome?: string; readonly code?: string });
  assert.deepEqual(documents.map(({ outcome, code }) => outcome ?? code).toSorted(), [
    "deny",
    "pass",
    "reference/invalid",
    "store/not-found",
  ]);
  writeFileSync(file("images.txt"), `${lines[0]}\n${lines[0]}\n`);
  const both = await expectExit(0, ["verify", "--from", file("images.txt"), "--output", "json"]);
  assert.equal((JSON.parse(both.stdout) as { readonly items: readonly unknown[] }).items.length, 2);
  await expectExit(4, ["verify", "--from", "-"], `${lines[0]}\n${lines[2]}\n`);
});

test("keys and requests: generate, list, request, export, remove", async () => {
  await expectExit(0, ["key", "generate", "release", "--key-type", "ec-384"]);
  assert.match((await expectExit(0, ["key", "list"])).stdout, /release/);
  const request = await expectExit(0, [
    "cert",
    "request",
    "release",
    "--subject",
    "C=US, ST=WA, O=Acme, CN=release",
    "--out",
    file("r.csr"),
  ]);
  assert.equal(request.stdout.includes("PRIVATE"), false);
  assert.ok(existsSync(file("r.csr")));
  await expectExit(2, ["cert", "request", "release", "--out", file("r.csr")]);
  assert.match((await expectExit(0, ["key", "export", "release", "--public"])).stdout, /BEGIN PUBLIC KEY/);
  await expectExit(0, ["key", "export", "release", "--unsafe-private-key", "--out", file("release.pem")]);
  assert.equal(statSync(file("release.pem")).mode & 0o777, 0o600);
  await expectExit(2, ["key", "remove", "release"]);
  await expectExit(0, ["key", "remove", "release", "--yes"]);
  await expectExit(3, ["key", "remove", "release", "--yes"]);
});

test("a request that openssl reads", async (context) => {
  await expectExit(0, ["key", "generate", "request", "--key-type", "rsa-2048"]);
  const { stdout } = await expectExit(0, ["cert", "request", "request", "--subject", "C=US, ST=WA, O=Acme, CN=request"]);
  if (!needsPrograms(context, "openssl")) return;
  const read = await runProgram("openssl", ["req", "-verify", "-noout", "-subject"], { stdin: stdout });
  assert.equal(read.code, 0, read.stderr);
  assert.match(read.stdout, /C = US, ST = WA, O = Acme, CN = request/);
  const { stdout: text } = await runProgram("openssl", ["req", "-noout", "-text"], { stdin: stdout });
  assert.match(text, /X509v3 Basic Constraints: critical\s+CA:FALSE/);
  assert.match(text, /X509v3 Key Usage: critical\s+Digital Signature\n/);
  assert.match(text, /X509v3 Extended Key Usage: ?\s+Code Signing\n/);
});

test("help, version and mistakes", async () => {
  assert.match((await expectExit(0, ["version"])).stdout, /^countersign \d/);
  assert.match((await expectExit(0, ["help"])).stdout, /verify/);
  assert.match((await expectExit(0, ["sign", "--help"])).stdout, /countersign sign registry\.example/);
  for (const words of [
    ["veryfy", "x"],
    ["verify"],
    ["verify", "x", "--nothing"],
    ["tree", "registry.example/UPPER"],
    ["tree", "x@sha256:12"],
  ]) {
    const { stdout, stderr } = await expectExit(2, words);
    assert.equal(stdout, "");
    assert.notEqual(stderr, "");
  }
});

test("bash completes commands, options and choices, and leaves the rest to file names", async (context) => {
  if (!needsPrograms(context, "bash")) return;
  const { stdout: script } = await expectExit(0, ["completion", "bash"]);
  writeFileSync(file("completion.bash"), script);
  const complete = async (...words: readonly string[]): Promise<readonly string[]> => {
    // What readline does with the function that `complete -p` names.
    const line = `source "$1"; shift; COMP_WORDBREAKS=$' \\t\\n:='; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
      function=$(complete -p countersign | sed 's/.*-F \\([^ ]*\\) .*/\\1/'); $function countersign "\${@: -1}" "\${@: -2:1}"
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const args = ["--noprofile", "--norc", "-c", line, "bash", file("completion.bash"), BIN, ...words];
    const ran = await runProgram("bash", args, { env, cwd: folder });
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(ran.stderr, "");
    return ran.stdout.trimEnd().split("\n");
  };
  assert.deepEqual(await complete("ver"), ["verify", "version"]);
  assert.deepEqual(await complete("key", "ex"), ["export"]);
  assert.deepEqual(await complete("verify", "--ex"), ["--explain"]);
  assert.deepEqual(await complete("sign", "--format", "notary-c"), ["notary-cose"]);
  assert.deepEqual(await complete("policy", "check", "pol"), [""]);
  assert.deepEqual(await complete("--config", "folder", "-q", "ver"), ["verify", "version"]);
  assert.deepEqual(await complete("--config", "folder", "key", "ex"), ["export"]);
  assert.deepEqual(await complete("--config", "fol"), [""]);
  assert.deepEqual(await complete("--ins"), ["--insecure-registry"]);
  await expectExit(0, ["key", "generate", "completed"]);
  writeFileSync(file("completed file"), "");
  assert.deepEqual(await complete("--config", file("config"), "sign", "--key", "compl"), [
    "completed",
    "completed file",
    "completion.bash",
  ]);
  assert.deepEqual(await complete("--config", file("config"), "key", "import", "x", "--key", "compl"), [""]);
  // Bash cuts at colons, and what it completes with stands after the last one.
  await expectExit(0, ["trust", "add", "ca:completed", file("root.pem")]);
  const own = ["--config", file("config")];
  assert.deepEqual(await complete(...own, "key", "export", "compl"), ["completed"]);
  assert.deepEqual(await complete(...own, "trust", "show", "c"), ["ca:completed", "ca:test"]);
  assert.deepEqual(await complete(...own, "trust", "show", "ca", ":", "c"), ["completed"]);
  assert.deepEqual(await complete(...own, "verify", "x", "--trust-store", "ca", ":"), ["completed", "test"]);
  assert.deepEqual(await complete(...own, "trust", "remove", "ca", ":", "completed", ""), [""]);
  assert.match(script, /^complete -o default -F _countersign countersign$/m);
});
