/** Queries as an authority reads them: what is asked, and every way in which one is refused. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  encodeBoolean,
  encodeConstructed,
  encodeElement,
  encodeInteger,
  encodeNull,
  encodeOctetString,
  encodeOid,
  encodeSequence,
} from "../../encoding/der-writer.ts";
import type { StrongHash } from "../x509/signature-algorithm.ts";
import { encodeHash } from "../x509/signature-algorithm.ts";
import type { TimestampFailure } from "./failures.ts";
import { decodeTimestampQuery, QueryRefused } from "./query.ts";
import { encodeTimestampRequest } from "./request.ts";

const VERSION = encodeInteger(1n);
const EXTENSION_OID = encodeOid("1.3.6.1.4.1.32473.9");

function imprint(hash: StrongHash, length?: number): Uint8Array {
  const digest = createHash(hash).update("stamped").digest();
  return encodeSequence(encodeHash(hash), encodeOctetString(digest.subarray(0, length)));
}

function weak(oid: string, bytes: number): Uint8Array {
  return encodeSequence(encodeSequence(encodeOid(oid), encodeNull()), encodeOctetString(new Uint8Array(bytes)));
}

const GOOD = imprint("sha256");

function extensions(...list: readonly Uint8Array[]): Uint8Array {
  return encodeConstructed(0, ...list);
}

test("what is asked: the hash with or without its NULL, a policy, a nonce, certificates", () => {
  for (const hash of ["sha256", "sha384", "sha512"] as const) {
    const whole = imprint(hash);
    assert.deepEqual(decodeTimestampQuery(encodeSequence(VERSION, whole)), { imprint: whole, wantsCertificates: false });
  }
  const bare = encodeSequence(encodeSequence(encodeOid("2.16.840.1.101.3.4.2.1")), encodeOctetString(new Uint8Array(32)));
  assert.deepEqual(decodeTimestampQuery(encodeSequence(VERSION, bare)).imprint, bare);
  const nonce = encodeInteger(-7n);
  const all = encodeSequence(VERSION, GOOD, encodeOid("1.3.6.1.4.1.32473.1"), nonce, encodeBoolean(true));
  assert.deepEqual(decodeTimestampQuery(all), { imprint: GOOD, policy: "1.3.6.1.4.1.32473.1", nonce, wantsCertificates: true });
});

test("our own client's requests are read as they were meant", () => {
  const request = encodeTimestampRequest({ signatureValue: Buffer.from("stamped"), hash: "sha384", policy: "1.2.3" });
  const query = decodeTimestampQuery(request.bytes);
  assert.deepEqual(query.imprint, imprint("sha384"));
  assert.deepEqual([query.policy, query.wantsCertificates], ["1.2.3", true]);
  assert.equal(
    Buffer.from(query.nonce ?? [])
      .subarray(2)
      .toString("hex"),
    request.nonce,
  );
});

const REFUSED: Readonly<Record<string, readonly [TimestampFailure, Uint8Array]>> = {
  "version 0": ["badRequest", encodeSequence(encodeInteger(0n), GOOD)],
  "version 2": ["badRequest", encodeSequence(encodeInteger(2n), GOOD)],
  "a version of four billion billions": ["badDataFormat", encodeSequence(encodeInteger(1n << 62n), GOOD)],
  "SHA-1": ["badAlg", encodeSequence(VERSION, weak("1.3.14.3.2.26", 20))],
  MD5: ["badAlg", encodeSequence(VERSION, weak("1.2.840.113549.2.5", 16))],
  "SHA-1 of 32 bytes": ["badAlg", encodeSequence(VERSION, weak("1.3.14.3.2.26", 32))],
  "SHA3-256": ["badAlg", encodeSequence(VERSION, weak("2.16.840.1.101.3.4.2.8", 32))],
  "SHA-256 of 31 bytes": ["badDataFormat", encodeSequence(VERSION, imprint("sha256", 31))],
  "SHA-512 of 32 bytes": ["badDataFormat", encodeSequence(VERSION, imprint("sha512", 32))],
  "an imprint with more in it": [
    "badDataFormat",
    encodeSequence(VERSION, encodeSequence(encodeHash("sha256"), encodeOctetString(new Uint8Array(32)), encodeNull())),
  ],
  "a nonce of 65 bytes": ["badDataFormat", encodeSequence(VERSION, GOOD, encodeInteger(1n << 512n))],
  "a padded nonce": ["badDataFormat", encodeSequence(VERSION, GOOD, encodeElement(0x02, Uint8Array.of(0, 1)))],
  "FALSE, which is left out": ["badDataFormat", encodeSequence(VERSION, GOOD, encodeBoolean(false))],
  "another TRUE": ["badDataFormat", encodeSequence(VERSION, GOOD, encodeElement(0x01, Uint8Array.of(1)))],
  "the nonce behind the flag": ["badDataFormat", encodeSequence(VERSION, GOOD, encodeBoolean(true), encodeInteger(5n))],
  "a critical extension": [
    "unacceptedExtension",
    encodeSequence(VERSION, GOOD, extensions(encodeSequence(EXTENSION_OID, encodeBoolean(true), encodeOctetString(new Uint8Array())))),
  ],
  "an extension": [
    "unacceptedExtension",
    encodeSequence(VERSION, GOOD, encodeBoolean(true), extensions(encodeSequence(EXTENSION_OID, encodeOctetString(new Uint8Array())))),
  ],
  "no extensions, written out": ["badDataFormat", encodeSequence(VERSION, GOOD, extensions())],
  "something behind the extensions": [
    "badDataFormat",
    encodeSequence(VERSION, GOOD, extensions(encodeSequence(EXTENSION_OID, encodeOctetString(new Uint8Array()))), encodeNull()),
  ],
  "a byte too many": ["badDataFormat", Buffer.concat([encodeSequence(VERSION, GOOD), Uint8Array.of(0)])],
  "a byte too few": ["badDataFormat", encodeSequence(VERSION, GOOD).subarray(0, -1)],
  nothing: ["badDataFormat", new Uint8Array()],
  "an identifier of 60,000 arcs (CVE-2025-66564)": [
    "badDataFormat",
    encodeSequence(VERSION, GOOD, encodeElement(0x06, new Uint8Array(60_000).fill(0xff))),
  ],
};

for (const [what, [failure, bytes]] of Object.entries(REFUSED)) {
  test(`refused as ${failure}: ${what}`, () => {
    assert.throws(
      () => decodeTimestampQuery(bytes),
      (error) => {
        assert.ok(error instanceof QueryRefused, String(error));
        assert.equal(error.failure, failure, error.message);
        return true;
      },
    );
  });
}

test("an identifier of 60,000 small arcs is one like any other", () => {
  const oid = encodeElement(0x06, new Uint8Array(60_000).fill(1));
  assert.equal(decodeTimestampQuery(encodeSequence(VERSION, GOOD, oid)).policy?.split(".").length, 60_001);
});

test("whatever the bytes are, they are a query or are refused", () => {
  const good = encodeTimestampRequest({ signatureValue: Buffer.from("stamped"), hash: "sha256" }).bytes;
  const bent = fc
    .tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length))
    .map(([at, value, end]) => Uint8Array.from(good.slice(0, end), (byte, index) => (index === at ? value : byte)));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), bent), (bytes) => {
      try {
        const { imprint: found } = decodeTimestampQuery(bytes);
        assert.ok(found.length >= 32);
      } catch (error) {
        assert.ok(error instanceof QueryRefused, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
