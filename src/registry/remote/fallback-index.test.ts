import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { hasCode, IMAGE, manifestOf, noteOn, openRepository, pushImage, startRemote } from "../../../tests/fixtures/remote-repository.ts";
import type { Descriptor } from "../../core/descriptor.ts";
import { digestOf } from "../../core/digest.ts";
import { LIMITS } from "../../core/limits.ts";
import { OCI_INDEX } from "../../core/media-types.ts";
import type { Store } from "../../core/store.ts";
import { encodeJson } from "../../encoding/json.ts";
import type { RegistryOptions, RunningRegistry } from "../../testing/registry-server.ts";
import { openMemoryStore } from "../memory.ts";
import { announcementTag, fallbackTag } from "../../core/digest-tags.ts";
import { isRemote, type RemoteStore } from "./store.ts";

const SUBJECT = IMAGE.descriptor.digest;
const TAG = fallbackTag(SUBJECT);

async function start(
  context: TestContext,
  options: RegistryOptions = {},
): Promise<{ registry: RunningRegistry; store: RemoteStore; open: () => RemoteStore }> {
  const registry = await startRemote(context, { referrersApi: false, ...options });
  const open = (): RemoteStore => openRepository(context, registry);
  const store = open();
  await pushImage(store);
  return { registry, store, open };
}

function attach(store: Store, text: string): Promise<unknown> {
  const note = noteOn(IMAGE.descriptor, text);
  return store.attach([note], { subject: IMAGE.descriptor });
}

async function listed(store: Store): Promise<readonly string[]> {
  return (await store.referrers(SUBJECT)).referrers.map(({ digest }) => digest).toSorted();
}

const digestsOf = (...texts: readonly string[]): readonly string[] =>
  texts.map((text) => noteOn(IMAGE.descriptor, text).descriptor.digest).toSorted();

/** Replaces the index behind our back, as another tool's read-modify-write does. */
async function overwrite(store: Store, manifests: readonly unknown[], members: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const bytes = encodeJson({ schemaVersion: 2, mediaType: OCI_INDEX, ...members, manifests });
  await store.pushManifest({ mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length }, bytes, { tag: TAG });
}

async function readIndex(store: Store): Promise<{ manifests: readonly Descriptor[]; [member: string]: unknown }> {
  return JSON.parse(Buffer.from((await store.resolve({ tag: TAG })).bytes).toString("utf8"));
}

test("each is announced under its own tag, and attaching again counts once", async (context) => {
  const { store } = await start(context);
  await attach(store, "one");
  await attach(store, "one");
  await attach(store, "two");
  assert.deepEqual(await listed(store), digestsOf("one", "two"));
  const note = noteOn(IMAGE.descriptor, "one").descriptor;
  assert.equal((await store.resolve({ tag: announcementTag(SUBJECT, note.digest) })).descriptor.digest, note.digest);
  assert.equal((await readIndex(store)).manifests.length, 2);
});

test("whoever comes later brings back those whom another tool has overwritten", async (context) => {
  const { store } = await start(context);
  await attach(store, "one");
  await attach(store, "two");
  await overwrite(store, []);
  await attach(store, "three");
  assert.deepEqual(await listed(store), digestsOf("one", "two", "three"));
});

test("entries and members of other tools are kept as they are", async (context) => {
  const { store } = await start(context);
  const foreign = [
    { mediaType: "application/vnd.example.unknown", digest: digestOf(Buffer.from("x")), size: 1, "x-member": { deep: [1] } },
    { broken: true },
  ];
  await overwrite(store, foreign, { annotations: { by: "another tool" } });
  await attach(store, "one");
  const index = await readIndex(store);
  assert.deepEqual(index.manifests.slice(0, 2), foreign);
  assert.deepEqual(index["annotations"], { by: "another tool" });
  assert.equal(index.manifests.length, 3);
});

