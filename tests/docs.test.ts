/** Every block of code in the documents: shell lines are command lines that the program knows, TypeScript is the example that runs. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseCommandLine } from "../src/cli/parse.ts";
import { createTestChain } from "../src/pki/x509/throw-away-chain.ts";
import { encodePem } from "../src/encoding/pem.ts";
import { formatReference, parseReference, setup, sign } from "../src/index.ts";
import { createSigner } from "../src/keys/signer.ts";
import { decodePolicy } from "../src/policy/countersign/document.ts";
import { decodeVerifier } from "../src/policy/verifier/document.ts";
import { decodeNotaryPolicy } from "../src/policy/notary/document.ts";
import { decodeServerConfiguration } from "../src/server/configuration/document.ts";
import { pushImage } from "../src/testing/image.ts";
import { startRegistry } from "../src/testing/registry-server.ts";
import { countersign } from "./e2e/terminal.ts";
import { runProgram } from "./fixtures/programs.ts";
import { SCHEMAS } from "./json-schema.ts";

const root = join(import.meta.dirname, "..");
const pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md", ...markdownBelow("docs")];

function markdownBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name));
}

/** Words of a shell line, quotes taken off; the line ends at a comment, a redirection, or before it is put into the background. */
function wordsOf(line: string): string[] {
  return [...line.replace(/\s(?:#\s|>\s|&$).*$/, "").matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? "",
  );
}

interface Members {
  readonly properties: object;
}

type VerdictSchema = Members & { readonly $defs: Readonly<Record<"requirement" | "signature" | "evidence", Members>> };

interface Line {
  readonly page: string;
  readonly line: string;
}

function shellLines(): Line[] {
  return pages.flatMap((page) =>
    [...readFileSync(join(root, page), "utf8").matchAll(/^```(?:sh|bash)\n([^]*?)^```/gm)].flatMap(([, block = ""]) =>
      block
        .replaceAll("\\\n", " ")
        .split("\n")
        .filter((line) => line.trim() !== "")
        .map((line) => ({ page, line })),
    ),
  );
}

test("every command line in the documents is one that the program knows", () => {
  const lines = shellLines().flatMap(({ page, line }) => {
    const found = /(?:^|\$\(|[;|&"]\s*)(?:\.\/bin\/)?countersign (.*?)(?:\)"?)?$/.exec(line.trim());
    return found === null ? [] : [{ page, line, words: wordsOf((found[1] ?? "").replace("$LATER", "2027-11-24")) }];
  });
  assert.ok(lines.length >= 8, `only ${lines.length} were found`);
  for (const { page, line, words } of lines) assert.doesNotThrow(() => parseCommandLine(words), `${page}: ${line}`);
});

test("every trust policy in the documents loads without a warning", () => {
  const policies = pages.flatMap((page) =>
    [...readFileSync(join(root, page), "utf8").matchAll(/```json\n([^]*?)```/g)].map(([, text = ""]) => text),
  );
  const found = policies.filter((text) => text.includes("trustPolicies"));
  assert.ok(found.length > 0);
  for (const text of found) assert.deepEqual(decodeNotaryPolicy(Buffer.from(text), { source: "a document" }).warnings, []);
});

test("every policy and configuration in the documents loads", async () => {
  const blocks = pages.flatMap((page) =>
    [...readFileSync(join(root, page), "utf8").matchAll(/```yaml\n([^]*?)```/g)].map(([, text = ""]) => ({ page, text })),
  );
  // Pages of reference show single fields, which are tested where they are made.
  const whole = blocks.filter(({ text }) => /^apiVersion:/m.test(text));
  const policies = whole.filter(({ text }) => /^kind: Policy$/m.test(text));
  assert.ok(policies.length > 0);
  for (const { page, text } of policies) await assert.doesNotReject(decodePolicy(Buffer.from(text), { source: page }));
  const verifiers = whole.filter(({ text }) => /^kind: Verifier$/m.test(text));
  assert.ok(verifiers.length > 0);
  for (const { page, text } of verifiers) await assert.doesNotReject(decodeVerifier(Buffer.from(text), { source: page, readFile: noFile }));
  const servers = whole.filter(({ text }) => /^kind: Server$/m.test(text) && /^timestampAuthority:$/m.test(text));
  assert.ok(servers.length > 0);
  for (const { page, text } of servers) await assert.doesNotReject(decodeServerConfiguration(Buffer.from(text), { source: page }));
});

function noFile(path: string): never {
  throw new Error(`a document names the file ${path}`);
}

test("every npm script in the documents is in package.json", () => {
  const scripts = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts;
  for (const page of pages) {
    for (const [, name = ""] of readFileSync(join(root, page), "utf8").matchAll(/npm run ([a-z]+)/g)) {
      assert.ok(name in scripts, `${page}: npm run ${name}`);
    }
  }
});

test("every link to a file in the documents leads to one", () => {
  for (const page of pages) {
    for (const [, target = ""] of readFileSync(join(root, page), "utf8").matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      assert.doesNotThrow(() => readdirSync(join(root, page, "..", target, "..")).length, `${page}: ${target}`);
      const name = target.replace(/\/$/, "").split("/").at(-1) ?? "";
      assert.ok(readdirSync(join(root, page, "..", target, "..")).includes(name), `${page}: ${target}`);
    }
  }
});

/** Names in the first column of the table with this head. */
function membersNamed(page: string, head: string): readonly string[] {
  const [, rows = ""] = page.split(`| ${head} | says |\n|---|---|\n`);
  const column = (rows.split("\n\n")[0] ?? "").split("\n").map((row) => row.split("|")[1] ?? "");
  return column.flatMap((cell) => [...cell.matchAll(/`([A-Za-z]+)`/g)].map(([, name = ""]) => name));
}

test("every file or folder of the sources that a document names is there", () => {
  const named = pages.flatMap((page) =>
    [...readFileSync(join(root, page), "utf8").matchAll(/`((?:src|tests|tools|bench|examples)\/[\w./-]+)`/g)].map(([, path = ""]) => ({
      page,
      path,
    })),
  );
  assert.ok(named.length > 50);
  assert.deepEqual(
    named.filter(({ path }) => !existsSync(join(root, path))),
    [],
  );
});

test("the page about JSON names every answer, and every member of a verdict, its requirements, signatures and evidence", () => {
  const page = readFileSync(join(root, "docs", "json.md"), "utf8");
  const documents = new Set(["Policy", "PolicyTest", "RecordedImage", "Server", "Verifier"]);
  for (const { properties } of SCHEMAS.values()) {
    const { const: kind } = (properties as { kind: { const: string } }).kind;
    assert.ok(documents.has(kind) || page.includes(`\`${kind}\``), kind);
  }
  const verdict: VerdictSchema = JSON.parse(readFileSync(join(root, "docs", "schema", "verdict.schema.json"), "utf8"));
  const { requirement, signature, evidence } = verdict.$defs;
  const tables = { "a verdict's member": verdict, "a requirement's member": requirement, "a signature's member": signature };
  for (const [head, { properties }] of Object.entries({ ...tables, "a member of evidence": evidence })) {
    assert.deepEqual(membersNamed(page, head).toSorted(), Object.keys(properties).toSorted(), head);
  }
});

test("the page about the architecture names every verb, and every file of the rooms of their steps", () => {
  const page = readFileSync(join(root, "docs", "architecture.md"), "utf8");
  const rooms = [...page.matchAll(/^\| `([a-z-]+)\/` \| /gm)].map(([, room = ""]) => room);
  const folders = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.deepEqual(
    folders.map(({ name }) => name).filter((name) => !rooms.includes(name) && !page.includes(`- **${name}** `)),
    [],
  );
  const files = ["", ...rooms]
    .flatMap((room) => readdirSync(join(root, "src", room)))
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  assert.deepEqual(
    files.filter((name) => !page.includes(`\`${name}\``)),
    [],
  );
});

test("the library's example verifies an image, and says why it does not", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-example-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const env = { COUNTERSIGN_CONFIG: join(folder, "config"), HOME: folder };
  const opened = await setup({ env });
  t.after(() => opened.close());
  const store = await opened.openStore(parseReference(`oci:${join(folder, "layout")}`), { create: true });
  const { digest } = await pushImage(store, { files: [{ path: "app", bytes: new Uint8Array([1]) }], tag: "1" });
  const reference = parseReference(`oci:${join(folder, "layout")}@${digest}`);
  const run = () => runProgram(process.execPath, [join(root, "examples", "verify.ts"), formatReference(reference)], { env });

  const unset = await run();
  assert.equal(unset.code, 3, unset.stderr);
  assert.match(unset.stderr, /policy\/none/);

  const chain = await createTestChain({ length: 2, keyType: "ec-256" });
  const certificates = Buffer.from(chain.certificates.map((der) => encodePem("CERTIFICATE", der)).join(""));
  await (
    await opened.trustStores()
  ).add({ type: "ca", name: "example" }, chain.certificates.at(-1) ?? new Uint8Array(), { source: "the test" });
  const statement = { name: "all", registryScopes: ["*"], signatureVerification: { level: "strict" } };
  const policy = { version: "1.0", trustPolicies: [{ ...statement, trustStores: ["ca:example"], trustedIdentities: ["*"] }] };
  writeFileSync(opened.paths.notaryPolicy, JSON.stringify(policy));

  const unsigned = await run();
  assert.equal(unsigned.code, 1, unsigned.stderr);

  const signer = createSigner({ key: chain.leafKey, keyName: "example", certificates, certificateName: "example", now: new Date() });
  await sign(reference, { store, signer });
  const signed = await run();
  assert.equal(signed.code, 0, signed.stderr);
  assert.equal(signed.stdout.trim(), digest);
});

test("the README's program is the example, but for where it imports from", () => {
  const [, block = ""] = /```ts\n([^]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
  const example = readFileSync(join(root, "examples", "verify.ts"), "utf8");
  const calls = [...block.matchAll(/\b(?:await )?(?:opened\.)?(?:setup|parseReference|verify|openStore|loadPolicy|close)\b/g)].map(
    ([call]) => call,
  );
  assert.ok(calls.length >= 8);
  for (const call of calls) assert.ok(example.includes(call), call);
});

/** Without what differs from run to run: digests, times, the host and the home folder. */
function timeless(text: string, { host, home }: { readonly host: string; readonly home: string }): string {
  return text
    .replaceAll(host, "registry.example")
    .replaceAll(home, "/home/you")
    .replace(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, "TIME")
    .replace(/[0-9a-f]{64}|[0-9a-f]{12}(?=…|\.pem)/g, "HEX");
}

/** How the sample's policy knows somebody. */
function person(key: string, name: string): string {
  return `{ certificate: { anchor: "ca:${key}", subject: { C: US, ST: WA, O: Acme, CN: "${name}" } } }`;
}

test("what the README says that a person sees is what a person sees", async (t) => {
  const home = mkdtempSync(join(tmpdir(), "countersign-readme-"));
  const registry = await startRegistry();
  t.after(async () => {
    await registry.close();
    rmSync(home, { recursive: true, force: true });
  });
  const env = { HOME: home, NOTATION_CONFIG: join(home, ".config", "notation") };
  const run = async (...args: readonly string[]): Promise<string> => (await countersign(args, { env })).stdout;
  const opened = await setup({ env });
  t.after(() => opened.close());
  const [, sample = ""] = /```text\n([^]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];

  for (const [key, name] of Object.entries({ ci: "ci-api", ana: "Ana" })) {
    await run("cert", "test", key, "--trust", "--subject", `C=US, ST=WA, O=Acme, CN=${name}`);
  }
  const policy = `apiVersion: countersign.dev/v1
kind: Policy
name: shop
version: 14
products: { "shop/{app}": { build: "${registry.host}/build/{app}", prod: "${registry.host}/prod/{app}" } }
people: { ana: ${person("ana", "Ana")}, bo: ${person("ana", "Bo")}, cy: ${person("ana", "Cy")} }
parties: { ci: ${person("ci", "ci-{app}")}, release: { people: [ana, bo, cy] } }
gates:
  build: { needs: [ { signature: { by: ci } } ] }
  prod: { after: build, needs: [ { signature: { by: release, atLeast: 2 } } ] }
`;
  mkdirSync(join(home, ".config", "countersign"), { recursive: true });
  writeFileSync(join(home, ".config", "countersign", "policy.yaml"), policy);
  const [build, prod] = [`${registry.host}/build/api:1.4`, `${registry.host}/prod/api:1.4`];
  const { digest } = await pushImage(await opened.openStore(parseReference(build)), {
    files: [{ path: "app", bytes: Buffer.from("1") }],
    tag: "1.4",
  });
  await run("sign", build.replace(":1.4", `@${digest}`), "--key", "ci");
  await run("copy", build, prod);
  await run("sign", prod.replace(":1.4", `@${digest}`), "--key", "ana");
  let seen = "";
  for (const reference of [build, prod]) seen += `$ countersign verify ${reference}\n${await run("verify", reference)}\n`;
  const place = { host: registry.host, home };
  assert.equal(timeless(seen.trimEnd(), place), timeless(sample.trimEnd(), place));
});
