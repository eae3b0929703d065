/** The engine against the slow evaluator where verdicts of others may stand in: random summaries, really signed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { digestOf } from "../../src/core/digest.ts";
import { CountersignError } from "../../src/core/errors.ts";
import type { Policy } from "../../src/core/policy.ts";
import type { ReadonlyStore } from "../../src/core/store.ts";
import type { Answer } from "../../src/core/verdict.ts";
import { withBeliefs } from "../../src/policy/verifier/beliefs.ts";
import { policyDigestOf, statementHead } from "../../src/words/policy-for-writing.ts";
import { type Summary, writeVerificationSummary } from "../../src/statements/predicates/verification-summary.ts";
import { identityOf, policyAsking } from "../advisories/scene.ts";
import {
  type EvidenceWorld,
  HOUR,
  makeAttester,
  makeEvidenceWorld,
  makeKeyHolder,
  NOW,
  scanPredicate,
  trustOf,
} from "../evidence/world.ts";
import { compareWorlds } from "./compare-worlds.ts";
import { judgeSummaries, type OddSummary, type PlainSummary, type SummaryQuestion } from "./slow-summaries.ts";

const RUNS = 110;
const VSA = "https://slsa.dev/verification_summary/v1";
const TEST = "https://in-toto.io/attestation/test-result/v0.1";
const REPOSITORY = "registry.example/app";
const OTHER = digestOf(Buffer.from("another"));
const [scanner, certified] = await Promise.all([makeAttester("scanner"), makeAttester("certified")]);
const WHO = { scanner, certified, judge: makeKeyHolder("judge"), stranger: makeKeyHolder("stranger") } as const;
const trust = trustOf([scanner, certified]);
const policy: Policy = await policyAsking(
  [{ scan: { by: "scanner", deny: "critical", maxAge: "24h" } }, { test: { by: "scanner", maxAge: "24h" } }],
  { parties: { scanner: identityOf(scanner) } },
);

/** Mostly what lets it be taken, so that the rest makes a difference. */
function mostly<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(...others) });
}

const ODD: readonly OddSummary[] = [
  "product",
  "gate",
  "gate-version",
  "chain",
  "repository",
  "policy-version",
  "resource",
  "question",
  "failed",
];

const summary: fc.Arbitrary<PlainSummary> = fc
  .record({
    by: fc.constantFrom<PlainSummary["by"]>("judge", "judge", "certified", "certified", "scanner", "stranger"),
    odd: mostly<OddSummary>("none", ...ODD),
    madeHoursAgo: mostly(1, -1),
    isHidden: mostly(false, true),
    holdsHours: mostly<number | undefined>(5, 0, -1, undefined),
  })
  .map(({ holdsHours, ...one }) => (holdsHours === undefined ? one : { ...one, holdsHours }));

const questions: fc.Arbitrary<SummaryQuestion> = fc.record({
  scan: mostly<SummaryQuestion["scan"]>("none", "good", "good", "bad", "old", "unread", "unread"),
  test: mostly<SummaryQuestion["test"]>("good", "none", "none", "bad", "old", "unread", "unread"),
  issuers: mostly<SummaryQuestion["issuers"]>(["judge", "certified"], [], ["judge"], ["judge", "scanner"], ["scanner"]),
  summaries: fc.array(summary, { maxLength: 3 }),
});

function taking(issuers: SummaryQuestion["issuers"]): Policy {
  if (issuers.length === 0) return policy;
  const members = issuers.map((name) => ({ name, kind: "person" as const, identities: [WHO[name].identity], isOfProduct: true }));
  return withBeliefs(policy, { witnesses: [], summaryIssuers: { members, atLeast: 1 } });
}

function hoursAgo(hours: number): Date {
  return new Date(NOW.getTime() - hours * HOUR);
}

