/** What has gone wrong elsewhere with policies: fields that nobody reads, names that match too much, expressions that say yes to nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Digest } from "../../src/core/digest.ts";
import type { Policy } from "../../src/core/policy.ts";
import { parseReference } from "../../src/core/reference.ts";
import type { ReadonlyStore } from "../../src/core/store.ts";
import { evaluate } from "../../src/evaluate.ts";
import { CEL } from "../../src/policy/cel/language.ts";
import { decodePolicy } from "../../src/policy/countersign/document.ts";
import { sign } from "../../src/sign.ts";
import { pushImage } from "../../src/testing/image.ts";
import { HOUR, makeAttester, makeEvidenceWorld, makeKeyHolder, NOW, trustOf } from "../evidence/world.ts";
import { fixtures, makeMutationWorld } from "../policy/mutations.ts";
import { assertDenied, codesOf, identityOf, move, policyAsking } from "./scene.ts";

type Json = Readonly<Record<string, unknown>>;

const REVIEW = "https://acme.io/review/v1";
const ci = await makeAttester("ci");
const keyed = makeKeyHolder("ci");
const trust = trustOf([ci]);
const parties = { ci: identityOf(ci) };
const asKey = { parties: { ci: identityOf(keyed) } };

function load(document: unknown): Promise<Policy> {
  return decodePolicy(Buffer.from(JSON.stringify(document)), { source: "shop.yaml" });
}

/** Each object of the document, with a member more. */
function* withMember(
  value: unknown,
  name: string,
  member: unknown,
  path: string = "",
): Generator<readonly [path: string, document: unknown]> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield [`${path}.${name}`, { ...value, [name]: member }];
  for (const [key, inner] of Object.entries(value as Json)) {
    for (const [place, changed] of withMember(inner, name, member, `${path}.${key}`)) {
      yield [place, Array.isArray(value) ? value.map((item, at) => (String(at) === key ? changed : item)) : { ...value, [key]: changed }];
    }
  }
}

/** Each in words of some other product; what nobody reads must not look as if it did something. */
const LOOSE: Json = {
  subjectRegExp: ".*",
  ignoreTlog: true,
  mode: "warn",
  optional: true,
  onError: "allow",
  skip: ["scan"],
  exemptions: {},
};

test("a field that is not known is refused wherever it stands, in each object of a policy that has all of them (CVE-2025-29778)", async () => {
  const world = await makeMutationWorld();
  let places = 0;
  for (const document of Object.values(fixtures(world))) {
    await load(document);
    for (const [name, member] of Object.entries(LOOSE)) {
      for (const [path, changed] of withMember(document, name, member)) {
        places += 1;
        await assert.rejects(load(changed), { code: "policy/invalid" }, path);
      }
    }
  }
  assert.ok(places > 500, `${places} places`);
});

const NEED = { signature: { by: "ci" } };

test("a threshold below one, and a check that nobody may leave out, are refused (CVE-2026-23992, GHSA-gg4x-fgg2-h9w9)", async () => {
  const gates = (gate: object): object => ({ gates: { build: { needs: [NEED], ...gate } }, parties });
  for (const atLeast of [0, -1, 0.5, "1", null, 2]) {
    await assert.rejects(policyAsking([{ signature: { by: "ci", atLeast } }], { parties }), { code: "policy/invalid" }, String(atLeast));
  }
  for (const check of ["integrity", "subject", "authenticity", "identity", "product", "*"]) {
    for (const action of ["log", "skip"]) {
      await assert.rejects(policyAsking([], gates({ checks: { [check]: action } })), { code: "policy/invalid" }, check);
    }
  }
  for (const needs of [[], [{}], [{ signature: {} }], [{ signature: { by: [] } }], [null], null]) {
    const document = { parties, gates: { build: { needs } } };
    await assert.rejects(policyAsking([], document), { code: "policy/invalid" }, JSON.stringify(needs));
  }
  await policyAsking([NEED], { parties });
});

test("exceptions and break-glass that nobody has signed let nothing pass (CVE-2024-48921)", async () => {
  const people = { ana: { key: `SHA256:${"A".repeat(43)}` } };
  const waiving = {
    exceptions: { by: "ana", for: ["scan"], max: "30d" },
    breakGlass: { by: "ana", waive: ["scan"], max: "4h", afterwards: { by: "ana", within: "24h" }, stayMax: "7d" },
  };
  const world = await makeEvidenceWorld(trust);
  const scan = [{ scan: { by: "ci", deny: "critical" } }];
  const verdicts = [];
  for (const more of [{}, waiving]) verdicts.push(await world.judge(await policyAsking(scan, { parties, people, ...more })));
  const [plain, waived] = verdicts;
  assert.equal(waived?.outcome, "deny");
  assert.deepEqual(waived.requirements, plain?.requirements);
});

