/** Exceptions and breaking the glass, really signed, at the gates of a policy as its document says it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExceptionSaid } from "../../src/core/decision.ts";
import type { Digest } from "../../src/core/digest.ts";
import { digestOf } from "../../src/core/digest.ts";
import { CountersignError } from "../../src/core/errors.ts";
import { OCI_INDEX } from "../../src/core/media-types.ts";
import { encodeJson } from "../../src/encoding/json.ts";
import { pushImage } from "../../src/testing/image.ts";
import type { Policy } from "../../src/core/policy.ts";
import type { ReadonlyStore } from "../../src/core/store.ts";
import type { RequirementReport, Verdict } from "../../src/core/verdict.ts";
import { except, type ExceptOptions, type ExceptResult } from "../../src/except.ts";
import { parseReference } from "../../src/core/reference.ts";
import { crlDistributionPoints } from "../../src/pki/x509/extension-writer.ts";
import { statementHead } from "../../src/words/policy-for-writing.ts";
import { decodePolicy } from "../../src/policy/countersign/document.ts";
import { writeException } from "../../src/statements/decisions/exception.ts";
import { EXCEPTION_V1 } from "../../src/statements/predicate-types.ts";
import { writeApproval } from "../../src/statements/decisions/approval.ts";
import { APPROVAL_V1 } from "../../src/statements/predicate-types.ts";
import { codesOf, identityOf, move } from "../advisories/scene.ts";
import { type Attester, type EvidenceWorld, HOUR, makeAttester, makeEvidenceWorld, makeKeyHolder, NOW, trustOf } from "./world.ts";

const [ana, bo, cy, dan, eva, ci, scanner] = await Promise.all(
  ["ana", "bo", "cy", "dan", "eva", "ci", "scanner"].map((name) => makeAttester(name)),
);
assert.ok(ana && bo && cy && dan && eva && ci && scanner);
const holder = makeKeyHolder("holder");
const trust = trustOf([ana, bo, cy, dan, eva, ci, scanner]);
const PURL = "pkg:npm/left-pad@1.0.0";
const SCAN = { scan: { by: "scanner", deny: "critical" } };
const BREAK_GLASS = {
  by: ["cy", "dan"],
  waive: ["scan", "revocation/unknown"],
  max: "4h",
  afterwards: { by: "eva", within: "24h" },
  stayMax: "7d",
};

interface Asking {
  readonly needs?: readonly object[];
  readonly approve?: object;
  readonly for?: readonly string[];
  readonly breakGlass?: object;
  readonly more?: object;
}

async function policyOf({ needs = [SCAN], approve, for: waived = ["scan"], breakGlass, more }: Asking = {}): Promise<Policy> {
  const people = Object.fromEntries([ana, bo, cy, dan, eva].map((one) => [one?.name, one && identityOf(one)]));
  const document = {
    apiVersion: "countersign.dev/v1",
    kind: "Policy",
    name: "shop",
    version: 1,
    products: { app: { build: "registry.example/app" } },
    people: { ...people, holder: identityOf(holder) },
    parties: { ci: ci && identityOf(ci), scanner: scanner && identityOf(scanner) },
    gates: { build: { needs, ...(approve === undefined ? {} : { approve }) } },
    exceptions: { by: ["ana", "bo", "holder"], for: waived, max: "30d" },
    ...(breakGlass === undefined ? {} : { breakGlass }),
    ...more,
  };
  return { ...(await decodePolicy(Buffer.from(JSON.stringify(document)), { source: "shop.yaml" })), trust: "pinned" };
}

function scanOf(...ids: readonly string[]): object {
  const at = new Date(NOW.getTime() - HOUR).toISOString();
  return {
    scanner: {
      uri: "pkg:github/acme/scanner@1",
      version: "1",
      db: { uri: "https://acme.io/db", version: "7", lastUpdate: at },
      result: ids.map((id) => ({
        id,
        severity: [{ method: "nvd", score: "critical" }],
        annotations: [{ package: "left-pad", version: "1.0.0", purl: PURL }],
      })),
    },
    metadata: { scanStartedOn: at, scanFinishedOn: at },
  };
}

type Asked = Partial<Omit<ExceptOptions, "store" | "policy" | "signer">> & { readonly about?: Digest; readonly hoursAgo?: number };

function exceptAs(world: EvidenceWorld, by: Attester, policy: Policy, asked: Asked = {}): Promise<ExceptResult> {
  const { about = world.digest, hoursAgo = 1, ...more } = asked;
  return except(parseReference(`registry.example/app@${about}`), {
    store: world.store,
    policy,
    trust,
    signer: by.signer,
    clock: { now: () => new Date(NOW.getTime() - hoursAgo * HOUR) },
    gate: "build",
    waives: ["scan"],
    reason: "it cannot be reached",
    ...(more.isBreakGlass === true ? {} : { expires: 24 * 3600 }),
    ...more,
  });
}

/** Whatever anybody signs, whether it would count or not. */
async function sayAs(world: EvidenceWorld, by: Attester, policy: Policy, said: Partial<ExceptionSaid>, about?: Digest): Promise<void> {
  const selection = policy.select("registry.example/app");
  assert.ok(selection.kind === "gate" && selection.gate.head !== undefined);
  const signedAt = new Date(NOW.getTime() - HOUR);
  const predicate = writeException({
    head: statementHead(policy, selection.gate.head),
    signedAt,
    policyDigest: world.digest,
    waives: ["scan"],
    isBreakGlass: false,
    reason: "it cannot be reached",
    expiresOn: new Date(NOW.getTime() + HOUR),
    ...said,
  });
  await world.attestAs(by, predicate, { type: EXCEPTION_V1, ...(about === undefined ? {} : { about }) });
}

