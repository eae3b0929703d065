import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { CountersignError } from "../../core/errors.ts";
import { decodePolicyTest } from "./document.ts";

const WRITTEN = readFileSync(join(import.meta.dirname, "../../../tests/fixtures/policy-documents/policy-test.yaml"), "utf8");

test("the cases of a large policy load as they stand", async () => {
  const { policy, cases } = await decodePolicyTest(Buffer.from(WRITTEN), { source: "shop-test.yaml" });
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
  assert.deepEqual(
    cases.map(({ because, faults }) => [because, faults]),
    [
      [undefined, []],
      ["approvals/author", []],
      [undefined, ["revocations-down"]],
    ],
  );
});

test("what this version cannot make go wrong is refused by name, and so is a code that nobody knows", async () => {
  for (const [from, to, state] of [
    ["revocations-down", "clock-wrong", /^cases\[2\]\.faults\[0\] is "clock-wrong", and must be listing-cut-off or/],
    ["approvals/author", "approvals/autor", /^cases\[1\]\.because is "approvals\/autor", which is no code of a finding/],
  ] as const) {
    const error: unknown = await decodePolicyTest(Buffer.from(WRITTEN.replace(from, to)), { source: "t.yaml" }).catch(
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof CountersignError);
    const [problem] = error.detail["problems"] as readonly Readonly<Record<string, unknown>>[];
    assert.match(`${String(problem?.["member"])} ${String(problem?.["state"])}`, state);
  }
});
