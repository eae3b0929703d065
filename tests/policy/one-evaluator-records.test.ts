/** The engine against the slow evaluator where images have entered: random evidence and records of promotions, really signed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { attest } from "../../src/attest.ts";
import type { GateHead, PromotionSaid } from "../../src/core/decision.ts";
import { type Digest, parseDigest } from "../../src/core/digest.ts";
import type { Policy } from "../../src/core/policy.ts";
import { parseReference } from "../../src/core/reference.ts";
import { CountersignError } from "../../src/core/errors.ts";
import type { ReadonlyStore, Store } from "../../src/core/store.ts";
import { evaluate } from "../../src/evaluate.ts";
import { policyDigestOf, statementHead } from "../../src/words/policy-for-writing.ts";
import { decodePolicy } from "../../src/policy/countersign/document.ts";
import { withBeliefs } from "../../src/policy/verifier/beliefs.ts";
import { openMemoryStore } from "../../src/registry/memory.ts";
import { writeApproval } from "../../src/statements/decisions/approval.ts";
import { writePromotion } from "../../src/statements/decisions/promotion.ts";
import { APPROVAL_V1, PROMOTION_V1, PROVENANCE_V1, VULNS_V02 } from "../../src/statements/predicate-types.ts";
import { pushImage } from "../../src/testing/image.ts";
import { identityOf } from "../advisories/scene.ts";
import { HOUR, makeKeyHolder, NOW, scanPredicate, trustOf } from "../evidence/world.ts";
import { compareWorlds } from "./compare-worlds.ts";
import {
  GATE,
  judgeRecords,
  type Odd,
  type PlainEvidence,
  type PlainRecord,
  type RecordAnswer,
  type RecordQuestion,
  wrongAnswers,
} from "./slow-records.ts";

const RUNS = 180;
const PLACE = "prod.acme.io/shop";
const BUILDER = "https://ci.acme.io/runner";
const OTHER = parseDigest(`sha256:${"0".repeat(64)}`);
const PEOPLE = [...GATE.by, ...GATE.others];
/** A bare key's bundle says no time of its own. */
const holders = new Map([...PEOPLE, "ci", "scanner", "promoter", "mallory"].map((name) => [name, makeKeyHolder(name)]));
const trust = trustOf([]);

function who(name: string) {
  return holders.get(name) ?? assert.fail(`${name} is known`);
}

/** Mostly what lets it pass, so that the rest makes a difference. */
function mostly<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 8, arbitrary: fc.constant(usual) }, { weight: others.length, arbitrary: fc.constantFrom(...others) });
}

/** Places in a list, before this one. */
function earlier(at: number, most = 2): fc.Arbitrary<readonly number[]> {
  return fc.subarray(
    Array.from({ length: at }, (_, index) => index),
    { maxLength: Math.min(most, at) },
  );
}

/** At no moment at which anything is judged. */
const HOURS = [0.5, 2.5, 10.5, 18.5, 30.5, 50.5, 70.5, 90.5, 110.5, 170.5];

function scan(hoursAgo: fc.Arbitrary<number>): fc.Arbitrary<PlainEvidence> {
  return fc.record({ kind: fc.constant("scan" as const), hoursAgo, isCritical: mostly(false, true, true) });
}

/** Mostly by ana, so that she has more than one word. */
function word(at: number, hoursAgo: fc.Arbitrary<number>): fc.Arbitrary<PlainEvidence> {
  return fc.record({
    kind: fc.constant("word" as const),
    by: fc.constantFrom("ana", "ana", ...PEOPLE),
    decision: mostly<"approved" | "rejected" | "withdrawn">("approved", "rejected", "rejected", "withdrawn"),
    hoursAgo,
    supersedes: fc.oneof(fc.constant([]), earlier(at)),
  });
}

