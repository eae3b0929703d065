import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parseDigest } from "../../core/digest.ts";
import { CountersignError } from "../../core/errors.ts";
import type { FindingCode } from "../../core/finding.ts";
import { Malformed } from "../../core/malformed.ts";
import { decodePayload, encodePayload } from "./payload.ts";

const digest = parseDigest(`sha256:${"0123456789abcdef".repeat(4)}`);
const target = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 481 };
const times = { signingTime: new Date(0), signingAgent: "test" };
const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

test("what is encoded decodes to the same claims", () => {
  const annotations = fc.dictionary(
    fc.string().filter((name) => !name.startsWith("io.cncf.notary")),
    fc.string({ unit: "grapheme" }),
  );
  fc.assert(
    fc.property(annotations, (metadata) => {
      const claims = decodePayload(encodePayload({ subject: target, annotations: metadata, ...times }));
      assert.deepEqual(claims.subject, target);
      assert.deepEqual({ ...claims.annotations }, { ...metadata });
    }),
  );
});

test("only what identifies the subject is signed", () => {
  const subject = { ...target, artifactType: "a/b", annotations: { a: "b" }, data: "e30=" };
  assert.equal(
    new TextDecoder().decode(encodePayload({ subject, annotations: {}, ...times })),
    `{"targetArtifact":{"mediaType":"${target.mediaType}","digest":"${digest}","size":481}}`,
  );
});

test("reserved names are not signed", () => {
  assert.throws(
    () => encodePayload({ subject: target, annotations: { "io.cncf.notary.x": "1" }, ...times }),
    (error) => error instanceof CountersignError && error.code === "usage/invalid",
  );
});

test("other members are passed over", () => {
  const claims = decodePayload(bytesOf({ targetArtifact: { ...target, extra: 1, data: 7, artifactType: "a/b" }, more: true }));
  assert.deepEqual(claims, { subject: target, annotations: {} });
});

const FAULTS: readonly (readonly [fault: string, code: FindingCode, payload: unknown])[] = [
  ["no JSON", "json/syntax", "hello JWS"],
  ["a list", "payload/invalid", []],
  ["no target", "payload/invalid", {}],
  ["a target that is text", "payload/invalid", { targetArtifact: digest }],
  ["a case variant of targetArtifact", "json/case-variant", { targetArtifact: target, TargetArtifact: target }],
  ["a case variant in the target", "json/case-variant", { targetArtifact: { ...target, Digest: digest } }],
  [
    "a digest named twice",
    "json/duplicate-member",
    `{"targetArtifact":{"mediaType":"a/b","digest":"${digest}","digest":"${digest}","size":1}}`,
  ],
  ["two targets", "json/duplicate-member", `{"targetArtifact":{},"targetArtifact":{}}`],
  ["no media type", "descriptor/invalid", { targetArtifact: { digest, size: 1 } }],
  ["a digest in upper case", "descriptor/invalid", { targetArtifact: { ...target, digest: digest.toUpperCase() } }],
  ["a size that is text", "descriptor/invalid", { targetArtifact: { ...target, size: "481" } }],
  ["a negative size", "descriptor/invalid", { targetArtifact: { ...target, size: -1 } }],
  ["an annotation that is a number", "descriptor/invalid", { targetArtifact: { ...target, annotations: { a: 1 } } }],
];

for (const [fault, code, payload] of FAULTS) {
  test(`refused: a payload with ${fault}`, () => assert.throws(() => decodePayload(bytesOf(payload)), { name: "Malformed", code }));
}

test("any payload decodes or is refused", () => {
  const likeTarget = fc.record({ mediaType: fc.anything(), digest: fc.constantFrom(digest, 1), size: fc.anything() });
  const payload = fc.oneof(fc.jsonValue(), fc.record({ targetArtifact: fc.oneof(likeTarget, fc.jsonValue()) }));
  fc.assert(
    fc.property(fc.oneof(payload, fc.string()), (value) => {
      const text = typeof value === "string" ? value : JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? 0 : item));
      try {
        decodePayload(bytesOf(text));
      } catch (error) {
        assert.ok(error instanceof Malformed, String(error));
      }
    }),
  );
});
