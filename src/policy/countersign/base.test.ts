import assert from "node:assert/strict";
import { test } from "node:test";
import { CountersignError } from "../../core/errors.ts";
import { diffPolicies } from "./diff.ts";
import { type CountersignPolicy, decodePolicy } from "./document.ts";
import { whoCan } from "./who-can.ts";

const POLICY = `
apiVersion: countersign.dev/v1
kind: Policy
name: shop
version: 1
products:
  shop/api: { build: "build.acme.io/api", prod: "prod.acme.io/api" }
  base/{name}: { base: "registry.acme.io/base/{name}" }
people:
  ana: { certificate: { anchor: "ca:acme", subject: { CN: Ana, O: Acme } } }
  bo: { certificate: { anchor: "ca:acme", subject: { CN: Bo, O: Acme } } }
parties:
  ci: { certificate: { anchor: "ca:acme", subject: { CN: ci, O: Acme } } }
gates:
  base: { needs: [ { signature: { by: [ana, bo], atLeast: 2 } } ] }
  build: { needs: [ { provenance: { by: ci, base: base } } ] }
  prod: { after: build }
`;

function load(...changes: readonly (readonly [from: string, to: string])[]): Promise<CountersignPolicy> {
  const text = changes.reduce((rest, [from, to]) => {
    assert.ok(rest.includes(from), from);
    return rest.replace(from, to);
  }, POLICY);
  return decodePolicy(Buffer.from(text), { source: "shop.yaml" });
}

async function problemsOf(...changes: readonly (readonly [from: string, to: string])[]): Promise<readonly string[]> {
  const error: unknown = await load(...changes).catch((reason: unknown) => reason);
  assert.ok(error instanceof CountersignError, "it was not refused");
  const problems = error.detail["problems"] as readonly Readonly<Record<string, string>>[];
  return problems.map(({ member, state }) => `${member} ${state}`);
}

function askedBefore({ select }: CountersignPolicy): unknown {
  const selection = select("prod.acme.io/api");
  const requirements = selection.kind === "gate" ? selection.before.flatMap((gate) => gate.requirements) : [];
  return requirements.map((one) => (one.kind === "evidence" ? [one.baseGate, one.asks] : []));
}

test("the base that provenance names is asked for by its gate, and by none where the policy says none", async () => {
  assert.deepEqual(askedBefore(await load()), [["base", "provenance by ci, on a base that passes gate base"]]);
  const none = await load(["base: base }", "base: none }"]);
  assert.deepEqual(askedBefore(none), [[undefined, "provenance by ci"]]);
  assert.deepEqual(none.loaded, (await load([", base: base }", " }"])).loaded);
});

test("a gate for bases that is not there, has no place or comes round is refused", async () => {
  const member = "gates.build.needs[0].provenance.base";
  assert.deepEqual(await problemsOf(["base: base }", "base: bases }"]), [
    `${member} names the gate "bases", which the policy does not have`,
  ]);
  assert.deepEqual(await problemsOf(["  base/{name}: { base: ", "  base/{name}: { prod: "]), [
    `${member} names the gate "base", for which no product has a repository, so that no base could pass it`,
  ]);
  assert.deepEqual(await problemsOf(["base: base }", "base: build }"]), [
    `${member} makes bases pass "build", which asks for "build" in turn`,
  ]);
  assert.deepEqual(await problemsOf(["base: { needs", "base: { after: build, needs"], ["\ngates", "\nsharedSigner: true\ngates"]), [
    `${member} makes bases pass "base", which asks for "build" in turn`,
  ]);
  assert.deepEqual(await problemsOf(["base: base }", "base: none }"], ["gates:\n", "gates:\n  none: { after: build }\n"]), [
    `${member} means no base, and the policy has a gate "none"`,
  ]);
});

async function sizes(...changes: readonly (readonly [string, string])[]): Promise<unknown> {
  return whoCan((await load(...changes)).loaded).gates.map(({ gate, fewest }) => [gate, fewest.size]);
}

test("whoever opens a gate needs those who open that of its bases", async () => {
  assert.deepEqual(await sizes(), [
    ["base", 2],
    ["build", 3],
    ["prod", 3],
  ]);
  assert.deepEqual(await sizes([", base: base }", " }"]), [
    ["base", 2],
    ["build", 1],
    ["prod", 1],
  ]);
});

test("a base that is asked for no longer, or whose gate asks for less, makes a gate easier", async () => {
  const before = await load();
  const easier = async (...changes: readonly (readonly [string, string])[]): Promise<unknown> =>
    diffPolicies(before.loaded, (await load(...changes)).loaded).gates.map((gate) => [gate.gate, gate.easier]);
  const lost = "not all of this is asked for any more: provenance by ci, on a base that passes gate base";
  assert.deepEqual(await easier([", base: base }", " }"]), [
    ["build", ["ci opens it, and did not before", lost]],
    ["prod", ["ci opens it, and did not before", lost]],
  ]);
  const laxer = ["expiry is skip, and was enforce"];
  assert.deepEqual(await easier(["atLeast: 2 } } ]", "atLeast: 2 } } ], checks: { expiry: skip }"]), [
    ["base", laxer],
    ["build", laxer],
    ["prod", laxer],
  ]);
});
