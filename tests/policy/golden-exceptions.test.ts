/**
 * Verdicts about exceptions as they were frozen, as JSON and as text. `GOLDEN=write node --test
 * tests/policy/golden-exceptions.test.ts` writes the files anew.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fillVerdict } from "../../src/cli/render/verdict-remedies.ts";
import type { ExceptionSaid } from "../../src/core/decision.ts";
import { statementHead } from "../../src/words/policy-for-writing.ts";
import { writeApproval } from "../../src/statements/decisions/approval.ts";
import { writeException } from "../../src/statements/decisions/exception.ts";
import { APPROVAL_V1, EXCEPTION_V1 } from "../../src/statements/predicate-types.ts";
import { identityOf, policyAsking } from "../advisories/scene.ts";
import { type Attester, type EvidenceWorld, HOUR, makeAttester, makeEvidenceWorld, NOW, trustOf } from "../evidence/world.ts";
import { findFaults } from "../json-schema.ts";
import { checkGoldenNames, compareGolden, ordered, renderGolden } from "./golden-files.ts";

const folder = join(import.meta.dirname, "golden-exceptions");
const attesters = new Map(
  await Promise.all(["ana", "cy", "eva", "ci", "scanner"].map(async (name) => [name, await makeAttester(name)] as const)),
);
const trust = trustOf([...attesters.values()]);
const PURL = "pkg:npm/left-pad@1.0.0";

function who(name: string): Attester {
  return attesters.get(name) ?? assert.fail(`${name} is known`);
}

const policy = await policyAsking([{ scan: { by: "scanner", deny: "critical" } }, { test: { by: "ci" } }], {
  people: Object.fromEntries(["ana", "cy", "eva"].map((name) => [name, identityOf(who(name))])),
  parties: { ci: identityOf(who("ci")), scanner: identityOf(who("scanner")) },
  exceptions: { by: "ana", for: ["scan", "test"], max: "30d" },
  breakGlass: { by: "cy", waive: ["scan", "test"], max: "4h", afterwards: { by: "eva", within: "24h" }, stayMax: "7d" },
});
const selection = policy.select("registry.example/app");
assert.ok(selection.kind === "gate" && selection.gate.head !== undefined);
const { gateTerms } = selection.gate.head;
const HEAD = statementHead(policy, selection.gate.head);

type Said = Partial<ExceptionSaid> & { readonly by?: string };

async function hang(world: EvidenceWorld, { by = "ana", ...said }: Said): Promise<string> {
  const signedAt = said.signedAt ?? new Date(NOW.getTime() - HOUR);
  const predicate = writeException({
    head: HEAD,
    signedAt,
    policyDigest: HEAD.gateDigest,
    waives: ["test"],
    isBreakGlass: false,
    reason: "the test lab is down",
    expiresOn: new Date(signedAt.getTime() + 4 * HOUR),
    ...said,
  });
  const hoursAgo = (NOW.getTime() - signedAt.getTime()) / HOUR;
  return (await world.attestAs(who(by), predicate, { type: EXCEPTION_V1, hoursAgo })).evidence.digest;
}

const OF_SCAN: Said = { waives: ["scan"], finding: { advisory: "CVE-2026-1", purl: PURL }, reason: "it is not reached", ticket: "SEC-12" };

interface Case {
  readonly name: string;
  readonly said: readonly Said[];
  /** Of the first of them. */
  readonly isApprovedAfterwards?: boolean;
}

/** The first word of its name is the answer. */
const CASES: readonly Case[] = [
  { name: "pass-exceptions", said: [OF_SCAN, {}] },
  { name: "pass-break-glass", said: [{ by: "cy", isBreakGlass: true, waives: ["scan", "test"], reason: "it burns" }] },
  {
    name: "pass-break-glass-approved",
    said: [{ by: "cy", isBreakGlass: true, waives: ["scan", "test"], reason: "it burns" }],
    isApprovedAfterwards: true,
  },
  { name: "deny-exceptions-refused", said: [{ by: "eva" }, { ...OF_SCAN, signedAt: new Date(NOW.getTime() - 5 * HOUR) }] },
];

for (const { name, said, isApprovedAfterwards = false } of CASES) {
  test(`${name}, as text and as JSON`, async () => {
    const world = await makeEvidenceWorld(trust);
    const at = new Date(NOW.getTime() - 2 * HOUR).toISOString();
    const flaw = { id: "CVE-2026-1", severity: [{ method: "label", score: "critical" }] };
    const result = [{ ...flaw, annotations: [{ package: "left-pad", version: "1.0.0", purl: PURL }] }];
    const scanner = { uri: "pkg:github/acme/scanner@1", db: { lastUpdate: at }, result };
    await world.attestAs(who("scanner"), { scanner, metadata: { scanFinishedOn: at } });
    const digests: string[] = [];
    for (const one of said) digests.push(await hang(world, one));
    if (isApprovedAfterwards) {
      const approval = { head: HEAD, policyDigest: HEAD.gateDigest, gateTerms, decision: "approved", despite: true } as const;
      const lists = { evidence: [], supersedes: [], overrules: [] };
      const afterwards = digests[0] as typeof HEAD.gateDigest;
      const signedAt = new Date(NOW.getTime() - HOUR / 2);
      const predicate = writeApproval({ ...approval, ...lists, signedAt, afterwards });
      await world.attestAs(who("eva"), predicate, { type: APPROVAL_V1, hoursAgo: 0.5 });
    }
    const verdict = ordered(fillVerdict(await world.judge(policy), { words: {} }));
    assert.equal(verdict.outcome, name.split("-")[0]);
    assert.deepEqual(findFaults(JSON.parse(JSON.stringify(verdict))), []);
    compareGolden(join(folder, `${name}.golden`), renderGolden(verdict, false));
  });
}

test("no golden file is left of a case that is gone", () => {
  checkGoldenNames(
    folder,
    CASES.map(({ name }) => name),
  );
});
