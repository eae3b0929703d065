import assert from "node:assert/strict";
import { test } from "node:test";
import { findRepeated } from "./repeated.ts";

test("the first item that stands there again, with one look at each", () => {
  let looks = 0;
  const key = (text: string): string => {
    looks += 1;
    return text.toLowerCase();
  };
  const names = Array.from({ length: 1000 }, (_, index) => `n${index}`);
  assert.equal(findRepeated(names, key), undefined);
  assert.equal(looks, 1000);
  assert.equal(findRepeated(["a", "b", "B", "a"], key), "B");
  assert.equal(findRepeated([], key), undefined);
});
