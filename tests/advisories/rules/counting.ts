/** Rules about what counts, what takes back, and what leaves an answer open. */
import type { Rule } from "./rule.ts";

export const COUNTING_RULES: readonly Rule[] = [
  {
    name: "an enforced failure ends a signature",
    changes: [
      { file: "src/policy/gate-view.ts", from: 'if (enforced.some((entry) => entry.outcome === "fail")) return "does-not-count";', to: "" },
    ],
    test: { file: "src/policy/decide.test.ts", name: "a signature counts only if every enforced check passed" },
    tells: "does-not-count",
  },
  {
    name: "an enforced doubt leaves a signature open",
    changes: [
      { file: "src/policy/gate-view.ts", from: 'if (enforced.some((entry) => entry.outcome === "unknown")) return "unknown";', to: "" },
    ],
    test: { file: "src/policy/decide.test.ts", name: "a signature counts only if every enforced check passed" },
    tells: "unknown",
  },
  {
    name: "nothing shown of a signature is no success",
    changes: [
      {
        file: "src/policy/gate-view.ts",
        from: 'return enforced.some((entry) => entry.outcome === "pass") ? "counts" : "does-not-count";',
        to: 'return "counts";',
      },
    ],
    test: { file: "src/policy/decide.test.ts", name: "nothing shown is not success" },
    tells: "does-not-count",
  },
  {
    name: "nothing asked is no pass",
    changes: [
      { file: "src/policy/decide.ts", from: "return requirements.length > 0 && requirements.every(", to: "return requirements.every(" },
    ],
    test: { file: "src/policy/decide.test.ts", name: "a pass needs all, and nothing asked is no pass" },
    tells: "unknown",
  },
  {
    name: "what was left out leaves the answer open",
    changes: [{ file: "src/policy/decide.ts", from: "if (coverage.unexamined > 0) missing.push(leftByBudget(coverage));", to: "" }],
    test: { file: "src/policy/decide.test.ts", name: "without one that counts, only full sight is a deny" },
    tells: "unknown",
  },
  {
    name: "a listing that was cut off leaves the answer open",
    changes: [
      {
        file: "src/policy/decide.ts",
        from: 'if (!coverage.complete) missing.push("the registry did not give the whole list of what hangs on the image");',
        to: "",
      },
    ],
    test: { file: "src/policy/decide.test.ts", name: "without one that counts, only full sight is a deny" },
    tells: "unknown",
  },
  {
    name: "only a statement of the type that is asked for counts",
    changes: [
      {
        file: "src/policy/weigh-evidence.ts",
        from: "return (statement?.predicateType ?? report.predicateType ?? about.predicateType) === about.predicateType;",
        to: "return true;",
      },
      {
        file: "src/policy/weigh-evidence.ts",
        from: "if (content !== undefined) return content.kind === about.content;",
        to: "if (content !== undefined) return true;",
      },
      {
        file: "src/evidence/look-at-manifests.ts",
        from: "types.has(predicateType) || kinds.has(contentKindOf(predicateType))",
        to: "true",
      },
      {
        file: "src/policy/requirements/judge.ts",
        from: 'return [{ code: "evidence/other-kind", message: `${asked} is asked for, and the statement is ${is}` }];',
        to: "return [];",
      },
      { file: "src/policy/requirements/judge.ts", from: "if (context.statement.predicateType !== need.asked.type)", to: "if (false)" },
      {
        file: "src/judging/gather.ts",
        from: "return claimed === undefined || claimed === IMAGE_SIGNATURE || evidence?.wants(claimed) === true;",
        to: "return true;",
      },
    ],
    test: {
      file: "tests/advisories/evidence.test.ts",
      name: "a valid statement of another type counts for nothing, in any carrier, whatever the manifest claims (CVE-2022-35929)",
    },
    tells: "deny",
  },
  {
    name: "a statement of another kind is judged as none",
    changes: [
      {
        file: "src/policy/requirements/judge.ts",
        from: 'return [{ code: "evidence/other-kind", message: `${asked} is asked for, and the statement is ${is}` }];',
        to: "return [];",
      },
    ],
    test: { file: "src/policy/countersign/requirements.test.ts", name: "a statement of another kind counts for nothing" },
    tells: "evidence/other-kind",
  },
  {
    name: "evidence is by one who is asked",
    changes: [{ file: "src/policy/weigh-evidence.ts", from: "by.includes(member)", to: "true" }],
    test: { file: "src/policy/decide-evidence.test.ts", name: "evidence counts by whose signature of it counts, and by nothing else" },
    tells: "deny",
  },
  {
    name: "the newest alone decides where a later word takes back",
    changes: [
      {
        file: "src/policy/decide-evidence.ts",
        from: "const deciding = requirement.newestOnly ? newest(candidates) : candidates;",
        to: "const deciding = candidates;",
      },
      {
        file: "src/policy/decide-evidence.ts",
        from: "requirement.newestOnly ? isLastGood(deciding) : agreed.length",
        to: "agreed.length",
      },
    ],
    test: {
      file: "tests/advisories/needs.test.ts",
      name: "a newer scan that finds something takes back an older one that did not (kyverno#3195)",
    },
    tells: "evidence/vulnerable",
  },
  {
    name: "of an unknown time may be the newest",
    changes: [
      {
        file: "src/policy/weigh-evidence.ts",
        from: "at === undefined || at.getTime() === last",
        to: "at?.getTime() === last",
      },
    ],
    test: {
      file: "src/policy/decide-evidence.test.ts",
      name: "the newest decides where a later word takes back an earlier one, and any where it does not",
    },
    tells: "unknown",
  },
  {
    name: "evidence is no older than asked",
    changes: [{ file: "src/policy/weigh-evidence.ts", from: "if (age <= maxAge * 1000) return [];", to: "return [];" }],
    test: {
      file: "tests/advisories/needs.test.ts",
      name: "a scan that is too old, or of a time to come, is not fresh, and neither is its database (neuvector#1870)",
    },
    tells: "evidence/too-old",
  },
  {
    name: "evidence is of no time to come",
    changes: [{ file: "src/policy/weigh-evidence.ts", from: "if (age < -CLOCK_SKEW_MS)", to: "if (false)" }],
    test: {
      file: "tests/advisories/needs.test.ts",
      name: "a scan that is too old, or of a time to come, is not fresh, and neither is its database (neuvector#1870)",
    },
    tells: "evidence/age-unknown",
  },
  {
    name: "a document that names no image is only asserted",
    changes: [{ file: "src/policy/requirements/judge.ts", from: "if (!isAsserted(statement) || (signer", to: "if (true || (signer" }],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "a document that names no image counts only as the word of one whose word counts",
    },
    tells: "evidence/asserted",
  },
  {
    name: "findings are excused by those who may",
    changes: [
      {
        file: "src/policy/weigh-evidence.ts",
        from: "const vex = saidBy(requirement.vexBy).flatMap(statementsOf);",
        to: "const vex = manifest.evidence.flatMap(statementsOf);",
      },
    ],
    test: {
      file: "tests/advisories/needs.test.ts",
      name: "a finding is excused by those alone whose word the policy takes for it (GHSA-gg4x-fgg2-h9w9)",
    },
    tells: "evidence/vulnerable",
  },
  {
    name: "each manifest of an index needs its own",
    changes: [
      {
        file: "src/policy/decide-evidence.ts",
        from: 'if (requirement.kind === "evidence" && !requirement.perManifest)',
        to: 'if (requirement.kind === "evidence")',
      },
    ],
    test: {
      file: "tests/evidence/carriers.test.ts",
      name: "each child of an index needs its own scan, nested ones and those that claim to run nowhere too",
    },
    tells: "deny,deny,deny",
  },
  {
    name: "a child runs unless all its layers are statements",
    changes: [{ file: "src/evidence/runnable.ts", from: "layers.length > 0 && layers.every(", to: "layers.some(" }],
    test: {
      file: "tests/advisories/needs.test.ts",
      name: "a child of an index runs unless all of its layers are statements, whatever it says of itself",
    },
    tells: "deny",
  },
  {
    name: "statements alone are no reason to leave out a child",
    changes: [{ file: "src/evidence/runnable.ts", from: "!isStatements || claimed.has(runnable.descriptor.digest)", to: "!isStatements" }],
    test: {
      file: "tests/evidence/carriers.test.ts",
      name: "layers that claim to be statements hide nothing that an index names for a platform, or for none, in any place",
    },
    tells: "deny",
  },
  {
    name: "an index of which nothing runs meets nothing",
    changes: [{ file: "src/policy/decide-evidence.ts", from: "if (runnable.length === 0 && gaps.length === 0)", to: "if (false)" }],
    test: {
      file: "tests/evidence/carriers.test.ts",
      name: "what holds in-toto statements alone does not run; an index of nothing else meets nothing",
    },
    tells: "deny",
  },
  {
    name: "a child that cannot be read leaves the answer open",
    changes: [
      {
        file: "src/policy/decide-evidence.ts",
        from: 'const missing = gaps.length === 0 ? [] : [{ ...undecided(requirement, gate, gaps), ...remedyFor("integrity/unfetchable") }];',
        to: "const missing = [];",
      },
    ],
    test: { file: "tests/evidence/carriers.test.ts", name: "a child that cannot be read leaves the answer open" },
    tells: "unknown",
  },
  {
    name: "what was listed and cannot be had leaves the answer open",
    changes: [{ file: "src/policy/decide-evidence.ts", from: "if (doubts.length > 0) return", to: "if (false) return" }],
    test: {
      file: "tests/advisories/needs.test.ts",
      name: "a statement that was listed and cannot be had leaves the answer open, and one that is only broken does not (kyverno#16036)",
    },
    tells: "unknown",
  },
  {
    name: "what counted because a check is relaxed is told",
    changes: [
      {
        file: "src/judging/judge.ts",
        from: '.filter((entry) => entry.action !== "enforce" && entry.outcome !== "pass")',
        to: ".filter(() => false)",
      },
    ],
    test: { file: "tests/advisories/policy.test.ts", name: "what counts only because the policy looks away is told in the verdict" },
    tells: "expiry is only logged",
  },
];
