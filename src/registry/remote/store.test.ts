import assert from "node:assert/strict";
import { test } from "node:test";
import {
  EMPTY,
  hasCode,
  IMAGE,
  manifestOf,
  noteOn,
  openRepository,
  pushImage,
  startRemote,
} from "../../../tests/fixtures/remote-repository.ts";
import { digestOf } from "../../core/digest.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../core/media-types.ts";
import type { Answer, RecordedRequest } from "../../testing/registry-server.ts";

type Tamper = (request: RecordedRequest, answer: Answer) => Partial<Answer> | undefined;

const isManifest = (request: RecordedRequest): boolean => request.method === "GET" && request.url.includes("/manifests/");
const other = manifestOf({ annotations: { name: "another image" } });

const LIES: readonly { name: string; target: "tag" | "digest"; code: string; tamper: Tamper }[] = [
  { name: "other bytes for a digest", target: "digest", code: "integrity/digest-mismatch", tamper: () => ({ body: other.bytes }) },
  {
    name: "other bytes for a digest, with their own digest in the header",
    target: "digest",
    code: "integrity/digest-mismatch",
    tamper: (_, answer) => ({ body: other.bytes, headers: { ...answer.headers, "docker-content-digest": other.descriptor.digest } }),
  },
  {
    name: "the right bytes for a digest, and a header that says otherwise",
    target: "digest",
    code: "integrity/digest-mismatch",
    tamper: (_, answer) => ({ headers: { ...answer.headers, "docker-content-digest": other.descriptor.digest } }),
  },
  {
    name: "bytes for a tag that are not those of the header",
    target: "tag",
    code: "integrity/digest-mismatch",
    tamper: () => ({ body: other.bytes }),
  },
  {
    name: "a header by another algorithm that is wrong",
    target: "tag",
    code: "integrity/digest-mismatch",
    tamper: (_, answer) => ({ headers: { ...answer.headers, "docker-content-digest": digestOf(other.bytes, "sha512") } }),
  },
  {
    name: "a content type that the body contradicts",
    target: "tag",
    code: "store/invalid-answer",
    tamper: (_, answer) => ({ headers: { ...answer.headers, "content-type": OCI_INDEX } }),
  },
  {
    name: "a content type of no manifest",
    target: "tag",
    code: "store/invalid-answer",
    tamper: (_, answer) => ({ headers: { ...answer.headers, "content-type": "text/html" } }),
  },
  {
    name: "no content type",
    target: "tag",
    code: "store/invalid-answer",
    tamper: (_, { headers }) => ({ headers: { "docker-content-digest": headers["docker-content-digest"] ?? "" } }),
  },
  {
    name: "a manifest without end",
    target: "tag",
    code: "store/too-large",
    tamper: (_, answer) => ({ body: Buffer.alloc(4_194_305, 0x20), headers: withoutLength(answer) }),
  },
  { name: "an internal error", target: "tag", code: "store/unreachable", tamper: () => ({ status: 500 }) },
  {
    name: "a redirect",
    target: "tag",
    code: "store/invalid-answer",
    tamper: (_, answer) => ({ status: 302, headers: { ...answer.headers, location: "/v2/" } }),
  },
  { name: "denied", target: "tag", code: "registry/forbidden", tamper: () => ({ status: 403 }) },
];

function withoutLength(answer: Answer): Answer["headers"] {
  return { "content-type": answer.headers["content-type"] ?? "" };
}

for (const { name, target, code, tamper } of LIES) {
  test(`resolve refuses ${name}`, async (context) => {
    let isLying = false;
    const registry = await startRemote(context, {
      tamper: (request, answer) => (isLying && isManifest(request) ? tamper(request, answer) : undefined),
    });
    const store = openRepository(context, registry);
    const image = await pushImage(store);
    const wanted = target === "tag" ? { tag: "v1" } : { digest: image.digest };
    assert.equal((await store.resolve(wanted)).descriptor.digest, image.digest);
    isLying = true;
    await assert.rejects(store.resolve(wanted), hasCode(code));
  });
}

