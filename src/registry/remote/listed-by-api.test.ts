/** Registries with the referrers API that take a manifest and do not list it, or do not find its blobs at first. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode, IMAGE, noteOn, openRepository, pushImage, startRemote } from "../../../tests/fixtures/remote-repository.ts";
import type { RecordedRequest } from "../../testing/registry-server.ts";

const note = noteOn(IMAGE.descriptor, "listed in the end");
const EMPTY_LISTING = { schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [] };
const isPush = ({ method, url }: RecordedRequest): boolean => method === "PUT" && url.endsWith(`/manifests/${note.descriptor.digest}`);
const isListing = ({ url }: RecordedRequest): boolean => url.includes("/referrers/");

test("what another writer's push has overwritten is pushed again until it is listed", async (context) => {
  let lost = 2;
  const registry = await startRemote(context, {
    tamper: (request) => (isListing(request) && lost-- > 0 ? { body: Buffer.from(JSON.stringify(EMPTY_LISTING)) } : undefined),
  });
  const store = openRepository(context, registry);
  await pushImage(store);
  assert.deepEqual(await store.attach(note.descriptor, note.bytes, { subject: IMAGE.descriptor }), { via: "api" });
  assert.equal(registry.requests.filter(isPush).length, 3);
});

test("a job that is stopped while it waits for the listing says so", async (context) => {
  const stop = new AbortController();
  const registry = await startRemote(context, {
    tamper: (request) => {
      if (isPush(request)) setTimeout(() => stop.abort(), 50);
      return undefined;
    },
  });
  const store = openRepository(context, registry);
  await pushImage(store);
  await assert.rejects(
    store.attach(note.descriptor, note.bytes, { subject: IMAGE.descriptor, signal: stop.signal }),
    hasCode("job/aborted", /to list what was pushed/),
  );
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
    assert.deepEqual(await store.attach(note.descriptor, note.bytes, { subject: IMAGE.descriptor }), { via: "api" });
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
  await assert.rejects(
    store.attach(note.descriptor, note.bytes, { subject: IMAGE.descriptor }),
    hasCode("store/invalid-answer", /MANIFEST_INVALID/),
  );
  assert.equal(registry.requests.filter(isPush).length, 1);
});
