/** The engine against the slow evaluator where people approve: random words, commits and policies, really signed, and read from a registry. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Digest, parseDigest } from "../../src/core/digest.ts";
import { CountersignError } from "../../src/core/errors.ts";
import type { ReadonlyStore } from "../../src/core/store.ts";
import { makeCommit, type RawCommit } from "../approvals/commits.ts";
import { BY_OTHERS_KEYS, DEVELOPERS, FORGE, makeShop, PEOPLE, type PersonName, type Shop } from "../approvals/shop.ts";
import { HOUR, NOW } from "../evidence/world.ts";
import type { Attester } from "../evidence/world.ts";
import { compareWorlds } from "./compare-worlds.ts";
import { type ApprovalQuestion, judgeApprovals, type PlainApprove, type PlainCommit, type PlainWord } from "./slow-approvals.ts";

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

/** Eva can sign by gus's key too, and finn by eva's. */
const OTHERS_KEYS: Readonly<Partial<Record<PersonName, string>>> = { eva: "gus", finn: "eva" };

function isByOthersKey({ by, key }: PlainWord): boolean {
  return by !== key;
}

function wordAt(at: number): fc.Arbitrary<PlainWord> {
  return fc
    .record({
      by: fc.constantFrom<PersonName>(...ASKED, ...ASKED, ...ASKED, "ana", "mallory"),
      isByOthersKey: mostly(false, true, true),
      gate: mostly<PlainWord["gate"]>("here", "before", "before", "before"),
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
    .map(({ expiresInHours, isByOthersKey: isOther, ...said }) => {
      const word = { ...said, key: isOther ? (OTHERS_KEYS[said.by] ?? said.by) : said.by };
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
      signer: mostly<PersonName | "forge">("ana", "eva", "gus", "mallory", "forge", "forge"),
      author: fc.option(fc.constantFrom<PersonName>("eva", "finn", "ana"), { nil: undefined }),
      isCarried: fc.integer({ min: 0, max: 12 }).map((n) => n > 0),
    })
    .map(({ signer, author = signer, isCarried }) => ({ signer, author, isCarried, parents: at === 0 ? [] : [at - 1] }));
}

/** The gate before asks for approvals too; who has approved it there is kept out here, or is not. */
const before = fc.option(fc.record({ atLeast: fc.constantFrom(1, 1, 2), isBarred: mostly(true, false) }), { nil: undefined });

interface Asked extends ApprovalQuestion {
  readonly before?: PlainApprove;
}

const questions: fc.Arbitrary<Asked> = fc
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
    forges: fc.constant([FORGE.name]),
    words: listOf(MOST_WORDS, 1, wordAt),
    commits: listOf(3, 1, commitAt),
    disowned: fc.array(fc.record({ by: fc.constantFrom<PersonName>("eva", "finn", "gus"), commit: fc.nat({ max: 2 }) }), { maxLength: 2 }),
    builder: mostly("ci", "gus"),
    before,
    areNeedsMet: mostly(true, false),
    isCutOff: fc.integer({ min: 0, max: 30 }).map((n) => n === 0),
  })
  .map(({ before: gate, ...question }) => {
    const asked = { ...question, builderKey: question.builder };
    if (gate === undefined) return asked;
    const approve = { ...question.approve, atLeast: gate.atLeast, isExact: false, notAuthor: false, notBuilder: false };
    if (!gate.isBarred) return { ...asked, before: approve };
    // Else nobody could ever open it, and the policy does not load.
    const atLeast = Math.min(question.approve.atLeast, ASKED.length - gate.atLeast);
    return { ...asked, before: approve, notApproverOf: approve, approve: { ...question.approve, atLeast } };
  })
  // Most say that they approve it and no more, so that something passes.
  .map((question) => (question.words.length % 3 === 0 ? { ...question, words: question.words.map(plainly) } : question))
  .map((question) => (question.words.length === 3 && question.commits.length < 3 ? writtenAtForge(question) : question));

/** All of it, where that matters. */
function writtenAtForge(question: Asked): Asked {
  const commits = question.commits.map((commit) => ({ ...commit, signer: FORGE.name, isCarried: true }));
  return { ...question, commits, approve: { ...question.approve, notAuthor: true }, areNeedsMet: true };
}

/** Approved, and nothing more. */
const PLAIN = {
  decision: "approved",
  asked: "same",
  isOfThisProduct: true,
  hoursAgo: 1,
  isHidden: false,
  supersedes: [],
  overrules: [],
} as const;

function plainly(word: PlainWord): PlainWord {
  const { expiresInHours: _, ...plain } = word;
  return { ...plain, ...PLAIN };
}

function makeCommits(commits: readonly PlainCommit[]): readonly RawCommit[] {
  const made: RawCommit[] = [];
  for (const { signer, author, parents } of commits) {
    const parent = parents[0] === undefined ? undefined : made[parents[0]]?.id;
    made.push(
      makeCommit(signer === FORGE.name ? FORGE : DEVELOPERS[signer as PersonName], { author, ...(parent === undefined ? {} : { parent }) }),
    );
  }
  return made;
}

function signerOf(word: PlainWord): Attester {
  return isByOthersKey(word) ? BY_OTHERS_KEYS[word.by as "eva" | "finn"] : PEOPLE[word.by as PersonName];
}

