/** Registries with the referrers API that take a manifest and do not list it, or do not find its blobs at first. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { hasCode, IMAGE, noteOn, openRepository, pushImage, REPOSITORY, startRemote } from "../../../tests/fixtures/remote-repository.ts";
import { createHttpClient, type HttpClient } from "../../net/http-client.ts";
import type { RecordedRequest } from "../../testing/registry-server.ts";
import { Registry, RepositoryApi } from "./api.ts";
import { stayListed } from "./listed-by-api.ts";

const note = noteOn(IMAGE.descriptor, "listed in the end");
const EMPTY_LISTING = { schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [] };
const isPush = ({ method, url }: RecordedRequest): boolean => method === "PUT" && url.endsWith(`/manifests/${note.descriptor.digest}`);
const isListing = ({ url }: RecordedRequest): boolean => url.includes("/referrers/");

function clientOf(context: TestContext): HttpClient {
  const client = createHttpClient();
  context.after(() => client.close());
  return client;
}

test("what another writer's push has overwritten is pushed again until it is listed", async (context) => {
  let lost = 2;
  const registry = await startRemote(context, {
    tamper: (request) => (isListing(request) && lost-- > 0 ? { body: Buffer.from(JSON.stringify(EMPTY_LISTING)) } : undefined),
  });
  const store = openRepository(context, registry);
  await pushImage(store);
  assert.deepEqual(await store.attach([note], { subject: IMAGE.descriptor }), { via: "api" });
  assert.equal(registry.requests.filter(isPush).length, 3);
});

test("what is never listed is pushed eight times in all, and then given up", async (context) => {
  const registry = await startRemote(context, {
    tamper: (request) => (isListing(request) ? { body: Buffer.from(JSON.stringify(EMPTY_LISTING)) } : undefined),
  });
  const api = new RepositoryApi(new Registry({ registry: registry.host, client: clientOf(context) }), REPOSITORY);
  await pushImage(openRepository(context, registry));
  const { descriptor, bytes } = note;
  const started = { subject: IMAGE.descriptor.digest, tookMs: 0, firstPauseMs: 1 };
  assert.equal(await stayListed(api, [{ descriptor, bytes }], started), false);
  assert.equal(registry.requests.filter(isPush).length, 7, "the first push was before");
  assert.equal(registry.requests.filter(isListing).length, 8);
});

test("a registry that names the subject and has no API is not asked twice", async (context) => {
  const registry = await startRemote(context, { referrersApi: false, quirks: ["oci-subject-lying"] });
  const store = openRepository(context, registry);
  await pushImage(store);
  assert.deepEqual(await store.attach([note], { subject: IMAGE.descriptor }), { via: "tag" });
  assert.equal(registry.requests.filter(isListing).length, 1);
  await assert.rejects(store.attach([note], { subject: IMAGE.descriptor, mode: "api" }), hasCode("store/contended", /does not list it/));
});

test("a job that is stopped while it waits for the listing says so", async (context) => {
  const stop = new AbortController();
  const registry = await startRemote(context, {
    tamper: (request) => {
      if (isPush(request)) stop.abort();
      return undefined;
    },
  });
  const store = openRepository(context, registry);
  await pushImage(store);
  const { signal } = stop;
  await assert.rejects(store.attach([note], { subject: IMAGE.descriptor, signal }), hasCode("job/aborted"));
  const api = new RepositoryApi(new Registry({ registry: registry.host, client: clientOf(context) }), REPOSITORY);
  const waiting = stayListed(api, [note], { subject: IMAGE.descriptor.digest, tookMs: 0, signal });
  await assert.rejects(waiting, hasCode("job/aborted", /to list what was pushed/));
});

for (const { code, status } of [
  { code: "MANIFEST_BLOB_UNKNOWN", status: 400 },
  { code: "UNKNOWN", status: 500 },
]) {
  test(`a push that is answered ${status} ${code} while somebody uploads the same blob is tried again`, async (context) => {
    let failures = 2;
    const registry = await startRemote(context, {
      tamper: (request) =>
        isPush(request) && failures-- > 0 ? { status, body: Buffer.from(JSON.stringify({ errors: [{ code, message: "" }] })) } : undefined,
    });
    const store = openRepository(context, registry);
    await pushImage(store);
    assert.deepEqual(await store.attach([note], { subject: IMAGE.descriptor }), { via: "api" });
    assert.equal(registry.requests.filter(isPush).length, 3);
  });
}

test("a push that is refused for another reason is not tried again", async (context) => {
  const registry = await startRemote(context, {
    tamper: (request) =>
      isPush(request) ? { status: 400, body: Buffer.from('{"errors":[{"code":"MANIFEST_INVALID","message":""}]}') } : undefined,
  });
  const store = openRepository(context, registry);
  await pushImage(store);
  await assert.rejects(store.attach([note], { subject: IMAGE.descriptor }), hasCode("store/invalid-answer", /MANIFEST_INVALID/));
  assert.equal(registry.requests.filter(isPush).length, 1);
});
