import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { FindingCode } from "../../core/finding.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import type { Signature } from "../../core/signature.ts";
import { encodeBase64Url } from "../../encoding/base64.ts";
import { notaryJws } from "./format.ts";

const SCHEME = "io.cncf.notary.signingScheme";
const TIME = "io.cncf.notary.signingTime";
const TIMESTAMP = "io.cncf.notary.timestampSignature";
const AGENT = "io.cncf.notary.signingAgent";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const part = (value: unknown): string => encodeBase64Url(utf8(typeof value === "string" ? value : JSON.stringify(value)));

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const protectedHeader = {
  alg: "PS256",
  crit: [SCHEME],
  cty: "application/vnd.cncf.notary.payload.v1+json",
  [SCHEME]: "notary.x509",
  [TIME]: "2026-01-02T03:04:05Z",
};
const jws = {
  payload: part({ targetArtifact: { mediaType: "a/b", digest, size: 1 } }),
  protected: part(protectedHeader),
  header: { x5c: ["AQID", "BAUG"], [TIMESTAMP]: "Bw==", [AGENT]: "someone/1" } as Readonly<Record<string, unknown>>,
  signature: "CAkK",
};

function decode(document: unknown): Signature | null {
  return notaryJws.decode(typeof document === "string" ? utf8(document) : utf8(JSON.stringify(document)), "application/jose+json");
}

function refuses(document: unknown, code: FindingCode): void {
  assert.throws(() => decode(document), { name: "Malformed", code });
}

test("an envelope is decoded to what it claims and the bytes that count", () => {
  assert.deepEqual(decode(jws), {
    claimed: {
      subject: { mediaType: "a/b", digest, size: 1 },
      annotations: {},
      scheme: "notary.x509",
      timeScheme: "signer",
      signingTime: new Date("2026-01-02T03:04:05Z"),
      signingAgent: "someone/1",
    },
    signedBytes: utf8(`${jws.protected}.${jws.payload}`),
    algorithm: "PS256",
    value: Uint8Array.of(8, 9, 10),
    chain: [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)],
    timestamps: [Uint8Array.of(7)],
  });
});

test("another media type is not mine", () => assert.equal(notaryJws.decode(utf8("junk"), "application/cose"), null));

test("unprotected members that are unknown, and a strange signing agent, are passed over", () => {
  const signature = decode({ ...jws, header: { x5c: ["AQID"], "com.example": 1, [AGENT]: 7 } });
  assert.equal(signature?.claimed.signingAgent, undefined);
  assert.deepEqual(signature?.timestamps, []);
});