/** What is there when it is first looked at, and what was said at other times. */
function evidenceAt(seen: number): fc.Arbitrary<readonly PlainEvidence[]> {
  const first: readonly fc.Arbitrary<PlainEvidence>[] = [
    fc.record({ kind: fc.constant("provenance" as const), isOfBuilder: mostly(true, true, false) }),
    fc.record({ kind: fc.constant("scan" as const), hoursAgo: mostly(seen + 1.5, seen + 30.5), isCritical: mostly(false, true) }),
    fc.record({
      kind: fc.constant("word" as const),
      by: mostly("ana", "eva"),
      decision: fc.constant("approved" as const),
      hoursAgo: mostly(seen + 12.5, seen + 73.5),
      supersedes: fc.constant([]),
    }),
  ];
  const hours = fc.constantFrom(...HOURS);
  const more = fc
    .integer({ min: 0, max: 3 })
    .chain((length) => fc.tuple(...Array.from({ length }, (_, at) => fc.oneof(scan(hours), word(first.length + at, hours)))));
  return fc.tuple(fc.tuple(...first), more).map((parts) => parts.flat());
}

const ODD: readonly Odd[] = ["gate", "product", "policy", "repository", "chain", "gate-version", "policy-version"];

interface Way {
  /** Hours ago; `took`: between both ends of its judgement. */
  readonly came: number;
  readonly took: number;
  readonly there: readonly PlainEvidence[];
}

function record(at: number, { came, took: usual, there }: Way): fc.Arbitrary<PlainRecord> {
  const places = there.map((_, place) => place);
  return fc
    .record({
      event: mostly<PlainRecord["event"]>(at === 1 ? "replaced" : "entered", "entered", "replaced"),
      isByPromoter: mostly(true, false),
      odd: fc.oneof({ weight: 3, arbitrary: fc.constant("none" as const) }, { weight: 1, arbitrary: fc.constantFrom(...ODD) }),
      hoursAgo: fc.oneof(fc.constant(came), fc.constantFrom(1, 40, 800, -1)),
      to: mostly(came, 1, 9, 60, -1),
      took: mostly(usual, 0, 5),
      named: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.subarray(places) }),
      tags: mostly<readonly string[]>(["1"], ["2"], ["1", "2"], []),
      replaces: fc.option(fc.nat({ max: Math.max(0, at - 1) }), { nil: undefined }),
      // Mostly whatever stands in its way.
      lifts: fc.oneof(fc.constant([]), earlier(at), { weight: 4, arbitrary: fc.constant(Array.from({ length: at }, (_, place) => place)) }),
      hadTag: fc.boolean(),
      isHidden: fc.integer({ min: 0, max: 11 }).map((n) => n === 0),
    })
    .map(({ to, took, named, replaces, ...said }) => ({
      ...said,
      // No two at once, so that it is known which is the latest.
      judged: { from: to + took + at / 100, to: to + at / 100 },
      names: named ?? places.filter((place) => isBefore(there[place], to)),
      ...(replaces === undefined || at === 0 || said.event === "replaced" ? {} : { replaces }),
      lifts: said.event === "replaced" ? [] : said.lifts,
    }));
}

function isBefore(one: PlainEvidence | undefined, hoursAgo: number): boolean {
  return one !== undefined && (one.kind === "provenance" || one.hoursAgo > hoursAgo);
}

const questions: fc.Arbitrary<RecordQuestion> = fc
  .record({ came: fc.constantFrom(1, 20, 60, 100), took: fc.constantFrom(0, 0, 5, 40) })
  .chain(({ came, took }) => evidenceAt(came + took).map((there) => ({ came, took, there })))
  .chain((way) =>
    fc
      .record({
        records: fc.constantFrom(0, 1, 1, 2, 3, 3, 4).chain((length) => fc.tuple(...Array.from({ length }, (_, at) => record(at, way)))),
        scanMaxAge: fc.constantFrom(undefined, undefined, 15, 336),
        superseded: fc.constantFrom(undefined, 24, 720),
        allowsRollback: fc.boolean(),
        areTrusted: mostly(false, true),
        tag: fc.constantFrom(undefined, "1", "2"),
        isEnterForced: mostly(false, true),
      })
      .map(({ scanMaxAge, superseded, tag, ...asked }) => ({
        ...asked,
        evidence: way.there,
        stay: { ...(scanMaxAge === undefined ? {} : { scanMaxAge }), ...(superseded === undefined ? {} : { superseded }) },
        ...(tag === undefined ? {} : { tag }),
      })),
  );

