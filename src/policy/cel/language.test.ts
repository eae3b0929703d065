import assert from "node:assert/strict";
import { test } from "node:test";
import { CEL } from "./language.ts";

const NOW = new Date("2026-09-01T22:30:15.250Z");
const PREDICATE = {
  result: "ok",
  count: 3,
  score: 7.5,
  text: "12",
  none: null,
  list: [1, 2, 3],
  findings: [
    { id: "CVE-1", severity: "low" },
    { id: "CVE-2", severity: "high" },
  ],
  map: { a: "x", ["__proto__"]: 1 },
};

function ask(text: string, values: Readonly<Record<string, unknown>> = { predicate: PREDICATE, now: NOW }): unknown {
  assert.equal(CEL.check(text, Object.keys(values)), undefined, text);
  const answer = CEL.compile(text, Object.keys(values)).evaluate(values);
  return typeof answer === "boolean" ? answer : answer.problem;
}

const HOLD = [
  'predicate.result == "ok"',
  "predicate.count == 3 && predicate.count > 2 && predicate.count + 1 == 4",
  "predicate.score > 7",
  "predicate.none == null",
  "predicate.list.exists(x, x == 2) && !predicate.list.exists(x, x == 4)",
  'predicate.findings.all(f, f.severity != "critical")',
  'predicate.findings.filter(f, f.severity == "high").size() == 1',
  'predicate.findings.map(f, f.id) == ["CVE-1", "CVE-2"]',
  'predicate.list.exists_one(x, x > 2) && "a" in predicate.map && 2 in predicate.list',
  "has(predicate.result) && !has(predicate.other)",
  'int(predicate.text) == 12 && double("1.5e1") == 15.0 && uint("7") == 7u',
  'predicate.result.matches("^o.$") && predicate.result.startsWith("o") && size(predicate.result) == 2',
  "type(predicate.list) == list && type(predicate.result) == string",
  'now.getDayOfWeek("Europe/Berlin") in [1, 2, 3, 4]',
  'now > timestamp("2026-09-01T00:00:00Z") && now - timestamp("2026-09-01T00:00:00Z") < duration("23h")',
  "predicate.missing == 1 || true",
];

for (const text of HOLD) test(`holds: ${text}`, () => assert.equal(ask(text), true));

const DO_NOT = ['predicate.result == "no"', "predicate.count == 3.5", 'predicate.result.matches("^k$")', "[].exists(x, true)"];

for (const text of DO_NOT) test(`does not hold: ${text}`, () => assert.equal(ask(text), false));

/** What is not known is neither a yes nor a no, and neither is its contrary. */
const UNKNOWN: readonly (readonly [string, RegExp])[] = [
  ["predicate.missing", /missing/],
  ['predicate.missing != "bad"', /missing/],
  ['!(predicate.missing == "bad")', /missing/],
  ["!has(predicate.missing.critical)", /missing/],
  ["!has(predicate.list.critical)", /no members/],
  ["!has(predicate.result.critical)", /no members/],
  ["!has(predicate.none.critical)", /no members/],
  ["predicate.findings.all(f, f.cvss < 7)", /cvss/],
  ["predicate.list[7] == 1", /7/],
  ["predicate.missing || false", /missing/],
  ["true && predicate.missing", /missing/],
  ["predicate.count", /neither true nor false/],
  ["predicate.result", /neither true nor false/],
  ["predicate.none", /neither true nor false/],
  ["predicate.result > 1", /_>_/],
  ["1 / 0 == 1", /zero/],
  ['double("") == 0.0', /no number/],
  ['!(double("NaN") > 7.0)', /no number/],
  ['int("") == 0', /no whole number/],
  ['int("0x10") == 16', /no whole number/],
  ['int("9223372036854775808") > 0', /no whole number/],
  ["9223372036854775807 + 1 > 0", /overflow/],
  ['timestamp("yesterday") < now', /timestamp/],
];

for (const [text, problem] of UNKNOWN) test(`is not known: ${text}`, () => assert.match(String(ask(text)), problem));

/** In the order of the calendar, from the year to the millisecond. */
function parts(moment: string, zone?: string): readonly number[] {
  const now = new Date(moment);
  const part = (name: string): number => {
    const expression = CEL.compile(`now.${name}(${zone === undefined ? "" : `"${zone}"`}) == n`, ["now", "n"]);
    return Array.from({ length: 3000 }, (_, at) => at).findIndex((n) => expression.evaluate({ now, n }) === true);
  };
  return [
    "getFullYear",
    "getMonth",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getHours",
    "getMinutes",
    "getSeconds",
    "getMilliseconds",
  ].map(part);
}

