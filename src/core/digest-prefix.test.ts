import assert from "node:assert/strict";
import { test } from "node:test";
import { findByPrefix } from "./digest-prefix.ts";

const ONE = `sha256:0123456789ab${"c".repeat(52)}`;
const TWO = `sha256:0123456789ff${"c".repeat(52)}`;

test("a digest is found by its first digits, as they are shown or as openssl writes them, and by nothing else", () => {
  for (const text of [ONE, ONE.slice(7), "sha256:0123456789ab…", "0123456789AB", "01:23:45:67:89:ab", "SHA256:0123456789ab..."]) {
    assert.deepEqual(findByPrefix(text, [ONE, TWO, ONE]), [ONE], text);
  }
  assert.deepEqual(findByPrefix("01234567", [ONE, TWO]), [ONE, TWO]);
  for (const text of ["0123456", "", "sha256:", "sha512:0123456789ab", "0123456789ac", "0123456789ag", ` ${ONE}`, `${ONE}0`]) {
    assert.deepEqual(findByPrefix(text, [ONE, TWO]), [], text);
  }
  assert.deepEqual(findByPrefix("01234567", [ONE.slice(7)]), [ONE.slice(7)]);
});
