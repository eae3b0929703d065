import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, afterEach, before, test } from "node:test";
import { granted, genTimeOf, type Query, rejected, type Reply, type RunningClock, startClock } from "../../tests/fixtures/clock-server.ts";
import { fixedClock, systemClock } from "../core/clock.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Stamp } from "../core/timestamper.ts";
import { createHttpClient, type HttpClient } from "../net/http-client.ts";
import { readTimestamp } from "../pki/timestamp/verify.ts";
import { createTimestamper, type TimestampClientOptions } from "./timestamp-client.ts";

const SIGNATURE = Buffer.from("the value of a signature");

let clock: RunningClock;
let other: RunningClock;
let client: HttpClient;

before(async () => {
  [clock, other] = await Promise.all([startClock(), startClock()]);
  client = createHttpClient({ patience: { tries: 2, firstPauseMs: 1, withinMs: 1000 } });
});

afterEach(() => {
  clock.reply = undefined;
  other.reply = undefined;
});

after(async () => {
  client.close();
  await Promise.all([clock.close(), other.close()]);
});

function stamp(options: Partial<TimestampClientOptions> = {}, hash: "sha256" | "sha384" | "sha512" = "sha256"): Promise<Stamp> {
  const urls = [new URL(clock.url)];
  return createTimestamper({ urls, anchors: [clock.root], client, clock: systemClock, ...options }).stamp(SIGNATURE, { hash });
}

async function refusal(reply: (query: Query) => Reply | Promise<Reply>, options: Partial<TimestampClientOptions> = {}): Promise<string> {
  clock.reply = reply;
  let message = "";
  await assert.rejects(stamp(options), (error) => {
    assert.ok(error instanceof CountersignError && error.code === "timestamp/unavailable" && error.exit === 4, String(error));
    message = error.message;
    return true;
  });
  return message;
}

for (const hash of ["sha256", "sha384", "sha512"] as const) {
  test(`a request asks with ${hash}, a new nonce and for the certificate; its answer is a token`, async () => {
    const earlier = clock.queries.length;
    const { token, from, to, authority } = await stamp({}, hash);
    const [query, ...others] = clock.queries.slice(earlier);
    assert.deepEqual(others, []);
    assert.equal(query?.contentType, "application/timestamp-query");
    assert.deepEqual(query?.imprint, createHash(hash).update(SIGNATURE).digest());
    assert.equal(query?.wantsCertificates, true);
    assert.ok((query?.nonce.length ?? 0) >= 16);
    assert.equal(authority, "CN=Test Clock,O=Clocks,C=US");
    assert.equal(to.getTime() - from.getTime(), 2000);
    assert.deepEqual(readTimestamp(token, { signatureValue: SIGNATURE }).interval, { from, to });
  });
}

test("no two requests have the same nonce", async () => {
  const earlier = clock.queries.length;
  await Promise.all([stamp(), stamp(), stamp()]);
  const nonces = clock.queries.slice(earlier).map(({ nonce }) => Buffer.from(nonce).toString("hex"));
  assert.equal(new Set(nonces).size, 3);
});

test("the authorities are asked in order, the next only if one gives nothing that can be used", async () => {
  const urls = [new URL(clock.url), new URL(other.url)];
  const [first, second] = [clock.queries.length, other.queries.length];
  await stamp({ urls });
  assert.deepEqual([clock.queries.length, other.queries.length], [first + 1, second]);
  clock.reply = rejected;
  await stamp({ urls });
  assert.deepEqual([clock.queries.length, other.queries.length], [first + 2, second + 1]);
  const nowhere = new URL("http://127.0.0.1:9/");
  await stamp({ urls: [nowhere, new URL(other.url)] });
  assert.equal(other.queries.length, second + 2);
});

test("if none gives a token, each is told with its reason", async () => {
  const message = await refusal(rejected, { urls: [new URL(clock.url), new URL("http://127.0.0.1:9/none")] });
  assert.match(message, /any of 2 authorities/);
  assert.match(message, /its status is rejection; the policy is not supported; it says "not today"/);
  assert.match(message, /127\.0\.0\.1:9\/none: Cannot POST/);
});

