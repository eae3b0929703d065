/** Rules about what a policy asks of evidence and configuration. */
import type { Rule } from "./rule.ts";

export const NEEDS_RULES: readonly Rule[] = [
  {
    name: "the builder is the one that is asked for",
    changes: [
      {
        file: "src/policy/requirements/provenance.ts",
        from: "if (builder !== undefined && content.builder !== builder)",
        to: "if (false)",
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "provenance: builder and build type are compared exactly, and what is not said does not count",
    },
    tells: "evidence/builder",
  },
  {
    name: "the build type is the one that is asked for",
    changes: [
      {
        file: "src/policy/requirements/provenance.ts",
        from: "if (buildType !== undefined && content.buildType !== buildType) {",
        to: "if (false) {",
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "provenance: builder and build type are compared exactly, and what is not said does not count",
    },
    tells: "evidence/build-type",
  },
  {
    name: "no other source is built in",
    changes: [
      {
        file: "src/policy/requirements/provenance.ts",
        from: "if (sources.length > 0 && other === undefined) return [];",
        to: "if (sources.some(({ uri }) => uri === asked)) return [];",
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "provenance: the source is that of the product, alone, and at the ref",
    },
    tells: "evidence/source",
  },
  {
    name: "the source is of the ref that is asked for",
    changes: [
      { file: "src/policy/requirements/provenance.ts", from: "if (refs.length > 0 && other === undefined) return [];", to: "return [];" },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "provenance: the source is that of the product, alone, and at the ref",
    },
    tells: "evidence/ref",
  },
  {
    name: "an SBOM that lists nothing does not count",
    changes: [{ file: "src/policy/requirements/sbom.ts", from: "if (all.length === 0)", to: "if (false)" }],
    test: { file: "src/policy/countersign/requirements.test.ts", name: "sbom: one that lists nothing does not count" },
    tells: "evidence/sbom-empty",
  },
  {
    name: "denied packages are not in the image",
    changes: [{ file: "src/policy/requirements/sbom.ts", from: "if (found.length === 0) return objections;", to: "return objections;" }],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "sbom: denied packages are told by their package URL, however it is written",
    },
    tells: "true",
  },
  {
    name: "of licences that are joined by AND each holds",
    changes: [{ file: "src/policy/requirements/license.ts", from: "? WORST_FIRST : BEST_FIRST", to: "? BEST_FIRST : BEST_FIRST" }],
    test: { file: "src/policy/countersign/requirements.test.ts", name: "sbom: an expression is denied only if every way to choose is" },
    tells: "evidence/denied-license",
  },
  {
    name: "of licences that are joined by OR one can be chosen",
    changes: [{ file: "src/policy/requirements/license.ts", from: "? WORST_FIRST : BEST_FIRST", to: "? WORST_FIRST : WORST_FIRST" }],
    test: { file: "src/policy/countersign/requirements.test.ts", name: "sbom: an expression is denied only if every way to choose is" },
    tells: "evidence/denied-license",
  },
  {
    name: "a licence that is not known is none that is allowed",
    changes: [{ file: "src/policy/requirements/sbom.ts", from: 'if (unknown.length > 0 && asked.unknown !== "allow")', to: "if (false)" }],
    test: { file: "src/policy/countersign/requirements.test.ts", name: "sbom: an expression is denied only if every way to choose is" },
    tells: "evidence/license-unknown",
  },
  {
    name: "findings that are worse are denied too",
    changes: [
      {
        file: "src/policy/requirements/scan.ts",
        from: "return at >= SEVERITIES.indexOf(from);",
        to: "return at === SEVERITIES.indexOf(from);",
      },
    ],
    test: { file: "tests/advisories/needs.test.ts", name: "a finding that is worse than the policy's bound is denied too" },
    tells: "evidence/vulnerable",
  },
  {
    name: "findings of unknown severity are denied",
    changes: [{ file: "src/policy/requirements/scan.ts", from: 'asked.unknownSeverity === "allow" ? []', to: "true ? []" }],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "scan: findings as severe as the policy says, and worse, are denied, and those of unknown severity",
    },
    tells: "evidence/severity-unknown",
  },
  {
    name: "a scanner's database is no older than asked",
    changes: [{ file: "src/policy/requirements/scan.ts", from: "if (age <= databaseMaxAge * 1000) return [];", to: "return [];" }],
    test: { file: "src/policy/countersign/requirements.test.ts", name: "scan: the database must be new enough, and say so" },
    tells: "evidence/database-too-old",
  },
  {
    name: "a scanner's database says how old it is",
    changes: [
      {
        file: "src/policy/requirements/scan.ts",
        from: "if (at === undefined || Number.isNaN(at.getTime()))",
        to: "if (at === undefined || Number.isNaN(at.getTime())) return [];\n    if (false)",
      },
    ],
    test: { file: "src/policy/countersign/requirements.test.ts", name: "scan: the database must be new enough, and say so" },
    tells: "evidence/database-age-unknown",
  },
  {
    name: "tests have passed",
    changes: [
      {
        file: "src/policy/requirements/test.ts",
        from: "if (isEnough && content.failed.length === 0) return [];",
        to: "if (isEnough) return [];",
      },
    ],
    test: { file: "src/policy/countersign/requirements.test.ts", name: "test: what has failed, or only been warned of, does not count" },
    tells: "evidence/test-failed",
  },
  {
    name: "of several words about a finding the last counts",
    changes: [
      {
        file: "src/policy/requirements/vex.ts",
        from: "(against.length === 0 || isLater(word.at, last))",
        to: "true",
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "vex: the last word counts, and of two of one time, or of none, the worse",
    },
    tells: "false",
  },
  {
    name: "VEX about another image's digest excuses nothing",
    changes: [{ file: "src/policy/requirements/vex.ts", from: "if (digest !== undefined && isOfImage) return undefined;", to: "" }],
    test: { file: "tests/advisories/needs.test.ts", name: "VEX about another image of the same name excuses nothing here" },
    tells: "is about pkg:oci/base",
  },
  {
    name: "an expression that does not hold is a no",
    changes: [
      {
        file: "src/policy/countersign/expressions.ts",
        from: 'if (answer === false) return [{ code: "evidence/expression-false"',
        to: 'if (answer === false) return []; if (false) return [{ code: "evidence/expression-false"',
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "attestation: what the expression asks must hold, and what cannot be found out does not",
    },
    tells: "evidence/expression-false",
  },
  {
    name: "an expression without an answer is no yes",
    changes: [
      {
        file: "src/policy/countersign/expressions.ts",
        from: 'return [{ code: "evidence/expression-error", message: `of it could not be asked',
        to: 'return answer ? [] : [{ code: "evidence/expression-error", message: `of it could not be asked',
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "attestation: what the expression asks must hold, and what cannot be found out does not",
    },
    tells: "evidence/expression-error",
  },
  {
    name: "a member that is not there has no members",
    changes: [
      {
        file: "src/policy/cel/functions.ts",
        from: "if (!isCelMap(value)) throw new Error(`what is asked for ${name} has no members`);",
        to: "if (!isCelMap(value)) return false;",
      },
    ],
    test: {
      file: "tests/advisories/policy.test.ts",
      name: "a member that is missing, or of another kind, makes no expression true by its absence",
    },
    tells: "evidence/expression",
  },
  {
    name: "an expression has a budget",
    changes: [{ file: "src/policy/cel/budget.ts", from: "return this.#left < 0;", to: "return this.#left < -2_000_000_000;" }],
    test: { file: "src/policy/cel/language.test.ts", name: 'is cut short: predicate.many.all(x, !predicate.long.contains("b"))' },
    tells: "costs more than an expression may",
  },
  {
    name: "a rule that does not hold is a no",
    changes: [
      {
        file: "src/policy/countersign/expressions.ts",
        from: 'if (answer === false) return [{ code: "rule/false"',
        to: 'if (answer === false) return []; if (false) return [{ code: "rule/false"',
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "rules: they hold at their gate and for those that come after, and a fault in one is no yes",
    },
    tells: "rule/false",
  },
  {
    name: "a rule without an answer is no yes",
    changes: [
      {
        file: "src/policy/countersign/expressions.ts",
        from: 'return [{ code: "rule/error"',
        to: 'return answer ? [] : [{ code: "rule/error"',
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "rules: they hold at their gate and for those that come after, and a fault in one is no yes",
    },
    tells: "rule/error",
  },
  {
    name: "the image's user is not root",
    changes: [
      {
        file: "src/policy/requirements/image.ts",
        from: "if (/^[1-9][0-9]{0,9}$/.test(name) && Number(name) < 2 ** 31) return [];",
        to: "if (/^[0-9]+$/.test(name)) return [];",
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "image: the user is another than root by number, or the one that is named",
    },
    tells: "image/user",
  },
  {
    name: "the image exposes no other ports",
    changes: [{ file: "src/policy/requirements/image.ts", from: "if (others.length === 0) return [];", to: "return [];" }],
    test: { file: "src/policy/countersign/requirements.test.ts", name: "image: it exposes no other ports" },
    tells: "image/ports",
  },
  {
    name: "a configuration in other letters is none",
    changes: [
      {
        file: "src/policy/requirements/image.ts",
        from: 'if (!isObject(document) || hasVariant(document, ["config"])) return undefined;',
        to: "if (!isObject(document)) return undefined;",
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "image: the user is another than root by number, or the one that is named",
    },
    tells: "image/config",
  },
  {
    name: "each commit is there",
    changes: [
      {
        file: "src/policy/requirements/commits.ts",
        from: "if (commit === undefined) missing.push(id);",
        to: "if (commit === undefined) continue;",
      },
    ],
    test: { file: "src/policy/requirements/commits.test.ts", name: "are told by what is wrong with each" },
    tells: "author/unproven",
  },
  {
    name: "each commit is signed by one who is asked",
    changes: [
      {
        file: "src/policy/requirements/commits.ts",
        from: "if (name !== undefined && asked.includes(name)) return undefined;",
        to: "if (name !== undefined) return undefined;",
      },
    ],
    test: { file: "src/policy/requirements/commits.test.ts", name: "are told by what is wrong with each" },
    tells: "author/unknown-signer",
  },
  {
    name: "what a part of an expression is asked for it can be",
    changes: [{ file: "src/policy/cel/hopeless.ts", from: "if (asker !== undefined)", to: "if (asker === known)" }],
    test: { file: "src/policy/cel/language.test.ts", name: "is refused as neither true nor false: !gate" },
    tells: "is neither true nor false",
  },
  {
    name: "a builder who agrees with itself",
    changes: [
      {
        file: "src/policy/agreeing.ts",
        from: "`builder ${content.builder}`",
        to: "`builder ${content.builder} ${weighed.found.report.digest}`",
      },
    ],
    test: { file: "src/policy/agreeing.test.ts", name: "are distinct builders" },
    tells: "2 !== 1",
  },
  {
    name: "a party that agrees with itself",
    changes: [
      {
        file: "src/policy/agreeing.ts",
        from: 'member: member ?? "", builder',
        to: "member: `${member} ${builder}`, builder",
      },
    ],
    test: { file: "src/policy/agreeing.test.ts", name: "are of distinct parties" },
    tells: "2 !== 1",
  },
  {
    name: "so many builders as are asked for",
    changes: [{ file: "src/policy/decide-evidence.ts", from: "agreed.length >= (agree ?? 1)", to: "agreed.length >= 1" }],
    test: { file: "tests/evidence/agree.test.ts", name: "one builder alone, or one who says it twice, is no" },
    tells: "deny",
  },
  {
    name: "one signature of OpenPGP, and not several",
    changes: [
      { file: "src/pki/openpgp/signature.ts", from: "if (packet === undefined || packets.length > 1)", to: "if (packet === undefined)" },
    ],
    test: { file: "src/pki/openpgp/signature.test.ts", name: "several signatures, whoever else has signed" },
    tells: "invalid",
  },
  {
    name: "a signature of OpenPGP is over bytes",
    changes: [
      {
        file: "src/pki/openpgp/signature.ts",
        from: "if (packet.signatureType !== library.enums.signature.binary)",
        to: "if (packet.signatureType === undefined)",
      },
    ],
    test: { file: "src/pki/openpgp/signature.test.ts", name: "a signature of another type" },
    tells: "invalid",
  },
  {
    name: "an OpenPGP key that the policy does not have",
    changes: [
      {
        file: "src/policy/requirements/commits.ts",
        from: 'if (signature.kind === "openpgp-other")',
        to: 'if (signature.kind === "openpgp-other") return undefined; if (signature.kind === "openpgp-other")',
      },
    ],
    test: { file: "src/policy/requirements/commits.test.ts", name: "are told by what is wrong with each" },
    tells: "author/unknown-signer",
  },
  {
    name: "a signature of OpenPGP that nobody has checked",
    changes: [
      {
        file: "src/policy/requirements/commits.ts",
        from: 'if (signature.kind === "openpgp-unverified") return',
        to: 'if (signature.kind === "openpgp-unverified") return undefined; if (signature.kind === "none") return',
      },
    ],
    test: { file: "src/policy/requirements/commits.test.ts", name: "are told by what is wrong with each" },
    tells: "author/unproven",
  },
  {
    name: "the provenance names a base",
    changes: [
      { file: "src/evidence/bases.ts", from: "if (named.length === 0) return", to: "if (named.length === 0) return []; if (false) return" },
    ],
    test: { file: "tests/evidence/bases.test.ts", name: "no base named is no" },
    tells: "deny",
  },
  {
    name: "the base's layers begin the image's",
    changes: [{ file: "src/evidence/bases.ts", from: "base.every((id, at) => id === image[at])", to: "true" }],
    test: {
      file: "tests/evidence/bases.test.ts",
      name: "an image that does not begin with the layers of a base that the policy lists has none",
    },
    tells: "deny",
  },
  {
    name: "a configuration is of the manifest's layers",
    changes: [{ file: "src/evidence/image-config.ts", from: "checkLayers(document, layers);", to: "" }],
    test: {
      file: "tests/evidence/bases.test.ts",
      name: "a configuration that says other layers to programs in Go, or more or fewer than there are, begins with no base's",
    },
    tells: "pass",
  },
  {
    name: "the base passes its own gate",
    changes: [{ file: "src/evidence/bases.ts", from: 'if (verdict.outcome === "pass") return [];', to: "return [];" }],
    test: { file: "tests/evidence/bases.test.ts", name: "a base counts once it passes its own gate" },
    tells: "deny",
  },
  {
    name: "a base that cannot be asked for leaves the answer open",
    changes: [{ file: "src/evidence/bases.ts", from: "if (unread.length > 0) return", to: "if (false) return" }],
    test: { file: "tests/evidence/bases.test.ts", name: "a base that cannot be asked for leaves the answer open" },
    tells: "unknown",
  },
];
