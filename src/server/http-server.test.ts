/** The bounds of a listening socket: what is too much or too slow ends, whoever asks rightly is answered, and a stop finishes what has begun. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { CountersignError } from "../core/errors.ts";
import { type Answer, type Route, type RunningServer, type ServerLimits, startServer } from "./http-server.ts";

const HERE = { host: "127.0.0.1", port: 0 };
const OK: Answer = { status: 200, contentType: "text/plain", body: Buffer.from("ok") };

const ROUTES: readonly Route[] = [
  { method: "POST", path: "/echo", accepts: "text/plain", maxBytes: 100, answer: async (body) => ({ ...OK, body }) },
  { method: "GET", path: "/ok", answer: async () => OK },
  { method: "GET", path: "/broken", answer: () => Promise.reject(new Error("a fault of ours")) },
];

async function start(context: TestContext, limits: Partial<ServerLimits> = {}, routes: readonly Route[] = ROUTES): Promise<RunningServer> {
  const server = await startServer(HERE, { routes, limits: { graceMs: 100, ...limits } });
  context.after(() => server.close());
  return server;
}

interface Got {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly agent?: Agent;
}

function ask({ port }: RunningServer, { method = "GET", path = "/ok", headers = {}, body, agent }: Asked = {}): Promise<Got> {
  return new Promise((done, fail) => {
    const asked = request({ host: "127.0.0.1", port, method, path, headers, agent: agent ?? false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      response.once("end", () => done({ status: response.statusCode, headers: response.headers, text }));
      response.once("error", fail);
    });
    asked.once("error", fail);
    asked.end(body);
  });
}

function post(server: RunningServer, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Got> {
  return ask(server, { method: "POST", path: "/echo", headers: { "content-type": "text/plain", ...headers }, body });
}

/** A connection of its own, and all that comes back. */
async function dial({
  port,
}: RunningServer): Promise<{ readonly socket: Socket; readonly seen: () => string; readonly closed: Promise<unknown> }> {
  const socket = connect(port, "127.0.0.1");
  let seen = "";
  socket.setEncoding("latin1").on("data", (text: string) => (seen += text));
  // Whoever is cut off is told so, or reset: `events.once` would take that for a failure.
  socket.on("error", () => undefined);
  const closed = new Promise<void>((done) => socket.once("close", () => done()));
  await once(socket, "connect");
  return { socket, seen: () => seen, closed };
}

test("each route is one method, one path and one content type; all else is refused in fixed words", async (context) => {
  const server = await start(context);
  assert.equal((await ask(server)).text, "ok");
  assert.equal((await ask(server, { path: "/ok?x=1" })).text, "ok");
  const echoed = await post(server, "hello");
  assert.deepEqual([echoed.status, echoed.text, echoed.headers["cache-control"]], [200, "hello", "no-store"]);
  const refused: readonly (readonly [number, Asked])[] = [
    [404, { path: "/nothing" }],
    [404, { path: "/ok/" }],
    [404, { path: "//ok" }],
    [404, { path: "/OK" }],
    [404, { path: "/%6fk" }],
    [404, { path: "http://evil.example/ok" }],
    [405, { method: "DELETE" }],
    [405, { method: "HEAD" }],
    [405, { path: "/echo" }],
    [415, { method: "POST", path: "/echo", body: "x" }],
    [415, { method: "POST", path: "/echo", body: "x", headers: { "content-type": "text/plain; charset=utf-8" } }],
    [415, { method: "POST", path: "/echo", body: "x", headers: { "content-type": "a".repeat(4000) } }],
  ];
  for (const [status, asked] of refused) {
    const got = await ask(server, asked);
    assert.equal(got.status, status, JSON.stringify(asked));
    assert.ok(!/evil|aaaa|nothing$/.test(`${got.text}${JSON.stringify(got.headers)}`), got.text);
  }
  assert.equal((await ask(server, { method: "DELETE" })).headers["allow"], "GET");
});

test("10,000 random paths get one and the same answer, and leave nothing behind", async (context) => {
  const server = await start(context);
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  context.after(() => agent.destroy());
  const answers = new Set<string>();
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      for (let count = 0; count < 500; count++) {
        const got = await ask(server, { path: `/${randomBytes(12).toString("base64url")}`, agent });
        const { date: _, ...headers } = got.headers;
        answers.add(JSON.stringify([got.status, got.text, headers]));
      }
    }),
  );
  assert.equal(answers.size, 1, [...answers].join("\n"));
  assert.match([...answers][0] ?? "", /^\[404,.*"connection":"keep-alive"/);
});

test("a body is read up to its bound, whether its length is told before or not", async (context) => {
  const server = await start(context);
  assert.equal((await post(server, "x".repeat(100))).status, 200);
  assert.equal((await post(server, "x".repeat(101))).status, 413);
  const chunked = { "transfer-encoding": "chunked" };
  assert.equal((await post(server, "x".repeat(100), chunked)).status, 200);
  assert.equal((await post(server, "x".repeat(101), chunked)).status, 413);
  const endless = await dial(server);
  endless.socket.write("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n");
  endless.socket.write(`3e8\r\n${"x".repeat(1000)}\r\n`);
  await endless.closed;
  assert.match(endless.seen(), /^HTTP\/1\.1 413 /);
  const { socket, seen, closed } = await dial(server);
  socket.write("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: 99999999999\r\n\r\n");
  await closed;
  assert.match(seen(), /^HTTP\/1\.1 413 /);
  assert.match(seen(), /connection: close/i);
});

