import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { FindingCode } from "../../core/finding.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import type { Signature } from "../../core/signature.ts";
import { type CborValue, encodeCbor } from "../../encoding/cbor.ts";
import { notaryCose } from "./format.ts";

const SCHEME = "io.cncf.notary.signingScheme";
const TIME = "io.cncf.notary.signingTime";
const TIMESTAMP = "io.cncf.notary.timestampSignature";
const AGENT = "io.cncf.notary.signingAgent";

type Entries = readonly (readonly [number | string, CborValue | undefined])[];

/** The entries with later ones in place of earlier ones; `undefined` takes one out. */
function map(...entries: Entries): Map<number | string, CborValue> {
  return new Map([...new Map(entries)].flatMap(([label, value]) => (value === undefined ? [] : [[label, value] as const])));
}

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const payload = new TextEncoder().encode(JSON.stringify({ targetArtifact: { mediaType: "a/b", digest, size: 1 } }));
const value = Uint8Array.of(8, 9, 10);
const chain = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)];
const protectedEntries: Entries = [
  [1, -37],
  [2, [SCHEME]],
  [3, "application/vnd.cncf.notary.payload.v1+json"],
  [SCHEME, "notary.x509"],
  [TIME, { tag: 1, value: 1_767_323_045 }],
];
const unprotectedEntries: Entries = [
  [33, chain],
  [TIMESTAMP, Uint8Array.of(7)],
  [AGENT, "someone/1"],
];

function sign1(changed: { readonly protected?: Entries; readonly unprotected?: Entries } = {}): readonly CborValue[] {
  const protectedBytes = encodeCbor(map(...protectedEntries, ...(changed.protected ?? [])));
  return [protectedBytes, map(...unprotectedEntries, ...(changed.unprotected ?? [])), payload, value];
}

function envelope(parts: CborValue): Uint8Array {
  return encodeCbor({ tag: 18, value: parts });
}

function decode(bytes: Uint8Array): Signature | null {
  return notaryCose.decode(bytes, "application/cose");
}

function refuses(bytes: Uint8Array, code: FindingCode): void {
  assert.throws(() => decode(bytes), { name: "Malformed", code });
}

test("an envelope is decoded to what it claims and the bytes that count", () => {
  const bytes = envelope(sign1());
  assert.equal(Buffer.from(bytes.subarray(0, 2)).toString("hex"), "d284");
  const [protectedBytes] = sign1();
  assert.ok(protectedBytes instanceof Uint8Array);
  assert.deepEqual(decode(bytes), {
    claimed: {
      subject: { mediaType: "a/b", digest, size: 1 },
      annotations: {},
      scheme: "notary.x509",
      timeScheme: "signer",
      signingTime: new Date("2026-01-02T03:04:05Z"),
      signingAgent: "someone/1",
    },
    signedBytes: Buffer.concat([
      Buffer.from([0x84, 0x6a, ...Buffer.from("Signature1"), 0x58, protectedBytes.length]),
      protectedBytes,
      Buffer.from([0x40, 0x58, payload.length]),
      payload,
    ]),
    algorithm: "PS256",
    value: Buffer.from(value),
    chain: chain.map((certificate) => Buffer.from(certificate)),
    timestamps: [Buffer.of(7)],
  });
});

test("another media type is not mine", () => assert.equal(notaryCose.decode(Uint8Array.of(1), "application/jose+json"), null));

test("the chain may stand protected, critical too", () => {
  const moved = sign1({ protected: [[33, chain]], unprotected: [[33, undefined]] });
  assert.equal(decode(envelope(moved))?.chain.length, 2);
  const critical: Entries = [
    [33, chain],
    [2, [SCHEME, 33]],
  ];
  assert.equal(decode(envelope(sign1({ protected: critical, unprotected: [[33, undefined]] })))?.chain.length, 2);
});

test("protected bytes are signed as received, whatever the order of their keys", () => {
  const canonical = encodeCbor(map(...protectedEntries));
  // 1: -37 moved behind 2: [scheme]
  const scheme = canonical.subarray(4, 5 + 1 + 1 + SCHEME.length + 1);
  const swapped = Buffer.concat([canonical.subarray(0, 1), scheme, canonical.subarray(1, 4), canonical.subarray(4 + scheme.length)]);
  assert.notDeepEqual(swapped, Buffer.from(canonical));
  const signature = decode(envelope([swapped, map(...unprotectedEntries), payload, value]));
  assert.ok(Buffer.from(signature?.signedBytes ?? []).includes(swapped));
});

test("a strange signing agent is passed over", () => {
  assert.equal(decode(envelope(sign1({ unprotected: [[AGENT, 7]] })))?.claimed.signingAgent, undefined);
});

