/** What a policy asks of evidence, against whoever is asked and says the wrong thing, and whoever is not and says the right one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Descriptor } from "../../src/core/descriptor.ts";
import { digestHex, digestOf } from "../../src/core/digest.ts";
import { CountersignError } from "../../src/core/errors.ts";
import type { ScanFinding } from "../../src/core/evidence.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../src/core/media-types.ts";
import type { ReadonlyStore, StoredManifest } from "../../src/core/store.ts";
import { encodeJson } from "../../src/encoding/json.ts";
import { writeAttached } from "../../src/formats/attached/manifest.ts";
import { findExcuse, indexVex } from "../../src/policy/requirements/vex.ts";
import { signSubject } from "../../src/sign.ts";
import { pushImage } from "../../src/testing/image.ts";
import { type EvidenceWorld, HOUR, makeAttester, makeEvidenceWorld, NOW, SCAN_TYPE, scanPredicate, trustOf } from "../evidence/world.ts";
import { assertAnswer, assertDenied, identityOf, policyAsking } from "./scene.ts";

const scanner = await makeAttester("scanner");
const security = await makeAttester("security");
const trust = trustOf([scanner, security]);
const parties = { scanner: identityOf(scanner), security: identityOf(security) };
const FINDINGS = [{ id: "CVE-2026-1", severity: "critical" }];
const VEX_TYPE = "https://openvex.dev/ns/v0.2.0";

function hoursAgo(hours: number): Date {
  return new Date(NOW.getTime() - hours * HOUR);
}

const asksScan = await policyAsking([{ scan: { by: "scanner", deny: "critical" } }], { parties });

test("a newer scan that finds something takes back an older one that did not (kyverno#3195)", async () => {
  const world = await makeEvidenceWorld(trust);
  await world.attestAs(scanner, scanPredicate({ at: hoursAgo(5) }));
  assert.equal((await world.judge(asksScan)).outcome, "pass");
  await world.attestAs(scanner, scanPredicate({ at: hoursAgo(2), findings: FINDINGS }));
  assertDenied(await world.judge(asksScan), "evidence/vulnerable");
  await world.attestAs(scanner, scanPredicate({ at: hoursAgo(4) }));
  assertDenied(await world.judge(asksScan), "evidence/vulnerable");
});

test("a scan that is too old, or of a time to come, is not fresh, and neither is its database (neuvector#1870)", async () => {
  const rows = [
    { need: { maxAge: "24h" }, at: hoursAgo(25), outcome: "deny", code: "evidence/too-old" },
    { need: { maxAge: "24h" }, at: hoursAgo(-2), outcome: "unknown", code: "evidence/age-unknown" },
    { need: { databaseMaxAge: "48h" }, at: hoursAgo(50), outcome: "deny", code: "evidence/database-too-old" },
    { need: { databaseMaxAge: "48h" }, at: hoursAgo(-2), outcome: "deny", code: "evidence/database-age-unknown" },
  ] as const;
  for (const { need, at, ...answer } of rows) {
    const world = await makeEvidenceWorld(trust);
    await world.attestAs(scanner, scanPredicate({ at }));
    assertAnswer(await world.judge(await policyAsking([{ scan: { by: "scanner", deny: "low", ...need } }], { parties })), answer);
  }
});

test("a finding is excused by those alone whose word the policy takes for it (GHSA-gg4x-fgg2-h9w9)", async () => {
  const unless = { vex: { by: "security" } };
  const policy = await policyAsking([{ scan: { by: "scanner", deny: "critical", unless } }], { parties });
  const world = await makeEvidenceWorld(trust);
  const excuse = {
    "@context": VEX_TYPE,
    "@id": "https://acme.io/vex/1",
    author: "Acme",
    timestamp: hoursAgo(1).toISOString(),
    version: 1,
    statements: [
      {
        vulnerability: { name: "CVE-2026-1" },
        products: [{ "@id": "pkg:oci/app", hashes: { "sha-256": digestHex(world.digest) } }],
        status: "not_affected",
        justification: "vulnerable_code_not_present",
      },
    ],
  };
  await world.attestAs(scanner, scanPredicate({ at: hoursAgo(2), findings: FINDINGS }));
  await world.attestAs(scanner, excuse, { type: VEX_TYPE });
  assertDenied(await world.judge(policy), "evidence/vulnerable");
  await world.attestAs(security, excuse, { type: VEX_TYPE });
  assert.equal((await world.judge(policy)).outcome, "pass");
});

test("a statement that was listed and cannot be had leaves the answer open, and one that is only broken does not (kyverno#16036)", async () => {
  const world = await makeEvidenceWorld(trust);
  const { evidence } = await world.attestAs(scanner, scanPredicate({ at: hoursAgo(2) }));
  const store: ReadonlyStore = {
    ...world.store,
    fetch: (descriptor, call) => {
      if (descriptor.digest !== evidence.digest) return world.store.fetch(descriptor, call);
      return Promise.reject(new CountersignError("store/unreachable", "Cannot read it: nobody answers"));
    },
  };
  assertAnswer(await world.judge(asksScan, { store }), { outcome: "unknown", code: "integrity/unfetchable" });
  const broken = await makeEvidenceWorld(trust);
  await broken.attestAs(scanner, { scanner: {} });
  assertDenied(await broken.judge(asksScan), "statement/predicate");
});

/** The artifact that holds a good scan of the image, changed before it is signed. */
async function hangScan(world: EvidenceWorld, change: (artifact: Artifact) => object): Promise<StoredManifest> {
  const { mediaType, digest, size } = (await world.store.resolve({ digest: world.digest })).descriptor;
  const statement = encodeJson({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: digestHex(digest) } }],
    predicateType: SCAN_TYPE,
    predicate: scanPredicate({ at: hoursAgo(1) }),
  });
  const { chain } = scanner.signer;
  const subject = { mediaType, digest, size };
  const written = writeAttached({ subject, statement, predicateType: SCAN_TYPE, chain });
  for (const blob of written.blobs) await world.store.pushBlob(blob.descriptor, blob.bytes);
  const bytes = encodeJson(change(JSON.parse(Buffer.from(written.bytes).toString("utf8")) as Artifact));
  const descriptor = { ...written.descriptor, digest: digestOf(bytes), size: bytes.length };
  await signSubject(
    { mediaType: descriptor.mediaType, digest: descriptor.digest, size: descriptor.size },
    { store: world.store, signer: scanner.signer, name: "it", clock: { now: () => hoursAgo(1) } },
  );
  await world.store.attach([{ descriptor, bytes }], { subject });
  return { descriptor, bytes };
}

