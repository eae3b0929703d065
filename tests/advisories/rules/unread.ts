/** Rules about what a policy asks for and this version does not read, about what could not be read, and about ages and bases. */
import type { Rule } from "./rule.ts";

const SIGNATURES = "src/policy/signature-view.test.ts";
const UNREAD = "tests/evidence/unread.test.ts";
const DECIDE = "src/policy/decide-evidence.test.ts";
const REVOCATIONS = "tests/policy/revocation-list.test.ts";

export const UNREAD_RULES: readonly Rule[] = [
  {
    name: "the name that a publisher's image is asked to have must be one that it was found by",
    changes: [
      {
        file: "src/policy/signature-view.ts",
        from: "signedAs === undefined || origins.includes(signedAs) ? []",
        to: "signedAs === undefined || signedAs !== undefined ? []",
      },
    ],
    test: { file: SIGNATURES, name: "a name that the image was found by nowhere is no name of it" },
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
        file: "src/judging/validity.ts",
        from: "Math.min(endOf(reportOf.get(signature), gate), momentOf(end))",
        to: "endOf(reportOf.get(signature), gate)",
      },
    ],
    test: {
      file: "src/judging/validity.test.ts",
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
    name: "who-can counts nobody for two things that want others apart",
    changes: [{ file: "src/policy/countersign/fewest.ts", from: "const apart = new Apart(own);", to: "const apart = new Apart([]);" }],
    test: {
      file: "src/policy/countersign/approvals.test.ts",
      name: "whoever opens a gate must approve it, or break the glass; nobody counts for two that are to be apart",
    },
    tells: "ci,ana,bo,cy",
  },
  {
    name: "who-can counts those who may except something",
    changes: [
      {
        file: "src/policy/countersign/ways.ts",
        from: "const waived = waiversOf(policy).flatMap(",
        to: "const waived = waiversOf({}).flatMap(",
      },
    ],
    test: {
      file: "src/policy/countersign/approvals.test.ts",
      name: "whoever opens a gate must approve it, or break the glass; nobody counts for two that are to be apart",
    },
    tells: "breakGlass",
  },
  {
    name: "who-can counts those whose word the verifier takes",
    changes: [{ file: "src/policy/countersign/ways.ts", from: ", ...wordsOf(policy, gate, { known, believed, isKnowable })];", to: "];" }],
    test: {
      file: "src/policy/countersign/who-can.test.ts",
      name: "those whose word the verifier takes open a gate alone, unless it asks something of them",
    },
    tells: "issuer",
  },
  {
    name: "whoever opens the gate of the bases is needed",
    changes: [
      {
        file: "src/policy/countersign/ways.ts",
        from: "return gatesNeeded(policy, asked).flatMap((gate) =>",
        to: "return policy.gates.filter(({ name }) => name === asked).flatMap((gate) =>",
      },
    ],
    test: { file: "src/policy/countersign/base.test.ts", name: "whoever opens a gate needs those who open that of its bases" },
    tells: "build",
  },
  {
    name: "a bundle that could not be read may be the later word",
    changes: [{ file: "src/judging/gather.ts", from: "if (evidence === undefined || !mayState(candidate, report)) return", to: "return" }],
    test: { file: UNREAD, name: "a bundle that cannot be fetched may be the later word" },
    tells: "unknown",
  },
  {
    name: "what could not be read on an index may be about each of its images",
    changes: [
      {
        file: "src/evidence/look-at-manifests.ts",
        from: "found.statement === undefined ? isUnread(found)",
        to: "found.statement === undefined ? false",
      },
    ],
    test: { file: UNREAD, name: "what hangs on an index and cannot be read may be about any of its images" },
    tells: "unknown",
  },
  {
    name: "what could not be read, and of which nobody says what it is, may be a signature",
    changes: [
      {
        file: "src/judging/gather.ts",
        from: "return isUntold ? { found, signature: unreadSignature(found.report) } : lookedAt(found);",
        to: "return lookedAt(found);",
      },
    ],
    test: { file: UNREAD, name: "where the listing does not say what anything is, signatures are found, and may be what cannot be read" },
    tells: "unknown,pass",
  },
  {
    name: "what does not say that it is a statement may be a signature",
    changes: [{ file: "src/evidence/examine-evidence.ts", from: ' || !ATTACHED_TYPES.includes(candidate.artifactType ?? "")', to: "" }],
    test: { file: UNREAD, name: "where the listing does not say what anything is, signatures are found, and may be what cannot be read" },
    tells: "pass,pass",
  },
  {
    name: "VEX that could not be judged may take back what it has excused",
    changes: [{ file: "src/policy/weigh-evidence.ts", from: "if (vexBy.length === 0) return undefined;", to: "return undefined;" }],
    test: {
      file: DECIDE,
      name: "VEX that may be there leaves open what it may excuse, and what it has excused; what is only asserted excuses nothing",
    },
    tells: "unknown",
  },
  {
    name: "VEX that is only asserted excuses nothing",
    changes: [
      {
        file: "src/policy/weigh-evidence.ts",
        from: "(statement === undefined || !isAsserted(statement))",
        to: "(statement === statement || isAsserted)",
      },
    ],
    test: {
      file: DECIDE,
      name: "VEX that may be there leaves open what it may excuse, and what it has excused; what is only asserted excuses nothing",
    },
    tells: "deny",
  },
  {
    name: "provenance that could not be seen of a manifest shows no product",
    changes: [
      { file: "src/policy/decide-evidence.ts", from: 'each.includes("unknown") || gaps.length > 0', to: 'each.includes("unknown")' },
    ],
    test: { file: DECIDE, name: "provenance shows which product an image is once all of its manifests are seen to be built from it" },
    tells: "pass,unknown,unknown",
  },
];
