import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { formatRfc3339, parseRfc3339 } from "./rfc3339.ts";

test("offsets and fractions are read", () => {
  for (const [text, expected] of [
    ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"],
    ["2026-01-02T03:04:05.5Z", "2026-01-02T03:04:05.500Z"],
    ["2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123Z"],
    ["2026-01-02T03:04:05+02:30", "2026-01-02T00:34:05.000Z"],
    ["2026-01-02T03:04:05-23:59", "2026-01-03T03:03:05.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
  ] as const) {
    assert.equal(parseRfc3339(text)?.toISOString(), expected, text);
  }
});

test("what RFC 3339 or the calendar does not know is no time", () => {
  for (const text of [
    "",
    "2026-01-02",
    "2026-01-02t03:04:05Z",
    "2026-01-02T03:04:05z",
    "2026-01-02 03:04:05Z",
    "2026-01-02T03:04:05",
    "2026-01-02T03:04:05,5Z",
    "2026-01-02T03:04:05.Z",
    "2026-01-02T03:04:60Z",
    "2026-01-02T24:00:00Z",
    "2026-13-02T03:04:05Z",
    "2026-02-30T03:04:05Z",
    "2025-02-29T03:04:05Z",
    "2026-01-02T03:04:05+24:00",
    "2026-01-02T03:04:05+0230",
    "2026-01-02T03:04:05Z\n",
    "+02026-01-02T03:04:05Z",
    "1767322445",
  ]) {
    assert.equal(parseRfc3339(text), undefined, text);
  }
});

test("what is written reads back, to the second", () => {
  fc.assert(
    fc.property(fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }), (time) => {
      assert.equal(parseRfc3339(formatRfc3339(time))?.getTime(), Math.floor(time.getTime() / 1000) * 1000);
    }),
  );
});

test("any text is a time or none, and no crash", () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(..."0123456789-:TZ+.") }), (text) => void parseRfc3339(text)));
});