test("a clock is that of its zone, whatever zone the machine is in", () => {
  assert.deepEqual(parts("2026-09-01T22:30:15.250Z"), [2026, 8, 1, 0, 2, 243, 22, 30, 15, 250]);
  assert.deepEqual(parts("2026-09-01T22:30:15.250Z", "Europe/Berlin"), [2026, 8, 2, 1, 3, 244, 0, 30, 15, 250]);
  assert.deepEqual(parts("2026-09-01T22:30:15.250Z", "+02:00"), [2026, 8, 2, 1, 3, 244, 0, 30, 15, 250]);
  assert.deepEqual(parts("2026-01-01T00:30:00Z", "-03:30"), [2025, 11, 31, 30, 3, 364, 21, 0, 0, 0]);
  // Both sides of the hour that does not exist there, and which a local clock in that zone cannot show.
  assert.deepEqual(parts("2026-03-29T01:30:00Z", "UTC").slice(6, 8), [1, 30]);
  assert.deepEqual(parts("2026-03-29T02:30:00Z", "UTC").slice(6, 8), [2, 30]);
  assert.deepEqual(parts("2026-03-29T01:30:00Z", "Europe/Berlin").slice(6, 8), [3, 30]);
});

const FAULTS: readonly (readonly [string, RegExp])[] = [
  ["", /is no expression from its line 1, column 1 on/],
  ["predicate.\n  a b", /line 2, column 5/],
  ["predicate.x(", /is no expression/],
  ["foo == 1", /names foo, and there is predicate, now/],
  ["predicate.list.exists(x, y == 1)", /names y/],
  ["predicate.list.exists(predicate, true)", /gives the name predicate to something else/],
  ["[1].map(x, x)[0] == x", /names x/],
  ["open(predicate.text)", /calls open, which there is not/],
  ["predicate.text.lower() == predicate.text", /calls lower/],
  ["cel.bind(x, 1, x == 1)", /names cel|calls bind/],
  ["google.protobuf.Timestamp{seconds: 1} == now", /makes a google\.protobuf\.Timestamp/],
  ["predicate.text.matches(predicate.result)", /not written out in quotes/],
  ['predicate.text.matches("(")', /matches the pattern \(, which is none/],
  ['predicate.text.matches("(?=a)")', /which is none/],
  ['predicate.text.matches("(a)\\\\1")', /which is none/],
  ['predicate.text.matches("(a{1000}){1000}")', /which is none/],
  ['now.getHours("Europe/Berln") == 1', /names the time zone Europe\/Berln/],
  [`${"(".repeat(65)}true${")".repeat(65)}`, /brackets in one another/],
  [`true${" ".repeat(4093)}`, /has 4097 characters/],
  [`true${" && true".repeat(300)}`, /has over 500 parts/],
  ["[1].all(a, [1].all(b, [1].all(c, [1].all(d, true))))", /more than 3 deep/],
];

for (const [text, fault] of FAULTS)
  test(`is refused: ${text.slice(0, 60)}`, () => assert.match(CEL.check(text, ["predicate", "now"]) ?? "", fault));

const MEMBERS = { now: [], image: ["digest", "repository"], gate: [] };
const NAMES = ["predicate", ...Object.keys(MEMBERS)];

/** What is asked for true or false, and is neither, whatever comes: where it begins, and who asks. */
const NEITHER: readonly (readonly [text: string, place: string, asker: string])[] = [
  ['now.getDayOfWeek("UTC") && true', "line 1, column 1", "&&"],
  ["true || now.getHours()", "line 1, column 9", "||"],
  ["!gate", "line 1, column 2", "!"],
  ["predicate.a &&\n  (image.digest || true)", "line 2, column 4", "||"],
  ['image["digest"] && true', "line 1, column 1", "&&"],
  ["now ? true : false", "line 1, column 1", "the condition before ?"],
  ['gate == "x" ? true : "no"', "line 1, column 22", "the whole expression"],
  ['true && (gate == "x" ? now.getHours() : true)', "line 1, column 24", "&&"],
  ["predicate.all(x, now.getHours())", "line 1, column 18", "the condition of a loop"],
  ["predicate.exists(x, [x])", "line 1, column 21", "the condition of a loop"],
  ["predicate.filter(x, 1).size() == 1", "line 1, column 21", "the condition of a loop"],
  ["predicate.map(x, x) || true", "line 1, column 1", "||"],
  ['predicate.all(x, predicate.exists(y, !"y"))', "line 1, column 39", "!"],
  ['"a" + "b" || true', "line 1, column 1", "||"],
];

for (const [text, place, asker] of NEITHER) {
  test(`is refused as neither true nor false: ${text}`, () =>
    assert.equal(
      CEL.check(text, NAMES, { members: MEMBERS }),
      `has at its ${place}, what is neither true nor false, and ${asker} asks for one of them`,
    ));
}

test("what may be true or false is asked when it is known", () => {
  for (const text of [
    "predicate && !predicate.x || predicate[0]",
    "dyn(1) && true",
    "[true][0] && {'a': true}.a",
    "predicate ? predicate.a : predicate.b",
    "[[1]].exists(x, x)",
    "predicate.exists_one(x, x == 1) && has(image.digest)",
    "[true].all(x, x) && bool('true')",
    "(gate == 'x' ? predicate : true) && true",
  ])
    assert.equal(CEL.check(text, NAMES, { members: MEMBERS }), undefined, text);
  assert.equal(CEL.check("predicate.map(x, x)", NAMES), "is neither true nor false, whatever it is asked about");
});

function doubled(start: string, step: string, times: number): string {
  return Array.from({ length: times }).reduce<string>((inner) => `[${inner}].map(x, ${step})[0]`, start);
}

/** Each would take seconds, hours or all memory. */
const COSTLY: readonly string[] = [
  "predicate.many.all(x, predicate.many.all(y, true))",
  "predicate.many.all(x, predicate.many.all(y, predicate.many.all(z, true)))",
  "predicate.many.all(x, x in predicate.many)",
  "predicate.many.all(x, predicate.many.exists(y, x == y))",
  'predicate.many.all(x, !predicate.long.contains("b"))',
  'predicate.many.all(x, predicate.long.matches("^(a+)+$"))',
  'predicate.long.matches("((a{100}){10})$")',
  "predicate.many.map(x, predicate.many) == predicate.many.map(x, predicate.many)",
  "predicate.many.map(x, predicate.many.map(y, y)).size() > 0",
  'predicate.many.all(x, now.getHours("Europe/Berlin") >= 0)',
  `${doubled('["a"]', "x + x", 30)}.size() > 0`,
  `${doubled('["a"]', "[x, x]", 30)} == 1`,
  `${doubled('"a"', "x + x", 32)}.contains("b")`,
  // What is true already stays so, and is not believed of an expression that was cut short.
  "predicate.many.all(x, predicate.many.all(y, true)) || true",
];

for (const text of COSTLY) {
  test(`is cut short: ${text.slice(0, 70)}`, () => {
    const many = Array.from({ length: 5000 }, (_, at) => `CVE-${at}`);
    assert.match(String(ask(text, { predicate: { many, long: "a".repeat(1_000_000) }, now: NOW })), /costs more than an expression may/);
  });
}

test("a step that fails is paid for, though the loop goes on after it", () => {
  for (const step of ["timestamp(y) > now", "y.severity == 1", "y + 1 == 2 || y + 1 == 3"]) {
    const text = `predicate.all(x, predicate.all(y, ${step})) || true`;
    const predicate = Array.from({ length: 224 }, (_, at) => `CVE-${at}`);
    assert.match(String(ask(text, { predicate, now: NOW })), /costs more than an expression may/, step);
  }
  const { stackTraceLimit } = Error;
  assert.notEqual(stackTraceLimit, 0);
  assert.match(String(ask("timestamp(predicate) > now", { predicate: "x", now: NOW })), /timestamp/);
  assert.equal(Error.stackTraceLimit, stackTraceLimit, "others want to know where an error arose");
});

test("what an evaluation has cost is not held against the next", () => {
  const expression = CEL.compile("predicate.all(x, predicate.all(y, true))", ["predicate"]);
  const large = { predicate: Array.from({ length: 5000 }, () => 1) };
  assert.notEqual(expression.evaluate(large), true);
  for (let times = 0; times < 3; times += 1) assert.equal(expression.evaluate({ predicate: [1, 2] }), true);
});

test("what has too many parts is not looked at", () => {
  assert.match(String(ask("true", { predicate: Array.from({ length: 250_000 }, () => 1) })), /over 250000 parts/);
});
