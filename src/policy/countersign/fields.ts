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
import { API_VERSION_FIELD, DURATION, type FieldValue, names, type ObjectShape, oneOrList, TEXT } from "./field.ts";
import { ELSEWHERE, FORGES, IDENTITY_OBJECTS, type IdentityObjectName } from "./identity-fields.ts";
import { NAME_PATTERN as NAME } from "./name.ts";

type ObjectName = "policy" | "gate" | "need" | "signature" | "checks" | IdentityObjectName | ApprovalObjectName | EvidenceObjectName;

const ACTION: FieldValue = { kind: "text", allowed: ["enforce", "log", "skip"] };

function object(name: ObjectName): FieldValue {
  return { kind: "object", object: name };
}

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
  ...IDENTITY_OBJECTS,
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
