/** Bodies that are sent and read in pieces. */
import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { CountersignError } from "../core/errors.ts";
import { createHttpClient, type HttpClientOptions, type HttpRequest, type HttpResponse } from "./http-client.ts";

const MIB = 1_048_576;

async function serve(
  context: TestContext,
  listener: RequestListener,
  options: HttpClientOptions = {},
): Promise<(more?: Partial<HttpRequest>) => Promise<HttpResponse>> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const client = createHttpClient({ patience: { tries: 2, firstPauseMs: 1, withinMs: 600_000 }, ...options });
  context.after(() => {
    client.close();
    server.close();
    server.closeAllConnections();
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return (more) => client.request({ method: "GET", url, maxBytes: 64 * MIB, ...more });
}

async function* pieces(count: number, size: number): AsyncGenerator<Uint8Array, void> {
  for (let number = 0; number < count; number++) yield Buffer.alloc(size, number);
}

async function lengthOf(chunks: AsyncIterable<Uint8Array> | undefined): Promise<number> {
  let length = 0;
  for await (const chunk of chunks ?? []) length += chunk.length;
  return length;
}

function failsWith(code: string, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof CountersignError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  };
}

test("a streamed answer comes in pieces, within its cap, and an error page is still collected", async (context) => {
  const send = await serve(context, (request, response) => {
    response.statusCode = request.method === "GET" ? 200 : 403;
    response.end(Buffer.alloc(MIB));
  });
  const answer = await send({ isStreamed: true });
  assert.equal(answer.body.length, 0);
  assert.equal(await lengthOf(answer.chunks), MIB);
  await assert.rejects(lengthOf((await send({ isStreamed: true, maxBytes: MIB - 1 })).chunks), failsWith("store/too-large", /1048575/));
  const refused = await send({ isStreamed: true, method: "POST" });
  assert.equal(refused.chunks, undefined);
  assert.ok(refused.body.length > 0 && refused.body.length <= 65_536, `${refused.body.length} bytes of it are kept`);
});

/** To `GET` it breaks off in the middle, and to anything else it falls silent there. */
const halfAnswer: RequestListener = (request, response) => {
  response.setHeader("content-length", 10);
  response.write("12345", () => {
    if (request.method === "GET") request.socket.destroy();
  });
};

test("a streamed answer that breaks off, falls silent or is no longer wanted fails", async (context) => {
  const send = await serve(context, halfAnswer);
  await assert.rejects(lengthOf((await send({ isStreamed: true })).chunks), failsWith("store/unreachable", /cut/));
  const hasty = await serve(context, halfAnswer, { silenceMs: 100 });
  await assert.rejects(
    lengthOf((await hasty({ isStreamed: true, method: "POST" })).chunks),
    failsWith("store/unreachable", /nothing came/),
  );
  const stop = new AbortController();
  const { chunks } = await send({ isStreamed: true, method: "POST", signal: stop.signal });
  stop.abort();
  await assert.rejects(lengthOf(chunks), failsWith("job/aborted", /stopped/));
});

test("a reader may take longer than the other side may be silent", async (context) => {
  // The client's time goes on where the test says so, so that a busy machine is not taken for a silent one.
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const send = await serve(context, (_, response) => response.end(Buffer.alloc(MIB)), { silenceMs: 50 });
  let length = 0;
  for await (const chunk of (await send({ isStreamed: true })).chunks ?? []) {
    if (length === 0) context.mock.timers.tick(150);
    length += chunk.length;
  }
  assert.equal(length, MIB);
});

test("a streamed body is sent whole, as fast as it is taken", async (context) => {
  const received: number[] = [];
  const send = await serve(context, async (request, response) => {
    let length = 0;
    for await (const chunk of request) length += (chunk as Buffer).length;
    received.push(length);
    response.statusCode = 201;
    response.end();
  });
  const answer = await send({ method: "PUT", body: { length: 32 * MIB, open: () => pieces(32, MIB) } });
  assert.equal(answer.status, 201);
  assert.deepEqual(received, [32 * MIB]);
});

test("a body that fails ends the request with its own error, and the other side never sees its end", async (context) => {
  const ends: boolean[] = [];
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const send = await serve(context, (request) => {
    request.on("error", () => undefined).resume();
    request.once("close", () => {
      ends.push(request.complete);
      close();
    });
  });
  const broken = new RangeError("the source is broken");
  async function* fails(): AsyncGenerator<Uint8Array, void> {
    yield* pieces(1, MIB);
    throw broken;
  }
  await assert.rejects(send({ method: "PUT", isRepeatable: false, body: { length: 2 * MIB, open: fails } }), (error) => error === broken);
  await closed;
  assert.deepEqual(ends, [false]);
});

test("a body that is longer or shorter than it was announced is never sent to its end", async (context) => {
  const ends: boolean[] = [];
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const send = await serve(context, (request) => {
    request.on("error", () => undefined).resume();
    request.once("close", () => {
      if (ends.push(request.complete) === 2) close();
    });
  });
  for (const length of [2 * MIB - 1, 2 * MIB + 1]) {
    const body = { length, open: () => pieces(2, MIB) };
    await assert.rejects(send({ method: "PUT", isRepeatable: false, body }), /a body of \d+ bytes has (more|fewer)/);
  }
  await closed;
  assert.deepEqual(ends, [false, false]);
});

test("an answer that comes before the end of the body is the answer, and the rest is not read", async (context) => {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  async function* endless(): AsyncGenerator<Uint8Array, void> {
    try {
      for (;;) yield Buffer.alloc(MIB);
    } finally {
      close();
    }
  }
  const send = await serve(context, (_, response) => response.writeHead(413).end("too much"));
  const answer = await send({ method: "PUT", isRepeatable: false, body: { length: 1_000 * MIB, open: endless } });
  assert.equal(answer.status, 413);
  await closed;
});
