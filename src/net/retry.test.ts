/** When a request is made again, how often, and who is told. */
import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { CountersignError } from "../core/errors.ts";
import { createHttpClient, type HttpRequest, type HttpResponse } from "./http-client.ts";
import { createRetry, hopeOfFailure, type Patience, retryAfterMs, type TracedRetry } from "./retry.ts";

const QUICK: Patience = { tries: 4, firstPauseMs: 1, withinMs: 600_000 };

interface Told {
  readonly asked: () => number;
  readonly retries: readonly TracedRetry[];
  send(wanted?: Partial<HttpRequest>): Promise<HttpResponse>;
}

/** A server that answers by the number of the request, and a client that asks it. */
async function serve(
  context: TestContext,
  listener: (number: number, ...exchange: Parameters<RequestListener>) => void,
  patience = QUICK,
): Promise<Told> {
  let asked = 0;
  const retries: TracedRetry[] = [];
  const server = createServer((request, response) => listener(++asked, request, response));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const client = createHttpClient({ patience, traceRetry: (retry) => retries.push(retry) });
  context.after(() => {
    client.close();
    server.close();
    server.closeAllConnections();
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/x`);
  return { asked: () => asked, retries, send: (wanted = {}) => client.request({ method: "GET", url, maxBytes: 100, ...wanted }) };
}

const isCut = (): Promise<never> => Promise.reject(new CountersignError("store/unreachable", "cut"));
const failure = (code: string) => (error: unknown) => error instanceof CountersignError && error.code === code;

for (const status of [429, 500, 502, 503, 504]) {
  test(`${status} is asked again until it is over, and each try is told`, async (context) => {
    const { asked, retries, send } = await serve(context, (number, _, response) =>
      response.writeHead(number < 4 ? status : 200).end("done"),
    );
    assert.equal(Buffer.from((await send()).body).toString(), "done");
    assert.equal(asked(), 4);
    assert.deepEqual(
      retries.map(({ what, why, next, tries }) => [what.replace(/:\d+/, ""), why, next, tries]),
      [2, 3, 4].map((next) => ['GET "127.0.0.1/x"', `it answered ${status}`, next, 4]),
    );
  });

  test(`${status} for ever is the answer in the end`, async (context) => {
    const { asked, send } = await serve(context, (_number, _, response) => response.writeHead(status).end());
    assert.equal((await send()).status, status);
    assert.equal(asked(), 4);
  });
}

for (const status of [200, 301, 400, 401, 403, 404, 408, 409, 412, 501, 505]) {
  test(`${status} is final`, async (context) => {
    const { asked, send } = await serve(context, (_number, _, response) => response.writeHead(status).end());
    assert.equal((await send()).status, status);
    assert.equal(asked(), 1);
  });
}

test("a connection that is cut before, or in the middle of, an answer is asked again", async (context) => {
  const { asked, send } = await serve(context, (number, request, response) => {
    if (number === 1) request.socket.resetAndDestroy();
    else if (number === 2) response.writeHead(200, { "content-length": 10 }).write("part", () => request.socket.destroy());
    else response.end("whole");
  });
  assert.equal(Buffer.from((await send()).body).toString(), "whole");
  assert.equal(asked(), 3);
});

test("POST, and what says that it must not be repeated, is sent once", async (context) => {
  const { asked, send } = await serve(context, (_number, _, response) => response.writeHead(503).end());
  assert.equal((await send({ method: "POST" })).status, 503);
  assert.equal((await send({ method: "PUT", body: Buffer.from("x"), isRepeatable: false })).status, 503);
  assert.equal(asked(), 2);
  await send({ method: "POST", isRepeatable: true });
  assert.equal(asked(), 6);
});

test("a host that refuses the connection is not asked again", async (context) => {
  const retries: TracedRetry[] = [];
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  const client = createHttpClient({ patience: QUICK, traceRetry: (retry) => retries.push(retry) });
  context.after(() => client.close());
  await assert.rejects(
    client.request({ method: "GET", url: new URL(`http://127.0.0.1:${port}/`), maxBytes: 1 }),
    failure("store/unreachable"),
  );
  assert.deepEqual(retries, []);
});

