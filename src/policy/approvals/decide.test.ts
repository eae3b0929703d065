import assert from "node:assert/strict";
import { test } from "node:test";
import type { Content } from "../../core/evidence.ts";
import { parseDigest } from "../../core/digest.ts";
import type { ExaminedEvidence } from "../evidence-seen.ts";
import {
  answer,
  builtFrom,
  codeOf,
  commit,
  decide,
  digest,
  EARLIER,
  evidenceOf,
  met,
  NOW,
  say,
  signatureBy,
  unread,
  whyNot,
} from "../../../tests/approvals/scene.ts";

const EVA = say("eva");
const FINN = say("finn");
const GUS = say("gus");

test("as many people as are asked for pass, each once", () => {
  assert.equal(answer({ said: [EVA, FINN] }), "pass eva finn");
  assert.equal(answer({ said: [EVA] }), "deny eva");
  assert.equal(answer({ said: [EVA, say("eva", { name: "again", key: "another" })] }), "deny eva");
  assert.equal(answer({ said: [EVA, say("ana")] }), "deny eva");
  assert.equal(answer({ said: [EVA, say("ci:")] }), "deny eva");
  const { missing, stillAble, remedy, because, words, atLeast } = decide({ said: [EVA] });
  assert.deepEqual(missing, ["1 of 2 approvals by release (eva, finn, gus); still able to approve: finn, gus"]);
  assert.deepEqual(stillAble, ["finn", "gus"]);
  assert.equal(remedy, "Let finn or gus approve it: `countersign approve REF@DIGEST --gate prod`.");
  assert.deepEqual(
    because?.map(({ code }) => code),
    ["approvals/too-few"],
  );
  assert.equal(atLeast, 2);
  assert.deepEqual(words, [
    {
      statement: digest("eva"),
      person: "eva",
      decision: "approved",
      at: "2026-09-01T11:00:00.000Z",
      until: "2026-09-04T11:00:00.000Z",
      counts: true,
    },
  ]);
});

test("a signature that does not count makes no approval, and one that may leaves it open", () => {
  const bad = say("finn", { code: "integrity/signature-invalid" });
  const open = say("finn", { code: "revocation/unchecked" });
  assert.equal(answer({ said: [EVA, bad] }), "deny eva");
  assert.deepEqual(whyNot({ said: [EVA, bad] }), { finn: "seen" });
  assert.equal(answer({ said: [EVA, open] }), "unknown eva");
  assert.equal(answer({ said: [open] }), "deny");
  // Of nobody who is known, it may be a rejection.
  assert.equal(answer({ said: [EVA, FINN, say("", { name: "?", code: "revocation/unchecked" })] }), "unknown eva finn");
});

test("an approval is of one policy, product, gate and repository", () => {
  const others = {
    policyChain: digest("another"),
    policy: "other",
    product: "shop/web",
    repository: "build.acme.io/api",
  };
  for (const [member, value] of Object.entries(others)) {
    const said = [EVA, say("finn", { head: { [member]: value } })];
    assert.equal(answer({ said }), "deny eva", member);
    assert.equal(codeOf({ said }, "finn"), "approvals/other-gate", member);
    assert.ok(whyNot({ said })["finn"]?.endsWith(` ${value}`), member);
  }
  const elsewhere = [EVA, say("finn", { head: { gate: "test" } })];
  assert.equal(answer({ said: elsewhere }), "deny eva");
  assert.deepEqual(whyNot({ said: elsewhere }), {});
});

