import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { test, type TestContext } from "node:test";
import { type ProxyOptions, type RunningProxy, startProxy } from "../../tests/fixtures/http-proxy.ts";
import { CountersignError } from "../core/errors.ts";
import { createHttpClient, type HttpClient, type HttpClientOptions, type HttpResponse } from "./http-client.ts";
import { proxiesOf } from "./proxy.ts";

const fixture = (name: string): string => readFileSync(new URL(`../../tests/fixtures/tls/${name}`, import.meta.url), "utf8");
/** For registry.example, 127.0.0.1 and proxy.example. */
const TLS = { key: fixture("proxied.key"), cert: fixture("proxied.crt") };

/** Where a URL goes, as `host` or `user@host`; "direct" without a proxy. */
function wayOf(env: Readonly<Record<string, string>>, url: string): string {
  return proxiesOf(env)(new URL(url))?.url.host ?? "direct";
}

const P = { HTTPS_PROXY: "http://p:1", HTTP_PROXY: "http://q:2" };
const choices: readonly (readonly [env: Readonly<Record<string, string>>, url: string, way: string])[] = [
  [{}, "https://registry.example/", "direct"],
  [P, "https://registry.example/", "p:1"],
  [P, "http://registry.example/", "q:2"],
  [{ HTTPS_PROXY: "http://p:1" }, "http://registry.example/", "direct"],
  [{ ...P, https_proxy: "http://small:3" }, "https://registry.example/", "small:3"],
  [{ ...P, https_proxy: "" }, "https://registry.example/", "p:1"],
  [{ HTTPS_PROXY: "p.example:8080" }, "https://registry.example/", "p.example:8080"],
  [{ ALL_PROXY: "http://p:1" }, "https://registry.example/", "direct"],
  // Under CGI it is a request's header.
  [{ ...P, REQUEST_METHOD: "GET" }, "http://registry.example/", "direct"],
  [{ http_proxy: "http://q:2", REQUEST_METHOD: "GET" }, "http://registry.example/", "q:2"],
  // This machine.
  [P, "http://localhost:5000/", "direct"],
  [P, "http://127.0.0.1:5000/", "direct"],
  [P, "https://[::1]:5000/", "direct"],
  [P, "https://a.localhost/", "direct"],
  [P, "https://localhost.example/", "p:1"],
  // NO_PROXY.
  [{ ...P, NO_PROXY: "*" }, "https://registry.example/", "direct"],
  [{ ...P, NO_PROXY: "registry.example" }, "https://registry.example/", "direct"],
  [{ ...P, NO_PROXY: "registry.example" }, "https://a.registry.example/", "direct"],
  [{ ...P, NO_PROXY: "registry.example" }, "https://notregistry.example/", "p:1"],
  [{ ...P, NO_PROXY: "registry.example" }, "https://registry.example.evil/", "p:1"],
  [{ ...P, NO_PROXY: ".registry.example" }, "https://a.registry.example/", "direct"],
  [{ ...P, NO_PROXY: ".registry.example" }, "https://registry.example/", "p:1"],
  [{ ...P, NO_PROXY: "*.registry.example" }, "https://a.registry.example/", "direct"],
  [{ ...P, NO_PROXY: "REGISTRY.example" }, "https://Registry.Example/", "direct"],
  [{ ...P, NO_PROXY: "a, registry.example b" }, "https://registry.example/", "direct"],
  [{ ...P, NO_PROXY: "registry.example:5000" }, "https://registry.example:5000/", "direct"],
  [{ ...P, NO_PROXY: "registry.example:5000" }, "https://registry.example/", "p:1"],
  [{ ...P, NO_PROXY: "registry.example:443" }, "https://registry.example/", "direct"],
  [{ ...P, NO_PROXY: "10.1.0.0/16" }, "https://10.1.2.3/", "direct"],
  [{ ...P, NO_PROXY: "10.1.0.0/16" }, "https://10.2.2.3/", "p:1"],
  [{ ...P, NO_PROXY: "fd00::/8,x/99" }, "https://[fd00::1]/", "direct"],
  [{ ...P, NO_PROXY: "fd00::1" }, "https://[fd00::1]/", "direct"],
  [{ ...P, NO_PROXY: "[fd00::1]:8443" }, "https://[fd00::1]:8443/", "direct"],
  [{ ...P, no_proxy: "other", NO_PROXY: "registry.example" }, "https://registry.example/", "p:1"],
  [{ ...P, NO_PROXY: "" }, "https://registry.example/", "p:1"],
];

