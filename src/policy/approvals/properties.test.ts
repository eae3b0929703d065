/** What holds of approvals whatever people have said. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decide, digest, EARLIER, HEAD, type SaidOptions, say, TODAY, unread } from "../../../tests/approvals/scene.ts";
import type { ExaminedEvidence } from "../evidence-seen.ts";

const RUNS = 1_000;
const ASKED = ["eva", "finn", "gus"];
const NAMES = ["1", "2", "3", "4", "5", "6"];
const names = fc.array(fc.constantFrom(...NAMES), { maxLength: 2 }).map((all) => all.map(digest));

/** What can be said but for whose it is and what it is called. */
const options = fc.record({
  decision: fc.constantFrom("approved", "approved", "approved", "rejected", "withdrawn"),
  hoursAgo: fc.constantFrom(1, 2, 71, 73, -1),
  code: fc.constantFrom("integrity/verified", "integrity/verified", "integrity/signature-invalid", "revocation/unchecked"),
  shared: fc.boolean(),
  supersedes: names,
  overrules: names,
  policyDigest: fc.constantFrom(TODAY, EARLIER),
  gate: fc.constantFrom("prod", "prod", "prod", "test"),
  gateDigest: fc.constantFrom(HEAD.gateDigest, HEAD.gateDigest, digest("before")),
  gateTerms: fc.constantFrom(HEAD.gateTerms, digest("before")),
});

type Options = typeof options extends fc.Arbitrary<infer T> ? T : never;

function written({ gate, gateDigest, shared, ...more }: Options): SaidOptions {
  return { ...more, head: { gate, gateDigest }, ...(shared ? { key: "shared" } : {}) } as SaidOptions;
}

const statements: fc.Arbitrary<readonly ExaminedEvidence[]> = fc
  .array(fc.tuple(fc.constantFrom(...ASKED, ...ASKED, "ana", ""), options), { maxLength: NAMES.length })
  .map((all) => all.map(([person, said], at) => say(person, { ...written(said), name: NAMES[at] ?? "" })));

const RANK = { deny: 0, unknown: 1, pass: 2 } as const;

function rank(said: readonly ExaminedEvidence[]): number {
  return RANK[decide({ said }).outcome];
}

function check(holds: (said: readonly ExaminedEvidence[], more: Options, person: string) => void): void {
  fc.assert(fc.property(statements, options, fc.constantFrom(...ASKED), holds), { numRuns: RUNS });
}

test("in which order statements are listed does not matter, nor that one is listed twice", () => {
  fc.assert(
    fc.property(
      statements.chain((said) => fc.tuple(fc.constant(said), fc.shuffledSubarray([...said], { minLength: said.length }))),
      ([said, shuffled]) => {
        assert.deepEqual(decide({ said: shuffled }), decide({ said }));
        assert.deepEqual(decide({ said: [...shuffled, ...said] }), decide({ said }));
      },
    ),
    { numRuns: RUNS },
  );
});

test("a rejection more never helps", () => {
  check((said, { code, shared, policyDigest, gateDigest, gateTerms, hoursAgo }, person) => {
    const no = {
      decision: "rejected",
      code,
      policyDigest,
      head: { gateDigest },
      gateTerms,
      hoursAgo,
      ...(shared ? { key: "shared" } : {}),
    } as const;
    assert.ok(rank([...said, say(person, { ...no, name: "no" })]) <= rank(said));
    if (code === "integrity/verified") assert.notEqual(decide({ said: [...said, say(person, { ...no, name: "no" })] }).outcome, "pass");
  });
});

test("an approval more never hurts", () => {
  check((said, more, person) => {
    const yes = say(person, { ...written({ ...more, decision: "approved", supersedes: [] }), name: "yes" });
    assert.ok(rank([...said, yes]) >= rank(said));
  });
});

test("what those say who are not asked, or whose signature does not count, changes nothing", () => {
  check((said, more) => {
    const before = decide({ said });
    const others = [
      say("ci:", { ...written(more), code: "integrity/verified", name: "a machine" }),
      say("ana", { ...written({ ...more, decision: "approved", supersedes: [] }), code: "integrity/verified", name: "a colleague" }),
      say("", { ...written(more), code: "integrity/signature-invalid", name: "nobody" }),
      unread("a scan", "scan"),
    ];
    const after = decide({ said: [...said, ...others] });
    assert.deepEqual(after, before);
  });
});

test("whoever counts is asked, once, and with a key of his own; a pass has as many as are needed and no rejection of one who is asked", () => {
  check((said) => {
    const { outcome, counted, atLeast, words = [], missing, remedy } = decide({ said });
    const people = counted.map(({ person = "" }) => person);
    assert.equal(new Set(people).size, people.length);
    for (const person of people) assert.ok(ASKED.includes(person));
    const keys = counted.map(({ signature }) => signature);
    assert.equal(new Set(keys).size, keys.length);
    assert.ok(counted.filter(({ signature }) => isShared(said, signature)).length <= 1);
    assert.equal(outcome === "pass", missing.length === 0);
    assert.equal(outcome === "pass", remedy === undefined);
    if (outcome !== "pass") return;
    assert.ok(people.length >= atLeast);
    for (const { person, decision, counts } of words) assert.ok(!(decision === "rejected" && counts && ASKED.includes(person)));
  });
});

function isShared(said: readonly ExaminedEvidence[], signature: string): boolean {
  return said.some(({ report }) => report.signatures.some((one) => one.digest === signature && one.proven?.key === "shared"));
}
