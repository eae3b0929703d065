/** What hangs on an image as `tree`, `inspect` and `download` show it: every carrier, signed or not, whole or broken. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import type { Descriptor } from "../../src/core/descriptor.ts";
import { type Digest, digestHex, digestOf, parseDigest } from "../../src/core/digest.ts";
import { OCI_MANIFEST } from "../../src/core/media-types.ts";
import { type Downloaded, downloadSignatures, downloadStatements } from "../../src/download.ts";
import { encodeJson } from "../../src/encoding/json.ts";
import { writeAttached } from "../../src/formats/attached/manifest.ts";
import { attestationTag } from "../../src/formats/cosign-attestation/manifest.ts";
import { bundleCarrier } from "../../src/formats/sigstore-bundle/manifest.ts";
import { BUNDLE } from "../../src/formats/sigstore-bundle/media-types.ts";
import type { InspectedStatement, InspectedSubject } from "../../src/showing/inspect-statement.ts";
import { inspect, type InspectReport } from "../../src/inspect.ts";
import { contentKindOf } from "../../src/statements/content.ts";
import { encodeStatement } from "../../src/statements/statement.ts";
import { tree, type TreeNode } from "../../src/tree.ts";
import { findFaults } from "../json-schema.ts";
import { attachDocument, signArtifact } from "./attach-document.ts";
import { type EvidenceWorld, makeAttester, makeEvidenceWorld, makeKeyHolder, NOW, SCAN_TYPE, scanPredicate, trustOf } from "./world.ts";

const SPDX = "application/spdx+json";
const SPDX_TYPE = "https://spdx.dev/Document";
const REVIEW = "https://acme.io/review/v1";
const OTHER = `sha256:${"0".repeat(64)}`;

const ci = await makeAttester("ci");
const keyed = makeKeyHolder("keyed");
const findings = ["critical", "low", "low"].map((severity, index) => ({ id: `CVE-2026-${index}`, severity }));
const scan = scanPredicate({ at: NOW, findings });
const spdx = readFileSync(join(import.meta.dirname, "..", "fixtures", "documents", "syft.spdx.json"), "utf8");

/** By what it is. */
interface Scene {
  readonly world: EvidenceWorld;
  readonly signature: Digest;
  readonly attached: Digest;
  readonly bundle: Digest;
  readonly keyless: Digest;
  readonly document: Digest;
  readonly unsigned: Digest;
  readonly foreign: Digest;
  readonly broken: Digest;
  readonly tagged: Digest;
}

let scene: Scene;

before(async () => {
  const world = await makeEvidenceWorld(trustOf([ci]));
  const text = spdx.replaceAll("18a67be7fad03851d63051d4decbe08b809d4d38b965994ac6be9962ac021b7e", digestHex(world.digest));
  const image = { mediaType: OCI_MANIFEST, digest: world.digest, size: (await world.store.resolve(world.reference)).bytes.length };
  await signArtifact(world, image, ci);
  const signature = (await world.store.referrers(world.digest)).referrers[0]?.digest;
  assert.ok(signature !== undefined);
  const bundle = (await world.attestAs(keyed, { by: "ana" }, { type: REVIEW })).evidence.digest;
  const document = await attachDocument(world, { artifactType: SPDX, text });
  await signArtifact(world, document, ci);
  scene = {
    world,
    signature,
    bundle,
    document: document.digest,
    attached: (await world.attestAs(ci, scan)).evidence.digest,
    keyless: await pushKeyless(world, image, await bytesOfBundle(world, bundle)),
    unsigned: (await attachDocument(world, { artifactType: SPDX, text: `${text} ` })).digest,
    foreign: await pushAttached(world, image, parseDigest(OTHER)),
    broken: (await attachDocument(world, { artifactType: SPDX, text: "{" })).digest,
    tagged: await pushTag(world, await bytesOfBundle(world, bundle)),
  };
});

async function bytesOfBundle({ store }: EvidenceWorld, digest: Digest): Promise<Uint8Array> {
  const { bytes } = await store.resolve({ digest });
  const { layers } = JSON.parse(Buffer.from(bytes).toString()) as { readonly layers: readonly Descriptor[] };
  assert.ok(layers[0] !== undefined);
  return store.fetch(layers[0]);
}

/** The same, as it would be if it were signed with a certificate of Sigstore's. */
async function pushKeyless({ store }: EvidenceWorld, subject: Descriptor, bundle: Uint8Array): Promise<Digest> {
  const document = JSON.parse(Buffer.from(bundle).toString()) as object;
  const certificate = { rawBytes: Buffer.from("certificate").toString("base64") };
  const envelope = encodeJson({ ...document, verificationMaterial: { certificate } });
  const written = bundleCarrier.writeManifest({
    subject,
    envelope,
    mediaType: BUNDLE,
    chain: [],
    signingTime: NOW,
    form: "artifact",
    predicateType: REVIEW,
  });
  for (const blob of written.blobs) await store.pushBlob(blob.descriptor, blob.bytes);
  await store.attach([written], { subject });
  return written.descriptor.digest;
}