test("an answer of Sigstore's authorities has status 201", async () => {
  clock.reply = (query) => ({ ...granted(query), status: 201 });
  await stamp();
});

const REFUSED: Readonly<Record<string, readonly [reply: (query: Query) => Reply, state: RegExp]>> = {
  "status 202": [(query) => ({ ...granted(query), status: 202 }), /has status 202/],
  "status 500": [(query) => ({ ...granted(query), status: 500 }), /has status 500/],
  "a redirect": [(query) => ({ ...granted(query), status: 302 }), /has status 302/],
  "another type": [(query) => ({ ...granted(query), type: "text/html" }), /is of type "text\/html"/],
  "a type with a parameter": [(query) => ({ ...granted(query), type: "application/timestamp-reply; v=1" }), /is of type/],
  "an answer that is too large": [
    (query) => ({ ...granted(query), body: new Uint8Array(LIMITS.timestampBytes + 1) }),
    /longer than the 1048576 bytes/,
  ],
  "no answer": [(query) => ({ ...granted(query), body: new Uint8Array() }), /ends before/],
  "a token without an answer around it": [(query) => ({ ...granted(query), body: granted(query).body.subarray(7) }), /./],
  "no nonce": [(query) => granted(query, (token) => void delete token.editInfo), /it has no nonce/],
  "another nonce": [(query) => granted({ ...query, nonce: Uint8Array.of(7) }), /its nonce is another/],
  "another imprint": [(query) => granted({ ...query, imprint: new Uint8Array(32) }), /made for another signature/],
  "another hash of the same": [
    (query) => granted({ ...query, hash: "sha512", imprint: createHash("sha512").update(SIGNATURE).digest() }),
    /it is for other bytes/,
  ],
  "another authority": [
    (query) => granted(query, (token) => void (token.root = { ...token.root, subject: [["CN", "Other"]] })),
    /no trusted/,
  ],
  "no certificate": [(query) => granted(query, (token) => void (token.certificates = () => [])), /is not there/],
  "a time long ago": [
    (query) => granted(query, (token) => void (token.genTime = genTimeOf(new Date(Date.now() - 310_000)))),
    /one of the two clocks is wrong/,
  ],
  "a time to come": [
    (query) => granted(query, (token) => void (token.genTime = genTimeOf(new Date(Date.now() + 310_000)))),
    /one of the two clocks is wrong/,
  ],
  "an accuracy of an hour": [(query) => granted(query, (token) => void (token.accuracy = 3600)), /one of the two clocks is wrong/],
};

for (const [what, [reply, state]] of Object.entries(REFUSED)) {
  test(`refused: ${what}`, async () => assert.match(await refusal(reply), state));
}

test("a token is kept within five minutes of request and answer, by our clock", async () => {
  const late = new Date(Date.now() + 240_000);
  await stamp({ clock: fixedClock(late) });
  assert.match(await refusal(granted, { clock: fixedClock(new Date(Date.now() + 360_000)) }), /one of the two clocks is wrong/);
});

test("an answer for an earlier request is a replay", async () => {
  let kept: Reply | undefined;
  clock.reply = (query) => (kept = granted(query));
  await stamp();
  assert.ok(kept !== undefined);
  const replay = kept;
  assert.match(await refusal(() => replay), /its nonce is another/);
});

test("a job that is stopped asks no other authority", async () => {
  const stop = new AbortController();
  clock.reply = async (query) => {
    stop.abort();
    return granted(query);
  };
  const asked = other.queries.length;
  const urls = [new URL(clock.url), new URL(other.url)];
  const timestamper = createTimestamper({ urls, anchors: [clock.root], client, clock: systemClock });
  await assert.rejects(timestamper.stamp(SIGNATURE, { hash: "sha256", signal: stop.signal }), { code: "job/aborted" });
  assert.equal(other.queries.length, asked);
});
