import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import { after, test } from "node:test";
import { CountersignError } from "../core/errors.ts";
import { leaveEarlySockets } from "./early-sockets.ts";
import { createHttpClient, type HttpClientOptions, type TracedExchange } from "./http-client.ts";

const fixtures = new URL("../../tests/fixtures/tls/", import.meta.url);
const CA = readFileSync(new URL("ca.crt", fixtures), "utf8");
const SERVER = { key: readFileSync(new URL("server.key", fixtures)), cert: readFileSync(new URL("server.crt", fixtures)) };

const ends: (() => void)[] = [];
after(() => {
  for (const end of ends) end();
});

async function serve(
  listener: RequestListener,
  make: (listener: RequestListener) => Server = createServer,
): Promise<{ port: number; server: Server }> {
  const server = make(listener);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  ends.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port: (server.address() as AddressInfo).port, server };
}

function client(options?: HttpClientOptions): ReturnType<typeof createHttpClient> {
  const made = createHttpClient({ patience: { tries: 4, firstPauseMs: 1, withinMs: 600_000 }, ...options });
  ends.push(() => made.close());
  return made;
}

function get(
  url: string,
  more: { maxBytes?: number; followRedirects?: boolean; headers?: Record<string, string>; signal?: AbortSignal } = {},
): Parameters<ReturnType<typeof createHttpClient>["request"]>[0] {
  return { method: "GET", url: new URL(url), maxBytes: 1000, ...more };
}

function failsWith(code: string, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof CountersignError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  };
}

const secure = (listener: RequestListener): Server => createSecureServer(SERVER, listener);

test("an answer of any status is an answer", async () => {
  const { port } = await serve((_, response) => response.writeHead(418, { "x-name": "value" }).end("short and stout"));
  const answer = await client().request(get(`http://127.0.0.1:${port}/`));
  assert.equal(answer.status, 418);
  assert.equal(answer.headers["x-name"], "value");
  assert.equal(Buffer.from(answer.body).toString(), "short and stout");
});

test("a body longer than the cap is refused, with and without an announced length", async () => {
  const { port } = await serve((request, response) => {
    if (request.url === "/announced") response.setHeader("content-length", 11);
    response.write("0123456789");
    response.end("X");
  });
  for (const path of ["announced", "chunked"]) {
    await assert.rejects(
      client().request(get(`http://127.0.0.1:${port}/${path}`, { maxBytes: 10 })),
      failsWith("store/too-large", /10 bytes/),
    );
    assert.equal((await client().request(get(`http://127.0.0.1:${port}/${path}`, { maxBytes: 11 }))).body.length, 11);
  }
});

test("an endless error page is cut and stays an answer", async () => {
  const { port } = await serve((_, response) => {
    response.writeHead(500);
    const more = (): void => {
      while (!response.destroyed && response.write("x".repeat(10_000)));
      response.once("drain", more);
    };
    more();
  });
  const answer = await client().request(get(`http://127.0.0.1:${port}/`));
  assert.equal(answer.status, 500);
  assert.ok(answer.body.length <= 65_536);
});

test("a body that ends early is unreachable, not short", async () => {
  const { port } = await serve((_, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write("part");
    setTimeout(() => response.destroy(), 5);
  });
  await assert.rejects(client().request(get(`http://127.0.0.1:${port}/`)), failsWith("store/unreachable", /cut/));
});