/** A statement that hangs on the image and is about another. */
async function pushAttached({ store }: EvidenceWorld, subject: Descriptor, about: Digest): Promise<Digest> {
  const subjects = [{ digest: { sha256: digestHex(about) } }];
  const statement = encodeStatement({ subjects, predicateType: SCAN_TYPE, predicate: scan });
  const written = writeAttached({ subject, statement, predicateType: SCAN_TYPE, chain: [] });
  for (const blob of written.blobs) await store.pushBlob(blob.descriptor, blob.bytes);
  await store.attach([written], { subject });
  return written.descriptor.digest;
}

/** As older cosigns do: the envelope of a bundle, under the tag. */
async function pushTag({ store, digest }: EvidenceWorld, bundle: Uint8Array): Promise<Digest> {
  const { dsseEnvelope } = JSON.parse(Buffer.from(bundle).toString()) as { readonly dsseEnvelope: object };
  const envelope = encodeJson(dsseEnvelope);
  const layer = {
    mediaType: "application/vnd.dsse.envelope.v1+json",
    digest: digestOf(envelope),
    size: envelope.length,
    annotations: { predicateType: REVIEW, "dev.cosignproject.cosign/signature": "" },
  };
  const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest: digestOf(Buffer.from("{}")), size: 2 };
  await store.pushBlob(layer, envelope);
  await store.pushBlob(config, Buffer.from("{}"));
  const manifest = encodeJson({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] });
  const descriptor = { mediaType: OCI_MANIFEST, digest: digestOf(manifest), size: manifest.length };
  await store.pushManifest(descriptor, manifest, { tag: attestationTag(digest) });
  return layer.digest;
}

async function inspected(): Promise<InspectReport> {
  const report = await inspect(scene.world.reference, { store: scene.world.store, clock: { now: () => NOW } });
  assert.deepEqual(findFaults(report), []);
  return report;
}

async function statementOf(name: Exclude<keyof Scene, "world" | "signature">): Promise<InspectedStatement> {
  const found = (await inspected()).statements.find(({ digest }) => digest === scene[name]);
  assert.ok(found !== undefined, name);
  return found;
}

const digestsIn = (subjects: readonly InspectedSubject[]): readonly string[] => subjects.map(({ digest }) => `sha256:${digest["sha256"]}`);
const codes = (list: readonly { readonly code: string }[]): readonly string[] => list.map(({ code }) => code);

test("inspect: each statement once, whatever carries it, and the image's own signature apart", async () => {
  const { signatures, statements, complete, notes } = await inspected();
  assert.deepEqual([signatures.map(({ digest }) => digest), complete, notes], [[scene.signature], true, []]);
  const { attached, bundle, keyless, document, unsigned, foreign, broken, tagged } = scene;
  assert.deepEqual(
    statements.map(({ digest, carrier }) => `${digest} ${carrier}`).toSorted(),
    [
      ...[attached, foreign].map((digest) => `${digest} attached`),
      ...[bundle, keyless].map((digest) => `${digest} bundle`),
      ...[document, unsigned, broken].map((digest) => `${digest} document`),
      `${tagged} cosign-attestation`,
    ].toSorted(),
  );
});

test("inspect: what a statement says is told in figures, and apart from who has proven to say it", async () => {
  const { claimed, signatures } = await statementOf("attached");
  assert.deepEqual(claimed?.content, {
    kind: "scan",
    scanner: "pkg:github/acme/scanner@1",
    scannerVersion: "1",
    databaseAt: NOW.toISOString(),
    findings: 3,
    severities: { critical: 1, low: 2 },
    at: NOW.toISOString(),
  });
  assert.deepEqual(digestsIn(claimed.subjects), [scene.world.digest]);
  assert.deepEqual(
    signatures.map(({ claimed: says, proven, findings: seen }) => [says?.subject, proven?.signer, codes(seen)]),
    [[scene.attached, "CN=ci,O=Acme,C=US", ["subject/match", "integrity/verified"]]],
  );
  const said = await statementOf("document");
  assert.deepEqual([said.claimed?.predicateType, said.claimed?.content?.kind, said.signatures.length], [SPDX_TYPE, "sbom", 1]);
});

test("inspect: of a bare key its hint is claimed and nothing is proven", async () => {
  for (const name of ["bundle", "tagged"] as const) {
    const { claimed, signatures } = await statementOf(name);
    assert.deepEqual([claimed?.predicateType, claimed?.content], [REVIEW, { kind: "other" }]);
    const [signature] = signatures;
    assert.deepEqual([signature?.proven, signature?.claimed?.subject], [undefined, scene.world.digest]);
    assert.equal(signature?.keyHint, name === "bundle" && keyed.identity.kind === "key" ? keyed.identity.fingerprint : undefined);
  }
});

