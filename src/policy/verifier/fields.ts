/** Every field of `verifier.yaml`: what it is for, what it holds, and an example that loads. */
import { API_VERSION_FIELD, DURATION, type FieldValue, type ObjectShape, TEXT } from "../countersign/field.ts";
import { NAME_PATTERN as NAME } from "../countersign/name.ts";
import { MOST_PAST_PINS } from "./verifier.ts";

type ObjectName =
  | "verifier"
  | "witness"
  | "timestampWitness"
  | "roles"
  | "policySigners"
  | "revokers"
  | "publishers"
  | "promoters"
  | "summaryIssuers"
  | "policySigner"
  | "revocations"
  | "configuredPolicy"
  | "pin"
  | "pastPin"
  | "deployPlace";

const DIGEST = "^sha256:[0-9a-f]{64}$";
const SIGNERS =
  "roles:\n  policySigners: { by: [ { certificate: { anchor: ca:acme, subject: { CN: Ana, O: Acme, C: US } } } ], atLeast: 1 }";
const WITNESSES = 'witnesses:\n  acme-tsa: { operator: acme, timestamp: { store: "tsa:acme" } }';

const KEY = `SHA256:${"A".repeat(43)}`;
const REVOCATIONS = `roles:\n  publishers: { by: [ { key: "${KEY}" } ] }\nrevocations: { list: "oci://registry.acme.io/trust/revocations", maxAge: 24h, grace: 72h }`;
const MOMENT = "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$";
const PAST = `pins:\n  shop:\n    digest: "sha256:${"1f".repeat(32)}"\n    chain: "sha256:${"2e".repeat(32)}"\n    past: [ { digest: "sha256:${"2e".repeat(32)}", until: 2026-11-25T10:00:00Z } ]`;
const NOT_ASKED = "This version does not ask for them.";

function object(name: string): FieldValue {
  return { kind: "object", object: name };
}