function named(advisory: string, purl = PURL): Pick<Required<ExceptionSaid>, "finding"> {
  return { finding: { advisory, purl } };
}

function report({ requirements }: Verdict, name: string): RequirementReport {
  return requirements.find((one) => one.name === name) ?? assert.fail(`there is no ${name}`);
}

function refusedCodes({ requirements }: Verdict): readonly string[] {
  return requirements.flatMap(({ refusedExceptions = [] }) => refusedExceptions.flatMap(({ because }) => because.map(({ code }) => code)));
}

test("an exception excuses the finding that it names, and the verdict says who, until when and why", async () => {
  const world = await makeEvidenceWorld(trust);
  const policy = await policyOf();
  await world.attestAs(scanner, scanOf("CVE-2026-1"));
  assert.equal((await world.judge(policy)).outcome, "deny");
  const done = await exceptAs(world, ana, policy, named("CVE-2026-1"));
  assert.ok(done.outcome === "signed");
  const verdict = await world.judge(policy);
  assert.equal(verdict.outcome, "pass");
  const until = new Date(NOW.getTime() + 23 * HOUR).toISOString();
  assert.deepEqual(report(verdict, "scan").waived, [
    {
      statement: done.attested.evidence.digest,
      person: "ana",
      until,
      isBreakGlass: false,
      finding: { advisory: "CVE-2026-1", purl: PURL },
      reason: "it cannot be reached",
    },
  ]);
  assert.deepEqual(verdict.relaxations, [`scan at gate build: ana excepts CVE-2026-1 in ${PURL} until ${until} (it cannot be reached)`]);
  assert.equal(verdict.validUntil?.enter, until);
});

test("two findings need two exceptions, each alone lets none pass, and one that was not needed is not told", async () => {
  const world = await makeEvidenceWorld(trust);
  const policy = await policyOf();
  await world.attestAs(scanner, scanOf("CVE-2026-1", "CVE-2026-2"));
  await exceptAs(world, ana, policy, named("CVE-2026-1"));
  assert.equal((await world.judge(policy)).outcome, "deny");
  await exceptAs(world, bo, policy, named("CVE-2026-3"));
  assert.equal((await world.judge(policy)).outcome, "deny");
  await exceptAs(world, bo, policy, { ...named("CVE-2026-2"), expires: 3600 * 12 });
  const verdict = await world.judge(policy);
  assert.equal(verdict.outcome, "pass");
  assert.deepEqual(
    report(verdict, "scan")
      .waived?.map(({ person, finding }) => [person, finding?.advisory])
      .toSorted(),
    [
      ["ana", "CVE-2026-1"],
      ["bo", "CVE-2026-2"],
    ],
  );
  assert.equal(verdict.validUntil?.enter, new Date(NOW.getTime() + 11 * HOUR).toISOString());
});

