/** Rules about verdicts that others emit. */
import type { Rule } from "./rule.ts";

const FILE = "tests/evidence/summaries.test.ts";
const TAKE = "src/judging/take-summary.ts";
const NOT_TAKEN = "summary/not-taken";

/** Taken out, the condition never holds. */
function condition(from: string, what: string, tells: string = NOT_TAKEN): Pick<Rule, "changes" | "test" | "tells"> {
  return { changes: [{ file: TAKE, from, to: "if (Math.random() > 1)" }], test: { file: FILE, name: what }, tells };
}

export const SUMMARY_RULES: readonly Rule[] = [
  {
    name: "a verdict of others that could not be read leaves the answer open",
    changes: [{ file: TAKE, from: 'unread.length > 0 ? "unknown" : derived.outcome', to: "derived.outcome" }],
    test: { file: FILE, name: "a verdict that is listed and cannot be had may be one that is taken" },
    tells: "not unknown",
  },
  {
    name: "a verdict of others that says FAILED is not taken",
    ...condition("if (!summary.isPassed)", "a verdict is not taken that says FAILED"),
  },
  {
    name: "a verdict of others is of the same question, every member compared",
    ...condition("if (!isSameHead(head, selection.gate.head, policy))", "a verdict is not taken that is of another product"),
  },
  {
    name: "a verdict of others is of this place",
    changes: [{ file: TAKE, from: '"gateDigest", "repository"]', to: '"gateDigest"]' }],
    test: { file: FILE, name: "a verdict is not taken that is of another place" },
    tells: NOT_TAKEN,
  },
  {
    name: "a verdict of others is of this gate as it is today",
    changes: [{ file: TAKE, from: '"gate", "gateDigest",', to: '"gate",' }],
    test: { file: FILE, name: "a verdict is not taken that is of a gate that asked something else" },
    tells: NOT_TAKEN,
  },
  {
    name: "a verdict of others is of this chain of policies",
    changes: [{ file: TAKE, from: " && chain === said.policyChain", to: "" }],
    test: { file: FILE, name: "a verdict is not taken that is of another chain of policies" },
    tells: NOT_TAKEN,
  },
  {
    name: "a verdict of others is by today's version of the policy",
    ...condition("if (summary.policy.digest !== policy.digest)", "a verdict is not taken that is from an older policy (CVE-2026-44544)"),
  },
  {
    name: "a verdict of others is of the resource that it names",
    ...condition(
      "if (resourceUri !== resourceUriOf(repository, subject.digest))",
      "a verdict is not taken that names another resource (Conforma CA-6)",
    ),
  },
  {
    name: "a verdict of others answers the same of the two questions",
    ...condition("if (summary.question !== derived.question)", "a verdict is not taken that answers another question"),
  },
  {
    name: "a verdict of others ends",
    ...condition("if (validUntil.getTime() <= now.getTime())", "a verdict is not taken that has run out"),
  },
  {
    name: "a verdict of others is not of a time to come",
    ...condition("if (timeVerified.getTime() > now.getTime() + CLOCK_SKEW_MS)", "a verdict is not taken that is of a time to come"),
  },
  {
    name: "what a verdict of others rests on must not be revoked",
    changes: [
      {
        file: TAKE,
        from: "return revoked === undefined ? { ...summary, validUntil } :",
        to: "return true ? { ...summary, validUntil } :",
      },
    ],
    test: { file: FILE, name: "what a verdict rests on must not be revoked today, as far as it is here" },
    tells: NOT_TAKEN,
  },
  {
    name: "whoever is asked at a gate gives no verdict on it",
    changes: [{ file: TAKE, from: "members: [...own.signers.members, ...asked]", to: "members: own.signers.members" }],
    test: { file: FILE, name: "whoever is asked at the gate gives no verdict on it, by whatever they are known" },
    tells: "identity/ambiguous",
  },
  {
    name: "a no that is seen here is not overruled by a verdict of others",
    changes: [{ file: TAKE, from: 'findingRow(code).outcome !== "fail")', to: "code.length > 0)" }],
    test: { file: FILE, name: "a no that is seen here is not overruled by somebody's yes" },
    tells: "evidence/vulnerable",
  },
];
