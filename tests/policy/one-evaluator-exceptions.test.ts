/** The engine against the slow evaluator where something is excepted: random policies, scans and really signed exceptions. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { StatementHead } from "../../src/core/decision.ts";
import type { Digest } from "../../src/core/digest.ts";
import { CountersignError } from "../../src/core/errors.ts";
import type { Policy } from "../../src/core/policy.ts";
import type { ReadonlyStore } from "../../src/core/store.ts";
import { statementHead } from "../../src/words/policy-for-writing.ts";
import { decodePolicy } from "../../src/policy/countersign/document.ts";
import { writeApproval } from "../../src/statements/decisions/approval.ts";
import { writeException } from "../../src/statements/decisions/exception.ts";
import { APPROVAL_V1, EXCEPTION_V1 } from "../../src/statements/predicate-types.ts";
import { identityOf } from "../advisories/scene.ts";
import { type Attester, type EvidenceWorld, HOUR, makeAttester, makeEvidenceWorld, makeKeyPair, NOW, trustOf } from "../evidence/world.ts";
import { compareWorlds } from "./compare-worlds.ts";
import { type ExceptionAnswers, type ExceptionQuestion, judgeExceptions, type PlainException } from "./slow-exceptions.ts";

const RUNS = 240;
const PEOPLE = ["ana", "bo", "cy"];
const anasKeys = makeKeyPair();
const attesters = new Map(
  await Promise.all(
    [...PEOPLE, "dee", "scanner", "ci"].map(
      async (name) => [name, await makeAttester(name, [], name === "ana" ? anasKeys : undefined)] as const,
    ),
  ),
);
/** With a certificate of his own that is of ana's key. */
const cyByAnas = await makeAttester("cy", [], anasKeys);
const trust = trustOf([...attesters.values(), cyByAnas]);

function whose({ by, key }: Pick<PlainException, "by" | "key">): Attester {
  return by === key ? who(by) : cyByAnas;
}

function who(name: string): Attester {
  return attesters.get(name) ?? assert.fail(`${name} is known`);
}

const kinds = fc.uniqueArray(fc.constantFrom("scan" as const, "test" as const, "approvals" as const), { minLength: 1 });
const people = fc.subarray(PEOPLE, { minLength: 1 }).map((some) => (some.length === 1 && some[0] === "bo" ? PEOPLE : some));
const rule = { by: people, waives: kinds, max: fc.constantFrom(4, 48, 240, 240, 240) };

/** Cy may sign with ana's key too. */
const signed = fc.record({ by: fc.constantFrom(...PEOPLE), isByAnas: fc.boolean() }).map(({ by, isByAnas }) => ({
  by,
  key: by === "cy" && isByAnas ? "ana" : by,
}));

const exception: fc.Arbitrary<PlainException> = fc
  .record(
    {
      signed,
      isBreakGlass: fc.constantFrom(true, true, false),
      waives: kinds,
      finding: fc.record({ flaw: fc.constantFrom(1, 2), isThere: fc.boolean() }),
      // Of the last two one is within 30 days of all that still hold, and the other one is not.
      hoursAgo: fc.constantFrom(1, 2, 2, 30, 100, 100, 700, 700, 760),
      length: fc.constantFrom(3, 40, 200, 200, 200),
      isOfThisProduct: mostly(true),
      isOfToday: mostly(true),
      isHidden: mostly(false),
      approvedBy: fc.array(signed, { maxLength: 2 }),
    },
    {
      requiredKeys: ["signed", "isBreakGlass", "waives", "hoursAgo", "length", "isOfThisProduct", "isOfToday", "isHidden", "approvedBy"],
    },
  )
  .map(({ signed: author, ...one }) => ({ ...one, ...author }));

function mostly(value: boolean): fc.Arbitrary<boolean> {
  return fc.integer({ min: 0, max: 7 }).map((one) => (one === 7 ? !value : value));
}

