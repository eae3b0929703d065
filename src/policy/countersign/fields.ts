/** Every field of a policy: what it is for, what it holds, and an example that loads. */
import {
  APPROVAL_OBJECTS,
  type ApprovalObjectName,
  APPROVE_FIELD,
  BREAK_GLASS_FIELD,
  EXCEPTIONS_FIELD,
  ROLLBACK_FIELD,
  STAY_FIELD,
} from "./approval-fields.ts";
import { EVIDENCE_OBJECTS, type EvidenceObjectName } from "./evidence-fields.ts";
import { API_VERSION_FIELD, DURATION, type FieldValue, type ObjectShape } from "./field.ts";
import { NAME_PATTERN as NAME } from "./name.ts";

type ObjectName =
  | "policy"
  | "person"
  | "gitKey"
  | "forge"
  | "party"
  | "certificate"
  | "san"
  | "keyFile"
  | "keyless"
  | "oidc"
  | "gate"
  | "need"
  | "signature"
  | "checks"
  | ApprovalObjectName
  | EvidenceObjectName;

const TEXT: FieldValue = { kind: "text" };
const HEX = "^[0-9a-f]{64}$";
const ACTION: FieldValue = { kind: "text", allowed: ["enforce", "log", "skip"] };

function object(name: ObjectName): FieldValue {
  return { kind: "object", object: name };
}

function names(key: string, of: FieldValue): FieldValue {
  return { kind: "names", key, of };
}

function oneOrList(of: FieldValue): FieldValue {
  return { kind: "either", of: [of, { kind: "list", of }] };
}

/** Where `sharedSigner` belongs, which is looked for where signers and products are. */
export const SHARED_SIGNER_PLACE = "the top level of the policy, beside products";
const ELSEWHERE = { sharedSigner: SHARED_SIGNER_PLACE };

const COMMITTERS = `people:
  ana: { certificate: { anchor: ca:acme, subject: { CN: Ana, O: Acme, C: US } }, git: [ { ssh: "SHA256:${"A".repeat(43)}" } ], authors: [ana@acme.io] }
  bo: { certificate: { anchor: ca:acme, subject: { CN: Bo, O: Acme, C: US } } }`;

const FORGES = `forges:
  github: { git: [ { ssh: "SHA256:${"B".repeat(42)}A" } ] }`;