test("a right digest header by another algorithm is no lie", async (context) => {
  const registry = await startRemote(context, {
    tamper: (request, answer) =>
      isManifest(request) ? { headers: { ...answer.headers, "docker-content-digest": digestOf(IMAGE.bytes, "sha512") } } : undefined,
  });
  const store = openRepository(context, registry);
  const image = await pushImage(store);
  assert.deepEqual((await store.resolve({ tag: "v1" })).descriptor, image);
});

for (const members of [
  { manifests: [] },
  { mediaType: OCI_MANIFEST, manifests: [], layers: undefined, config: undefined },
  { mediaType: OCI_INDEX, manifests: [] },
]) {
  test(`a document that can be read in two ways is refused: ${JSON.stringify(members)}`, async (context) => {
    const store = openRepository(context, await startRemote(context));
    const ambiguous = manifestOf(members);
    const mediaType = members.mediaType ?? OCI_MANIFEST;
    await store.pushManifest({ ...ambiguous.descriptor, mediaType }, ambiguous.bytes, { tag: "v1" });
    await assert.rejects(store.resolve({ tag: "v1" }), hasCode("store/invalid-answer", /index and as an image/));
  });
}

test("fetch refuses other bytes, more bytes, fewer bytes and absurd sizes", async (context) => {
  let body: Uint8Array | undefined;
  const registry = await startRemote(context, {
    tamper: (request) => (body !== undefined && request.url.includes("/blobs/") ? { body } : undefined),
  });
  const store = openRepository(context, registry);
  const bytes = Buffer.from("content");
  const descriptor = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.length };
  await store.pushBlob(descriptor, bytes);
  assert.deepEqual(Buffer.from(await store.fetch(descriptor)), bytes);
  body = Buffer.from("CONTENT");
  await assert.rejects(store.fetch(descriptor), hasCode("integrity/digest-mismatch"));
  body = Buffer.from("content and more");
  await assert.rejects(store.fetch(descriptor), hasCode("integrity/size-mismatch"));
  body = Buffer.from("cont");
  await assert.rejects(store.fetch(descriptor), hasCode("integrity/size-mismatch"));
  const asked = registry.requests.length;
  await assert.rejects(store.fetch({ ...descriptor, size: 2 ** 52 }), hasCode("integrity/too-large"));
  await assert.rejects(store.fetch({ ...descriptor, mediaType: OCI_MANIFEST, size: 4_194_305 }), hasCode("integrity/too-large"));
  assert.equal(registry.requests.length, asked, "nothing was asked for");
});

test("content that arrives damaged is asked for once more", async (context) => {
  let damaged = 0;
  const registry = await startRemote(context, {
    tamper: (request, answer) =>
      request.method === "GET" && damaged-- > 0 ? { body: answer.body.map((byte, at) => (at === 9 ? byte ^ 1 : byte)) } : undefined,
  });
  const store = openRepository(context, registry);
  const { digest } = await pushImage(store);
  for (const read of [() => store.resolve({ tag: "v1" }), () => store.resolve({ digest }), () => store.fetch(IMAGE.descriptor)]) {
    damaged = 1;
    await read();
    damaged = 2;
    await assert.rejects(read(), hasCode("integrity/digest-mismatch"));
  }
});

test("an upload whose answer was lost is not sent twice", async (context) => {
  let lost = 1;
  const registry = await startRemote(context, { tamper: ({ method }) => (method === "PUT" && lost-- > 0 ? { status: 503 } : undefined) });
  const store = openRepository(context, registry);
  await store.pushBlob(EMPTY, Buffer.from("{}"));
  assert.deepEqual(
    registry.requests.map(({ method }) => method),
    ["HEAD", "POST", "PUT", "HEAD"],
  );
});

