/** The engine against the slow evaluator: random policies, places, gates and sets of real signatures must get one answer from both. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { CountersignError } from "../../src/core/errors.ts";
import type { Policy } from "../../src/core/policy.ts";
import { parseReference } from "../../src/core/reference.ts";
import { evaluate } from "../../src/evaluate.ts";
import { decodePolicy } from "../../src/policy/countersign/document.ts";
import { makeSigningWorld, NOW, type SigningWorld } from "./signing-world.ts";
import { type Naming, writePolicy } from "./plain-document.ts";
import { judgeSlowly, NOTHING_ELSE, type SlowAnswer } from "./slow-evaluator.ts";
import type { PlainGate, PlainPolicy } from "./slow-policy.ts";

const COMMON_NAMES = ["Ana", "Bo", "Cy", "ci", "ci-api", "ci-web", "scanner"];
const KEYS = ["one", "two", "nobody's"];
const world = await makeSigningWorld(COMMON_NAMES, ["shop/api", "shop/web", "lib"], KEYS);

const noCommits = (name: string): never => assert.fail(`no policy here asks about commits, and ${name} is one`);
const NAMING: Naming = { pemOf: world.keyOf, fingerprintOf: noCommits, idOf: noCommits };

const SHOP = { build: "build.acme.io/{app}", prod: "prod.acme.io/{app}" };
const LIB = { build: "lib.acme.io/lib", prod: "prod.acme.io/base/lib" };
const PRODUCTS: readonly PlainPolicy["products"][] = [
  { "shop/{app}": SHOP },
  { "shop/{app}": { ...SHOP, test: "build.acme.io/{app}" } },
  { lib: LIB },
  { lib: { prod: "prod.acme.io/base/lib" } },
  { "shop/{app}": SHOP, lib: LIB },
];
const REPOSITORIES = [
  "build.acme.io/api",
  "prod.acme.io/api",
  "prod.acme.io/web",
  "prod.acme.io/base/lib",
  "lib.acme.io/lib",
  "other.acme.io/api",
  "prod.acme.io/api/web",
];
const NAMES = ["ana", "bo", "cy", "ci", "scanner", "release"];

const need: fc.Arbitrary<PlainGate["needs"][number]> = fc
  .uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 })
  .chain((by) => fc.record({ by: fc.constant(by), atLeast: fc.integer({ min: 1, max: by.length }) }));

function gate(before: readonly string[]): fc.Arbitrary<PlainGate> {
  return fc
    .record({
      after: fc.subarray([...before]),
      needs: fc.array(need, { maxLength: 2 }),
      spare: need,
      expiry: fc.constantFrom("enforce", "log", "skip"),
    })
    .map(({ after, needs, spare, expiry }) => ({ after, needs: after.length + needs.length > 0 ? needs : [spare], asks: [], expiry }));
}

const policy: fc.Arbitrary<PlainPolicy> = fc.record({
  products: fc.constantFrom(...PRODUCTS),
  people: fc.constant({ ana: "Ana", bo: "Bo", cy: "Cy" }),
  parties: fc.record({
    ci: fc.constantFrom("ci", "ci-{app}"),
    scanner: fc.constant("scanner"),
    release: fc.subarray(["ana", "bo", "cy"], { minLength: 1 }),
  }),
  keys: fc.constantFrom<PlainPolicy["keys"][]>({}, { ana: "one" }, { ci: "one" }, { scanner: "two", bo: "one" }),
  git: fc.constant({}),
  gates: fc.record({ build: gate([]), test: gate(["build"]), prod: gate(["build", "test"]) }),
});

interface Asked {
  readonly repository: string;
  readonly gate: string | undefined;
  readonly chosen: readonly { readonly at: number; readonly hidden: boolean }[];
  readonly isComplete: boolean;
}

/** The slow evaluator tries each of these as everything that it could be. */
function hideFew<T extends { readonly hidden: boolean }>(chosen: readonly T[]): readonly T[] {
  const hidden = new Set(chosen.filter((entry) => entry.hidden).slice(0, 3));
  return chosen.map((entry) => ({ ...entry, hidden: hidden.has(entry) }));
}

