import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, hash, type KeyObject } from "node:crypto";
import { test } from "node:test";
import { array, assert as holds, nat, property, record, uint8Array } from "fast-check";
import { parseDigest } from "../../core/digest.ts";
import type { SigningRequest } from "../../core/format.ts";
import { keyFingerprint } from "../../core/key-fingerprint.ts";
import { Malformed } from "../../core/malformed.ts";
import type { Signer } from "../../core/signer.ts";
import { preAuthEncoding } from "../../encoding/dsse.ts";
import { signBare, verifyBare } from "../../pki/bare-signature.ts";
import { sigstoreBundle } from "./format.ts";
import { BUNDLE } from "./media-types.ts";

const HEX = "ab".repeat(32);
const STATEMENT = "application/vnd.in-toto+json";
const request: SigningRequest = {
  subject: { mediaType: "application/vnd.oci.image.index.v1+json", digest: parseDigest(`sha256:${HEX}`), size: 1234 },
  annotations: {},
  signingTime: new Date("2026-01-02T03:04:05Z"),
  signingAgent: "countersign/test",
};

function signerOf(privateKey: KeyObject): Signer & { readonly bare: NonNullable<Signer["bare"]> } {
  const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  return {
    chain: [],
    sign: () => Promise.reject(new Error("not asked")),
    bare: { publicKey, sign: async (bytes) => signBare(privateKey, bytes) },
  };
}

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const signer = signerOf(privateKey);

async function signed(change: Partial<SigningRequest> = {}): Promise<Json> {
  return JSON.parse(Buffer.from(await sigstoreBundle.encode({ ...request, ...change }, signer)).toString("utf8")) as Json;
}

type Json = Record<string, unknown> & { verificationMaterial: Record<string, unknown>; dsseEnvelope: Record<string, unknown> };

function decode(bundle: unknown, type = BUNDLE): ReturnType<typeof sigstoreBundle.decode> {
  return sigstoreBundle.decode(Buffer.from(typeof bundle === "string" ? bundle : JSON.stringify(bundle)), type);
}

test("an image signature is the statement that cosign writes, byte for byte", async () => {
  const bundle = await signed({ annotations: { a: "b" } });
  const payload = Buffer.from(String(bundle.dsseEnvelope["payload"]), "base64").toString("utf8");
  assert.equal(
    payload,
    `{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"${HEX}"},"annotations":{"a":"b"}}],` +
      `"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}`,
  );
  assert.deepEqual(Object.keys(bundle), ["mediaType", "verificationMaterial", "dsseEnvelope"]);
  assert.deepEqual(bundle.verificationMaterial, { publicKey: { hint: hash("sha256", signer.bare.publicKey, "base64") } });
});

for (const [name, make] of Object.entries({
  "P-256": () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  "P-384": () => generateKeyPairSync("ec", { namedCurve: "P-384" }),
  "P-521": () => generateKeyPairSync("ec", { namedCurve: "P-521" }),
  "RSA-2048": () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  Ed25519: () => generateKeyPairSync("ed25519"),
})) {
  test(`${name}: what is signed decodes to what was asked, and verifies with its key alone`, async () => {
    const pair = make();
    const own = signerOf(pair.privateKey);
    const signature = sigstoreBundle.decode(await sigstoreBundle.encode({ ...request, annotations: { a: "b" } }, own), BUNDLE);
    assert.ok(signature);
    assert.deepEqual(signature.claimed.subject, { digest: `sha256:${HEX}` });
    assert.deepEqual({ ...signature.claimed.annotations }, { a: "b" });
    assert.equal(signature.claimed.statement, undefined, "it says no more than that it was signed");
    assert.equal(signature.keyHint, keyFingerprint(own.bare.publicKey));
    assert.deepEqual([signature.chain, signature.timestamps, signature.algorithm, signature.logEntries], [[], [], undefined, undefined]);
    const { signedBytes: bytes, value } = signature;
    assert.ok(verifyBare(pair.publicKey, { bytes, value }));
    assert.equal(verifyBare(make().publicKey, { bytes, value }), undefined);
    assert.equal(verifyBare(pair.publicKey, { bytes: Buffer.concat([bytes, Buffer.of(0)]), value }), undefined);
    for (const broken of [new Uint8Array(), value.subarray(1), Buffer.alloc(64), Buffer.alloc(value.length)]) {
      assert.equal(verifyBare(pair.publicKey, { bytes, value: broken }), undefined);
    }
  });
}

