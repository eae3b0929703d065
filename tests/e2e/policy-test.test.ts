/** `policy test`: recorded images, a clock that stands, faults, and the answers that were expected. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { decodeYaml } from "../../src/encoding/yaml.ts";
import { plainValue } from "../../src/encoding/yaml-node.ts";
import { isObject } from "../../src/core/descriptor.ts";
import { openLayout } from "../../src/registry/layout.ts";
import { pushImage } from "../../src/testing/image.ts";
import { findFaults } from "../json-schema.ts";
import { countersign, type Said } from "./terminal.ts";

let folder = "";

/** Noon of the next such day in Berlin, while the certificate of the test is valid. */
function next(day: number): string {
  const date = new Date(Date.now() + 86_400_000);
  date.setUTCDate(date.getUTCDate() + ((day - date.getUTCDay() + 7) % 7));
  return `${date.toISOString().slice(0, 10)}T11:00Z`;
}

const TUESDAY = next(2);
const SUNDAY = next(0);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-policy-test-"));
  await mkdir(join(folder, "fx"));
  const store = await openLayout(join(folder, "fx", "api"), { create: true });
  const { digest } = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("app") }], tag: "1.0" });
  await run("cert", "test", "ci", "--subject", "C=US, ST=WA, O=Acme, CN=ci", "--trust");
  const signed = await run("sign", `oci:${join(folder, "fx", "api")}@${digest}`, "--key", "ci");
  assert.equal(signed.code, 0, signed.stderr);
  const copied = await run("copy", `oci:${join(folder, "fx", "api")}@${digest}`, `oci-archive:${join(folder, "fx", "api.tar")}`);
  assert.equal(copied.code, 0, copied.stderr);
  const bare = await openLayout(join(folder, "fx", "bare"), { create: true });
  await pushImage(bare, { files: [{ path: "app", bytes: Buffer.from("bare") }] });
  await write("shop.yaml", POLICY);
  await write("fx/api.json", '{ "kind": "RecordedImage", "image": "oci-archive:api.tar", "as": "registry.acme.io/shop" }');
  await write("fx/layout.json", '{ "kind": "RecordedImage", "image": "oci:api:1.0", "as": "registry.acme.io/shop" }');
  await write("fx/bare.json", '{ "kind": "RecordedImage", "image": "oci:bare", "as": "registry.acme.io/shop" }');
});

after(() => rm(folder, { recursive: true, force: true }));

const POLICY = `apiVersion: countersign.dev/v1
kind: Policy
name: shop
version: 1
products: { shop: { prod: registry.acme.io/shop } }
parties: { ci: { certificate: { anchor: "ca:ci", subject: { C: US, ST: WA, O: Acme, CN: ci } } } }
gates: { prod: { needs: [ { signature: { by: ci } } ] } }
rules: [ { name: weekdays, gate: prod, expr: 'now.getDayOfWeek("Europe/Berlin") in [1,2,3,4]', message: Production opens Monday to Thursday } ]
`;

function run(...args: readonly string[]): Promise<Said> {
  return countersign([...args, "--config", join(folder, "config")]);
}

function write(name: string, text: string): Promise<void> {
  return writeFile(join(folder, name), text);
}

function place(name: string): string {
  return join(folder, "fx", name);
}

async function tested(...cases: readonly string[]): Promise<Said> {
  await write("shop-test.yaml", `kind: PolicyTest\npolicy: shop.yaml\ncases:\n${cases.map((one) => `  - { ${one} }\n`).join("")}`);
  return run("policy", "test", join(folder, "shop-test.yaml"));
}

test("answers are those of verify, at the moment and with the faults of the case", async () => {
  const said = await tested(
    `name: signed, image: fx/api.json, at: ${TUESDAY}, gate: prod, expect: pass`,
    `name: in a layout, image: fx/layout.json, at: ${TUESDAY}, expect: pass`,
    `name: on a Sunday, image: fx/api.json, at: ${SUNDAY}, expect: deny, because: rule/false`,
    `name: before there was a certificate, image: fx/api.json, at: 2020-03-03, expect: deny, because: time/certificate-not-yet-valid`,
    `name: unsigned, image: fx/bare.json, at: ${TUESDAY}, expect: deny, because: signature/none`,
    `name: cut off, image: fx/bare.json, at: ${TUESDAY}, faults: [listing-cut-off], expect: unknown, because: listing/cut-off`,
    `name: no list, image: fx/api.json, at: ${TUESDAY}, faults: [listing-unreachable], expect: unknown, because: listing/unreachable`,
    `name: not to be had, image: fx/api.json, at: ${TUESDAY}, faults: [unfetchable], expect: unknown, because: integrity/unfetchable`,
    `name: no list of revocations, image: fx/api.json, at: ${TUESDAY}, faults: [revocations-down], expect: unknown, because: revocation/list-unread`,
  );
  assert.equal(said.code, 0, `${said.stdout}${said.stderr}`);
  assert.match(said.stdout, /✓ on a Sunday {2}deny, rule\/false\n/);
  assert.match(said.stdout, /9 of 9 cases are as expected\n$/);
});