/** Most of the pool is of no use anywhere; a case needs some that are. */
const USEFUL = [...world.pool.keys()].filter((at) => {
  const { key, isAnchored, isExpired, product } = world.pool[at]?.signed ?? {};
  return (key !== undefined || isAnchored === true) && isExpired === false && product !== "shop/web";
});

const question: fc.Arbitrary<Asked> = fc.record({
  repository: fc.constantFrom(...REPOSITORIES),
  gate: fc.option(fc.constantFrom("build", "test", "prod"), { nil: undefined }),
  chosen: fc
    .uniqueArray(
      fc.record({
        at: fc.oneof(fc.constantFrom(...USEFUL), fc.nat(world.pool.length - 1)),
        hidden: fc.constantFrom(false, false, false, false, true),
      }),
      { maxLength: 8, selector: ({ at }) => at },
    )
    .map(hideFew),
  isComplete: fc.constantFrom(true, true, true, false),
});

async function judgeReally(loaded: Policy, asked: Asked): Promise<SlowAnswer> {
  const chosen = asked.chosen.map(({ at, hidden }) => ({ signature: (world.pool[at] as SigningWorld["pool"][number]).signature, hidden }));
  try {
    const verdict = await evaluate(parseReference(`${asked.repository}@${world.digest}`), {
      policy: loaded,
      store: world.show(chosen, { complete: asked.isComplete }),
      trust: world.trust,
      clock: { now: () => NOW },
      ...(asked.gate === undefined ? {} : { gate: asked.gate }),
    });
    return verdict.findings.some(({ code }) => code === "product/not-listed") ? "not-listed" : verdict.outcome;
  } catch (error) {
    if (error instanceof CountersignError && error.code === "usage/gate-wanted") return "gate-wanted";
    throw error;
  }
}

test("the slow evaluator has nothing of the engine but types of the core", () => {
  const folder = import.meta.dirname;
  let count = 0;
  for (const file of readdirSync(folder).filter((name) => name.startsWith("slow-"))) {
    const imports = readFileSync(join(folder, file), "utf8").match(/^(?:import|\} from) .*$/gm) ?? [];
    const foreign = imports.filter((line) => !/^import type .*"\.\.\/\.\.\/src\/core\/|"\.\/slow-[a-z]+\.ts"|^import \{$/.test(line));
    count += imports.length;
    assert.deepEqual(foreign, [], file);
  }
  assert.ok(count > 5);
});

test("the engine answers what the slow evaluator answers", async () => {
  const seen = new Map<SlowAnswer, number>();
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(policy, fc.array(question, { minLength: 4, maxLength: 12 }), async (plain, questions) => {
      let loaded: Policy;
      try {
        loaded = await decodePolicy(writePolicy(plain, NAMING), { source: "random.yaml" });
      } catch (error) {
        // Not every random policy can be used: a threshold out of reach, a variable that a product does not have.
        assert.ok(error instanceof CountersignError && error.code === "policy/invalid", String(error));
        refused += 1;
        return;
      }
      for (const asked of questions) {
        const facts = asked.chosen.map(({ at, hidden }) => ({
          ...(world.pool[at] as SigningWorld["pool"][number]).signed,
          isHidden: hidden,
        }));
        const { answer: slow } = judgeSlowly(plain, {
          ...NOTHING_ELSE,
          repository: asked.repository,
          image: "image",
          signatures: facts,
          cutOff: asked.isComplete ? [] : ["image"],
          ...(asked.gate === undefined ? {} : { gate: asked.gate }),
        });
        seen.set(slow, (seen.get(slow) ?? 0) + 1);
        assert.equal(await judgeReally(loaded, asked), slow);
      }
    }),
    { numRuns: 1000 },
  );
  // A test that only ever sees denials tests little.
  assert.ok(refused < 700, `${refused} of 1000 policies were refused`);
  for (const answer of ["pass", "deny", "unknown", "not-listed", "gate-wanted"] as const)
    assert.ok((seen.get(answer) ?? 0) > 10, `${answer}: ${seen.get(answer)}`);
});
