/** Names that Go takes for others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { refuseCaseVariants } from "./case-variants.ts";

test("a member that differs from a known one in case only is refused, as Go folds case", () => {
  const known = ["size", "mediaType", "kid"];
  assert.doesNotThrow(() => refuseCaseVariants({ size: 1, other: 2, sizes: 3 }, known));
  for (const name of ["Size", "SIZE", "\u{17f}ize", "mediatype", "\u{212a}id"]) {
    assert.throws(() => refuseCaseVariants({ [name]: 1 }, known), { name: "Malformed", code: "json/case-variant" });
  }
});
