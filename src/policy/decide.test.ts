import assert from "node:assert/strict";
import { test } from "node:test";
import { type Action, finding, type FindingCode } from "../core/finding.ts";
import type { SignatureRequirement } from "../core/policy.ts";
import type { SignatureReport } from "../core/verdict.ts";
import { decideRequirement, decideSignature } from "./decide.ts";

const enforce: Action = "enforce";
const requirement: SignatureRequirement = {
  name: "signature",
  actions: {
    integrity: enforce,
    subject: enforce,
    authenticity: enforce,
    identity: enforce,
    annotations: enforce,
    expiry: enforce,
    time: enforce,
    revocation: enforce,
  },
  trustStores: [],
  identities: [],
  verifyTimestamp: "always",
};
const seen = (code: FindingCode, action: Action = "enforce") => finding("integrity", code, "seen", { action });
const report = (outcome: SignatureReport["outcome"]): SignatureReport => ({ format: "f", digest: outcome, outcome, findings: [] });

test("a signature counts only if every enforced check passed", () => {
  assert.equal(decideSignature([seen("integrity/verified"), seen("expiry/none")]), "counts");
  assert.equal(decideSignature([seen("integrity/verified"), seen("expiry/expired")]), "does-not-count");
  assert.equal(decideSignature([seen("integrity/verified"), seen("expiry/expired", "log")]), "counts");
  assert.equal(decideSignature([seen("integrity/verified"), seen("revocation/unchecked")]), "unknown");
  assert.equal(decideSignature([seen("integrity/verified"), seen("revocation/unchecked"), seen("expiry/expired")]), "does-not-count");
});

test("nothing shown is not success", () => {
  assert.equal(decideSignature([]), "does-not-count");
  assert.equal(decideSignature([seen("policy/skipped", "skip")]), "does-not-count");
  assert.equal(decideSignature([seen("integrity/verified", "log")]), "does-not-count");
});

test("one that counts passes, whatever else is there or missing", () => {
  const signatures = [report("does-not-count"), report("unknown"), report("counts")];
  assert.equal(decideRequirement(requirement, signatures, { complete: false, unexamined: 900 }).outcome, "pass");
});

test("without one that counts, only full sight is a deny", () => {
  const none = [report("does-not-count")];
  assert.equal(decideRequirement(requirement, none, { complete: true, unexamined: 0 }).outcome, "deny");
  assert.equal(decideRequirement(requirement, [], { complete: true, unexamined: 0 }).outcome, "deny");
  assert.equal(decideRequirement(requirement, none, { complete: false, unexamined: 0 }).outcome, "unknown");
  assert.equal(decideRequirement(requirement, none, { complete: true, unexamined: 1 }).outcome, "unknown");
  assert.equal(decideRequirement(requirement, [...none, report("unknown")], { complete: true, unexamined: 0 }).outcome, "unknown");
});
