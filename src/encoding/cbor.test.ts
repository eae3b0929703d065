import assert from "node:assert/strict";
import { test } from "node:test";
import * as cbor2 from "cbor2";
import * as fc from "fast-check";
import type { FindingCode } from "../core/finding.ts";
import { Malformed } from "../core/malformed.ts";
import { type CborValue, decodeCbor, encodeCbor } from "./cbor.ts";

const options = { maxBytes: 1_000_000 };
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));

function refuses(input: string | Uint8Array, code: FindingCode): void {
  assert.throws(() => decodeCbor(typeof input === "string" ? hex(input) : input, options), { name: "Malformed", code });
}

const integer = fc.oneof(fc.integer(), fc.integer({ min: -300, max: 300 }), fc.constantFrom(2 ** 32, -(2 ** 32) - 1, 2 ** 53 - 2));
const { item } = fc.letrec<{ item: CborValue; leaf: CborValue }>((tie) => ({
  leaf: fc.oneof(integer, fc.string(), fc.boolean(), fc.constant(null), fc.uint8Array()),
  item: fc.oneof(
    { maxDepth: 6 },
    tie("leaf"),
    fc.array(tie("item"), { maxLength: 30 }),
    fc.array(fc.tuple(fc.oneof(integer, fc.string()), tie("item"))).map((entries) => new Map(entries)),
    fc.record({ tag: fc.nat(), value: tie("item") }),
  ),
}));

/** The order of keys is not part of a value. */
function sorted(value: CborValue): CborValue {
  return decodeCbor(encodeCbor(value), options);
}

test("what is encoded decodes to the same value, and is the encoding of what it decodes to", () => {
  fc.assert(
    fc.property(item, (value) => {
      const bytes = encodeCbor(value);
      assert.deepEqual(sorted(decodeCbor(bytes, options)), sorted(value));
      assert.deepEqual(encodeCbor(decodeCbor(bytes, options)), bytes);
    }),
  );
});

test("another implementation writes the same deterministic bytes", () => {
  const plain = fc.dictionary(fc.string(), fc.oneof(integer, fc.string(), fc.boolean(), fc.uint8Array()), { noNullPrototype: true });
  fc.assert(
    fc.property(plain, (members) => {
      const map = new Map(Object.entries(members));
      const theirs = cbor2.encode(map, { ...cbor2.cdeEncodeOptions, rejectDuplicateKeys: true });
      assert.equal(Buffer.from(encodeCbor(map)).toString("hex"), Buffer.from(theirs).toString("hex"));
    }),
  );
});

test("any bytes are a value or refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        encodeCbor(decodeCbor(bytes, options));
      } catch (error) {
        assert.ok(error instanceof Malformed, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test("one fault each", () => {
  refuses("", "cbor/invalid");
  refuses("a2010201", "cbor/invalid"); // ends early
  refuses("5bffffffffffffffff", "cbor/invalid"); // a length that no memory has
  refuses("9a7fffffff01", "cbor/invalid"); // more items than bytes
  refuses("1801", "cbor/invalid"); // not the shortest form
  refuses("190001", "cbor/invalid");
  refuses("1a0000ffff", "cbor/invalid");
  refuses("1b00000000ffffffff", "cbor/invalid");
  refuses("1b0020000000000000", "cbor/invalid"); // 2^53
  refuses("1c", "cbor/invalid"); // reserved head
  refuses("f93c00", "cbor/invalid"); // a float
  refuses("f7", "cbor/invalid"); // undefined
  refuses("f820", "cbor/invalid"); // a simple value
  refuses("62c328", "cbor/invalid"); // not UTF-8
  refuses("a1410102", "cbor/invalid"); // a byte string as key
  refuses("a201020103", "cbor/duplicate-key");
  refuses("a2616101616102", "cbor/duplicate-key");
  refuses("9fff", "cbor/indefinite-length");
  refuses("bfff", "cbor/indefinite-length");
  refuses("5f4101ff", "cbor/indefinite-length");
  refuses("0000", "cbor/trailing-bytes");
  refuses(new Uint8Array(1_000_001), "integrity/too-large");
});

test("depth is bounded, through arrays, maps and tags alike", () => {
  assert.doesNotThrow(() => decodeCbor(hex(`${"81".repeat(15)}00`), options));
  for (const nest of ["81", "a101", "c1"]) {
    refuses(`${nest.repeat(16)}00`, "cbor/invalid");
    refuses(hex(nest.repeat(400_000)), "cbor/invalid");
  }
});

test("items are bounded, as a million empty maps would take a hundred megabytes", () => {
  const maps = Buffer.concat([hex("9a000e0000"), Buffer.alloc(0xe0000, 0xa0)]);
  assert.throws(() => decodeCbor(maps, options), { code: "cbor/invalid", message: /items/ });
});

test("the boundaries of every length are written in their shortest form", () => {
  for (const [value, expected] of [
    [23, "17"],
    [24, "1818"],
    [255, "18ff"],
    [256, "190100"],
    [65_535, "19ffff"],
    [65_536, "1a00010000"],
    [4_294_967_296, "1b0000000100000000"],
    [-1, "20"],
    [-25, "3818"],
  ] as const) {
    assert.equal(Buffer.from(encodeCbor(value)).toString("hex"), expected);
    assert.equal(decodeCbor(hex(expected), options), value);
  }
});
