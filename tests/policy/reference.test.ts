/** The reference page's examples load, and the reader and the published schema agree on what a policy is. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LIMITS } from "../../src/core/limits.ts";
import { plainValue } from "../../src/encoding/yaml-node.ts";
import { decodeYaml } from "../../src/encoding/yaml.ts";
import { type CountersignPolicy, decodePolicy } from "../../src/policy/countersign/document.ts";
import type { FieldValue } from "../../src/policy/countersign/field.ts";
import { OBJECTS } from "../../src/policy/countersign/fields.ts";
import { EXAMPLE_POLICY } from "../../tools/document-pages.ts";
import { POLICY, policyWith } from "../fixtures/countersign-policy.ts";
import { findFaults } from "../json-schema.ts";

const FOLDER = join(import.meta.dirname, "..", "fixtures", "policy-documents");

async function plain(text: string): Promise<Readonly<Record<string, unknown>>> {
  const [node] = await decodeYaml(Buffer.from(text), { maxBytes: LIMITS.policyBytes });
  assert.ok(node?.kind === "map");
  return plainValue(node) as Readonly<Record<string, unknown>>;
}

function readFile(path: string): Uint8Array {
  return readFileSync(join(FOLDER, path === "keys/ana.asc" ? path : "keys/scanner.pub"));
}

function load(document: unknown): Promise<CountersignPolicy> {
  return decodePolicy(Buffer.from(JSON.stringify(document)), { source: "an example", readFile });
}

/** Every field, with the object that has it. */
const FIELDS = Object.entries(OBJECTS).flatMap(([object, { fields }]) =>
  Object.entries(fields).map(([name, field]) => ({ object, name, ...field })),
);

for (const { object, name, example } of FIELDS) {
  test(`the example of ${object}.${name} loads, fits the schema and holds the field`, async () => {
    assert.ok(new RegExp(`\\b${name}:`).test(example));
    const document = { ...(await plain(EXAMPLE_POLICY)), ...(await plain(example)) };
    await load(document);
    assert.deepEqual(findFaults(document), []);
  });
}

test("the policy around the examples loads and fits the schema", async () => {
  const document = await plain(EXAMPLE_POLICY);
  assert.deepEqual([(await load(document)).warnings, findFaults(document)], [[], []]);
});

test("the documents of the specification fit their schemas", async () => {
  for (const name of ["verifier", "small-team", "large", "policy-test"])
    assert.deepEqual(findFaults(await plain(readFileSync(join(FOLDER, `${name}.yaml`), "utf8"))), [], name);
});

test("what the schema refuses, the reader refuses", async () => {
  const faults = [
    policyWith(["version: 1", 'version: "1"']),
    policyWith(["version: 1", "version: 0"]),
    policyWith(["version: 1\n", ""]),
    policyWith(["name: shop", "name: a b"]),
    policyWith(["name: shop", "owner: me\nname: shop"]),
    policyWith(["by: ci }", "by: 1 }"]),
    policyWith(["by: ci }", "by: ci, maxAge: 1 day }"]),
    policyWith(["[ana, bo]", "ana"]),
    policyWith(["[ana, bo]", "[1]"]),
    policyWith(["prod: { after", "prod: { checks: { expiry: warn }, after"]),
    policyWith(["prod: { after", "prod: { checks: { integrity: log }, after"]),
    policyWith(["{ CN: Bo,", "{ CN: 7,"]),
    policyWith(["{ CN: Bo,", "{ CN: [Bo, 7],"]),
    policyWith(["\ngates:", "\nsharedSigner: 1\ngates:"]),
    policyWith(["gates:\n", "gates: []\nx:\n"]),
  ];
  for (const text of faults) {
    const document = await plain(text);
    assert.notDeepEqual(findFaults(document), [], text);
    await assert.rejects(load(document), /Cannot use policy/, text);
  }
  assert.deepEqual(findFaults(await plain(POLICY)), []);
});

test("the table names each object that it refers to, and no name twice", () => {
  const referred = (value: FieldValue): readonly string[] => {
    if (value.kind === "object") return [value.object];
    if (value.kind === "list" || value.kind === "names") return referred(value.of);
    return value.kind === "either" ? value.of.flatMap(referred) : [];
  };
  const names = new Set(FIELDS.flatMap(({ value }) => referred(value)));
  assert.deepEqual([...names, "policy"].toSorted(), Object.keys(OBJECTS).toSorted());
  for (const [object, { fields, later = [], never = {} }] of Object.entries(OBJECTS)) {
    const all = [...Object.keys(fields), ...later, ...Object.keys(never)];
    assert.equal(new Set(all).size, all.length, object);
  }
});