/** Not known as of the first end, when the named scan had not been made; as of the last one it is too old. */
const OPEN_AND_OLD: RecordQuestion = {
  evidence: [
    { kind: "provenance", isOfBuilder: true },
    { kind: "scan", hoursAgo: 101.5, isCritical: false },
    { kind: "word", by: "ana", decision: "approved", hoursAgo: 112.5, supersedes: [] },
    { kind: "scan", hoursAgo: 90.5, isCritical: false },
  ],
  records: [
    {
      event: "entered",
      isByPromoter: true,
      odd: "none",
      hoursAgo: 60,
      judged: { from: 100, to: 60 },
      names: [0, 1, 2, 3],
      tags: ["1"],
      lifts: [],
      hadTag: false,
      isHidden: false,
    },
  ],
  stay: {},
  allowsRollback: false,
  areTrusted: false,
  isEnterForced: false,
};

/** It came, another image took its place, and it came again, which was not allowed or was. */
const [CAME] = OPEN_AND_OLD.records.map((one) => ({ ...one, judged: { from: 20, to: 20 }, hoursAgo: 20, names: [0, 1, 2] }));
const BACK: RecordQuestion = {
  ...OPEN_AND_OLD,
  evidence: [
    { kind: "provenance", isOfBuilder: true },
    { kind: "scan", hoursAgo: 21.5, isCritical: false },
    { kind: "word", by: "ana", decision: "approved", hoursAgo: 32.5, supersedes: [] },
  ],
  tag: "1",
  records: [
    ...(CAME === undefined ? [] : [CAME, { ...CAME, event: "replaced" as const, hoursAgo: 10, hadTag: true }]),
    ...(CAME === undefined ? [] : [{ ...CAME, replaces: 0, lifts: [1], hoursAgo: 5, judged: { from: 5, to: 5 } }]),
  ],
};
const UNREAD = { ...BACK, records: BACK.records.map((one, at) => ({ ...one, isHidden: at === 2 })) };
const { tag: _tag, ...BY_DIGEST } = UNREAD;
const EXAMPLES: readonly RecordQuestion[] = [
  OPEN_AND_OLD,
  BACK,
  { ...BACK, allowsRollback: true },
  { ...BACK, records: BACK.records.map((one) => ({ ...one, hadTag: false })) },
  UNREAD,
  { ...UNREAD, allowsRollback: true },
  // By its digest, and it may stay however often it was replaced.
  BY_DIGEST,
];

async function policyOf({ stay, allowsRollback, areTrusted }: RecordQuestion): Promise<Policy> {
  const { scanMaxAge, superseded } = stay;
  const staying = {
    ...(scanMaxAge === undefined ? {} : { scan: { maxAge: `${scanMaxAge}h` } }),
    ...(superseded === undefined ? {} : { superseded: `${superseded}h` }),
  };
  const document = {
    apiVersion: "countersign.dev/v1",
    kind: "Policy",
    name: "shop",
    version: 1,
    products: { shop: { build: "build.acme.io/shop", prod: PLACE } },
    people: Object.fromEntries(PEOPLE.map((name) => [name, identityOf(who(name))])),
    parties: { ci: identityOf(who("ci")), scanner: identityOf(who("scanner")) },
    gates: {
      build: { needs: [{ provenance: { by: "ci", builder: BUILDER } }] },
      prod: {
        after: "build",
        needs: [{ scan: { by: "scanner", maxAge: `${GATE.scanHours}h`, deny: "critical" } }],
        approve: { by: GATE.by, valid: `${GATE.validHours}h` },
        ...(Object.keys(staying).length === 0 ? {} : { stay: staying }),
        ...(allowsRollback ? { rollback: true } : {}),
      },
    },
  };
  const policy = await decodePolicy(Buffer.from(JSON.stringify(document)), { source: "random.yaml" });
  const { identity } = who("promoter");
  const promoter = { name: "promoter", kind: "person", identities: [identity], isOfProduct: true } as const;
  return withBeliefs(policy, {
    witnesses: [],
    promoters: { members: [promoter], atLeast: 1, ...(areTrusted ? { trustRecords: true } : {}) },
  });
}

function ago(hours: number): Date {
  return new Date(NOW.getTime() - Math.round(hours * HOUR));
}