test("an approval is of what the gate asked, or of the same with other machines and the evidence that was there", () => {
  const asked = { gateDigest: digest("asked before") };
  const other = say("finn", { head: asked, gateTerms: digest("other terms") });
  assert.equal(answer({ said: [EVA, other] }), "deny eva");
  assert.equal(codeOf({ said: [EVA, other] }, "finn"), "approvals/gate-changed");
  const [seen, fresh] = [digest("scan 1"), digest("scan 2")];
  const same = say("finn", { head: asked, evidence: [seen] });
  assert.equal(answer({ said: [EVA, same], reports: [met([seen])] }), "pass eva finn");
  assert.equal(answer({ said: [EVA, same], reports: [met([seen, fresh])] }), "deny eva");
  assert.equal(codeOf({ said: [EVA, same], reports: [met([fresh])] }, "finn"), "approvals/evidence-changed");
  assert.match(whyNot({ said: [EVA, same], reports: [met([fresh])] })["finn"] ?? "", /1 piece of evidence/);
  // Without a change newer evidence that passes keeps it, unless the policy wants exactly what was there.
  const plain = say("finn", { evidence: [seen] });
  assert.equal(answer({ said: [EVA, plain], reports: [met([fresh])] }), "pass eva finn");
  const exact = { isExact: true, atLeast: 1 };
  assert.equal(answer({ said: [plain], asked: exact, reports: [met([fresh])] }), "deny");
  assert.equal(answer({ said: [plain], asked: exact, reports: [met([seen])] }), "pass finn");
});

test("an approval lapses by the earliest of what tells its age, or sooner if its author wants", () => {
  assert.equal(answer({ said: [EVA, say("finn", { hoursAgo: 72 })] }), "pass eva finn");
  const late = [EVA, say("finn", { hoursAgo: 72.01 })];
  assert.equal(answer({ said: late }), "deny eva");
  assert.equal(codeOf({ said: late }, "finn"), "approvals/lapsed");
  assert.match(whyNot({ said: late })["finn"] ?? "", /it lapsed at \S+, 72h after/);
  assert.equal(answer({ said: [EVA, say("finn", { claims: 73 })] }), "deny eva");
  assert.equal(answer({ said: [EVA, say("finn", { stamped: 73 })] }), "deny eva");
  const past = [EVA, say("finn", { expiresOn: new Date(NOW.getTime() - 1) })];
  assert.equal(codeOf({ said: past }, "finn"), "approvals/lapsed");
  assert.match(whyNot({ said: past })["finn"] ?? "", /.* as its author wanted$/);
  const soon = new Date(NOW.getTime() + 1000);
  const { counted } = decide({ said: [EVA, say("finn", { expiresOn: soon })] });
  assert.deepEqual(counted.map(({ freshUntil }) => freshUntil).toSorted(), [soon.toISOString(), "2026-09-04T11:00:00.000Z"]);
  // Dated ahead by more than clocks differ, it does not count yet; a stamp says that it is not so young.
  assert.equal(answer({ said: [EVA, say("finn", { hoursAgo: -0.05 })] }), "pass eva finn");
  const ahead = [EVA, say("finn", { hoursAgo: -0.1 })];
  assert.equal(codeOf({ said: ahead }, "finn"), "approvals/not-yet");
  assert.equal(answer({ said: [EVA, say("finn", { hoursAgo: -0.1, stamped: 1 })] }), "pass eva finn");
});

test("a rejection holds, by anybody who is asked, until it is lifted", () => {
  const no = say("gus", { name: "no", decision: "rejected", reason: "it is slow" });
  assert.equal(answer({ said: [EVA, FINN, no] }), "deny eva finn");
  const { missing, because, remedy, words } = decide({ said: [EVA, FINN, no] });
  assert.deepEqual(missing, ["rejected by gus"]);
  assert.deepEqual(
    because?.map(({ code }) => code),
    ["approvals/rejected"],
  );
  assert.equal(remedy, "Let gus approve it instead (`countersign approve REF@DIGEST --gate prod`).");
  const four = { by: ["eva", "finn", "gus", "cy"] };
  assert.match(
    decide({ said: [EVA, FINN, no], asked: four }).remedy ?? "",
    /, or 3 others overrule it: .* --overrule sha256:\S+ --reason TEXT/,
  );
  assert.equal(words?.find(({ person }) => person === "gus")?.reason, "it is slow");
  // It does not lapse, nor does a change of what the gate asks void it.
  assert.equal(answer({ said: [EVA, FINN, say("gus", { decision: "rejected", hoursAgo: 9999 })] }), "deny eva finn");
  const before = say("gus", { decision: "rejected", head: { gateDigest: digest("before") }, gateTerms: digest("other") });
  assert.equal(answer({ said: [EVA, FINN, before] }), "deny eva finn");
  // Whoever may not approve may still reject.
  const barred = { not: { builder: true } };
  const built = builtFrom("c", [commit("c", "ana")], ["ci:", "gus"]);
  assert.equal(answer({ said: [EVA, FINN, ...built], asked: barred }), "pass eva finn");
  assert.equal(answer({ said: [EVA, FINN, no, ...built], asked: barred }), "deny eva finn");
  // At another gate, or by a signature that does not count, it is nothing here; if it may count, nothing is known.
  assert.equal(answer({ said: [EVA, FINN, say("gus", { decision: "rejected", head: { gate: "test" } })] }), "pass eva finn");
  assert.equal(answer({ said: [EVA, FINN, say("gus", { decision: "rejected", code: "integrity/signature-invalid" })] }), "pass eva finn");
  assert.equal(answer({ said: [EVA, FINN, say("gus", { decision: "rejected", code: "revocation/unchecked" })] }), "unknown eva finn");
});

