import assert from "node:assert/strict";
import { constants, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { test } from "node:test";
import { ALGORITHMS, algorithmRow, type SignatureAlgorithm } from "../core/algorithm.ts";
import { parseDigest } from "../core/digest.ts";
import type { SigningRequest } from "../core/format.ts";
import type { Signer } from "../core/signer.ts";
import { FORMATS } from "./table.ts";

const request: SigningRequest = {
  subject: { mediaType: "application/vnd.oci.image.index.v1+json", digest: parseDigest(`sha256:${"ab".repeat(32)}`), size: 1234 },
  annotations: { "build.id": "7", odd: '<&>"\u{1f600}', __proto__x: "y" },
  signingTime: new Date("2026-01-02T03:04:05.678Z"),
  expiry: new Date("2027-01-02T03:04:05Z"),
  signingAgent: "countersign/test",
};
/** Not certificates: decoding does not look into them. */
const chain = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5)];

function keyPair(algorithm: SignatureAlgorithm): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  const { key } = algorithmRow(algorithm);
  return key.type === "rsa"
    ? generateKeyPairSync("rsa", { modulusLength: key.bits })
    : generateKeyPairSync("ec", { namedCurve: key.curve });
}

/** What both signing and verifying must say: salt as long as the hash, r‖s. */
function parameters(key: KeyObject): { key: KeyObject; padding?: number; saltLength?: number; dsaEncoding?: "ieee-p1363" } {
  return key.asymmetricKeyType === "rsa"
    ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : { key, dsaEncoding: "ieee-p1363" };
}

/** What follows is said in the Notary Project's envelopes; bundles have a test of their own. */
const NOTARY = FORMATS.filter(({ needsCertificate }) => needsCertificate);

for (const { name: algorithm, hash } of ALGORITHMS) {
  const { privateKey, publicKey } = keyPair(algorithm);
  const signer: Signer = { algorithm, chain, sign: async (bytes) => sign(hash, bytes, parameters(privateKey)) };
  for (const row of NOTARY) {
    test(`${row.name} with ${algorithm}: what is signed decodes to what was asked, and its bytes verify`, async () => {
      const format = await row.load();
      const [mediaType = ""] = row.mediaTypes;
      const signature = format.decode(await format.encode(request, signer), mediaType);
      assert.ok(signature);
      const { annotations, ...claimed } = signature.claimed;
      assert.deepEqual({ ...annotations }, request.annotations);
      assert.deepEqual(claimed, {
        subject: request.subject,
        scheme: "notary.x509",
        timeScheme: "signer",
        signingTime: new Date("2026-01-02T03:04:05Z"),
        expiry: request.expiry,
        signingAgent: "countersign/test",
      });
      assert.equal(signature.algorithm, algorithm);
      assert.deepEqual(
        signature.chain.map((certificate) => [...certificate]),
        [
          [1, 2, 3],
          [4, 5],
        ],
      );
      assert.ok(verify(hash, signature.signedBytes, parameters(publicKey), signature.value));
    });
  }
}

for (const row of NOTARY) {
  test(`${row.name}: without expiry and metadata, neither is written`, async () => {
    const { expiry: _, ...withoutExpiry } = request;
    const format = await row.load();
    const signer: Signer = { algorithm: "ES256", chain, sign: async () => new Uint8Array(64) };
    const signature = format.decode(await format.encode({ ...withoutExpiry, annotations: {} }, signer), row.mediaTypes[0] ?? "");
    assert.equal(signature?.claimed.expiry, undefined);
    assert.deepEqual(signature?.claimed.annotations, {});
  });
}

for (const row of NOTARY) {
  test(`${row.name}: a key without certificates signs none`, async () => {
    const { encode } = await row.load();
    const signer: Signer = { algorithm: "ES256", chain: [], sign: async () => new Uint8Array(64) };
    await assert.rejects(encode(request, signer), { code: "key/certificate" });
  });
}