const FAULTS: readonly (readonly [fault: string, code: FindingCode, document: unknown])[] = [
  ["no JSON", "json/syntax", "eyJ.eyJ.AA"],
  ["trailing garbage", "json/syntax", `${JSON.stringify(jws)}x`],
  ["a list", "jws/member-missing", [jws]],
  ["no payload", "jws/member-missing", { ...jws, payload: undefined }],
  ["no protected header", "jws/member-missing", { ...jws, protected: undefined }],
  ["no signature", "jws/member-missing", { ...jws, signature: undefined }],
  ["no header", "jws/member-missing", { ...jws, header: undefined }],
  ["a header that is text", "jws/member-missing", { ...jws, header: "x" }],
  ["a signature that is null", "jws/member-missing", { ...jws, signature: null }],
  ["one more member", "jws/member-unknown", { ...jws, extra: 1 }],
  ["the general form", "jws/member-unknown", { ...jws, signatures: [] }],
  ["a case variant", "json/case-variant", { ...jws, Payload: jws.payload }],
  ["a member twice", "json/duplicate-member", JSON.stringify(jws).replace("{", '{"signature":"AA",')],
  ["a padded payload", "base64/invalid", { ...jws, payload: `${jws.payload}=` }],
  ["a padded signature", "base64/invalid", { ...jws, signature: "CAk=" }],
  ["a signature in the other alphabet", "base64/invalid", { ...jws, signature: "+/+/" }],
  ["a protected header in the other alphabet", "base64/invalid", { ...jws, protected: `${jws.protected}+` }],
  ["a protected header that is no JSON", "json/syntax", { ...jws, protected: part("{") }],
  ["a protected header that is a list", "header/type", { ...jws, protected: part([]) }],
  ["a protected member twice", "json/duplicate-member", { ...jws, protected: part('{"alg":"PS256","alg":"PS256"}') }],
  ["a protected case variant", "json/case-variant", { ...jws, protected: part({ ...protectedHeader, Alg: "PS256" }) }],
  ["an unprotected case variant", "json/case-variant", { ...jws, header: { x5c: ["AQID"], X5C: ["AQID"] } }],
  ["a header in both places", "jws/header-twice", { ...jws, header: { ...jws.header, alg: "PS256" } }],
  ["no chain", "chain/empty", { ...jws, header: {} }],
  ["an empty chain", "chain/empty", { ...jws, header: { x5c: [] } }],
  ["a chain that is text", "header/type", { ...jws, header: { x5c: "AQID" } }],
  ["a chain of numbers", "header/type", { ...jws, header: { x5c: [1] } }],
  ["a line break in x5c", "base64/invalid", { ...jws, header: { x5c: ["AQ\nID"] } }],
  ["eleven certificates", "chain/too-long", { ...jws, header: { x5c: Array.from({ length: 11 }, () => "AQID") } }],
  ["a huge certificate", "integrity/too-large", { ...jws, header: { x5c: ["A".repeat(4 * 30_000)] } }],
  ["a timestamp that is a number", "header/type", { ...jws, header: { ...jws.header, [TIMESTAMP]: 1 } }],
  ["an empty timestamp", "header/type", { ...jws, header: { ...jws.header, [TIMESTAMP]: "" } }],
  ["a timestamp in base64url", "base64/invalid", { ...jws, header: { ...jws.header, [TIMESTAMP]: "-_-_" } }],
  ["a payload that names nothing", "payload/invalid", { ...jws, payload: part({}) }],
];

for (const [fault, code, document] of FAULTS) {
  test(`refused: a JWS with ${fault}`, () => refuses(document, code));
}

test("megabytes of dots in any field are refused, and larger envelopes unread", () => {
  const dots = ".".repeat(3_000_000);
  for (const name of ["payload", "protected", "signature"]) refuses({ ...jws, [name]: dots }, "base64/invalid");
  refuses({ ...jws, header: { x5c: [dots] } }, "base64/invalid");
  refuses({ ...jws, header: { x5c: Array.from({ length: 800_000 }, () => "A") } }, "base64/invalid");
  refuses(" ".repeat(LIMITS.notaryEnvelopeBytes + 1), "integrity/too-large");
});

test("one changed character gives a signature or a refusal", () => {
  const text = JSON.stringify(jws);
  fc.assert(
    fc.property(fc.nat({ max: text.length - 1 }), fc.string({ minLength: 0, maxLength: 2 }), (at, replacement) => {
      try {
        decode(text.slice(0, at) + replacement + text.slice(at + 1));
      } catch (error) {
        assert.ok(error instanceof Malformed, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test("any members give a signature or a refusal", () => {
  const names = [...Object.keys(protectedHeader), "io.cncf.notary.expiry", "io.cncf.notary.authenticSigningTime"];
  const change = fc.dictionary(fc.constantFrom(...names), fc.jsonValue(), { noNullPrototype: true });
  const header = fc.dictionary(fc.constantFrom("x5c", TIMESTAMP, AGENT), fc.jsonValue(), { noNullPrototype: true });
  fc.assert(
    fc.property(change, header, (protectedChange, headerChange) => {
      try {
        decode({ ...jws, protected: part({ ...protectedHeader, ...protectedChange }), header: { ...jws.header, ...headerChange } });
      } catch (error) {
        assert.ok(error instanceof Malformed, String(error));
      }
    }),
  );
});
