import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { hasCode, IMAGE, noteOn, openRepository, pushImage, startRemote } from "../../../tests/fixtures/remote-repository.ts";
import type { RecordedRequest } from "../../testing/registry-server.ts";
import { parseChallenges } from "./challenge.ts";

const credentials = { username: "alice", password: "s3cret:with colon" };
const htpasswd = { alice: "s3cret:with colon" };

const tokenRequests = (requests: readonly RecordedRequest[]): readonly RecordedRequest[] =>
  requests.filter(({ url }) => url.startsWith("/token"));

async function copyThrough(context: TestContext, store: ReturnType<typeof openRepository>): Promise<void> {
  await pushImage(store);
  const note = noteOn(IMAGE.descriptor, context.name);
  await store.attach([note], { subject: IMAGE.descriptor });
  assert.equal((await store.resolve({ tag: "v1" })).descriptor.digest, IMAGE.descriptor.digest);
  assert.equal((await store.referrers(IMAGE.descriptor.digest)).referrers.length, 1);
}

test("Basic: asked once, then sent along", async (context) => {
  const registry = await startRemote(context, { htpasswd });
  await copyThrough(context, openRepository(context, registry, { credentials }));
  assert.equal(registry.requests.filter(({ headers }) => headers["authorization"] === undefined).length, 1);
});

test("without credentials, or with wrong ones, unauthorized", async (context) => {
  const registry = await startRemote(context, { htpasswd });
  await assert.rejects(openRepository(context, registry).resolve({ tag: "v1" }), hasCode("registry/unauthorized", /wanted/));
  const wrong = openRepository(context, registry, { credentials: { username: "alice", password: "guess" } });
  await assert.rejects(wrong.resolve({ tag: "v1" }), hasCode("registry/unauthorized", /refused/));
  await assert.rejects(wrong.resolve({ tag: "v1" }), (error) => !String(error).includes("guess"));
});

test("Bearer: one token for each kind of access, shared by requests that run together", async (context) => {
  const registry = await startRemote(context, { htpasswd, token: {} });
  await copyThrough(context, openRepository(context, registry, { credentials }));
  const reader = openRepository(context, registry, { credentials });
  const before = tokenRequests(registry.requests).length;
  await Promise.all([
    reader.resolve({ tag: "v1" }),
    reader.referrers(IMAGE.descriptor.digest),
    reader.resolve({ digest: IMAGE.descriptor.digest }),
  ]);
  const asked = tokenRequests(registry.requests);
  assert.equal(before, 1, "a token for pushing serves for pulling");
  assert.equal(asked.length - before, 1);
  assert.match(decodeURIComponent(asked.at(-1)?.url ?? ""), /service=countersign-test&scope=repository:team\/app:pull$/);
});

test("Bearer, anonymous: pulling needs no credentials, pushing does", async (context) => {
  const registry = await startRemote(context, { htpasswd, token: { anonymousPull: true } });
  await pushImage(openRepository(context, registry, { credentials }));
  const anonymous = openRepository(context, registry);
  assert.equal((await anonymous.resolve({ tag: "v1" })).descriptor.digest, IMAGE.descriptor.digest);
  await assert.rejects(pushImage(anonymous), hasCode("registry/unauthorized"));
});

test("Bearer: a token that is refused is renewed once", async (context) => {
  let refuseNext = false;
  const registry = await startRemote(context, {
    htpasswd,
    token: {},
    tamper: (request) => {
      if (!refuseNext || request.url.startsWith("/token")) return undefined;
      refuseNext = false;
      return { status: 401, headers: { "www-authenticate": `Bearer realm="http://${String(request.headers["host"])}/token"` } };
    },
  });
  const store = openRepository(context, registry, { credentials });
  await pushImage(store);
  refuseNext = true;
  await store.resolve({ tag: "v1" });
  assert.equal(tokenRequests(registry.requests).length, 2);
});

test("the password goes to no realm that the registry merely names", async (context) => {
  const foreign = await startRemote(context, { htpasswd, token: {} });
  for (const realm of [
    `http://localhost:${foreign.port}/token`,
    "http://169.254.169.254/token",
    "https://tokens.example/token",
    "file:///etc/passwd",
    "token",
    `http://alice:pw@127.0.0.1:${foreign.port}/`,
  ]) {
    const registry = await startRemote(context, { htpasswd, token: { realm } });
    await assert.rejects(
      openRepository(context, registry, { credentials }).resolve({ tag: "v1" }),
      hasCode("registry/unauthorized", /sends us to/),
    );
  }
  assert.equal(foreign.requests.length, 0);
});

test("a realm on another host is asked if the user named it", async (context) => {
  const issuer = await startRemote(context, { htpasswd, token: {} });
  const registry = await startRemote(context, { token: { realm: `http://localhost:${issuer.port}/token` } });
  const store = openRepository(context, registry, { credentials, tokenRealms: [`localhost:${issuer.port}`] });
  // The other server's tokens are unknown here; what counts is that it was asked, and with the password.
  await assert.rejects(store.resolve({ tag: "v1" }), hasCode("registry/unauthorized"));
  assert.match(String(issuer.requests[0]?.headers["authorization"]), /^Basic /);
});

test("a token endpoint that answers nonsense is an invalid answer", async (context) => {
  for (const body of ["", "{}", "[]", '{"token":1}', '{"token":"a\\r\\nb"}', '{"token":""}', '{"token":"a","token":"b"}']) {
    const registry = await startRemote(context, {
      htpasswd,
      token: {},
      tamper: ({ url }) => (url.startsWith("/token") ? { body: Buffer.from(body) } : undefined),
    });
    await assert.rejects(
      openRepository(context, registry, { credentials }).resolve({ tag: "v1" }),
      hasCode("store/invalid-answer", /token/),
    );
  }
});

test("challenges are told apart, quoted or not", () => {
  const [bearer, basic] = parseChallenges('Bearer realm="https://a.example/t?x=1, y",service=reg , scope="a \\"b\\"", Basic realm="x"');
  assert.equal(bearer?.scheme, "bearer");
  assert.deepEqual({ ...bearer?.parameters }, { realm: "https://a.example/t?x=1, y", service: "reg", scope: 'a "b"' });
  assert.equal(basic?.scheme, "basic");
  assert.deepEqual(parseChallenges(""), []);
  assert.equal(parseChallenges("a".repeat(100_000)).length, 1);
});
