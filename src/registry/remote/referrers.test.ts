import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { ARTIFACT_TYPE, IMAGE, noteOn, openRepository, pushImage, startRemote } from "../../../tests/fixtures/remote-repository.ts";
import { digestOf } from "../../core/digest.ts";
import { LIMITS } from "../../core/limits.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../core/media-types.ts";
import type { Listing } from "../../core/store.ts";
import { encodeJson } from "../../encoding/json.ts";
import type { Answer, RecordedRequest } from "../../testing/registry-server.ts";
import { fallbackTag } from "../../core/digest-tags.ts";
import { nextPage } from "./next-page.ts";

const SUBJECT = IMAGE.descriptor.digest;
const TAG = fallbackTag(SUBJECT);
const notes = [1, 2, 3, 4, 5].map((number) => noteOn(IMAGE.descriptor, `note ${number}`));

type Tamper = (request: RecordedRequest, answer: Answer) => Partial<Answer> | undefined;

const atApi =
  (change: Partial<Answer>): Tamper =>
  (request) =>
    request.url.includes("/referrers/") ? change : undefined;
const atTag =
  (change: Partial<Answer>): Tamper =>
  (request) =>
    request.url.endsWith(`/manifests/${TAG}`) && request.method === "GET" ? change : undefined;

function answerWith(manifests: readonly unknown[], headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status: 200,
    headers: { "content-type": OCI_INDEX, ...headers },
    body: encodeJson({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }),
  };
}

/** A listing from a registry with five notes under the API, two of them under the tag too, and a lie. */
async function listWith(
  context: TestContext,
  tamper: Tamper,
  options: { readonly pageSize?: number; readonly artifactTypes?: readonly string[] } = {},
): Promise<Listing & { asked: readonly RecordedRequest[] }> {
  let isLying = false;
  const { pageSize, artifactTypes } = options;
  const registry = await startRemote(context, {
    tamper: (request, answer) => (isLying ? tamper(request, answer) : undefined),
    ...(pageSize === undefined ? {} : { pageSize }),
  });
  const store = openRepository(context, registry);
  await pushImage(store);
  for (const [position, note] of notes.entries())
    await store.attach([note], { subject: IMAGE.descriptor, mode: position < 2 ? "tag" : "auto" });
  isLying = true;
  const before = registry.requests.length;
  const listing = await store.referrers(SUBJECT, artifactTypes === undefined ? {} : { artifactTypes });
  return { ...listing, asked: registry.requests.slice(before) };
}

const codes = (listing: Listing): readonly string[] => listing.notes.map(({ code }) => code);
const honest: Tamper = () => undefined;

test("both places are read at once, and merged", async (context) => {
  const listing = await listWith(context, honest);
  assert.equal(listing.referrers.length, 5);
  assert.deepEqual(listing.sources, ["api", "tag"]);
  assert.equal(listing.asked.length, 2);
});

test("pages are followed", async (context) => {
  const listing = await listWith(context, honest, { pageSize: 2 });
  assert.equal(listing.referrers.length, 5);
  assert.equal(listing.complete, true);
  assert.equal(listing.asked.length, 4);
});

test("the artifact type is asked for, and checked again where the registry does not filter", async (context) => {
  const stranger = { mediaType: OCI_MANIFEST, digest: digestOf(Buffer.from("x")), size: 1, artifactType: "application/vnd.example.other" };
  const untold = { mediaType: OCI_MANIFEST, digest: digestOf(Buffer.from("y")), size: 1 };
  const listing = await listWith(context, atApi(answerWith([stranger, untold])), { artifactTypes: [ARTIFACT_TYPE] });
  assert.ok(listing.asked.some(({ url }) => url.includes(`artifactType=${encodeURIComponent(ARTIFACT_TYPE)}`)));
  assert.equal(listing.referrers.length, 3, "two under the tag, and one whose type only its manifest tells");
  assert.ok(!listing.referrers.some(({ digest }) => digest === stranger.digest));
});

for (const status of [400, 404, 405, 406, 501]) {
  test(`a referrers API that answers ${status} is not there`, async (context) => {
    const listing = await listWith(
      context,
      atApi({ status, headers: { "content-type": "text/plain" }, body: Buffer.from("page not found") }),
    );
    assert.deepEqual([listing.referrers.length, listing.complete, listing.notes, listing.sources], [2, true, [], ["tag"]]);
  });
}

test("a referrers API that answers with another kind of document is not there", async (context) => {
  const listing = await listWith(context, atApi({ status: 200, headers: { "content-type": "text/html" }, body: Buffer.from("<html>") }));
  assert.deepEqual([listing.referrers.length, listing.complete], [2, true]);
});

test("where there is no fallback tag either, an answer that may be passing is told of", async (context) => {
  let tamper: Tamper = honest;
  const registry = await startRemote(context, { tamper: (request, answer) => tamper(request, answer) });
  const store = openRepository(context, registry);
  await pushImage(store);
  const html = { headers: { "content-type": "text/html" }, body: Buffer.from("<html>") };
  for (const status of [200, 400, 405]) {
    tamper = atApi({ status, ...html });
    const { referrers, notes: said, sources } = await store.referrers(SUBJECT);
    assert.deepEqual([referrers, said.map(({ code }) => code), sources], [[], ["listing/unreachable"], []]);
  }
  for (const status of [404, 406, 501]) {
    tamper = atApi({ status, ...html });
    assert.deepEqual((await store.referrers(SUBJECT)).notes, []);
  }
});

