import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Statement } from "../core/evidence.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { decodeStatement, encodeStatement } from "./statement.ts";

const SHA256 = "a".repeat(64);

const GOOD = {
  _type: "https://in-toto.io/Statement/v1",
  subject: [{ name: "ghcr.io/acme/shop", digest: { sha256: SHA256 }, annotations: { team: "a", size: 3 } }],
  predicateType: "https://example.test/review/v1",
  predicate: { by: "ana" },
};

function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function isMalformed(code: string): (error: unknown) => boolean {
  return (error) => error instanceof Malformed && error.code === code;
}

test("both versions are read, and what is written reads back the same", () => {
  for (const type of ["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"]) {
    const statement = decodeStatement(bytesOf({ ...GOOD, _type: type }));
    assert.equal(statement.predicateType, GOOD.predicateType);
    assert.deepEqual(statement.predicate, { by: "ana" });
    assert.deepEqual({ ...statement.subjects[0]?.digest }, { sha256: SHA256 });
    assert.deepEqual({ ...statement.subjects[0]?.annotations }, { team: "a" }, "annotations that are no text are not ours to read");
    assert.deepEqual(decodeStatement(encodeStatement(statement)), statement);
  }
});

test("a statement without a predicate, with a null one, with text, and with members that nobody knows", () => {
  const { predicate, ...without } = GOOD;
  assert.ok(predicate);
  assert.equal(decodeStatement(bytesOf(without)).predicate, undefined);
  assert.equal(decodeStatement(bytesOf({ ...GOOD, predicate: null })).predicate, undefined);
  assert.equal(decodeStatement(bytesOf({ ...GOOD, predicate: "SPDXVersion: SPDX-2.3" })).predicate, "SPDXVersion: SPDX-2.3");
  assert.deepEqual(decodeStatement(bytesOf({ ...GOOD, note: 1 })), decodeStatement(bytesOf(GOOD)));
});

const [SUBJECT] = GOOD.subject;

for (const [name, fault] of [
  ["not an object", []],
  ["no type", { ...GOOD, _type: undefined }],
  ["a type of the future", { ...GOOD, _type: "https://in-toto.io/Statement/v2" }],
  ["no subjects", { ...GOOD, subject: undefined }],
  ["an empty list of subjects", { ...GOOD, subject: [] }],
  ["subjects that are no list", { ...GOOD, subject: SUBJECT }],
  ["a null subject", { ...GOOD, subject: [SUBJECT, null] }],
  ["a subject without a digest", { ...GOOD, subject: [{ name: "x" }] }],
  ["a subject with an empty digest", { ...GOOD, subject: [{ digest: {} }] }],
  ["a digest that is too short", { ...GOOD, subject: [{ digest: { sha256: "ab" } }] }],
  ["a digest in upper case", { ...GOOD, subject: [{ digest: { sha256: "A".repeat(64) } }] }],
  ["a digest with its algorithm before it", { ...GOOD, subject: [{ digest: { sha256: `sha256:${SHA256}` } }] }],
  ["a digest that is no text", { ...GOOD, subject: [{ digest: { sha256: 7 } }] }],
  ["an empty digest of an unknown algorithm", { ...GOOD, subject: [{ digest: { other: "" } }] }],
  ["no predicate type", { ...GOOD, predicateType: undefined }],
  ["an empty predicate type", { ...GOOD, predicateType: "" }],
  ["a list as predicate", { ...GOOD, predicate: [] }],
  ["a number as predicate", { ...GOOD, predicate: 1 }],
] as const) {
  test(`refused: ${name}`, () => {
    assert.throws(() => decodeStatement(bytesOf(fault)), isMalformed("statement/invalid"));
  });
}

test("refused: what another reader would read differently", () => {
  assert.throws(() => decodeStatement(bytesOf({ ...GOOD, PredicateType: "x" })), isMalformed("json/case-variant"));
  assert.throws(() => decodeStatement(bytesOf({ ...GOOD, subject: [{ ...SUBJECT, Digest: {} }] })), isMalformed("json/case-variant"));
  const twice = JSON.stringify(GOOD).replace('"predicate":', '"predicateType":"x","predicate":');
  assert.throws(() => decodeStatement(new TextEncoder().encode(twice)), isMalformed("json/duplicate-member"));
});

test("one beyond each bound is refused, and the bound itself is not", () => {
  const subjects = (count: number): unknown => ({ ...GOOD, subject: Array.from({ length: count }, () => SUBJECT) });
  assert.equal(decodeStatement(bytesOf(subjects(LIMITS.statementSubjects))).subjects.length, LIMITS.statementSubjects);
  assert.throws(() => decodeStatement(bytesOf(subjects(LIMITS.statementSubjects + 1))), isMalformed("integrity/too-large"));
  const digests = (count: number): unknown => {
    const digest = Object.fromEntries(Array.from({ length: count }, (_, index) => [`other${index}`, "x"]));
    return { ...GOOD, subject: [{ digest }] };
  };
  assert.ok(decodeStatement(bytesOf(digests(LIMITS.subjectDigests))));
  assert.throws(() => decodeStatement(bytesOf(digests(LIMITS.subjectDigests + 1))), isMalformed("integrity/too-large"));
  const open = `${JSON.stringify({ ...GOOD, predicate: undefined }).slice(0, -1)},"predicate":{"list":[`;
  const containers = (count: number): Uint8Array => new TextEncoder().encode(`${open}${"{},".repeat(count - 1)}{}]}}`);
  const held = 7;
  assert.ok(decodeStatement(containers(LIMITS.statementContainers - held)));
  assert.throws(() => decodeStatement(containers(LIMITS.statementContainers - held + 1)), isMalformed("integrity/too-large"));
  assert.throws(() => decodeStatement(new Uint8Array(LIMITS.statementBytes + 1)), isMalformed("integrity/too-large"));
});

test("any statement that is written reads back the same", () => {
  const hex = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 64, maxLength: 64 });
  const subject = fc.record({ name: fc.string({ minLength: 1, unit: "grapheme" }), digest: fc.record({ sha256: hex }) });
  const statement: fc.Arbitrary<Statement> = fc.record({
    subjects: fc.array(subject, { minLength: 1, maxLength: 5 }),
    predicateType: fc.webUrl(),
    predicate: fc.dictionary(fc.string({ unit: "grapheme" }), fc.oneof(fc.string({ unit: "grapheme" }), fc.integer(), fc.boolean()), {
      noNullPrototype: true,
    }),
  });
  fc.assert(
    fc.property(statement, (value) => {
      const read = decodeStatement(encodeStatement(value));
      assert.deepEqual(JSON.stringify(read), JSON.stringify(value));
    }),
  );
});
