import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  lutimesSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { EMPTY, hasCode, IMAGE, manifestOf, noteOn, pushImage } from "../../tests/fixtures/remote-repository.ts";
import { digestHex, digestOf } from "../core/digest.ts";
import { LIMITS } from "../core/limits.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../core/media-types.ts";
import { encodeJson } from "../encoding/json.ts";
import { fallbackTag } from "../core/digest-tags.ts";
import { openLayout } from "./layout.ts";

function makeFolder(test_: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "countersign-layout-"));
  test_.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "layout");
}

const blobOf = (folder: string, digest: string): string => join(folder, "blobs", "sha256", digest.slice("sha256:".length));

test("a new layout is what the specification says, and nothing else is left in it", async (context) => {
  const folder = makeFolder(context);
  const store = openLayout(folder, { create: true });
  await pushImage(store);
  const note = noteOn(IMAGE.descriptor, "one");
  assert.deepEqual(await store.attach([note], { subject: IMAGE.descriptor }), { via: "index" });
  assert.deepEqual(readdirSync(folder).toSorted(), ["blobs", "index.json", "oci-layout"]);
  assert.deepEqual(JSON.parse(readFileSync(join(folder, "oci-layout"), "utf8")), { imageLayoutVersion: "1.0.0" });
  const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));
  assert.deepEqual(index, {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [
      { ...IMAGE.descriptor, annotations: { "org.opencontainers.image.ref.name": "v1" } },
      { ...note.descriptor, artifactType: "application/vnd.example.note", annotations: { text: "one" } },
    ],
  });
  assert.deepEqual(
    readdirSync(join(folder, "blobs", "sha256")).toSorted(),
    [EMPTY, IMAGE.descriptor, note.descriptor].map(({ digest }) => digestHex(digest)).toSorted(),
  );
});

test("without a tag the one image is meant, however much hangs on it", async (context) => {
  const folder = makeFolder(context);
  const store = openLayout(folder, { create: true });
  await store.pushBlob(EMPTY, Buffer.from("{}"));
  await store.pushManifest(IMAGE.descriptor, IMAGE.bytes);
  const note = noteOn(IMAGE.descriptor, "one");
  await store.attach([note], { subject: IMAGE.descriptor });
  assert.equal((await store.resolve({})).descriptor.digest, IMAGE.descriptor.digest);
  const second = manifestOf({ annotations: { name: "second" } });
  await store.pushManifest(second.descriptor, second.bytes);
  await assert.rejects(store.resolve({}), hasCode("store/not-found", /2 images/));
});

test("what is no layout is not opened, and without leave not made", async (context) => {
  const folder = makeFolder(context);
  await assert.rejects(openLayout(folder).resolve({ tag: "v1" }), hasCode("store/not-found"));
  await assert.rejects(openLayout(folder).pushBlob(EMPTY, Buffer.from("{}")), hasCode("store/not-found"));
  mkdirSync(folder);
  await assert.rejects(openLayout(folder).resolve({ tag: "v1" }), hasCode("store/not-found", /oci-layout/));
  writeFileSync(join(folder, "oci-layout"), '{"imageLayoutVersion":"2.0.0"}');
  await assert.rejects(openLayout(folder).resolve({ tag: "v1" }), hasCode("store/invalid-answer", /version/));
  writeFileSync(join(folder, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  await assert.rejects(openLayout(folder).resolve({ tag: "v1" }), hasCode("store/not-found", /index.json/));
  writeFileSync(join(folder, "index.json"), "{");
  await assert.rejects(openLayout(folder).resolve({ tag: "v1" }), hasCode("store/invalid-answer", /index.json/));
});

test("changed blobs are noticed", async (context) => {
  const folder = makeFolder(context);
  const store = openLayout(folder, { create: true });
  await pushImage(store);
  const bytes = readFileSync(blobOf(folder, IMAGE.descriptor.digest), "utf8");
  writeFileSync(blobOf(folder, IMAGE.descriptor.digest), bytes.replace("image", "IMAGE"));
  await assert.rejects(store.resolve({ tag: "v1" }), hasCode("integrity/digest-mismatch"));
  writeFileSync(blobOf(folder, EMPTY.digest), "{} ");
  await assert.rejects(store.fetch(EMPTY), hasCode("integrity/size-mismatch"));
  await store.pushBlob(EMPTY, Buffer.from("{}"));
  assert.equal(Buffer.from(await store.fetch(EMPTY)).toString(), "{}", "a broken blob is replaced");
});

test("links are not followed, neither of files nor of folders", async (context) => {
  const folder = makeFolder(context);
  const store = openLayout(folder, { create: true });
  await pushImage(store);
  const secret = join(folder, "..", "secret");
  writeFileSync(secret, "{}");
  rmSync(blobOf(folder, EMPTY.digest));
  symlinkSync(secret, blobOf(folder, EMPTY.digest));
  await assert.rejects(store.fetch(EMPTY), hasCode("store/invalid-answer", /symbolic link/));
  const outside = join(folder, "..", "outside");
  mkdirSync(outside);
  mkdirSync(join(folder, "..", "sha512"));
  symlinkSync(join("..", "..", "sha512"), join(folder, "blobs", "sha512"));
  const bytes = Buffer.from("written through a link");
  const descriptor = { mediaType: "application/octet-stream", digest: digestOf(bytes, "sha512"), size: bytes.length };
  await assert.rejects(store.pushBlob(descriptor, bytes), hasCode("store/invalid-answer", /link out of/));
  assert.deepEqual(readdirSync(join(folder, "..", "sha512")), []);
});

test("a pipe in place of a blob or an index is refused, and nobody waits for it", async (context) => {
  const folder = makeFolder(context);
  const store = openLayout(folder, { create: true });
  await pushImage(store);
  for (const path of [blobOf(folder, EMPTY.digest), join(folder, "index.json")]) {
    rmSync(path);
    assert.equal(spawnSync("mkfifo", [path]).status, 0);
  }
  await assert.rejects(store.fetch(EMPTY), hasCode("store/invalid-answer", /regular file/));
  await assert.rejects(store.resolve({ tag: "v1" }), hasCode("store/invalid-answer", /regular file/));
});

test("a tag has one bearer, and a manifest cannot give itself one", async (context) => {
  const folder = makeFolder(context);
  const store = openLayout(folder, { create: true });
  await pushImage(store);
  const hostile = manifestOf({ subject: IMAGE.descriptor, annotations: { "org.opencontainers.image.ref.name": "v1" } });
  await store.attach([hostile], { subject: IMAGE.descriptor });
  assert.equal((await store.resolve({ tag: "v1" })).descriptor.digest, IMAGE.descriptor.digest);
  const moved = manifestOf({ annotations: { name: "moved" } });
  await pushImage(store, moved);
  assert.equal((await store.resolve({ tag: "v1" })).descriptor.digest, moved.descriptor.digest);
  assert.equal((await store.resolve({ digest: IMAGE.descriptor.digest })).descriptor.digest, IMAGE.descriptor.digest);
  const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));
  index.manifests.push({ ...IMAGE.descriptor, annotations: { "org.opencontainers.image.ref.name": "v1" } });
  writeFileSync(join(folder, "index.json"), JSON.stringify(index));
  await assert.rejects(store.resolve({ tag: "v1" }), hasCode("store/invalid-answer", /2 different images/));
});

