import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf, parseDigest } from "../../core/digest.ts";
import { decodeAttestation } from "./format.ts";
import { attestationTag, readAttestations } from "./manifest.ts";

const HEX = "ab".repeat(32);
const ENVELOPE = "application/vnd.dsse.envelope.v1+json";

function layer(change: object = {}): object {
  return {
    mediaType: ENVELOPE,
    digest: digestOf(Buffer.from("x")),
    size: 1,
    annotations: { predicateType: "https://example.com/p" },
    ...change,
  };
}

function read(layers: unknown): ReturnType<typeof readAttestations> {
  return readAttestations(Buffer.from(JSON.stringify({ schemaVersion: 2, layers })));
}

test("the tag is that of the subject, and each layer of the kind is an envelope", () => {
  assert.equal(attestationTag(parseDigest(`sha256:${HEX}`)), `sha256-${HEX}.att`);
  const certificate = { "dev.sigstore.cosign/certificate": "-----BEGIN CERTIFICATE-----" };
  const layers = [
    layer(),
    layer({ mediaType: "application/octet-stream" }),
    layer({ annotations: { ...certificate } }),
    layer({ annotations: { "dev.sigstore.cosign/certificate": "", "dev.sigstore.cosign/rfc3161timestamp": "" } }),
    layer({ annotations: { "dev.sigstore.cosign/rfc3161timestamp": "{}" } }),
  ];
  assert.deepEqual(
    read(layers).map(({ claimedType, hasCertificate, timestamp }) => [claimedType, hasCertificate, timestamp]),
    [
      ["https://example.com/p", false, undefined],
      [undefined, true, undefined],
      [undefined, false, undefined],
      [undefined, false, "{}"],
    ],
  );
  assert.deepEqual(read([]), []);
});

test("a manifest of more layers than any real one is refused before they are looked at, and so is a broken one", () => {
  assert.equal(read(Array.from({ length: 1000 }, () => layer())).length, 1000);
  assert.throws(() => read(Array.from({ length: 1001 }, () => "not even looked at")), { code: "integrity/too-large" });
  assert.throws(() => read("x"), { code: "manifest/invalid" });
  assert.throws(() => read([null]), { code: "descriptor/invalid" });
});

const STATEMENT = {
  _type: "https://in-toto.io/Statement/v0.1",
  subject: [{ name: "x", digest: { sha256: HEX } }],
  predicateType: "https://example.com/p",
};

function decode(envelope: object, about: Partial<Parameters<typeof decodeAttestation>[1]> = {}): ReturnType<typeof decodeAttestation> {
  const whole = {
    payloadType: "application/vnd.in-toto+json",
    payload: Buffer.from(JSON.stringify(STATEMENT)).toString("base64"),
    signatures: [{ keyid: "", sig: "AA==" }],
    ...envelope,
  };
  return decodeAttestation(Buffer.from(JSON.stringify(whole)), { hasCertificate: false, ...about });
}

test("a statement by a bare key; what the envelope says of its key is passed over", () => {
  const signature = decode({ signatures: [{ keyid: "any", sig: "AA==" }] });
  assert.equal(signature.claimed.statement?.predicateType, "https://example.com/p");
  assert.equal(signature.claimed.subject.digest, `sha256:${HEX}`);
  assert.deepEqual([signature.keyHint, signature.chain, signature.timestamps], [undefined, [], []]);
});

test("what is broken, or by a certificate, is no attestation that counts", () => {
  assert.throws(() => decode({}, { hasCertificate: true }), { code: "bundle/keyless-unsupported" });
  assert.throws(() => decode({ signatures: [{ sig: "AA==" }, { sig: "AQ==" }] }), { code: "dsse/signatures" });
  assert.throws(() => decode({ payloadType: "text/plain" }), { code: "dsse/payload-type" });
  assert.throws(() => decode({ payload: "e30=" }), { code: "statement/invalid" });
  assert.throws(() => decodeAttestation(Buffer.from("["), { hasCertificate: false }), { code: "json/syntax" });
});

test("the timestamp of a layer is the token in the authority's answer; one that cannot be read is there, and is none", () => {
  const token = Buffer.from([0x30, 0x03, 0x02, 0x01, 0x07]);
  const answer = Buffer.concat([Buffer.from([0x30, 0x0a, 0x30, 0x03, 0x02, 0x01, 0x00]), token]);
  const stamped = decode({}, { timestamp: JSON.stringify({ SignedRFC3161Timestamp: answer.toString("base64") }) });
  assert.deepEqual(
    stamped.timestamps.map((one) => Buffer.from(one)),
    [token],
  );
  assert.match(Buffer.from(stamped.stampedEnvelope ?? []).toString(), /^\{"payloadType":/);
  const large = JSON.stringify({ SignedRFC3161Timestamp: "A".repeat(4_000_000) });
  for (const timestamp of ["{", "[]", "{}", '{"SignedRFC3161Timestamp":7}', '{"SignedRFC3161Timestamp":"MA=="}', large])
    assert.deepEqual(decode({}, { timestamp }).timestamps, [new Uint8Array()], timestamp.slice(0, 40));
});