test("another answer, or another reason, is told with what stands in the way, and ends with exit 1", async () => {
  const said = await tested(
    `name: fine, image: fx/api.json, at: ${TUESDAY}, expect: pass`,
    `name: other answer, image: fx/api.json, at: ${SUNDAY}, expect: pass`,
    `name: other reason, image: fx/bare.json, at: ${TUESDAY}, expect: deny, because: rule/false`,
    `name: no such gate, image: fx/api.json, gate: prd, expect: deny`,
  );
  assert.equal(said.code, 1);
  assert.match(
    said.stdout,
    /✗ other answer {2}expected pass, and it is deny because of rule\/false: Production opens Monday to Thursday\n/,
  );
  assert.match(said.stdout, /✗ other reason {2}expected deny because of rule\/false, and it is deny because of signature\/none/);
  assert.match(said.stdout, /✗ no such gate {2}expected deny, and it is no answer: .*did you mean prod\?/);
  assert.match(said.stdout, /1 of 4 cases are as expected\n$/);
  const report = (await run("policy", "test", join(folder, "shop-test.yaml"), "--output", "json")).json();
  assert.deepEqual(findFaults(report), []);
  assert.ok(isObject(report));
  assert.deepEqual([report["passed"], report["failed"]], [1, 3]);
});

test("what is wrong with the cases is told with its place, and asks nothing", async () => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ["name: a, image: fx/api.json, expect: allow", /cases\[0\]\.expect is "allow", and must be pass or deny or unknown/],
    ["name: a, expect: pass", /cases\[0\] has no image/],
    [
      "name: a, image: fx/api.json, expect: deny, because: evidence/to-old",
      /cases\[0\]\.because is "evidence\/to-old".*try: write evidence\/too-old/s,
    ],
    ["name: a, image: fx/api.json, expect: pass, because: rule/false", /stands in the way of a pass/],
    ["name: a, image: fx/api.json, at: 2027-02-31, expect: pass", /cases\[0\]\.at is "2027-02-31", which is no moment/],
    ["name: a, image: fx/api.json, faults: [clock-wrong], expect: unknown", /faults\[0\] is "clock-wrong"/],
    ["name: a, image: fx/none.json, expect: pass", /none\.json/],
  ];
  for (const [text, message] of rows) {
    const said = await tested(text);
    assert.equal(said.code, text.includes("none.json") ? 2 : 3, said.stderr);
    assert.match(said.stderr, message);
  }
  await write("fx/registry.json", '{ "kind": "RecordedImage", "image": "ghcr.io/acme/api", "as": "registry.acme.io/shop" }');
  const said = await tested("name: a, image: fx/registry.json, expect: pass");
  assert.equal(said.code, 3);
  assert.match(
    said.stderr,
    /Cannot use recorded image .*: line 1, column \d+: image is "ghcr\.io\/acme\/api", and what is recorded is in a file/,
  );
});

const BASED = `apiVersion: countersign.dev/v1
kind: Policy
name: shop
version: 1
products: { shop: { prod: registry.acme.io/shop }, node: { base: registry.acme.io/node } }
parties: { ci: { certificate: { anchor: "ca:ci", subject: { C: US, ST: WA, O: Acme, CN: ci } } } }
sharedSigner: true
gates:
  base: { needs: [ { signature: { by: ci } } ] }
  prod: { needs: [ { provenance: { by: ci, base: base } } ] }
`;

