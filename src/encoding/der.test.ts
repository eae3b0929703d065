/** The reader and the writer against each other, and the reader against everything that is not DER. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { FindingCode } from "../core/finding.ts";
import { Malformed } from "../core/malformed.ts";
import { type DerReader, decodeDer } from "./der-reader.ts";
import { TAG } from "./der-values.ts";
import {
  encodeBitString,
  encodeBoolean,
  encodeElement,
  encodeInteger,
  encodeNamedBits,
  encodeOid,
  encodeSequence,
  encodeSetOf,
  encodeText,
  encodeTime,
} from "./der-writer.ts";

function refused(code: FindingCode, hexBytes: string, decode: (reader: DerReader) => unknown): void {
  const bytes = Buffer.from(hexBytes.replaceAll(" ", ""), "hex");
  assert.throws(
    () => decodeDer(bytes, decode),
    (error) => error instanceof Malformed && error.code === code,
    `${hexBytes} should be ${code}`,
  );
}

function time(tag: number, text: string): Date {
  return decodeDer(encodeElement(tag, Buffer.from(text)), (reader) => reader.time());
}

function identity<T>(value: T, bytes: Uint8Array, decode: (reader: DerReader) => T): void {
  assert.deepEqual(decodeDer(bytes, decode), value);
}

function readOrRefused(bytes: Uint8Array): void {
  try {
    const { bytes: all } = decodeDer(bytes, (reader) => reader.any());
    assert.deepEqual(all, bytes);
  } catch (error) {
    assert.ok(error instanceof Malformed, String(error));
  }
}

const any = (reader: DerReader): unknown => reader.any();

test("each rule of DER has its own refusal", () => {
  refused("der/trailing-bytes", "0500 00", (reader) => reader.null());
  refused("der/trailing-bytes", "3003 0500 05", (reader) => reader.sequence((inside) => inside.null()));
  refused("der/truncated", "", any);
  refused("der/truncated", "04", any);
  refused("der/truncated", "0405 00", any);
  refused("der/truncated", "0482 01", any);
  refused("der/indefinite-length", "3080 0000", any);
  refused("der/length", "048101 00", any);
  refused("der/length", "04820080", any);
  refused("der/length", "04850000000001 00", any);
  refused("der/length", "04ff", any);
  refused("der/length", "050100", (reader) => reader.null());
  refused("der/tag", "1f01 00", any);
  refused("der/tag", "2403 040100", any);
  refused("der/tag", "0400", (reader) => reader.integerBytes());
  refused("der/tag", "0400", (reader) => reader.time());
  refused("der/integer", "0200", any);
  refused("der/integer", "02020001", any);
  refused("der/integer", "0202ff80", any);
  refused("der/integer", "0201ff", (reader) => reader.smallInteger());
  refused("der/boolean", "010101", any);
  refused("der/boolean", "0100", any);
  refused("der/default", "010100", (reader) => reader.flag());
  refused("der/oid", "0600", any);
  refused("der/oid", "06028001", any);
  refused("der/oid", "06022a80", any);
  refused("der/oid", "060a2affffffffffffffff7f", any);
  refused("der/bit-string", "0300", any);
  refused("der/bit-string", "030108", any);
  refused("der/bit-string", "030101", any);
  refused("der/bit-string", "03020101", any);
  refused("der/bit-string", "03020480", (reader) => reader.bitStringBytes());
  refused("der/order", "3106 020102 020101", (reader) => reader.setOf((member) => member.integerBytes()));
  refused("der/string", "0c01ff", (reader) => reader.text());
  refused("der/string", "130122", (reader) => reader.text());
  refused("der/string", "120141", (reader) => reader.text());
  refused("der/string", "160180", (reader) => reader.text());
  refused("der/string", "1e0100", (reader) => reader.text());
  refused("der/string", "1e02d800", (reader) => reader.text());
  refused("der/string", "0401 41", (reader) => reader.text());
  refused(
    "der/depth",
    `${Array.from({ length: 40 }, (_, index) => `30${(2 * (40 - index)).toString(16).padStart(2, "0")}`).join("")}3000`,
    any,
  );
});

test("a time is a real moment, to the second, in UTC", () => {
  assert.equal(time(TAG.utcTime, "491231235959Z").toISOString(), "2049-12-31T23:59:59.000Z");
  assert.equal(time(TAG.utcTime, "500101000000Z").toISOString(), "1950-01-01T00:00:00.000Z");
  assert.equal(time(TAG.generalizedTime, "20500229000000Z".replace("2050", "2052")).toISOString(), "2052-02-29T00:00:00.000Z");
  assert.equal(time(TAG.generalizedTime, "99991231235959Z").toISOString(), "9999-12-31T23:59:59.000Z");
  for (const [tag, text] of [
    [TAG.utcTime, "260231000000Z"],
    [TAG.utcTime, "260101240000Z"],
    [TAG.utcTime, "260101006000Z"],
    [TAG.utcTime, "260101000060Z"],
    [TAG.utcTime, "261301000000Z"],
    [TAG.utcTime, "260100000000Z"],
    [TAG.utcTime, "2601010000Z"],
    [TAG.utcTime, "260101000000+0000"],
    [TAG.utcTime, "260101000000"],
    [TAG.generalizedTime, "20260101000000.5Z"],
    [TAG.generalizedTime, "260101000000Z"],
  ] as const) {
    assert.throws(
      () => time(tag, text),
      (error) => error instanceof Malformed && error.code === "der/time",
      text,
    );
  }
});

test("what is written reads back the same", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }), (value) => {
      const bytes = decodeDer(encodeInteger(value), (reader) => reader.integerBytes());
      assert.equal(BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).toString("hex")}`)), value);
    }),
  );
  fc.assert(
    fc.property(fc.nat(2), fc.nat(39), fc.array(fc.nat({ max: 2 ** 40 }), { maxLength: 8 }), (first, second, rest) => {
      const oid = [first, second, ...rest].join(".");
      identity(oid, encodeOid(oid), (reader) => reader.oid());
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70_000 }), fc.boolean(), fc.string(), (content, flag, text) => {
      identity(Buffer.from(content), encodeElement(TAG.octetString, content), (reader) => Buffer.from(reader.octetString()));
      identity(flag, encodeBoolean(flag), (reader) => reader.boolean());
      identity(text, encodeText(TAG.utf8String, text), (reader) => reader.text());
      identity(Buffer.from(content), encodeBitString(content), (reader) => Buffer.from(reader.bitStringBytes()));
    }),
    { numRuns: 30 },
  );
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true }), (date) => {
      const whole = new Date(Math.floor(date.getTime() / 1000) * 1000);
      identity(whole, encodeTime(whole), (reader) => reader.time());
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 8 }), (members) => {
      const set = encodeSetOf(...members.map((member) => encodeElement(TAG.octetString, member)));
      assert.equal(decodeDer(set, (reader) => reader.setOf((member) => member.octetString())).length, members.length);
    }),
  );
  assert.deepEqual([...encodeNamedBits([0, 5])], [3, 2, 2, 0x84]);
  assert.deepEqual([...encodeNamedBits([])], [3, 1, 0]);
  assert.deepEqual([...encodeText(TAG.bmpString, "é")], [0x1e, 2, 0, 0xe9]);
});

test("a text that its type cannot hold is not cut to fit", () => {
  for (const [tag, text] of [
    [TAG.printableString, "ŕœ"],
    [TAG.printableString, "é"],
    [TAG.ia5String, "é"],
    [TAG.teletexString, "œ"],
    [TAG.numericString, "1a"],
    [TAG.bmpString, "💡"],
    [TAG.utf8String, "\ud800"],
    [TAG.utcTime, "260101000000Z"],
  ] as const) {
    assert.throws(() => encodeText(tag, text), RangeError, text);
  }
});

test("random and bent bytes are read or refused, never worse", () => {
  const sample = encodeSequence(
    encodeInteger(5n),
    encodeOid("1.2.840.113549"),
    encodeSetOf(encodeBoolean(true)),
    encodeBitString(Uint8Array.of(1)),
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), readOrRefused), { numRuns: 2000 });
  fc.assert(
    fc.property(fc.nat(sample.length - 1), fc.nat(255), (at, byte) => {
      const bent = Uint8Array.from(sample);
      bent[at] = byte;
      readOrRefused(bent);
    }),
    { numRuns: 2000 },
  );
});
