/** What the kinds of credentials become on the way to a registry, when they are looked for, and what is said where they do not help. */
import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { hasCode, IMAGE, REPOSITORY, startRemote } from "../../../tests/fixtures/remote-repository.ts";
import { CountersignError } from "../../core/errors.ts";
import { createHttpClient } from "../../net/http-client.ts";
import type { RunningRegistry } from "../../testing/registry-server.ts";
import type { Credentials, CredentialSource } from "../credentials/credentials.ts";
import { Registry } from "./api.ts";
import { openRegistry, type RemoteStore } from "./store.ts";

const PASSWORD: Credentials = { username: "alice", password: "s3cret", source: "/home/alice/config.json" };
const BASIC = `Basic ${Buffer.from("alice:s3cret").toString("base64")}`;
const MANIFEST = { status: 200, headers: { "content-type": IMAGE.descriptor.mediaType }, body: IMAGE.bytes };

interface Realm {
  readonly url: string;
  readonly asked: readonly {
    readonly method: string;
    readonly query: URLSearchParams;
    readonly headers: IncomingHttpHeaders;
    readonly form: URLSearchParams;
  }[];
}

async function startRealm(context: TestContext, answer: { readonly status: number; readonly body: object }): Promise<Realm> {
  const asked: Realm["asked"][number][] = [];
  const server = createServer((request, response) => {
    let form = "";
    request.setEncoding("utf8").on("data", (text: string) => (form += text));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      asked.push({ method, query: new URL(url, "http://x").searchParams, headers, form: new URLSearchParams(form) });
      response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?of=registry`, asked };
}

/** Every path of it holds the image, for whoever brings `accepted`. */
function startGuarded(context: TestContext, guard: { readonly challenge: string; readonly accepted: string }): Promise<RunningRegistry> {
  return startRemote(context, {
    tamper: ({ headers }) =>
      headers["authorization"] === guard.accepted
        ? MANIFEST
        : { status: 401, headers: { "www-authenticate": guard.challenge }, body: Buffer.alloc(0) },
  });
}

function open(context: TestContext, registry: RunningRegistry, credentials: CredentialSource): (repository: string) => RemoteStore {
  const client = createHttpClient({ patience: { tries: 1, firstPauseMs: 1, withinMs: 1 } });
  context.after(() => client.close());
  const opened = openRegistry({ registry: registry.host, client, credentials });
  return (repository) => opened.repository(repository);
}

test("credentials are looked for when the registry asks, and not before; for each repository its own", async (context) => {
  const asked: (string | undefined)[] = [];
  const source: CredentialSource = async (repository) => {
    asked.push(repository);
    return { username: repository ?? "", password: "pw", source: "the test" };
  };
  const free = await startRemote(context, { tamper: () => MANIFEST });
  await open(context, free, source)(REPOSITORY).resolve({ tag: "v1" });
  assert.deepEqual(asked, []);
  const guarded = await startRemote(context, {
    tamper: ({ headers, url }) => {
      const user = /^\/v2\/(.+)\/manifests\//.exec(url)?.[1] ?? "";
      const isRight = headers["authorization"] === `Basic ${Buffer.from(`${user}:pw`).toString("base64")}`;
      return isRight ? MANIFEST : { status: 401, headers: { "www-authenticate": "Basic" }, body: Buffer.alloc(0) };
    },
  });
  const repository = open(context, guarded, source);
  await repository("team/a").resolve({ tag: "v1" });
  await repository("team/b").resolve({ tag: "v1" });
  assert.deepEqual([...new Set(asked)], ["team/a", "team/b"]);
});

test("an identity token is exchanged at the realm, and goes nowhere else", async (context) => {
  const realm = await startRealm(context, { status: 200, body: { access_token: "good", expires_in: 60 } });
  const registry = await startGuarded(context, { challenge: `Bearer realm="${realm.url}",service="reg"`, accepted: "Bearer good" });
  const store = open(context, registry, async () => ({ identityToken: "refresh+&me", source: "the test" }))(REPOSITORY);
  await store.resolve({ tag: "v1" });
  await store.resolve({ tag: "v1" });
  assert.equal(realm.asked.length, 1);
  const { method, query, headers, form } = realm.asked[0] ?? assert.fail();
  assert.equal(method, "POST");
  assert.equal(headers.authorization, undefined);
  assert.deepEqual([...query], [["of", "registry"]]);
  assert.deepEqual(Object.fromEntries(form), {
    grant_type: "refresh_token",
    refresh_token: "refresh+&me",
    service: "reg",
    scope: `repository:${REPOSITORY}:pull`,
    client_id: "countersign",
  });
  assert.ok(!JSON.stringify(registry.requests).includes("refresh"));
});

test("a password is shown to the realm, with our scope beside what its URL says", async (context) => {
  const realm = await startRealm(context, { status: 200, body: { token: "good" } });
  const challenge = `Bearer realm="${realm.url}",service="reg",scope="repository:${REPOSITORY}:pull,push,delete"`;
  const registry = await startGuarded(context, { challenge, accepted: "Bearer good" });
  await open(context, registry, async () => PASSWORD)(REPOSITORY).resolve({ tag: "v1" });
  const { method, query, headers } = realm.asked[0] ?? assert.fail();
  assert.equal(method, "GET");
  assert.equal(headers.authorization, BASIC);
  assert.deepEqual(Object.fromEntries(query), { of: "registry", service: "reg", scope: `repository:${REPOSITORY}:pull` });
  assert.ok(!JSON.stringify(registry.requests).includes(BASIC), "the registry itself never sees it");
});

test("a registry's own token is sent as it is", async (context) => {
  const registry = await startGuarded(context, { challenge: 'Bearer realm="http://169.254.169.254/"', accepted: "Bearer good" });
  await open(context, registry, async () => ({ registryToken: "good", source: "the test" }))(REPOSITORY).resolve({ tag: "v1" });
});

test("stored credentials that are refused are not left out for another try: the answer could be another one", async (context) => {
  const realm = await startRealm(context, { status: 401, body: { errors: [{ code: "UNAUTHORIZED", message: "no" }] } });
  const registry = await startGuarded(context, { challenge: `Bearer realm="${realm.url}"`, accepted: "Bearer good" });
  const refused = open(context, registry, async () => PASSWORD)(REPOSITORY).resolve({ tag: "v1" });
  await assert.rejects(refused, (error) => {
    hasCode("registry/unauthorized", /the credentials from \/home\/alice\/config\.json were refused/)(error);
    assert.match((error as CountersignError).remedy, new RegExp(`countersign login ${registry.host}.*countersign logout ${registry.host}`));
    return true;
  });
  assert.equal(realm.asked.length, 1);
});

test("who is known and may not is told from who is not known", async (context) => {
  const scopes = { error: 'error="insufficient_scope"', code: "registry/forbidden", words: /do not allow it/ };
  const other = { error: 'error="invalid_token"', code: "registry/unauthorized", words: /were refused/ };
  for (const { error, code, words } of [scopes, other]) {
    const realm = await startRealm(context, { status: 200, body: { token: "weak" } });
    const registry = await startGuarded(context, { challenge: `Bearer realm="${realm.url}",${error}`, accepted: "Bearer good" });
    await assert.rejects(open(context, registry, async () => PASSWORD)(REPOSITORY).resolve({ tag: "v1" }), hasCode(code, words));
    const nobody = open(context, registry, async () => undefined)(REPOSITORY).resolve({ tag: "v1" });
    await assert.rejects(nobody, hasCode("registry/unauthorized", /credentials are wanted/));
  }
});

test("a source that fails ends the job; it is not taken for nobody", async (context) => {
  const registry = await startGuarded(context, { challenge: "Basic", accepted: BASIC });
  const broken: CredentialSource = () => Promise.reject(new CountersignError("registry/credentials", `Cannot read ${context.name}`));
  await assert.rejects(open(context, registry, broken)(REPOSITORY).resolve({ tag: "v1" }), hasCode("registry/credentials"));
});

test("signing in: for no repository, and told apart from a registry that asks nothing", async (context) => {
  const signIn = (registry: RunningRegistry, credentials: Credentials): ReturnType<Registry["signIn"]> => {
    const client = createHttpClient();
    context.after(() => client.close());
    return new Registry({ registry: registry.host, client, credentials: async () => credentials }).signIn(undefined);
  };
  const realm = await startRealm(context, { status: 200, body: { token: "good" } });
  const tokens = await startGuarded(context, { challenge: `Bearer realm="${realm.url}"`, accepted: "Bearer good" });
  assert.deepEqual(await signIn(tokens, PASSWORD), { realm: new URL(realm.url).host, isChecked: true });
  assert.equal(realm.asked[0]?.query.has("scope"), false);
  const basic = await startGuarded(context, { challenge: "Basic", accepted: BASIC });
  assert.deepEqual(await signIn(basic, PASSWORD), { realm: undefined, isChecked: true });
  await assert.rejects(signIn(basic, { ...PASSWORD, username: "bob" }), hasCode("registry/unauthorized", /refused/));
  const free = await startRemote(context);
  assert.deepEqual(await signIn(free, PASSWORD), { realm: undefined, isChecked: false });
  const none = await startRemote(context, { tamper: () => ({ status: 404 }) });
  await assert.rejects(signIn(none, PASSWORD), hasCode("store/not-found", /log in/));
});