test("no exception stands in for a scan that is not there, is too old, or is signed by nobody who is asked", async () => {
  const policy = await policyOf({ needs: [{ scan: { by: "scanner", deny: "critical", maxAge: "30m" } }] });
  const world = await makeEvidenceWorld(trust);
  await exceptAs(world, ana, policy, named("CVE-2026-1"));
  assert.equal((await world.judge(policy)).outcome, "deny");
  await world.attestAs(ci, scanOf("CVE-2026-1"));
  assert.equal((await world.judge(policy)).outcome, "deny");
  await world.attestAs(scanner, scanOf("CVE-2026-1"));
  const verdict = await world.judge(policy);
  assert.deepEqual([verdict.outcome, codesOf(verdict).includes("evidence/too-old")], ["deny", true]);
});

test("of an SBOM one package is excused, and of a test, a signature or a configuration that it is missing", async () => {
  const needs = [
    { signature: { by: "ci" } },
    { sbom: { by: "ci", packages: { deny: [PURL] } } },
    { test: { by: "ci" } },
    { image: { ports: [8080] } },
    { image: { user: "nonroot" } },
  ];
  const kinds = ["signature", "sbom", "test", "image"];
  const policy = await policyOf({ needs, for: kinds });
  const world = await makeEvidenceWorld(trust);
  const sbom = {
    spdxVersion: "SPDX-2.3",
    SPDXID: "SPDXRef-DOCUMENT",
    name: "app",
    dataLicense: "CC0-1.0",
    creationInfo: { created: "2026-09-01T10:00:00Z" },
  };
  const packages = [{ SPDXID: "SPDXRef-a", name: "left-pad", versionInfo: "1.0.0", externalRefs: [purlOf(PURL)] }];
  await world.attestAs(ci, { ...sbom, packages }, { type: "https://spdx.dev/Document" });
  assert.equal((await world.judge(policy)).outcome, "deny");
  for (const kind of kinds) await exceptAs(world, ana, policy, { waives: [kind], ...(kind === "sbom" ? { finding: { purl: PURL } } : {}) });
  const verdict = await world.judge(policy);
  assert.equal(verdict.outcome, "pass");
  assert.deepEqual(
    verdict.requirements.filter(({ waived }) => waived !== undefined).map(({ name }) => name),
    ["signature", "sbom", "test", "image"],
  );
  // Nothing is told as a fault that was let pass.
  assert.deepEqual(verdict.findings, []);
  assert.equal(verdict.validUntil?.enter, new Date(NOW.getTime() + 23 * HOUR).toISOString());
});

function purlOf(referenceLocator: string): object {
  return { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator };
}

test("an exception of somebody who may not, or for another policy, product, place, gate or image, lets nothing pass", async () => {
  const policy = await policyOf();
  const other = await policyOf({ needs: [SCAN, { test: { by: "ci" } }] });
  const asks = await policyOf({ more: { version: 1, sharedSigner: true } });
  const gate = policy.select("registry.example/app");
  assert.ok(gate.kind === "gate" && gate.gate.head !== undefined);
  const head = statementHead(policy, gate.gate.head);
  const rows: readonly (readonly [string, (world: EvidenceWorld) => Promise<unknown>, readonly string[]])[] = [
    ["by a machine", (world) => sayAs(world, scanner, policy, named("CVE-2026-1")), []],
    ["by a person who may break the glass", (world) => sayAs(world, cy, policy, named("CVE-2026-1")), ["exceptions/not-asked"]],
    ["as breaking the glass", (world) => sayAs(world, ana, policy, { isBreakGlass: true }), ["exceptions/not-listed"]],
    [
      "another product",
      (world) => sayAs(world, ana, policy, { ...named("CVE-2026-1"), head: { ...head, product: "x" } }),
      ["exceptions/other-gate"],
    ],
    [
      "another place",
      (world) => sayAs(world, ana, policy, { ...named("CVE-2026-1"), head: { ...head, repository: "a/b" } }),
      ["exceptions/other-gate"],
    ],
    ["another gate", (world) => sayAs(world, ana, policy, { ...named("CVE-2026-1"), head: { ...head, gate: "prod" } }), []],
    ["another policy", (world) => sayAs(world, ana, asks, named("CVE-2026-1")), ["exceptions/other-gate"]],
    [
      "a gate that asked for more",
      (world) => sayAs(world, ana, { ...other, chain: policy.chain ?? "" }, named("CVE-2026-1")),
      ["exceptions/gate-changed"],
    ],
    ["the whole scan", (world) => sayAs(world, ana, policy, {}), ["exceptions/no-finding"]],
    [
      "for too long",
      (world) => sayAs(world, ana, policy, { ...named("CVE-2026-1"), expiresOn: new Date(NOW.getTime() + 31 * 24 * HOUR) }),
      ["exceptions/too-long"],
    ],
    [
      "of a time to come",
      (world) => sayAs(world, ana, policy, { ...named("CVE-2026-1"), signedAt: new Date(NOW.getTime() + HOUR) }),
      ["exceptions/to-come"],
    ],
    [
      "that is over",
      (world) => sayAs(world, ana, policy, { ...named("CVE-2026-1"), expiresOn: new Date(NOW.getTime() - 1) }),
      ["exceptions/lapsed"],
    ],
    ["from what nobody may", (world) => sayAs(world, ana, policy, { waives: ["test", "integrity", "revoked"] }), []],
  ];
  for (const [what, say, codes] of rows) {
    const world = await makeEvidenceWorld(trust);
    await world.attestAs(scanner, scanOf("CVE-2026-1"));
    await say(world);
    const verdict = await world.judge(policy);
    assert.equal(verdict.outcome, "deny", what);
    assert.deepEqual(refusedCodes(verdict), codes, what);
    await exceptAs(world, ana, policy, named("CVE-2026-1"));
    assert.equal((await world.judge(policy)).outcome, "pass", what);
  }
});