test("headers that are too large, and what is no HTTP, end the connection and nothing else", async (context) => {
  const server = await start(context);
  const texts = [
    `GET /ok HTTP/1.1\r\nhost: a\r\nx: ${"a".repeat(20_000)}\r\n\r\n`,
    `GET /${"a".repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`,
    "GET /ok HTTP/1.1\r\n\r\n",
    "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
    "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001",
    "\r\n\r\n\r\n\r\nBLAH\r\n\r\n",
  ];
  for (const text of texts) {
    const { socket, seen, closed } = await dial(server);
    socket.write(text, "latin1");
    await closed;
    assert.match(seen(), /^HTTP\/1\.1 4\d\d /, text.slice(0, 20));
  }
  for (let count = 0; count < 200; count++) {
    const { socket } = await dial(server);
    socket.end(randomBytes(300));
  }
  assert.equal((await ask(server)).status, 200);
});

const IMPATIENT = { headersMs: 600, requestMs: 1200, idleMs: 2000, checkMs: 50 };

test("who sends slowly, or nothing, is cut off, and others are answered meanwhile", async (context) => {
  const server = await start(context, IMPATIENT);
  const slow = {
    nothing: "",
    "half a header": "POST /echo HTTP/1.1\r\nhost: a\r\nx: ",
    "half a body": "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: 90\r\n\r\nx",
    "a chunk without end": "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n5a\r\nx",
  };
  const cut = Object.values(slow).map(async (text) => {
    const { socket, closed } = await dial(server);
    socket.write(text);
    // A byte now and then must not prolong it.
    const drip = setInterval(() => text !== "" && socket.write("x"), 60);
    await closed;
    clearInterval(drip);
  });
  assert.equal((await ask(server)).status, 200);
  await Promise.all(cut);
  assert.equal((await ask(server)).status, 200);
});

test("no more connections than are allowed are held", async (context) => {
  const server = await start(context, { connections: 2 });
  const held = [await dial(server), await dial(server)];
  const third = await dial(server);
  await third.closed;
  assert.equal(third.seen(), "");
  held[0]?.socket.destroy();
  await held[0]?.closed;
  // The server hears of it in its own time.
  let status: number | undefined;
  while (status === undefined) ({ status } = await ask(server).catch(() => ({ status: undefined })));
  assert.equal(status, 200);
});

test("no more requests than are allowed are answered at once, however few connections bring them", async (context) => {
  const { promise, resolve: finish } = Promise.withResolvers<Answer>();
  const routes: readonly Route[] = [{ method: "GET", path: "/slow", answer: () => promise }, ...ROUTES];
  const server = await start(context, { atOnce: 2 }, routes);
  const { socket, seen, closed } = await dial(server);
  socket.write("GET /slow HTTP/1.1\r\nhost: a\r\n\r\n".repeat(3));
  let busy: number | undefined;
  // The server reads the three in its own time.
  while (busy !== 503) busy = (await ask(server)).status;
  finish(OK);
  socket.write("GET /ok HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
  await closed;
  assert.deepEqual(
    [...seen().matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status),
    ["200", "200", "503", "200"],
  );
});

test("a fault of ours ends the one request", async (context) => {
  const server = await start(context);
  await assert.rejects(ask(server, { path: "/broken" }), { code: "ECONNRESET" });
  assert.equal((await ask(server)).status, 200);
});

test("a stop answers what has begun, on its last connection, and takes nothing new", async (context) => {
  const server = await start(context, { graceMs: 60_000 });
  const idle = await dial(server);
  const { socket, seen, closed } = await dial(server);
  socket.write("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\r\nla");
  // Its first half is there once an answer that was asked for later has come.
  await ask(server);
  const stopped = server.close();
  await idle.closed;
  await assert.rejects(ask(server), { code: "ECONNREFUSED" });
  socket.write("st");
  await closed;
  assert.match(seen(), /^HTTP\/1\.1 200 [^]*connection: close[^]*last$/i);
  await stopped;
});

test("a stop does not wait for ever for what has begun", async (context) => {
  const server = await start(context, { graceMs: 50 });
  const { socket, seen, closed } = await dial(server);
  socket.write("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: 4\r\n\r\nla");
  await ask(server);
  await server.close();
  await closed;
  assert.equal(seen(), "");
});

test("an address that is taken, or is not this machine's, is said", async (context) => {
  const taken = createServer();
  taken.listen(0, "127.0.0.1");
  await once(taken, "listening");
  context.after(() => taken.close());
  const address = taken.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const refused: readonly (readonly [{ readonly host: string; readonly port: number }, RegExp])[] = [
    [{ host: "127.0.0.1", port }, /Cannot listen on "127\.0\.0\.1:\d+": something else listens there/],
    [{ host: "192.0.2.1", port: 0 }, /Cannot listen on "192\.0\.2\.1:0": this machine has no such address/],
  ];
  for (const [where, said] of refused) {
    await assert.rejects(startServer(where, { routes: [] }), (error) => {
      assert.ok(error instanceof CountersignError && error.code === "server/listen");
      assert.match(error.message, said);
      return true;
    });
  }
});
