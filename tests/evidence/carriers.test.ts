/** Statements by bare keys, in bundles or attached, and what is asked of each manifest of an index. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Descriptor } from "../../src/core/descriptor.ts";
import { digestOf } from "../../src/core/digest.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../src/core/media-types.ts";
import { encodeJson } from "../../src/encoding/json.ts";
import { pushImage } from "../../src/testing/image.ts";
import {
  type EvidenceWorld,
  gateAsking,
  HOUR,
  makeAttester,
  makeEvidenceWorld,
  makeKeyHolder,
  needsScan,
  NOW,
  scanPredicate,
  trustOf,
} from "./world.ts";

const scanner = await makeAttester("scanner");
const keyed = makeKeyHolder("scanner");
const other = makeKeyHolder("other");
const trust = trustOf([scanner]);
const good = scanPredicate({ at: new Date(NOW.getTime() - HOUR) });

test("a bare key's statement is a bundle, and counts for whom the policy knows by the whole key", async () => {
  const policy = gateAsking([needsScan({ maxAge: 86_400 })], [keyed]);
  const world = await makeEvidenceWorld(trust);
  const { evidence, signature, format } = await world.attestAs(other, good);
  assert.equal(evidence.digest, signature.digest);
  assert.equal(format, "sigstore-bundle");
  assert.equal((await world.judge(policy)).outcome, "deny");
  await world.attestAs(keyed, good);
  const verdict = await world.judge(policy);
  assert.equal(verdict.outcome, "pass");
  assert.equal(verdict.requirements[0]?.counted[0]?.party, "scanner");
  assert.deepEqual(verdict.signatures, []);
});

test("what is too large for a bundle is attached, and a bare key signs that", async () => {
  const policy = gateAsking([needsScan()], [keyed]);
  const world = await makeEvidenceWorld(trust);
  const findings = Array.from({ length: 90_000 }, (_, number) => ({ id: `CVE-2026-${number}-${"x".repeat(50)}`, severity: "low" }));
  const { evidence, signature } = await world.attestAs(keyed, scanPredicate({ at: NOW, findings }));
  assert.notEqual(evidence.digest, signature.digest);
  assert.equal((await world.judge(policy)).outcome, "pass");
});

test("a bundle that says something counts as no signature of the image", async () => {
  const world = await makeEvidenceWorld(trust);
  await world.attestAs(keyed, good);
  const signed = gateAsking([{ kind: "signature", name: "signature", by: ["scanner"], byText: "scanner", atLeast: 1 }], [keyed]);
  const verdict = await world.judge(signed);
  assert.equal(verdict.outcome, "deny");
  assert.equal(verdict.evidence, undefined);
});

async function pushIndex({ store }: EvidenceWorld, children: readonly Descriptor[]): Promise<Descriptor> {
  const bytes = encodeJson({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: children });
  const index = { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length };
  await store.pushManifest(index, bytes);
  return index;
}

async function child(world: EvidenceWorld, name: string): Promise<Descriptor> {
  return pushImage(world.store, { files: [{ path: name, bytes: Buffer.from(name) }] });
}

test("each child of an index needs its own scan, nested ones and those that claim to run nowhere too", async () => {
  const policy = gateAsking([needsScan()], [scanner]);
  const world = await makeEvidenceWorld(trust);
  const [one, two, three] = [await child(world, "one"), await child(world, "two"), await child(world, "three")];
  const nowhere = { ...three, platform: { os: "unknown", architecture: "unknown" } };
  const nested = await pushIndex(world, [two]);
  const index = await pushIndex(world, [one, nested, nowhere]);
  const judge = async (): Promise<string> =>
    (await world.judge(policy, { about: index.digest })).requirements
      .map(({ outcome }) => outcome)
      .toSorted()
      .join();
  assert.equal(await judge(), "deny,deny,deny");
  await world.attestAs(scanner, good, { about: one.digest });
  await world.attestAs(scanner, good, { about: two.digest });
  assert.equal(await judge(), "deny,pass,pass");
  // One about the index alone is about none of them.
  await world.attestAs(scanner, good, { about: index.digest });
  assert.equal(await judge(), "deny,pass,pass");
  await world.attestAs(scanner, good, { about: three.digest });
  assert.equal(await judge(), "pass,pass,pass");
});

test("what holds in-toto statements alone does not run; an index of nothing else meets nothing", async () => {
  const policy = gateAsking([needsScan()], [scanner]);
  const world = await makeEvidenceWorld(trust);
  const config = encodeJson({});
  const layer = { mediaType: "application/vnd.in-toto+json", digest: digestOf(config), size: config.length };
  const bytes = encodeJson({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: layer, layers: [layer] });
  const statements = { mediaType: OCI_MANIFEST, digest: digestOf(bytes), size: bytes.length };
  await world.store.pushBlob(layer, config);
  await world.store.pushManifest(statements, bytes);
  const image = await child(world, "image");
  await world.attestAs(scanner, good, { about: image.digest });
  const labelled = { ...statements, platform: { os: "unknown", architecture: "unknown" } };
  const whole = await pushIndex(world, [image, labelled]);
  assert.equal((await world.judge(policy, { about: whole.digest })).outcome, "pass");
  const empty = await pushIndex(world, [labelled]);
  assert.equal((await world.judge(policy, { about: empty.digest })).outcome, "deny");
});

test("layers that claim to be statements hide nothing that an index names for a platform, or for none, in any place", async () => {
  const policy = gateAsking([needsScan()], [scanner]);
  const world = await makeEvidenceWorld(trust);
  const layer = { mediaType: "application/vnd.in-toto+json", digest: digestOf(Buffer.from("a tar")), size: 5 };
  const bytes = encodeJson({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: layer, layers: [layer] });
  const hidden = { mediaType: OCI_MANIFEST, digest: digestOf(bytes), size: bytes.length };
  await world.store.pushManifest(hidden, bytes);
  const image = await child(world, "image");
  await world.attestAs(scanner, good, { about: image.digest });
  const nowhere = { ...hidden, platform: { os: "unknown", architecture: "unknown" } };
  const linux = { ...hidden, platform: { os: "linux", architecture: "amd64" } };
  const half = { ...hidden, platform: { os: "unknown", architecture: "amd64" } };
  const nested = await pushIndex(world, [nowhere, linux]);
  assert.equal((await world.judge(policy, { about: (await pushIndex(world, [image, nowhere])).digest })).outcome, "pass");
  for (const more of [[linux], [half], [hidden], [nowhere, linux], [linux, nowhere], [nowhere, nested]]) {
    const index = await pushIndex(world, [image, ...more]);
    assert.equal((await world.judge(policy, { about: index.digest })).outcome, "deny", JSON.stringify(more));
  }
  assert.equal((await world.judge(policy, { about: hidden.digest })).outcome, "deny");
});

test("a child that cannot be read leaves the answer open", async () => {
  const policy = gateAsking([needsScan()], [scanner]);
  const world = await makeEvidenceWorld(trust);
  const image = await child(world, "image");
  await world.attestAs(scanner, good, { about: image.digest });
  const index = await pushIndex(world, [image, { mediaType: OCI_MANIFEST, digest: digestOf(Buffer.from("gone")), size: 4 }]);
  assert.equal((await world.judge(policy, { about: index.digest })).outcome, "unknown");
});

test("neither does a broken one throw, nor an image that is broken itself", async () => {
  const policy = gateAsking([needsScan()], [scanner]);
  const world = await makeEvidenceWorld(trust);
  const image = await child(world, "image");
  await world.attestAs(scanner, good, { about: image.digest });
  for (const [mediaType, members] of [
    [OCI_MANIFEST, { config: {} }],
    [OCI_INDEX, {}],
    [OCI_INDEX, { manifests: [{}] }],
  ] as const) {
    const bytes = encodeJson({ schemaVersion: 2, mediaType, ...members });
    const broken = { mediaType, digest: digestOf(bytes), size: bytes.length };
    await world.store.pushManifest(broken, bytes, { isPart: true });
    const index = await pushIndex(world, [image, broken]);
    for (const { digest } of [broken, index]) assert.equal((await world.judge(policy, { about: digest })).outcome, "unknown", digest);
  }
});