test("the base is asked about at its own repository and gate, once it is recorded too", async () => {
  const [node, newer] = [await openLayout(place("node"), { create: true }), await openLayout(place("node-21"), { create: true })];
  const good = await pushImage(node, { files: [{ path: "node", bytes: Buffer.from("20") }] });
  const unsigned = await pushImage(newer, { files: [{ path: "node", bytes: Buffer.from("21") }] });
  const product = ["--annotation", "dev.countersign.product=node"];
  assert.equal((await run("sign", `oci:${place("node")}@${good.digest}`, "--key", "ci", ...product)).code, 0);
  for (const [name, base, on] of [
    ["good", good, node],
    ["unsigned", unsigned, newer],
  ] as const) {
    const store = await openLayout(place(name), { create: true });
    const files = [{ path: "app", bytes: Buffer.from(name) }];
    const { digest } = await pushImage(store, { files, on: { store: on, digest: base.digest } });
    const resolvedDependencies = [{ uri: "pkg:docker/registry.acme.io/node@20", digest: { sha256: base.digest.slice("sha256:".length) } }];
    const buildDefinition = { buildType: "https://acme.io/build/v1", externalParameters: {}, resolvedDependencies };
    const predicate = { buildDefinition, runDetails: { builder: { id: "https://acme.io/runner" } } };
    const file = join(folder, `${name}-provenance.json`);
    await writeFile(file, JSON.stringify(predicate));
    const image = `oci:${place(name)}@${digest}`;
    const args = ["--key", "ci", "--type", "provenance", "--annotation", "dev.countersign.product=shop"];
    const attested = await run("attest", image, "--predicate", file, ...args);
    assert.equal(attested.code, 0, attested.stderr);
    const recorded = { kind: "RecordedImage", image: `oci:${name}`, as: "registry.acme.io/shop" };
    await write(`fx/${name}.json`, JSON.stringify(recorded));
    await write(`fx/${name}-based.json`, JSON.stringify({ ...recorded, bases: ["node-21.json", "node.json"] }));
  }
  const node21 = { kind: "RecordedImage", image: "oci:node-21", as: "registry.acme.io/node" };
  await write("fx/node-21.json", JSON.stringify(node21));
  // One that names what is built on it says nothing new.
  await write("fx/node.json", JSON.stringify({ ...node21, image: "oci:node", bases: ["good-based.json"] }));
  await write("fx/elsewhere.json", JSON.stringify({ ...node21, image: "oci:node", as: "registry.acme.io/other" }));
  await write(
    "fx/good-elsewhere.json",
    JSON.stringify({ ...node21, image: "oci:good", as: "registry.acme.io/shop", bases: ["elsewhere.json"] }),
  );
  await write("shop.yaml", BASED);
  try {
    const said = await tested(
      "name: a signed base, image: fx/good-based.json, expect: pass",
      "name: an unsigned base, image: fx/unsigned-based.json, expect: deny, because: base/denied",
      "name: the base is not recorded, image: fx/good.json, expect: unknown, because: base/unknown",
      "name: recorded as another's, image: fx/good-elsewhere.json, expect: unknown, because: base/unknown",
      "name: not as expected, image: fx/good.json, expect: pass",
    );
    assert.equal(said.code, 1, said.stderr);
    assert.match(said.stdout, /✗ not as expected .*registry\.acme\.io\/node@sha256:[0-9a-f]+.*: it is not among the recorded bases/);
    assert.match(said.stdout, /4 of 5 cases are as expected\n$/);
    assert.deepEqual(findFaults(JSON.parse(await readFile(join(folder, "fx", "good-based.json"), "utf8"))), []);
  } finally {
    await write("shop.yaml", POLICY);
  }
  await write("fx/lost.json", JSON.stringify({ ...node21, bases: ["none.json"] }));
  assert.match((await tested("name: lost, image: fx/lost.json, expect: pass")).stderr, /none\.json/);
  await write("fx/lost.json", JSON.stringify({ ...node21, bases: "none.json" }));
  assert.match(
    (await tested("name: lost, image: fx/lost.json, expect: pass")).stderr,
    /bases is "none\.json", and must be a list of recorded images/,
  );
});

test("the documents fit their schemas", async () => {
  const written = await readFile(join(import.meta.dirname, "..", "fixtures", "policy-documents", "policy-test.yaml"), "utf8");
  const [document] = await decodeYaml(Buffer.from(written), { maxBytes: written.length });
  assert.ok(document !== undefined);
  assert.deepEqual(findFaults(plainValue(document)), []);
  await write("shop-test.yaml", written);
  await write("fx/api-eva.json", '{ "kind": "RecordedImage", "image": "oci:bare", "as": "registry.acme.io/shop" }');
  const said = await run("policy", "test", join(folder, "shop-test.yaml"));
  assert.equal(said.code, 1, said.stderr);
  // A code that no verdict of this version has is never as expected.
  assert.match(said.stdout, /✗ eva wrote a commit {2}expected deny because of approvals\/author, and it is deny because of /);
  assert.match(said.stdout, /✓ list unreachable {2}unknown\n/);
  assert.deepEqual(findFaults(JSON.parse(await readFile(join(folder, "fx", "api.json"), "utf8"))), []);
});
