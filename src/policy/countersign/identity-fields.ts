/** Every field of people, parties and forges: how somebody is known. For `fields.ts`. */
import { type FieldValue, names, type ObjectShape, oneOrList, TEXT } from "./field.ts";

export type IdentityObjectName = "person" | "gitKey" | "forge" | "party" | "certificate" | "san" | "keyFile" | "keyless" | "oidc";

/** Where `sharedSigner` belongs, which is looked for where signers and products are. */
export const SHARED_SIGNER_PLACE = "the top level of the policy, beside products";
export const ELSEWHERE: Readonly<Record<string, string>> = { sharedSigner: SHARED_SIGNER_PLACE };
const HEX = "^[0-9a-f]{64}$";

function object(name: IdentityObjectName): FieldValue {
  return { kind: "object", object: name };
}

const COMMITTERS = `people:
  ana: { certificate: { anchor: ca:acme, subject: { CN: Ana, O: Acme, C: US } }, git: [ { ssh: "SHA256:${"A".repeat(43)}" } ], authors: [ana@acme.io] }
  bo: { certificate: { anchor: ca:acme, subject: { CN: Bo, O: Acme, C: US } } }`;

export const FORGES: string = `forges:
  github: { git: [ { ssh: "SHA256:${"B".repeat(42)}A" } ] }`;

export const IDENTITY_OBJECTS: Readonly<Record<IdentityObjectName, ObjectShape>> = {
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
};
