/** Every quirk of the table: it shows, and what is pushed, listed, read and repaired is right all the same. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { test, type TestContext } from "node:test";
import {
  ARTIFACT_TYPE,
  EMPTY,
  hasCode,
  IMAGE,
  manifestOf,
  noteOn,
  openRepository,
  pushImage,
  REPOSITORY,
  startRemote,
} from "../../../tests/fixtures/remote-repository.ts";
import { type Quirk, QUIRKS } from "../../testing/registry-quirks.ts";
import type { RegistryOptions, RunningRegistry } from "../../testing/registry-server.ts";
import { digestOf } from "../../core/digest.ts";
import { fallbackTag } from "../../core/digest-tags.ts";

const SUBJECT = IMAGE.descriptor;
const notes = ["one", "two", "three"].map((text) => noteOn(SUBJECT, text));
const stranger = manifestOf({ artifactType: "application/vnd.example.other", subject: SUBJECT });

/** Seen only where the registry has the referrers API, or only where it has not. */
const ONLY_WITH_API: ReadonlySet<Quirk> = new Set(["filter-ignored", "oci-subject-absent", "referrers-404-with-index", "referrers-html"]);
const ONLY_WITHOUT: ReadonlySet<Quirk> = new Set(["oci-subject-lying"]);
/** Shown by a journey of their own, below. */
const OWN_TEST: ReadonlySet<Quirk> = new Set(["read-only-405", "delete-by-tag-400", "one-shot-202", "manifests-null", "accept-binding"]);

for (const quirk of Object.keys(QUIRKS) as Quirk[]) {
  if (OWN_TEST.has(quirk)) continue;
  for (const referrersApi of [true, false]) {
    if ((referrersApi ? ONLY_WITHOUT : ONLY_WITH_API).has(quirk)) continue;
    test(`${quirk}, ${referrersApi ? "with" : "without"} the referrers API: ${QUIRKS[quirk].does}`, async (context) => {
      const registry = await startRemote(context, { quirks: [quirk], referrersApi, pageSize: 2 });
      const store = openRepository(context, registry);
      await pushImage(store);
      await Promise.all([...notes, stranger].map((note) => store.attach([note], { subject: SUBJECT })));
      // Once more, now that it is there.
      await store.pushBlob(EMPTY, Buffer.from("{}"));

      // Where it cannot be asked, it is not known to be there.
      for (const there of [EMPTY, SUBJECT]) assert.equal(await store.has(there), quirk !== "head-405");
      assert.equal(await store.has({ ...EMPTY, digest: digestOf(Buffer.from("absent")) }), false);
      assert.ok((await store.tags()).includes("v1"));
      const opened: Uint8Array[] = [];
      for await (const piece of store.open(EMPTY)) opened.push(piece);
      assert.deepEqual(Buffer.concat(opened), Buffer.from("{}"));
      const other = openRepository(context, registry, { repository: "team/other" });
      const mounted = await other.pushBlob(EMPTY, Buffer.from("{}"), { mountFrom: REPOSITORY });
      assert.equal(mounted, "mounted");

      assert.deepEqual((await store.resolve({ tag: "v1" })).descriptor, SUBJECT);
      assert.deepEqual((await store.resolve({ digest: SUBJECT.digest })).bytes, Buffer.from(IMAGE.bytes));
      assert.deepEqual(Buffer.from(await store.fetch(EMPTY)), Buffer.from("{}"));
      await assert.rejects(store.resolve({ tag: "absent" }), hasCode("store/not-found"));

      const all = await store.referrers(SUBJECT.digest);
      assert.deepEqual(
        [all.complete, digestsOf(all.referrers)],
        [true, digestsOf([...notes, stranger].map(({ descriptor }) => descriptor))],
      );
      const filtered = await store.referrers(SUBJECT.digest, { artifactTypes: [ARTIFACT_TYPE] });
      const wanted = notes.map(({ descriptor }) => descriptor);
      // In an index that clients write, where the label is missing, what a referrer is can only be told from its manifest.
      const isUnlabelled = !referrersApi && (quirk === "artifact-type-missing" || quirk === "artifact-type-of-config");
      assert.deepEqual(digestsOf(filtered.referrers), digestsOf(isUnlabelled ? [...wanted, stranger.descriptor] : wanted));

      assert.deepEqual(await store.repairIndex(SUBJECT.digest), { added: [], dropped: [] });
      assert.ok(!registry.requests.some(({ method }) => method === "DELETE"), "nothing is ever deleted");
      assert.deepEqual([...registry.shown], [quirk], "the quirk has shown");
    });
  }
}