const good = envelope(sign1());
const [protectedBytes = null, unprotected = null] = sign1();
const FAULTS: readonly (readonly [fault: string, code: FindingCode, bytes: Uint8Array])[] = [
  ["no tag", "cose/structure", good.subarray(1)],
  ["another tag", "cose/structure", encodeCbor({ tag: 98, value: sign1() })],
  ["a tag in long form", "cbor/invalid", Buffer.concat([Buffer.of(0xd8, 0x12), good.subarray(1)])],
  ["five elements", "cose/structure", envelope([...sign1(), 0])],
  ["three elements", "cose/structure", envelope(sign1().slice(0, 3))],
  ["a map for a list", "cose/structure", envelope(new Map())],
  ["a detached payload", "cose/structure", envelope([protectedBytes, unprotected, null, value])],
  ["a protected map that is not in bytes", "cose/structure", envelope([map(...protectedEntries), unprotected, payload, value])],
  ["protected bytes that are a list", "cose/structure", envelope([encodeCbor([]), unprotected, payload, value])],
  ["an unprotected header in bytes", "cose/structure", envelope([protectedBytes, encodeCbor(unprotected), payload, value])],
  ["a text for a signature", "cose/structure", envelope([protectedBytes, unprotected, payload, "x"])],
  ["trailing bytes", "cbor/trailing-bytes", Buffer.concat([good, Buffer.of(0)])],
  [
    "trailing bytes in the protected map",
    "cbor/trailing-bytes",
    envelope([Buffer.concat([encodeCbor(new Map()), Buffer.of(0)]), unprotected, payload, value]),
  ],
  ["an indefinite length", "cbor/indefinite-length", Buffer.concat([Buffer.of(0xd2, 0x9f), good.subarray(2), Buffer.of(0xff)])],
  ["a key twice", "cbor/duplicate-key", envelope([Buffer.from("a2013824013824", "hex"), unprotected, payload, value])],
  ["no protected headers", "header/critical-missing", envelope([new Uint8Array(), unprotected, payload, value])],
  ["the chain in both places", "cose/header-twice", envelope(sign1({ protected: [[33, chain]] }))],
  ["no chain", "chain/empty", envelope(sign1({ unprotected: [[33, undefined]] }))],
  ["an empty chain", "chain/empty", envelope(sign1({ unprotected: [[33, []]] }))],
  ["a bare certificate", "header/type", envelope(sign1({ unprotected: [[33, Uint8Array.of(1)]] }))],
  ["certificates as text", "header/type", envelope(sign1({ unprotected: [[33, ["AQID"]]] }))],
  ["eleven certificates", "chain/too-long", envelope(sign1({ unprotected: [[33, Array.from({ length: 11 }, () => Uint8Array.of(1))]] }))],
  ["a huge certificate", "integrity/too-large", envelope(sign1({ unprotected: [[33, [new Uint8Array(70_000)]]] }))],
  ["a timestamp as text", "header/type", envelope(sign1({ unprotected: [[TIMESTAMP, "Bw=="]] }))],
  ["an algorithm as text", "header/algorithm", envelope(sign1({ protected: [[1, "PS256"]] }))],
  ["EdDSA", "header/algorithm", envelope(sign1({ protected: [[1, -8]] }))],
  ["a content type as number", "header/content-type", envelope(sign1({ protected: [[3, 50]] }))],
  ["a registered label as critical", "header/critical-forbidden", envelope(sign1({ protected: [[2, [SCHEME, 1]]] }))],
  ["a label named critical twice", "header/critical-duplicate", envelope(sign1({ protected: [[2, [SCHEME, SCHEME]]] }))],
  ["a time without tag", "header/time-format", envelope(sign1({ protected: [[TIME, 1_767_323_045]] }))],
  ["a time with tag 0", "header/time-format", envelope(sign1({ protected: [[TIME, { tag: 0, value: "2026-01-02T03:04:05Z" }]] }))],
  ["a time after the year 9999", "header/time-format", envelope(sign1({ protected: [[TIME, { tag: 1, value: 253_402_300_800 }]] }))],
  ["a payload that names nothing", "payload/invalid", envelope([protectedBytes, unprotected, Buffer.from("{}"), value])],
];

for (const [fault, code, bytes] of FAULTS) {
  test(`refused: a COSE_Sign1 with ${fault}`, () => refuses(bytes, code));
}

test("a larger envelope is not read", () => refuses(new Uint8Array(LIMITS.notaryEnvelopeBytes + 1), "integrity/too-large"));

test("changed bytes give a signature or a refusal", () => {
  fc.assert(
    fc.property(fc.nat({ max: good.length - 1 }), fc.uint8Array({ maxLength: 2 }), (at, replacement) => {
      try {
        decode(Buffer.concat([good.subarray(0, at), replacement, good.subarray(at + 1)]));
      } catch (error) {
        assert.ok(error instanceof Malformed, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});
