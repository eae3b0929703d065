import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as holds, property, string, uint8Array } from "fast-check";
import { decodeDsse, encodeDsse, preAuthEncoding } from "./dsse.ts";

const ENVELOPE = { payloadType: "text/x", payload: "aGk=", signatures: [{ sig: "AA==" }] };

function written(type: string, payload: string): string {
  return Buffer.from(preAuthEncoding(type, Buffer.from(payload))).toString("utf8");
}

test("the bytes that are signed count bytes, not characters", () => {
  assert.equal(written("http://example.com/HelloWorld", "hello world"), "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  assert.equal(written("", ""), "DSSEv1 0  0 ");
  assert.equal(written("ü\u{1f600}", "ಠ"), "DSSEv1 6 ü\u{1f600} 3 ಠ");
});

test("no two pairs of type and payload are signed as the same bytes", () => {
  const text = string({ unit: "binary", maxLength: 12 }).filter((one) => one.isWellFormed());
  const bytes = uint8Array({ maxLength: 12 });
  holds(
    property(text, bytes, text, bytes, (type, payload, otherType, other) => {
      const isSame = type === otherType && Buffer.compare(payload, other) === 0;
      return (Buffer.compare(preAuthEncoding(type, payload), preAuthEncoding(otherType, other)) === 0) === isSame;
    }),
  );
});

test("what is encoded is decoded to the same", () => {
  holds(
    property(string({ minLength: 1 }), uint8Array({ minLength: 1 }), uint8Array({ minLength: 1 }), (payloadType, payload, signature) => {
      const decoded = decodeDsse(JSON.parse(JSON.stringify(encodeDsse({ payloadType, payload, signature }))));
      assert.deepEqual(
        [decoded.payloadType, [...decoded.payload], [...decoded.signature], decoded.keyId],
        [payloadType, [...payload], [...signature], ""],
      );
    }),
  );
});

test("what DSSE does not know is passed over, and refused where the envelope is a part of something closed", () => {
  const open = { ...ENVELOPE, note: 1, signatures: [{ sig: "AA==", keyid: "k", cert: "x" }] };
  assert.equal(decodeDsse(open).keyId, "k");
  assert.throws(() => decodeDsse(open, { isClosed: true }), { code: "dsse/invalid" });
  assert.throws(() => decodeDsse({ ...ENVELOPE, signatures: [{ sig: "AA==", cert: "x" }] }, { isClosed: true }), { code: "dsse/invalid" });
});

for (const [name, code, value] of [
  ["no object", "dsse/invalid", "text"],
  ["no signatures", "dsse/invalid", { ...ENVELOPE, signatures: undefined }],
  ["an empty list of signatures", "dsse/signatures", { ...ENVELOPE, signatures: [] }],
  ["two signatures", "dsse/signatures", { ...ENVELOPE, signatures: [{ sig: "AA==" }, { sig: "AQ==" }] }],
  ["a signature that is null", "dsse/invalid", { ...ENVELOPE, signatures: [null] }],
  ["no payload", "dsse/invalid", { ...ENVELOPE, payload: "" }],
  ["no type", "dsse/invalid", { ...ENVELOPE, payloadType: undefined }],
  ["a key id that is no text", "dsse/invalid", { ...ENVELOPE, signatures: [{ sig: "AA==", keyid: 7 }] }],
  ["a payload in the URL-safe alphabet", "base64/invalid", { ...ENVELOPE, payload: "_-8=" }],
  ["a signature without padding", "base64/invalid", { ...ENVELOPE, signatures: [{ sig: "AA" }] }],
  ["a member that differs only in case", "json/case-variant", { ...ENVELOPE, Payload: "eA==" }],
] as const) {
  test(`refuses ${name}`, () => assert.throws(() => decodeDsse(value), { code }));
}