test("a writer who is overwritten between its write and its look writes again", async (context) => {
  // A tool that never looks overwrites the index right after our first three writes.
  let overwrites = 0;
  const others: RemoteStore[] = [];
  let isOverwriting = false;
  const { store, open } = await start(context, {
    tamper: (request) => {
      const [other] = others;
      if (
        request.method === "PUT" &&
        request.url.endsWith(`/manifests/${TAG}`) &&
        !isOverwriting &&
        overwrites < 3 &&
        other !== undefined
      ) {
        overwrites++;
        isOverwriting = true;
        void overwrite(other, []).finally(() => (isOverwriting = false));
      }
      return undefined;
    },
  });
  others.push(open());
  await attach(store, "one");
  await attach(store, "two");
  assert.equal(overwrites, 3);
  await attach(store, "three");
  assert.deepEqual(await listed(store), digestsOf("one", "two", "three"));
});

test("of many at once, on a slow registry, none is lost", async (context) => {
  const { store, open } = await start(context, { delayMs: 3 });
  const texts = Array.from({ length: 12 }, (_, number) => `note ${number}`);
  await Promise.all(texts.map((text) => attach(open(), text)));
  assert.deepEqual(await listed(store), digestsOf(...texts));
});

test("a registry that fails now and then is asked again; one that always fails is an error", async (context) => {
  let failures = 0;
  let failing: "never" | "at times" | "always" = "never";
  const { store } = await start(context, {
    tamper: ({ url }) =>
      url.endsWith(`/manifests/${TAG}`) && (failing === "always" || (failing === "at times" && failures++ % 2 === 0))
        ? { status: 500 }
        : undefined,
  });
  failing = "at times";
  await attach(store, "one");
  failing = "never";
  assert.deepEqual(await listed(store), digestsOf("one"));
  failing = "always";
  await assert.rejects(attach(store, "two"), hasCode("store/unreachable"));
});

/** One digit of the first entry's digest is another: every byte can be read, and the entry leads nowhere. */
function withDamagedEntry(body: Uint8Array): Uint8Array {
  const text = Buffer.from(body).toString("latin1");
  const at = text.indexOf("sha256:", text.indexOf("manifests")) + 10;
  return Buffer.from(text.slice(0, at) + (text[at] === "0" ? "1" : "0") + text.slice(at + 1), "latin1");
}

test("an index that comes damaged is asked for again, and damage is never written back", async (context) => {
  let damaged = 0;
  const { store } = await start(context, {
    tamper: ({ method, url }, answer) =>
      method === "GET" && url.endsWith(`/manifests/${TAG}`) && damaged-- > 0 ? { body: withDamagedEntry(answer.body) } : undefined,
  });
  await attach(store, "one");
  damaged = 1;
  await attach(store, "two");
  assert.deepEqual(await listed(store), digestsOf("one", "two"));
  damaged = Infinity;
  await assert.rejects(attach(store, "three"), hasCode("store/unreachable", /damaged/));
  await assert.rejects(store.repairIndex(SUBJECT), hasCode("store/unreachable", /damaged/));
  damaged = 0;
  assert.deepEqual(await listed(store), digestsOf("one", "two"));
});

test("announcements that are none are passed over", async (context) => {
  const { store } = await start(context);
  const stranger = manifestOf({ annotations: { text: "refers to nothing" } });
  const elsewhere = noteOn(stranger.descriptor, "refers to another image");
  await store.pushManifest(stranger.descriptor, stranger.bytes, { tag: announcementTag(SUBJECT, stranger.descriptor.digest) });
  await store.pushManifest(elsewhere.descriptor, elsewhere.bytes, { tag: announcementTag(SUBJECT, elsewhere.descriptor.digest) });
  const note = noteOn(IMAGE.descriptor, "under a false name");
  await store.pushManifest(note.descriptor, note.bytes, { tag: `${TAG}.cs-000000000000` });
  await store.pushManifest(note.descriptor, note.bytes, { tag: `${TAG}.cs-short` });
  await attach(store, "one");
  assert.deepEqual(await listed(store), digestsOf("one"));
});