/** In the order of the list, since each names those before it. */
async function sayAll(shop: Shop, words: readonly PlainWord[]): Promise<readonly Digest[]> {
  const said: Digest[] = [];
  const digests = (places: readonly number[]): readonly Digest[] => places.flatMap((place) => said[place] ?? []);
  for (const [at, word] of words.entries()) {
    const { gate, decision, isOfThisProduct, asked, sawAll, hoursAgo, expiresInHours, isDespite, isOfToday, supersedes, overrules } = word;
    const statement = await shop.say(signerOf(word), {
      gate: gate === "here" ? "prod" : "build",
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

interface Answers {
  readonly before: string;
  readonly here: string;
}

async function judgeReally(asked: Asked): Promise<Answers> {
  const { approve, before: atBuild, notApproverOf, words, commits, disowned, builder, areNeedsMet, isCutOff } = asked;
  const made = makeCommits(commits);
  const not = [
    ...(approve.notAuthor ? ["author"] : []),
    ...(approve.notBuilder ? ["builder"] : []),
    ...(notApproverOf === undefined ? [] : [{ "approver-of": "build" }]),
  ];
  const shop = await makeShop({
    approve: { atLeast: approve.atLeast, ...(not.length === 0 ? {} : { not }), ...(approve.isExact ? { evidence: "exact" } : {}) },
    ...(atBuild === undefined ? {} : { before: { atLeast: atBuild.atLeast } }),
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
  const outcomeAt = (at: string): string =>
    requirements.find(({ kind, gate }) => kind === "approval" && gate === at)?.outcome ?? "nothing was asked";
  return { before: outcomeAt("build"), here: outcomeAt("prod") };
}

/** What the gate before answers by itself. */
function answersOf(asked: Asked): Answers {
  const { before: atBuild, notApproverOf: _, ...question } = asked;
  const here = judgeApprovals(asked);
  if (atBuild === undefined) return { before: "nothing was asked", here };
  const words = question.words.map((word) => ({ ...word, gate: word.gate === "before" ? ("here" as const) : ("before" as const) }));
  return { before: judgeApprovals({ ...question, approve: atBuild, words }), here };
}

/** Which ideas have made a difference: without them the answer would be another one. */
function ideasOf(asked: Asked, { here }: Answers): readonly string[] {
  const { notApproverOf: _, ...withoutBefore } = asked;
  const byForge = (change: (commit: PlainCommit) => Partial<PlainCommit>): readonly PlainCommit[] =>
    asked.commits.map((commit) => (commit.signer === FORGE.name ? { ...commit, ...change(commit) } : commit));
  const byNobody = byForge(({ signer }) => ({ author: signer }));
  const byText = byForge(() => ({ signer: "ana" }));
  const ownKeys = { ...asked, words: asked.words.map((word) => ({ ...word, key: word.by })) };
  return [
    ...(judgeApprovals(withoutBefore) === here ? [] : ["approver-of decides"]),
    ...(asked.notApproverOf === undefined ? [] : [`approver-of ${here}`]),
    ...(judgeApprovals(ownKeys) === here ? [] : ["a shared key decides"]),
    ...(judgeApprovals({ ...asked, forges: [] }) === here ? [] : ["a forge decides"]),
    ...(judgeApprovals({ ...asked, commits: byNobody }) === here ? [] : ["whom a forge names decides"]),
    ...(judgeApprovals({ ...asked, commits: byText }) === here ? [] : ["a disown lifts nothing that a forge says"]),
    ...(asked.words.some(isByOthersKey) ? [`shared ${here}`] : []),
  ];
}

/** Eva has made a change at the forge, and says that she has not; finn approves it. */
const DISOWNED: Asked = {
  approve: { by: ASKED, atLeast: 1, validHours: 72, isExact: false, notAuthor: true, notBuilder: false },
  people: KNOWN,
  forges: [FORGE.name],
  words: [{ by: "finn", key: "finn", gate: "here", sawAll: true, isDespite: false, isOfToday: true, ...PLAIN }],
  commits: [{ signer: FORGE.name, author: "eva", isCarried: true, parents: [] }],
  disowned: [{ by: "eva", commit: 0 }],
  builder: "ci",
  builderKey: "ci",
  areNeedsMet: true,
  isCutOff: false,
};

test("the engine counts the approvals that the slow evaluator counts", async () => {
  await compareWorlds(questions, {
    runs: RUNS,
    examples: [DISOWNED],
    compare: async (question) => {
      // What the image was built from is the head of what is carried, so that it always is.
      const commits = question.commits.map((commit, at) => (at === question.commits.length - 1 ? { ...commit, isCarried: true } : commit));
      const asked = { ...question, commits };
      const slow = answersOf(asked);
      const really = await judgeReally(asked);
      // Who has counted at a gate that does not pass matters to nobody.
      const isOfMatter = asked.notApproverOf === undefined || slow.before === "pass";
      assert.deepEqual(isOfMatter ? really : { ...really, here: "" }, isOfMatter ? slow : { ...slow, here: "" });
      const about = asked.approve.notAuthor ? "authors" : "anybody";
      return [`${about} ${slow.here}`, ...(isOfMatter ? ideasOf(asked, slow) : [])];
    },
    wanted: {
      "authors pass": 1,
      "authors deny": 1,
      "authors unknown": 1,
      "anybody pass": 1,
      "anybody deny": 1,
      "approver-of decides": 1,
      "approver-of pass": 1,
      "approver-of deny": 1,
      "a shared key decides": 1,
      "a forge decides": 1,
      "whom a forge names decides": 1,
      "a disown lifts nothing that a forge says": 1,
      "shared pass": 1,
      "shared deny": 1,
    },
  });
});