interface Scene {
  readonly policy: Policy;
  readonly head: GateHead;
  readonly image: Digest;
  put(by: string, type: string, predicate: unknown): Promise<Digest>;
}

async function openScene(policy: Policy, store: Store): Promise<Scene> {
  const selection = policy.select(PLACE, "prod");
  assert.ok(selection.kind === "gate" && selection.gate.head !== undefined);
  const { digest } = await pushImage(store, { files: [{ path: "app", bytes: Buffer.from("app") }], tag: "1" });
  const { descriptor, bytes } = await store.resolve({ digest });
  await store.pushManifest(descriptor, bytes, { tag: "2" });
  const reference = parseReference(`${PLACE}@${digest}`);
  return {
    policy,
    head: selection.gate.head,
    image: digest,
    put: async (by, predicateType, predicate) => {
      const said = await attest(reference, { store, signer: who(by).signer, predicateType, predicate, clock: { now: () => NOW } });
      return said.evidence.digest;
    },
  };
}

function hang(scene: Scene, one: PlainEvidence, at: number, said: readonly Digest[]): Promise<Digest> {
  const { policy, head, put } = scene;
  if (one.kind === "provenance") {
    return put("ci", PROVENANCE_V1, {
      buildDefinition: { buildType: "https://ci.acme.io/v1", externalParameters: {}, resolvedDependencies: [] },
      runDetails: { builder: { id: one.isOfBuilder ? BUILDER : "https://elsewhere.io" } },
    });
  }
  if (one.kind === "scan") {
    const findings = [{ id: `CVE-2026-${at}`, severity: one.isCritical ? "critical" : "low" }];
    return put("scanner", VULNS_V02, scanPredicate({ at: ago(one.hoursAgo), findings }));
  }
  const approval = writeApproval({
    head: statementHead(policy, head),
    signedAt: ago(one.hoursAgo),
    policyDigest: policyDigestOf(policy),
    decision: one.decision,
    gateTerms: head.gateTerms,
    evidence: [],
    supersedes: one.supersedes.flatMap((place) => said[place] ?? []),
    overrules: [],
    despite: false,
    // No two are the same, whatever they say.
    ticket: String(at),
  });
  return put(one.by, APPROVAL_V1, approval);
}

/** A member of the head that is another one, by what it is that is odd. */
const OTHER_HEAD: Readonly<Partial<Record<Odd, object>>> = {
  gate: { gate: "build" },
  product: { product: "web" },
  policy: { policy: "other" },
  repository: { repository: "prod.acme.io/web" },
  chain: { policyChain: OTHER },
  "gate-version": { gateDigest: OTHER },
};

/** By their places in the lists. */
interface Told {
  readonly evidence: readonly Digest[];
  readonly records: readonly Digest[];
}

function tell(scene: Scene, one: PlainRecord, { evidence, records }: Told): Promise<Digest> {
  const { policy, head, image, put } = scene;
  const before = one.replaces === undefined ? undefined : records[one.replaces];
  const others = {
    entered: before === undefined ? {} : { other: { image: OTHER, record: before } },
    replaced: { other: one.hadTag ? { image: OTHER, record: OTHER } : { image: OTHER } },
  };
  const said: PromotionSaid = {
    head: { ...statementHead(policy, head), ...OTHER_HEAD[one.odd] },
    signedAt: ago(one.hoursAgo),
    policyDigest: one.odd === "policy-version" ? OTHER : policyDigestOf(policy),
    event: one.event,
    from: `build.acme.io/shop@${image}`,
    to: `${PLACE}@${image}`,
    tags: one.tags,
    evidence: one.names.flatMap((place) => evidence[place] ?? []),
    judged: { from: ago(one.judged.from), to: ago(one.judged.to) },
    lifts: one.lifts.flatMap((place) => records[place] ?? []),
    relaxations: [],
    ticket: String(records.length),
    ...others[one.event],
  };
  return put(one.isByPromoter ? "promoter" : "mallory", PROMOTION_V1, writePromotion(said, { digest: image, builder: "https://acme.io" }));
}

