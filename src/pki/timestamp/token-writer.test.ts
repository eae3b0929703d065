/** Tokens that are written are read as what was put into them; what other programs make of them is in tests/interop. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { Malformed } from "../../core/malformed.ts";
import { decodeCertificate } from "../x509/certificate.ts";
import { createTimestampingTestChain, type TestChain } from "../x509/throw-away-chain.ts";
import { FAILURES, type TimestampFailure } from "./failures.ts";
import { decodeTimestampQuery } from "./query.ts";
import { checkAnswers, decodeTimestampResponse, encodeTimestampRequest } from "./request.ts";
import { decodeSignedToken } from "./signed-token.ts";
import { createTokenSigner, encodeGranted, encodeRefused, type TokenContent, type TokenSigner } from "./token-writer.ts";
import { decodeTimestampInfo } from "./info.ts";
import { verifyTimestamp } from "./verify.ts";

const STAMPED = Buffer.from("the value of a signature");
const POLICY = "1.3.6.1.4.1.32473.1";
const START = new Date("2026-01-01T00:00:00Z");

function signerOf({ certificates, leafKey }: TestChain): TokenSigner {
  const [own, ...above] = certificates.map(decodeCertificate);
  assert.ok(own);
  return createTokenSigner(leafKey, [own, ...above]);
}

const chain = await createTimestampingTestChain({ length: 3, now: START, days: 3650 });
const signer = signerOf(chain);
const root = chain.certificates.at(-1) ?? new Uint8Array();

function content(changes: Partial<TokenContent> = {}): TokenContent {
  const query = decodeTimestampQuery(encodeTimestampRequest({ signatureValue: STAMPED, hash: "sha256" }).bytes);
  return { query, serial: 1n, time: new Date("2026-02-03T04:05:06.070Z"), accuracyMs: 1000, policy: POLICY, ...changes };
}

test("any serial, time and accuracy comes back, and the request's imprint and nonce", async () => {
  const time = fc.date({ min: new Date("2026-01-02T00:00:00Z"), max: new Date("2035-01-01T00:00:00Z"), noInvalidDate: true });
  const values = fc.record({
    serial: fc.bigInt({ min: 1n, max: (1n << 159n) - 1n }),
    time,
    accuracyMs: fc.integer({ min: 1, max: 300_000 }),
    hash: fc.constantFrom("sha256" as const, "sha384" as const, "sha512" as const),
  });
  await fc.assert(
    fc.asyncProperty(values, async ({ hash, ...given }) => {
      const request = encodeTimestampRequest({ signatureValue: STAMPED, hash, policy: POLICY });
      const token = decodeTimestampResponse(await encodeGranted(content({ ...given, query: decodeTimestampQuery(request.bytes) }), signer));
      const verified = verifyTimestamp(token, { signatureValue: STAMPED, anchors: [root] });
      checkAnswers(request, verified);
      const { from, to } = verified.interval;
      assert.deepEqual([from.getTime(), to.getTime()], [given.time.getTime() - given.accuracyMs, given.time.getTime() + given.accuracyMs]);
      const { serial } = decodeTimestampInfo(decodeSignedToken(token).content);
      assert.equal(BigInt(`0x${serial}`), given.serial);
    }),
    { numRuns: 50 },
  );
});

test("of the certificates those that were asked for are sent, without the root; without them the token names its own all the same", async () => {
  const { query } = content();
  const [own, between] = chain.certificates;
  for (const wantsCertificates of [true, false]) {
    const token = decodeTimestampResponse(await encodeGranted(content({ query: { ...query, wantsCertificates } }), signer));
    const sent = decodeSignedToken(token).certificates.map(({ der }) => Buffer.from(der).toString("hex"));
    const wanted = wantsCertificates ? [own, between].map((der) => Buffer.from(der ?? []).toString("hex")) : [];
    assert.deepEqual(sent.toSorted(), wanted.toSorted());
    const { certificates } = chain;
    assert.equal(verifyTimestamp(token, { signatureValue: STAMPED, anchors: [root], certificates }).chain.length, 3);
  }
});

test("an authority that is its own root sends its certificate", async () => {
  const alone = await createTimestampingTestChain({ length: 1, now: START, days: 3650 });
  const token = decodeTimestampResponse(await encodeGranted(content(), signerOf(alone)));
  assert.equal(verifyTimestamp(token, { signatureValue: STAMPED, anchors: alone.certificates }).chain.length, 1);
});

test("a certificate of the same key under the same name is not taken for the one that signed (CVE-2026-39984)", async () => {
  const other = await createTimestampingTestChain({ now: START, days: 3650 });
  const token = decodeTimestampResponse(
    await encodeGranted(content(), { ...signer, chain: [decodeCertificate(other.certificates[0] ?? new Uint8Array())] }),
  );
  assert.throws(() => verifyTimestamp(token, { signatureValue: STAMPED, anchors: [other.certificates[1] ?? root] }), {
    name: "Malformed",
    code: "time/timestamp-invalid",
  });
});

test("a refusal is read as one, with its reason and our words", () => {
  for (const [name, [, words]] of Object.entries(FAILURES)) {
    assert.throws(
      () => decodeTimestampResponse(encodeRefused(name as TimestampFailure, "because")),
      (error) => error instanceof Malformed && error.message.endsWith(`its status is rejection; ${words}; it says "because"`),
    );
  }
});

test("two numbers that would share a byte do not: 127, 128, 255 and 256 milliseconds, and none at all", async () => {
  for (const accuracyMs of [1, 127, 128, 255, 256, 999, 1000, 1001]) {
    const token = decodeTimestampResponse(await encodeGranted(content({ accuracyMs }), signer));
    const { from, to } = decodeTimestampInfo(decodeSignedToken(token).content).interval;
    assert.equal(to.getTime() - from.getTime(), 2 * accuracyMs);
  }
});