test("one place that does not answer leaves the other, and the listing incomplete", async (context) => {
  const withoutApi = await listWith(context, atApi({ status: 503 }));
  assert.deepEqual([withoutApi.referrers.length, withoutApi.complete, codes(withoutApi)], [2, false, ["listing/unreachable"]]);
  const withoutTag = await listWith(context, atTag({ status: 500 }));
  assert.deepEqual([withoutTag.referrers.length, withoutTag.complete, codes(withoutTag)], [5, false, ["listing/unreachable"]]);
});

test("no answer at all is noted, not thrown", async (context) => {
  const registry = await startRemote(context);
  const store = openRepository(context, registry);
  await registry.close();
  const listing = await store.referrers(SUBJECT);
  assert.deepEqual([listing.referrers, listing.complete, codes(listing)], [[], false, ["listing/unreachable", "listing/unreachable"]]);
  const aborted = await store.referrers(SUBJECT, { signal: AbortSignal.abort() });
  assert.equal(aborted.complete, false);
});

test("a next page on another host is not asked for", async (context) => {
  const elsewhere = await startRemote(context);
  for (const target of [`${elsewhere.url}/v2/team/app/referrers/x`, `http://localhost:${elsewhere.port}/`, "//169.254.169.254/latest"]) {
    const listing = await listWith(context, atApi(answerWith([notes[0]?.descriptor], { link: `<${target}>; rel="next"` })));
    assert.deepEqual([listing.complete, codes(listing)], [false, ["listing/foreign-page"]]);
    assert.equal(listing.referrers.length, 2);
  }
  assert.equal(elsewhere.requests.length, 0);
});

test("pages that go in a circle, or on for ever, end", async (context) => {
  const circle = await listWith(context, atApi(answerWith([], { link: `</v2/team/app/referrers/${SUBJECT}>; rel="next"` })));
  assert.deepEqual([circle.complete, codes(circle)], [false, ["listing/cut-off"]]);
  let page = 0;
  const endless = await listWith(context, (request) =>
    request.url.includes("/referrers/") ? answerWith([], { link: `<?page=${++page}>; rel=next` }) : undefined,
  );
  assert.deepEqual([endless.complete, codes(endless)], [false, ["listing/cut-off"]]);
  assert.equal(page, LIMITS.listingPages);
});

test("too many entries are cut off, and said so", async (context) => {
  const entries = Array.from({ length: LIMITS.listingEntries + 1 }, (_, number) => ({
    mediaType: OCI_MANIFEST,
    digest: digestOf(Buffer.from(String(number))),
    size: 1,
  }));
  const listing = await listWith(context, atApi(answerWith(entries)));
  assert.deepEqual([listing.complete, codes(listing)], [false, ["listing/cut-off"]]);
  assert.equal(listing.referrers.length, LIMITS.listingEntries + 2, "what the tag says is still read");
});

test("broken entries are counted and passed over", async (context) => {
  const listing = await listWith(
    context,
    atApi(answerWith([null, { digest: "sha256:00" }, 7, { ...notes[0]?.descriptor, size: -1 }, notes[3]?.descriptor])),
  );
  assert.deepEqual([listing.referrers.length, listing.complete, codes(listing)], [3, true, ["listing/malformed-entry"]]);
});

test("a document that is no index: unreadable API, unreadable tag", async (context) => {
  const api = await listWith(
    context,
    atApi({ status: 200, headers: { "content-type": OCI_INDEX }, body: Buffer.from('{"manifests":[],"manifests":[]}') }),
  );
  assert.deepEqual([api.complete, codes(api)], [false, ["listing/unreachable"]]);
  const wrongKind = await listWith(context, atTag({ headers: { "content-type": OCI_MANIFEST } }));
  assert.deepEqual([wrongKind.complete, codes(wrongKind), wrongKind.referrers.length], [false, ["listing/not-an-index"], 5]);
  const noJson = await listWith(context, atTag({ headers: { "content-type": OCI_INDEX }, body: Buffer.from("{") }));
  assert.deepEqual([noJson.complete, codes(noJson)], [false, ["listing/not-an-index"]]);
  const damaged = await listWith(context, atTag({ body: encodeJson({ schemaVersion: 2, manifests: [] }) }));
  assert.deepEqual([damaged.complete, codes(damaged)], [false, ["listing/unreachable"]]);
});

test("an index without end is cut off", async (context) => {
  const listing = await listWith(
    context,
    atTag({ headers: { "content-type": OCI_INDEX }, body: Buffer.alloc(LIMITS.listingBytes + 1, 0x20) }),
  );
  assert.deepEqual([listing.complete, codes(listing), listing.referrers.length], [false, ["listing/cut-off"], 5]);
});

test("the next page is read from the header as registries write it", () => {
  const from = new URL("https://registry.example/v2/a/referrers/x");
  assert.equal(nextPage('</v2/a?last=1>; rel="next"', from)?.href, "https://registry.example/v2/a?last=1");
  assert.equal(nextPage("<?last=1>;rel=next", from)?.href, "https://registry.example/v2/a/referrers/x?last=1");
  assert.equal(nextPage('<https://a.example/>; rel="prev", <https://b.example/>; title="x"; rel="next"', from)?.href, "https://b.example/");
  assert.equal(nextPage('<https://a.example/>; rel="prev"', from), undefined);
  assert.equal(nextPage(undefined, from), undefined);
  assert.equal(nextPage("<".repeat(100_000), from), undefined);
});

test("the fallback tag cuts a long digest, as the specification says", () => {
  assert.equal(fallbackTag(digestOf(Buffer.from("x"), "sha512")).length, "sha512-".length + 64);
  assert.equal(TAG, SUBJECT.replace(":", "-"));
});
