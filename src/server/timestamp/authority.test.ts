/** The authority as those who ask see it: tokens, refusals, health, and nothing of what they sent or of what fails behind it. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import * as fc from "fast-check";
import { Malformed } from "../../core/malformed.ts";
import { encodeElement, encodeInteger, encodeOid, encodeSequence } from "../../encoding/der-writer.ts";
import { decodeTimestampResponse, encodeTimestampRequest } from "../../pki/timestamp/request.ts";
import { createTokenSigner } from "../../pki/timestamp/token-writer.ts";
import { verifyTimestamp } from "../../pki/timestamp/verify.ts";
import { decodeCertificates } from "../../pki/x509/certificate-file.ts";
import { createTimestampingTestChain } from "../../pki/x509/throw-away-chain.ts";
import { type AuthorityDouble, type AuthorityDoubleOptions, startTimestampAuthority } from "../../testing/timestamp-authority.ts";
import { startServer } from "../http-server.ts";
import { type AuthorityEvent, TIMESTAMP_PATH, timestampRoutes } from "./authority.ts";
import { ClockBehind, type Ledger } from "./ledger.ts";

const STAMPED = Buffer.from("the value of a signature");
const TYPE = "application/timestamp-query";
const NOW = new Date("2026-09-01T12:00:00.500Z");

async function start(context: TestContext, options: AuthorityDoubleOptions = {}): Promise<AuthorityDouble> {
  const authority = await startTimestampAuthority(options);
  context.after(() => authority.close());
  return authority;
}

function requestBytes(policy?: string): Uint8Array {
  return encodeTimestampRequest({ signatureValue: STAMPED, hash: "sha256", ...(policy === undefined ? {} : { policy }) }).bytes;
}

async function ask(url: string, body: Uint8Array, type: string = TYPE): Promise<Uint8Array> {
  const answer = await fetch(url, { method: "POST", headers: { "content-type": type }, body });
  assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "application/timestamp-reply"]);
  return new Uint8Array(await answer.arrayBuffer());
}

function refusalIn(answer: Uint8Array): string {
  try {
    decodeTimestampResponse(answer);
  } catch (error) {
    if (error instanceof Malformed) return error.message;
    throw error;
  }
  return assert.fail("it granted a token");
}

async function health(url: string): Promise<readonly [number, unknown]> {
  const answer = await fetch(new URL("/health", url));
  return [answer.status, await answer.json()];
}

test("its clock, its accuracy and its policy stand in its tokens", async (context) => {
  const { url, root } = await start(context, { clock: { now: () => NOW }, accuracyMs: 250, policy: "1.3.6.1.4.1.32473.5" });
  const token = decodeTimestampResponse(await ask(url, requestBytes()));
  const { interval, policy } = verifyTimestamp(token, { signatureValue: STAMPED, anchors: [root] });
  assert.deepEqual([interval.from.toISOString(), interval.to.toISOString()], ["2026-09-01T12:00:00.250Z", "2026-09-01T12:00:00.750Z"]);
  assert.equal(policy, "1.3.6.1.4.1.32473.5");
  assert.ok(decodeTimestampResponse(await ask(url, requestBytes("1.3.6.1.4.1.32473.5"))).length > 0);
  assert.match(refusalIn(await ask(url, requestBytes("1.3.6.1.4.1.32473.6"))), /the policy is not supported/);
});

test("its certificates can be had, the root too, and say nothing of trust", async (context) => {
  const { url, certificates } = await start(context);
  const answer = await fetch(`${url}/certchain`);
  assert.equal(answer.headers.get("content-type"), "application/pem-certificate-chain");
  const sent = decodeCertificates(new Uint8Array(await answer.arrayBuffer()));
  assert.deepEqual(
    sent.map(({ der }) => Buffer.from(der).toString("hex")),
    certificates.map((der) => Buffer.from(der).toString("hex")),
  );
});

test("the content type is one, to the letter; a body of 64 KiB is read and not a byte more", async (context) => {
  const { url, events } = await start(context);
  for (const type of ["application/octet-stream", `${TYPE}; charset=utf-8`, TYPE.toUpperCase(), "application/timestamp-query,x"]) {
    const answer = await fetch(url, { method: "POST", headers: { "content-type": type }, body: requestBytes() });
    assert.equal(answer.status, 415, type);
  }
  const large = await fetch(url, { method: "POST", headers: { "content-type": TYPE }, body: new Uint8Array(65_537) });
  assert.equal(large.status, 413);
  assert.deepEqual(events, []);
  // An identifier of 60,000 arcs, in what is read.
  const imprint = encodeSequence(encodeSequence(encodeOid("2.16.840.1.101.3.4.2.1")), encodeElement(0x04, new Uint8Array(32)));
  const giant = encodeSequence(encodeInteger(1n), imprint, encodeElement(0x06, new Uint8Array(60_000).fill(1)));
  assert.match(refusalIn(await ask(url, giant)), /the policy is not supported/);
  assert.ok((await ask(url, giant)).length < 500);
});

test("near the end of its certificate it gives no token that would prove nothing, and says that it is not well", async (context) => {
  let now = NOW;
  const chain = await createTimestampingTestChain({ now: NOW, days: 1 });
  const { url, root, events } = await start(context, { clock: { now: () => now }, accuracyMs: 2000, chain });
  const end = Date.parse("2026-09-02T12:00:00Z");
  now = new Date(end - 2000);
  assert.ok(verifyTimestamp(decodeTimestampResponse(await ask(url, requestBytes())), { signatureValue: STAMPED, anchors: [root] }));
  assert.deepEqual(await health(url), [200, { status: "ok" }]);
  now = new Date(end - 1000);
  assert.match(refusalIn(await ask(url, requestBytes())), /its source of time is not available; it says "the authority's certificate/);
  assert.deepEqual(await health(url), [503, { status: "unavailable" }]);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ["issued", "refused"],
  );
});

test("what fails behind it is told to whoever runs it, and not to those who ask", async (context) => {
  const { certificates, leafKey } = await createTimestampingTestChain();
  const [own, ...above] = decodeCertificates(Buffer.concat(certificates));
  assert.ok(own);
  let fault: Error = new ClockBehind();
  const ledger: Ledger = { next: () => Promise.reject(fault), isUsable: () => false };
  const events: AuthorityEvent[] = [];
  const clock = { now: () => new Date() };
  const routes = timestampRoutes({
    signer: createTokenSigner(leafKey, [own, ...above]),
    policy: "1.2.3",
    accuracyMs: 1000,
    clock,
    ledger,
    note: (event) => events.push(event),
  });
  const server = await startServer({ host: "127.0.0.1", port: 0 }, { routes });
  context.after(() => server.close());
  const url = `${server.url}${TIMESTAMP_PATH}`;
  assert.match(refusalIn(await ask(url, requestBytes())), /its source of time is not available; it says "the authority's clock/);
  fault = new Error("the disk /dev/secret is full");
  const said = refusalIn(await ask(url, requestBytes()));
  assert.match(said, /its system has failed/);
  assert.doesNotMatch(said, /secret/);
  assert.deepEqual(await health(url), [503, { status: "unavailable" }]);
  assert.deepEqual(
    events.map((event) => (event.kind === "refused" ? [event.failure, event.cause] : event)),
    [
      ["timeNotAvailable", events[0]?.kind === "refused" ? events[0].cause : undefined],
      ["systemFailure", fault],
    ],
  );
});

test("whatever is sent, the answer is a token or a refusal, and nothing of it is told to whoever runs it", async (context) => {
  const { url, events } = await start(context);
  const good = requestBytes();
  const bent = fc
    .tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length))
    .map(([at, value, end]) => Uint8Array.from(good.slice(0, end), (byte, index) => (index === at ? value : byte)));
  const marked = fc.uint8Array({ maxLength: 300 }).map((bytes) => Uint8Array.from([...Buffer.from("MARKED"), ...bytes]));
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), bent, marked), async (body) => {
      const answer = await ask(url, body);
      try {
        decodeTimestampResponse(answer);
      } catch (error) {
        assert.ok(error instanceof Malformed && error.message.includes("its status is rejection"), String(error));
      }
    }),
    { numRuns: 500 },
  );
  assert.equal(events.length, 500);
  for (const event of events) {
    assert.ok(event.kind === "issued" ? Object.keys(event).length === 3 : event.cause === undefined, JSON.stringify(event));
  }
});