for (const [env, url, way] of choices) {
  test(`${url} goes ${way === "direct" ? way : `through ${way}`} with ${JSON.stringify(env)}`, () => assert.equal(wayOf(env, url), way));
}

test("what is no HTTP proxy is refused, without showing it", () => {
  for (const value of ["socks5://alice:s3cret@p:1080", "http://alice:s3cret@[", "ftp://s3cret"]) {
    assert.throws(
      () => wayOf({ HTTPS_PROXY: value }, "https://registry.example/"),
      (error) =>
        error instanceof CountersignError && error.code === "registry/proxy" && !`${error.message}${error.remedy}`.includes("s3cret"),
      value,
    );
    assert.equal(wayOf({ HTTPS_PROXY: value }, "http://registry.example/"), "direct");
  }
});

interface Scene {
  readonly proxy: RunningProxy;
  /** What the host behind the proxy received. */
  readonly received: readonly IncomingMessage[];
  get(url: string, headers?: Readonly<Record<string, string>>): Promise<HttpResponse>;
  readonly client: HttpClient;
}

async function serve(context: TestContext, listener: RequestListener, isSecure: boolean): Promise<number> {
  const server = isSecure ? createSecureServer(TLS, listener) : createServer(listener);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** registry.example, over TLS on 443 and in plain HTTP on 5000, and a proxy that alone knows where it is. */
async function scene(
  context: TestContext,
  options: Omit<ProxyOptions, "hosts"> & { readonly userInfo?: string; readonly http?: HttpClientOptions } = {},
): Promise<Scene> {
  const received: IncomingMessage[] = [];
  const listener: RequestListener = (request, response) => {
    received.push(request);
    if (request.url === "/away") response.writeHead(307, { location: "https://other.example/blob" }).end();
    else response.end("here");
  };
  const secure = await serve(context, listener, true);
  const hosts = { "registry.example:443": secure, "registry.example:5000": await serve(context, listener, false) };
  const proxy = await startProxy({ hosts, ...options });
  context.after(() => proxy.close());
  const scheme = options.tls === undefined ? "http" : "https";
  const named = `${scheme}://${options.userInfo ?? ""}${proxy.host}`;
  const client = createHttpClient({
    proxyFor: proxiesOf({ HTTPS_PROXY: named, HTTP_PROXY: named }),
    ca: TLS.cert,
    insecureHosts: ["registry.example:5000"],
    patience: { tries: 3, firstPauseMs: 1, withinMs: 600_000 },
    ...options.http,
  });
  context.after(() => client.close());
  const get: Scene["get"] = (url, headers = {}) =>
    client.request({ method: "GET", url: new URL(url), headers, maxBytes: 100, followRedirects: true });
  return { proxy, received, get, client };
}

function fails(code: string, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof CountersignError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    return true;
  };
}

test("HTTPS: one tunnel, kept for further requests; the proxy sees no header of ours, the host none of the proxy's", async (context) => {
  const { proxy, received, get } = await scene(context, { credentials: "ann:p%4", userInfo: "ann:p%254@" });
  for (let count = 0; count < 3; count++) {
    assert.equal(Buffer.from((await get("https://registry.example/", { authorization: "Basic c2VjcmV0" })).body).toString(), "here");
  }
  assert.deepEqual(
    proxy.requests.map(({ method, target }) => `${method} ${target}`),
    ["CONNECT registry.example:443"],
  );
  assert.equal(proxy.requests[0]?.headers.authorization, undefined);
  assert.equal(received.length, 3);
  for (const { headers } of received) {
    assert.equal(headers.authorization, "Basic c2VjcmV0");
    assert.equal(headers["proxy-authorization"], undefined);
  }
});

test("HTTPS, a proxy that speaks TLS itself", async (context) => {
  const { proxy, get } = await scene(context, { tls: TLS });
  assert.equal((await get("https://registry.example/")).status, 200);
  assert.equal((await get("http://registry.example:5000/")).status, 200);
  assert.deepEqual(
    proxy.requests.map(({ method, target }) => `${method} ${target}`),
    ["CONNECT registry.example:443", "GET http://registry.example:5000/"],
  );
});

