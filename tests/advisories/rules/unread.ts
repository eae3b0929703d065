/** Rules about what a policy asks for and this version does not read, and about ages and bases. */
import type { Rule } from "./rule.ts";

const SIGNATURES = "src/policy/signature-view.test.ts";
const REVOCATIONS = "tests/policy/revocation-list.test.ts";

export const UNREAD_RULES: readonly Rule[] = [
  {
    name: "approvals are not read, so that the answer stays open",
    changes: [{ file: "src/policy/decide.ts", from: "return [leaveOpen(requirement, gate.name)];", to: "return [];" }],
    test: { file: "src/policy/countersign/approvals.test.ts", name: "approvals are asked for, and whether they are there is not known" },
    tells: "approvals/unread",
  },
  {
    name: "a publisher's name is not read, so that a signature stays open",
    changes: [
      {
        file: "src/policy/signature-view.ts",
        from: "[...report.findings.filter(isNoProductMissing), nameNotSigned(signedAs)]",
        to: "report.findings.filter(isNoProductMissing)",
      },
    ],
    test: { file: SIGNATURES, name: "a name inside a signature is not read, so that what would count is left open" },
    tells: "identity/name-not-signed",
  },
  {
    name: "a signature that is too old does not count",
    changes: [{ file: "src/policy/signature-view.ts", from: "age > maxAge * 1000", to: "age < 0" }],
    test: { file: SIGNATURES, name: "the worse end of what is said and what is proven tells how old a signature is" },
    tells: "signature/too-old",
  },
  {
    name: "of what is said and what is proven the worse end counts",
    changes: [
      {
        file: "src/policy/signature-view.ts",
        from: "Math.min(Date.parse(claimed.signingTime), proven?.time === undefined ? Infinity : Date.parse(proven.time.from))",
        to: "proven?.time === undefined ? Date.parse(claimed.signingTime) : Date.parse(proven.time.from)",
      },
    ],
    test: { file: SIGNATURES, name: "the worse end of what is said and what is proven tells how old a signature is" },
    tells: "signature/too-old",
  },
  {
    name: "a timestamp alone does not make a signature young",
    changes: [
      {
        file: "src/policy/signature-view.ts",
        from: 'if (signed === undefined) return ageUnknown("nothing that is signed says when it was signed");',
        to: "if (signed === undefined) return [];",
      },
    ],
    test: { file: SIGNATURES, name: "the worse end of what is said and what is proven tells how old a signature is" },
    tells: "signature/age-unknown",
  },
  {
    name: "a pass holds no longer than what counted is young enough",
    changes: [
      {
        file: "src/validity.ts",
        from: "Math.min(endOf(reportOf.get(signature), gate), momentOf(end))",
        to: "endOf(reportOf.get(signature), gate)",
      },
    ],
    test: {
      file: "src/validity.test.ts",
      name: "a pass holds until the first requirement has too few whose certificate and age still count",
    },
    tells: "2030",
  },
  {
    name: "what a list of revocations says of a certificate is not known",
    changes: [
      { file: "src/checks/revocation.ts", from: "return whyListUnread(rules) ?? revocationOf(chain);", to: "return revocationOf(chain);" },
    ],
    test: { file: REVOCATIONS, name: "signatures with a certificate and by a bare key may both be revoked" },
    tells: "revocation/list-unread",
  },
  {
    name: "what a list of revocations says of a bare key is not known",
    changes: [{ file: "src/checks/bare-key.ts", from: "if (unread !== undefined) return unread;", to: "" }],
    test: { file: REVOCATIONS, name: "signatures with a certificate and by a bare key may both be revoked" },
    tells: "revocation/list-unread",
  },
  {
    name: "policy signers may be revoked too",
    changes: [
      {
        file: "src/policy/verifier/unread-list.ts",
        from: 'selection.kind !== "gate" || selection.rules === undefined',
        to: 'selection.kind !== "gate" || selection.product === undefined || selection.rules === undefined',
      },
    ],
    test: { file: REVOCATIONS, name: "who may sign policies may be revoked too" },
    tells: "unknown",
  },
  {
    name: "authors are kept from approving only where the commits are known",
    changes: [{ file: "src/policy/countersign/approvals.ts", from: 'text === "author" &&', to: "false &&" }],
    test: {
      file: "src/policy/countersign/approvals.test.ts",
      name: "approvals that nobody could give, or that rest on nothing, are refused",
    },
    tells: "it was not refused",
  },
  {
    name: "an exception names no check of the engine",
    changes: [
      {
        file: "src/policy/countersign/waivers.ts",
        from: "if (known.includes(name)) return",
        to: "if (known.includes(name) || NEVER.has(name)) return",
      },
    ],
    test: {
      file: "src/policy/countersign/approvals.test.ts",
      name: "approvals that nobody could give, or that rest on nothing, are refused",
    },
    tells: "which nobody may waive",
  },
  {
    name: "gates of bases come to an end",
    changes: [{ file: "src/policy/countersign/gate-order.ts", from: "if (namesBefore(base.name, next).has(gate.name))", to: "if (false)" }],
    test: {
      file: "src/policy/countersign/base.test.ts",
      name: "a gate for bases that is not there, has no place or comes round is refused",
    },
    tells: "it was not refused",
  },
  {
    name: "whoever opens the gate of the bases is needed",
    changes: [
      {
        file: "src/policy/countersign/who-can.ts",
        from: "const needs = gatesNeeded(policy, gate).flatMap(wantedBy);",
        to: "const needs = policy.gates.filter(({ name }) => name === gate).flatMap(wantedBy);",
      },
    ],
    test: { file: "src/policy/countersign/base.test.ts", name: "whoever opens a gate needs those who open that of its bases" },
    tells: "build",
  },
];