test("a compressed answer is refused", async () => {
  const { port } = await serve((_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end("x"));
  await assert.rejects(client().request(get(`http://127.0.0.1:${port}/`)), failsWith("store/invalid-answer", /compressed/));
});

test("silence and a trickle both end at their deadline", async () => {
  const { port } = await serve((request, response) => {
    response.writeHead(200);
    if (request.url !== "/trickle") return;
    const timer = setInterval(() => response.write("."), 5);
    response.once("close", () => clearInterval(timer));
  });
  await assert.rejects(
    client({ silenceMs: 60, deadlineMs: 600_000 }).request(get(`http://127.0.0.1:${port}/`)),
    failsWith("store/unreachable", /nothing came/),
  );
  await assert.rejects(
    client({ silenceMs: 600_000, deadlineMs: 60 }).request(get(`http://127.0.0.1:${port}/trickle`)),
    failsWith("store/unreachable", /no whole answer/),
  );
});

test("an abort stops the exchange, and one that came before it starts none", async () => {
  let asked = 0;
  const { port } = await serve(() => void asked++);
  const late = new AbortController();
  const pending = client().request(get(`http://127.0.0.1:${port}/`, { signal: late.signal }));
  setTimeout(() => late.abort(), 20);
  await assert.rejects(pending, failsWith("job/aborted", /stopped/));
  const before = asked;
  await assert.rejects(
    client().request(get(`http://127.0.0.1:${port}/`, { signal: AbortSignal.abort() })),
    failsWith("job/aborted", /stopped/),
  );
  assert.equal(asked, before);
});

test("failures are said in words", async () => {
  const { port, server } = await serve(() => undefined);
  await new Promise((done) => server.close(done));
  await assert.rejects(
    client().request(get(`http://127.0.0.1:${port}/x`)),
    failsWith("store/unreachable", /Cannot GET "127\.0\.0\.1:\d+\/x": the connection was refused/),
  );
  await assert.rejects(client().request(get("https://no-such-host.invalid/")), failsWith("store/unreachable", /host name/));
});

test("plain HTTP only to this machine and to hosts that were listed", async () => {
  await assert.rejects(client().request(get("http://registry.example/")), failsWith("registry/tls", /plain HTTP/));
  const listed = client({ insecureHosts: ["no-such-host.invalid:5000"] });
  await assert.rejects(listed.request(get("http://no-such-host.invalid:5000/")), failsWith("store/unreachable", /host name/));
  assert.equal(client().originFor("127.0.0.1:5000").href, "http://127.0.0.1:5000/");
  assert.equal(client().originFor("localhost").href, "http://localhost/");
  assert.equal(client().originFor("registry.example:5000").href, "https://registry.example:5000/");
  assert.equal(client({ ca: CA }).originFor("127.0.0.1:5000").href, "https://127.0.0.1:5000/");
});

test("TLS: refused without the CA, accepted with it; a host that speaks none is told apart", async () => {
  const { port } = await serve((_, response) => response.end("secret"), secure);
  const url = `https://127.0.0.1:${port}/`;
  await assert.rejects(client().request(get(url)), failsWith("registry/tls", /not trusted/));
  assert.equal(Buffer.from((await client({ ca: CA }).request(get(url))).body).toString(), "secret");
  const plain = await serve((_, response) => response.end());
  await assert.rejects(client({ ca: CA }).request(get(`https://127.0.0.1:${plain.port}/`)), failsWith("registry/tls", /plain HTTP/));
});

test("a server that expects TLS and is spoken to in plain HTTP is told apart, however it says so", async () => {
  for (const text of ["Client sent an HTTP request to an HTTPS server.", "<h1>400</h1>The plain HTTP request was sent to HTTPS port"]) {
    const { port } = await serve((_, response) => response.writeHead(400).end(text));
    await assert.rejects(client().request(get(`http://127.0.0.1:${port}/`)), failsWith("registry/tls", /it speaks TLS/));
  }
  const other = await serve((_, response) => response.writeHead(400).end("no"));
  assert.equal((await client().request(get(`http://127.0.0.1:${other.port}/`))).status, 400);
  const { port } = await serve((_, response) => response.end(), secure);
  await assert.rejects(client().request(get(`http://127.0.0.1:${port}/`)), (error) => {
    assert.ok(failsWith("store/unreachable", /cut/)(error) && error instanceof CountersignError);
    assert.match(error.remedy, /--registry-ca FILE/);
    return true;
  });
});

test("redirects: not followed unless asked; credentials stay with their origin", async () => {
  const seen: (string | undefined)[] = [];
  const elsewhere = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.end("there");
  });
  const { port } = await serve((request, response) => {
    if (request.url === "/same") response.writeHead(302, { location: "/there" }).end();
    else if (request.url === "/there") response.end(request.headers.authorization ?? "none");
    else if (request.url === "/away") response.writeHead(307, { location: `http://127.0.0.1:${elsewhere.port}/` }).end();
    else if (request.url === "/other-name") response.writeHead(307, { location: `http://localhost:${elsewhere.port}/` }).end();
    else response.writeHead(301, { location: "/again" }).end();
  });
  const base = `http://127.0.0.1:${port}`;
  const headers = { Authorization: "Basic c2VjcmV0" };
  assert.equal((await client().request(get(`${base}/away`, { headers }))).status, 307);
  assert.equal(
    Buffer.from((await client().request(get(`${base}/same`, { headers, followRedirects: true }))).body).toString(),
    headers.Authorization,
  );
  for (const path of ["away", "other-name"]) {
    assert.equal(
      Buffer.from((await client().request(get(`${base}/${path}`, { headers, followRedirects: true }))).body).toString(),
      "there",
    );
  }
  assert.deepEqual(seen, [undefined, undefined]);
  await assert.rejects(
    client().request(get(`${base}/endless`, { followRedirects: true })),
    failsWith("store/invalid-answer", /without end/),
  );
});

