import assert from "node:assert/strict";
import { test } from "node:test";
import { finding } from "../core/finding.ts";
import type { Gate } from "../core/policy.ts";
import type { Counted, RequirementReport, SignatureReport } from "../core/verdict.ts";
import { actionsOf, LEVELS } from "../policy/notary/levels.ts";
import { validUntil } from "./validity.ts";

const GATE: Gate = { name: "prod", actions: actionsOf(LEVELS.strict), requirements: [] };

function signed(digest: string, validUntilYear: number): SignatureReport {
  return {
    format: "notary-jws",
    digest,
    outcome: "counts",
    findings: [finding("integrity", "integrity/verified", "seen")],
    proven: { signer: "s", fingerprint: "1f", key: "SHA256:k", algorithm: "ES256", validUntil: `${validUntilYear}-01-01T00:00:00Z` },
  };
}

function until(counted: readonly Counted[], atLeast: number, reports: readonly SignatureReport[]): number | undefined {
  const requirement: RequirementReport = {
    gate: "prod",
    kind: "signature",
    name: "signature",
    atLeast,
    outcome: "pass",
    counted,
    evidence: [],
    missing: [],
  };
  return validUntil([requirement], { gates: [GATE], reports, now: new Date("2026-01-01T00:00:00Z") })?.getUTCFullYear();
}

test("a pass holds until the first requirement has too few whose certificate and age still count", () => {
  const reports = [signed("a", 2040), signed("b", 2030)];
  const ana = { signature: "a", person: "ana", freshUntil: "2027-01-01T00:00:00Z" };
  const bo = { signature: "b", person: "bo", freshUntil: "2050-01-01T00:00:00Z" };
  // One lives long and is too old soon, the other the reverse: no signature is both.
  assert.equal(until([ana, bo], 1, reports), 2030);
  assert.equal(until([ana, bo], 2, reports), 2027);
  assert.equal(until([{ signature: "a", person: "ana" }], 1, reports), 2040);
  assert.equal(until([{ ...bo, signature: "a" }], 1, reports), 2040);
});
