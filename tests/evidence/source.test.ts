/** Source statements: who may bring them, and what a stranger cannot make a verifier do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvidenceRequirement } from "../../src/core/requirement.ts";
import { type Attester, gateAsking, makeAttester, makeEvidenceWorld, trustOf } from "./world.ts";
import { SOURCE_V1 } from "../../src/statements/predicate-types.ts";

const NEEDS: EvidenceRequirement = {
  kind: "evidence",
  name: "provenance",
  by: ["ci"],
  byText: "ci",
  about: { content: "provenance" },
  newestOnly: false,
  perManifest: false,
  asks: "provenance by ci",
  sourceBy: ["ci"],
  judge: () => [],
};

const HOSTILE = { objectFormat: "sha1", head: "1".repeat(40), commits: [Buffer.from("tree x\n\n").toString("base64")] };

async function findingsFor(attester: Attester, asked: readonly Attester[], predicate: unknown): Promise<readonly string[]> {
  const world = await makeEvidenceWorld(trustOf([...asked, attester]));
  await world.attestAs(attester, predicate, { type: SOURCE_V1 });
  const { evidence = [] } = await world.judge(gateAsking([NEEDS], asked));
  assert.equal(evidence.length, 1);
  assert.equal(evidence[0]?.predicateType, SOURCE_V1);
  return evidence.flatMap(({ findings }) => findings.map(({ code }) => code));
}

const ci = await makeAttester("ci");
const stranger = await makeAttester("stranger");

test("commits are checked of those who are asked, and of nobody else", async () => {
  assert.deepEqual(await findingsFor(ci, [ci], HOSTILE), ["git/object"]);
  assert.deepEqual(await findingsFor(stranger, [ci], HOSTILE), []);
});

const commit = Buffer.from(
  `tree ${"4".repeat(40)}\nauthor Eva <eva@acme.io> 1 +0000\ncommitter Eva <eva@acme.io> 1 +0000\n\nSubject\n`,
).toString("base64");

for (const [what, predicate] of [
  ["another head", { ...HOSTILE, commits: [commit] }],
  ["a head that is none", { ...HOSTILE, head: "main", commits: [commit] }],
  ["ids of another length", { ...HOSTILE, head: "1".repeat(64), commits: [commit] }],
  ["a commit twice", { ...HOSTILE, commits: [commit, commit] }],
  ["no commits", { ...HOSTILE, commits: [] }],
  ["a hash that is not known", { ...HOSTILE, objectFormat: "md5", commits: [commit] }],
  ["a head in another case", { ...HOSTILE, HEAD: "1".repeat(40), commits: [commit] }],
] as const) {
  test(`a source statement with ${what} is refused`, async () => {
    const [code] = await findingsFor(ci, [ci], predicate);
    assert.ok(code === "statement/predicate" || code === "json/case-variant", code);
  });
}

test("a source statement is bounded", async () => {
  assert.deepEqual(await findingsFor(ci, [ci], { ...HOSTILE, commits: Array<string>(10_001).fill(commit) }), ["integrity/too-large"]);
  const large = Buffer.concat([Buffer.from(commit, "base64"), Buffer.alloc(1_000_000, "x")]).toString("base64");
  assert.deepEqual(await findingsFor(ci, [ci], { ...HOSTILE, commits: Array<string>(5).fill(large) }), ["integrity/too-large"]);
});