test("redirects: never from HTTPS to plain HTTP, never to a plain host that was not listed", async () => {
  const target = await serve((_, response) => response.end());
  const downgrading = await serve((_, response) => response.writeHead(302, { location: `http://127.0.0.1:${target.port}/` }).end(), secure);
  const secured = client({ ca: CA });
  await assert.rejects(
    secured.request(get(`https://127.0.0.1:${downgrading.port}/`, { followRedirects: true })),
    failsWith("store/invalid-answer", /from HTTPS/),
  );
  const leaving = await serve((_, response) => response.writeHead(302, { location: "http://registry.example/" }).end());
  await assert.rejects(
    client().request(get(`http://127.0.0.1:${leaving.port}/`, { followRedirects: true })),
    failsWith("registry/tls", /plain HTTP/),
  );
});

test("a kept socket that the server closed is replaced, for all but POST", async () => {
  const sockets: Socket[] = [];
  const { port, server } = await serve((_, response) => response.end("ok"));
  server.on("connection", (socket: Socket) => sockets.push(socket));
  // The server resets each connection on its second request, as one does that had gone idle.
  server.removeAllListeners("request");
  const used = new WeakSet<Socket>();
  server.on("request", (request: IncomingMessage, response) => {
    if (used.has(request.socket)) request.socket.resetAndDestroy();
    else response.end("ok");
    used.add(request.socket);
  });
  const kept = client({ socketsPerHost: 1 });
  const url = `http://127.0.0.1:${port}/`;
  await kept.request(get(url));
  assert.equal((await kept.request(get(url))).status, 200);
  await kept.request(get(url));
  await assert.rejects(kept.request({ ...get(url), method: "POST", body: Buffer.from("x") }), failsWith("store/unreachable", /cut/));
});

test("no more sockets per host than allowed", async () => {
  let open = 0;
  let most = 0;
  const { port, server } = await serve((_, response) => void setTimeout(() => response.end(), 5));
  server.on("connection", (socket: Socket) => {
    most = Math.max(most, ++open);
    socket.once("close", () => open--);
  });
  const bounded = client({ socketsPerHost: 3 });
  await Promise.all(Array.from({ length: 20 }, () => bounded.request(get(`http://127.0.0.1:${port}/`))));
  assert.equal(most, 3);
});

test("sockets that were opened early carry the first requests, plain and over TLS", async () => {
  for (const kind of ["http", "https"]) {
    const connections: Socket[] = [];
    const { port, server } = await serve((_, response) => response.end("ok"), kind === "http" ? createServer : secure);
    server.on("connection", (socket: Socket) => connections.push(socket));
    const early = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
    leaveEarlySockets("127.0.0.1", port, early);
    const adopting = client(kind === "http" ? {} : { ca: CA });
    const url = adopting.originFor(`127.0.0.1:${port}`).href;
    await Promise.all([adopting.request(get(url)), adopting.request(get(url))]);
    assert.equal(connections.length, 2, kind);
  }
});

test("an early socket that failed is passed over", async () => {
  const { port } = await serve((_, response) => response.end("ok"));
  const dead = connect(port, "127.0.0.1");
  leaveEarlySockets("127.0.0.1", port, [dead]);
  dead.destroy(new Error("gone"));
  const adopting = client();
  assert.equal((await adopting.request(get(adopting.originFor(`127.0.0.1:${port}`).href))).status, 200);
});

test("the trace names method, place, status, bytes and time, and no secret of the query", async () => {
  const { port } = await serve((_, response) => response.end("12345"));
  const traced: TracedExchange[] = [];
  await client({ trace: (exchange) => traced.push(exchange) }).request(
    get(`http://127.0.0.1:${port}/v2/a?digest=sha256:00&last=a%26n%3D1&X-Amz-Signature=secret`),
  );
  assert.equal(traced.length, 1);
  assert.deepEqual(
    { ...traced[0], ms: 0 },
    { method: "GET", url: `127.0.0.1:${port}/v2/a?digest=sha256:00&last=a%26n%3D1&X-Amz-Signature=…`, status: 200, bytes: 5, ms: 0 },
  );
});
