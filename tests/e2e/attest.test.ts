/** `attest` and the gates that ask for evidence, from end to end over a layout. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { isObject } from "../../src/core/descriptor.ts";
import { digestOf } from "../../src/core/digest.ts";
import { OCI_INDEX } from "../../src/core/media-types.ts";
import { openLayout } from "../../src/registry/layout.ts";
import { pushImage } from "../../src/testing/image.ts";
import { findFaults } from "../json-schema.ts";
import { countersign, type Said, type TerminalOptions } from "./terminal.ts";

let folder = "";
let digest = "";
const documents = join(import.meta.dirname, "..", "fixtures", "documents");

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-attest-"));
  const store = await openLayout(join(folder, "shop"), { create: true });
  digest = (await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("app") }], tag: "1.0" })).digest;
  for (const name of ["ci", "scanner"]) {
    const made = await run(["cert", "test", name, "--subject", `C=US, ST=WA, O=Acme, CN=${name}`, "--trust"]);
    assert.equal(made.code, 0, made.stderr);
  }
});

after(() => rm(folder, { recursive: true, force: true }));

function run(args: readonly string[], options: TerminalOptions = {}): Promise<Said> {
  return countersign([...args, "--config", join(folder, "config")], options);
}

const image = (): string => `oci:${join(folder, "shop")}@${digest}`;

async function attestAs(key: string, ...args: readonly string[]): Promise<Said> {
  return run(["attest", image(), "--key", key, ...args]);
}

function party(name: string): string {
  return `  ${name}: { certificate: { anchor: "ca:${name}", subject: { C: US, ST: WA, O: Acme, CN: ${name} } } }`;
}

async function policyAsking(...needs: readonly string[]): Promise<string> {
  const text = [
    "apiVersion: countersign.dev/v1",
    "kind: Policy",
    "name: shop",
    "version: 1",
    'products: { shop: { prod: "registry.acme.io/shop" } }',
    "parties:",
    party("ci"),
    party("scanner"),
    "gates:",
    "  prod:",
    "    needs:",
    ...needs.map((need) => `      - ${need}`),
  ].join("\n");
  const file = join(folder, `policy-${needs.length}-${Math.abs(hash(text))}.yaml`);
  await writeFile(file, `${text}\n`);
  return file;
}

function hash(text: string): number {
  return [...text].reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) | 0, 7);
}

async function verify(policy: string, ...more: readonly string[]): Promise<Said> {
  return run(["verify", image(), "--policy", policy, "--as", "registry.acme.io/shop", ...more]);
}

/** What a scanner prints of this image. */
async function grypeReport(change: (report: Record<string, unknown>) => void = () => undefined): Promise<string> {
  const report = JSON.parse(await readFile(join(documents, "grype.json"), "utf8")) as Record<string, unknown>;
  report["source"] = { type: "image", target: { userInput: "shop", manifestDigest: digest, repoDigests: [] } };
  change(report);
  const file = join(folder, "grype.json");
  await writeFile(file, JSON.stringify(report));
  return file;
}

test("a report of this image is recognised, signed, and judged by what it says", async () => {
  const policy = await policyAsking("scan: { by: scanner, deny: critical }");
  const unscanned = await verify(policy);
  assert.equal(unscanned.code, 1, unscanned.stdout);
  assert.match(unscanned.stdout, /✗ scan {3}there is no scan/);
  const clean = await grypeReport((report) => (report["matches"] = []));
  const said = await attestAs("scanner", "--predicate", clean, "--output", "json");
  assert.equal(said.code, 0, said.stderr);
  assert.deepEqual(findFaults(said.json()), []);
  assert.match(said.stderr, /recognised: Grype report; to be attested as https:\/\/in-toto\.io\/attestation\/vulns\/v0\.2/);
  const passed = await verify(policy);
  assert.equal(passed.code, 0, passed.stdout);
  assert.match(passed.stdout, /✓ scan {3}scanner {3}CN=scanner,O=Acme/);
  const verdict = (await verify(policy, "--output", "json")).json();
  assert.deepEqual(findFaults(verdict), []);
  assert.ok(isObject(verdict) && Array.isArray(verdict["evidence"]) && verdict["evidence"].length === 1);
});

test("a report of another image is refused, and one that names none is only asserted", async () => {
  const other = await attestAs("scanner", "--predicate", join(documents, "trivy.json"), "--output", "json");
  assert.equal(other.code, 2, other.stdout);
  assert.match(other.stdout, /document\/other-subject/);
  const tests = await attestAs("ci", "--predicate", join(documents, "pytest-sum.junit.xml"));
  assert.equal(tests.code, 0, tests.stderr);
  assert.match(tests.stderr, /names no image; that it is about this one is only asserted/);
  assert.equal((await verify(await policyAsking("test: { by: ci, result: passed }"))).code, 1);
  assert.equal((await verify(await policyAsking("test: { by: ci, result: passed, asserted: { by: ci } }"))).code, 0);
});

/** Provenance of an image with this digest. */
function provenanceOf(hex: string): object {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "app", digest: { sha256: hex } }],
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: { buildType: "https://acme.io/build/v1", externalParameters: {}, resolvedDependencies: [] },
      runDetails: { builder: { id: "https://acme.io/runner" } },
    },
  };
}

