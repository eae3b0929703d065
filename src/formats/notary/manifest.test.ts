import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Descriptor } from "../../core/descriptor.ts";
import { digestMatches, digestOf, parseDigest } from "../../core/digest.ts";
import type { FindingCode } from "../../core/finding.ts";
import type { CarriedEnvelope, ManifestForm } from "../../core/format.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { OCI_ARTIFACT_MANIFEST, OCI_INDEX, OCI_MANIFEST } from "../../core/media-types.ts";
import { decodeBase64 } from "../../encoding/base64.ts";
import { notaryCarrier, THUMBPRINT } from "./manifest.ts";

const SIGNATURE = "application/vnd.cncf.notary.signature";
const EMPTY = "application/vnd.oci.empty.v1+json";
const digest = parseDigest("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
const subject: Descriptor = { mediaType: OCI_MANIFEST, digest, size: 481 };
const layer = { mediaType: "application/jose+json", digest, size: 2 };
const legacy = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: { mediaType: SIGNATURE, digest, size: 2 }, layers: [layer], subject };

function read(document: unknown, mediaType = OCI_MANIFEST): CarriedEnvelope | null {
  const bytes = new TextEncoder().encode(typeof document === "string" ? document : JSON.stringify(document));
  return notaryCarrier.readManifest(bytes, { mediaType, digest: digestOf(bytes), size: bytes.length });
}

function write(options: { readonly form: ManifestForm; readonly envelope?: Uint8Array }): ReturnType<typeof notaryCarrier.writeManifest> {
  return notaryCarrier.writeManifest({
    subject: { ...subject, annotations: { not: "signed" } },
    envelope: options.envelope ?? Uint8Array.of(1, 2, 3),
    mediaType: "application/cose",
    chain: [Uint8Array.of(1), Uint8Array.of(2)],
    signingTime: new Date("2026-01-02T03:04:05.678Z"),
    form: options.form,
  });
}

for (const form of ["legacy", "artifact"] as const) {
  test(`the ${form} form is written as read, with its blobs and annotations`, () => {
    const written = write({ form });
    assert.ok(digestMatches(written.bytes, written.descriptor.digest));
    assert.equal(written.bytes.length, written.descriptor.size);
    assert.equal(written.descriptor.artifactType, SIGNATURE);
    const carried = notaryCarrier.readManifest(written.bytes, written.descriptor);
    assert.deepEqual(carried?.subject, subject);
    const document = JSON.parse(new TextDecoder().decode(written.bytes)) as Record<string, unknown>;
    assert.deepEqual(document["annotations"], {
      [THUMBPRINT]:
        '["4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a","dbc1b4c900ffe48d575b5da5c638040125f65db0fe3e24494b76ea986457d986"]',
      "org.opencontainers.image.created": "2026-01-02T03:04:05Z",
    });
    const [config, envelope] = written.blobs;
    assert.equal(new TextDecoder().decode(config?.bytes), "{}");
    assert.equal(config?.descriptor.digest, digest);
    assert.deepEqual(decodeBase64(carried?.envelope.data ?? ""), envelope?.bytes);
    assert.equal(carried?.envelope.digest, envelope?.descriptor.digest);
    assert.equal(document["artifactType"], form === "artifact" ? SIGNATURE : undefined);
    assert.deepEqual(
      document["config"],
      form === "artifact" ? { mediaType: EMPTY, digest, size: 2, data: "e30=" } : { mediaType: SIGNATURE, digest, size: 2 },
    );
  });
}

test("a large envelope is not embedded", () => {
  for (const [length, embedded] of [
    [LIMITS.embeddedEnvelopeBytes, true],
    [LIMITS.embeddedEnvelopeBytes + 1, false],
  ] as const) {
    const written = write({ form: "legacy", envelope: new Uint8Array(length) });
    assert.equal(notaryCarrier.readManifest(written.bytes, written.descriptor)?.envelope.data !== undefined, embedded);
  }
});

test("the retired artifact manifest is read", () => {
  const document = { mediaType: OCI_ARTIFACT_MANIFEST, artifactType: SIGNATURE, blobs: [layer], subject };
  assert.deepEqual(read(document, OCI_ARTIFACT_MANIFEST)?.envelope, layer);
});

test("what is not laid out as a signature is not mine", () => {
  const { config, ...rest } = legacy;
  assert.equal(read({ ...rest }), null);
  assert.equal(read({ ...rest, artifactType: SIGNATURE }), null);
  assert.equal(read({ ...rest, artifactType: SIGNATURE, config }), null);
  assert.equal(read({ ...rest, artifactType: "other/type", config: { ...config, mediaType: EMPTY } }), null);
  assert.equal(read({ ...rest, config: { ...config, mediaType: EMPTY } }), null);
  assert.equal(read(legacy, OCI_INDEX), null);
  assert.equal(read({ artifactType: "other/type", blobs: [layer] }, OCI_ARTIFACT_MANIFEST), null);
});

const FAULTS: readonly (readonly [fault: string, code: FindingCode, document: unknown])[] = [
  ["no JSON", "json/syntax", "{"],
  ["a list", "manifest/invalid", []],
  ["another media type than its descriptor", "manifest/invalid", { ...legacy, mediaType: OCI_INDEX }],
  ["no layers", "manifest/invalid", { ...legacy, layers: undefined }],
  ["an empty list of layers", "manifest/layers", { ...legacy, layers: [] }],
  ["two layers", "manifest/layers", { ...legacy, layers: [layer, layer] }],
  ["a layer without digest", "descriptor/invalid", { ...legacy, layers: [{ ...layer, digest: undefined }] }],
  ["a subject that is text", "descriptor/invalid", { ...legacy, subject: "x" }],
  ["an annotation that is a number", "descriptor/invalid", { ...legacy, annotations: { a: 1 } }],
  ["a member twice", "json/duplicate-member", JSON.stringify(legacy).replace("{", '{"layers":[],')],
];

for (const [fault, code, document] of FAULTS) {
  test(`refused: a manifest with ${fault}`, () => assert.throws(() => read(document), { name: "Malformed", code }));
}

function claimed(text: string): readonly string[] {
  return notaryCarrier.claimedFingerprints({ [THUMBPRINT]: text });
}

test("fingerprints are claimed in either case, and nothing else is", () => {
  const [a, b] = ["0123456789abcdef".repeat(4), "f".repeat(64)];
  assert.deepEqual(claimed(JSON.stringify([a.toUpperCase(), b])), [a, b]);
  assert.deepEqual(claimed(JSON.stringify([a, b], undefined, 2)), [a, b]);
  for (const text of ["", "[]", "[", a, `["${a}"`, `["${a}",]`, `["${a.slice(1)}"]`, `{"a":"${a}"}`, `["${a}",1]`])
    assert.deepEqual(claimed(text), []);
  assert.deepEqual(claimed(JSON.stringify(Array.from({ length: 1000 }, () => a))), []);
  assert.deepEqual(notaryCarrier.claimedFingerprints({}), []);
});

test("any manifest is mine, not mine, or refused", () => {
  const arbitrary = fc.record(
    {
      artifactType: fc.constantFrom(SIGNATURE, 1),
      config: fc.constantFrom({ mediaType: EMPTY }, { mediaType: SIGNATURE }, 1),
      layers: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(arbitrary, fc.string()), (document) => {
      try {
        read(document);
      } catch (error) {
        assert.ok(error instanceof Malformed, String(error));
      }
    }),
  );
});
