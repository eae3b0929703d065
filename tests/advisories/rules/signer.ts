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
        file: "src/judging/examine.ts",
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
  {
    name: "each certificate is signed by the next",
    changes: [{ file: "src/pki/x509/chain.ts", from: "if (!isSignedBy(certificate, issuer)) throw", to: "if (false) throw" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "leaf signed by a stranger in the intermediate's name (chain/signature)" },
    tells: "chain/signature",
  },
  {
    name: "a chain ends in a root",
    changes: [{ file: "src/pki/x509/chain.ts", from: "if (!namesItself) throw", to: "if (false) throw" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "chain without its root (chain/no-root)" },
    tells: "chain/no-root",
  },
  {
    name: "a chain is in order",
    changes: [
      { file: "src/pki/x509/chain.ts", from: "} else if (!sameName(certificate.issuer, issuer.subject)) {", to: "} else if (false) {" },
    ],
    test: { file: "src/checks/checks.test.ts", name: "a broken chain fails integrity, and every check that would have to look at it" },
    tells: "chain/order",
  },
  {
    name: "a chain has no more certificates than any real one",
    changes: [{ file: "src/pki/x509/chain.ts", from: "if (chain.length > LIMITS.chainCertificates) {", to: "if (false) {" }],
    test: { file: "src/checks/checks.test.ts", name: "a broken chain fails integrity, and every check that would have to look at it" },
    tells: "chain/too-long",
  },
  {
    name: "an issuer is an authority",
    changes: [{ file: "src/pki/x509/chain.ts", from: "if (constraints?.ca !== true || !constraints.critical) {", to: "if (false) {" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "intermediate that is no authority (certificate/not-ca)" },
    tells: "certificate/not-ca",
  },
  {
    name: "an authority has no more below it than it may",
    changes: [
      {
        file: "src/pki/x509/chain.ts",
        from: "if (constraints.pathLength !== undefined && constraints.pathLength < authoritiesBelow) {",
        to: "if (false) {",
      },
    ],
    test: { file: "tests/vectors/vectors.test.ts", name: "root that may have no authority below it (certificate/path-length)" },
    tells: "certificate/path-length",
  },
  {
    name: "an authority signs no image",
    changes: [{ file: "src/pki/x509/chain.ts", from: "if (leaf.basicConstraints?.ca === true) throw", to: "if (false) throw" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "leaf that is an authority (certificate/leaf-is-ca)" },
    tells: "certificate/leaf-is-ca",
  },
  {
    name: "a certificate for another purpose signs no image",
    changes: [
      {
        file: "src/pki/x509/chain.ts",
        from: 'if (purpose !== undefined) throw refuse("certificate/extended-key-usage", leaf, `has the extended',
        to: 'if (false) throw refuse("certificate/extended-key-usage", leaf, `has the extended',
      },
    ],
    test: { file: "tests/vectors/vectors.test.ts", name: "leaf for timestamps (certificate/extended-key-usage)" },
    tells: "certificate/extended-key-usage",
  },
  {
    name: "a broken hash vouches for no certificate",
    changes: [{ file: "src/pki/x509/chain.ts", from: "if (certificate.signatureAlgorithm === undefined) {", to: "if (false) {" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "leaf signed with SHA-1 (certificate/weak-signature)" },
    tells: "certificate/weak-signature",
  },
  {
    name: "a publisher's name that is not shown is a no",
    changes: [
      {
        file: "src/policy/signature-view.ts",
        from: 'return finding("product", "identity/name-not-signed", message);',
        to: 'return finding("product", "identity/product-signed", message);',
      },
    ],
    test: {
      file: "src/policy/signature-view.test.ts",
      name: "a name that the image was found by nowhere is no name of it",
    },
    tells: "identity/name-not-signed",
  },
];