test("a blob is fetched from where it is redirected to, without credentials", async (context) => {
  const bytes = Buffer.from("content");
  const elsewhere = await startRemote(context, { tamper: () => ({ status: 200, body: bytes }) });
  const registry = await startRemote(context, {
    htpasswd: { alice: "s3cret" },
    tamper: (request) =>
      request.method === "GET" && request.url.includes("/blobs/")
        ? { status: 307, headers: { location: `${elsewhere.url}/bucket` }, body: new Uint8Array() }
        : undefined,
  });
  const store = openRepository(context, registry, { credentials: { username: "alice", password: "s3cret" } });
  const descriptor = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.length };
  await store.pushBlob(descriptor, bytes);
  assert.deepEqual(Buffer.from(await store.fetch(descriptor)), bytes);
  assert.equal(elsewhere.requests.length, 1);
  assert.equal(elsewhere.requests[0]?.headers["authorization"], undefined);
});

test("an upload to another origin is refused, and nothing is sent there", async (context) => {
  const elsewhere = await startRemote(context);
  for (const location of [`${elsewhere.url}/v2/x/blobs/uploads/1`, `http://localhost:${elsewhere.port}/x`, "", "http://["]) {
    const registry = await startRemote(context, {
      htpasswd: { alice: "s3cret" },
      tamper: (request, answer) => (request.method === "POST" && answer.status === 202 ? { headers: { location } } : undefined),
    });
    const store = openRepository(context, registry, { credentials: { username: "alice", password: "s3cret" } });
    await assert.rejects(store.pushBlob(EMPTY, Buffer.from("{}")), hasCode("store/invalid-answer", /origin|no place/));
  }
  assert.equal(elsewhere.requests.length, 0);
});

test("a registry that takes no writes says so", async (context) => {
  const store = openRepository(context, await startRemote(context, { quirks: ["read-only-405"] }));
  await assert.rejects(store.pushBlob(EMPTY, Buffer.from("{}")), hasCode("store/read-only"));
  await assert.rejects(store.pushManifest(IMAGE.descriptor, IMAGE.bytes), hasCode("store/read-only"));
});

test("a registry that stores a manifest under another digest is not believed", async (context) => {
  const registry = await startRemote(context, {
    tamper: (request, answer) =>
      request.method === "PUT" && request.url.includes("/manifests/")
        ? { headers: { ...answer.headers, "docker-content-digest": other.descriptor.digest } }
        : undefined,
  });
  await assert.rejects(
    openRepository(context, registry).pushManifest(IMAGE.descriptor, IMAGE.bytes),
    hasCode("store/invalid-answer", /instead/),
  );
});

test("how a referrer is made findable follows the mode and the registry", async (context) => {
  const withApi = openRepository(context, await startRemote(context));
  const without = openRepository(context, await startRemote(context, { referrersApi: false }));
  const note = noteOn(IMAGE.descriptor, "note");
  for (const store of [withApi, without]) await pushImage(store);
  assert.deepEqual((await withApi.referrers(IMAGE.descriptor.digest)).sources, ["api"], "it answers, with nothing");
  assert.deepEqual((await without.referrers(IMAGE.descriptor.digest)).sources, []);
  assert.deepEqual(await withApi.attach([note], { subject: IMAGE.descriptor }), { via: "api" });
  assert.deepEqual(await withApi.attach([note], { subject: IMAGE.descriptor, mode: "api" }), { via: "api" });
  assert.deepEqual((await withApi.referrers(IMAGE.descriptor.digest)).sources, ["api"]);
  assert.deepEqual(await withApi.attach([note], { subject: IMAGE.descriptor, mode: "tag" }), { via: "tag" });
  assert.deepEqual((await withApi.referrers(IMAGE.descriptor.digest)).sources, ["api", "tag"]);
  assert.equal((await withApi.referrers(IMAGE.descriptor.digest)).referrers.length, 1, "the same referrer in both places counts once");
  await assert.rejects(without.attach([note], { subject: IMAGE.descriptor, mode: "api" }), hasCode("store/invalid-answer", /OCI-Subject/));
  assert.deepEqual(await without.attach([note], { subject: IMAGE.descriptor }), { via: "tag" });
  assert.deepEqual((await without.referrers(IMAGE.descriptor.digest)).sources, ["tag"]);
});
