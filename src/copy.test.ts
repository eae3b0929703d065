/** Copying between every two kinds of place, what is sent twice, and what is left out or refused. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fs, { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startFaultProxy } from "../tests/fixtures/fault-proxy.ts";
import {
  attachNote,
  cosignTag,
  everythingAt,
  LAYER_TYPE,
  makeImage,
  makeNote,
  pushBytes,
  pushRichImage,
  stored,
} from "../tests/fixtures/rich-image.ts";
import { copy, type CopyReport } from "./copy.ts";
import { walkClosure } from "./copying/closure.ts";
import type { Descriptor } from "./core/descriptor.ts";
import { digestHex, digestOf } from "./core/digest.ts";
import { CountersignError, type ErrorCode } from "./core/errors.ts";
import { OCI_INDEX, OCI_MANIFEST } from "./core/media-types.ts";
import { parseDestination, parseReference } from "./core/reference.ts";
import type { Store, StoredManifest } from "./core/store.ts";
import { createHttpClient } from "./net/http-client.ts";
import { openArchive } from "./registry/archive.ts";
import { openLayout } from "./registry/layout.ts";
import { openMemoryStore } from "./registry/memory.ts";
import { openRegistry } from "./registry/remote/store.ts";
import { type Answer, type RegistryOptions, type RunningRegistry, startRegistry } from "./testing/registry-server.ts";

interface Place {
  /** A reference to it, without a tag. */
  readonly name: string;
  readonly store: Store;
  readonly registry?: RunningRegistry;
}

type Kind = "memory" | "layout" | "archive" | "registry with the referrers API" | "registry without it";
const KINDS: readonly Kind[] = ["memory", "layout", "archive", "registry with the referrers API", "registry without it"];

async function startPlace(context: TestContext, kind: Kind, options: RegistryOptions = {}): Promise<Place> {
  // The reference of a store in memory is only ever shown.
  if (kind === "memory") return { name: "oci:memory", store: openMemoryStore() };
  if (kind === "layout" || kind === "archive") {
    const folder = mkdtempSync(join(tmpdir(), "countersign-copy-"));
    context.after(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, kind);
    if (kind === "layout") return { name: `oci:${path}`, store: openLayout(path, { create: true }) };
    return { name: `oci-archive:${path}`, store: openArchive(path, { create: true }) };
  }
  const registry = await startRegistry({ referrersApi: kind === "registry with the referrers API", ...options });
  context.after(() => registry.close());
  return { name: `${registry.host}/team/app`, store: storeIn(context, registry, "team/app"), registry };
}

function storeIn(context: TestContext, registry: { readonly host: string }, repository: string): Store {
  const client = createHttpClient({ socketsPerHost: 32, patience: { tries: 4, firstPauseMs: 2, withinMs: 600_000 } });
  context.after(() => client.close());
  return openRegistry({ registry: registry.host, client }).repository(repository);
}

function run(from: Place, to: Place, { tag = "v1" } = {}): Promise<CopyReport> {
  return copy(parseReference(`${from.name}:v1`), parseDestination(`${to.name}:${tag}`), { from: from.store, to: to.store });
}

function failsWith(code: ErrorCode, words: RegExp = /./): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof CountersignError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    return true;
  };
}

for (const [position, from] of KINDS.entries()) {
  // Each kind once on either side with each of the next two: every pair is tried in one direction or the other.
  for (const to of [from, KINDS[(position + 1) % KINDS.length], KINDS[(position + 2) % KINDS.length]]) {
    if (to === undefined) continue;
    test(`everything arrives: ${from} to ${to}, and nothing is sent a second time`, async (context) => {
      const [source, destination] = [await startPlace(context, from), await startPlace(context, to)];
      const { referrers, tags, root } = await pushRichImage(source.store, "v1");
      const report = await run(source, destination);
      assert.deepEqual(await everythingAt(destination.store, { tag: "v1" }), await everythingAt(source.store, { tag: "v1" }));
      assert.equal(report.referrers, referrers);
      assert.deepEqual(report.tags.toSorted(), tags.toSorted());
      assert.equal(report.subject.digest, root.descriptor.digest);
      assert.deepEqual(
        { complete: report.complete, notes: report.notes, trust: report.trust },
        { complete: true, notes: [], trust: "not-judged" },
      );
      assert.equal(report.blobs.held.count + report.blobs.mounted.count + report.manifests.held.count, 0);

      const again = await run(source, destination);
      assert.deepEqual(again.blobs.copied, { count: 0, bytes: 0 });
      assert.deepEqual(again.blobs.held, report.blobs.copied);
      assert.deepEqual(again.manifests, { copied: { count: 0, bytes: 0 }, held: report.manifests.copied });
      assert.deepEqual(await everythingAt(destination.store, { tag: "v1" }), await everythingAt(source.store, { tag: "v1" }));
    });
  }
}

