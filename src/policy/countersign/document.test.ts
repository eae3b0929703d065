import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { POLICY, policyWith } from "../../../tests/fixtures/countersign-policy.ts";
import { CountersignError } from "../../core/errors.ts";
import { parseDigest } from "../../core/digest.ts";
import { finding } from "../../core/finding.ts";
import type { Gate, Member, Selection } from "../../core/policy.ts";
import type { Content } from "../../core/evidence.ts";
import type { Answer, SignatureReport } from "../../core/verdict.ts";
import type { ExaminedEvidence } from "../evidence-seen.ts";
import { decideAll, decideGates } from "../decide.ts";
import { type CountersignPolicy, decodePolicy } from "./document.ts";

const NOW = new Date("2026-09-01T12:00:00Z");
const FOLDER = join(import.meta.dirname, "../../../tests/fixtures/policy-documents");

function load(text: string): Promise<CountersignPolicy> {
  return decodePolicy(Buffer.from(text), { source: "shop.yaml", readFile: (path) => readFileSync(join(FOLDER, path)) });
}

function written(name: string): string {
  return readFileSync(join(FOLDER, name), "utf8");
}

async function problemsOf(text: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const error: unknown = await load(text).catch((reason: unknown) => reason);
  assert.ok(error instanceof CountersignError, "it was not refused");
  return error.detail["problems"] as readonly Readonly<Record<string, unknown>>[];
}

function selected(selection: Selection): Extract<Selection, { kind: "gate" }> {
  assert.equal(selection.kind, "gate", JSON.stringify(selection));
  return selection.kind === "gate" ? selection : assert.fail();
}

/** Those before it, and the gate itself. */
function gatesOf({ before, gate }: Extract<Selection, { kind: "gate" }>): readonly Gate[] {
  return [...before, gate];
}

function membersOf(selection: Selection): readonly Member[] {
  const signers = selected(selection).rules?.signers;
  return signers?.kind === "members" ? signers.members : assert.fail("it names no members");
}

interface Answered {
  readonly outcome: Answer;
  /** Of what was left open or refused. */
  readonly codes: readonly string[];
}

function signedBy({ name, kind }: Pick<Member, "name" | "kind">): SignatureReport {
  return {
    format: "notary-jws",
    digest: `sha256:${name}`,
    outcome: "counts",
    ...(kind === "person" ? { person: name } : { party: name }),
    claimed: { subject: "s", scheme: "s", annotations: {}, signingTime: NOW.toISOString() },
    findings: [finding("integrity", "integrity/verified", "seen")],
  };
}

const SUBJECT = parseDigest(`sha256:${"ab".repeat(32)}`);

/** A statement by a machine, about a base of which nothing speaks against it. */
function said(by: string, content: Content): ExaminedEvidence {
  return {
    report: {
      digest: `sha256:${content.kind}`,
      subject: SUBJECT,
      carrier: "attached",
      content: content.kind,
      signatures: [signedBy({ name: by, kind: "machine" })],
      findings: [],
    },
    statement: { subjects: [{ digest: { sha256: SUBJECT.slice(7) } }], predicateType: "p", predicate: {} },
    content,
    at: NOW,
    bases: new Map([["base", []]]),
  };
}

const GOOD: readonly ExaminedEvidence[] = [
  said("ci", {
    kind: "provenance",
    builder: "https://ci.acme.io/runner",
    sources: [{ uri: "git+https://git.acme.io/api", ref: "refs/heads/main", commit: "1f" }],
    materials: [],
  }),
  said("ci", { kind: "sbom", packages: [{ name: "x", purl: "pkg:npm/x@1", licenses: ["MIT"] }] }),
  said("ci", { kind: "test", result: "passed", failed: [], passed: 3 }),
  said("scanner", { kind: "scan", scanner: "trivy", databaseAt: NOW, findings: [] }),
];

/** What a gate answers about an image of which all that anyone can say is good. */
function answerAt(policy: CountersignPolicy, repository: string, gate: string): Answered {
  const selection = selected(policy.select(repository, gate));
  const about = { subject: SUBJECT, isChild: false, evidence: GOOD, gaps: [] };
  const config = { config: { User: "1000", ExposedPorts: { "8080/tcp": {} } } };
  const requirements = decideGates(gatesOf(selection), {
    signatures: membersOf(selection).map(signedBy),
    coverage: { complete: true, unexamined: 0 },
    evidence: { now: NOW, image: about, runnable: [{ ...about, config }], gaps: [] },
    place: { now: NOW, subject: SUBJECT, repository },
  });
  const codes = requirements.flatMap(({ because = [], refused = [], refusedEvidence = [] }) =>
    [...because, ...[...refused, ...refusedEvidence].flatMap((one) => one.because)].map(({ code }) => code),
  );
  return { outcome: decideAll(requirements), codes: [...new Set(codes)] };
}

