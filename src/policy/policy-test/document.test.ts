import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CountersignError } from "../../core/errors.ts";
import { decodePolicyTest } from "./document.ts";

const WRITTEN = readFileSync(join(import.meta.dirname, "../../../tests/fixtures/policy-documents/policy-test.yaml"), "utf8");

test("the cases of a large policy are refused for what this version cannot ask yet, and load without it", async () => {
  const error: unknown = await decodePolicyTest(Buffer.from(WRITTEN), { source: "shop-test.yaml" }).catch((reason: unknown) => reason);
  assert.ok(error instanceof CountersignError);
  const problems = error.detail["problems"] as readonly Readonly<Record<string, unknown>>[];
  assert.deepEqual(
    problems.map(({ member }) => member),
    ["cases[1].because", "cases[2].faults[0]"],
  );
  const text = WRITTEN.replace("approvals/author", "signature/too-few").replace("revocations-down", "unfetchable");
  const { policy, cases } = await decodePolicyTest(Buffer.from(text), { source: "shop-test.yaml" });
  assert.equal(policy, "shop.yaml");
  assert.deepEqual(cases[0], {
    name: "two managers",
    image: "fx/api.json",
    at: new Date("2026-09-01T10:00:00Z"),
    gate: "prod",
    faults: [],
    expect: "pass",
    because: undefined,
  });
});
