import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { RequirementReport } from "../../core/verdict.ts";
import { applyWaivers } from "./apply.ts";
import type { Held } from "./waivers.ts";
import { describeWaived } from "./words.ts";

function report(changes: Partial<RequirementReport> = {}): RequirementReport {
  return {
    gate: "prod",
    kind: "evidence",
    name: "test",
    by: "ci",
    atLeast: 1,
    outcome: "deny",
    counted: [],
    evidence: [],
    missing: ["there is no test result"],
    remedy: "make one",
    ...changes,
  };
}

function held(kinds: readonly string[], waived: Partial<Held["waived"]> = {}): Held {
  return {
    kinds,
    waived: {
      statement: "sha256:1",
      person: "ana",
      until: "2026-09-02T00:00:00.000Z",
      isBreakGlass: false,
      reason: "it is known",
      ...waived,
    },
  };
}

function outcome(changes: Partial<RequirementReport>, ...all: readonly Held[]): string {
  return applyWaivers(report(changes), { held: all, refused: [] }).outcome;
}

test("a requirement of the kind passes, and it is told by whose leave", () => {
  const { missing, remedy, waived, freshUntil, ...rest } = applyWaivers(report(), { held: [held(["test"])], refused: [] });
  assert.deepEqual({ missing, remedy, freshUntil }, { missing: [], remedy: undefined, freshUntil: "2026-09-02T00:00:00.000Z" });
  assert.deepEqual(describeWaived({ ...rest, ...(waived && { waived }) }), [
    "test at gate prod: ana excepts it until 2026-09-02T00:00:00.000Z (it is known)",
  ]);
  assert.equal(rest.outcome, "pass");
});

test("a requirement of another kind, and a rule, do not", () => {
  assert.equal(outcome({ name: "provenance" }, held(["test"])), "deny");
  assert.equal(outcome({ kind: "rule", name: "test" }, held(["test"])), "deny");
  assert.equal(outcome({ kind: "image", name: "image" }, held(["image"])), "pass");
});

test("a scan or SBOM passes as a whole by breaking the glass alone", () => {
  for (const name of ["scan", "sbom"]) {
    assert.equal(outcome({ name }, held([name])), "deny");
    assert.equal(outcome({ name }, held([name], { finding: { purl: "pkg:npm/x" } })), "deny");
    assert.equal(outcome({ name }, held([name], { isBreakGlass: true })), "pass");
  }
  assert.equal(outcome({}, held(["test"], { finding: { purl: "pkg:npm/x" } })), "deny");
});

test("what is met needs no leave, and none is told", () => {
  const met = report({ outcome: "pass", missing: [] });
  assert.equal(applyWaivers(met, { held: [held(["test"])], refused: [] }), met);
});

test("a rejection, and one that may be there, is not missed by leave: whoever said no takes it back", () => {
  const approvals = { kind: "approval", name: "approvals" } as const;
  const because = (code: string): Partial<RequirementReport> => ({ ...approvals, because: [{ code, message: "" }] });
  const leave = [held(["approvals"], { isBreakGlass: true }), held(["approvals"])];
  assert.equal(outcome(because("approvals/too-few"), ...leave), "pass");
  assert.equal(outcome(because("author/unproven"), ...leave), "pass");
  assert.equal(outcome(because("approvals/rejected"), ...leave), "deny");
  assert.equal(outcome({ ...because("integrity/unfetchable"), outcome: "unknown" }, ...leave), "unknown");
});

function refused(code: string): Partial<RequirementReport> {
  return { kind: "signature", name: "signature", refused: [{ signature: "sha256:2", because: [{ code, message: "" }] }] };
}

test("what is revoked is not merely missing, and that it is not known is let pass by who breaks the glass for that", () => {
  const leave = held(["signature"]);
  const glass = held(["signature", "revocation/unknown"], { isBreakGlass: true });
  assert.equal(outcome(refused("expiry/expired"), leave), "pass");
  assert.equal(outcome(refused("revocation/revoked"), leave, glass), "deny");
  assert.equal(outcome(refused("revocation/list-unread"), leave), "deny");
  assert.equal(outcome(refused("revocation/list-unread"), glass), "pass");
});

test("any one of several is enough, so that the last to end tells until when", () => {
  const all = [
    held(["test"]),
    held(["test"], { until: "2026-09-03T00:00:00.000Z" }),
    held(["scan"], { until: "2027-01-01T00:00:00.000Z" }),
  ];
  const passed = applyWaivers(report(), { held: all, refused: [] });
  assert.equal(passed.freshUntil, "2026-09-03T00:00:00.000Z");
  assert.equal(passed.waived?.length, 2);
});

test("an exception from this kind that does not hold is told with the requirement that is not met", () => {
  const evidence = { evidence: "sha256:3", person: "ana", because: [{ code: "exceptions/lapsed", message: "it ended" }] };
  const none = { held: [], refused: [{ kinds: ["test", "image"], evidence }] };
  assert.deepEqual(applyWaivers(report(), none).refusedExceptions, [evidence]);
  assert.equal(applyWaivers(report({ name: "vex" }), none).refusedExceptions, undefined);
});

test("two let pass what each does alone", () => {
  const kinds = ["test", "scan", "sbom", "approvals", "signature", "revocation/unknown"];
  const leave = fc
    .record({ kinds: fc.subarray(kinds), isBreakGlass: fc.boolean(), isFinding: fc.boolean() })
    .map((one) => held(one.kinds, { isBreakGlass: one.isBreakGlass, ...(one.isFinding ? { finding: { purl: "pkg:npm/x" } } : {}) }));
  const codes = ["approvals/rejected", "approvals/too-few", "revocation/revoked", "revocation/list-unread", "expiry/expired"];
  const asked = fc.record({ name: fc.constantFrom(...kinds), code: fc.constantFrom(...codes) }).map(({ name, code }) => ({
    name,
    kind: name === "approvals" ? ("approval" as const) : name === "signature" ? ("signature" as const) : ("evidence" as const),
    because: [{ code, message: "" }],
    refused: [{ signature: "sha256:2", because: [{ code, message: "" }] }],
  }));
  fc.assert(
    fc.property(asked, leave, leave, (one, first, second) => {
      const alone = [first, second].map((by) => outcome(one, by));
      assert.equal(outcome(one, first, second), alone.includes("pass") ? "pass" : "deny");
    }),
  );
});
