import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseDigest } from "../../core/digest.ts";
import { CountersignError } from "../../core/errors.ts";
import { decodeVerifier } from "./document.ts";
import { type Pin, rowAt, type Verifier } from "./verifier.ts";

const HEAD = "apiVersion: countersign.dev/v1\nkind: Verifier\n";
const ANA = "{ certificate: { anchor: ca:acme, subject: { CN: Ana, O: Acme, C: US } } }";
const KEY = `SHA256:${"A".repeat(43)}`;
const PUBLISHERS = `roles:\n  publishers: { by: [ { key: "${KEY}" } ] }\n`;
const LIST = "oci://registry.acme.io/trust/revocations";
const DIGEST = parseDigest(`sha256:${"a".repeat(64)}`);
const OTHER = parseDigest(`sha256:${"b".repeat(64)}`);

function decode(text: string, files: Readonly<Record<string, string>> = {}): Promise<Verifier> {
  return decodeVerifier(Buffer.from(text), {
    source: "verifier.yaml",
    readFile: (path) => Buffer.from(files[path] ?? assert.fail(`nobody may read ${path}`)),
  });
}

test("an empty configuration believes nobody", async () => {
  assert.deepEqual(await decode(HEAD), { witnesses: [], policies: [], pins: new Map(), deploy: [] });
});

test("all that this version knows", async () => {
  const key = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" });
  const sha256 = createHash("sha256").update(key).digest("hex");
  const verifier = await decode(
    `${HEAD}
trustStores: ~/.config/notation/truststore
witnesses:
  acme-tsa: { operator: acme, timestamp: { store: "tsa:acme" } }
roles:
  policySigners: { by: [ ${ANA}, { key: { file: keys/bo.pub, sha256: "${sha256}" } } ], atLeast: 2 }
policies:
  shop: { source: "oci://Registry.acme.io:443/policies/shop", minimumVersion: 12 }
  base: { source: policies/base.yaml@${DIGEST} }
pins:
  /srv/shop/countersign.yaml: ${DIGEST}
  shop: { digest: "${DIGEST}", chain: "${OTHER}" }
  old: { digest: "${DIGEST}" }
deploy:
  - { cluster: prod, namespaces: [shop, jobs], gate: prod }
  - { cluster: "*", namespaces: [shop], gate: test }
`,
    { "keys/bo.pub": String(key) },
  );
  const spki = generateSpkiFingerprint(String(key));
  assert.deepEqual(verifier, {
    trustStores: "~/.config/notation/truststore",
    witnesses: [{ name: "acme-tsa", operator: "acme", store: { type: "tsa", name: "acme" } }],
    policySigners: {
      atLeast: 2,
      members: [
        {
          name: "CN=Ana,O=Acme,C=US (ca:acme)",
          kind: "person",
          isOfProduct: true,
          identities: [
            {
              kind: "certificate",
              anchor: { type: "ca", name: "acme" },
              is: {
                kind: "subject",
                pairs: [
                  { type: "CN", value: "Ana" },
                  { type: "O", value: "Acme" },
                  { type: "C", value: "US" },
                ],
              },
            },
          ],
        },
        { name: spki, kind: "person", isOfProduct: true, identities: [{ kind: "key", fingerprint: spki, publicKey: spkiOf(String(key)) }] },
      ],
    },
    policies: [
      {
        name: "shop",
        location: {
          kind: "registry",
          reference: { kind: "registry", registry: "registry.acme.io", repository: "policies/shop", tag: "latest" },
        },
        minimumVersion: 12,
      },
      { name: "base", location: { kind: "file", path: "policies/base.yaml", digest: DIGEST } },
    ],
    pins: new Map<string, Pin>([
      ["/srv/shop/countersign.yaml", { digest: DIGEST }],
      ["shop", { digest: DIGEST, chain: OTHER }],
      ["old", { digest: DIGEST, isChainUnknown: true }],
    ]),
    deploy: [
      { cluster: "prod", namespaces: ["shop", "jobs"], gate: "prod", line: 17 },
      { cluster: "*", namespaces: ["shop"], gate: "test", line: 18 },
    ],
  });
});

function spkiOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
}

test("roles and the list of revocations are read, though this version does not ask them", async () => {
  const { policySigners, revokers, publishers, promoters, revocations } = await decode(`${HEAD}
roles:
  revokers: { by: [ ${ANA}, { key: "${KEY}" } ], atLeast: 2 }
  publishers: { by: [ { key: "${KEY}" } ] }
  promoters: { by: [ ${ANA} ] }
revocations: { list: "oci://Registry.acme.io/trust/revocations:now", maxAge: 1d, grace: 72h }
`);
  assert.equal(policySigners, undefined);
  assert.deepEqual(
    [revokers, publishers, promoters].map((role) => [role?.members.map(({ name }) => name), role?.atLeast]),
    [
      [["CN=Ana,O=Acme,C=US (ca:acme)", KEY], 2],
      [[KEY], 1],
      [["CN=Ana,O=Acme,C=US (ca:acme)"], 1],
    ],
  );
  const list = { kind: "registry", registry: "registry.acme.io", repository: "trust/revocations", tag: "now" };
  assert.deepEqual(revocations, { list, maxAge: 86_400, grace: 259_200 });
});

test("the verifier's configuration of the specification loads as it stands", async () => {
  const path = join(import.meta.dirname, "../../../tests/fixtures/policy-documents/verifier.yaml");
  const verifier = await decode(readFileSync(path, "utf8"));
  assert.deepEqual(Object.keys(verifier).toSorted(), [
    "deploy",
    "pins",
    "policies",
    "policySigners",
    "promoters",
    "publishers",
    "revocations",
    "revokers",
    "trustStores",
    "witnesses",
  ]);
});

function generateSpkiFingerprint(pem: string): string {
  return `SHA256:${createHash("sha256").update(spkiOf(pem)).digest("base64").replace(/=+$/, "")}`;
}

test("the gate of a place: its cluster's own first, then that of every cluster, else none", () => {
  const deploy = [
    { cluster: "*", namespaces: ["shop"], gate: "test", line: 4 },
    { cluster: "prod", namespaces: ["shop"], gate: "prod", line: 5 },
  ];
  assert.equal(rowAt(deploy, { cluster: "prod", namespace: "shop" })?.gate, "prod");
  assert.equal(rowAt(deploy, { cluster: "dev", namespace: "shop" })?.gate, "test");
  assert.equal(rowAt(deploy, { cluster: "prod", namespace: "other" }), undefined);
});