test("whoever has left may have been asked when rejecting it", () => {
  const then = say("ana", { decision: "rejected", policyDigest: EARLIER });
  const now = say("ana", { decision: "rejected" });
  assert.equal(answer({ said: [EVA, FINN, then] }), "deny eva finn");
  assert.equal(answer({ said: [EVA, FINN, now] }), "pass eva finn");
  assert.equal(codeOf({ said: [EVA, FINN, now] }, "ana"), "approvals/not-asked");
});

test("one lifts one's own rejection, and one more than are asked for that of another", () => {
  const no = say("gus", { name: "no", decision: "rejected" });
  const yes = say("gus", { name: "yes", supersedes: [digest("no")] });
  assert.equal(answer({ said: [EVA, no, yes] }), "pass eva gus");
  assert.deepEqual(whyNot({ said: [EVA, no, yes] }), { gus: "gus has replaced it by a later word" });
  assert.equal(codeOf({ said: [EVA, no, yes] }, "gus"), "approvals/superseded");
  // Somebody else's word replaces nothing, and two of which none names the other are two.
  assert.equal(answer({ said: [EVA, no, say("finn", { supersedes: [digest("no")] })] }), "deny eva finn");
  assert.equal(answer({ said: [EVA, no, say("gus", { name: "yes" })] }), "deny eva");
  assert.equal(codeOf({ said: [EVA, no, say("gus", { name: "yes" })] }, "gus"), "approvals/rejected");
  assert.match(whyNot({ said: [EVA, no, say("gus", { name: "yes" })] })["gus"] ?? "", /gus has also rejected it/);
  // An approval that has lapsed still replaces what it names.
  assert.equal(answer({ said: [EVA, FINN, no, say("gus", { name: "yes", hoursAgo: 99, supersedes: [digest("no")] })] }), "pass eva finn");
  // At another gate it replaces nothing here.
  assert.equal(
    answer({ said: [EVA, FINN, no, say("gus", { name: "yes", head: { gate: "test" }, supersedes: [digest("no")] })] }),
    "deny eva finn",
  );

  const overrules = [digest("no")];
  const four = { by: ["eva", "finn", "gus", "cy"], byText: "all" };
  const [eva, finn, cy] = ["eva", "finn", "cy"].map((person) => say(person, { overrules })) as [typeof EVA, typeof EVA, typeof EVA];
  assert.equal(answer({ said: [eva, finn, no], asked: four }), "deny eva finn");
  assert.equal(answer({ said: [eva, finn, say("cy"), no], asked: four }), "deny cy eva finn");
  assert.equal(answer({ said: [eva, finn, cy, no], asked: four }), "pass cy eva finn");
  const { words, freshUntil } = decide({ said: [eva, finn, say("cy", { overrules, hoursAgo: 71 }), no], asked: four });
  const rejection = words?.find(({ person }) => person === "gus");
  assert.deepEqual([rejection?.counts, rejection?.because?.[0]?.code], [false, "approvals/overruled"]);
  assert.equal(rejection?.because?.[0]?.message, "cy, eva and finn have overruled it");
  assert.deepEqual(words?.find(({ person }) => person === "cy")?.overrules, overrules);
  // With the first of those that lapses it stands again.
  assert.equal(freshUntil, new Date(NOW.getTime() + 3_600_000).toISOString());
});