test("children come before parents, subjects before what refers to them, and the tag is the last that is written", async (context) => {
  const source = await startPlace(context, "memory");
  const { root, children, tags } = await pushRichImage(source.store, "v1");
  for (const kind of ["registry with the referrers API", "registry without it"] as const) {
    const destination = await startPlace(context, kind);
    await run(source, destination);
    const puts = (destination.registry?.requests ?? []).filter(({ method }) => method === "PUT").map(({ url }) => url);
    const place = (name: string): number => puts.findIndex((url) => url.endsWith(`/manifests/${name}`));
    const lastBlob = puts.findLastIndex((url) => url.includes("/blobs/"));
    assert.equal(place("v1"), puts.length - 1);
    for (const child of children) assert.ok(place(child.descriptor.digest) < place(root.descriptor.digest));
    for (const child of children) assert.ok(lastBlob < place(child.descriptor.digest));
    for (const tag of tags) assert.ok(place(root.descriptor.digest) < place(tag));
    const seen = new Set<string>();
    for (const url of puts) {
      const subject = /\/manifests\/sha256-([0-9a-f]{64})\.cs-/.exec(url)?.[1];
      if (subject !== undefined)
        assert.ok(
          [...seen].some((name) => name.includes(subject)),
          "the subject was pushed first",
        );
      seen.add(url);
    }
  }
});

test("within a registry blobs are mounted, also behind tokens, and a registry that will not is sent them", async (context) => {
  const refused = { headers: {}, body: new Uint8Array() };
  const withTokens: RegistryOptions = { token: {}, htpasswd: { alice: "secret" } };
  const willing: readonly RegistryOptions[] = [{}, withTokens];
  const unwilling: readonly RegistryOptions[] = [
    { tamper: ({ url }) => (url.includes("mount=") ? { ...refused, status: 401 } : undefined) },
    // A token server that gives none for two repositories.
    ...[400, 401, 403].map((status): RegistryOptions => ({
      ...withTokens,
      tamper: ({ url }) => (url.split("scope=").length > 2 ? { ...refused, status } : undefined),
    })),
  ];
  for (const options of [...willing, ...unwilling]) {
    const registry = await startRegistry(options);
    context.after(() => registry.close());
    const client = createHttpClient();
    context.after(() => client.close());
    const opened = openRegistry({
      registry: registry.host,
      client,
      credentials: () => Promise.resolve({ username: "alice", password: "secret", source: "the test" }),
    });
    const [from, to] = ["team/app", "prod/app"].map((name) => ({ name: `${registry.host}/${name}`, store: opened.repository(name) }));
    assert.ok(from !== undefined && to !== undefined);
    await pushRichImage(from.store, "v1");
    const report = await run(from, to);
    const { copied, mounted } = report.blobs;
    assert.ok(willing.includes(options) ? copied.count === 0 && mounted.count > 5 : mounted.count === 0 && copied.count > 5);
    assert.deepEqual(await everythingAt(to.store, { tag: "v1" }), await everythingAt(from.store, { tag: "v1" }));
  }
});

test("what the destination's index holds already is kept", async (context) => {
  const source = await startPlace(context, "memory");
  const { root } = await pushRichImage(source.store, "v1");
  for (const kind of KINDS) {
    const destination = await startPlace(context, kind);
    await run(source, destination);
    const own = await attachNote(destination.store, root.descriptor, "made at the destination");
    await destination.store.commit();
    const added = await attachNote(source.store, root.descriptor, `made at the source, for ${kind}`);
    await run(source, destination);
    const { referrers } = await destination.store.referrers(root.descriptor.digest);
    const digests = new Set(referrers.map(({ digest }) => digest));
    for (const { descriptor } of [own, added]) assert.ok(digests.has(descriptor.digest), kind);
  }
});

test("a listing that is incomplete is no copy, and nothing is written", async (context) => {
  const source = await startPlace(context, "registry without it", {
    tamper: ({ url }, { status }) => (url.includes("/referrers/") && status === 404 ? { status: 403 } : undefined),
  });
  await source.store.pushManifest(...(await imageArguments(source.store)));
  const destination = await startPlace(context, "registry without it");
  await assert.rejects(run(source, destination), failsWith("store/incomplete", /could not be listed to the end/));
  assert.deepEqual(destination.registry?.requests, []);
});

async function imageArguments(store: Store): Promise<Parameters<Store["pushManifest"]>> {
  const { descriptor, bytes } = await makeImage(store, [Buffer.from("layer")]);
  return [descriptor, bytes, { tag: "v1" }];
}

test("entries that lead nowhere, or to something else than they say, are said and left out", async (context) => {
  const source = await startPlace(context, "registry without it");
  const store = source.store;
  const image = await makeImage(store, [Buffer.from("layer")]);
  await store.pushManifest(image.descriptor, image.bytes, { tag: "v1" });
  const good = await attachNote(store, image.descriptor, "good");
  const stranger = await makeImage(store, [Buffer.from("of another image")]);
  await store.pushManifest(stranger.descriptor, stranger.bytes);
  const gone = await makeNote(store, image.descriptor, "gone");
  const entries = [
    good.descriptor,
    gone.descriptor,
    stranger.descriptor,
    // Its size is a claim.
    { ...(await pushUnlisted(store, image.descriptor)), size: 3 },
  ];
  const index = stored(OCI_INDEX, { manifests: entries });
  await store.pushManifest(index.descriptor, index.bytes, { tag: cosignTag(image.descriptor, "").slice(0, -1) });
  const destination = await startPlace(context, "memory");
  const report = await run(source, destination);
  assert.equal(report.referrers, 2);
  assert.equal(report.complete, false);
  assert.equal(report.notes.length, 2);
  for (const { descriptor } of [gone, stranger]) assert.ok(report.notes.some((note) => note.startsWith(descriptor.digest)));
});

