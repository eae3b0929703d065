/** The engine against the slow evaluator where people approve: random words, commits and policies, really signed, and read from a registry. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Digest, parseDigest } from "../../src/core/digest.ts";
import { CountersignError } from "../../src/core/errors.ts";
import type { ReadonlyStore } from "../../src/core/store.ts";
import { makeCommit, type RawCommit } from "../approvals/commits.ts";
import { DEVELOPERS, makeShop, PEOPLE, type PersonName, type Shop } from "../approvals/shop.ts";
import { HOUR, NOW } from "../evidence/world.ts";
import { type ApprovalQuestion, judgeApprovals, type PlainCommit, type PlainWord } from "./slow-approvals.ts";

const RUNS = 200;
const KNOWN = ["eva", "finn", "gus", "ana"] as const;
const ASKED = ["eva", "finn", "gus"] as const;
const MOST_WORDS = 6;
const OTHER = parseDigest(`sha256:${"0".repeat(64)}`);

/** Mostly what lets it pass, so that the rest makes a difference. */
function mostly<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: others.length, arbitrary: fc.constantFrom(...others) });
}

/** Places in a list, before this one. */
function earlier(at: number): fc.Arbitrary<readonly number[]> {
  return fc.subarray(
    Array.from({ length: at }, (_, index) => index),
    { maxLength: Math.min(2, at) },
  );
}

function wordAt(at: number): fc.Arbitrary<PlainWord> {
  return fc
    .record({
      by: fc.constantFrom<PersonName>(...ASKED, ...ASKED, ...ASKED, "ana", "mallory"),
      decision: mostly<PlainWord["decision"]>("approved", "rejected", "withdrawn"),
      isOfThisProduct: mostly(true, false),
      asked: mostly<PlainWord["asked"]>("same", "machines", "other"),
      sawAll: fc.boolean(),
      hoursAgo: mostly(1, 30, 71, 73, -1),
      expiresInHours: mostly<number | undefined>(undefined, 5, -1),
      isDespite: mostly(false, true),
      isOfToday: mostly(true, false),
      supersedes: earlier(at),
      overrules: earlier(at),
      isHidden: fc.integer({ min: 0, max: 40 }).map((n) => n === 0),
    })
    .map(({ expiresInHours, ...word }) => {
      if (word.decision !== "approved") return { ...word, overrules: [], isDespite: false };
      return expiresInHours === undefined ? word : { ...word, expiresInHours };
    });
}

