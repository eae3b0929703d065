/**
 * Verdicts about approvals as they were frozen, as JSON and as text. The text is rendered from the JSON alone.
 * `GOLDEN=write node --test tests/policy/golden-approvals.test.ts` writes the files anew.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fillVerdict } from "../../src/cli/render/verdict-remedies.ts";
import type { Digest } from "../../src/core/digest.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { makeCommit, type RawCommit } from "../approvals/commits.ts";
import { DEVELOPERS, FORGE, makeShop, PEOPLE, type PersonName, type Shop, type ShopOptions, type Word } from "../approvals/shop.ts";
import { findFaults } from "../json-schema.ts";
import { checkGoldenNames, compareGolden, ordered, renderGolden } from "./golden-files.ts";

const folder = join(import.meta.dirname, "golden-approvals");

interface Case {
  /** Its first word is the answer. */
  readonly name: string;
  readonly shop?: ShopOptions;
  /** Each an hour after the one before; `names` is given the digests of those before. */
  readonly words?: readonly (readonly [by: PersonName, word?: Word, names?: (before: readonly Digest[]) => Word])[];
  readonly disowned?: PersonName;
  readonly isChainUnknown?: boolean;
  readonly isCutOff?: boolean;
}

const AUTHOR = { not: ["author"] };
const BY_EVA = makeCommit(DEVELOPERS.eva);
const AS_EVA = makeCommit(DEVELOPERS.ana, { author: "eva" });
const AT_FORGE = makeCommit(FORGE, { author: "eva" });
const BY_NOBODY = makeCommit(DEVELOPERS.mallory);
const COMMITS: readonly RawCommit[] = [BY_EVA, AS_EVA, AT_FORGE, BY_NOBODY];
const NO: Word = { decision: "rejected", reason: "the migration is not tested", ticket: "SHOP-41" };

const CASES: readonly Case[] = [
  { name: "pass-two", words: [["eva"], ["finn"]] },
  {
    name: "pass-overruled",
    shop: { approve: { atLeast: 1 } },
    words: [
      ["gus", NO],
      ["eva", {}, overrule],
      ["finn", {}, overrule],
    ],
  },
  {
    name: "pass-own-rejection-lifted",
    words: [["eva"], ["gus", NO], ["gus", {}, ([, no]) => (no === undefined ? {} : { supersedes: [no] })]],
  },
  { name: "pass-disowned", shop: { approve: AUTHOR, commits: [AS_EVA] }, words: [["eva"], ["finn"], ["gus"]], disowned: "eva" },
  { name: "deny-none" },
  { name: "deny-too-few", words: [["finn"], ["ana"], ["mallory"]] },
  { name: "deny-author", shop: { approve: AUTHOR, commits: [BY_EVA] }, words: [["finn"], ["eva"]] },
  { name: "deny-author-by-text", shop: { approve: AUTHOR, commits: [AS_EVA] }, words: [["finn"], ["eva"]] },
  { name: "deny-author-by-forge", shop: { approve: AUTHOR, commits: [AT_FORGE] }, words: [["finn"], ["eva"]], disowned: "eva" },
  { name: "deny-builder", shop: { approve: { not: ["builder"] }, builtBy: "gus" }, words: [["finn"], ["gus"]] },
  { name: "deny-rejected", words: [["eva"], ["finn"], ["gus", NO]] },
  { name: "deny-withdrawn", words: [["eva"], ["finn"], ["finn", { decision: "withdrawn" }]] },
  { name: "deny-lapsed", words: [["eva"], ["finn", { hoursAgo: 80 }]] },
  { name: "deny-other-product", words: [["eva"], ["finn", { app: "web" }]] },
  { name: "deny-needs-not-met", shop: { isBuiltElsewhere: true }, words: [["eva"], ["finn", { despite: true }]] },
  { name: "unknown-author", shop: { approve: AUTHOR, commits: [BY_NOBODY] }, words: [["finn"], ["eva"]] },
  { name: "unknown-chain", words: [["eva"], ["finn"]], isChainUnknown: true },
  { name: "unknown-cut-off", words: [["eva"], ["finn"]], isCutOff: true },
];

function overrule([no]: readonly Digest[]): Word {
  return no === undefined ? {} : { overrules: [no] };
}

async function judge({ shop: options = {}, words = [], disowned, isChainUnknown = false, isCutOff = false }: Case): Promise<Verdict> {
  const shop = await makeShop(options);
  const said: Digest[] = [];
  for (const [at, [by, word = {}, names]] of words.entries())
    said.push(await shop.say(PEOPLE[by], { hoursAgo: 10 - at, ...word, ...names?.(said) }));
  const [commit] = options.commits ?? [];
  if (disowned !== undefined && commit !== undefined) await shop.disown(PEOPLE[disowned], commit.id);
  const { chain: _, ...unchained } = shop.policy;
  return shop.verify({ ...(isChainUnknown ? { policy: unchained } : {}), ...(isCutOff ? { store: cutOff(shop) } : {}) });
}

function cutOff({ store }: Shop): Shop["store"] {
  return { ...store, referrers: async (subject, options) => ({ ...(await store.referrers(subject, options)), complete: false }) };
}

/** Ids of commits are new in every run. */
function steady(verdict: Verdict): Verdict {
  const text = COMMITS.reduce((all, { id }) => all.replaceAll(id.slice(0, 7), "3f2a9c1"), JSON.stringify(verdict));
  return JSON.parse(text) as Verdict;
}

for (const entry of CASES) {
  test(`${entry.name}, as text and as JSON`, async () => {
    const verdict = ordered(fillVerdict(steady(await judge(entry)), { words: {} }));
    assert.equal(verdict.outcome, entry.name.split("-")[0]);
    assert.deepEqual(findFaults(JSON.parse(JSON.stringify(verdict))), []);
    compareGolden(join(folder, `${entry.name}.golden`), renderGolden(verdict, false));
  });
}

test("no golden file is left of a case that is gone", () => {
  checkGoldenNames(
    folder,
    CASES.map(({ name }) => name),
  );
});