test("read-only-405: pushing says so, reading goes on", async (context) => {
  const { registry, store } = await start(context, { quirks: ["read-only-405"] });
  await assert.rejects(store.pushBlob(EMPTY, Buffer.from("{}")), hasCode("store/read-only"));
  await assert.rejects(store.resolve({ tag: "v1" }), hasCode("store/not-found"));
  assert.deepEqual([...registry.shown], ["read-only-405"]);
});

for (const { quirk, target, without } of [
  { quirk: "delete-by-tag-400", target: `DELETE manifests/v1`, without: 202 },
  { quirk: "one-shot-202", target: `POST blobs/uploads/?digest=${EMPTY.digest}`, without: 201 },
] as const) {
  test(`${quirk}: the registry shows it, and Countersign never asks for it`, async (context) => {
    const [method = "", path = ""] = target.split(" ");
    for (const quirks of [[], [quirk]] as const) {
      const { registry, store } = await start(context, { quirks, referrersApi: false });
      await pushImage(store);
      for (const note of notes) await store.attach([note], { subject: SUBJECT });
      assert.deepEqual([...registry.shown], [], "not by what we ask");
      const status = await ask(registry, method, path);
      assert.deepEqual([status, [...registry.shown]], quirks.length === 0 ? [without, []] : [Number(quirk.slice(-3)), [quirk]]);
    }
  });
}

test("accept-binding: a fallback tag that holds something else is seen, and not taken for free", async (context) => {
  const { registry, store } = await start(context, { quirks: ["accept-binding"], referrersApi: false });
  await pushImage(store);
  await store.pushManifest(SUBJECT, IMAGE.bytes, { tag: fallbackTag(SUBJECT.digest) });
  const listing = await store.referrers(SUBJECT.digest);
  assert.deepEqual([listing.complete, listing.notes.map(({ code }) => code)], [false, ["listing/not-an-index"]]);
  const [note] = notes;
  assert.ok(note !== undefined);
  await assert.rejects(store.attach([note], { subject: SUBJECT }), hasCode("store/invalid-answer", /no index/));
  assert.deepEqual([...registry.shown], []);
  assert.equal(await ask(registry, "GET", "manifests/v1"), 404);
  assert.deepEqual([...registry.shown], ["accept-binding"]);
});

test("manifests-null: an emptied index is an empty one", async (context) => {
  const { registry, store } = await start(context, { quirks: ["manifests-null"] });
  await pushImage(store);
  const listing = await store.referrers(SUBJECT.digest);
  assert.deepEqual([listing.complete, listing.referrers, listing.notes], [true, [], []]);
  assert.deepEqual([...registry.shown], ["manifests-null"]);
});

async function start(
  context: TestContext,
  options: RegistryOptions,
): Promise<{ registry: RunningRegistry; store: ReturnType<typeof openRepository> }> {
  const registry = await startRemote(context, options);
  return { registry, store: openRepository(context, registry) };
}

/** The status of one raw request, as another tool would make it. */
function ask({ port }: RunningRegistry, method: string, path: string): Promise<number> {
  return new Promise((done, fail) => {
    const sent = request({ port, host: "127.0.0.1", method, path: `/v2/${REPOSITORY}/${path}`, agent: false }, (answer) => {
      answer.resume();
      done(answer.statusCode ?? 0);
    });
    sent.once("error", fail).end(method === "POST" ? "{}" : undefined);
  });
}

function digestsOf(descriptors: readonly { readonly digest: string }[]): readonly string[] {
  return descriptors.map(({ digest }) => digest).toSorted();
}
