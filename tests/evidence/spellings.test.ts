/** Images that programs in Go would take for others: a member in other letters stands for the known one there, and the last counts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { copy } from "../../src/copy.ts";
import type { Descriptor } from "../../src/core/descriptor.ts";
import { digestOf } from "../../src/core/digest.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../src/core/media-types.ts";
import { parseDestination, parseReference } from "../../src/core/reference.ts";
import type { Store } from "../../src/core/store.ts";
import type { Verdict } from "../../src/core/verdict.ts";
import { encodeJson } from "../../src/encoding/json.ts";
import { openMemoryStore } from "../../src/registry/memory.ts";
import { pushImage } from "../../src/testing/image.ts";
import { gateAsking, HOUR, makeAttester, makeEvidenceWorld, needsScan, NOW, scanPredicate, trustOf } from "./world.ts";

const scanner = await makeAttester("scanner");
const trust = trustOf([scanner]);
const policy = gateAsking([needsScan()], [scanner]);
const good = scanPredicate({ at: new Date(NOW.getTime() - HOUR) });
const SPELLINGS = ["Manifests", "MANIFESTS", "manifest\u{17f}"];

async function pushManifest(
  store: Store,
  mediaType: string,
  members: object,
  options: Parameters<Store["pushManifest"]>[2] = { tag: "v1" },
): Promise<Descriptor> {
  const bytes = encodeJson({ schemaVersion: 2, mediaType, ...members });
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await store.pushManifest(descriptor, bytes, options);
  return descriptor;
}

async function pushChild(store: Store, name: string): Promise<Descriptor> {
  const { mediaType, digest, size } = await pushImage(store, { files: [{ path: name, bytes: Buffer.from(name) }] });
  return { mediaType, digest, size };
}

function codesOf({ findings }: Verdict): readonly string[] {
  return findings.map(({ code }) => code);
}

test("an index that names one child to us and another to them is no", async () => {
  const world = await makeEvidenceWorld(trust);
  const [child, evil] = [await pushChild(world.store, "child"), await pushChild(world.store, "evil")];
  await world.attestAs(scanner, good, { about: child.digest });
  const honest = await pushManifest(world.store, OCI_INDEX, { manifests: [child] });
  assert.equal((await world.judge(policy, { about: honest.digest })).outcome, "pass");
  for (const name of SPELLINGS) {
    const index = await pushManifest(world.store, OCI_INDEX, { manifests: [child], [name]: [evil] });
    const verdict = await world.judge(policy, { about: index.digest });
    assert.deepEqual([verdict.outcome, codesOf(verdict)], ["deny", ["json/case-variant"]], name);
  }
});

test("a child whose configuration or layers are others to them leaves the answer open", async () => {
  const world = await makeEvidenceWorld(trust);
  const child = await pushChild(world.store, "child");
  await world.attestAs(scanner, good, { about: child.digest });
  const part = { mediaType: "application/vnd.example", digest: child.digest, size: child.size };
  for (const more of [{ Config: part }, { "layer\u{17f}": [part] }, { layers: [{ ...part, Digest: part.digest }] }]) {
    const evil = await pushManifest(world.store, OCI_MANIFEST, { config: part, layers: [part], ...more }, { isPart: true });
    const index = await pushManifest(world.store, OCI_INDEX, { manifests: [child, evil] });
    assert.equal((await world.judge(policy, { about: index.digest })).outcome, "unknown", JSON.stringify(more));
  }
});

test("such an index is not copied, neither is one with such a child, and what hangs there so is left out with a note", async () => {
  const store = openMemoryStore();
  const child = await pushChild(store, "child");
  const run = (): ReturnType<typeof copy> =>
    copy(parseReference("oci:from:v1"), parseDestination("oci:to:v1"), { from: store, to: openMemoryStore() });
  const evil = await pushManifest(store, OCI_INDEX, { manifests: [child], Manifests: [child] });
  await assert.rejects(run(), /differs from "manifests" only in case/);
  await pushManifest(store, OCI_INDEX, { manifests: [child, evil] });
  await assert.rejects(run(), /differs from "manifests" only in case/);

  const root = await pushManifest(store, OCI_INDEX, { manifests: [child] });
  const hanging = encodeJson({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: child, layers: [], subject: root, Config: child });
  const descriptor = { mediaType: OCI_MANIFEST, digest: digestOf(hanging), size: hanging.length };
  await store.pushManifest(descriptor, hanging);
  const listing = await store.referrers(root.digest);
  assert.deepEqual([listing.referrers, listing.notes.map(({ code }) => code)], [[], ["listing/malformed-entry"]]);
  const report = await run();
  assert.equal(report.referrers, 0);
  assert.match(report.notes.join("\n"), /cannot be read/);
});
