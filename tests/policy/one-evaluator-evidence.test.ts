/** The engine against the slow evaluator where evidence is asked for: random policies, images, indexes and really signed statements about them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { CountersignError } from "../../src/core/errors.ts";
import type { Policy } from "../../src/core/policy.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { Answer, RequirementReport } from "../../src/core/verdict.ts";
import { evaluate } from "../../src/evaluate.ts";
import { decodePolicy } from "../../src/policy/countersign/document.ts";
import { buildPolicyAndCases, type Case, policyAndCases } from "./evidence-arbitraries.ts";
import { makeEvidencePool, type PooledStatement } from "./evidence-pool.ts";
import { type Naming, writePolicy } from "./plain-document.ts";
import { COMMITS } from "./pool-commits.ts";
import { type BaseName, BASES, CONFIGS, INDEX, type ManifestName } from "./pool-images.ts";
import { NOW } from "./signing-world.ts";
import { judgeSlowly, type Question, type SlowVerdict } from "./slow-evaluator.ts";
import type { PlainPolicy } from "./slow-policy.ts";

const pool = await makeEvidencePool(["Ana", "Bo", "ci", "ci-api", "scanner", "upstream"], ["one"], { areBased: true });

const NAMING: Naming = { pemOf: (key) => pool.keyOf(key), ...pool.commits };

/** What is known of a case, told to the slow evaluator. */
function questionOf({ repository, gate, image, shown }: Case): Question {
  const isUnread = (...names: readonly ManifestName[]): boolean => names.some((name) => shown.unread.includes(name));
  const names = image === INDEX ? [...(isUnread("one") ? [] : ["one"]), ...(isUnread("nested", "two") ? [] : ["two"])] : [image];
  return {
    repository,
    gate,
    image,
    signatures: shown.signatures.filter((one) => !isUntold(one)),
    said: shown.statements.filter(({ hides }) => hides === "nothing"),
    hidden: [
      ...shown.statements.flatMap((said) => (said.hides === "nothing" ? [] : hiddenOf(said, image))),
      ...shown.signatures.filter(isUntold).map(() => ({ hangsOn: image, mayBeSignature: true })),
    ],
    cutOff: shown.cutOff.filter((name) => name === image || names.includes(name)),
    manifests: names.map((name) => ({ name, config: CONFIGS[name as "one" | "two"] })),
    configsUnread: shown.configsUnread.filter((name) => names.includes(name)),
    unread: shown.unread.length,
    commits: COMMITS,
    bases: Object.entries(BASES).map(([name, base]) => ({
      ...base,
      name,
      isUnread: shown.basesUnread.includes(name as BaseName),
      signatures: shown.baseSignatures.filter(({ on }) => on === name),
    })),
  };
}

/** A signature that nobody has read, and of which the listing does not say that it is one. */
function isUntold({ isHidden, listed, key }: Case["shown"]["signatures"][number]): boolean {
  return isHidden && (listed === "bare" || (listed === "typed" && key !== undefined));
}

function hiddenOf(said: PooledStatement, image: ManifestName): Question["hidden"] {
  const { kind, hangsOn, about, carrier, listed, signatures, isBroken } = said;
  if (said.hides === "signatures") {
    const isOfUse = !isBroken && about.includes(hangsOn) && signatures.length > 0;
    return isOfUse ? [{ kind, hangsOn, about, mayBeSignature: false }] : [];
  }
  // Nobody has signed it, which is seen without reading it.
  if (carrier === "attached" && listed !== "bare" && signatures.length === 0) return [];
  const mayBeSignature = hangsOn === image && (listed === "bare" || (carrier === "bundle" && listed === "typed"));
  return [{ ...(listed === "claimed" ? { kind } : {}), hangsOn, mayBeSignature }];
}

async function judgeReally(policy: Policy, { repository, gate, image, shown }: Case): Promise<SlowVerdict> {
  const verdict = await evaluate(parseReference(`${repository}@${pool.digestOf(image)}`), {
    policy,
    gate,
    store: await pool.show(shown),
    openStore: () => pool.showBases(shown),
    trust: pool.trust,
    clock: { now: () => NOW },
  });
  const needs = Map.groupBy(verdict.requirements, ({ gate: at, name }) => `${at} ${name}${name === "signature" ? " 0" : ""}`);
  return { answer: verdict.outcome, needs: new Map([...needs].map(([name, reports]) => [name, together(reports)])) };
}

/** Of what is asked of each manifest by itself. */
function together(reports: readonly RequirementReport[]): Answer {
  const outcomes = new Set(reports.map(({ outcome }) => outcome));
  if (outcomes.has("deny")) return "deny";
  return outcomes.has("unknown") ? "unknown" : "pass";
}

/** What was answered where something more is asked of a build. */
function answersAbout(what: "agree" | "commits" | "base", { gates }: PlainPolicy, { needs }: SlowVerdict): readonly (Answer | undefined)[] {
  const asking = Object.entries(gates).filter(([, { asks }]) => asks.some((ask) => ask.kind === "provenance" && ask[what] !== undefined));
  return asking.map(([gate]) => needs.get(`${gate} provenance`));
}

/** How often each answer was given to what is asked. */
async function compare(policies: typeof policyAndCases, numRuns: number): Promise<ReadonlyMap<string, number>> {
  const seen = new Map<string, number>();
  const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
  await fc.assert(
    fc.asyncProperty(policies, async ([plain, cases]) => {
      let policy: Policy;
      try {
        policy = await decodePolicy(writePolicy(plain, NAMING), { source: "random.yaml" });
      } catch (error) {
        assert.ok(error instanceof CountersignError && error.code === "policy/invalid", String(error));
        count("refused");
        return;
      }
      for (const one of cases) {
        const slow = judgeSlowly(plain, questionOf(one));
        const really = await judgeReally(policy, one);
        assert.deepEqual(Object.fromEntries(really.needs), Object.fromEntries(slow.needs));
        assert.equal(really.answer, slow.answer);
        for (const [name, answer] of slow.needs) count(`${name.split(" ")[1]} ${answer}`);
        for (const what of ["agree", "commits", "base"] as const)
          for (const answer of answersAbout(what, plain, slow)) count(`${what} ${answer}`);
      }
    }),
    { numRuns },
  );
  // A test that only ever sees denials tests little.
  assert.ok((seen.get("refused") ?? 0) < numRuns / 2, `${seen.get("refused")} policies were refused`);
  return seen;
}

function assertSeen(seen: ReadonlyMap<string, number>, kinds: readonly string[]): void {
  for (const what of kinds.flatMap((kind) => ["pass", "deny", "unknown"].map((answer) => `${kind} ${answer}`)))
    assert.ok(seen.has(what), `nothing was found in which ${what} is the answer`);
}

test("the engine answers what the slow evaluator answers, need by need", async () => {
  const seen = await compare(policyAndCases, 300);
  assertSeen(seen, ["signature", "scan", "sbom", "test", "provenance", "vex", "attestation", "image"]);
});

test("the engine answers what the slow evaluator answers about commits, bases and builders that agree", async () => {
  assertSeen(await compare(buildPolicyAndCases, 300), ["agree", "commits", "base"]);
});
