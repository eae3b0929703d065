/** Runs every vector and its twin through the library and the command line, and holds the table of findings against them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { FINDINGS } from "../../src/core/finding.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { type Judgement, judge } from "./judge.ts";
import { goodPlan, type Plan } from "./plan.ts";
import { type Registry, startSite } from "./site.ts";
import { VECTORS } from "./table/all.ts";
import type { Vector } from "./vector.ts";
import { buildWorld, type World } from "./world.ts";

const EXITS = { pass: 0, deny: 1, unknown: 4 } as const;
const FORMATS = ["jws", "cose"] as const;

let registry: Registry;
let folder: string;
let worlds = 0;
const provoked = new Set<string>();

/** Of these the table cannot provoke a vector, because it holds signatures of images: each with the test that does. */
const PROVOKED_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["identity/key-not-given", "src/checks/bare-key.test.ts"],
  ["git/object", "src/encoding/git-object.test.ts"],
  ["git/collision", "src/encoding/sha1.test.ts"],
  ["author/unproven", "src/policy/requirements/commits.test.ts"],
  ["author/unknown-signer", "src/policy/requirements/commits.test.ts"],
  ["author/signature-invalid", "src/policy/requirements/commits.test.ts"],
  ["promotion/replaced", "tests/e2e/stay.test.ts"],
  ["promotion/superseded", "tests/e2e/stay.test.ts"],
  ["promotion/unread", "tests/e2e/stay.test.ts"],
  ["approvals/too-few", "src/policy/approvals/decide.test.ts"],
  ["approvals/rejected", "src/policy/approvals/decide.test.ts"],
  ["approvals/overruled", "src/policy/approvals/decide.test.ts"],
  ["approvals/withdrawn", "src/policy/approvals/decide.test.ts"],
  ["approvals/superseded", "src/policy/approvals/decide.test.ts"],
  ["approvals/other-gate", "src/policy/approvals/decide.test.ts"],
  ["approvals/gate-changed", "src/policy/approvals/decide.test.ts"],
  ["approvals/evidence-changed", "src/policy/approvals/decide.test.ts"],
  ["approvals/lapsed", "src/policy/approvals/decide.test.ts"],
  ["approvals/not-yet", "src/policy/approvals/decide.test.ts"],
  ["approvals/not-asked", "src/policy/approvals/decide.test.ts"],
  ["approvals/author", "src/policy/approvals/authors.test.ts"],
  ["approvals/builder", "src/policy/approvals/decide.test.ts"],
  ["approvals/approver-of", "src/policy/approvals/decide.test.ts"],
  ["approvals/same-key", "src/policy/approvals/decide.test.ts"],
  ["approvals/despite", "src/policy/approvals/decide.test.ts"],
  ["approvals/chain-unknown", "src/policy/approvals/decide.test.ts"],
  ["summary/not-taken", "tests/evidence/summaries.test.ts"],
  ["exceptions/not-listed", "src/policy/waivers/find.test.ts"],
  ["exceptions/not-asked", "src/policy/waivers/find.test.ts"],
  ["exceptions/other-gate", "src/policy/waivers/find.test.ts"],
  ["exceptions/gate-changed", "src/policy/waivers/find.test.ts"],
  ["exceptions/no-finding", "src/policy/waivers/find.test.ts"],
  ["exceptions/no-reason", "src/policy/waivers/find.test.ts"],
  ["exceptions/too-long", "src/policy/waivers/find.test.ts"],
  ["exceptions/to-come", "src/policy/waivers/find.test.ts"],
  ["exceptions/lapsed", "src/policy/waivers/find.test.ts"],
  ["exceptions/again", "src/policy/waivers/find.test.ts"],
  ["exceptions/not-approved", "src/policy/waivers/find.test.ts"],
  ["revocation/list-unread", "tests/policy/revocation-list.test.ts"],
  ["signature/too-old", "src/policy/signature-view.test.ts"],
  ["signature/age-unknown", "src/policy/signature-view.test.ts"],
  ["identity/name-not-signed", "src/policy/signature-view.test.ts"],
  ["base/none-named", "tests/evidence/bases.test.ts"],
  ["base/not-prefix", "tests/evidence/bases.test.ts"],
  ["base/denied", "tests/evidence/bases.test.ts"],
  ["base/unknown", "tests/evidence/bases.test.ts"],
  ["evidence/subject", "tests/advisories/evidence.test.ts"],
  ["evidence/age-unknown", "tests/advisories/needs.test.ts"],
  ["evidence/too-old", "tests/evidence/attached.test.ts"],
  ["statement/invalid", "src/statements/statement.test.ts"],
  ["statement/predicate", "src/statements/content.test.ts"],
  ["evidence/other-kind", "src/policy/countersign/requirements.test.ts"],
  ["evidence/asserted", "src/policy/countersign/requirements.test.ts"],
  ["evidence/builder", "src/policy/countersign/requirements.test.ts"],
  ["evidence/build-type", "src/policy/countersign/requirements.test.ts"],
  ["evidence/source", "src/policy/countersign/requirements.test.ts"],
  ["evidence/ref", "src/policy/countersign/requirements.test.ts"],
  ["evidence/sbom-empty", "src/policy/countersign/requirements.test.ts"],
  ["evidence/denied-package", "src/policy/countersign/requirements.test.ts"],
  ["evidence/package-unreadable", "src/policy/countersign/requirements.test.ts"],
  ["evidence/denied-license", "src/policy/countersign/requirements.test.ts"],
  ["evidence/license-unknown", "src/policy/countersign/requirements.test.ts"],
  ["evidence/vulnerable", "src/policy/countersign/requirements.test.ts"],
  ["evidence/severity-unknown", "src/policy/countersign/requirements.test.ts"],
  ["evidence/database-too-old", "src/policy/countersign/requirements.test.ts"],
  ["evidence/database-age-unknown", "src/policy/countersign/requirements.test.ts"],
  ["evidence/test-failed", "src/policy/countersign/requirements.test.ts"],
  ["evidence/expression-false", "src/policy/countersign/requirements.test.ts"],
  ["evidence/expression-error", "src/policy/countersign/requirements.test.ts"],
  ["rule/false", "src/policy/countersign/requirements.test.ts"],
  ["rule/error", "src/policy/countersign/requirements.test.ts"],
  ["image/config", "src/policy/countersign/requirements.test.ts"],
  ["image/user", "src/policy/countersign/requirements.test.ts"],
  ["image/ports", "src/policy/countersign/requirements.test.ts"],
]);