test("what is withdrawn does not count, unless it is given anew", () => {
  const off = say("finn", { name: "off", decision: "withdrawn" });
  assert.equal(answer({ said: [EVA, FINN, off] }), "deny eva");
  assert.equal(codeOf({ said: [EVA, FINN, off] }, "finn"), "approvals/withdrawn");
  assert.deepEqual(decide({ said: [EVA, FINN, off] }).stillAble, ["finn", "gus"]);
  assert.equal(answer({ said: [EVA, FINN, off, say("finn", { name: "anew", supersedes: [digest("off")] })] }), "pass eva finn");
  // One may take back one's own rejection without approving.
  const no = say("gus", { name: "no", decision: "rejected" });
  assert.equal(
    answer({ said: [EVA, FINN, no, say("gus", { name: "off", decision: "withdrawn", supersedes: [digest("no")] })] }),
    "pass eva finn",
  );
  assert.equal(
    answer({ said: [EVA, FINN, off, say("gus", { name: "x", decision: "withdrawn", code: "revocation/unchecked" })] }),
    "deny eva",
  );
  assert.equal(
    answer({ said: [EVA, FINN, say("finn", { name: "x", decision: "withdrawn", code: "revocation/unchecked" })] }),
    "unknown eva",
  );
});

test("a copy of a word, hung up again under another digest, is that word", () => {
  const no = say("gus", { name: "no", decision: "rejected" });
  const copy = say("gus", { name: "a", decision: "rejected" });
  const lifted = say("gus", { name: "off", decision: "withdrawn", supersedes: [digest("no")] });
  assert.equal(answer({ said: [EVA, FINN, no, copy] }), "deny eva finn");
  assert.equal(answer({ said: [EVA, FINN, no, copy, lifted] }), "pass eva finn");
  const overruled = ["eva", "finn", "ana"].map((person) => say(person, { overrules: [digest("no")] }));
  const asked = { by: ["eva", "finn", "ana", "gus"] };
  assert.equal(answer({ said: [...overruled, no, copy], asked }), "pass ana eva finn");
  assert.equal(decide({ said: [...overruled, no, copy], asked }).words?.filter(({ person }) => person === "gus").length, 1);
  // A copy whose signature does not count takes nothing from the one whose does.
  const broken = say("eva", { name: "0", code: "integrity/signature-invalid" });
  assert.equal(answer({ said: [EVA, broken, FINN] }), "pass eva finn");
});

test("two people with one key are one, and whoever has two keys finds the one that is his alone", () => {
  assert.equal(answer({ said: [say("eva", { key: "k" }), say("finn", { key: "k" })] }), "deny eva");
  assert.equal(codeOf({ said: [say("eva", { key: "k" }), say("finn", { key: "k" })] }, "finn"), "approvals/same-key");
  assert.match(
    whyNot({ said: [say("eva", { key: "k" }), say("finn", { key: "k" })] })["finn"] ?? "",
    /it is signed with the key of eva too/,
  );
  const both = [say("eva", { key: "k" }), say("eva", { name: "2", key: "l" })];
  assert.equal(answer({ said: [...both, say("finn", { key: "k" })] }), "pass eva finn");
  assert.equal(answer({ said: [...both, say("finn", { key: "l" })] }), "pass eva finn");
  assert.equal(answer({ said: [...both, say("finn", { key: "k" }), say("gus", { key: "l" })], asked: { atLeast: 3 } }), "deny eva finn");
});

test("what is approved before the needs are met counts once they are", () => {
  const despite = say("finn", { despite: true });
  assert.equal(answer({ said: [EVA, despite], reports: [met([])] }), "pass eva finn");
  assert.equal(answer({ said: [EVA, despite], reports: [met([]), met([], { outcome: "deny" })] }), "deny eva");
  assert.equal(codeOf({ said: [EVA, despite], reports: [met([], { outcome: "deny" })] }, "finn"), "approvals/despite");
  assert.equal(answer({ said: [EVA, despite], reports: [met([], { outcome: "unknown" })] }), "unknown eva");
});

