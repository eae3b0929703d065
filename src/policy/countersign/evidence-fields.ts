/** Every field of what a gate asks of evidence and of the image's configuration, for `fields.ts`. */
import { SEVERITIES } from "../requirements/asked.ts";
import { DURATION, type FieldValue, type ObjectShape, oneOrList, TEXT } from "./field.ts";
import { NAME_PATTERN } from "./name.ts";

export type EvidenceObjectName =
  | "provenance"
  | "commit"
  | "sbom"
  | "licenses"
  | "packages"
  | "scan"
  | "unless"
  | "who"
  | "test"
  | "vex"
  | "attestation"
  | "image"
  | "rule";

const TEXTS: FieldValue = { kind: "list", of: TEXT };
const NAMES = oneOrList(TEXT);
const ALLOW: FieldValue = { kind: "text", allowed: ["deny", "allow"] };

function object(name: EvidenceObjectName): FieldValue {
  return { kind: "object", object: name };
}

/** Sections that hold one need of the gate `build`. */
function need(text: string): string {
  return `gates:\n  build: { needs: [ { ${text} } ] }\n  prod: { after: build }`;
}

const RULE =
  "rules: [ { name: weekdays, gate: prod, expr: 'now.getDayOfWeek(\"Europe/Berlin\") in [1, 2, 3, 4]', message: Production opens Monday to Thursday } ]";

const COMMIT: FieldValue = { kind: "text", pattern: "^([0-9a-f]{40}|[0-9a-f]{64})$" };

/** Sections with people who sign commits. */
function commits(text: string): string {
  const people = ["ana", "bo", "eva", "finn"].map((name, i) => `  ${name}: { git: [ { ssh: "SHA256:${"ABCD"[i]?.repeat(42)}A" } ] }`);
  const parties = "  ci: { certificate: { anchor: ca:acme, subject: { CN: ci, O: Acme, C: US } } }";
  return `people:\n${people.join("\n")}\nparties:\n${parties}\n${need(`provenance: { by: ci, commit: ${text} }`)}`;
}

const BY = {
  summary: "A person, a party, or a list of them: the statement of anyone of them will do.",
  value: NAMES,
  isRequired: true,
} as const;

const ASSERTED = {
  summary:
    "Whose word counts for a document that names no image (JUnit, TAP, SARIF, the SBOM of a source tree): some of those in `by`. Without it such a document counts for nothing.",
  value: object("who"),
} as const;

function maxAge(what: string): Pick<ObjectShape["fields"][string], "summary" | "value"> {
  return { summary: `How old ${what} may be: \`24h\`, \`7d\`. What does not say how old it is does not count.`, value: DURATION };
}