async function pushUnlisted(store: Store, subject: Parameters<typeof makeNote>[1]): Promise<typeof subject> {
  const { descriptor, bytes } = await makeNote(store, subject, "its size is a lie");
  await store.pushManifest(descriptor, bytes);
  return descriptor;
}

test("an image with a part that is not there is an error, and the tag is not moved", async (context) => {
  const source = await startPlace(context, "memory");
  const layer = { mediaType: LAYER_TYPE, digest: digestOf(Buffer.from("absent")), size: 6 };
  const config = await pushBytes(source.store, Buffer.from("{}"));
  const image = stored(OCI_MANIFEST, { config, layers: [layer] });
  const sparse = stored(OCI_INDEX, { manifests: [stored(OCI_MANIFEST, { config, layers: [], absent: true }).descriptor] });
  for (const broken of [image, sparse]) {
    await source.store.pushManifest(broken.descriptor, broken.bytes, { tag: "v1" });
    const destination = await startPlace(context, "memory");
    const old = await makeImage(destination.store, [Buffer.from("old")]);
    await destination.store.pushManifest(old.descriptor, old.bytes, { tag: "v1" });
    await assert.rejects(run(source, destination), failsWith("store/not-found"));
    assert.equal((await destination.store.resolve({ tag: "v1" })).descriptor.digest, old.descriptor.digest);
  }
});

test("a referrer with a part that is not there is left out, with what refers to it", async (context) => {
  const source = await startPlace(context, "memory");
  const image = await makeImage(source.store, [Buffer.from("layer")]);
  await source.store.pushManifest(image.descriptor, image.bytes, { tag: "v1" });
  const layer = { mediaType: LAYER_TYPE, digest: digestOf(Buffer.from("absent")), size: 6 };
  const config = await pushBytes(source.store, Buffer.from("{}"));
  const { mediaType, digest, size } = image.descriptor;
  const broken = stored(OCI_MANIFEST, { config, layers: [layer], subject: { mediaType, digest, size } });
  await source.store.attach([broken], { subject: image.descriptor });
  const about = await attachNote(source.store, broken.descriptor, "about what is broken");
  await attachNote(source.store, image.descriptor, "good");
  const destination = await startPlace(context, "memory");
  const report = await run(source, destination);
  assert.equal(report.referrers, 1);
  assert.equal(report.complete, false);
  assert.equal(report.notes.length, 2);
  assert.match(report.notes[0] ?? "", new RegExp(`^${broken.descriptor.digest} is left out: its part ${layer.digest} .*not there`));
  assert.match(report.notes[1] ?? "", new RegExp(`^${about.descriptor.digest} is left out: it refers to ${broken.descriptor.digest}`));
});

/** An image with one layer, under v1. */
async function pushPlainImage(store: Store): Promise<{ readonly image: StoredManifest; readonly layer: Descriptor }> {
  const content = randomBytes(64);
  const image = await makeImage(store, [content]);
  await store.pushManifest(image.descriptor, image.bytes, { tag: "v1" });
  return { image, layer: { mediaType: LAYER_TYPE, digest: digestOf(content), size: content.length } };
}

async function attachDocument(store: Store, subject: Descriptor, mediaType: string, document: object): Promise<StoredManifest> {
  const referrer = stored(mediaType, { ...document, subject });
  await store.attach([referrer], { subject });
  return referrer;
}