test("an exception that is moved to another image is about the one that it names", async () => {
  const policy = await policyOf({ needs: [{ test: { by: "ci" } }], for: ["test"] });
  for (const by of [ana, holder]) {
    const world = await makeEvidenceWorld(trust);
    const { digest: other } = await pushImage(world.store, { files: [{ path: "app", bytes: Buffer.from("other") }] });
    const done = await exceptAs(world, by, policy, { waives: ["test"] });
    assert.ok(done.outcome === "signed");
    const subject = (await world.store.resolve({ digest: other })).descriptor;
    await move(done.attested.evidence, { from: world, to: { world, subject } });
    assert.equal((await world.judge(policy)).outcome, "pass");
    const verdict = await world.judge(policy, { about: other });
    assert.equal(verdict.outcome, "deny");
    assert.ok((verdict.evidence ?? []).length > 0);
  }
});

test("a bundle by a bare key excepts as an artifact by a certificate does", async () => {
  const world = await makeEvidenceWorld(trust);
  const policy = await policyOf();
  await world.attestAs(scanner, scanOf("CVE-2026-1"));
  await exceptAs(world, holder, policy, named("CVE-2026-1"));
  assert.deepEqual(
    report(await world.judge(policy), "scan").waived?.map(({ person }) => person),
    ["holder"],
  );
});

test("an exception that was listed and cannot be had leaves the answer open, and one that is only broken does not", async () => {
  const policy = await policyOf();
  const world = await makeEvidenceWorld(trust);
  await world.attestAs(scanner, scanOf("CVE-2026-1"));
  const done = await exceptAs(world, ana, policy, named("CVE-2026-1"));
  assert.ok(done.outcome === "signed");
  const without: ReadonlyStore = {
    ...world.store,
    fetch: (descriptor, call) =>
      descriptor.digest === done.attested.evidence.digest
        ? Promise.reject(new CountersignError("store/unreachable", "Cannot read it: nobody answers"))
        : world.store.fetch(descriptor, call),
  };
  assert.equal((await world.judge(policy, { store: without })).outcome, "unknown");
  const broken = await makeEvidenceWorld(trust);
  await broken.attestAs(scanner, scanOf("CVE-2026-1"));
  await broken.attestAs(ana, { waives: ["scan"] }, { type: EXCEPTION_V1 });
  assert.equal((await broken.judge(policy)).outcome, "deny");
});