function summaryOf(world: EvidenceWorld, { odd, madeHoursAgo, holdsHours }: PlainSummary): Summary {
  const selection = policy.select(REPOSITORY, "build");
  assert.ok(selection.kind === "gate" && selection.gate.head !== undefined);
  const others: Readonly<Partial<Record<OddSummary, object>>> = {
    product: { product: "web" },
    gate: { gate: "prod" },
    "gate-version": { gateDigest: OTHER },
    chain: { policyChain: OTHER },
    repository: { repository: "registry.example/other" },
  };
  return {
    verifier: { id: "https://countersign.dev/verifier/v1", version: { countersign: "0.1.0" } },
    timeVerified: hoursAgo(madeHoursAgo),
    resourceUri: `${odd === "resource" ? "registry.example/other" : REPOSITORY}@${world.digest}`,
    policy: { uri: "tag:countersign.dev,2026:policy/shop", digest: odd === "policy-version" ? OTHER : policyDigestOf(policy) },
    inputs: [],
    isPassed: odd !== "failed",
    verifiedLevels: [odd === "failed" ? "FAILED" : "COUNTERSIGN_GATE_BUILD"],
    head: { ...statementHead(policy, selection.gate.head), ...others[odd] },
    question: odd === "question" ? "stay" : "enter",
    relaxations: [],
    ...(holdsHours === undefined ? {} : { validUntil: hoursAgo(-holdsHours) }),
  };
}

async function judgeReally({ scan, test: tested, issuers, summaries }: SummaryQuestion): Promise<Answer> {
  const world = await makeEvidenceWorld(trust);
  const hidden = new Set<string>();
  if (scan !== "none") {
    const findings = scan === "bad" ? [{ id: "CVE-2026-1", severity: "critical" }] : [];
    const { evidence } = await world.attestAs(scanner, scanPredicate({ at: hoursAgo(scan === "old" ? 30 : 2), findings }));
    if (scan === "unread") hidden.add(evidence.digest);
  }
  if (tested !== "none") {
    const result = { result: tested === "bad" ? "FAILED" : "PASSED", configuration: [] };
    const { evidence } = await world.attestAs(scanner, result, { type: TEST, hoursAgo: tested === "old" ? 30 : 2 });
    if (tested === "unread") hidden.add(evidence.digest);
  }
  for (const [at, one] of summaries.entries()) {
    // No two are the same, whatever they say.
    const said = { ...summaryOf(world, one), relaxations: [String(at)] };
    const { evidence } = await world.attestAs(WHO[one.by], writeVerificationSummary(said), { type: VSA });
    if (one.isHidden) hidden.add(evidence.digest);
  }
  const store: ReadonlyStore = {
    ...world.store,
    fetch: (descriptor, call) =>
      hidden.has(descriptor.digest)
        ? Promise.reject(new CountersignError("store/unreachable", "Cannot read it: nobody answers"))
        : world.store.fetch(descriptor, call),
  };
  return (await world.judge(taking(issuers), { store })).outcome;
}

/** What would be answered otherwise if one rule were not. */
function ideasOf(asked: SummaryQuestion, slow: Answer): readonly string[] {
  const withSummaries = (change: Partial<PlainSummary>): SummaryQuestion => ({
    ...asked,
    summaries: asked.summaries.map((one) => ({ ...one, ...change })),
  });
  const others: Readonly<Record<string, SummaryQuestion>> = {
    "a summary": { ...asked, issuers: [] },
    "what it says": withSummaries({ odd: "none" }),
    "how long": withSummaries({ holdsHours: 5 }),
    unread: withSummaries({ isHidden: false }),
    when: withSummaries({ madeHoursAgo: 1 }),
    whose: { ...withSummaries({ by: "judge" }), issuers: ["judge"] },
    "a no": { ...asked, scan: asked.scan === "bad" || asked.scan === "old" ? "none" : asked.scan },
  };
  return Object.entries(others).flatMap(([idea, other]) => (judgeSummaries(other) === slow ? [] : [`${idea} decides`]));
}

test("the engine takes the verdicts of others that the slow evaluator takes", async () => {
  const ideas = ["a summary", "what it says", "how long", "when", "whose", "a no", "unread"].map((idea) => `${idea} decides`);
  await compareWorlds(questions, {
    runs: RUNS,
    compare: async (asked) => {
      const slow = judgeSummaries(asked);
      assert.equal(await judgeReally(asked), slow);
      return [slow, ...ideasOf(asked, slow)];
    },
    wanted: Object.fromEntries(["pass", "deny", "unknown", ...ideas].map((told) => [told, 1])),
  });
});