before(async () => {
  registry = await startSite();
  folder = await mkdtemp(join(tmpdir(), "countersign-vectors-"));
});

after(async () => {
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(plan: Plan): Promise<Judgement & { readonly world: World }> {
  const name = `world-${(worlds += 1)}`;
  const world = buildWorld(plan, { host: registry.host, repository: name, site: registry.site });
  const { now, annotations } = plan;
  const judgement = await judge(world, { folder: join(folder, name), now, annotations });
  registry.site.clear();
  return { ...judgement, world };
}

function allFindings(verdict: Verdict): Verdict["findings"] {
  return [...verdict.findings, ...verdict.signatures.flatMap(({ findings }) => findings)];
}

function assertJudged({ library, cli }: Judgement, outcome: Verdict["outcome"]): void {
  const seen = allFindings(library).map(({ code, message }) => `${code}: ${message}`);
  assert.equal(library.outcome, outcome, seen.join("\n"));
  assert.equal(cli.exit, EXITS[outcome], cli.stderr);
  assert.deepEqual(withoutRemedies(cli.document), withoutRemedies(library));
}

/** The command line fills them in with what it was given. */
function withoutRemedies(document: unknown): unknown {
  return JSON.parse(JSON.stringify(document), (name, value: unknown) => (name === "remedy" ? undefined : value)) as unknown;
}

/** Everything that failed, once: the fault must not show in other places too, or one fault could hide another. */
function assertVector(vector: Vector, { library, world }: Judgement & { readonly world: World }): void {
  const signature = library.signatures.find(({ digest }) => digest === world.signature);
  const findings = vector.on === "verdict" ? library.findings : (signature?.findings ?? []);
  const codes = findings.map(({ code }) => code);
  assert.ok(codes.includes(vector.code), `expected ${vector.code}, got ${codes.join(", ") || "nothing"}`);
  if (vector.on !== "verdict" && vector.outcome !== "pass") {
    const others = findings.filter(({ outcome, code }) => outcome === "fail" && code !== vector.code);
    assert.deepEqual(others, [], "another check failed too");
  }
  for (const { code } of allFindings(library)) provoked.add(code);
}

suite("the good world", () => {
  for (const format of FORMATS) {
    test(format, async () => {
      const judgement = await run(goodPlan(format));
      assertJudged(judgement, "pass");
      const [signature] = judgement.library.signatures;
      assert.deepEqual(
        signature?.findings.map(({ code }) => code),
        [
          "subject/match",
          "integrity/verified",
          "authenticity/trusted",
          "identity/trusted",
          "expiry/none",
          "time/valid",
          "revocation/not-revocable",
        ],
      );
    });
  }
});

for (const format of FORMATS) {
  suite(format, () => {
    for (const vector of VECTORS.filter(({ formats }) => formats?.includes(format) ?? true)) {
      test(`${vector.name} (${vector.code})`, async () => {
        const plan = goodPlan(format);
        vector.fault(plan);
        const judgement = await run(plan);
        assertJudged(judgement, vector.outcome);
        assertVector(vector, judgement);
      });
      if (vector.twin === undefined) continue;
      const { twin } = vector;
      test(`passes: twin of ${vector.name}`, async () => {
        const plan = goodPlan(format);
        twin(plan);
        assertJudged(await run(plan), "pass");
      });
    }
  });
}

suite("the set of vectors", () => {
  test("has at least 80 that must fail, each of its own name", () => {
    assert.ok(VECTORS.filter(({ outcome }) => outcome !== "pass").length >= 80);
    assert.equal(new Set(VECTORS.map(({ name, formats }) => `${name} ${formats?.join() ?? ""}`)).size, VECTORS.length);
  });

  test("provokes every finding of the table", () => {
    const wanted = Object.keys(FINDINGS).filter((code) => !PROVOKED_ELSEWHERE.has(code));
    assert.deepEqual([...provoked].toSorted(), wanted.toSorted());
  });

  test("expects every finding of the table by name", () => {
    const expected = new Set([...VECTORS.map(({ code }) => code), ...PROVOKED_ELSEWHERE.keys()]);
    assert.deepEqual([...expected].toSorted(), Object.keys(FINDINGS).toSorted());
    for (const [code, path] of PROVOKED_ELSEWHERE) assert.ok(readFileSync(path, "utf8").includes(`"${code}"`), `${path}: ${code}`);
  });
});