function hiding(store: Store, hidden: readonly Digest[]): ReadonlyStore {
  return {
    ...store,
    fetch: (descriptor, call) =>
      hidden.includes(descriptor.digest)
        ? Promise.reject(new CountersignError("store/unreachable", "Cannot read it: nobody answers"))
        : store.fetch(descriptor, call),
  };
}

async function judgeReally(asked: RecordQuestion): Promise<RecordAnswer> {
  const policy = await policyOf(asked);
  const store = openMemoryStore();
  const scene = await openScene(policy, store);
  const evidence: Digest[] = [];
  for (const [at, one] of asked.evidence.entries()) evidence.push(await hang(scene, one, at, evidence));
  const records: Digest[] = [];
  for (const one of asked.records) records.push(await tell(scene, one, { evidence, records }));
  const hidden = records.filter((_, at) => asked.records[at]?.isHidden === true);
  const reference = parseReference(asked.tag === undefined ? `${PLACE}@${scene.image}` : `${PLACE}:${asked.tag}`);
  const clock = { now: () => NOW };
  const verdict = await evaluate(reference, {
    store: hiding(store, hidden),
    policy,
    trust,
    clock,
    gate: "prod",
    enter: asked.isEnterForced,
  });
  return { answer: verdict.outcome, question: verdict.question };
}

/** What would be answered otherwise if one rule were not. */
function ideasOf(asked: RecordQuestion, { answer }: RecordAnswer): readonly string[] {
  const { superseded: _, ...stay } = asked.stay;
  const others: Readonly<Record<string, RecordQuestion>> = {
    superseded: { ...asked, stay },
    rollback: { ...asked, allowsRollback: !asked.allowsRollback },
    replaced: { ...asked, records: asked.records.filter(({ event }) => event !== "replaced") },
    "had the tag": { ...asked, records: asked.records.map((one) => ({ ...one, hadTag: !one.hadTag })) },
  };
  return Object.entries(others).flatMap(([idea, other]) => (judgeRecords(other).answer === answer ? [] : [`${idea} decides`]));
}

test("the engine lets enter and stay what the slow evaluator lets", async () => {
  const answers = ["enter pass", "enter deny", "stay pass", "stay deny", "unread pass", "unread deny", "unread unknown"];
  const ideas = ["superseded", "rollback", "replaced", "had the tag"].map((idea) => `${idea} decides`);
  await compareWorlds(questions, {
    runs: RUNS,
    examples: EXAMPLES,
    compare: async (asked) => {
      const really = await judgeReally(asked);
      if (asked.records.some(({ isHidden }) => isHidden)) {
        assert.ok(!wrongAnswers(asked).some((wrong) => wrong === really.answer), `${really.answer} is wrong of what could not be read`);
        return [`unread ${really.answer}`];
      }
      const slow = judgeRecords(asked);
      assert.deepEqual(really, slow);
      return [`${slow.question} ${slow.answer}`, ...ideasOf(asked, slow)];
    },
    wanted: Object.fromEntries([...answers, ...ideas].map((told) => [told, 1])),
  });
});

test("a no is open where what could not be read may be the record of its entry, or lift that it was replaced", async () => {
  const [came, replaced, again] = BY_DIGEST.records;
  assert.ok(came !== undefined && replaced !== undefined && again !== undefined);
  const unread = { ...came, isHidden: true };
  const answer = async (asked: Partial<RecordQuestion>): Promise<string> => (await judgeReally({ ...BY_DIGEST, ...asked })).answer;
  assert.equal(`entry ${await answer({ records: [unread, replaced] })}`, "entry unknown");
  // Nothing that it names has met the gate.
  const bad = { ...came, names: [], judged: { from: 21, to: 21 } };
  assert.equal(`other entry ${await answer({ records: [bad, unread, replaced] })}`, "other entry unknown");
  const lifting = { records: [came, replaced, { ...again, isHidden: true }], isEnterForced: true };
  assert.equal(`way back ${await answer({ ...lifting, allowsRollback: true })}`, "way back unknown");
  // No record could change these.
  assert.equal(await answer(lifting), "deny");
  assert.equal(await answer({ records: [unread, replaced], tag: "1" }), "deny");
  assert.equal(await answer({ records: [unread, replaced], stay: { superseded: 5 } }), "deny");
});
