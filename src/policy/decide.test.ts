import assert from "node:assert/strict";
import { test } from "node:test";
import { type Action, finding, type FindingCode } from "../core/finding.ts";
import type { Gate } from "../core/policy.ts";
import type { SignatureRequirement } from "../core/requirement.ts";
import type { RequirementReport, SignatureReport } from "../core/verdict.ts";
import { type Coverage, decideAll, decideGates } from "./decide.ts";
import { decideSignature, underGate } from "./gate-view.ts";
import { actionsOf, LEVELS } from "./notary/levels.ts";

const STRICT = actionsOf(LEVELS.strict);

function asks(by: readonly string[] | undefined, atLeast = 1): SignatureRequirement {
  return { kind: "signature", name: "signature", by, byText: by?.join(", ") ?? "", atLeast };
}

function gate(requirement: SignatureRequirement, actions: Gate["actions"] = STRICT): Gate {
  return { name: "prod", actions, requirements: [requirement] };
}

const seen = (code: FindingCode, action: Action = "enforce") => finding("integrity", code, "seen", { action });
const LAST = {
  counts: [],
  unknown: [finding("revocation", "revocation/unchecked", "seen")],
  "does-not-count": [finding("expiry", "expiry/expired", "seen")],
} as const;
let made = 0;

function report(outcome: SignatureReport["outcome"], who: Pick<SignatureReport, "person" | "party"> = {}): SignatureReport {
  made += 1;
  return { format: "f", digest: `sha256:${made}`, outcome, ...who, findings: [seen("integrity/verified"), ...LAST[outcome]] };
}

function decide(requirement: SignatureRequirement, signatures: readonly SignatureReport[], coverage: Coverage = ALL): RequirementReport {
  const [decided] = decideGates([gate(requirement)], { signatures, coverage });
  assert.ok(decided);
  return decided;
}

const ALL: Coverage = { complete: true, unexamined: 0 };
const ANY = asks(undefined);

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
  assert.equal(decide(ANY, signatures, { complete: false, unexamined: 900 }).outcome, "pass");
});

test("without one that counts, only full sight is a deny", () => {
  const none = [report("does-not-count")];
  assert.equal(decide(ANY, none, { complete: true, unexamined: 0 }).outcome, "deny");
  assert.equal(decide(ANY, [], { complete: true, unexamined: 0 }).outcome, "deny");
  assert.equal(decide(ANY, none, { complete: false, unexamined: 0 }).outcome, "unknown");
  assert.equal(decide(ANY, none, { complete: true, unexamined: 1 }).outcome, "unknown");
  assert.equal(decide(ANY, [...none, report("unknown")], { complete: true, unexamined: 0 }).outcome, "unknown");
});

test("people are counted, never signatures; a signature of somebody who is not asked changes nothing", () => {
  const two = asks(["ana", "bo", "cy"], 2);
  const ana = { person: "ana" };
  assert.equal(decide(two, [report("counts", ana), report("counts", ana)]).outcome, "deny");
  assert.equal(decide(two, [report("counts", ana), report("counts", { person: "eve" })]).outcome, "deny");
  const passed = decide(two, [report("counts", ana), report("counts", ana), report("counts", { person: "cy" })]);
  assert.equal(passed.outcome, "pass");
  assert.deepEqual(
    passed.counted.map(({ person }) => person),
    ["ana", "ana", "cy"],
  );
  assert.deepEqual(decide(two, [report("counts", ana)]).missing, ["1 of 2 signatures by ana, bo, cy; still able to sign: bo, cy"]);
});

test("what is left open makes the answer unknown only if it could make up what is missing", () => {
  const two = asks(["ana", "bo", "cy"], 2);
  assert.equal(decide(two, [report("unknown", { person: "ana" })]).outcome, "deny");
  assert.equal(decide(two, [report("counts", { person: "bo" }), report("unknown", { person: "ana" })]).outcome, "unknown");
  assert.equal(decide(two, [report("counts", { person: "bo" }), report("unknown", { person: "bo" })]).outcome, "deny");
  assert.equal(decide(two, [report("counts", { person: "bo" }), report("unknown", { person: "eve" })]).outcome, "deny");
  assert.equal(decide(two, [report("counts", { person: "bo" }), report("unknown")]).outcome, "unknown");
});

test("each gate weighs the same findings by its own actions", () => {
  const late = report("does-not-count", { party: "ci" });
  const lenient = { ...STRICT, expiry: "log" } as const;
  const [strictly, leniently] = decideGates([gate(asks(["ci"])), gate(asks(["ci"]), lenient)], { signatures: [late], coverage: ALL });
  assert.deepEqual([strictly?.outcome, leniently?.outcome], ["deny", "pass"]);
  const blind = underGate({ ...late, findings: [finding("expiry", "expiry/expired", "seen")] }, { actions: { ...STRICT, expiry: "skip" } });
  assert.deepEqual(
    blind.findings.map(({ code }) => code),
    ["policy/skipped"],
  );
  assert.equal(blind.outcome, "does-not-count");
});

test("a pass needs all, and nothing asked is no pass", () => {
  const pass = decide(ANY, [report("counts")]);
  const deny = decide(ANY, [report("does-not-count")]);
  const unknown = decide(ANY, [report("unknown")]);
  assert.equal(decideAll([pass, pass]), "pass");
  assert.equal(decideAll([pass, unknown]), "unknown");
  assert.equal(decideAll([pass, unknown, deny]), "deny");
  assert.equal(decideAll([]), "unknown");
});