export const EVIDENCE_OBJECTS: Readonly<Record<EvidenceObjectName, ObjectShape>> = {
  provenance: {
    title: "a provenance requirement",
    summary:
      "Provenance (SLSA) by one of these, that says all that is asked for. Texts are compared exactly. Each image of an index needs its own.",
    example: '{ by: ci, builder: "https://ci.acme.io/runner", source: "git+https://git.acme.io/shop", ref: refs/heads/main }',
    fields: {
      by: { ...BY, example: need("provenance: { by: ci }") },
      builder: {
        summary: "The builder's id.",
        value: TEXT,
        example: need('provenance: { by: ci, builder: "https://ci.acme.io/runner" }'),
      },
      agree: {
        summary:
          "How many must say it, of whom no two are the same and no two name the same builder: so many builders have come to the same image. One builder who lies about what is in it is not enough then, and the build must be the same each time, to the byte. It does not stand beside `builder`.",
        value: { kind: "count" },
        example: need("provenance: { by: [ci, ana], agree: 2 }"),
      },
      buildType: {
        summary: "How it was built: the build type's URI.",
        value: TEXT,
        example: need('provenance: { by: ci, buildType: "https://ci.acme.io/buildkit/v1" }'),
      },
      commit: {
        summary: "The commits that it was built from.",
        value: object("commit"),
        example: commits("{ signedBy: people }"),
      },
      source: {
        summary:
          "What it was built from, as the builder writes it without the revision, and nothing else beside it. It may hold the product's variables; with all of them it says of which product the image is, so that machines that sign for many products need not.",
        value: TEXT,
        example:
          'products:\n  shop/{app}: { build: "ghcr.io/acme/{app}", prod: "registry.acme.io/{app}" }\ngates:\n  build: { needs: [ { provenance: { by: ci, source: "git+https://git.acme.io/{app}" } } ] }\n  prod: { after: build }',
      },
      ref: {
        summary: "The branch or tag of the source.",
        value: TEXT,
        example: need('provenance: { by: ci, source: "git+https://git.acme.io/shop", ref: refs/heads/main }'),
      },
      base: {
        summary:
          "The gate that the image's base has to pass, in the base's own repository. The base is the image that the provenance names by its digest and whose layers the image begins with; one that names none does not count. `none`, or nothing, asks for no base.",
        value: TEXT,
        example:
          "products:\n  shop: { build: ghcr.io/acme/shop, prod: registry.acme.io/shop }\n  base: { base: registry.acme.io/base }\nsharedSigner: true\ngates:\n  base: { needs: [ { signature: { by: ana } } ] }\n  build: { needs: [ { provenance: { by: ci, base: base } } ] }\n  prod: { after: build }",
      },
    },
  },
  commit: {
    title: "commits",
    summary:
      "Who must have signed the commits that the provenance names, and all before them. They come with a source statement (`countersign attest --git`) by one of those whose provenance is asked for, and each is checked by its own bytes.",
    example: "{ signedBy: people }",
    fields: {
      signedBy: {
        summary: "`people` for all whose keys the policy has, or names of people and groups.",
        value: NAMES,
        isRequired: true,
        example: commits("{ signedBy: [eva, finn] }"),
      },
      since: {
        summary:
          "A commit, or a list of them, that is not asked about, nor what lies before it: what was there when signing began. Without it the whole history must be signed.",
        value: { kind: "either", of: [COMMIT, { kind: "list", of: COMMIT }] },
        example: commits(`{ signedBy: people, since: "${"1f".repeat(20)}" }`),
      },
    },
  },
  sbom: {
    title: "an SBOM requirement",
    summary:
      "An SBOM (SPDX or CycloneDX) by one of these, with nothing in it that is denied. Of several the newest counts. One that lists nothing counts for nothing. Each image of an index needs its own.",
    example: '{ by: ci, licenses: { deny: [AGPL-3.0-only] }, packages: { deny: ["pkg:npm/event-stream"] } }',
    fields: {
      by: { ...BY, example: need("sbom: { by: ci }") },
      licenses: {
        summary: "Licences of the packages.",
        value: object("licenses"),
        example: need("sbom: { by: ci, licenses: { deny: [AGPL-3.0-only] } }"),
      },
      packages: {
        summary: "The packages themselves.",
        value: object("packages"),
        example: need('sbom: { by: ci, packages: { deny: ["pkg:npm/event-stream"] } }'),
      },
      asserted: { ...ASSERTED, example: need("sbom: { by: ci, asserted: { by: ci } }") },
    },
  },
  licenses: {
    title: "licences",
    summary:
      "SPDX identifiers. Of `A OR B` one must be acceptable, of `A AND B` both; a licence `WITH` an exception is as acceptable as without it, unless it is listed with it. A name in words is known only where the list has the same words.",
    example: "{ deny: [AGPL-3.0-only] }",
    fields: {
      deny: {
        summary: "Those that may not be.",
        value: TEXTS,
        example: need("sbom: { by: ci, licenses: { deny: [AGPL-3.0-only, AGPL-3.0-or-later] } }"),
      },
      allow: {
        summary: "The only ones that may be.",
        value: TEXTS,
        example: need("sbom: { by: ci, licenses: { allow: [Apache-2.0, MIT, BSD-3-Clause] } }"),
      },
      unknown: {
        summary: "What a package does whose licence the SBOM does not say: `deny` unless told, because it may be any.",
        value: ALLOW,
        example: need("sbom: { by: ci, licenses: { deny: [AGPL-3.0-only], unknown: allow } }"),
      },
    },
  },
  packages: {
    title: "packages",
    summary: "Package URLs, compared by type, namespace and name; qualifiers play no part.",
    example: '{ deny: ["pkg:npm/event-stream"] }',
    fields: {
      deny: {
        summary:
          "Those that may not be: every version, or the one that is written. A package without a package URL is compared by its name.",
        value: TEXTS,
        isRequired: true,
        example: need('sbom: { by: ci, packages: { deny: ["pkg:npm/event-stream", "pkg:pypi/ctx@0.2.6"] } }'),
      },
    },
  },
  scan: {
    title: "a scan requirement",
    summary:
      "A scan for vulnerabilities by one of these, without findings that are denied. Of several the newest counts. Each image of an index needs its own.",
    example: "{ by: scanner, maxAge: 24h, deny: critical }",
    fields: {
      by: { ...BY, example: need("scan: { by: ci, deny: critical }") },
      deny: {
        summary: "Findings that may not be: of this severity and worse.",
        value: { kind: "text", allowed: SEVERITIES },
        isRequired: true,
        example: need("scan: { by: ci, deny: high }"),
      },
      maxAge: { ...maxAge("the scan"), example: need("scan: { by: ci, maxAge: 24h, deny: critical }") },
      databaseMaxAge: {
        ...maxAge("the scanner's database"),
        example: need("scan: { by: ci, databaseMaxAge: 48h, deny: critical }"),
      },
      unknownSeverity: {
        summary: "What a finding does whose severity the scanner does not know: `deny` unless told, because it may be any.",
        value: ALLOW,
        example: need("scan: { by: ci, deny: critical, unknownSeverity: allow }"),
      },
      unless: {
        summary: "What excuses a finding.",
        value: object("unless"),
        example: need("scan: { by: ci, deny: critical, unless: { vex: { by: [ana, bo] } } }"),
      },
    },
    never: { asserted: "a scan whose image is only somebody's word could be of any other image" },
  },
  unless: {
    title: "what excuses a finding",
    summary: "Nothing else does.",
    example: "{ vex: { by: security } }",
    fields: {
      vex: {
        summary:
          "A VEX statement about the image by one of these, that it is `not_affected` or `fixed`. It names the image by its digest, or the package by its package URL; the last word on it counts.",
        value: object("who"),
        isRequired: true,
        example: need("scan: { by: ci, deny: critical, unless: { vex: { by: ana } } }"),
      },
    },
  },
  who: {
    title: "whose word",
    summary: "Those whose word counts.",
    example: "{ by: security }",
    fields: {
      by: {
        summary: "A person, a party, or a list of them: anyone of them.",
        value: NAMES,
        isRequired: true,
        example: need("scan: { by: ci, deny: critical, unless: { vex: { by: [ana, bo] } } }"),
      },
    },
  },
  test: {
    title: "a test requirement",
    summary: "A test result by one of these. Of several the newest counts.",
    example: "{ by: ci, result: passed }",
    fields: {
      by: { ...BY, example: need("test: { by: ci }") },
      result: {
        summary: "The worst result that will do: `passed` unless told.",
        value: { kind: "text", allowed: ["passed", "warned"] },
        example: need("test: { by: ci, result: passed }"),
      },
      maxAge: { ...maxAge("the result"), example: need("test: { by: ci, maxAge: 7d }") },
      asserted: { ...ASSERTED, example: need("test: { by: ci, asserted: { by: ci } }") },
    },
  },
  vex: {
    title: "a VEX requirement",
    summary: "A VEX document (OpenVEX) about the image by one of these. Each image of an index needs its own.",
    example: "{ by: security }",
    fields: { by: { ...BY, example: need("vex: { by: [ana, bo] }") } },
  },
  attestation: {
    title: "an attestation requirement",
    summary: "An in-toto statement of any other type by one of these. Of several the newest counts.",
    example: '{ by: ci, type: "https://acme.io/review/v1", expr: \'predicate.result == "ok"\' }',
    fields: {
      by: { ...BY, example: need('attestation: { by: ci, type: "https://acme.io/review/v1" }') },
      type: {
        summary: "The predicate type's URI, compared exactly.",
        value: TEXT,
        isRequired: true,
        example: need('attestation: { by: ci, type: "https://acme.io/review/v1" }'),
      },
      maxAge: { ...maxAge("the statement"), example: need('attestation: { by: ci, type: "https://acme.io/review/v1", maxAge: 30d }') },
      asserted: { ...ASSERTED, example: need('attestation: { by: ci, type: "https://acme.io/review/v1", asserted: { by: ci } }') },
      expr: {
        summary:
          "What must hold of it, in CEL: `predicate` is the statement's, `subject` has its `name`, `digest` and `annotations`. What cannot be found out (a member that is not there) does not hold.",
        value: TEXT,
        example: need('attestation: { by: ci, type: "https://acme.io/review/v1", expr: \'predicate.result == "ok"\' }'),
      },
    },
  },
  rule: {
    title: "a rule",
    summary: "An expression that must hold at a gate, whatever is signed.",
    example: "{ name: office-hours, gate: prod, expr: 'now.getHours(\"Europe/Berlin\") < 16', message: Production opens before four }",
    fields: {
      name: {
        summary: "What verdicts call it.",
        value: { kind: "text", pattern: NAME_PATTERN },
        isRequired: true,
        example: RULE,
      },
      gate: { summary: "The gate that asks it, and with it those that come after.", value: TEXT, isRequired: true, example: RULE },
      expr: {
        summary:
          'CEL. `now` is the moment, as a timestamp (`now.getDayOfWeek("Europe/Berlin")`: Sunday is 0); `image` has `digest` and `repository`; `product` and `gate` are names.',
        value: TEXT,
        isRequired: true,
        example: RULE,
      },
      message: { summary: "What a verdict says where it does not hold.", value: TEXT, isRequired: true, example: RULE },
    },
  },
  image: {
    title: "an image requirement",
    summary: "What the image's own configuration must say; nobody signs it but in the image's digest. Each image of an index must.",
    example: "{ user: nonroot, ports: [8080] }",
    fields: {
      user: {
        summary:
          "`nonroot`: a number above 0, as Kubernetes' `runAsNonRoot` wants it, because a file in the image says which number a name is. Or one user: `app`, `1000`, `1000:1000`.",
        value: TEXT,
        example: need("image: { user: nonroot }"),
      },
      ports: {
        summary: "The only ports that it may expose: numbers, which are TCP, or `53/udp`. An empty list is none.",
        value: {
          kind: "list",
          of: { kind: "either", of: [{ kind: "count" }, { kind: "text", pattern: "^[1-9][0-9]{0,4}/(tcp|udp|sctp)$" }] },
        },
        example: need('image: { ports: [8080, "53/udp"] }'),
      },
    },
  },
};