test("an approval that is asked for and cannot be read yet is no approval (CVE-2022-35930)", async () => {
  const people = { ana: { key: `SHA256:${"A".repeat(43)}` } };
  const world = await makeEvidenceWorld(trust);
  await sign(world.reference, { store: world.store, signer: ci.signer, clock: { now: () => NOW } });
  const gate = { needs: [NEED], approve: { by: "ana", valid: "72h" } };
  assert.equal((await world.judge(await policyAsking([NEED], { parties }))).outcome, "pass");
  assert.notEqual((await world.judge(await policyAsking([], { parties, people, gates: { build: gate } }))).outcome, "pass");
});

test("host and path of a repository are matched whole: nothing around a product's place is the product (CVE-2026-25542)", async () => {
  const policy = await policyAsking([NEED], { parties, sharedSigner: true, products: { "shop/{app}": { build: "trusted.io/a/{app}" } } });
  assert.equal(policy.select("trusted.io/a/api").kind, "gate");
  const others = [
    "evil.io/x.trusted.io/a",
    "evil.io/trusted.io/a/api",
    "x.trusted.io/a/api",
    "trusted.io.evil.io/a/api",
    "trusted.io:443/a/api",
    "trusted.io/a",
    "trusted.io/a/api/more",
    "trusted.io/b/a/api",
    "trusted.io/aa/api",
    "TRUSTED.io/a/API",
    "trusted.io/a/..",
    "trusted.io/a/{app}",
    "trusted-io/a/api",
  ];
  for (const repository of others) assert.equal(policy.select(repository).kind, "not-listed", repository);
  const verdict = await evaluate(parseReference(`evil.io/trusted.io/a/api@sha256:${"ab".repeat(32)}`), {
    store: { name: "evil", resolve: notAsked, fetch: notAsked, referrers: notAsked },
    policy,
    trust,
    clock: { now: () => NOW },
  });
  assertDenied(verdict, "product/not-listed");
});

function notAsked(): never {
  throw new Error("the name alone decides");
}

test("a name of a key, host or mail that is wider than one is refused", async () => {
  const anchor = "ca:acme";
  const wide = [
    { certificate: { anchor, subject: {} } },
    { certificate: { anchor, subject: { CN: "*" } } },
    { certificate: { anchor, san: { dns: "*.acme.io" } } },
    { certificate: { anchor, san: { email: "*@acme.io" } } },
    { certificate: { anchor: "ca:*", subject: { CN: "ci" } } },
    { certificate: { subject: { CN: "ci" } } },
    { key: "*" },
    "ci@acme.io",
    "CN=ci",
    "*",
  ];
  const world = await makeEvidenceWorld(trust);
  await sign(world.reference, { store: world.store, signer: ci.signer, clock: { now: () => NOW } });
  for (const identity of wide) {
    const loaded = await policyAsking([NEED], { parties: { ci: identity } }).catch((error: { readonly code?: string }) => error.code);
    if (loaded === "policy/invalid") continue;
    // A star that is read is a name like any other.
    assert.ok(typeof loaded === "object", JSON.stringify(identity));
    assertDenied(await world.judge(loaded), "identity/not-asked");
  }
});

/** What a naive reader would say yes to, because the member is not there or of another kind. */
const UNDEFINED_IS_NO_FALSE: readonly (readonly [expr: string, predicate: object])[] = [
  ["predicate.failed == false", {}],
  ["predicate.failed != true", {}],
  ["!predicate.failed", {}],
  ["!(predicate.failed == true)", {}],
  ["predicate.failures.size() == 0", {}],
  ["predicate.findings.all(f, f.severity != 'critical')", {}],
  ["predicate.findings.all(f, f.severity != 'critical')", { findings: [{ level: "critical" }] }],
  ["!predicate.findings.exists(f, f.severity == 'critical')", { findings: [{ severity: null }, {}] }],
  ["predicate.failed == false", { failed: "false" }],
  ["predicate.failed == false", { failed: null }],
  ["predicate.failed == false", { failed: 0 }],
  ["!predicate.failed", { failed: "" }],
  ["!predicate.failed", { failed: [] }],
  ["predicate.failures.size() == 0", { failures: null }],
  ["predicate.failures.size() == 0", { failures: 0 }],
  ["predicate.score < 7.0", { score: "9.8" }],
  ["predicate.score < 7.0", { score: [] }],
  ["predicate.succeeded", { succeeded: "true" }],
  ["predicate.succeeded", { succeeded: 1 }],
  ["predicate", {}],
  ["!has(predicate.result.failed)", { result: "failed" }],
];

test("a member that is missing, or of another kind, makes no expression true by its absence", async () => {
  for (const [expr, predicate] of UNDEFINED_IS_NO_FALSE) {
    const policy = await policyAsking([{ attestation: { by: "ci", type: REVIEW, expr } }], asKey);
    const world = await makeEvidenceWorld(trust);
    await world.attestAs(keyed, predicate, { type: REVIEW });
    const verdict = await world.judge(policy);
    const codes = codesOf(verdict).filter((code) => code.startsWith("evidence/expression"));
    assert.ok(codes.length > 0, `${expr} of ${JSON.stringify(predicate)}: evidence/expression-false or evidence/expression-error`);
    assert.notEqual(verdict.outcome, "pass", expr);
  }
});

