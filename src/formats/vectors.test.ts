/** Envelopes that notation wrote, and the byte-exact headers of its conformance data. */
import assert from "node:assert/strict";
import { constants, verify, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { digestOf } from "../core/digest.ts";
import { decodeBase64Url } from "../encoding/base64.ts";
import { decodeCbor, encodeCbor } from "../encoding/cbor.ts";
import { decodeJson } from "../encoding/json.ts";
import { notaryCose } from "./notary-cose/format.ts";
import { notaryJws } from "./notary-jws/format.ts";

const folder = fileURLToPath(new URL("../../../shared/vectors/notary/", import.meta.url));

function vector(name: string, check: (bytes: Buffer) => void): void {
  const skip = existsSync(folder + name) ? false : `absent: shared/vectors/notary/${name}`;
  test(`notation's ${name}`, { skip }, () => check(readFileSync(folder + name)));
}

const image = "sha256:19dbd2e48e921426ee8ace4dc892edfb2ecdc1d1a72d5416c83670c30acecef0";
const stamped = "sha256:c0669ef34cdc14332c0f1ab0c2c01acb91d96014b172f1a76f3a39e63d1f0bda";
const envelopes = "verifier/testdata/timestamp/sigEnv";

for (const [name, subject, signingTime, timestamps] of [
  ["internal/testdata/jws_signature.sig", image, "2023-03-14T08:10:02.000Z", 0],
  ["internal/testdata/cose_signature.sig", image, "2023-03-14T04:45:22.000Z", 0],
  [`${envelopes}/coseWithTimestamp.sig`, stamped, "2024-06-18T06:27:11.000Z", 1],
  [`${envelopes}/coseExpiredWithTimestamp.sig`, stamped, "2024-06-18T07:21:07.000Z", 1],
  [`${envelopes}/jwsWithTimestamp.sig`, stamped, "2024-06-18T06:29:33.000Z", 1],
  [`${envelopes}/jwsExpiredWithTimestamp.sig`, stamped, "2024-06-18T07:21:38.000Z", 1],
  [`${envelopes}/timestampBeforeNotBefore.sig`, stamped, "2024-06-19T09:30:11.000Z", 1],
  [`${envelopes}/timestampAfterNotAfter.sig`, stamped, "2024-06-19T09:35:54.000Z", 1],
  [`${envelopes}/withoutTimestamp.sig`, stamped, "2024-06-18T09:08:35.000Z", 0],
] as const) {
  vector(name, (bytes) => {
    const [format, mediaType] =
      bytes[0] === 0xd2 ? ([notaryCose, "application/cose"] as const) : ([notaryJws, "application/jose+json"] as const);
    const signature = format.decode(bytes, mediaType);
    assert.ok(signature);
    assert.equal(signature.claimed.subject.digest, subject);
    assert.equal(signature.claimed.scheme, "notary.x509");
    assert.equal(signature.algorithm, "PS256");
    assert.equal(signature.chain.length, 1);
    assert.equal(signature.timestamps.length, timestamps);
    const { publicKey: key } = new X509Certificate(signature.chain[0] ?? "");
    const salted = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    assert.ok(verify("sha256", signature.signedBytes, salted, signature.value));
    assert.equal(signature.claimed.signingTime?.toISOString(), signingTime);
  });
}

vector("signature/cose/testdata/conformance.json", (bytes) => {
  const data = decodeJson(bytes, { maxBytes: 100_000 }) as Record<string, Record<string, string>>;
  const hex = data["expectedOutput"]?.["cborHex"] ?? "";
  const envelope = Buffer.from(hex, "hex");
  // The same bytes come out of our deterministic encoding, headers and all.
  const headers = Buffer.from(data["protectedHeaders"]?.["cborHex"] ?? "", "hex");
  for (const original of [envelope, headers]) {
    assert.equal(digestOf(encodeCbor(decodeCbor(original, { maxBytes: 100_000 }))), digestOf(original));
  }
  // It marks a made-up header critical, which nobody can claim to understand.
  assert.throws(() => notaryCose.decode(envelope, "application/cose"), { code: "header/critical-unknown", message: /signedCritKey1/ });
});

vector("signature/jws/testdata/conformance.json", (bytes) => {
  const data = decodeJson(bytes, { maxBytes: 100_000 }) as Record<string, string>;
  assert.equal(new TextDecoder().decode(decodeBase64Url(data["payload"] ?? "")), '{"key":"hello JWS"}');
  assert.throws(() => notaryJws.decode(bytes, "application/jose+json"), { code: "header/critical-unknown", message: /signedCritKey1/ });
});