export const OBJECTS: Readonly<Record<ObjectName, ObjectShape>> = {
  policy: {
    title: "a policy",
    summary:
      "The document. Its host spellings, the order of sets, and values written out that hold anyway change nothing of what it means.",
    example: "apiVersion: countersign.dev/v1, kind: Policy, name, version, products, parties or people, and gates",
    fields: {
      apiVersion: API_VERSION_FIELD,
      kind: { summary: "What the document is.", value: { kind: "text", allowed: ["Policy"] }, isRequired: true, example: "kind: Policy" },
      name: {
        summary: "The policy's name, which every verdict shows. Letters, digits and `. _ -`.",
        value: { kind: "text", pattern: NAME },
        isRequired: true,
        example: "name: shop",
      },
      version: {
        summary: "A number that grows by 1 with every change.",
        value: { kind: "count" },
        isRequired: true,
        example: "version: 2",
      },
      previous: {
        summary:
          "The digest of the version before this one. `policy sign` asks for it, and a machine that has seen a version takes only what follows it.",
        value: { kind: "text", pattern: "^sha256:[0-9a-f]{64}$" },
        example: `version: 2\nprevious: sha256:${"1f".repeat(32)}`,
      },
      products: {
        summary:
          "What is built, and the repository in which it is found at each gate. A name may hold variables: `{app}` stands for one segment of a repository or a part of one, `{path...}` for one or more segments. Every repository holds the same variables as the name. No repository belongs to two products.",
        value: names("^[a-z0-9{]", names(NAME, TEXT)),
        isRequired: true,
        example: 'products:\n  shop/{app}: { build: "ghcr.io/acme/{app}", prod: "registry.acme.io/{app}" }\nsharedSigner: true',
      },
      people: {
        summary: "Persons, by the name that verdicts show. One with several identities is still counted once.",
        value: names(NAME, object("person")),
        example:
          "people:\n  ana: { certificate: { anchor: ca:acme, subject: { CN: Ana, O: Acme, C: US } } }\n  bo: { certificate: { anchor: ca:acme, subject: { CN: Bo, O: Acme, C: US } } }",
      },
      parties: {
        summary: "Machines, each with one identity, and groups of people.",
        value: names(NAME, object("party")),
        example:
          "parties:\n  ci: { certificate: { anchor: ca:acme, subject: { CN: ci, O: Acme, C: US } } }\n  release: { people: [ana, bo] }",
      },
      forges: {
        summary:
          "Sites that sign commits for those who have an account there, by name, as GitHub does with merges and edits made on its pages. Where authors may not approve, whoever has the author's mail in `authors` is kept out of what such a site signs; for `commit: { signedBy }` its signature is nobody's.",
        value: names(NAME, object("forge")),
        example: FORGES,
      },
      gates: {
        summary: "What an image needs at each place.",
        value: names(NAME, object("gate")),
        isRequired: true,
        example: "gates:\n  build: { needs: [ { signature: { by: ci } } ] }\n  prod: { after: build }",
      },
      rules: {
        summary: "Expressions that must hold at a gate, whatever is signed.",
        value: { kind: "list", of: object("rule") },
        example: "rules: [ { name: weekdays, gate: prod, expr: 'now.getDayOfWeek(\"UTC\") != 0', message: Not on Sundays } ]",
      },
      exceptions: EXCEPTIONS_FIELD,
      breakGlass: BREAK_GLASS_FIELD,
      sharedSigner: {
        summary:
          "Lets a machine sign for many products although its identity does not hold their variable. Whoever may use that machine for one product may then use it for all; each signature must name its product.",
        value: { kind: "flag" },
        example: 'products:\n  shop/{app}: { build: "ghcr.io/acme/{app}", prod: "registry.acme.io/{app}" }\nsharedSigner: true',
      },
    },
  },
  person: {
    title: "a person",
    summary:
      "How one person is known: one or more of these. Whoever is known by `git` alone signs commits, and nothing that a `by` asks for.",
    example: "{ certificate: { anchor: ca:acme, subject: { CN: Ana, O: Acme, C: US } } }",
    fields: {
      certificate: {
        summary: "The person's certificate.",
        value: object("certificate"),
        example:
          "people:\n  ana: { certificate: { anchor: ca:acme, subject: { CN: Ana, O: Acme, C: US } } }\n  bo: { certificate: { anchor: ca:acme, subject: { CN: Bo, O: Acme, C: US } } }",
      },
      key: {
        summary: "The person's public key, as for a party.",
        value: { kind: "either", of: [TEXT, object("keyFile")] },
        example: `people:\n  ana: { key: "SHA256:${"A".repeat(43)}" }\n  bo: { key: "SHA256:${"B".repeat(42)}A" }`,
      },
      oidc: {
        summary: "The person's account at an identity provider. It matches nothing in this version.",
        value: object("oidc"),
        example:
          'people:\n  ana: { oidc: { issuer: "https://login.acme.io", subject: "8d1c" } }\n  bo: { oidc: { issuer: "https://login.acme.io", subject: "5a07" } }',
      },
      keyless: {
        summary: "The person as a Sigstore certificate names them. It matches nothing in this version.",
        value: object("keyless"),
        example:
          'people:\n  ana: { keyless: { issuer: "https://login.acme.io", identity: "ana@acme.io" } }\n  bo: { keyless: { issuer: "https://login.acme.io", identity: "bo@acme.io" } }',
      },
      git: { summary: "Keys that the person signs commits with.", value: { kind: "list", of: object("gitKey") }, example: COMMITTERS },
      authors: {
        summary:
          "Mail addresses that the person's commits have. They keep the author of a commit from approving it, and never let anyone in: anyone can write any mail into a commit.",
        value: { kind: "list", of: { kind: "text", pattern: "^[^\\s<>@]+@[^\\s<>@]+$" } },
        example: COMMITTERS,
      },
    },
  },
  gitKey: {
    title: "a key for commits",
    summary: "What somebody signs commits with: exactly one of these.",
    example: '{ ssh: "SHA256:…" }',
    fields: {
      ssh: {
        summary: "The fingerprint of an SSH key, as `ssh-keygen -l -f KEY.pub` shows it.",
        value: { kind: "text", pattern: "^SHA256:[A-Za-z0-9+/]{43}$" },
        example: COMMITTERS,
      },
      openpgp: {
        summary:
          "A public key of OpenPGP in armour (`gpg --armor --export --export-options export-minimal FINGERPRINT`), or its file: a signature does not bring its key along. Such signatures are checked by the package `openpgp`, which is to be installed beside Countersign; without it they are not known to be good.",
        value: { kind: "either", of: [TEXT, object("keyFile")] },
        example:
          'people:\n  ana: { certificate: { anchor: ca:acme, subject: { CN: Ana, O: Acme, C: US } }, git: [ { openpgp: { file: keys/ana.asc, sha256: "1b7b8700f0d09b1c5e4c0850b1e12d54afc17c934688074b8432f0df7dd28f40" } } ] }\n  bo: { certificate: { anchor: ca:acme, subject: { CN: Bo, O: Acme, C: US } } }',
      },
    },
  },
  forge: {
    title: "a forge",
    summary:
      "A site that signs the commits which it makes itself, for whoever has an account there. It is believed about the account alone, and only ever keeps somebody out.",
    example: '{ git: [ { ssh: "SHA256:…" } ] }',
    fields: {
      git: {
        summary: "Keys that it signs such commits with. They are nobody else's.",
        value: { kind: "list", of: object("gitKey") },
        isRequired: true,
        example: FORGES,
      },
    },
  },
  party: {
    title: "a party",
    summary: "A machine, with exactly one identity, or a group of people.",
    example: "{ certificate: { anchor: ca:acme, subject: { CN: ci, O: Acme, C: US } } } or { people: [ana, bo] }",
    elsewhere: ELSEWHERE,
    fields: {
      certificate: {
        summary: "The machine's certificate. Its texts may hold variables of the products that the machine signs for.",
        value: object("certificate"),
        example:
          'products:\n  shop/{app}: { build: "ghcr.io/acme/{app}", prod: "registry.acme.io/{app}" }\nparties:\n  ci: { certificate: { anchor: ca:acme, subject: { CN: "ci-{app}", O: Acme, C: US } } }',
      },
      key: {
        summary:
          "The machine's public key: `SHA256:` and the base64 of the SHA-256 of its SubjectPublicKeyInfo, without `=` (`openssl pkey -pubin -in ci.pub -outform DER | openssl dgst -sha256 -binary | base64`); or the key in PEM; or its file. A signature without a certificate (a Sigstore bundle) needs the key itself.",
        value: { kind: "either", of: [TEXT, object("keyFile")] },
        example: `parties:\n  ci: { key: "SHA256:${"A".repeat(43)}" }`,
      },
      keyless: {
        summary: "A workload as a Sigstore certificate names it. It matches nothing in this version.",
        value: object("keyless"),
        example:
          'parties:\n  ci: { keyless: { issuer: "https://token.actions.githubusercontent.com", identity: "https://github.com/acme/shop/.github/workflows/release.yml@refs/heads/main", repositoryId: "123", ownerId: "45" } }',
      },
      oidc: {
        summary: "A workload as its identity provider names it. It matches nothing in this version.",
        value: object("oidc"),
        example: 'parties:\n  ci: { oidc: { issuer: "https://ci.acme.io", subject: "4711" } }',
      },
      people: {
        summary: "The group's people, by name. Each of them counts once.",
        value: { kind: "list", of: TEXT },
        example: "parties:\n  ci: { people: [ana, bo] }",
      },
    },
  },
  certificate: {
    title: "a certificate",
    summary: "An anchor, and exactly one of subject, san and fingerprint. All are compared exactly.",
    example: "{ anchor: ca:acme, subject: { CN: ci, O: Acme, C: US } }",
    fields: {
      anchor: {
        summary: "The trust store that the signer's chain must lead to: `ca:NAME` or `signingAuthority:NAME`.",
        value: { kind: "text", pattern: "^(ca|signingAuthority):[a-zA-Z0-9_.-]{1,255}$" },
        isRequired: true,
        example: "parties:\n  ci: { certificate: { anchor: signingAuthority:acme, subject: { CN: ci, O: Acme, C: US } } }",
      },
      subject: {
        summary:
          "The certificate's whole subject: every pair of it and no other, in any order. A type that is there several times has a list. `countersign inspect REF` shows a signer's subject.",
        value: names("^(C|CN|DC|GN|L|O|OU|POSTALCODE|SERIALNUMBER|SN|ST|STREET|UID|[0-2](\\.[0-9]+)+)$", oneOrList(TEXT)),
        example: "parties:\n  ci: { certificate: { anchor: ca:acme, subject: { CN: ci, OU: [Build, Shop], O: Acme, C: US } } }",
      },
      san: {
        summary: "One of the certificate's alternative names.",
        value: object("san"),
        example: "parties:\n  ci: { certificate: { anchor: ca:acme, san: { dns: ci.acme.io } } }",
      },
      fingerprint: {
        summary: "SHA-256 of the certificate in DER: 64 lower-case hex digits. A renewed certificate is another one.",
        value: { kind: "text", pattern: HEX },
        example: `parties:\n  ci: { certificate: { anchor: ca:acme, fingerprint: "${"4f".repeat(32)}" } }`,
      },
    },
  },
  san: {
    title: "an alternative name",
    summary: "Exactly one of these.",
    example: "{ dns: ci.acme.io }",
    fields: {
      dns: {
        summary: "A host name in lower case, without a wildcard.",
        value: TEXT,
        example: "parties:\n  ci: { certificate: { anchor: ca:acme, san: { dns: ci.acme.io } } }",
      },
      uri: {
        summary: "A URI, such as a SPIFFE ID.",
        value: TEXT,
        example: 'parties:\n  ci: { certificate: { anchor: ca:acme, san: { uri: "spiffe://acme.io/ci" } } }',
      },
      email: {
        summary: "A mail address that the certificate authority has put there.",
        value: TEXT,
        example: "parties:\n  ci: { certificate: { anchor: ca:acme, san: { email: ci@acme.io } } }",
      },
    },
  },
  keyFile: {
    title: "a key's file",
    summary:
      "A public key in a file beside the policy. Its digest is part of the policy, so that changing the file changes nothing unseen.",
    example: '{ file: keys/ci.pub, sha256: "…64 hex digits, as sha256sum prints them…" }',
    fields: {
      file: {
        summary: "The path below the policy's folder of a public key in PEM, or of OpenPGP in armour.",
        value: TEXT,
        isRequired: true,
        example:
          'parties:\n  ci: { key: { file: keys/ci.pub, sha256: "f7a7c27ec5c95e97c8f2c4bc8483dad6b086101d7ce86272e09521ca25b32ead" } }',
      },
      sha256: {
        summary: "SHA-256 of the file: 64 lower-case hex digits.",
        value: { kind: "text", pattern: HEX },
        isRequired: true,
        example:
          'parties:\n  ci: { key: { file: keys/ci.pub, sha256: "f7a7c27ec5c95e97c8f2c4bc8483dad6b086101d7ce86272e09521ca25b32ead" } }',
      },
    },
  },
  keyless: {
    title: "a keyless identity",
    summary: "As a Sigstore certificate names a workload or person. It matches nothing in this version, and `policy check` says so.",
    example:
      '{ issuer: "https://token.actions.githubusercontent.com", identity: "https://github.com/acme/…", repositoryId: "123", ownerId: "45" }',
    fields: {
      issuer: {
        summary: "The identity provider's URL.",
        value: { kind: "text", pattern: "^https://" },
        isRequired: true,
        example: 'parties:\n  ci: { keyless: { issuer: "https://ci.acme.io", identity: "https://ci.acme.io/shop" } }',
      },
      identity: {
        summary: "The certificate's alternative name.",
        value: TEXT,
        isRequired: true,
        example: 'parties:\n  ci: { keyless: { issuer: "https://ci.acme.io", identity: "https://ci.acme.io/shop" } }',
      },
      repositoryId: {
        summary:
          "GitHub's or GitLab's number of the repository, in quotes. A name can be given to another repository, the number never is.",
        value: { kind: "text", pattern: "^[0-9]+$" },
        example:
          'parties:\n  ci: { keyless: { issuer: "https://gitlab.com", identity: "https://gitlab.com/acme/shop//.gitlab-ci.yml@refs/heads/main", repositoryId: "123", ownerId: "45" } }',
      },
      ownerId: {
        summary: "GitHub's or GitLab's number of the owner, in quotes.",
        value: { kind: "text", pattern: "^[0-9]+$" },
        example:
          'parties:\n  ci: { keyless: { issuer: "https://gitlab.com", identity: "https://gitlab.com/acme/shop//.gitlab-ci.yml@refs/heads/main", repositoryId: "123", ownerId: "45" } }',
      },
    },
  },
  oidc: {
    title: "an OIDC identity",
    summary: "Somebody as an identity provider names them. It matches nothing in this version, and `policy check` says so.",
    example: '{ issuer: "https://login.acme.io", subject: "8d1c" }',
    fields: {
      issuer: {
        summary: "The identity provider's URL.",
        value: { kind: "text", pattern: "^https://" },
        isRequired: true,
        example: 'parties:\n  ci: { oidc: { issuer: "https://ci.acme.io", subject: "4711" } }',
      },
      subject: {
        summary: "The `sub` of its tokens: one that the provider never gives to somebody else, so neither a mail address nor a name.",
        value: TEXT,
        isRequired: true,
        example: 'parties:\n  ci: { oidc: { issuer: "https://ci.acme.io", subject: "4711" } }',
      },
    },
  },
  gate: {
    title: "a gate",
    summary: "What an image needs to be used at a place: `needs`, `after`, `approve`, or several of them.",
    example: "{ needs: [ { signature: { by: ci } } ] } or { after: build }",
    elsewhere: ELSEWHERE,
    fields: {
      after: {
        summary: "The gate, or gates, that the image must pass as well; they are judged on the same image, wherever it lies.",
        value: oneOrList(TEXT),
        example:
          "gates:\n  build: { needs: [ { signature: { by: ci } } ] }\n  prod: { after: [build], needs: [ { signature: { by: ana } } ] }",
      },
      needs: {
        summary: "All that must be there.",
        value: { kind: "list", of: object("need") },
        example:
          "gates:\n  build: { needs: [ { signature: { by: ci } } ] }\n  prod: { needs: [ { signature: { by: ci } }, { signature: { by: [ana, bo] } } ] }",
      },
      approve: APPROVE_FIELD,
      stay: STAY_FIELD,
      rollback: ROLLBACK_FIELD,
      checks: {
        summary: "What the outcome of a check does. Among the gates that are judged together, the strictest counts.",
        value: object("checks"),
        example: "gates:\n  build: { needs: [ { signature: { by: ci } } ], checks: { revocation: log } }\n  prod: { after: build }",
      },
    },
  },
  need: {
    title: "a need",
    summary: "One requirement: exactly one of these.",
    example: "{ signature: { by: ci } }",
    fields: {
      signature: {
        summary: "Signatures of the image.",
        value: object("signature"),
        example: "gates:\n  build: { needs: [ { signature: { by: ci } } ] }\n  prod: { after: build }",
      },
      provenance: {
        summary: "Where it was built, and from what.",
        value: object("provenance"),
        example:
          'gates:\n  build: { needs: [ { provenance: { by: ci, builder: "https://ci.acme.io/runner" } } ] }\n  prod: { after: build }',
      },
      sbom: {
        summary: "What is in it.",
        value: object("sbom"),
        example: "gates:\n  build: { needs: [ { sbom: { by: ci } } ] }\n  prod: { after: build }",
      },
      scan: {
        summary: "Which vulnerabilities a scanner sees in it.",
        value: object("scan"),
        example: "gates:\n  build: { needs: [ { scan: { by: ci, maxAge: 24h, deny: critical } } ] }\n  prod: { after: build }",
      },
      test: {
        summary: "How its tests went.",
        value: object("test"),
        example: "gates:\n  build: { needs: [ { test: { by: ci, result: passed } } ] }\n  prod: { after: build }",
      },
      vex: {
        summary: "Which vulnerabilities do not matter in it.",
        value: object("vex"),
        example: "gates:\n  build: { needs: [ { vex: { by: ana } } ] }\n  prod: { after: build }",
      },
      attestation: {
        summary: "A statement of any other type.",
        value: object("attestation"),
        example: 'gates:\n  build: { needs: [ { attestation: { by: ci, type: "https://acme.io/review/v1" } } ] }\n  prod: { after: build }',
      },
      image: {
        summary: "What its configuration says.",
        value: object("image"),
        example: "gates:\n  build: { needs: [ { image: { user: nonroot } } ] }\n  prod: { after: build }",
      },
    },
  },
  signature: {
    title: "a signature requirement",
    summary: "Who must have signed. People and machines are counted, never keys.",
    example: "{ by: ci } or { by: [ana, bo], atLeast: 2 }",
    fields: {
      by: {
        summary: "A person, a party, or a list of them: anyone of them.",
        value: oneOrList(TEXT),
        isRequired: true,
        example:
          "gates:\n  build: { needs: [ { signature: { by: ci } } ] }\n  prod: { after: build, needs: [ { signature: { by: [ana, bo] } } ] }",
      },
      atLeast: {
        summary: "How many of them; 1 unless told.",
        value: { kind: "count" },
        example:
          "gates:\n  build: { needs: [ { signature: { by: ci } } ] }\n  prod: { after: build, needs: [ { signature: { by: [ana, bo], atLeast: 2 } } ] }",
      },
      maxAge: {
        summary:
          "How long ago it may have been signed: `90d`. Of what the signer says and what a timestamp proves, the worse end counts; a signature that does not say when it was made leaves the answer open.",
        value: DURATION,
        example: "gates:\n  build: { needs: [ { signature: { by: ci, maxAge: 90d } } ] }\n  prod: { after: build }",
      },
      signedAs: {
        summary:
          "The name by which the publisher has signed the image, wherever it lies now: `docker.io/vendor/{name}`. It is the repository where the image is judged, or where a promoter found it: the record says which. One that holds all variables of the product says which product the image is.",
        value: TEXT,
        example: 'gates:\n  build: { needs: [ { signature: { by: ci, signedAs: "docker.io/vendor/shop" } } ] }\n  prod: { after: build }',
      },
    },
  },
  ...EVIDENCE_OBJECTS,
  ...APPROVAL_OBJECTS,
  checks: {
    title: "the checks of a gate",
    summary: "Of each: `enforce` (unless told), `log` (said in the verdict, and lets pass), or `skip`.",
    example: "{ expiry: log }",
    fields: {
      expiry: {
        summary: "Has the signature's own expiry passed?",
        value: ACTION,
        example: "gates:\n  build: { needs: [ { signature: { by: ci } } ], checks: { expiry: log } }\n  prod: { after: build }",
      },
      time: {
        summary: "Was it made while its certificates were valid?",
        value: ACTION,
        example: "gates:\n  build: { needs: [ { signature: { by: ci } } ], checks: { time: log } }\n  prod: { after: build }",
      },
      revocation: {
        summary: "Were its certificates revoked?",
        value: ACTION,
        example: "gates:\n  build: { needs: [ { signature: { by: ci } } ], checks: { revocation: skip } }\n  prod: { after: build }",
      },
    },
    never: {
      integrity: "a signature that is not whole proves nothing",
      subject: "a signature for another image proves nothing of this one",
      authenticity: "anyone can make a signature that leads to no anchor",
      identity: "a gate counts people and machines, so it must know them",
      product: "what is approved as one product must not be had as another",
      annotations: "a policy asks for none besides the product's",
    },
  },
};