/** Each would take a backtracking engine longer than a job may last. */
const CATASTROPHIC = ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(.*a){20}$", "^([a-zA-Z]+)*$", "(a*)*b", "^(\\\\w+\\\\s?)*$"];

test("no pattern of an expression takes longer than its text is long (CVE-2023-7279)", () => {
  for (const pattern of CATASTROPHIC) {
    const text = `predicate.matches("${pattern}")`;
    assert.equal(CEL.check(text, ["predicate"]), undefined, text);
    assert.equal(typeof CEL.compile(text, ["predicate"]).evaluate({ predicate: `${"a".repeat(2_000)}!` }), "boolean", text);
  }
});

function withChecks(checks: object): Promise<Policy> {
  return policyAsking([], { parties, gates: { build: { needs: [NEED], checks } } });
}

test("what counts only because the policy looks away is told in the verdict", async () => {
  const world = await makeEvidenceWorld(trust);
  const clock = { now: () => new Date(NOW.getTime() - 2 * HOUR) };
  await sign(world.reference, { store: world.store, signer: ci.signer, clock, expires: 3600 });
  assertDenied(await world.judge(await withChecks({})), "expiry/expired");
  const logged = await world.judge(await withChecks({ expiry: "log" }));
  assert.equal(logged.outcome, "pass");
  assert.match(logged.relaxations.join(), /^expiry is only logged: the signature expired at 2026-09-01T11:00:00.000Z/);
  const skipped = await world.judge(await withChecks({ expiry: "skip" }));
  assert.deepEqual([skipped.outcome, skipped.relaxations], ["pass", ["expiry was not checked"]]);
});

test("a registry that answers otherwise each time is asked for a tag once; what is pinned is what was judged (CVE-2022-47633)", async () => {
  const world = await makeEvidenceWorld(trust);
  const { digest: good } = world;
  const { digest: bad } = await pushImage(world.store, { files: [{ path: "other", bytes: Buffer.from("other") }] });
  await sign(world.reference, { store: world.store, signer: ci.signer, clock: { now: () => NOW } });
  const policy = await policyAsking([NEED, { image: { user: "nonroot" } }], { parties });
  for (const order of [
    [good, bad],
    [bad, good],
  ] as const) {
    let asked = 0;
    const store: ReadonlyStore = {
      ...world.store,
      resolve: ({ tag, digest }, call) =>
        world.store.resolve({ digest: tag === undefined ? (digest ?? bad) : nextOf(order, asked++) }, call),
    };
    const verdict = await evaluate(parseReference("registry.example/app:v1"), { store, policy, trust, clock: { now: () => NOW } });
    assert.equal(asked, 1);
    assert.equal(verdict.subject.pinned, `registry.example/app@${order[0]}`);
    assert.deepEqual(
      verdict.signatures.map(({ outcome }) => outcome),
      order[0] === good ? ["counts"] : [],
    );
  }
});

function nextOf(order: readonly [Digest, Digest], asked: number): Digest {
  return order[asked % 2 === 0 ? 0 : 1];
}

test("a summary of a verification that somebody signed stands in for no need", async () => {
  const world = await makeEvidenceWorld(trust);
  const summary = {
    verifier: { id: "https://ci.acme.io" },
    timeVerified: NOW.toISOString(),
    resourceUri: "registry.example/app",
    policy: { uri: "shop", digest: { sha256: "ab".repeat(32) } },
    verificationResult: "PASSED",
    verifiedLevels: ["SLSA_BUILD_LEVEL_3"],
  };
  await world.attestAs(keyed, summary, { type: "https://slsa.dev/verification_summary/v1" });
  for (const need of [NEED, { provenance: { by: "ci" } }, { scan: { by: "ci", deny: "low" } }]) {
    assert.equal((await world.judge(await policyAsking([need], asKey))).outcome, "deny", JSON.stringify(need));
  }
});

test("what a manifest or listing says of itself, unsigned, makes no signature one of another product (kyverno#16336)", async () => {
  const products = { app: { build: "registry.example/app" }, web: { build: "registry.example/web" } };
  const policy = await policyAsking([NEED], { parties, products, sharedSigner: true });
  const world = await makeEvidenceWorld(trust);
  const { signature, subject } = await sign(world.reference, { store: world.store, signer: ci.signer, clock: { now: () => NOW } });
  assertDenied(await world.judge(policy), "identity/product-not-signed");
  await move(signature, { from: world, to: { world, subject }, annotations: { "dev.countersign.product": "app" } });
  assertDenied(await world.judge(policy), "identity/product-not-signed");
  const annotations = { "dev.countersign.product": "app" };
  await sign(world.reference, { store: world.store, signer: ci.signer, clock: { now: () => NOW }, annotations });
  assert.equal((await world.judge(policy)).outcome, "pass");
});
