import assert from "node:assert/strict";
import { test } from "node:test";
import { CountersignError } from "../../core/errors.ts";
import type { FindingCode } from "../../core/finding.ts";
import { jwsSyntax } from "../notary-jws/syntax.ts";
import { type Label, readProtectedHeaders, writeProtectedHeaders } from "./headers.ts";

const SCHEME = "io.cncf.notary.signingScheme";
const TIME = "io.cncf.notary.signingTime";
const AUTHENTIC = "io.cncf.notary.authenticSigningTime";
const EXPIRY = "io.cncf.notary.expiry";
const PLUGIN = "io.cncf.notary.verificationPlugin";

const signer: Readonly<Record<string, unknown>> = {
  alg: "ES256",
  crit: [SCHEME],
  cty: "application/vnd.cncf.notary.payload.v1+json",
  [SCHEME]: "notary.x509",
  [TIME]: "2026-01-02T03:04:05Z",
};
const { [TIME]: _, ...rest } = signer;
const authority = {
  ...rest,
  crit: [SCHEME, AUTHENTIC],
  [SCHEME]: "notary.x509.signingAuthority",
  [AUTHENTIC]: "2026-01-02T03:04:05Z",
};

/** Members set to `undefined` are left out. */
function read(headers: Readonly<Record<string, unknown>>): ReturnType<typeof readProtectedHeaders> {
  return readProtectedHeaders(new Map(Object.entries(headers).filter(([, value]) => value !== undefined)), jwsSyntax);
}

test("both schemes are read, with and without expiry", () => {
  const time = new Date("2026-01-02T03:04:05Z");
  assert.deepEqual(read(signer), { algorithm: "ES256", scheme: "notary.x509", timeScheme: "signer", signingTime: time });
  assert.deepEqual(read({ ...authority, crit: [SCHEME, AUTHENTIC, EXPIRY], [EXPIRY]: "2026-01-02T03:04:06Z" }), {
    algorithm: "ES256",
    scheme: "notary.x509.signingAuthority",
    timeScheme: "authority",
    signingTime: time,
    expiry: new Date("2026-01-02T03:04:06Z"),
  });
});

test("a header that nobody calls critical is passed over, and a critical signing time is understood", () => {
  assert.doesNotThrow(() => read({ ...signer, "com.example.note": { any: ["thing"] } }));
  assert.doesNotThrow(() => read({ ...signer, crit: [SCHEME, TIME] }));
});

const FAULTS: readonly (readonly [fault: string, code: FindingCode, headers: Readonly<Record<string, unknown>>])[] = [
  ["no crit", "header/critical-missing", { ...signer, crit: undefined }],
  ["an empty crit", "header/critical-missing", { ...signer, crit: [] }],
  ["crit that is no list", "header/type", { ...signer, crit: SCHEME }],
  ["crit with something other than names", "header/type", { ...signer, crit: [SCHEME, null] }],
  ["crit with a name twice", "header/critical-duplicate", { ...signer, crit: [SCHEME, SCHEME] }],
  ["crit with a registered name", "header/critical-forbidden", { ...signer, crit: [SCHEME, "alg"] }],
  ["crit with an absent header", "header/critical-absent", { ...signer, crit: [SCHEME, EXPIRY] }],
  ["a critical header that is unknown", "header/critical-unknown", { ...signer, crit: [SCHEME, "x"], x: 1 }],
  ["a scheme that is not critical", "header/critical-required", { ...signer, crit: [TIME] }],
  ["an expiry that is not critical", "header/critical-required", { ...signer, [EXPIRY]: "2027-01-01T00:00:00Z" }],
  ["an authentic time that is not critical", "header/critical-required", { ...authority, crit: [SCHEME] }],
  ["a plugin that is not critical", "header/critical-required", { ...signer, [PLUGIN]: "p" }],
  ["a plugin", "header/plugin", { ...signer, crit: [SCHEME, PLUGIN], [PLUGIN]: "p" }],
  ["a plugin version alone", "header/plugin", { ...signer, crit: [SCHEME, `${PLUGIN}MinVersion`], [`${PLUGIN}MinVersion`]: "1.0.0" }],
  ["no algorithm", "header/missing", { ...signer, alg: undefined }],
  ["the algorithm none", "header/algorithm", { ...signer, alg: "none" }],
  ["an HMAC", "header/algorithm", { ...signer, alg: "HS256" }],
  ["PKCS #1 v1.5", "header/algorithm", { ...signer, alg: "RS256" }],
  ["an algorithm in lower case", "header/algorithm", { ...signer, alg: "es256" }],
  ["no content type", "header/missing", { ...signer, cty: undefined }],
  ["another content type", "header/content-type", { ...signer, cty: "application/json" }],
  ["no scheme", "header/missing", { ...signer, crit: [TIME], [SCHEME]: undefined }],
  ["a scheme that is no text", "header/type", { ...signer, [SCHEME]: 1 }],
  ["an unknown scheme", "header/scheme", { ...signer, [SCHEME]: "notary.x509.other" }],
  ["no signing time", "header/missing", { ...signer, [TIME]: undefined }],
  ["no authentic time", "header/missing", { ...authority, crit: [SCHEME], [AUTHENTIC]: undefined }],
  ["both times, signer", "header/forbidden", { ...signer, crit: [SCHEME, AUTHENTIC], [AUTHENTIC]: signer[TIME] }],
  ["both times, authority", "header/forbidden", { ...authority, [TIME]: signer[TIME] }],
  ["a time that is no text", "header/time-format", { ...signer, [TIME]: 1 }],
  ["an expiry that is null", "header/time-format", { ...signer, crit: [SCHEME, EXPIRY], [EXPIRY]: null }],
  ["an expiry at the signing time", "header/expiry-order", { ...signer, crit: [SCHEME, EXPIRY], [EXPIRY]: signer[TIME] }],
  [
    "an expiry before the signing time",
    "header/expiry-order",
    { ...authority, crit: [SCHEME, AUTHENTIC, EXPIRY], [EXPIRY]: "2020-01-01T00:00:00Z" },
  ],
];

for (const [fault, code, headers] of FAULTS) {
  test(`refused: ${fault}`, () => assert.throws(() => read(headers), { name: "Malformed", code }));
}

test("a hostile scheme is shown with its control characters escaped", () => {
  assert.throws(() => read({ ...signer, [SCHEME]: "\u{1b}[2J\u{202e}" }), { message: /"\\u\{1b\}\[2J\\u\{202e\}"/ });
});

test("what is written has whole seconds and reads back", () => {
  const request = {
    subject: { mediaType: "a/b", digest: "sha256:0" as never, size: 1 },
    annotations: {},
    signingTime: new Date("2026-01-02T03:04:05.999Z"),
    expiry: new Date("2026-01-02T03:04:06.001Z"),
    signingAgent: "test",
  };
  const written: ReadonlyMap<Label, unknown> = writeProtectedHeaders(request, "PS512", jwsSyntax);
  assert.deepEqual(readProtectedHeaders(written, jwsSyntax), {
    algorithm: "PS512",
    scheme: "notary.x509",
    timeScheme: "signer",
    signingTime: new Date("2026-01-02T03:04:05Z"),
    expiry: new Date("2026-01-02T03:04:06Z"),
  });
  assert.throws(
    () => writeProtectedHeaders({ ...request, expiry: new Date("2026-01-02T03:04:05.999Z") }, "PS512", jwsSyntax),
    (error) => error instanceof CountersignError && error.code === "usage/invalid",
  );
});