test("the host's certificate is checked through the tunnel", async (context) => {
  const { get } = await scene(context, { http: { ca: fixture("ca.crt") } });
  await assert.rejects(get("https://registry.example/"), fails("registry/tls", /not trusted/));
});

test("plain HTTP: the proxy is asked by the whole URL", async (context) => {
  const { proxy, received, get } = await scene(context, { credentials: "ann:pw", userInfo: "ann:pw@" });
  assert.equal((await get("http://registry.example:5000/a?b=c")).status, 200);
  assert.deepEqual(
    proxy.requests.map(({ method, target }) => `${method} ${target}`),
    ["GET http://registry.example:5000/a?b=c"],
  );
  assert.equal(received[0]?.headers.host, "registry.example:5000");
  assert.equal(received[0]?.url, "/a?b=c");
});

test("credentials of the host and of the proxy stay behind on a redirect, and go through the proxy again", async (context) => {
  const { proxy, get } = await scene(context, { credentials: "ann:pw", userInfo: "ann:pw@" });
  await assert.rejects(
    get("https://registry.example/away", { authorization: "Basic c2VjcmV0" }),
    fails("store/unreachable", /answered 502/),
  );
  assert.deepEqual([...new Set(proxy.requests.map(({ target }) => target))], ["registry.example:443", "other.example:443"]);
  assert.ok(proxy.requests.every(({ headers }) => headers.authorization === undefined));
});

test("a proxy that wants other credentials, or does not let us through, is told as such", async (context) => {
  const { get } = await scene(context, { credentials: "ann:right", userInfo: "ann:wr0ng@" });
  for (const url of ["https://registry.example/", "http://registry.example:5000/"]) {
    await assert.rejects(get(url), (error) => {
      fails("registry/proxy", /through proxy "127\.0\.0\.1:\d+": the proxy wants credentials/)(error);
      return !String((error as CountersignError).message + (error as CountersignError).remedy).includes("wr0ng");
    });
  }
  const forbidding = await scene(context, { refuseWith: 403 });
  await assert.rejects(forbidding.get("https://registry.example/"), fails("registry/proxy", /does not let us through \(403\)/));
  assert.equal(forbidding.proxy.requests.length, 1, "a refusal is final");
});

test("a proxy that is busy is asked again", async (context) => {
  const { get, proxy } = await scene(context, { refuseWith: 503 });
  await assert.rejects(get("https://registry.example/"), fails("store/unreachable", /the proxy answered 503/));
  assert.equal(proxy.requests.length, 3);
});

test("a proxy that is gone is named", async (context) => {
  const { get, proxy } = await scene(context);
  await proxy.close();
  await assert.rejects(get("https://registry.example/"), fails("store/unreachable", /through proxy "127\.0\.0\.1:\d+": .*refused/));
});

test("a proxy that never answers is given up, and at once when the job is stopped", async (context) => {
  const mute = createTcpServer(() => undefined);
  await new Promise<void>((ready) => mute.listen(0, "127.0.0.1", ready));
  context.after(() => void mute.close());
  const proxyFor = proxiesOf({ HTTPS_PROXY: `http://127.0.0.1:${(mute.address() as AddressInfo).port}` });
  const wanted = { method: "GET", url: new URL("https://registry.example/"), maxBytes: 10 } as const;
  const patience = { tries: 1, firstPauseMs: 1, withinMs: 1000 };
  const hasty = createHttpClient({ proxyFor, silenceMs: 50, patience });
  context.after(() => hasty.close());
  await assert.rejects(hasty.request(wanted), fails("store/unreachable", /no answer came/));
  const patient = createHttpClient({ proxyFor, patience });
  context.after(() => patient.close());
  const stop = new AbortController();
  const asked = patient.request({ ...wanted, signal: stop.signal });
  stop.abort();
  await assert.rejects(asked, fails("job/aborted", /stopped/));
});

test("a kept tunnel that died is replaced by a new one", async (context) => {
  const { proxy, get, received } = await scene(context);
  await get("https://registry.example/");
  received[0]?.socket.destroy();
  assert.equal((await get("https://registry.example/")).status, 200);
  assert.ok(proxy.requests.every(({ method }) => method === "CONNECT"));
  assert.equal(proxy.requests.length, 2);
});
