/** Rules about who has signed, and for how many he counts. */
import type { Rule } from "./rule.ts";

export const SIGNER_RULES: readonly Rule[] = [
  {
    name: "an anchor is the same certificate byte for byte",
    changes: [{ file: "src/core/trust-source.ts", from: "chain.some((der) => Buffer.compare(der, certificate) === 0)", to: "true" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "chain of another root (authenticity/untrusted)" },
    tells: "authenticity/untrusted",
  },
  {
    name: "a store vouches for signatures of its own kind alone",
    changes: [
      {
        file: "src/examine.ts",
        from: "const anchors = options.anchors.filter((anchor) => anchor.store.type === type);",
        to: "const anchors = options.anchors;",
      },
    ],
    test: { file: "tests/vectors/vectors.test.ts", name: "authority whose root is in a ca store (authenticity/untrusted)" },
    tells: "authenticity/untrusted",
  },
  {
    name: "a subject is compared as a whole",
    changes: [{ file: "src/checks/member.ts", from: "return left.length === 0;", to: "return true;" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "a subject with a name too many (identity/not-asked)" },
    tells: "identity/not-asked",
  },
  {
    name: "a subject has all that is asked for",
    changes: [{ file: "src/checks/member.ts", from: "if (at < 0) return false;", to: "if (at < 0) continue;" }],
    test: { file: "tests/advisories/needs.test.ts", name: "a certificate that says less of its owner than the policy does is another's" },
    tells: "identity/not-asked",
  },
  {
    name: "a name counts under the policy's anchor alone",
    changes: [
      {
        file: "src/checks/member.ts",
        from: "stores.has(formatStore(identity.anchor)) && isSubject(identity.is, leaf)",
        to: "isSubject(identity.is, leaf)",
      },
    ],
    test: { file: "tests/advisories/needs.test.ts", name: "a name is only that person's under the root that the policy names" },
    tells: "identity/not-asked",
  },
  {
    name: "a signer is one person or machine",
    changes: [{ file: "src/checks/member.ts", from: "if (others.length > 0) {", to: "if (false) {" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "one signer who is two parties (identity/ambiguous)" },
    tells: "identity/ambiguous",
  },
  {
    name: "a trusted identity is a part of the signer's name",
    changes: [
      { file: "src/checks/identity.ts", from: "subsets.find((entry) => isSubset(entry.pairs, pairs))", to: "subsets.find(() => true)" },
    ],
    test: { file: "src/checks/checks.test.ts", name: "identity: a subset of the leaf's name as data, or everyone" },
    tells: "identity/untrusted",
  },
  {
    name: "a name that cannot be compared matches nothing",
    changes: [{ file: "src/checks/identity.ts", from: "if (problem !== undefined) return", to: "if (false) return" }],
    test: {
      file: "src/checks/checks.test.ts",
      name: "identity: names that notation cannot compare match no entry, and * still accepts them",
    },
    tells: "identity/unmatchable",
  },
  {
    name: "people are counted, never signatures",
    changes: [{ file: "src/policy/decide.ts", from: "return person ?? party ?? digest;", to: "return digest;" }],
    test: {
      file: "tests/advisories/evidence.test.ts",
      name: "one who signs twice, in two formats and with two identities, is one of the two that are asked for (CVE-2026-49834)",
    },
    tells: "signature/too-few",
  },
  {
    name: "no identity is two people's",
    changes: [{ file: "src/policy/countersign/agreement.ts", from: "() => refuseTwoSigners(signers),", to: "" }],
    test: { file: "src/policy/countersign/faults.test.ts", name: "refused with its place: one identity on two persons" },
    tells: "it was not refused",
  },
  {
    name: "one machine for many products must be said",
    changes: [
      {
        file: "src/policy/countersign/agreement.ts",
        from: "() => void readEach(model.sharedSigner ? [] : askedOf(unproven), refuseSharedSigners),",
        to: "",
      },
    ],
    test: { file: "src/policy/countersign/faults.test.ts", name: "refused with its place: one signer for many products" },
    tells: "it was not refused",
  },
  {
    name: "no repository is two products'",
    changes: [{ file: "src/policy/countersign/agreement.ts", from: "() => refuseTwoPlaces(model.products),", to: "" }],
    test: { file: "src/policy/countersign/faults.test.ts", name: "refused with its place: a repository of two products" },
    tells: "it was not refused",
  },
];