test("another statement is signed as it is, with the annotations on each of its subjects", async () => {
  const statement = {
    subjects: [
      { name: "x", digest: { sha256: HEX } },
      { digest: { sha256: "cd".repeat(32) }, annotations: { own: "1" } },
    ],
    predicateType: "https://example.com/p",
    predicate: { x: 1 },
  };
  const decoded = decode(await signed({ statement, annotations: { a: "b" } }));
  assert.equal(decoded?.claimed.statement?.predicateType, "https://example.com/p");
  assert.deepEqual(decoded.claimed.statement.predicate, { x: 1 });
  assert.deepEqual(
    decoded.claimed.statement.subjects.map(({ annotations }) => ({ ...annotations })),
    [{ a: "b" }, { own: "1", a: "b" }],
  );
  // What is said of one subject alone must not be had for another.
  assert.deepEqual({ ...decoded.claimed.annotations }, { a: "b" });
});

test("there is no place for an expiry, and a key that cannot sign by itself signs none", async () => {
  await assert.rejects(sigstoreBundle.encode({ ...request, expiry: new Date("2027-01-01T00:00:00Z") }, signer), { code: "usage/invalid" });
  await assert.rejects(sigstoreBundle.encode(request, { chain: [], sign: signer.sign }), { code: "key/invalid" });
});

test("the predicate of an image signature may be missing, as cosign once left it out", async () => {
  const payload = statementText({ predicate: undefined });
  const decoded = decode(await withPayload(payload));
  assert.ok(decoded);
  assert.equal(decoded.claimed.statement, undefined);
  assert.deepEqual([...decoded.signedBytes], [...preAuthEncoding(STATEMENT, Buffer.from(payload))]);
});

function statementText(change: object): string {
  return JSON.stringify({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: HEX } }],
    predicateType: "https://sigstore.dev/cosign/sign/v1",
    predicate: {},
    ...change,
  });
}

async function withPayload(payload: string): Promise<Json> {
  const bundle = await signed();
  return { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload: Buffer.from(payload).toString("base64") } };
}

async function material(change: object): Promise<object> {
  const bundle = await signed();
  return { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, ...change } };
}

async function envelope(change: object): Promise<object> {
  const bundle = await signed();
  return { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, ...change } };
}

const CERTIFICATE = { rawBytes: "MAA=" };
const signature = { sig: "AA==" };
const many = (count: number, item: unknown): readonly unknown[] => Array.from({ length: count }, () => item);

test("the hint: one that is no digest says nothing, the key id may repeat it, and log entries are counted", async () => {
  const free = decode(await material({ publicKey: { hint: "my key" }, tlogEntries: many(32, {}) }));
  assert.deepEqual([free?.keyHint, free?.logEntries], [undefined, 32]);
  assert.equal(decode(await material({ publicKey: {}, certificate: null }))?.keyHint, undefined);
  const { hint } = (await signed()).verificationMaterial["publicKey"] as { hint: string };
  assert.equal(decode(await envelope({ signatures: [{ ...signature, keyid: hint }] }))?.keyHint, keyFingerprint(signer.bare.publicKey));
});

test("a timestamp is the token within the authority's answer", async () => {
  const token = "3003020105";
  const answer = Buffer.from(`300a${"3003020100"}${token}`, "hex").toString("base64");
  const decoded = decode(await material({ timestampVerificationData: { rfc3161Timestamps: many(32, { signedTimestamp: answer }) } }));
  assert.equal(decoded?.timestamps.length, 32);
  assert.equal(Buffer.from(decoded.timestamps[0] ?? []).toString("hex"), token);
});

