import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestName } from "./nearest.ts";

test("two letters that changed places are one mistake, so that short names are found too", () => {
  assert.equal(nearestName("tset", ["build", "test", "prod"]), "test");
  assert.equal(nearestName("pord", ["build", "test", "prod"]), "prod");
  assert.equal(nearestName("relaese", ["release", "ci"]), "release");
  assert.equal(nearestName("stage", ["build", "test", "prod"]), undefined);
  assert.equal(nearestName("dorp", ["prod"]), undefined);
});