test("provenance of another image is refused, and what names none is its signer's own word", async () => {
  const file = join(folder, "provenance.json");
  await writeFile(file, JSON.stringify(provenanceOf("1".repeat(64))));
  const other = await attestAs("ci", "--predicate", file);
  assert.equal(other.code, 2, other.stdout);
  assert.match(other.stderr, /document\/other-subject/);
  await writeFile(file, JSON.stringify(provenanceOf(digest.slice("sha256:".length))));
  assert.equal((await attestAs("ci", "--predicate", file)).code, 0);
  assert.equal((await verify(await policyAsking('provenance: { by: ci, builder: "https://acme.io/runner" }'))).code, 0);
  assert.equal((await verify(await policyAsking('provenance: { by: ci, builder: "https://acme.io/other" }'))).code, 1);
});

test("a tool that is run on the image need not name it, and sees no secret of ours", async () => {
  const file = join(documents, "node-sum.tap");
  const said = await attestAs("ci", "--run", `test -z "$COUNTERSIGN_PASSPHRASE" && echo "# $IMAGE" >&2 && cat '${file}'`);
  assert.equal(said.code, 0, said.stderr);
  const passed = await verify(await policyAsking("test: { by: ci, result: passed }"));
  assert.equal(passed.code, 0, passed.stdout);
  const failed = await attestAs("ci", "--run", "echo no database >&2; false");
  assert.equal(failed.code, 4);
  assert.match(failed.stderr, /it ended with 1; it said: no database \(document\/tool-failed\)/);
  const slow = await attestAs("ci", "--run", "sleep 60 #", "--timeout", "1s");
  assert.equal(slow.code, 4);
  assert.match(slow.stderr, /longer than 1 s[^]*--timeout/);
  const none = await attestAs("ci");
  assert.equal(none.code, 2);
  assert.match(none.stderr, /--run TOOL, --git FOLDER/);
});

test("a tool does not see the key that signs, where a variable holds it", async () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const SIGNING_KEY = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const command = `test -z "$SIGNING_KEY" && test "$OTHER" = its && cat '${join(documents, "node-sum.tap")}' #`;
  const args = ["attest", image(), "--key", "env://SIGNING_KEY", "--run", command];
  const said = await run(args, { env: { SIGNING_KEY, OTHER: "its" } });
  assert.equal(said.code, 0, said.stderr);
});

test("what is not recognised, or not what it must be, is refused", async () => {
  const file = join(folder, "document");
  for (const [text, code] of [
    ["", "document/unknown"],
    ["{}", "document/unknown"],
    ["[1", "document/invalid"],
    ["<a/>", "document/unknown"],
  ] as const) {
    await writeFile(file, text);
    const said = await attestAs("ci", "--predicate", file, "--output", "json");
    assert.equal(said.code, 2, text);
    assert.match(said.stdout, new RegExp(code), text);
  }
  const said = await attestAs("ci", "--predicate", join(documents, "syft.spdx.json"), "--type", "scan");
  assert.equal(said.code, 2);
  assert.match(said.stderr, /--type sbom/);
  const misspelt = await attestAs("ci", "--predicate", join(documents, "syft.spdx.json"), "--type", "spdx");
  assert.equal(misspelt.code, 2);
  assert.match(misspelt.stderr, /"spdx": it is neither sbom, provenance, scan, test, vex, source nor a URI/);
});

function asking(expr: string): Promise<string> {
  return policyAsking(`attestation: { by: ci, type: "https://acme.io/review/v1", expr: '${expr}' }`);
}

test("a predicate of one's own can be asked for by its URI", async () => {
  const file = join(folder, "review.json");
  await writeFile(file, JSON.stringify({ approved: true, by: ["ana"] }));
  const said = await attestAs("ci", "--predicate", file, "--type", "https://acme.io/review/v1");
  assert.equal(said.code, 0, said.stderr);
  assert.equal((await verify(await asking("predicate.approved && size(predicate.by) == 1"))).code, 0);
  assert.equal((await verify(await asking("size(predicate.by) > 1"))).code, 1);
});

test("one document, one key and one moment are wanted", async () => {
  for (const args of [
    [],
    ["--key", "ci"],
    ["--key", "ci", "--predicate", "a", "--run", "b"],
    ["--predicate", join(documents, "trivy.json")],
    ["--key", "ci", "--predicate", "a", "--at", "2026-09-01"],
  ]) {
    const said = await run(["attest", image(), ...args]);
    assert.equal(said.code, 2, args.join(" "));
  }
});

test("the tree of an index shows its manifests, and what hangs on each of them", async () => {
  const store = await openLayout(join(folder, "many"), { create: true });
  const [one, two] = await Promise.all(
    ["one", "two"].map((text) => pushImage(store, { files: [{ path: "app", bytes: Buffer.from(text) }] })),
  );
  const manifests = [{ ...one, platform: { os: "linux", architecture: "amd64" } }, { ...two }];
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
  await store.pushManifest({ mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length }, bytes, { tag: "1.0" });
  await store.commit();
  const file = join(folder, "review.json");
  await writeFile(file, "{}");
  const child = `oci:${join(folder, "many")}@${one?.digest}`;
  const said = await run(["attest", child, "--predicate", file, "--type", "https://acme.io/review/v1", "--key", "ci"]);
  assert.equal(said.code, 0, said.stderr);
  const shown = await run(["tree", `oci:${join(folder, "many")}:1.0`]);
  assert.match(
    shown.stdout,
    new RegExp(
      `nothing hangs on it\\nmanifest linux/amd64\\n +${one?.digest}\\n└─ statement \\(https://acme[^]*` +
        `manifest for no platform[^]*${two?.digest}\\n +nothing hangs on it`,
    ),
  );
  const document = (await run(["tree", `oci:${join(folder, "many")}:1.0`, "--output", "json"])).json();
  assert.deepEqual(findFaults(document), []);
});
