/** Option texts as values: what is taken, and what is refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { COMMANDS } from "./commands/table.ts";
import { KEY_TYPES } from "./declarations/keys.ts";
import { KEY_TYPES as REAL_KEY_TYPES } from "../pki/key-pair.ts";
import { parseCount, parseDuration, parsePairs, parseTime } from "./options.ts";
import { optionName } from "./parse.ts";

test("durations have a unit, and may have several", () => {
  assert.equal(parseDuration("30s"), 30_000);
  assert.equal(parseDuration("90d"), 7_776_000_000);
  assert.equal(parseDuration("1h30m"), 5_400_000);
  assert.equal(parseDuration("250ms"), 250);
  for (const text of ["", "30", "s", "1.5h", "-1s", "0s", "30 s", "1x", "99999999999w", "30s!"])
    assert.throws(() => parseDuration(text), text);
});

test("times are RFC 3339 or a day, and real", () => {
  assert.equal(parseTime("2026-11-24T09:00:00Z").toISOString(), "2026-11-24T09:00:00.000Z");
  assert.equal(parseTime("2026-11-24T10:00+01:00").toISOString(), "2026-11-24T09:00:00.000Z");
  assert.equal(parseTime("2024-02-29").toISOString(), "2024-02-29T00:00:00.000Z");
  for (const text of ["", "now", "2026-02-29", "2026-13-01", "2026-11-24T25:00Z", "2026-11-24T09:00:00", "24.11.2026", "1700000000"]) {
    assert.throws(() => parseTime(text), text);
  }
});

test("counts are whole and positive", () => {
  assert.equal(parseCount("16"), 16);
  for (const text of ["0", "-1", "1.5", "", "ten", "100000"]) assert.throws(() => parseCount(text), text);
});

test("pairs keep every name, hostile ones too, and refuse a name given twice", () => {
  const pairs = parsePairs(["a=1", "b=", "c=x=y", "__proto__=p"]);
  assert.deepEqual(Object.entries(pairs), [
    ["a", "1"],
    ["b", ""],
    ["c", "x=y"],
    ["__proto__", "p"],
  ]);
  for (const texts of [["a"], ["=1"], ["a=1", "a=2"]]) assert.throws(() => parsePairs(texts));
});

test("the key types of the command line are those that there are", () => {
  assert.deepEqual(KEY_TYPES, REAL_KEY_TYPES);
});

test("every command has an example that starts with its own name, and no option twice", () => {
  for (const { name, examples, options } of COMMANDS) {
    assert.ok(
      examples.some((example) => example.includes(`countersign ${name}`)),
      name,
    );
    const names = options.map(({ flags }) => optionName(flags));
    assert.equal(new Set(names).size, names.length, name);
    assert.ok(
      names.every((option) => option !== ""),
      name,
    );
  }
});
