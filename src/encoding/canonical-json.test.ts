import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as assertProperty, jsonValue, property } from "fast-check";
import { encodeCanonicalJson } from "./canonical-json.ts";

function text(value: unknown): string {
  return new TextDecoder().decode(encodeCanonicalJson(value));
}

test("the RFC's own example", () => {
  const value = {
    numbers: JSON.parse("[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]"),
    string: '\u20AC$\u000F\nA\'B"\\\\"/',
    literals: [null, true, false],
  };
  assert.equal(
    text(value),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
});

test("members are sorted by UTF-16 units", () => {
  // Source: RFC 8785, section 3.2.3.
  const value = { "\u20AC": 1, "\r": 2, "\uFB33": 3, "1": 4, "\u{1F600}": 5, "\u0080": 6, "\u00F6": 7 };
  assert.deepEqual(
    Object.values(JSON.parse(`[${[...text(value).matchAll(/:(\d)/g)].map(([, digit]) => digit).join(",")}]`)),
    [2, 4, 6, 7, 1, 5, 3],
  );
});

test("what JSON cannot say is refused", () => {
  for (const value of ["\uD800", Number.NaN, Number.POSITIVE_INFINITY, undefined, () => 1, 1n]) {
    assert.throws(() => encodeCanonicalJson(value), TypeError);
  }
});

test("it is the same value, whatever the order of its members", () => {
  assertProperty(
    property(jsonValue({ noUnicodeString: false }), (value) => {
      const shown = text(value);
      assert.deepEqual(JSON.parse(shown), JSON.parse(JSON.stringify(value)));
      assert.equal(text(reversed(value)), shown);
    }),
  );
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const turned: Record<string, unknown> = Object.create(null);
  for (const [name, member] of Object.entries(value).toReversed()) turned[name] = reversed(member);
  return turned;
}