test("a fallback tag that was copied from a registry is read too", async (context) => {
  const folder = makeFolder(context);
  const store = openLayout(folder, { create: true });
  await pushImage(store);
  const [listed, indexed] = [noteOn(IMAGE.descriptor, "in the tag's index"), noteOn(IMAGE.descriptor, "in index.json")];
  await store.attach([indexed], { subject: IMAGE.descriptor });
  await store.pushBlob({ ...listed.descriptor, mediaType: "application/octet-stream" }, listed.bytes);
  const bytes = encodeJson({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [listed.descriptor] });
  await store.pushManifest({ mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length }, bytes, {
    tag: fallbackTag(IMAGE.descriptor.digest),
  });
  const listing = await store.referrers(IMAGE.descriptor.digest);
  assert.deepEqual(
    listing.referrers.map(({ digest }) => digest),
    [indexed.descriptor.digest, listed.descriptor.digest],
  );
  assert.deepEqual([listing.sources, listing.complete], [["index", "tag"], true]);
  assert.equal((await store.resolve({})).descriptor.digest, IMAGE.descriptor.digest);
});

test("broken entries of the index block nothing", async (context) => {
  const folder = makeFolder(context);
  const store = openLayout(folder, { create: true });
  await pushImage(store);
  const note = noteOn(IMAGE.descriptor, "one");
  await store.attach([note], { subject: IMAGE.descriptor });
  const junk = Buffer.from("no JSON");
  await store.pushBlob({ mediaType: "application/octet-stream", digest: digestOf(junk), size: junk.length }, junk);
  const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));
  index.manifests.unshift(
    null,
    { mediaType: OCI_MANIFEST, digest: digestOf(junk), size: junk.length },
    { mediaType: OCI_MANIFEST, digest: digestOf(Buffer.from("gone")), size: 4 },
  );
  writeFileSync(join(folder, "index.json"), JSON.stringify(index));
  const listing = await store.referrers(IMAGE.descriptor.digest);
  assert.deepEqual(
    listing.referrers.map(({ digest }) => digest),
    [note.descriptor.digest],
  );
  assert.deepEqual(listing.notes, [{ code: "listing/malformed-entry", message: "3 manifests of the index cannot be read" }]);
});

test("what another tool could take for the image of a name is refused, and so is an index of two meanings", async (context) => {
  const folder = makeFolder(context);
  const store = openLayout(folder, { create: true });
  await pushImage(store);
  const file = join(folder, "index.json");
  const { manifests, ...members } = JSON.parse(readFileSync(file, "utf8")) as { readonly manifests: readonly object[] };
  const named = { "org.opencontainers.image.ref.name": "v1" };
  const other = { mediaType: OCI_MANIFEST, digest: `sha256:${"1".repeat(64)}`, size: 2, annotations: named };
  const meanings: readonly object[] = [
    { ...members, manifests, Manifests: [other] },
    { ...members, manifests: manifests.map((entry) => ({ ...entry, Digest: other.digest })) },
    ...["platform", "data", "artifactType"].map((member) => ({ ...members, manifests: [{ ...other, [member]: null }, ...manifests] })),
    { ...members, manifests: [...manifests, { ...other, mediaType: "" }] },
  ];
  for (const index of meanings) {
    writeFileSync(file, JSON.stringify(index));
    for (const target of [{ tag: "v1" }, {}]) {
      await assert.rejects(openLayout(folder).resolve(target), hasCode("store/invalid-answer"), JSON.stringify(index));
    }
  }
});