test("the small team's policy loads as it stands; where approvals were not looked at the answer stays open", async () => {
  const policy = await load(written("small-team.yaml"));
  assert.deepEqual([policy.name, policy.version, policy.form, policy.trust], ["shop", "1", "countersign", "unpinned"]);
  assert.deepEqual(answerAt(policy, "ghcr.io/acme/api", "build"), { outcome: "pass", codes: [] });
  assert.deepEqual(answerAt(policy, "registry.acme.io/api", "prod"), { outcome: "unknown", codes: [] });
  assert.deepEqual(policy.warnings, []);
});

test("the large policy loads as it stands, and says by name what this version does not read", async () => {
  const policy = await load(written("large.yaml"));
  assert.deepEqual(
    policy.gates.map(({ name, places }) => [name, places]),
    [
      ["base", ["registry.acme.io/base/{name}"]],
      ["build", ["build.acme.io/{app}"]],
      ["test", ["test.acme.io/{app}"]],
      ["security", []],
      ["qa", []],
      ["prod", ["prod.acme.io/{app}"]],
    ],
  );
  const gates = gatesOf(selected(policy.select("prod.acme.io/api"))).map(({ name }) => name);
  assert.deepEqual(gates, ["build", "security", "qa", "prod"]);
  assert.equal(policy.loaded.version, 14);
  assert.equal(policy.warnings.filter((warning) => warning.includes("matches nothing in this version")).length, 4);
  assert.deepEqual(
    policy.warnings.filter((warning) => warning.includes("not read by this version")).map((warning) => warning.split(" ")[0]),
    [],
  );
  const open = { outcome: "unknown", codes: [] };
  assert.deepEqual(answerAt(policy, "registry.acme.io/base/node", "base"), { outcome: "deny", codes: ["identity/name-not-signed"] });
  assert.deepEqual(answerAt(policy, "build.acme.io/api", "build"), { outcome: "pass", codes: [] });
  assert.deepEqual(answerAt(policy, "test.acme.io/api", "test"), { outcome: "pass", codes: [] });
  for (const gate of ["security", "qa", "prod"]) assert.deepEqual(answerAt(policy, "prod.acme.io/api", gate), open);
  // All that stands in it does something, or is said to do nothing.
  const build = selected(policy.select("build.acme.io/api")).gate.requirements;
  assert.deepEqual(
    build.map(({ kind, name }) => [kind, name]),
    [
      ["signature", "signature"],
      ["evidence", "provenance"],
      ["evidence", "sbom"],
      ["image", "image"],
    ],
  );
  assert.ok(build.some((one) => one.kind === "evidence" && one.baseGate === "base"));
});

test("documents of another kind are told as such", async () => {
  for (const [name, kind] of [
    ["verifier.yaml", "Verifier"],
    ["policy-test.yaml", "PolicyTest"],
  ] as const) {
    const [problem, ...others] = await problemsOf(written(name));
    assert.deepEqual([problem?.["state"], others], [`is "${kind}", and must be Policy`, []]);
  }
});

test("a repository is judged by the gate that lists it, with all that come before", async () => {
  const policy = await load(POLICY);
  const selection = selected(policy.select("registry.acme.io/api"));
  const { rules, product } = selection;
  assert.deepEqual(
    gatesOf(selection).map(({ name, requirements }) => [name, requirements]),
    [
      ["build", [{ kind: "signature", name: "signature", by: ["ci"], byText: "ci", atLeast: 1 }]],
      ["prod", [{ kind: "signature", name: "signature", by: ["ana", "bo"], byText: "release (ana, bo)", atLeast: 2 }]],
    ],
  );
  assert.deepEqual([product, rules?.product, rules?.verifyTimestamp], ["shop/api", "shop/api", "always"]);
  assert.deepEqual(rules?.trustStores, [{ type: "ca", name: "acme" }]);
  assert.deepEqual(
    membersOf(policy.select("registry.acme.io/api")).map(({ name, kind, isOfProduct }) => [name, kind, isOfProduct]),
    [
      ["ci", "machine", true],
      ["ana", "person", false],
      ["bo", "person", false],
    ],
  );
});