test("whoever has built it, or approved it before, does not count where the policy says so", () => {
  const built = builtFrom("c", [commit("c", "ana")], ["ci:", "eva"]);
  assert.equal(answer({ said: [EVA, FINN, ...built] }), "pass eva finn");
  const builder = { not: { builder: true } };
  assert.equal(answer({ said: [EVA, FINN, ...built], asked: builder }), "deny finn");
  assert.equal(codeOf({ said: [EVA, FINN, ...built], asked: builder }, "eva"), "approvals/builder");
  assert.match(whyNot({ said: [EVA, FINN, ...built], asked: builder })["eva"] ?? "", /eva has built it$/);
  assert.deepEqual(decide({ said: [EVA, FINN, ...built], asked: builder }).stillAble, ["gus"]);
  const counted = [{ signature: digest("s"), evidence: digest("e"), person: "eva" }];
  const before = met([], { kind: "approval", name: "approvals", gate: "security", counted });
  const approver = { not: { approverOf: ["security"] } };
  assert.equal(answer({ said: [EVA, FINN], asked: approver, reports: [before] }), "deny finn");
  assert.equal(codeOf({ said: [EVA, FINN], asked: approver, reports: [before] }, "eva"), "approvals/approver-of");
  assert.match(whyNot({ said: [EVA, FINN], asked: approver, reports: [before] })["eva"] ?? "", /.* gate security$/);
  assert.equal(answer({ said: [EVA, FINN], asked: approver, reports: [{ ...before, gate: "qa" }] }), "pass eva finn");
});

test("what was not seen may be a rejection, however many have approved", () => {
  assert.equal(answer({ said: [EVA, FINN], gaps: ["the listing was cut off"] }), "unknown eva finn");
  assert.equal(answer({ said: [EVA, FINN, unread("?")] }), "unknown eva finn");
  assert.equal(answer({ said: [EVA, FINN, unread("?", "approval")] }), "unknown eva finn");
  assert.equal(answer({ said: [EVA, FINN, unread("?", "scan")] }), "pass eva finn");
  assert.deepEqual(decide({ said: [EVA, FINN, unread("?")] }).missing, [
    "1 statement that may be an approval or a rejection could not be judged",
  ]);
  assert.deepEqual(decide({ said: [EVA], gaps: ["cut"] }).missing, [
    "1 of 2 approvals by release (eva, finn, gus); still able to approve: finn, gus",
    "cut",
  ]);
});

test("without the first version of the policy no approval can be told to be of it", () => {
  const report = decide({ said: [EVA, FINN, GUS], head: null });
  assert.equal(report.outcome, "unknown");
  assert.deepEqual(
    report.because?.map(({ code }) => code),
    ["approvals/chain-unknown"],
  );
  assert.match(report.remedy ?? "", /Sign the policy/);
});

test("exactly the evidence that was there is there, whoever hangs up a copy of it", () => {
  const scan: Content = { kind: "scan", scanner: "grype", findings: [] };
  const [seen, copy] = ["scan", "copy of the scan"].map((name) => evidenceOf(name, scan, [signatureBy("scanner:")]));
  const other = evidenceOf("another scan", scan, [signatureBy("scanner:")]);
  assert.ok(seen !== undefined && copy !== undefined && other.statement !== undefined);
  const another = { ...other, statement: { ...other.statement, predicate: { other: true } } };
  const plain = say("finn", { evidence: [parseDigest(seen.report.digest)] });
  const answerWith = (...counted: readonly ExaminedEvidence[]): string =>
    answer({
      said: [plain, ...counted],
      asked: { isExact: true, atLeast: 1 },
      reports: [met(counted.map(({ report }) => report.digest))],
    });
  assert.equal(answerWith(seen, copy), "pass finn");
  assert.equal(answerWith(copy), "deny");
  assert.equal(answerWith(seen, another), "deny");
});
