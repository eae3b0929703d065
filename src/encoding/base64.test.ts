import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { Malformed } from "../core/malformed.ts";
import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from "./base64.ts";

const invalid = { name: "Malformed", code: "base64/invalid" };

test("what is encoded decodes to the same bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.deepEqual(decodeBase64(encodeBase64(bytes)), bytes);
      assert.deepEqual(decodeBase64Url(encodeBase64Url(bytes)), bytes);
    }),
  );
});

test("any text decodes to bytes that encode to it, or is refused", () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("A", "z", "9", "+", "/", "-", "_", "=", "\n") }));
  fc.assert(
    fc.property(text, (input) => {
      try {
        assert.equal(encodeBase64(decodeBase64(input)), input);
      } catch (error) {
        assert.ok(error instanceof Malformed && error.code === "base64/invalid", String(error));
      }
    }),
  );
});

for (const [fault, text] of [
  ["missing padding", "QQ"],
  ["too much padding", "QUI=="],
  ["left-over bits", "QR=="],
  ["a line break", "QUJD\nQUJD"],
  ["the other alphabet", "-_-_"],
  ["one character too few", "QUJDR==="],
] as const) {
  test(`base64 with ${fault} is refused`, () => assert.throws(() => decodeBase64(text), invalid));
}

for (const [fault, text] of [
  ["padding", "QQ=="],
  ["left-over bits", "QR"],
  ["a line break", "QUJD\nQUJD"],
  ["the other alphabet", "+/+/"],
  ["a single character", "Q"],
  ["a dot", "QUJD.QUJD"],
] as const) {
  test(`base64url with ${fault} is refused`, () => assert.throws(() => decodeBase64Url(text), invalid));
}

test("megabytes of dots are refused like one", () => {
  assert.throws(() => decodeBase64Url(".".repeat(4_000_000)), invalid);
  assert.throws(() => decodeBase64(".".repeat(4_000_000)), invalid);
});