test("inspect: what cannot be verified is decoded all the same", async () => {
  const keyless = await statementOf("keyless");
  assert.equal(keyless.claimed?.predicateType, REVIEW);
  assert.deepEqual(
    keyless.signatures.map(({ format, findings: seen }) => [format, codes(seen)]),
    [["sigstore-bundle", ["bundle/keyless-unsupported"]]],
  );
  assert.deepEqual((await statementOf("unsigned")).signatures, []);
  const foreign = await statementOf("foreign");
  assert.deepEqual([codes(foreign.findings), foreign.claimed?.content], [["evidence/subject"], undefined]);
  assert.deepEqual(digestsIn(foreign.claimed?.subjects ?? []), [OTHER]);
  const broken = await statementOf("broken");
  assert.deepEqual([codes(broken.findings), broken.claimed], [["json/syntax"], undefined]);
});

test("inspect: a document whose manifest is broken is shown as the document that it is listed as", async () => {
  const world = await makeEvidenceWorld(trustOf([ci]));
  const { digest } = await attachDocument(world, { artifactType: SPDX, text: spdx, layers: 2 });
  const { statements } = await inspect(world.reference, { store: world.store, clock: { now: () => NOW } });
  assert.deepEqual(
    statements.map((statement) => [statement.digest, statement.carrier, codes(statement.findings)]),
    [[digest, "document", ["manifest/invalid"]]],
  );
});

test("tree: statements are told by their manifests, with their signatures below", async () => {
  const report = await tree(scene.world.reference, { store: scene.world.store });
  assert.deepEqual(findFaults(report), []);
  const node = (digest: Digest): TreeNode | undefined => report.root.referrers.find((one) => one.digest === digest);
  assert.deepEqual([node(scene.signature)?.format, node(scene.signature)?.evidence], ["notary-jws", undefined]);
  assert.deepEqual(node(scene.attached)?.evidence, { carrier: "attached", predicateType: SCAN_TYPE, content: "scan" });
  assert.deepEqual(node(scene.document)?.evidence, { carrier: "document", predicateType: SPDX_TYPE, content: "sbom" });
  for (const digest of [scene.bundle, scene.keyless]) {
    assert.equal(node(digest)?.format, "sigstore-bundle");
    assert.deepEqual(node(digest)?.evidence, { carrier: "bundle", predicateType: REVIEW, content: "other" });
  }
  assert.deepEqual(
    [scene.attached, scene.document, scene.unsigned].map((digest) => node(digest)?.referrers.map(({ format }) => format)),
    [["notary-jws"], ["notary-jws"], []],
  );
  assert.deepEqual(
    report.tags.map(({ tag, attestations }) => [
      tag,
      attestations?.map(({ digest, signedBy, evidence }) => [digest, signedBy, evidence.predicateType]),
    ]),
    [[attestationTag(scene.world.digest), [[scene.tagged, "key", REVIEW]]]],
  );
});

async function downloaded(wants?: (type: string) => boolean): Promise<readonly Downloaded[]> {
  const found: Downloaded[] = [];
  const keep = (one: Downloaded): Promise<void> => Promise.resolve(void found.push(one));
  const options = { store: scene.world.store, keep };
  const report = await downloadStatements(scene.world.reference, wants === undefined ? options : { ...options, wants });
  assert.equal(report.complete, true);
  for (const { bytes, stored } of found) assert.equal(digestOf(bytes), stored.digest);
  return found;
}

const named = (found: readonly Downloaded[]): readonly string[] => found.map(({ digest, format }) => `${format} ${digest}`).toSorted();

test("download: statements as they are stored, all of them, of a kind or of a type", async () => {
  const { attached, bundle, keyless, document, unsigned, foreign, broken, tagged } = scene;
  const sboms = [document, unsigned].map((digest) => `spdx ${digest}`);
  const scans = [attached, foreign].map((digest) => `in-toto ${digest}`);
  const reviews = [`dsse ${tagged}`, ...[bundle, keyless].map((digest) => `sigstore-bundle ${digest}`)];
  assert.deepEqual(named(await downloaded()), [...sboms, `spdx ${broken}`, ...scans, ...reviews].toSorted());
  assert.deepEqual(named(await downloaded((type) => contentKindOf(type) === "sbom")), [...sboms, `spdx ${broken}`].toSorted());
  assert.deepEqual(named(await downloaded((type) => contentKindOf(type) === "scan")), scans.toSorted());
  assert.deepEqual(named(await downloaded((type) => type === REVIEW)), reviews.toSorted());
});

test("download: a bundle that states something is no signature of the image", async () => {
  const found: Digest[] = [];
  const keep = ({ digest }: Downloaded): Promise<void> => Promise.resolve(void found.push(digest));
  await downloadSignatures(scene.world.reference, { store: scene.world.store, keep });
  assert.deepEqual(found, [scene.signature]);
});