const question: fc.Arbitrary<ExceptionQuestion> = fc
  .record(
    {
      exceptions: fc.record(rule),
      breakGlass: fc.record({ ...rule, afterwardsBy: people, stayMax: fc.constantFrom(24, 72) }),
      said: fc.array(exception, { minLength: 1, maxLength: 4 }),
      flaws: fc.uniqueArray(fc.constantFrom(1, 2)),
      isTested: fc.boolean(),
      isRejected: mostly(false),
    },
    { requiredKeys: ["said", "isTested", "isRejected"] },
  )
  // In an emergency no finding is named: such a document is refused when it is read.
  .map((asked) => ({
    ...asked,
    said: asked.said.map(({ finding, ...one }) => (one.isBreakGlass || finding === undefined ? one : { ...one, finding })),
  }));

function policyOf({ exceptions, breakGlass }: ExceptionQuestion): Promise<Policy> {
  const document = {
    apiVersion: "countersign.dev/v1",
    kind: "Policy",
    name: "shop",
    version: 1,
    products: { app: { build: "registry.example/app" } },
    people: Object.fromEntries([...PEOPLE, "dee"].map((name) => [name, identityOf(who(name))])),
    parties: { scanner: identityOf(who("scanner")), ci: identityOf(who("ci")) },
    gates: {
      build: { needs: [{ scan: { by: "scanner", deny: "critical" } }, { test: { by: "ci" } }], approve: { by: ["dee"], valid: "72h" } },
    },
    ...(exceptions && { exceptions: { by: exceptions.by, for: exceptions.waives, max: `${exceptions.max}h` } }),
    ...(breakGlass && {
      breakGlass: {
        by: breakGlass.by,
        waive: breakGlass.waives,
        max: `${breakGlass.max}h`,
        afterwards: { by: breakGlass.afterwardsBy, within: "24h" },
        stayMax: `${breakGlass.stayMax}h`,
      },
    }),
  };
  return decodePolicy(Buffer.from(JSON.stringify(document)), { source: "random.yaml" });
}

function hoursAgo(hours: number): Date {
  return new Date(NOW.getTime() - hours * HOUR);
}

function purlOf(isThere: boolean): string {
  return isThere ? "pkg:npm/left-pad@1.0.0" : "pkg:npm/right-pad@1.0.0";
}

async function judgeReally(asked: ExceptionQuestion): Promise<ExceptionAnswers> {
  const policy = await policyOf(asked);
  const world = await makeEvidenceWorld(trust);
  const { flaws, isTested, said } = asked;
  if (flaws !== undefined) {
    const result = flaws.map((flaw) => ({
      id: `CVE-2026-${flaw}`,
      severity: [{ method: "label", score: "critical" }],
      annotations: [{ package: "left-pad", version: "1.0.0", purl: purlOf(true) }],
    }));
    const scanner = { uri: "pkg:github/acme/scanner@1", db: { lastUpdate: hoursAgo(2).toISOString() }, result };
    await world.attestAs(who("scanner"), { scanner, metadata: { scanFinishedOn: hoursAgo(2).toISOString() } });
  }
  if (isTested)
    await world.attestAs(who("ci"), { result: "PASSED", configuration: [] }, { type: "https://in-toto.io/attestation/test-result/v0.1" });
  if (asked.isRejected) await reject(world, policy);
  const hidden = new Set<string>();
  for (const one of said) {
    const digest = await hang(world, policy, one);
    if (one.isHidden) hidden.add(digest);
  }
  const store: ReadonlyStore = {
    ...world.store,
    fetch: (descriptor, call) =>
      hidden.has(descriptor.digest)
        ? Promise.reject(new CountersignError("store/unreachable", "Cannot read it: nobody answers"))
        : world.store.fetch(descriptor, call),
  };
  const { requirements } = await world.judge(policy, { store });
  const answer = (name: string): ExceptionAnswers["scan"] => requirements.find((one) => one.name === name)?.outcome ?? assert.fail(name);
  return { scan: answer("scan"), test: answer("test"), approvals: answer("approvals") };
}

async function reject(world: EvidenceWorld, policy: Policy): Promise<void> {
  const { head, gateTerms } = headOf(policy);
  const said = { head, gateTerms, policyDigest: world.digest, signedAt: hoursAgo(0.5), decision: "rejected", despite: false } as const;
  const rejection = writeApproval({ ...said, reason: "no", evidence: [], supersedes: [], overrules: [] });
  await world.attestAs(who("dee"), rejection, { type: APPROVAL_V1, hoursAgo: 0.5 });
}