test("an exception about an index is for each image of it, and one about an image for that one alone", async () => {
  const policy = await policyOf();
  const world = await makeEvidenceWorld(trust);
  const { digest: other } = await pushImage(world.store, { files: [{ path: "app", bytes: Buffer.from("other") }] });
  const manifests = await Promise.all([world.digest, other].map(async (one) => (await world.store.resolve({ digest: one })).descriptor));
  const bytes = encodeJson({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  const index = digestOf(bytes);
  await world.store.pushManifest({ mediaType: OCI_INDEX, digest: index, size: bytes.length }, bytes);
  for (const about of [world.digest, other]) await world.attestAs(scanner, scanOf("CVE-2026-1"), { about });
  await exceptAs(world, ana, policy, { ...named("CVE-2026-1"), about: other });
  const answers = async (about: Digest): Promise<readonly string[]> =>
    (await world.judge(policy, { about })).requirements.map(({ outcome }) => outcome);
  assert.deepEqual(await answers(index), ["deny", "pass"]);
  assert.deepEqual(await answers(other), ["pass"]);
  await exceptAs(world, ana, policy, { ...named("CVE-2026-1"), about: index });
  assert.deepEqual(await answers(index), ["pass", "pass"]);
  // Named directly, an image is judged by its own evidence.
  assert.deepEqual(await answers(world.digest), ["deny"]);
});

test("that a revocation is not known passes by breaking the glass for that, and by nothing else", async () => {
  const revocable = await makeAttester("revocable", [crlDistributionPoints(["http://ca.acme.io/list.crl"])]);
  const parties = { scanner: identityOf(scanner), ci: identityOf(ci), revocable: identityOf(revocable) };
  const all = trustOf([ana, bo, cy, dan, eva, ci, scanner, revocable]);
  const policy = await policyOf({ needs: [SCAN, { test: { by: "revocable" } }], breakGlass: BREAK_GLASS, more: { parties } });
  const world = await makeEvidenceWorld(all);
  await world.attestAs(scanner, scanOf());
  await world.attestAs(revocable, { result: "PASSED", configuration: [] }, { type: "https://in-toto.io/attestation/test-result/v0.1" });
  assert.equal((await world.judge(policy)).outcome, "unknown");
  await exceptAs(world, cy, policy, { isBreakGlass: true, waives: ["scan"] });
  assert.equal((await world.judge(policy)).outcome, "unknown");
  await exceptAs(world, dan, policy, { isBreakGlass: true, waives: ["revocation/unknown"] });
  const verdict = await world.judge(policy);
  assert.equal(verdict.outcome, "pass");
  assert.deepEqual(
    report(verdict, "test").waived?.map(({ person }) => person),
    ["dan"],
  );
  assert.match(verdict.relaxations.join("\n"), /test at gate build: dan has broken the glass/);
});

test("breaking the glass lets pass what the policy lists, with what has to follow, and not what it does not", async () => {
  const needs = [SCAN, { test: { by: "ci" } }];
  const approve = { by: ["ana", "eva"], valid: "72h" };
  const breakGlass = { ...BREAK_GLASS, waive: ["scan", "test", "approvals", "revocation/unknown"] };
  const policy = await policyOf({ needs, approve, breakGlass });
  const world = await makeEvidenceWorld(trust);
  await world.attestAs(scanner, scanOf("CVE-2026-1"));
  const done = await exceptAs(world, cy, policy, { isBreakGlass: true, waives: [], reason: "it burns" });
  assert.ok(done.outcome === "signed");
  assert.deepEqual(done.said.waives, ["approvals", "revocation/unknown", "scan", "test"]);
  const verdict = await world.judge(policy);
  assert.equal(verdict.outcome, "pass");
  const [until, due] = [3, 23].map((hours) => new Date(NOW.getTime() + hours * HOUR).toISOString());
  for (const name of ["scan", "test", "approvals"])
    assert.ok(
      verdict.relaxations.includes(
        `${name} at gate build: cy has broken the glass until ${until} (it burns); to be approved afterwards by ${due}`,
      ),
      verdict.relaxations.join("\n"),
    );
  assert.equal(verdict.validUntil?.enter, until);
  const more = await policyOf({ needs: [...needs, { provenance: { by: "ci" } }], approve, breakGlass });
  const other = await makeEvidenceWorld(trust);
  await other.attestAs(scanner, scanOf("CVE-2026-1"));
  await exceptAs(other, cy, more, { isBreakGlass: true, waives: [] });
  const answers = (await other.judge(more)).requirements.map(({ name, outcome }) => [name, outcome]);
  assert.deepEqual(answers, [
    ["scan", "pass"],
    ["test", "pass"],
    ["provenance", "deny"],
    ["approvals", "pass"],
  ]);
});

test("a rejection stands, whoever breaks the glass", async () => {
  const policy = await policyOf({
    needs: [SCAN],
    approve: { by: ["ana", "eva"], valid: "72h" },
    breakGlass: { ...BREAK_GLASS, waive: ["approvals"] },
  });
  const world = await makeEvidenceWorld(trust);
  await world.attestAs(scanner, scanOf());
  const selection = policy.select("registry.example/app");
  assert.ok(selection.kind === "gate" && selection.gate.head !== undefined);
  await exceptAs(world, cy, policy, { isBreakGlass: true, waives: [] });
  assert.equal((await world.judge(policy)).outcome, "pass");
  const predicate = writeApproval({
    head: statementHead(policy, selection.gate.head),
    signedAt: new Date(NOW.getTime() - HOUR),
    policyDigest: world.digest,
    decision: "rejected",
    gateTerms: selection.gate.head.gateTerms,
    evidence: [],
    supersedes: [],
    overrules: [],
    despite: false,
  });
  await world.attestAs(eva, predicate, { type: APPROVAL_V1 });
  const verdict = await world.judge(policy);
  assert.deepEqual([verdict.outcome, report(verdict, "approvals").outcome], ["deny", "deny"]);
});

test("except refuses what the policy would not count, and says what would do", async () => {
  const needs = [SCAN, { sbom: { by: "ci", packages: { deny: [PURL] } } }, { test: { by: "ci" } }];
  const policy = await policyOf({ needs, for: ["scan", "sbom", "test"], breakGlass: BREAK_GLASS });
  const world = await makeEvidenceWorld(trust);
  const rows: readonly (readonly [Attester, Asked, string, RegExp])[] = [
    [scanner, {}, "exception/not-a-member", /ana, bo, holder may/],
    [cy, {}, "exception/not-a-member", /cy may not/],
    [ana, { isBreakGlass: true }, "exception/not-a-member", /cy, dan may/],
    [ana, {}, "exception/not-allowed", /has to name the one finding/],
    [ana, { finding: { purl: PURL } }, "exception/not-allowed", /has to name the flaw/],
    [ana, { finding: { advisory: "CVE-2026-1", purl: "left-pad" } }, "exception/not-allowed", /no package URL/],
    [ana, { waives: ["sbom"], finding: { advisory: "CVE-2026-1", purl: PURL } }, "exception/not-allowed", /knows of no flaws/],
    [ana, { waives: ["test"], finding: { purl: PURL } }, "exception/not-allowed", /a finding is named/],
    [ana, { waives: ["scan", "test"], ...named("CVE-2026-1") }, "exception/not-allowed", /from that alone/],
    [ana, { waives: ["approvals"] }, "exception/not-allowed", /lets nobody except approvals/],
    [ana, { waives: ["integrity"] }, "exception/not-allowed", /lets nobody except integrity/],
    [ana, { waives: [] }, "exception/not-allowed", /not said from what/],
    [ana, { ...named("CVE-2026-1"), expires: 31 * 24 * 3600 }, "exception/not-allowed", /lets it hold for 30d/],
    [cy, { isBreakGlass: true, waives: ["sbom"] }, "exception/not-allowed", /lets nobody except sbom/],
    [cy, { isBreakGlass: true, waives: ["scan"], ...named("CVE-2026-1") }, "exception/not-allowed", /waives the whole/],
    [cy, { isBreakGlass: true, waives: ["approvals"] }, "exception/not-allowed", /lets nobody except approvals/],
  ];
  for (const [by, asked, code, message] of rows) {
    // `expires` of an ordinary exception is not one of an emergency.
    await assert.rejects(exceptAs(world, by, policy, asked), (error) => {
      assert.ok(error instanceof CountersignError, String(error));
      assert.deepEqual([error.code, message.test(error.message)], [code, true], `${error.code}: ${error.message}`);
      return true;
    });
  }
  await assert.rejects(exceptAs(world, ana, { ...policy, trust: "unpinned" }, named("CVE-2026-1")), /neither signed nor pinned/);
  assert.equal((await exceptAs(world, cy, policy, { isBreakGlass: true, waives: [], hoursAgo: 48 })).outcome, "signed");
  await assert.rejects(exceptAs(world, cy, policy, { isBreakGlass: true, waives: [] }), /cy has broken the glass here at .*; dan may/);
  assert.equal((await exceptAs(world, dan, policy, { isBreakGlass: true, waives: [] })).outcome, "signed");
});