test("Retry-After is waited for where it is short, and ends the tries where it is long", async (context) => {
  const slow: Patience = { tries: 2, firstPauseMs: 1, withinMs: 600_000 };
  const patient = await serve(
    context,
    (number, _, response) => response.writeHead(number === 1 ? 429 : 200, { "retry-after": "1" }).end(),
    slow,
  );
  assert.equal((await patient.send()).status, 200);
  const waited = patient.retries[0]?.waitMs ?? 0;
  assert.ok(waited >= 1_000, `it waits ${waited} ms`);
  const refused = await serve(context, (_number, _, response) => response.writeHead(429, { "retry-after": "3600" }).end(), slow);
  assert.equal((await refused.send()).status, 429);
  assert.equal(refused.asked(), 1);
});

test("Retry-After is read as seconds or as a date, and anything else is nothing", () => {
  assert.equal(retryAfterMs({ "retry-after": "120" }), 120_000);
  assert.equal(retryAfterMs({ "retry-after": "Thu, 01 Jan 1970 00:00:00 GMT" }), 0);
  const inAMinute = retryAfterMs({ "retry-after": new Date(Date.now() + 60_000).toUTCString() }) ?? 0;
  assert.ok(inAMinute > 50_000 && inAMinute <= 60_000, String(inAMinute));
  for (const text of ["", "soon", "99999999999999999999", "NaN"]) assert.equal(retryAfterMs({ "retry-after": text }), undefined, text);
  assert.equal(retryAfterMs({}), undefined);
});

test("the pauses grow, and no try begins after the last moment", async () => {
  const retries: TracedRetry[] = [];
  let made = 0;
  const failing = (): Promise<never> => {
    made++;
    return isCut();
  };
  const growing = createRetry({ patience: { tries: 4, firstPauseMs: 8, withinMs: 60_000 }, trace: (retry) => retries.push(retry) });
  await assert.rejects(growing(failing, { what: "try" }), failure("store/unreachable"));
  assert.equal(made, 4);
  for (const [position, { waitMs }] of retries.entries()) {
    const middle = 8 * 2 ** position;
    assert.ok(waitMs >= middle / 2 && waitMs <= middle * 1.5, `pause ${position} is ${waitMs} ms`);
  }
  made = 0;
  const hasty = createRetry({ patience: { tries: 4, firstPauseMs: 1_000, withinMs: 100 } });
  await assert.rejects(hasty(failing, { what: "try" }), failure("store/unreachable"));
  assert.equal(made, 1);
});

test("a job that is stopped does not wait for another try", async () => {
  const stop = new AbortController();
  const retry = createRetry({ patience: { tries: 4, firstPauseMs: 20_000, withinMs: 60_000 }, trace: () => stop.abort() });
  await assert.rejects(retry(isCut, { what: "try", signal: stop.signal }), failure("job/aborted"));
});

test("there is no hope for what is no failure of the network", () => {
  assert.equal(hopeOfFailure(new Error("ours")), undefined);
  assert.equal(hopeOfFailure(new CountersignError("store/not-found", "gone", { detail: { status: 404 } })), undefined);
  assert.equal(hopeOfFailure(new CountersignError("store/unreachable", "no", { detail: { status: 501 } })), undefined);
  assert.deepEqual(hopeOfFailure(new CountersignError("store/unreachable", "busy", { detail: { status: 429, retryAfterMs: 7 } })), {
    why: "it answered 429",
    waitMs: 7,
  });
});

test("what one retry has given up on no other tries again", async () => {
  const retry = createRetry({ patience: QUICK });
  let tried = 0;
  const attempt = (): Promise<never> => {
    tried++;
    return isCut();
  };
  await assert.rejects(
    retry(() => retry(attempt, { what: "inside" }), { what: "outside" }),
    failure("store/unreachable"),
  );
  assert.equal(tried, QUICK.tries);
});