test("a tag that holds no index is left alone, until it is repaired", async (context) => {
  const { store } = await start(context);
  await store.pushManifest(IMAGE.descriptor, IMAGE.bytes, { tag: TAG });
  await assert.rejects(attach(store, "one"), hasCode("store/invalid-answer", /no index/));
  assert.equal((await store.resolve({ tag: TAG })).descriptor.digest, SUBJECT);
  assert.deepEqual(await store.repairIndex(SUBJECT), { added: digestsOf("one"), dropped: [] });
  assert.deepEqual(await listed(store), digestsOf("one"));
});

test("an index that would grow too long is not written", async (context) => {
  const { store } = await start(context);
  const long = { mediaType: "application/vnd.example.unknown", digest: digestOf(Buffer.from("x")), size: 1, annotations: { text: "" } };
  const room = LIMITS.fallbackIndexBytes - encodeJson({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [long] }).length;
  await overwrite(store, [{ ...long, annotations: { text: "x".repeat(room - 10) } }]);
  await assert.rejects(attach(store, "one"), hasCode("store/index-full", /registries take 4194304/));
});

test("an index that another tool made longer than we write is read, and what it holds already needs no writing", async (context) => {
  const { store } = await start(context);
  const note = noteOn(IMAGE.descriptor, "one").descriptor;
  await overwrite(store, [{ ...note, annotations: { text: "x".repeat(LIMITS.fallbackIndexBytes) } }]);
  assert.deepEqual(await listed(store), digestsOf("one"));
  await attach(store, "one");
  await assert.rejects(attach(store, "two"), hasCode("store/index-full"));
  assert.deepEqual(await listed(store), digestsOf("one"));
});

test("repair drops what leads nowhere, adds who is announced, and is content the second time", async (context) => {
  const { store } = await start(context);
  await attach(store, "one");
  await attach(store, "two");
  const [first] = (await readIndex(store)).manifests;
  const gone = noteOn(IMAGE.descriptor, "gone").descriptor;
  await overwrite(store, [first, gone]);
  const repaired = await store.repairIndex(SUBJECT);
  assert.deepEqual(repaired.dropped, [gone.digest]);
  assert.equal(repaired.added.length, 1);
  assert.deepEqual(await listed(store), digestsOf("one", "two"));
  assert.deepEqual(await store.repairIndex(SUBJECT), { added: [], dropped: [] });
});

test("repairing where nothing hangs on the image makes no index", async (context) => {
  const { store } = await start(context);
  assert.deepEqual(await store.repairIndex(SUBJECT), { added: [], dropped: [] });
  await assert.rejects(store.resolve({ tag: TAG }), hasCode("store/not-found"));
});

test("only a registry's store can be repaired and greeted", async (context) => {
  const { store } = await start(context);
  assert.deepEqual([isRemote(store), isRemote(openMemoryStore())], [true, false]);
  const { status, date } = await store.greet();
  assert.equal(status, 200);
  assert.ok(date !== undefined && Math.abs(date.getTime() - Date.now()) < 3_600_000);
});

test("a stopped job stops waiting", async (context) => {
  const stop = new AbortController();
  const { store } = await start(context, {
    tamper: ({ url }) => (url.includes("/tags/list") ? (stop.abort(), { status: 500 }) : undefined),
  });
  const note = noteOn(IMAGE.descriptor, "one");
  await assert.rejects(store.attach([note], { subject: IMAGE.descriptor, signal: stop.signal }), hasCode("job/aborted"));
});

test("tags are listed over pages", async (context) => {
  const { store } = await start(context, { pageSize: 2 });
  for (const text of ["one", "two", "three"]) await attach(store, text);
  await overwrite(store, []);
  await attach(store, "four");
  assert.deepEqual(await listed(store), digestsOf("one", "two", "three", "four"));
});
