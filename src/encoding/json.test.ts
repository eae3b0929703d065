import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { FindingCode } from "../core/finding.ts";
import { Malformed } from "../core/malformed.ts";
import { decodeJson, encodeJson } from "./json.ts";

const options = { maxBytes: 1_000_000 };
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function refuses(input: string | Uint8Array, code: FindingCode): void {
  const bytes = typeof input === "string" ? utf8(input) : input;
  assert.throws(() => decodeJson(bytes, options), { name: "Malformed", code });
}

test("any JSON value decodes as JSON.parse reads it", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const bytes = encodeJson(value);
      assert.deepEqual(decodeJson(bytes, options), JSON.parse(new TextDecoder().decode(bytes)));
    }),
  );
});

test("any bytes are a value that encodes and decodes, or refused", () => {
  const likeJson = fc.string({ unit: fc.constantFrom("{", "}", "[", "]", ":", ",", '"', "\\", "u", "d", "8", "0", "a", " ", "1") });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), likeJson.map(utf8)), (bytes) => {
      try {
        const value = decodeJson(bytes, options);
        assert.deepEqual(decodeJson(encodeJson(value), options), value);
      } catch (error) {
        assert.ok(error instanceof Malformed, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

test("a member named twice is refused, also by an escape, and in nested objects", () => {
  refuses('{"a":1,"a":2}', "json/duplicate-member");
  refuses('{"a":1,"\\u0061":2}', "json/duplicate-member");
  refuses('[{"b":{"a":1, "a" : 2}}]', "json/duplicate-member");
  refuses('{"__proto__":1,"__proto__":2}', "json/duplicate-member");
});

test("the same name in two objects, or as a value, is no duplicate", () => {
  assert.deepEqual(decodeJson(utf8('{"a":{"a":"a"},"b":["a","a",{"a":"a:"}]}'), options), { a: { a: "a" }, b: ["a", "a", { a: "a:" }] });
});

test("__proto__ is a member like any other", () => {
  const value = decodeJson(utf8('{"__proto__":{"x":1}}'), options) as object;
  assert.deepEqual(Object.keys(value), ["__proto__"]);
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
});

test("what is not JSON is refused", () => {
  for (const text of [
    "",
    "{",
    '"',
    '{"a":1}x',
    "{'a':1}",
    "[1,]",
    "01",
    "NaN",
    '"\n"',
    '"\\x"',
    '"\\u12',
    "\u{feff}{}",
    "}]",
    '{"a"}',
    "[1]]",
  ])
    refuses(text, "json/syntax");
});

test("bytes that are not UTF-8 are refused, and halves of surrogate pairs with them", () => {
  refuses(Uint8Array.of(0x22, 0xff, 0x22), "json/utf8");
  refuses(Uint8Array.of(0x22, 0xc0, 0xaf, 0x22), "json/utf8");
  refuses('"\\ud800"', "json/utf8");
  refuses('{"\\udc00":1}', "json/utf8");
  assert.equal(decodeJson(utf8('"\\ud83d\\ude00"'), options), "😀");
});

test("depth and size are bounded before parsing", () => {
  assert.doesNotThrow(() => decodeJson(utf8("[".repeat(64) + "]".repeat(64)), options));
  refuses("[".repeat(65) + "]".repeat(65), "json/depth");
  refuses("[".repeat(900_000), "json/depth");
  refuses(" ".repeat(1_000_001), "integrity/too-large");
  refuses(`[${"{},".repeat(250_000)}{}]`, "integrity/too-large");
});

/** Members of an object. */
const names = (from: number, to: number): string => Array.from({ length: to - from }, (_, index) => `"${from + index}":0`).join(",");

test("different names are bounded, in one object and in many; the same name is none the more", () => {
  assert.doesNotThrow(() => decodeJson(utf8(`[{${names(0, 100_000)}},{${names(0, 1000)}},{"\\u0030":"x"}]`), { maxBytes: 2_000_000 }));
  for (const text of [`{${names(0, 100_001)}}`, `[{${names(0, 60_000)}},{${names(60_000, 100_001)}}]`])
    assert.throws(() => decodeJson(utf8(text), { maxBytes: 2_000_000 }), { code: "integrity/too-large" });
});

test("a megabyte of anything ends", () => {
  for (const text of [".", '"', "\\", '"\\', '":', "{}", ' "a":', '"a" ']) {
    assert.throws(() => decodeJson(utf8(text.repeat(1_000_000 / text.length)), options), Malformed);
  }
});