test("only those whom the gates ask for are asked, with their variables filled in", async () => {
  const members = membersOf((await load(POLICY)).select("ghcr.io/acme/api"));
  assert.deepEqual(
    members.map(({ name, identities }) => [name, identities]),
    [
      [
        "ci",
        [
          {
            kind: "certificate",
            anchor: { type: "ca", name: "acme" },
            is: {
              kind: "subject",
              pairs: [
                { type: "CN", value: "ci-api" },
                { type: "O", value: "Acme" },
                { type: "C", value: "US" },
              ],
            },
          },
        ],
      ],
    ],
  );
});

test("what a policy does not list, and which gate must be told", async () => {
  const policy = await load(policyWith(["\ngates:", "\ngates:\n  audit: { needs: [ { signature: { by: bo } } ] }"]));
  const rows: readonly (readonly [repository: string, gate: string | undefined, kind: Selection["kind"], message: RegExp])[] = [
    ["registry.acme.io/other/api", undefined, "not-listed", /lists no product at registry\.acme\.io\/other\/api/],
    ["registry.acme.io/api/", undefined, "not-listed", /lists no product/],
    ["REGISTRY.acme.io/api", undefined, "not-listed", /lists no product/],
    ["registry.acme.io/api", "build", "not-listed", /is where shop\/api is for gate prod; for gate build it is at ghcr\.io\/acme\/api/],
    ["ghcr.io/acme/api", "prod", "not-listed", /for gate prod it is at registry\.acme\.io\/api/],
    ["ghcr.io/acme/api", "prodd", "gate-wanted", /no gate "prodd" \(did you mean prod\?\)/],
    ["anywhere/else", "audit", "not-listed", /lists no product/],
  ];
  for (const [repository, gate, kind, message] of rows) {
    const selection = policy.select(repository, gate);
    assert.equal(selection.kind, kind, `${repository} ${gate}`);
    if (selection.kind !== "gate") assert.match(selection.message, message);
    if (selection.kind === "not-listed") assert.notEqual(selection.remedy, "");
    if (selection.kind === "gate-wanted") assert.deepEqual(selection.choices, ["audit", "build", "prod"]);
  }
  for (const repository of ["ghcr.io/acme/api", "registry.acme.io/api"]) {
    assert.deepEqual(
      gatesOf(selected(policy.select(repository, "audit"))).map(({ name }) => name),
      ["audit"],
    );
  }
  const both = await load(policyWith(["registry.acme.io/{app}", "ghcr.io/acme/{app}"]));
  const wanted = both.select("ghcr.io/acme/api");
  assert.deepEqual([wanted.kind, wanted.kind === "gate-wanted" && wanted.choices], ["gate-wanted", ["build", "prod"]]);
  assert.equal(gatesOf(selected(both.select("ghcr.io/acme/api", "build"))).length, 1);
});

test("the strictest of the gates judged together decides what a check does", async () => {
  const text = POLICY.replace("build: { needs", "build: { checks: { expiry: log, time: skip, revocation: skip }, needs").replace(
    "prod: { after",
    "prod: { checks: { time: log, revocation: skip }, after",
  );
  const selection = selected((await load(text)).select("registry.acme.io/api"));
  const { rules } = selection;
  assert.deepEqual([rules?.actions.expiry, rules?.actions.time, rules?.actions.revocation], ["enforce", "log", "skip"]);
  assert.deepEqual(
    gatesOf(selection).map(({ actions }) => [actions.expiry, actions.time, actions.revocation, actions.identity]),
    [
      ["log", "skip", "skip", "enforce"],
      ["enforce", "log", "skip", "enforce"],
    ],
  );
});

function isOf(policy: CountersignPolicy, repository: string): readonly (readonly [string, boolean])[] {
  return membersOf(policy.select(repository)).map(({ name, isOfProduct }) => [name, isOfProduct]);
}

test("a signer is of one product only if nobody else's gates ask for it", async () => {
  const exact = `${POLICY.replace(/shop\/\{app\}.*/, "shop: { prod: r.example/shop }")}`.replace("ci-{app}", "ci");
  assert.deepEqual(isOf(await load(exact), "r.example/shop"), [
    ["ci", true],
    ["ana", true],
    ["bo", true],
  ]);
  const two = exact.replace("people:\n", "  other: { build: r.example/other }\npeople:\n");
  assert.deepEqual(isOf(await load(two), "r.example/shop"), [
    ["ci", false],
    ["ana", true],
    ["bo", true],
  ]);
  const sharedVariable = policyWith(["people:\n", '  base/{app}: { build: "r.example/base/{app}" }\npeople:\n']);
  assert.deepEqual(isOf(await load(sharedVariable), "ghcr.io/acme/api"), [["ci", false]]);
});