export const VERIFIER_OBJECTS: Readonly<Record<ObjectName, ObjectShape>> = {
  verifier: {
    title: "a verifier's configuration",
    summary:
      "Whom whoever verifies believes. It stands in the configuration's folder and is never read from the working tree, because what is judged must not choose who judges.",
    example: "apiVersion: countersign.dev/v1, kind: Verifier",
    fields: {
      apiVersion: API_VERSION_FIELD,
      kind: {
        summary: "What the document is.",
        value: { kind: "text", allowed: ["Verifier"] },
        isRequired: true,
        example: "kind: Verifier",
      },
      trustStores: {
        summary: "The folder with the trust stores, beside this file or below `~/`; notation's own unless told.",
        value: TEXT,
        example: "trustStores: ~/.config/notation/truststore",
      },
      witnesses: {
        summary: "Who is believed about time, by name. What their timestamps prove outlives the signer's certificate.",
        value: { kind: "names", key: NAME, of: object("witness") },
        example: WITNESSES,
      },
      roles: { summary: "Who may do what that others believe.", value: object("roles"), example: SIGNERS },
      policies: {
        summary:
          "The policies that judge, by the name that each has in its document. One alone judges unless another is named; of several, `--policy NAME` chooses.",
        value: { kind: "names", key: NAME, of: object("configuredPolicy") },
        example: "policies:\n  shop: { source: policies/shop.yaml }",
      },
      pins: {
        summary:
          "Digests that policies must have, by the file's absolute path or the policy's name. `countersign policy trust FILE` writes them; a policy that has changed is refused.",
        value: { kind: "names", key: "^.+$", of: { kind: "either", of: [{ kind: "text", pattern: DIGEST }, object("pin")] } },
        example: `pins:\n  /srv/shop/countersign.yaml: sha256:${"1f".repeat(32)}`,
      },
      revocations: {
        summary:
          "Where it is written what is revoked. This version does not read it: of no signature it is then known whether it is revoked, so that none counts where a gate enforces revocation, nor does that of a policy signer.",
        value: object("revocations"),
        example: REVOCATIONS,
      },
      deploy: {
        summary: "Which gate judges an image where it is about to run.",
        value: { kind: "list", of: object("deployPlace") },
        example: "deploy:\n  - { cluster: prod, namespaces: [shop], gate: prod }",
      },
    },
  },
  witness: {
    title: "a witness",
    summary: "Somebody who vouches for the time by which a signature existed.",
    example: '{ operator: acme, timestamp: { store: "tsa:acme" } }',
    fields: {
      operator: {
        summary: "Who runs it. Two witnesses of one operator are one.",
        value: { kind: "text", pattern: NAME },
        isRequired: true,
        example: WITNESSES,
      },
      timestamp: {
        summary: "That it is a timestamp authority (RFC 3161), and its roots.",
        value: object("timestampWitness"),
        isRequired: true,
        example: WITNESSES,
      },
    },
    later: ["log"],
  },
  timestampWitness: {
    title: "a timestamp authority",
    summary: "A timestamp authority, by the roots that its certificates lead to.",
    example: '{ store: "tsa:acme" }',
    fields: {
      store: {
        summary: "A trust store of type `tsa`, which no other witness has.",
        value: TEXT,
        isRequired: true,
        example: WITNESSES,
      },
    },
  },
  roles: {
    title: "the roles",
    summary: "Who may do what that others believe.",
    example: "{ policySigners: { by: [ { key: SHA256:… } ] } }",
    fields: {
      policySigners: {
        summary: "Who may sign policies. A policy of a registry (`oci://`) is read only with their signatures.",
        value: object("policySigners"),
        example: SIGNERS,
      },
      revokers: {
        summary: `Who may revoke signatures, keys, images and people. ${NOT_ASKED}`,
        value: object("revokers"),
        example: `roles:\n  revokers: { by: [ { key: "${KEY}" } ], atLeast: 1 }`,
      },
      publishers: {
        summary: `Who may sign the list of what is revoked. ${NOT_ASKED}`,
        value: object("publishers"),
        example: `roles:\n  publishers: { by: [ { key: "${KEY}" } ] }`,
      },
      promoters: {
        summary:
          "Whose records of promotions count. An image that one of them has brought to its place is asked whether it may stay there, and not again what a gate asks of one that enters.",
        value: object("promoters"),
        example: `roles:\n  promoters: { by: [ { certificate: { anchor: ca:acme, subject: { CN: promoter, O: Acme, C: US } } } ] }`,
      },
      summaryIssuers: {
        summary:
          "Whose verdicts, emitted by `verify --emit`, stand in for evidence that is not found here ([policies.md](policies.md)). Each of them alone opens every gate that asks for no more than evidence and approvals. Unless told, nobody's do.",
        value: object("summaryIssuers"),
        example: `roles:\n  summaryIssuers: { by: [ { key: "${KEY}" } ] }`,
      },
    },
  },
  policySigners: {
    title: "the policy signers",
    summary: "Whose signatures a policy needs, and how many of them.",
    example: "{ by: [ { certificate: { anchor: ca:acme, subject: { CN: Ana, O: Acme, C: US } } } ], atLeast: 1 }",
    fields: {
      by: {
        summary: "The signers. One with several identities is still counted once.",
        value: { kind: "list", of: object("policySigner") },
        isRequired: true,
        example: SIGNERS,
      },
      atLeast: { summary: "How many of them; 1 unless told.", value: { kind: "count" }, example: SIGNERS },
    },
  },
  revokers: {
    title: "the revokers",
    summary: "Whose statements revoke, and how many of them it takes.",
    example: '{ by: [ { key: "SHA256:…" } ], atLeast: 1 }',
    fields: {
      by: {
        summary: "The revokers. One with several identities is still counted once.",
        value: { kind: "list", of: object("policySigner") },
        isRequired: true,
        example: `roles:\n  revokers: { by: [ { key: "${KEY}" } ] }`,
      },
      atLeast: {
        summary: "How many of them; 1 unless told.",
        value: { kind: "count" },
        example: `roles:\n  revokers: { by: [ { key: "${KEY}" } ], atLeast: 1 }`,
      },
    },
  },
  publishers: {
    title: "the publishers",
    summary: "Anyone of these may sign the list of what is revoked.",
    example: '{ by: [ { key: "SHA256:…" } ] }',
    fields: {
      by: {
        summary: "The publishers.",
        value: { kind: "list", of: object("policySigner") },
        isRequired: true,
        example: `roles:\n  publishers: { by: [ { key: "${KEY}" } ] }`,
      },
    },
  },
  promoters: {
    title: "the promoters",
    summary: "Anyone of these may sign records of promotions.",
    example: '{ by: [ { key: "SHA256:…" } ] }',
    fields: {
      by: {
        summary: "The promoters.",
        value: { kind: "list", of: object("policySigner") },
        isRequired: true,
        example: `roles:\n  promoters: { by: [ { key: "${KEY}" } ] }`,
      },
      trustRecords: {
        summary:
          "`true`: the word of a record is taken for what had met the gate. Without it that is judged again, from the evidence that the record names; with it their keys open every gate.",
        value: { kind: "flag" },
        example: `roles:\n  promoters: { by: [ { key: "${KEY}" } ], trustRecords: true }`,
      },
    },
  },
  summaryIssuers: {
    title: "the issuers of verdicts",
    summary: "The word of anyone of these is taken for a verdict.",
    example: '{ by: [ { key: "SHA256:…" } ] }',
    fields: {
      by: {
        summary: "The issuers. Nobody of whom a gate itself asks something counts there.",
        value: { kind: "list", of: object("policySigner") },
        isRequired: true,
        example: `roles:\n  summaryIssuers: { by: [ { key: "${KEY}" } ] }`,
      },
    },
  },
  revocations: {
    title: "the list of revocations",
    summary: "Where the list is, who signs it (`roles.publishers`), and how new it must be. This version does not read it.",
    example: '{ list: "oci://registry.acme.io/trust/revocations", maxAge: 24h, grace: 72h }',
    fields: {
      list: { summary: "`oci://registry/repository[:tag]`.", value: TEXT, isRequired: true, example: REVOCATIONS },
      maxAge: { summary: "How old the list may be.", value: DURATION, isRequired: true, example: REVOCATIONS },
      grace: {
        summary: "How much longer what already runs may go on where no newer list can be had.",
        value: DURATION,
        example: REVOCATIONS,
      },
    },
  },
  policySigner: {
    title: "a signer",
    summary: "How one of them is known, as a person of a policy is: one or more of these.",
    example: "{ certificate: { anchor: ca:acme, subject: { CN: Ana, O: Acme, C: US } } }",
    fields: {
      certificate: { summary: "The signer's certificate.", value: object("certificate"), example: SIGNERS },
      key: {
        summary: "The signer's public key, as for a party of a policy.",
        value: { kind: "either", of: [TEXT, object("keyFile")] },
        example: `roles:\n  policySigners: { by: [ { key: "SHA256:${"A".repeat(43)}" } ] }`,
      },
    },
    later: ["keyless", "oidc"],
  },
  pin: {
    title: "a pin",
    summary:
      "The digest that a policy must have, where the policy has had a version before it: approvals and records name the first, so that they outlive a change.",
    example: `{ digest: "sha256:${"1f".repeat(32)}", chain: "sha256:${"2e".repeat(32)}" }`,
    fields: {
      digest: {
        summary: "Of the document's bytes.",
        value: { kind: "text", pattern: DIGEST },
        isRequired: true,
        example: `pins:\n  shop: { digest: "sha256:${"1f".repeat(32)}", chain: "sha256:${"2e".repeat(32)}" }`,
      },
      chain: {
        summary: "The digest of the policy's first version; without it that is not known, and nobody can approve by the policy.",
        value: { kind: "text", pattern: DIGEST },
        example: `pins:\n  shop: { digest: "sha256:${"1f".repeat(32)}", chain: "sha256:${"2e".repeat(32)}" }`,
      },
      past: {
        summary: `What was pinned here before, the newest last; \`countersign policy trust\` keeps the last ${MOST_PAST_PINS}. What has come in by one of them is judged by it, as [promotion.md](promotion.md) says: take an entry out, and that is asked anew.`,
        value: { kind: "list", of: object("pastPin") },
        example: PAST,
      },
    },
  },
  pastPin: {
    title: "a past pin",
    summary: "A document that judged until another one was trusted in its place.",
    example: `{ digest: "sha256:${"2e".repeat(32)}", until: 2026-11-25T10:00:00Z }`,
    fields: {
      digest: {
        summary: "Of the document's bytes.",
        value: { kind: "text", pattern: DIGEST },
        isRequired: true,
        example: PAST,
      },
      until: {
        summary: "When another was trusted in its place: no record of a later entry counts by this one.",
        value: { kind: "text", pattern: MOMENT },
        isRequired: true,
        example: PAST,
      },
    },
  },
  configuredPolicy: {
    title: "a configured policy",
    summary: "Where a policy is, and how old it may be.",
    example: '{ source: "oci://registry.acme.io/policies/shop", minimumVersion: 12 }',
    fields: {
      source: {
        summary:
          "A file, beside this one or below `~/`, with `@sha256:…` to pin it; or `oci://registry/repository[:tag]`, which the policy signers must have signed.",
        value: TEXT,
        isRequired: true,
        example: `${SIGNERS}\npolicies:\n  shop: { source: "oci://registry.acme.io/policies/shop", minimumVersion: 12 }`,
      },
      minimumVersion: {
        summary: "An older version judges nothing, also on a machine that has not seen this one yet.",
        value: { kind: "count" },
        example: "policies:\n  shop: { source: policies/shop.yaml, minimumVersion: 12 }",
      },
    },
  },
  deployPlace: {
    title: "a place of use",
    summary: "Namespaces of a cluster, and the gate for what runs there.",
    example: "{ cluster: prod, namespaces: [shop], gate: prod }",
    fields: {
      cluster: {
        summary: "The cluster's name; `*` for every cluster that has no place of its own for the namespace.",
        value: TEXT,
        isRequired: true,
        example: 'deploy:\n  - { cluster: "*", namespaces: [shop], gate: prod }',
      },
      namespaces: {
        summary: "The namespaces, by name.",
        value: { kind: "list", of: TEXT },
        isRequired: true,
        example: "deploy:\n  - { cluster: prod, namespaces: [shop, shop-jobs], gate: prod }",
      },
      gate: {
        summary: "The gate of the policy.",
        value: TEXT,
        isRequired: true,
        example: "deploy:\n  - { cluster: prod, namespaces: [shop], gate: prod }",
      },
    },
    later: ["onError", "mode"],
  },
};