for (const kind of KINDS) {
  test(`what strangers say of the image's parts changes nothing for the image: to ${kind}`, async (context) => {
    const source = await startPlace(context, "memory");
    const { image, layer } = await pushPlainImage(source.store);
    const config = await pushBytes(source.store, Buffer.from("{}"));
    const foreign = { ...layer, mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar" };
    await attachDocument(source.store, image.descriptor, OCI_MANIFEST, { config, layers: [foreign] });
    const liars = [
      await attachDocument(source.store, image.descriptor, OCI_MANIFEST, { config, layers: [{ ...layer, size: layer.size + 1 }] }),
      await attachDocument(source.store, image.descriptor, OCI_INDEX, {
        manifests: [{ ...image.descriptor, size: image.descriptor.size - 1 }],
      }),
      await attachDocument(source.store, image.descriptor, OCI_INDEX, { manifests: [{ ...image.descriptor, mediaType: OCI_INDEX }] }),
    ];
    const destination = await startPlace(context, kind);
    const report = await run(source, destination);
    assert.equal((await destination.store.resolve({ tag: "v1" })).descriptor.digest, image.descriptor.digest);
    assert.ok(await destination.store.has(layer));
    assert.equal(report.referrers, 1);
    assert.equal(report.complete, false);
    assert.deepEqual(
      report.notes.map((note) => note.split(" ", 1)[0]).toSorted(),
      liars.map(({ descriptor }) => descriptor.digest).toSorted(),
    );
  });

  test(`of several sizes said of a part of referrers the right one is found, whoever comes first: to ${kind}`, async (context) => {
    const source = await startPlace(context, "memory");
    const { image } = await pushPlainImage(source.store);
    const config = await pushBytes(source.store, Buffer.from("{}"));
    const part = await pushBytes(source.store, Buffer.from("said to be longer, and shorter"));
    const [, honest] = [
      await attachDocument(source.store, image.descriptor, OCI_MANIFEST, { config, layers: [{ ...part, size: part.size + 1 }] }),
      await attachDocument(source.store, image.descriptor, OCI_MANIFEST, { config, layers: [part] }),
      await attachDocument(source.store, image.descriptor, OCI_MANIFEST, { config, layers: [{ ...part, size: part.size - 1 }] }),
    ];
    const destination = await startPlace(context, kind);
    // A registry that holds the blob takes any size for right.
    await destination.store.pushBlob(part, Buffer.from("said to be longer, and shorter"));
    const report = await run(source, destination);
    assert.deepEqual([report.referrers, report.notes.length, report.complete], [1, 2, false]);
    const listed = await destination.store.referrers(image.descriptor.digest);
    assert.deepEqual(
      listed.referrers.map(({ digest }) => digest),
      [honest?.descriptor.digest],
    );
  });
}

test("a layer that the image calls foreign stays where its URL says, though a referrer calls it an ordinary one", async (context) => {
  const source = await startPlace(context, "memory");
  const config = await pushBytes(source.store, Buffer.from("{}"));
  const layer = { mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar", digest: digestOf(Buffer.from("afar")), size: 4 };
  const image = stored(OCI_MANIFEST, { config, layers: [layer] });
  await source.store.pushManifest(image.descriptor, image.bytes, { tag: "v1" });
  const broken = await attachDocument(source.store, image.descriptor, OCI_MANIFEST, {
    config,
    layers: [{ ...layer, mediaType: LAYER_TYPE }],
  });
  const report = await run(source, await startPlace(context, "memory"));
  assert.equal(report.referrers, 0);
  assert.deepEqual(
    report.notes.map((note) => note.split(" ", 1)[0]),
    [broken.descriptor.digest],
  );
});

test("a part that is come to first through what is left out, and then through what is not, arrives with all that hangs on it", async (context) => {
  const source = await startPlace(context, "memory");
  const { image } = await pushPlainImage(source.store);
  const part = await makeImage(source.store, [Buffer.from("shared")]);
  await source.store.pushManifest(part.descriptor, part.bytes, { isPart: true });
  const onPart = await attachNote(source.store, part.descriptor, "on the part");
  const absent = stored(OCI_MANIFEST, { config: part.descriptor, layers: [] });
  const broken = await attachDocument(source.store, image.descriptor, OCI_INDEX, { manifests: [part.descriptor, absent.descriptor] });
  const near = await attachNote(source.store, image.descriptor, "near");
  const far = await attachNote(source.store, near.descriptor, "far");
  await attachDocument(source.store, far.descriptor, OCI_INDEX, { manifests: [part.descriptor] });
  const destination = await startPlace(context, "memory");
  const report = await run(source, destination);
  assert.equal(report.referrers, 4);
  assert.deepEqual(
    report.notes.map((note) => note.split(" ", 1)[0]),
    [broken.descriptor.digest],
  );
  const { referrers } = await destination.store.referrers(part.descriptor.digest);
  assert.deepEqual(
    referrers.map(({ digest }) => digest),
    [onPart.descriptor.digest],
  );
});

test("what hangs on a part of what is left out is said to be left out", async (context) => {
  const source = await startPlace(context, "memory");
  const { image } = await pushPlainImage(source.store);
  const part = await makeImage(source.store, [Buffer.from("part")]);
  await source.store.pushManifest(part.descriptor, part.bytes, { isPart: true });
  const onPart = await attachNote(source.store, part.descriptor, "on the part");
  const absent = stored(OCI_MANIFEST, { config: part.descriptor, layers: [] });
  const broken = await attachDocument(source.store, image.descriptor, OCI_INDEX, { manifests: [part.descriptor, absent.descriptor] });
  const report = await run(source, await startPlace(context, "memory"));
  assert.deepEqual(
    report.notes.map((note) => note.split(" ", 1)[0]),
    [broken.descriptor.digest, onPart.descriptor.digest],
  );
});

test("what a listing says at every step is noted once", async (context) => {
  const source = await startPlace(context, "layout");
  const { root } = await pushRichImage(source.store, "v1");
  const { descriptor } = await attachNote(source.store, root.descriptor, "to be lost");
  rmSync(join(source.store.name, "blobs", "sha256", digestHex(descriptor.digest)));
  const report = await run(source, await startPlace(context, "memory"));
  assert.equal(report.notes.length, 1);
  assert.equal(report.complete, false);
});

test("an image with all that hangs on it has a bounded number of parts, each counted as often as it is kept", async (context) => {
  const source = await startPlace(context, "memory");
  const { image, layer } = await pushPlainImage(source.store);
  const config = await pushBytes(source.store, Buffer.from("{}"));
  const distinct = Array.from({ length: 20_000 }, (_, number) => ({
    mediaType: "a/b",
    digest: digestOf(Buffer.from(String(number))),
    size: 1,
  }));
  const options: Parameters<typeof walkClosure>[1] = { store: source.store, name: "it", concurrency: 1 };
  const walk = async (): Promise<number> => (await walkClosure(await source.store.resolve({ tag: "v1" }), options)).manifests.size;
  for (let number = 0; number < 4; number++) {
    await attachDocument(source.store, image.descriptor, OCI_MANIFEST, { config, layers: distinct, number });
    await attachDocument(source.store, image.descriptor, OCI_MANIFEST, { config, layers: Array(20_000).fill(layer), number });
  }
  assert.equal(await walk(), 9);
  await attachDocument(source.store, image.descriptor, OCI_MANIFEST, { config, layers: distinct, number: 4 });
  const { manifests, notes } = await walkClosure(await source.store.resolve({ tag: "v1" }), options);
  assert.deepEqual([manifests.size, notes], [9, ["not all that hangs on it is copied: it has more than 100000 parts"]]);
});

test("an image with more parts than it may have is not copied", async (context) => {
  const source = await startPlace(context, "memory");
  const images = Array.from({ length: 6 }, (_, number) =>
    stored(OCI_MANIFEST, {
      layers: Array.from({ length: 20_000 }, (__, part) => ({
        mediaType: "a/b",
        digest: digestOf(Buffer.from(`${number} ${part}`)),
        size: 1,
      })),
    }),
  );
  for (const { descriptor, bytes } of images) await source.store.pushManifest(descriptor, bytes, { isPart: true });
  const root = stored(OCI_INDEX, { manifests: images.map(({ descriptor }) => descriptor) });
  await source.store.pushManifest(root.descriptor, root.bytes, { tag: "v1" });
  await assert.rejects(run(source, await startPlace(context, "memory")), failsWith("store/too-large", /more than 100000 parts/));
});

test("entries without end that lead nowhere do not stop an image, and are not all asked for", async (context) => {
  const source = await startPlace(context, "memory");
  const images = await Promise.all(Array.from({ length: 7 }, (_, number) => makeImage(source.store, [Buffer.from(`layer ${number}`)])));
  for (const { descriptor, bytes } of images) await source.store.pushManifest(descriptor, bytes);
  const root = stored(OCI_INDEX, { manifests: images.map(({ descriptor }) => descriptor) });
  await source.store.pushManifest(root.descriptor, root.bytes, { tag: "v1" });
  const referrers = Array.from({ length: 20_000 }, (_, number) => ({
    mediaType: OCI_MANIFEST,
    digest: digestOf(Buffer.from(`nowhere ${number}`)),
    size: 1,
  }));
  let asked = 0;
  const store: Store = {
    ...source.store,
    resolve: (target, options) => {
      if (target.tag === undefined) asked++;
      return source.store.resolve(target, options);
    },
    referrers: () => Promise.resolve({ referrers, complete: true, notes: [], sources: ["api"] }),
  };
  const destination = await startPlace(context, "memory");
  const report = await run({ ...source, store }, destination);
  assert.deepEqual([report.complete, report.referrers, asked], [false, 0, 100_000]);
  assert.ok(report.notes.includes("not all that hangs on it is copied: it has more than 100000 parts"));
  assert.equal((await destination.store.resolve({ tag: "v1" })).descriptor.digest, root.descriptor.digest);
});

for (const mediaType of [`${OCI_MANIFEST}; charset=utf-8`, OCI_MANIFEST.toUpperCase(), "application/vnd.example.manifest+json"]) {
  test(`a part of an index that is called "${mediaType}" is never taken for a blob`, async (context) => {
    const source = await startPlace(context, "memory");
    const image = await makeImage(source.store, [Buffer.from("layer")]);
    await source.store.pushManifest(image.descriptor, image.bytes, { tag: "v1" });
    const { descriptor } = await attachDocument(source.store, image.descriptor, OCI_INDEX, {
      manifests: [{ ...image.descriptor, mediaType }],
    });
    const report = await run(source, await startPlace(context, "memory"));
    assert.deepEqual([report.complete, report.referrers, report.notes.length], [false, 0, 1]);
    assert.match(report.notes[0] ?? "", new RegExp(`^${descriptor.digest}.* is left out: .*is no manifest that Countersign knows`));
    const root = stored(OCI_INDEX, { manifests: [{ ...image.descriptor, mediaType }] });
    await source.store.pushManifest(root.descriptor, root.bytes, { tag: "v1" });
    const destination = await startPlace(context, "memory");
    await assert.rejects(run(source, destination), failsWith("store/invalid-answer", /no manifest that Countersign knows/));
    await assert.rejects(destination.store.resolve({ tag: "v1" }), failsWith("store/not-found"));
  });
}

test("layers that may not be distributed are not sent", async (context) => {
  const source = await startPlace(context, "memory");
  const config = await pushBytes(source.store, Buffer.from("{}"));
  const foreign = [
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
  ].map((mediaType) => ({ mediaType, digest: digestOf(Buffer.from(mediaType)), size: 7, urls: ["https://example.com/layer"] }));
  const image = stored(OCI_MANIFEST, { config, layers: foreign });
  await source.store.pushManifest(image.descriptor, image.bytes, { tag: "v1" });
  const destination = await startPlace(context, "memory");
  const report = await run(source, destination);
  assert.deepEqual(report.blobs.foreign, { count: 2, bytes: 14 });
  assert.deepEqual((await destination.store.resolve({ tag: "v1" })).bytes, Buffer.from(image.bytes));
});

test("a cosign tag is brought up to date, and one that holds something of its own is left alone", async (context) => {
  const source = await startPlace(context, "memory");
  const image = await makeImage(source.store, [Buffer.from("layer")]);
  await source.store.pushManifest(image.descriptor, image.bytes, { tag: "v1" });
  const tag = cosignTag(image.descriptor, "sig");
  async function signAt(store: Store, texts: readonly string[]): Promise<string> {
    const signatures = await makeImage(
      store,
      texts.map((text) => Buffer.from(text)),
    );
    await store.pushManifest(signatures.descriptor, signatures.bytes, { tag });
    return signatures.descriptor.digest;
  }
  const destination = await startPlace(context, "memory");
  await signAt(source.store, ["first"]);
  await run(source, destination);
  const both = await signAt(source.store, ["first", "second"]);
  assert.equal((await run(source, destination)).complete, true);
  assert.equal((await destination.store.resolve({ tag })).descriptor.digest, both);
  const own = await signAt(destination.store, ["first", "made at the destination"]);
  const report = await run(source, destination);
  assert.equal(report.complete, false);
  assert.deepEqual(report.tags, []);
  assert.match(report.notes.join(), /something that the source does not have/);
  assert.equal((await destination.store.resolve({ tag })).descriptor.digest, own);
  const empty = await makeImage(destination.store, []);
  await destination.store.pushManifest(empty.descriptor, empty.bytes, { tag });
  assert.deepEqual((await run(source, destination)).tags, []);
  assert.equal((await destination.store.resolve({ tag })).descriptor.digest, empty.descriptor.digest);
  const { config } = JSON.parse(Buffer.from(empty.bytes).toString()) as { readonly config: Descriptor };
  await source.store.pushBlob(config, await destination.store.fetch(config));
  await source.store.pushManifest(empty.descriptor, empty.bytes, { tag });
  assert.deepEqual((await run(source, destination)).tags, [tag]);
});

test("where tags cannot be listed, cosign's are asked for one by one", async (context) => {
  const source = await startPlace(context, "registry with the referrers API", {
    tamper: ({ url }) => (url.includes("/tags/list") ? { status: 403 } : undefined),
  });
  const { tags } = await pushRichImage(source.store, "v1");
  const report = await run(source, await startPlace(context, "memory"));
  assert.deepEqual(report.tags.toSorted(), tags.toSorted());
  assert.deepEqual(report.notes, []);
});

for (const body of [{}, { name: "team/app", tags: "many" }, [], { errors: [{ code: "TOOMANYREQUESTS" }] }]) {
  test(`a list of tags that is none, ${JSON.stringify(body)}, is said, and cosign's are asked for one by one`, async (context) => {
    const source = await startPlace(context, "registry with the referrers API", {
      tamper: ({ url }) => (url.includes("/tags/list") ? { status: 200, body: Buffer.from(JSON.stringify(body)) } : undefined),
    });
    const { tags } = await pushRichImage(source.store, "v1");
    const report = await run(source, await startPlace(context, "memory"));
    assert.deepEqual(report.tags.toSorted(), tags.toSorted());
    assert.deepEqual([report.complete, report.notes.length], [false, 1]);
    assert.match(report.notes[0] ?? "", /tags of ".*": the answer holds no list of tags: of cosign's tags only the usual ones/);
  });
}

test("what a registry does not hand out now, or does not list in a way that may pass, makes the copy incomplete", async (context) => {
  let [spoilt, answer]: [string | undefined, Partial<Answer>] = [undefined, {}];
  const source = await startPlace(context, "registry with the referrers API", {
    tamper: ({ url }) => (spoilt !== undefined && url.includes(spoilt) ? answer : undefined),
  });
  const image = await makeImage(source.store, [Buffer.from("layer")]);
  await source.store.pushManifest(image.descriptor, image.bytes, { tag: "v1" });
  const { digest } = (await attachNote(source.store, image.descriptor, "signature")).descriptor;
  const none = Buffer.alloc(0);
  const html = { status: 200, headers: { "content-type": "text/html" }, body: Buffer.from("<html>") };
  const faults: readonly (readonly [string, Partial<Answer>])[] = [
    ...[302, 401, 403, 404, 408, 409, 423, 425, 451].map((status) => [`/manifests/${digest}`, { status, body: none }] as const),
    [`/manifests/${digest}`, { headers: { "content-type": OCI_MANIFEST, "content-encoding": "gzip" } }],
    [`/manifests/${digest}`, html],
    ["/referrers/", { status: 400, body: none }],
    ["/referrers/", { status: 405, body: none }],
    ["/referrers/", html],
  ];
  for (const [place, fault] of faults) {
    [spoilt, answer] = [place, fault];
    const what = `${place} ${fault.status} ${JSON.stringify(fault.headers)}`;
    try {
      const report = await run(source, await startPlace(context, "memory"));
      assert.deepEqual([report.referrers, report.complete, report.notes.length], [0, false, 1], what);
    } catch (error) {
      // Who is not let in is told so.
      assert.ok(error instanceof CountersignError && error.code.startsWith("registry/"), `${what}: ${String(error)}`);
      assert.ok([401, 403].includes(fault.status ?? 0), what);
    }
  }
  spoilt = undefined;
  assert.equal((await run(source, await startPlace(context, "memory"))).complete, true);
});

test("a blob that comes damaged, or breaks off, is begun anew; one that is always wrong is refused", async (context) => {
  const content = Buffer.from("layer".repeat(40_000));
  let spoilt = 0;
  let howOften = 1;
  const source = await startPlace(context, "registry with the referrers API", {
    tamper: ({ method, url }, { body }) =>
      method === "GET" && url.includes("/blobs/") && body.length === content.length && spoilt++ < howOften
        ? { body: content.toReversed() }
        : undefined,
  });
  const image = await makeImage(source.store, [content]);
  await source.store.pushManifest(image.descriptor, image.bytes, { tag: "v1" });
  for (const kind of KINDS) {
    spoilt = 0;
    howOften = 1;
    const destination = await startPlace(context, kind);
    await run(source, destination);
    assert.equal(spoilt, 2, kind);
    for await (const piece of destination.store.open({ mediaType: LAYER_TYPE, digest: digestOf(content), size: content.length }))
      void piece;

    howOften = Infinity;
    const other = await startPlace(context, kind);
    await assert.rejects(run(source, other), failsWith("store/invalid-answer", /have another digest/));
    await assert.rejects(other.store.resolve({ tag: "v1" }), failsWith("store/not-found"));
  }
});

test("a blob that cannot be had is asked for as often as anything else, and one that breaks off on its way is told of", async (context) => {
  for (const fault of ["503", "cut"] as const) {
    let asked = 0;
    const registry = await startRegistry();
    context.after(() => registry.close());
    const direct = storeIn(context, registry, "team/app");
    const { layer } = await pushPlainImage(direct);
    const proxy = await startFaultProxy(registry.port, ({ method, url }) => {
      if (method !== "GET" || !url.includes(layer.digest)) return undefined;
      asked++;
      return fault === "503" ? { kind: "answer", status: 503 } : { kind: "cut", part: "body", bytes: 1 };
    });
    context.after(() => proxy.close());
    const traced: string[] = [];
    const client = createHttpClient({
      patience: { tries: 4, firstPauseMs: 1, withinMs: 600_000 },
      traceRetry: ({ what, next, tries }) => traced.push(`${what} ${next}/${tries}`),
    });
    context.after(() => client.close());
    const from = openRegistry({ registry: proxy.host, client }).repository("team/app");
    const options = { from, to: openMemoryStore(), retry: client.retry };
    await assert.rejects(
      copy(parseReference(`${proxy.host}/team/app:v1`), parseDestination("oci:other:v1"), options),
      failsWith("store/unreachable"),
    );
    assert.equal(asked, 4, fault);
    assert.deepEqual(
      traced.map((line) => line.split(" ").at(-1)),
      ["2/4", "3/4", "4/4"],
    );
    assert.ok(
      traced.every((line) => line.startsWith(fault === "503" ? "GET " : "copy blob ")),
      String(traced),
    );
  }
});

test("a copy that failed is gone on with, and what had arrived is not sent again", async (context) => {
  const source = await startPlace(context, "memory");
  await pushRichImage(source.store, "v1");
  for (const kind of KINDS) {
    const destination = await startPlace(context, kind);
    let left = 3;
    const failing: Store = {
      ...source.store,
      open: (descriptor, options) => {
        if (left-- <= 0)
          throw new CountersignError("store/unreachable", "Cannot read: cut", {
            cause: Object.assign(new Error(), { code: "ECONNREFUSED" }),
          });
        return source.store.open(descriptor, options);
      },
    };
    await assert.rejects(
      copy(parseReference("oci:memory:v1"), parseDestination(`${destination.name}:v1`), {
        from: failing,
        to: destination.store,
        concurrency: 1,
      }),
      failsWith("store/unreachable"),
    );
    // Another store, as another process would open.
    const reopened = kind === "archive" ? openArchive(destination.store.name, { create: true }) : destination.store;
    const report = await run(source, { ...destination, store: reopened });
    assert.equal(report.blobs.held.count, 3, kind);
    assert.deepEqual(await everythingAt(reopened, { tag: "v1" }), await everythingAt(source.store, { tag: "v1" }));
  }
});

test("what refers to each other without end is copied as far as it is allowed to go, and the image in any case", async (context) => {
  const source = await startPlace(context, "memory");
  const image = await makeImage(source.store, [Buffer.from("layer")]);
  await source.store.pushManifest(image.descriptor, image.bytes, { tag: "v1" });
  let last = image.descriptor;
  for (let depth = 1; depth <= 33; depth++) {
    if (depth === 33) assert.equal((await run(source, await startPlace(context, "memory"))).referrers, 32);
    last = (await attachNote(source.store, last, `note ${depth}`)).descriptor;
  }
  const destination = await startPlace(context, "memory");
  const { referrers, complete, notes } = await run(source, destination);
  assert.deepEqual(
    [referrers, complete, notes],
    [32, false, ["not all that hangs on it is copied: things refer to each other more than 32 deep"]],
  );
  assert.equal((await destination.store.resolve({ tag: "v1" })).descriptor.digest, image.descriptor.digest);
});

/** Indexes of which each names the next, to the image; and one that names them all, the longest way first, so that none is far from it. */
async function pushChain(
  store: Store,
  { length, ...more }: { readonly length: number; readonly subject?: Descriptor },
): Promise<StoredManifest> {
  const image = await makeImage(store, [Buffer.from("layer")]);
  await store.pushManifest(image.descriptor, image.bytes);
  const chain = [image.descriptor];
  for (let number = 0; number < length; number++) {
    const { descriptor, bytes } = stored(OCI_INDEX, { manifests: chain.slice(-1) });
    await store.pushManifest(descriptor, bytes, { isPart: true });
    chain.push(descriptor);
  }
  return stored(OCI_INDEX, { manifests: chain.toReversed(), ...more });
}

test("a chain of indexes may be longer than any stack of calls", async (context) => {
  const source = await startPlace(context, "memory");
  const image = await makeImage(source.store, [Buffer.from("signed")]);
  await source.store.pushManifest(image.descriptor, image.bytes, { tag: "v1" });
  const length = 20_000;
  const long = await pushChain(source.store, { length, subject: image.descriptor });
  await source.store.attach([long], { subject: image.descriptor });
  const report = await run(source, await startPlace(context, "memory"));
  assert.deepEqual([report.referrers, report.complete, report.manifests.copied.count], [1, true, length + 3]);
});

for (const kind of ["layout", "archive"] as const) {
  test(`what copying to ${kind === "layout" ? "a layout" : "an archive"} costs grows with what is copied, not with its square`, async (context) => {
    const { open } = fs.promises;
    let opened = 0;
    context.after(() => {
      fs.promises.open = open;
      syncBuiltinESMExports();
    });
    async function countOpened(length: number): Promise<number> {
      const source = await startPlace(context, "memory");
      const images = await Promise.all(Array.from({ length }, (_, number) => makeImage(source.store, [Buffer.from(`layer ${number}`)])));
      for (const { descriptor, bytes } of images) await source.store.pushManifest(descriptor, bytes, { isPart: true });
      const root = stored(OCI_INDEX, { manifests: images.map(({ descriptor }) => descriptor) });
      await source.store.pushManifest(root.descriptor, root.bytes, { tag: "v1" });
      for (const { descriptor } of images) await attachNote(source.store, descriptor, "note");
      const destination = await startPlace(context, kind);
      opened = 0;
      assert.equal((await run(source, destination)).referrers, length);
      return opened;
    }
    fs.promises.open = (...given) => {
      opened++;
      return open(...given);
    };
    syncBuiltinESMExports();
    const few = await countOpened(50);
    const many = await countOpened(200);
    assert.ok(many < 6 * few, `${few} files opened for 50, ${many} for 200`);
  });
}

test("an image whose indexes are each in another without end is not copied", async (context) => {
  const source = await startPlace(context, "memory");
  let last = await makeImage(source.store, [Buffer.from("layer")]);
  for (let depth = 1; depth <= 33; depth++) {
    await source.store.pushManifest(last.descriptor, last.bytes, { tag: "v1" });
    last = stored(OCI_INDEX, { manifests: [last.descriptor] });
  }
  assert.equal((await run(source, await startPlace(context, "memory"))).complete, true);
  await source.store.pushManifest(last.descriptor, last.bytes, { tag: "v1" });
  await assert.rejects(run(source, await startPlace(context, "memory")), failsWith("store/too-large", /32 deep/));
});

test("indexes that name each other many times over are each looked at once", async () => {
  const fetched: string[] = [];
  const memory = openMemoryStore();
  const from: Store = {
    ...memory,
    fetch: (descriptor, options) => {
      fetched.push(descriptor.digest);
      return memory.fetch(descriptor, options);
    },
  };
  let child = await makeImage(from, []);
  await from.pushManifest(child.descriptor, child.bytes, {});
  for (let depth = 0; depth < 25; depth += 1) {
    child = stored(OCI_INDEX, { manifests: Array.from({ length: 4 }, () => child.descriptor), annotations: { depth: String(depth) } });
    await from.pushManifest(child.descriptor, child.bytes, { tag: "v1" });
  }
  const report = await copy(parseReference("oci:memory:v1"), parseDestination("oci:other:v1"), { from, to: openMemoryStore() });
  assert.equal(report.manifests.copied.count, 26);
  assert.equal(fetched.length, 25);
});

test("an archive leaves nothing beside it", async (context) => {
  const source = await startPlace(context, "memory");
  await pushRichImage(source.store, "v1");
  const destination = await startPlace(context, "archive");
  const path = destination.store.name;
  await run(source, destination);
  await run(source, destination, { tag: "v2" });
  assert.deepEqual(readdirSync(join(path, "..")), ["archive"]);
  assert.ok(existsSync(path));
});

test("a digest at the destination must be the image's", async (context) => {
  const source = await startPlace(context, "memory");
  const { root } = await pushRichImage(source.store, "v1");
  const target = (digest: string): Promise<CopyReport> =>
    copy(parseReference("oci:memory:v1"), parseDestination(`oci:other@${digest}`), { from: source.store, to: openMemoryStore() });
  assert.equal((await target(root.descriptor.digest)).tag, undefined);
  await assert.rejects(target(digestOf(Buffer.from("other"))), failsWith("usage/invalid", /it is sha256:/));
});