test("a lock of the future is no sign of life", async (context) => {
  const folder = makeFolder(context);
  const store = openLayout(folder, { create: true });
  await pushImage(store);
  const lock = join(folder, ".countersign.lock");
  writeFileSync(lock, "somebody");
  const future = new Date(Date.now() + 86_400_000);
  utimesSync(lock, future, future);
  await store.pushManifest(IMAGE.descriptor, IMAGE.bytes, { tag: "v2" });
  assert.ok(!existsSync(lock));
});

test("a job that was stopped reads and writes no further", async (context) => {
  const folder = makeFolder(context);
  const store = openLayout(folder, { create: true });
  await pushImage(store);
  const call = { signal: AbortSignal.abort() };
  const aborted = hasCode("job/aborted");
  await assert.rejects(store.resolve({ tag: "v1" }, call), aborted);
  await assert.rejects(store.fetch(IMAGE.descriptor, call), aborted);
  await assert.rejects(store.has(IMAGE.descriptor, call), aborted);
  await assert.rejects(store.tags(call), aborted);
  await assert.rejects(store.pushManifest(IMAGE.descriptor, IMAGE.bytes, { ...call, tag: "v2" }), aborted);
  assert.equal((await store.referrers(IMAGE.descriptor.digest, call)).complete, false);
  assert.deepEqual(await store.tags(), ["v1"]);

  const stop = new AbortController();
  const opened = store.open(IMAGE.descriptor, { signal: stop.signal });
  stop.abort();
  await assert.rejects(async () => {
    for await (const piece of opened) void piece;
  }, aborted);
});

test("a lock that a crash left behind is taken over", async (context) => {
  const folder = makeFolder(context);
  const store = openLayout(folder, { create: true });
  await pushImage(store);
  const lock = join(folder, ".countersign.lock");
  writeFileSync(lock, "left by somebody who is gone");
  utimesSync(lock, new Date(0), new Date(0));
  await pushImage(store, manifestOf({ annotations: { name: "second" } }));
  assert.equal(existsSync(lock), false);
});

test("what killed writers have left in a layout is removed once it is a day old, and nothing else", async (context) => {
  const folder = makeFolder(context);
  const store = openLayout(folder, { create: true });
  await pushImage(store);
  const blobs = join(folder, "blobs", "sha256");
  const [stays, goes] = ["0".repeat(64), `.${"1".repeat(16)}.tmp`];
  const young = join(blobs, `.${"2".repeat(16)}.tmp`);
  const victim = join(folder, "victim");
  writeFileSync(victim, "x");
  const link = join(blobs, `.${"3".repeat(16)}.tmp`);
  symlinkSync(victim, link);
  const old = [join(blobs, goes), join(folder, goes), join(blobs, stays), join(blobs, "notes.tmp"), victim];
  for (const path of [young, ...old]) writeFileSync(path, "x");
  for (const path of old) utimesSync(path, new Date(0), new Date(0));
  lutimesSync(link, new Date(0), new Date(0));
  await store.commit();
  assert.deepEqual([...old, young, link].map(existsSync), [false, false, true, true, true, true, true]);
  assert.ok(existsSync(blobOf(folder, IMAGE.descriptor.digest)));
});

test(
  "a folder that may not be written says so",
  { skip: process.getuid?.() === 0 ? "root may write everywhere" : false },
  async (context) => {
    const folder = makeFolder(context);
    const store = openLayout(folder, { create: true });
    await pushImage(store);
    chmodSync(folder, 0o555);
    context.after(() => chmodSync(folder, 0o755));
    await assert.rejects(store.pushManifest(IMAGE.descriptor, IMAGE.bytes, { tag: "v2" }), hasCode("store/read-only"));
  },
);

function indexOfTags(count: number): Uint8Array {
  const manifests = Array.from({ length: count }, (_, number) => ({
    ...IMAGE.descriptor,
    annotations: { "org.opencontainers.image.ref.name": `t${number}` },
  }));
  return encodeJson({ schemaVersion: 2, manifests });
}

test("more tags than any layout has are refused", async (context) => {
  const folder = makeFolder(context);
  const store = openLayout(folder, { create: true });
  await pushImage(store);
  writeFileSync(join(folder, "index.json"), indexOfTags(LIMITS.tagListEntries));
  assert.equal((await store.tags()).length, LIMITS.tagListEntries);
  writeFileSync(join(folder, "index.json"), indexOfTags(LIMITS.tagListEntries + 1));
  await assert.rejects(store.tags(), hasCode("store/too-large"));
});