test("two documents that mean the same give the same loaded form, and another meaning another one", async () => {
  const { loaded } = await load(POLICY);
  const same = `
gates:
  prod: { needs: [ { signature: { atLeast: 2, by: [release] } } ], after: [build], checks: { time: enforce } }
  build: { needs: [ { signature: { by: ci, atLeast: 1 } } ] }
parties:
  release: { people: [bo, ana] }
  ci: { certificate: { subject: { C: US, O: [Acme], CN: "ci-{app}" }, anchor: "ca:acme" } }
people:
  bo: { certificate: { anchor: ca:acme, subject: { CN: Bo, O: Acme, C: US } } }
  ana: { certificate: { anchor: ca:acme, subject: { CN: Ana, O: Acme, C: US } } }
products:
  shop/{app}: { prod: "REGISTRY.acme.io:443/{app}", build: "ghcr.io/acme/{app}" }
sharedSigner: false
version: 1
name: shop
kind: Policy
apiVersion: countersign.dev/v1
`;
  assert.deepEqual((await load(same)).loaded, loaded);
  assert.equal(JSON.stringify((await load(same)).loaded), JSON.stringify(loaded));
  const others: readonly (readonly [string, string])[] = [
    ["version: 1", "version: 2"],
    ["atLeast: 2", "atLeast: 1"],
    ["by: ci }", "by: ana }"],
    ["after: build, ", ""],
    ["{ people: [ana, bo] }", "{ people: [ana, bo] }\n  more: { people: [bo] }"],
    ["CN: Bo", "CN: Bob"],
    ["registry.acme.io/{app}", "registry.acme.io/x/{app}"],
    ["\ngates:", "\nsharedSigner: true\ngates:"],
  ];
  for (const change of others) assert.notDeepEqual((await load(policyWith(change))).loaded, loaded, change.join(" -> "));
});

test("a key is the same one as a fingerprint, in PEM and in a file", async () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const spki = publicKey.export({ type: "spki", format: "der" });
  const fingerprint = `SHA256:${createHash("sha256").update(spki).digest("base64").replace("=", "")}`;
  const file = `{ file: keys/ci.pub, sha256: "${createHash("sha256").update(pem).digest("hex")}" }`;
  for (const key of [JSON.stringify(fingerprint), JSON.stringify(pem), file]) {
    const text = policyWith(
      ['{ certificate: { anchor: "ca:acme", subject: { CN: "ci-{app}", O: Acme, C: US } } }', `{ key: ${key} }`],
      ["\ngates:", "\nsharedSigner: true\ngates:"],
    );
    const policy = await decodePolicy(Buffer.from(text), { source: "shop.yaml", readFile: () => Buffer.from(pem) });
    assert.deepEqual(policy.loaded.parties[0], { kind: "machine", name: "ci", identities: [{ kind: "key", fingerprint }] });
    assert.deepEqual(selected(policy.select("ghcr.io/acme/api")).rules?.trustStores, []);
  }
});

test("identities that match nothing, or that are given to others in time, are warned about", async () => {
  const github = "https://token.actions.githubusercontent.com";
  const rows: readonly (readonly [identity: string, warnings: readonly RegExp[]])[] = [
    [`{ keyless: { issuer: "${github}", identity: "https://github.com/a/b", repositoryId: "1", ownerId: "2" } }`, [/matches nothing/]],
    [
      `{ keyless: { issuer: "${github}", identity: "https://github.com/a/b", ownerId: "2" } }`,
      [/without its repositoryId and ownerId/, /matches nothing/],
    ],
    ['{ keyless: { issuer: "https://gitlab.com", identity: "https://gitlab.com/a/b" } }', [/without its repositoryId/, /matches nothing/]],
    ['{ oidc: { issuer: "https://login.acme.io", subject: "8d1c" } }', [/matches nothing/]],
    ['{ oidc: { issuer: "https://login.acme.io", subject: "ana@acme.io" } }', [/looks like a mail address/, /matches nothing/]],
    ['{ oidc: { issuer: "https://ci.acme.io", subject: "repo:acme/shop" } }', [/or a repository/, /matches nothing/]],
  ];
  for (const [identity, expected] of rows) {
    const ci = '{ certificate: { anchor: "ca:acme", subject: { CN: "ci-{app}", O: Acme, C: US } } }';
    const { warnings } = await load(policyWith([ci, identity], ["\ngates:", "\nsharedSigner: true\ngates:"]));
    assert.equal(warnings.length, expected.length, warnings.join("\n"));
    for (const [index, state] of expected.entries()) assert.match(warnings[index] ?? "", state);
  }
});