interface Artifact {
  readonly subject: object;
  readonly layers: readonly Readonly<Record<string, unknown>>[];
}

test("a statement that is embedded in its manifest must be the one that the manifest names by digest", async () => {
  const world = await makeEvidenceWorld(trust);
  const good = await makeEvidenceWorld(trust);
  await hangScan(good, (artifact) => artifact);
  assert.equal((await good.judge(asksScan)).outcome, "pass");
  await hangScan(world, (artifact) => ({
    ...artifact,
    layers: artifact.layers.map((layer) => ({ ...layer, digest: digestOf(Buffer.from("what others read")) })),
  }));
  assertDenied(await world.judge(asksScan), "integrity/embedded-data");
});

test("what a listing hands out for an image is held against what it refers to by itself (CVE-2023-33959)", async () => {
  const world = await makeEvidenceWorld(trust);
  const other = await pushImage(world.store, { files: [{ path: "other", bytes: Buffer.from("other") }] });
  const artifact = await hangScan(world, (whole) => whole);
  const store: ReadonlyStore = {
    ...world.store,
    referrers: async (subject, call) => {
      const listing = await world.store.referrers(subject, call);
      return subject === other.digest ? { ...listing, referrers: [artifact.descriptor] } : listing;
    },
  };
  assertDenied(await world.judge(asksScan, { store, about: other.digest }), "manifest/subject");
});

test("a name is only that person's under the root that the policy names", async () => {
  const namesake = await makeAttester("scanner");
  const other = { certificate: { anchor: "ca:elsewhere", subject: { CN: "other" } } };
  const policy = await policyAsking([{ scan: { by: ["scanner", "other"], deny: "critical" } }], { parties: { ...parties, other } });
  const world = await makeEvidenceWorld({
    anchors: (store) => Promise.resolve([{ certificate: store.name === "elsewhere" ? namesake.root : scanner.root, store }]),
  });
  await world.attestAs(namesake, scanPredicate({ at: hoursAgo(1) }));
  assertDenied(await world.judge(policy), "identity/not-asked");
  await world.attestAs(scanner, scanPredicate({ at: hoursAgo(1) }));
  assert.equal((await world.judge(policy)).outcome, "pass");
});