/** One after the other, each may name those before it. */
function listOf<T>(most: number, least: number, one: (at: number) => fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> {
  return fc.integer({ min: least, max: most }).chain((length) => fc.tuple(...Array.from({ length }, (_, at) => one(at))));
}

function commitAt(at: number): fc.Arbitrary<PlainCommit> {
  return fc
    .record({
      signer: mostly<PersonName>("ana", "eva", "gus", "mallory"),
      author: fc.option(fc.constantFrom<PersonName>("eva", "finn", "ana"), { nil: undefined }),
      isCarried: fc.integer({ min: 0, max: 12 }).map((n) => n > 0),
    })
    .map(({ signer, author = signer, isCarried }) => ({ signer, author, isCarried, parents: at === 0 ? [] : [at - 1] }));
}

const questions: fc.Arbitrary<ApprovalQuestion> = fc
  .record({
    approve: fc.record({
      by: fc.constant(ASKED),
      atLeast: fc.constantFrom(1, 2, 2, 3),
      validHours: fc.constant(72),
      isExact: mostly(false, true),
      notAuthor: fc.boolean(),
      notBuilder: fc.boolean(),
    }),
    people: fc.constant(KNOWN),
    words: listOf(MOST_WORDS, 1, wordAt),
    commits: listOf(3, 1, commitAt),
    disowned: fc.array(fc.record({ by: fc.constantFrom<PersonName>("eva", "finn", "gus"), commit: fc.nat({ max: 2 }) }), { maxLength: 2 }),
    builder: mostly("ci", "gus"),
    areNeedsMet: mostly(true, false),
    isCutOff: fc.integer({ min: 0, max: 30 }).map((n) => n === 0),
  })
  // Most say that they approve it and no more, so that something passes.
  .map((question) => (question.words.length % 3 === 0 ? { ...question, words: question.words.map(plainly) } : question));

function plainly(word: PlainWord): PlainWord {
  const { expiresInHours: _, ...plain } = word;
  return {
    ...plain,
    decision: "approved",
    asked: "same",
    isOfThisProduct: true,
    hoursAgo: 1,
    isHidden: false,
    supersedes: [],
    overrules: [],
  };
}

function makeCommits(commits: readonly PlainCommit[]): readonly RawCommit[] {
  const made: RawCommit[] = [];
  for (const { signer, author, parents } of commits) {
    const parent = parents[0] === undefined ? undefined : made[parents[0]]?.id;
    made.push(makeCommit(DEVELOPERS[signer as PersonName], { author, ...(parent === undefined ? {} : { parent }) }));
  }
  return made;
}

/** In the order of the list, since each names those before it. */
async function sayAll(shop: Shop, words: readonly PlainWord[]): Promise<readonly Digest[]> {
  const said: Digest[] = [];
  const digests = (places: readonly number[]): readonly Digest[] => places.flatMap((place) => said[place] ?? []);
  for (const [at, word] of words.entries()) {
    const { by, decision, isOfThisProduct, asked, sawAll, hoursAgo, expiresInHours, isDespite, isOfToday, supersedes, overrules } = word;
    const statement = await shop.say(PEOPLE[by as PersonName], {
      decision,
      hoursAgo,
      supersedes: digests(supersedes),
      overrules: digests(overrules),
      evidence: sawAll ? [shop.provenance] : [],
      despite: isDespite,
      // No two are the same, whatever they say.
      ticket: String(at),
      ...(expiresInHours === undefined ? {} : { expiresOn: new Date(NOW.getTime() + expiresInHours * HOUR) }),
      ...(isOfThisProduct ? {} : { app: "web" }),
      ...(asked === "same" ? {} : { head: { gateDigest: OTHER } }),
      ...(asked === "other" ? { gateTerms: OTHER } : {}),
      ...(isOfToday ? {} : { policyDigest: OTHER }),
    });
    said.push(statement);
  }
  return said;
}

function hiding(store: ReadonlyStore, hidden: readonly Digest[], isCutOff: boolean): ReadonlyStore {
  return {
    name: store.name,
    resolve: (target, options) => store.resolve(target, options),
    fetch: (descriptor, options) => {
      if (!hidden.includes(descriptor.digest)) return store.fetch(descriptor, options);
      throw new CountersignError("store/unreachable", `Cannot fetch "${descriptor.digest}": it is hidden`);
    },
    referrers: async (subject, options) => {
      const listing = await store.referrers(subject, options);
      return isCutOff ? { ...listing, complete: false } : listing;
    },
  };
}

async function judgeReally({ approve, words, commits, disowned, builder, areNeedsMet, isCutOff }: ApprovalQuestion): Promise<string> {
  const made = makeCommits(commits);
  const not = [...(approve.notAuthor ? ["author"] : []), ...(approve.notBuilder ? ["builder"] : [])];
  const shop = await makeShop({
    approve: { atLeast: approve.atLeast, ...(not.length === 0 ? {} : { not }), ...(approve.isExact ? { evidence: "exact" } : {}) },
    commits: made,
    carried: made.filter((_, at) => commits[at]?.isCarried === true || at === commits.length - 1),
    builtBy: builder === "gus" ? "gus" : "ci",
    isBuiltElsewhere: !areNeedsMet,
  });
  const said = await sayAll(shop, words);
  for (const { by, commit } of disowned) {
    const id = made[commit]?.id;
    if (id !== undefined) await shop.disown(PEOPLE[by as PersonName], id);
  }
  const hidden = said.filter((_, at) => words[at]?.isHidden === true);
  const { requirements } = await shop.verify({ store: hiding(shop.store, hidden, isCutOff) });
  return requirements.find(({ kind }) => kind === "approval")?.outcome ?? "nothing was asked";
}

test("the engine counts the approvals that the slow evaluator counts", async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(questions, async (question) => {
      // What the image was built from is the head of what is carried, so that it always is.
      const commits = question.commits.map((commit, at) => (at === question.commits.length - 1 ? { ...commit, isCarried: true } : commit));
      const asked = { ...question, commits };
      const slow = judgeApprovals(asked);
      assert.equal(await judgeReally(asked), slow);
      const about = asked.approve.notAuthor ? "authors" : "anybody";
      seen.set(`${about} ${slow}`, (seen.get(`${about} ${slow}`) ?? 0) + 1);
    }),
    { numRuns: RUNS },
  );
  for (const what of ["authors", "anybody"].flatMap((about) => ["pass", "deny"].map((answer) => `${about} ${answer}`)))
    assert.ok(seen.has(what), `nothing was found in which ${what} is the answer`);
  assert.ok(seen.has("authors unknown"), "nothing was found in which it is not known who wrote it");
});