for (const [name, code, bundle] of [
  ["a bare public key in place of the hint (GHSA-fx35-mq7g-6g98)", "bundle/invalid", () => material({ publicKey: { rawBytes: "MAA=" } })],
  [
    "a bare public key beside the hint (GHSA-fx35-mq7g-6g98)",
    "bundle/invalid",
    () => material({ publicKey: { hint: "", rawBytes: "MAA=" } }),
  ],
  ["a key and a certificate", "bundle/invalid", () => material({ certificate: CERTIFICATE })],
  ["neither", "bundle/invalid", () => material({ publicKey: undefined })],
  ["a certificate", "bundle/keyless-unsupported", () => material({ publicKey: undefined, certificate: CERTIFICATE })],
  [
    "a chain of certificates",
    "bundle/keyless-unsupported",
    () => material({ publicKey: undefined, x509CertificateChain: { certificates: [CERTIFICATE] } }),
  ],
  ["an empty chain", "bundle/invalid", () => material({ publicKey: undefined, x509CertificateChain: { certificates: [] } })],
  ["a certificate that is no base64", "base64/invalid", () => material({ publicKey: undefined, certificate: { rawBytes: " " } })],
  ["33 log entries (CVE-2024-45395)", "integrity/too-large", () => material({ tlogEntries: many(33, "not even looked at") })],
  [
    "33 timestamps (CVE-2024-45395)",
    "integrity/too-large",
    () => material({ timestampVerificationData: { rfc3161Timestamps: many(33, "not even looked at") } }),
  ],
  [
    "1025 subjects (CVE-2024-45395)",
    "integrity/too-large",
    () => withPayload(statementText({ subject: many(1025, "not even looked at") })),
  ],
  ["a subject that is null (cosign#5016)", "statement/invalid", () => withPayload(statementText({ subject: [null] }))],
  ["no subject", "statement/invalid", () => withPayload(statementText({ subject: [] }))],
  ["no predicate type (CVE-2026-39395)", "statement/invalid", () => withPayload(statementText({ predicateType: undefined }))],
  ["a payload that is no JSON (CVE-2026-39395)", "json/syntax", () => withPayload("{")],
  ["a payload of another kind (CVE-2026-39395)", "statement/invalid", () => withPayload("{}")],
  [
    "a payload with a member twice (CVE-2026-44309)",
    "json/duplicate-member",
    () => withPayload(statementText({}).replace("{", '{"predicateType":"x",')),
  ],
  ["another type of payload", "dsse/payload-type", () => envelope({ payloadType: "application/json" })],
  [
    "a type of payload that is not ASCII (sigstore-js#1657)",
    "dsse/payload-type",
    () => envelope({ payloadType: "application/vnd.in-toto+jsön" }),
  ],
  ["two signatures", "dsse/signatures", () => envelope({ signatures: [signature, signature] })],
  ["no signature", "dsse/signatures", () => envelope({ signatures: [] })],
  ["a key id that is not the hint", "bundle/key-id", () => envelope({ signatures: [{ ...signature, keyid: "other" }] })],
  ["a member that the envelope does not know", "dsse/invalid", () => envelope({ extra: 1 })],
  ["a member that the material does not know", "bundle/invalid", () => material({ extra: 1 })],
  ["a member that the bundle does not know", "bundle/invalid", async () => ({ ...(await signed()), extra: 1 })],
  [
    "a signature of a file",
    "bundle/message-signature",
    async () => ({ ...(await signed()), dsseEnvelope: undefined, messageSignature: {} }),
  ],
  ["a signature of a file beside the statement", "bundle/invalid", async () => ({ ...(await signed()), messageSignature: {} })],
  [
    "version 0.2",
    "bundle/version",
    async () => ({ ...(await signed()), mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.2" }),
  ],
  ["version 0.4", "bundle/version", async () => ({ ...(await signed()), mediaType: "application/vnd.dev.sigstore.bundle.v0.4+json" })],
  ["no version", "bundle/version", async () => ({ ...(await signed()), mediaType: undefined })],
  ["no material", "bundle/invalid", async () => ({ ...(await signed()), verificationMaterial: undefined })],
  ["a list", "bundle/invalid", async () => []],
  ["trailing bytes (CVE-2026-44309)", "json/syntax", async () => `${JSON.stringify(await signed())}{}`],
  ["a byte order mark (CVE-2026-44309)", "json/syntax", async () => `\uFEFF${JSON.stringify(await signed())}`],
] as const) {
  test(`refuses ${name}`, async () => {
    const given = await bundle();
    assert.throws(() => decode(given), { code });
  });
}

test("what is of another media type is somebody else's, and version 0.3 has two of them", async () => {
  assert.equal(decode(await signed(), "application/jose+json"), null);
  const older = "application/vnd.dev.sigstore.bundle+json;version=0.3";
  assert.ok(decode({ ...(await signed()), mediaType: older }, older));
});

test("the bytes that are verified are those received", async () => {
  const payload = ` ${statementText({})} `;
  const decoded = decode(await withPayload(payload));
  assert.ok(decoded);
  assert.deepEqual([...decoded.signedBytes], [...preAuthEncoding(STATEMENT, Buffer.from(payload))]);
  assert.equal(verifyBare(publicKey, { bytes: decoded.signedBytes, value: decoded.value }), undefined);
});

test("however a bundle is changed, it ends in a finding or in a signature that says the same", async () => {
  const original = Buffer.from(JSON.stringify(await signed({ annotations: { a: "b" } })));
  const whole = sigstoreBundle.decode(original, BUNDLE);
  assert.ok(whole);
  const change = record({ at: nat(original.length - 1), byte: nat(255), cut: nat(3), more: uint8Array({ maxLength: 3 }) });
  holds(
    property(array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      let bytes: Uint8Array = original;
      for (const { at, byte, cut, more } of changes) {
        bytes = Buffer.concat([bytes.subarray(0, at), more, Buffer.of(byte), bytes.subarray(at + cut)]);
      }
      let decoded: ReturnType<typeof sigstoreBundle.decode>;
      try {
        decoded = sigstoreBundle.decode(bytes, BUNDLE);
      } catch (error) {
        assert.ok(error instanceof Malformed, String(error));
        return;
      }
      assert.ok(decoded);
      const isVerified = verifyBare(publicKey, { bytes: decoded.signedBytes, value: decoded.value }) !== undefined;
      if (isVerified) assert.deepEqual(decoded.claimed, whole.claimed);
    }),
    { numRuns: 3_000 },
  );
});
