/** How a verdict marks evidence: what counts, what does not, and what was left open. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { finding } from "../../core/finding.ts";
import type { EvidenceReport, RefusedEvidence, RequirementReport, SignatureReport, Verdict } from "../../core/verdict.ts";
import { renderEvidence } from "./evidence.ts";
import type { Style } from "./style.ts";

const same = (text: string): string => text;
const plain: Style = { good: same, bad: same, unsure: same, dim: same, bold: same };
const DIGEST = `sha256:${"a".repeat(64)}`;
const open = finding("integrity", "integrity/unfetchable", "it was not there");
const broken = finding("integrity", "json/syntax", "it is no JSON");
const unsure: SignatureReport = { format: "notary-jws", digest: DIGEST, outcome: "unknown", findings: [open] };

/** The lines about the one document, as `--explain` shows them. */
function shown(
  report: Partial<EvidenceReport>,
  { because = [], isCounted = false }: { readonly because?: RefusedEvidence["because"]; readonly isCounted?: boolean } = {},
): readonly string[] {
  const evidence: EvidenceReport = { digest: DIGEST, subject: DIGEST, carrier: "attached", signatures: [], findings: [], ...report };
  const requirement: RequirementReport = {
    gate: "prod",
    kind: "evidence",
    name: "scan",
    atLeast: 1,
    outcome: isCounted ? "pass" : "deny",
    counted: isCounted ? [{ signature: DIGEST, evidence: DIGEST }] : [],
    evidence: [DIGEST],
    refusedEvidence: because.length === 0 ? [] : [{ evidence: DIGEST, because }],
    missing: [],
  };
  const verdict: Pick<Verdict, "evidence"> = { evidence: [evidence] };
  return renderEvidence("head", requirement, { verdict, style: plain, explain: true })
    .slice(1)
    .map((line) => line.trim().split(" ").slice(0, 2).join(" ").replace(DIGEST, "document"));
}

test("a doubt is no failure, and what nothing speaks against may count once it is settled", () => {
  const vulnerable = { code: "evidence/vulnerable", message: "1 finding" };
  const ageless = { code: "evidence/age-unknown", message: "nothing says when" };
  assert.deepEqual(shown({}, { isCounted: true }), ["✓ document"]);
  assert.deepEqual(shown({}), ["✗ document"]);
  assert.deepEqual(shown({ findings: [open] }), ["? document", "? integrity/unfetchable:"]);
  assert.deepEqual(shown({ findings: [broken] }), ["✗ document", "✗ json/syntax:"]);
  assert.deepEqual(shown({}, { because: [ageless] }), ["? document", "? evidence/age-unknown:"]);
  assert.deepEqual(shown({}, { because: [ageless, vulnerable] }), ["✗ document", "? evidence/age-unknown:", "✗ evidence/vulnerable:"]);
  assert.deepEqual(shown({ signatures: [unsure] }), ["? document", "? signed", "? integrity/unfetchable:"]);
});