test("a child of an index runs unless all of its layers are statements, whatever it says of itself", async () => {
  const world = await makeEvidenceWorld(trust);
  const { mediaType, digest, size } = (await world.store.resolve({ digest: world.digest })).descriptor;
  await world.attestAs(scanner, scanPredicate({ at: hoursAgo(1) }));
  const bytes = encodeJson({});
  const blob = { digest: digestOf(bytes), size: bytes.length };
  await world.store.pushBlob({ mediaType: "any", ...blob }, bytes);
  const statement = { mediaType: "application/vnd.in-toto+json", ...blob };
  const layer = { mediaType: "application/vnd.oci.image.layer.v1.tar", ...blob };
  const outcomes = [];
  for (const layers of [[statement], [statement, layer], []]) {
    const child = await pushManifest(world, OCI_MANIFEST, { config: statement, layers });
    const labelled = {
      ...child,
      platform: { os: "unknown", architecture: "unknown" },
      annotations: { "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": digest },
    };
    const index = await pushManifest(world, OCI_INDEX, { manifests: [{ mediaType, digest, size }, labelled] });
    outcomes.push((await world.judge(asksScan, { about: index.digest })).outcome);
  }
  assert.deepEqual(outcomes, ["pass", "deny", "deny"]);
});

async function pushManifest({ store }: EvidenceWorld, mediaType: string, members: object): Promise<Descriptor> {
  const bytes = encodeJson({ schemaVersion: 2, mediaType, ...members });
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await store.pushManifest(descriptor, bytes);
  return descriptor;
}

test("a certificate that says less of its owner than the policy does is another's", async () => {
  const { certificate } = identityOf(scanner) as { readonly certificate: { readonly subject: object } };
  const strict = { certificate: { ...certificate, subject: { ...certificate.subject, OU: "Security" } } };
  const policy = await policyAsking([{ scan: { by: "scanner", deny: "critical" } }], { parties: { scanner: strict } });
  const world = await makeEvidenceWorld(trust);
  await world.attestAs(scanner, scanPredicate({ at: hoursAgo(1) }));
  assertDenied(await world.judge(policy), "identity/not-asked");
  assert.equal((await world.judge(asksScan)).outcome, "pass");
});

test("a finding that is worse than the policy's bound is denied too", async () => {
  const policy = await policyAsking([{ scan: { by: "scanner", deny: "medium" } }], { parties });
  const world = await makeEvidenceWorld(trust);
  await world.attestAs(scanner, scanPredicate({ at: hoursAgo(1), findings: FINDINGS }));
  assertDenied(await world.judge(policy), "evidence/vulnerable");
});

test("VEX about another image of the same name excuses nothing here", () => {
  const found = { name: "base", purl: "pkg:oci/base", licenses: [] };
  const finding: ScanFinding = { id: "CVE-2026-1", aliases: [], severity: "critical", package: found };
  const product = { id: "pkg:oci/base", digests: { sha256: "cd".repeat(32) }, parts: [] };
  const about = {
    subject: digestOf(Buffer.from("image")),
    now: NOW,
    statements: [{ ids: ["CVE-2026-1"], status: "not_affected", products: [product] }],
  } as const;
  assert.deepEqual(findExcuse(finding, indexVex([finding], about)), {
    isExcused: false,
    note: "VEX is about pkg:oci/base alone, which this is not",
  });
});

function provenanceWith(parameters: object): object {
  return {
    buildDefinition: {
      buildType: "https://ci.acme.io/v1",
      externalParameters: { repository: "https://git.acme.io/app", ref: "refs/heads/main", ...parameters },
      resolvedDependencies: [],
    },
    runDetails: { builder: { id: "https://ci.acme.io/runner" } },
  };
}

test("parameters of a build that nobody expects can be refused (CVE-2023-37264)", async () => {
  const expr = 'predicate.buildDefinition.externalParameters.all(name, name in ["repository", "ref"])';
  const type = "https://slsa.dev/provenance/v1";
  const policy = await policyAsking([{ attestation: { by: "scanner", type, expr } }], { parties });
  const world = await makeEvidenceWorld(trust);
  await world.attestAs(scanner, provenanceWith({}), { type });
  assert.equal((await world.judge(policy)).outcome, "pass");
  const other = await makeEvidenceWorld(trust);
  await other.attestAs(scanner, provenanceWith({ results: { digest: "sha256:mine" } }), { type });
  assertDenied(await other.judge(policy), "evidence/expression-false");
});
