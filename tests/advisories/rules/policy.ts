/** Rules about the policy: its names and fields, its versions, and where it may come from. */
import type { Rule } from "./rule.ts";

export const POLICY_RULES: readonly Rule[] = [
  {
    name: "a repository is matched whole",
    changes: [
      {
        file: "src/policy/countersign/template.ts",
        from: "if (spreadAt < 0 ? surplus !== 0 : surplus < 0) return undefined;",
        to: "if (surplus < 0) return undefined;",
      },
    ],
    test: {
      file: "tests/advisories/policy.test.ts",
      name: "host and path of a repository are matched whole: nothing around a product's place is the product (CVE-2026-25542)",
    },
    tells: "not-listed",
  },
  {
    name: "a gate judges at its own places",
    changes: [
      { file: "src/policy/countersign/select.ts", from: "if (places.length > 0 && !listed.includes(gate.name)) {", to: "if (false) {" },
    ],
    test: { file: "src/policy/countersign/document.test.ts", name: "what a policy does not list, and which gate must be told" },
    tells: "not-listed",
  },
  {
    name: "a field that is not known refuses the policy",
    changes: [
      {
        file: "src/policy/countersign/place.ts",
        from: "else unknown.push(new Place(value, member, keyPosition).#unknown(key, shape));",
        to: "",
      },
    ],
    test: {
      file: "tests/advisories/policy.test.ts",
      name: "a field that is not known is refused wherever it stands, in each object of a policy that has all of them (CVE-2025-29778)",
    },
    tells: "subjectRegExp",
  },
  {
    name: "a threshold is at least one",
    changes: [
      {
        file: "src/policy/countersign/place.ts",
        from: "Number.isSafeInteger(node.value) && node.value >= 1) return node.value;",
        to: "Number.isSafeInteger(node.value)) return node.value;",
      },
    ],
    test: {
      file: "tests/advisories/policy.test.ts",
      name: "a threshold below one, and a check that nobody may leave out, are refused (CVE-2026-23992, GHSA-gg4x-fgg2-h9w9)",
    },
    tells: "rejection",
  },
  {
    name: "an older policy is refused",
    changes: [{ file: "src/policy/floor.ts", from: "if (seen.version < version) {", to: "if (false) {" }],
    test: { file: "src/policy/floor.test.ts", name: "after version 5 was seen, an older one is policy/rolled-back" },
    tells: "policy/rolled-back",
  },
  {
    name: "a version has one document",
    changes: [{ file: "src/policy/floor.ts", from: "if (seen.digest === digest) return undefined;", to: "return undefined;" }],
    test: { file: "src/policy/floor.test.ts", name: "after version 5 was seen, another of the same version is policy/forked" },
    tells: "policy/forked",
  },
  {
    name: "a version names the one before it",
    changes: [{ file: "src/policy/floor.ts", from: "(isNext && seen.previous !== digest)", to: "false" }],
    test: { file: "src/policy/floor.test.ts", name: "after version 5 was seen, the next after another is policy/forked" },
    tells: "policy/forked",
  },
  {
    name: "a policy that is pinned judges only as it was then",
    changes: [
      {
        file: "src/trust/policy-trust.ts",
        from: "if (pin === undefined || pin === file.policy.digest) return undefined;",
        to: "return undefined;",
      },
    ],
    test: { file: "tests/advisories/working-tree.test.ts", name: "a policy that is named with its digest judges only as it was then" },
    tells: "policy/changed",
  },
  {
    name: "what lies in the working tree judges at a terminal alone",
    changes: [{ file: "src/cli/open-setup.ts", from: "searchAbove: io.isTerminal && io.stdout.isTTY === true,", to: "searchAbove: true," }],
    test: {
      file: "tests/advisories/working-tree.test.ts",
      name: "a policy that lies in the working tree judges only at a terminal, and counts as nobody's",
    },
    tells: "policy/none",
  },
  {
    name: "a tag is not signed without a terminal",
    changes: [{ file: "src/cli/pin-for-writing.ts", from: "if (!isUnsafe && (isUnasked || !io.isTerminal)) {", to: "if (false) {" }],
    test: { file: "tests/e2e/cli.test.ts", name: "without a terminal a tag is not signed, and the answer says how to name a digest" },
    tells: "expected: 2",
  },
  {
    name: "a policy has no more gates than can be looked at together",
    changes: [{ file: "src/policy/countersign/gates.ts", from: "if (entries.length > MAX_GATES)", to: "if (entries.length > Infinity)" }],
    test: { file: "src/policy/countersign/hostile.test.ts", name: "a chain of as many gates as a policy may have is no deeper than one" },
    tells: "Missing expected rejection",
  },
  {
    name: "no length of time is so long that no time could be told",
    changes: [{ file: "src/core/duration.ts", from: "total <= LONGEST_MS", to: "Number.isSafeInteger(total)" }],
    test: {
      file: "src/policy/countersign/approvals.test.ts",
      name: "approvals that nobody could give, or that rest on nothing, are refused",
    },
    tells: "it was not refused",
  },
];