const REFUSED: Readonly<Record<string, readonly [text: string, place: string, state: RegExp]>> = {
  "another kind": ["apiVersion: countersign.dev/v1\nkind: Policy\n", "2:7", /^kind is "Policy"/],
  "another version": ["apiVersion: countersign.dev/v2\nkind: Verifier\n", "1:13", /^apiVersion /],
  "a list": ["- a\n", "1:1", /a map/],
  "a field that nobody knows": [`${HEAD}polices: {}\n`, "3:1", /polices is not a field .*did you mean policies/],
  "a witness that is a log": [
    `${HEAD}witnesses:\n  rekor: { operator: a, log: {} }\n`,
    "4:25",
    /witnesses.rekor.log is not supported by this version/,
  ],
  "a witness of nobody": [`${HEAD}witnesses:\n  clock: { timestamp: { store: "tsa:a" } }\n`, "4:10", /clock has no operator/],
  "a witness by a store of signers": [
    `${HEAD}witnesses:\n  clock: { operator: a, timestamp: { store: "ca:a" } }\n`,
    "4:45",
    /is no store of timestamp authorities/,
  ],
  "a witness by no store": [`${HEAD}witnesses:\n  clock: { operator: a, timestamp: { store: acme } }\n`, "4:45", /is wrong/],
  "a witness twice": [
    `${HEAD}witnesses:\n  a: { operator: a, timestamp: { store: "tsa:a" } }\n  b: { operator: b, timestamp: { store: "tsa:a" } }\n`,
    "5:41",
    /is the store of witnesses.a.timestamp.store too/,
  ],
  "revocations without a list": [`${HEAD}${PUBLISHERS}revocations: { maxAge: 24h }\n`, "5:14", /revocations has no list/],
  "a list without an age": [`${HEAD}${PUBLISHERS}revocations: { list: "${LIST}" }\n`, "5:14", /revocations has no maxAge/],
  "a list in a file": [`${HEAD}${PUBLISHERS}revocations: { list: list.json, maxAge: 24h }\n`, "5:22", /list is a file/],
  "a list that is nowhere": [`${HEAD}${PUBLISHERS}revocations: { list: "oci://", maxAge: 24h }\n`, "5:22", /list names no list/],
  "an age that is none": [
    `${HEAD}${PUBLISHERS}revocations: { list: "${LIST}", maxAge: 1 day }\n`,
    "5:74",
    /maxAge is "1 day", which is no length/,
  ],
  "a list that nobody may sign": [
    `${HEAD}roles:\n  revokers: { by: [ ${ANA} ] }\nrevocations: { list: "${LIST}", maxAge: 24h }\n`,
    "5:14",
    /nobody says who may sign it/,
  ],
  "roles of nobody": [`${HEAD}roles: {}\n`, "3:8", /has none of policySigners, revokers, publishers, promoters/],
  "a policy of a registry with other roles alone": [
    `${HEAD}${PUBLISHERS}policies:\n  shop: { source: "oci://r.example/shop" }\n`,
    "6:19",
    /nobody says who may sign policies/,
  ],
  ...Object.fromEntries(
    ["revokers", "publishers", "promoters"].map((role) => [
      `${role} who are nobody`,
      [`${HEAD}roles:\n  ${role}: { by: [] }\n`, `4:${role.length + 11}`, /by is empty/] as const,
    ]),
  ),
  "more revokers than there are": [`${HEAD}roles:\n  revokers: { by: [ ${ANA} ], atLeast: 2 }\n`, "4:108", /there are 1 signers/],
  "so many publishers": [
    `${HEAD}roles:\n  publishers: { by: [ ${ANA} ], atLeast: 1 }\n`,
    "4:101",
    /atLeast is not a field of the publishers/,
  ],
  ...Object.fromEntries(
    ["onError", "mode"].map((name) => [
      name,
      [
        `${HEAD}deploy:\n  - { cluster: prod, namespaces: [shop], gate: prod, ${name}: allow }\n`,
        "4:54",
        new RegExp(`deploy\\[0\\].${name} is not supported by this version`),
      ] as const,
    ]),
  ),
  "a signer of an identity provider": [
    `${HEAD}roles:\n  policySigners:\n    by:\n      - { oidc: { issuer: "https://a", subject: b } }\n`,
    "6:11",
    /oidc is not supported by this version/,
  ],
  "a bare mail": [`${HEAD}roles:\n  policySigners: { by: [ ana@acme.io ] }\n`, "4:26", /bare mail/],
  "a signer twice, in another order": [
    `${HEAD}roles:\n  policySigners:\n    by:\n      - ${ANA}\n      - { certificate: { anchor: ca:acme, subject: { C: US, CN: Ana, O: Acme } } }\n`,
    "7:24",
    /is the same as roles.policySigners.by\[0\].certificate/,
  ],
  "more signers than there are": [
    `${HEAD}roles:\n  policySigners: { by: [ ${ANA} ], atLeast: 2 }\n`,
    "4:113",
    /atLeast is 2, and there are 1/,
  ],
  "none of the signers": [`${HEAD}roles:\n  policySigners: { by: [ ${ANA} ], atLeast: 0 }\n`, "4:113", /at least 1/],
  "a variable without a product": [
    `${HEAD}roles:\n  policySigners: { by: [ { certificate: { anchor: ca:acme, subject: { CN: "{app}" } } } ] }\n`,
    "4:41",
    /has a variable/,
  ],
  "a signed policy that nobody may sign": [`${HEAD}policies:\n  shop: { source: "oci://a.io/shop" }\n`, "4:19", /nobody says who may sign/],
  "a policy that is nowhere": [`${HEAD}policies:\n  shop: { source: "oci://A B" }\n`, "4:19", /names no policy/],
  "a policy's short digest": [`${HEAD}policies:\n  shop: { source: "shop.yaml@sha256:abc" }\n`, "4:19", /3 hex digits/],
  "version 0": [`${HEAD}policies:\n  shop: { source: shop.yaml, minimumVersion: 0 }\n`, "4:46", /at least 1/],
  "a pin that is no digest": [`${HEAD}pins:\n  /a: sha256:abc\n`, "4:7", /no digest of a policy/],
  "a pin whose first version is no digest": [
    `${HEAD}pins:\n  /a: { digest: "${DIGEST}", chain: first }\n`,
    "4:99",
    /no digest of a policy/,
  ],
  "a past pin without its end": [`${HEAD}pins:\n  /a: { digest: "${DIGEST}", past: [ { digest: "${OTHER}" } ] }\n`, "4:100", /until/],
  "a past pin whose end is no moment": [
    `${HEAD}pins:\n  /a: { digest: "${DIGEST}", past: [ { digest: "${OTHER}", until: 2026-02-31 } ] }\n`,
    "4:192",
    /is no moment/,
  ],
  "past pins in another order": [
    `${HEAD}pins:\n  /a:\n    digest: "${DIGEST}"\n    past:\n      - { digest: "${OTHER}", until: 2026-02-02 }\n      - { digest: "${OTHER}", until: 2026-02-01 }\n`,
    "8:101",
    /before the end of the one before it/,
  ],
  "more past pins than are kept": [
    `${HEAD}pins:\n  /a: { digest: "${DIGEST}", past: [ ${Array(34).fill(`{ digest: "${OTHER}", until: 2026-02-02 }`).join(", ")} ] }\n`,
    "4:98",
    /has 34 entries/,
  ],
  "a pin by sha512": [`${HEAD}pins:\n  /a: sha512:${"a".repeat(128)}\n`, "4:7", /no digest of a policy/],
  "two gates for one place": [
    `${HEAD}deploy:\n  - { cluster: a, namespaces: [x, y], gate: test }\n  - { cluster: a, namespaces: [z, y], gate: prod }\n`,
    "5:35",
    /asks for gate "prod" where deploy\[0\].namespaces\[1\] asks for "test"/,
  ],
  "a pattern of clusters": [`${HEAD}deploy:\n  - { cluster: "prod-*", namespaces: [x], gate: test }\n`, "4:16", /is the pattern "prod-\*"/],
  "every namespace": [`${HEAD}deploy:\n  - { cluster: a, namespaces: ["*"], gate: test }\n`, "4:32", /is the pattern/],
  "a key twice": [`${HEAD}pins: {}\npins: {}\n`, "4:1", /./],
  "an alias": [`${HEAD}trustStores: &a x\n`, "3:14", /aliases/],
};

for (const [what, [text, place, state]] of Object.entries(REFUSED)) {
  test(`refused with its place: ${what}`, async () => {
    await assert.rejects(decode(text), (error) => {
      assert.ok(error instanceof CountersignError && error.code === "config/invalid");
      const { line, column, problems } = error.detail as { line: number; column: number; problems: { member: string; state: string }[] };
      assert.equal(`${line}:${column}`, place, error.message);
      assert.match(`${problems[0]?.member} ${problems[0]?.state}`, state);
      return true;
    });
  });
}

test("what is wrong in several places is told together", async () => {
  await assert.rejects(decode("apiVersion: countersign.dev/v1\nkind: Policy\npins: { /a: b }\npolices: {}\n"), (error) => {
    const problems = error instanceof CountersignError ? (error.detail["problems"] as { line: number }[]) : [];
    assert.deepEqual(
      problems.map(({ line }) => line),
      [2, 3, 4],
    );
    return true;
  });
});