function headOf(policy: Policy): { readonly head: StatementHead; readonly gateTerms: Digest } {
  const selection = policy.select("registry.example/app");
  assert.ok(selection.kind === "gate" && selection.gate.head !== undefined);
  return { head: statementHead(policy, selection.gate.head), gateTerms: selection.gate.head.gateTerms };
}

async function hang(world: EvidenceWorld, policy: Policy, one: PlainException): Promise<Digest> {
  const { head: own, gateTerms } = headOf(policy);
  const head = {
    ...own,
    ...(one.isOfThisProduct ? {} : { product: "other" }),
    ...(one.isOfToday ? {} : { gateDigest: world.digest }),
  };
  const shared = { head, policyDigest: world.digest, reason: "it is known" };
  const { hoursAgo: hours, length, waives, isBreakGlass, finding } = one;
  const signedAt = hoursAgo(hours);
  const predicate = writeException({
    ...shared,
    signedAt,
    waives,
    isBreakGlass,
    expiresOn: new Date(signedAt.getTime() + length * HOUR),
    ...(finding === undefined ? {} : { finding: { advisory: `CVE-2026-${finding.flaw}`, purl: purlOf(finding.isThere) } }),
  });
  const { evidence } = await world.attestAs(whose(one), predicate, { type: EXCEPTION_V1, hoursAgo: hours });
  for (const approver of one.approvedBy) {
    const said = {
      ...shared,
      signedAt: hoursAgo(0.5),
      decision: "approved",
      gateTerms,
      afterwards: evidence.digest,
      despite: true,
    } as const;
    const approval = writeApproval({ ...said, evidence: [], supersedes: [], overrules: [] });
    await world.attestAs(whose(approver), approval, { type: APPROVAL_V1, hoursAgo: 0.5 });
  }
  return evidence.digest;
}

const same = (one: ExceptionAnswers, other: ExceptionAnswers): boolean => JSON.stringify(one) === JSON.stringify(other);

/** What would be answered otherwise if one rule were not. */
function ideasOf(asked: ExceptionQuestion, slow: ExceptionAnswers): readonly string[] {
  const { said, breakGlass } = asked;
  const withSaid = (change: (one: PlainException) => PlainException): ExceptionQuestion => ({ ...asked, said: said.map(change) });
  const others: Readonly<Record<string, ExceptionQuestion>> = {
    "break-glass": withSaid((one) => ({ ...one, isBreakGlass: false })),
    afterwards: withSaid((one) => ({ ...one, approvedBy: [] })),
    "shared key": withSaid((one) => ({
      ...one,
      key: one.by,
      approvedBy: one.approvedBy.map(({ by }) => ({ by, key: by })),
    })),
    // Each by somebody else, and it is no second one.
    again: withSaid((one) => ({ ...one, hoursAgo: one.isBreakGlass && one.hoursAgo === 700 ? 760 : one.hoursAgo })),
    ...(breakGlass && { stayMax: { ...asked, breakGlass: { ...breakGlass, stayMax: 1000 } } }),
    rejection: { ...asked, isRejected: false },
  };
  return Object.entries(others).flatMap(([idea, other]) => (same(judgeExceptions(other), slow) ? [] : [`${idea} decides`]));
}

test("exceptions: the engine answers what the slow evaluator answers", async () => {
  const kindsAndAnswers = ["scan", "test", "approvals"].flatMap((kind) => ["pass", "deny", "unknown"].map((told) => `${kind} ${told}`));
  const ideas = ["break-glass", "afterwards", "shared key", "again", "stayMax", "rejection"].map((idea) => `${idea} decides`);
  await compareWorlds(question, {
    runs: RUNS,
    compare: async (asked) => {
      const slow = judgeExceptions(asked);
      assert.deepEqual(await judgeReally(asked), slow);
      return [...Object.entries(slow).map(([kind, told]) => `${kind} ${told}`), ...ideasOf(asked, slow)];
    },
    wanted: Object.fromEntries([...kindsAndAnswers, ...ideas].map((told) => [told, 1])),
  });
});
