import assert from "node:assert/strict";
import { test } from "node:test";
import { IDENTITY, type Json, statement } from "../../../tests/fixtures/policy-statement.ts";
import { causesOf, CountersignError } from "../../core/errors.ts";
import type { Policy } from "../../core/policy.ts";
import { decodeNotaryPolicy } from "./document.ts";

function decode(document: unknown): Policy {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  return decodeNotaryPolicy(new TextEncoder().encode(text), { source: "trustpolicy.json" });
}

function without(member: string): Json {
  const { [member]: _, ...rest } = statement();
  return rest;
}

function refusal(member: string, state?: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof CountersignError, String(error));
    assert.equal(error.code, "policy/invalid");
    assert.match(error.message, /^Cannot use policy "trustpolicy\.json": /);
    assert.equal(error.detail["member"], member, error.message);
    assert.ok(error.message.includes(member), error.message);
    if (state !== undefined) assert.match(error.message, state);
    return true;
  };
}

const skip = { level: "skip" };
const FAULTS: readonly (readonly [fault: string, document: unknown, member: string, state: RegExp])[] = [
  ["no object", [], "the document", /is a list, and must be an object/],
  ["no version", { trustPolicies: [statement()] }, "version", /is missing; allowed: 1\.0/],
  ["empty version", { version: "", trustPolicies: [statement()] }, "version", /is empty; allowed: 1\.0/],
  ["other version", { version: "2.0", trustPolicies: [statement()] }, "version", /is "2\.0"; allowed: 1\.0/],
  ["version as number", { version: 1, trustPolicies: [statement()] }, "version", /is 1; allowed/],
  ["no statements", { version: "1.0" }, "trustPolicies", /missing or empty/],
  ["zero statements", { version: "1.0", trustPolicies: [] }, "trustPolicies", /missing or empty/],
  ["statements no list", { version: "1.0", trustPolicies: {} }, "trustPolicies", /must be a list/],
  ["statement no object", { version: "1.0", trustPolicies: ["x"] }, "trustPolicies[0]", /must be an object/],
  [
    "case variant in the document",
    { version: "1.0", trustPolicies: [statement()], TrustPolicies: [] },
    "the document",
    /differs only in case/,
  ],
  ["case variant in a statement", one({ TrustedIdentities: ["*"] }), "trustPolicies[0]", /differs only in case/],
  [
    "case variant in the verification",
    one({ signatureVerification: { level: "strict", Level: "skip" } }),
    "trustPolicies[0].signatureVerification",
    /differs only in case/,
  ],
  ["no name", { version: "1.0", trustPolicies: [without("name")] }, "trustPolicies[0].name", /is missing/],
  ["empty name", one({ name: "" }), "trustPolicies[0].name", /is empty/],
  [
    "same name",
    { version: "1.0", trustPolicies: [statement(), statement({ registryScopes: ["a.example/b"] })] },
    "trustPolicies[1].name",
    /so is that of trustPolicies\[0\]/,
  ],
  ["no scopes", one({ registryScopes: [] }), "trustPolicies[0].registryScopes", /missing or empty/],
  [
    "scopes left out",
    { version: "1.0", trustPolicies: [without("registryScopes")] },
    "trustPolicies[0].registryScopes",
    /missing or empty/,
  ],
  ["empty scope", one({ registryScopes: [""] }), "trustPolicies[0].registryScopes[0]", /is empty/],
  ["* and another scope", one({ registryScopes: ["a.example/b", "*"] }), "trustPolicies[0].registryScopes[1]", /stands alone/],
  [
    "scope twice in a statement",
    one({ registryScopes: ["a.example/b", "A.example/b"] }),
    "trustPolicies[0].registryScopes[1]",
    /so is trustPolicies\[0\]\.registryScopes\[0\]/,
  ],
  [
    "scope in two statements",
    { version: "1.0", trustPolicies: [statement(), statement({ name: "two" })] },
    "trustPolicies[1].registryScopes[0]",
    /may occur once/,
  ],
  [
    "* in two statements",
    { version: "1.0", trustPolicies: [statement({ registryScopes: ["*"] }), statement({ name: "two", registryScopes: ["*"] })] },
    "trustPolicies[1].registryScopes[0]",
    /may occur once/,
  ],
  [
    "no verification",
    { version: "1.0", trustPolicies: [without("signatureVerification")] },
    "trustPolicies[0].signatureVerification",
    /is missing/,
  ],
  [
    "verification no object",
    one({ signatureVerification: "strict" }),
    "trustPolicies[0].signatureVerification",
    /is "strict", and must be an object/,
  ],
  [
    "no level",
    one({ signatureVerification: {} }),
    "trustPolicies[0].signatureVerification.level",
    /is missing; allowed: strict, permissive, audit, skip/,
  ],
  [
    "unknown level",
    one({ signatureVerification: { level: "invalid" } }),
    "trustPolicies[0].signatureVerification.level",
    /is "invalid"; allowed/,
  ],
  [
    "level in other case",
    one({ signatureVerification: { level: "Strict" } }),
    "trustPolicies[0].signatureVerification.level",
    /is "Strict"; allowed/,
  ],
  [
    "level of the prototype",
    one({ signatureVerification: { level: "constructor" } }),
    "trustPolicies[0].signatureVerification.level",
    /is "constructor"; allowed/,
  ],
  [
    "timestamp option",
    one({ signatureVerification: { level: "strict", verifyTimestamp: "never" } }),
    "trustPolicies[0].signatureVerification.verifyTimestamp",
    /allowed: always, afterCertExpiry/,
  ],
  [
    "timestamp option with skip",
    one({ signatureVerification: { level: "skip", verifyTimestamp: "never" }, trustStores: [], trustedIdentities: [] }),
    "trustPolicies[0].signatureVerification.verifyTimestamp",
    /allowed/,
  ],
  [
    "override integrity",
    one({ signatureVerification: { level: "permissive", override: { integrity: "enforce" } } }),
    "trustPolicies[0].signatureVerification.override.integrity",
    /cannot be overridden; allowed: authenticity, authenticTimestamp, expiry, revocation/,
  ],
  [
    "override an unknown check",
    one({ signatureVerification: { level: "strict", override: { invalid: "log" } } }),
    "trustPolicies[0].signatureVerification.override.invalid",
    /cannot be overridden/,
  ],
  [
    "override in other case",
    one({ signatureVerification: { level: "strict", override: { Expiry: "log" } } }),
    "trustPolicies[0].signatureVerification.override.Expiry",
    /cannot be overridden/,
  ],
  [
    "override the prototype",
    '{"version":"1.0","trustPolicies":[{"name":"a","signatureVerification":{"level":"strict","override":{"__proto__":"log"}}}]}',
    "trustPolicies[0].signatureVerification.override.__proto__",
    /cannot be overridden/,
  ],
  [
    "override with an unknown action",
    one({ signatureVerification: { level: "strict", override: { authenticity: "invalid" } } }),
    "trustPolicies[0].signatureVerification.override.authenticity",
    /is "invalid"; allowed: enforce, log/,
  ],
  ...["authenticity", "authenticTimestamp", "expiry"].map((check): (typeof FAULTS)[number] => [
    `skip ${check}`,
    one({ signatureVerification: { level: "strict", override: { [check]: "skip" } } }),
    `trustPolicies[0].signatureVerification.override.${check}`,
    /is "skip"; allowed: enforce, log$/,
  ]),
  [
    "override no object",
    one({ signatureVerification: { level: "strict", override: ["expiry"] } }),
    "trustPolicies[0].signatureVerification.override",
    /must be an object/,
  ],
  [
    "override skip",
    one({ signatureVerification: { level: "skip", override: { authenticity: "log" } }, trustStores: [], trustedIdentities: [] }),
    "trustPolicies[0].signatureVerification.override",
    /because the level is skip/,
  ],
  [
    "skip with stores",
    one({ signatureVerification: skip, trustedIdentities: [] }),
    "trustPolicies[0].trustStores",
    /because the level is skip/,
  ],
  [
    "skip with identities",
    one({ signatureVerification: skip, trustStores: [] }),
    "trustPolicies[0].trustedIdentities",
    /because the level is skip/,
  ],
  ["no stores", one({ trustStores: [] }), "trustPolicies[0].trustStores", /missing or empty/],
  ["stores no list", one({ trustStores: "ca:acme" }), "trustPolicies[0].trustStores", /must be a list/],
  ["empty store", one({ trustStores: [""] }), "trustPolicies[0].trustStores[0]", /is empty/],
  ["store no text", one({ trustStores: [7] }), "trustPolicies[0].trustStores[0]", /is 7/],
  ["store without colon", one({ trustStores: ["ca:acme", "ca"] }), "trustPolicies[0].trustStores[1]", /"ca" is not TYPE:NAME/],
  ["store *", one({ trustStores: ["*"] }), "trustPolicies[0].trustStores[0]", /"\*" is not TYPE:NAME/],
  ["store type", one({ trustStores: ["invalid:acme"] }), "trustPolicies[0].trustStores[0]", /there are ca, signingAuthority, tsa/],
  ["store type in other case", one({ trustStores: ["CA:acme"] }), "trustPolicies[0].trustStores[0]", /"CA" is no type/],
  ["store without name", one({ trustStores: ["ca:"] }), "trustPolicies[0].trustStores[0]", /"" is no name/],
  ["store that leaves the folder", one({ trustStores: ["ca:.."] }), "trustPolicies[0].trustStores[0]", /"\.\." is no name/],
  ["store with a slash", one({ trustStores: ["ca:../../etc"] }), "trustPolicies[0].trustStores[0]", /is no name/],
  ["no identities", one({ trustedIdentities: [] }), "trustPolicies[0].trustedIdentities", /missing or empty/],
  ["empty identity", one({ trustedIdentities: [""] }), "trustPolicies[0].trustedIdentities[0]", /is empty/],
  ["* and another identity", one({ trustedIdentities: [IDENTITY, "*"] }), "trustPolicies[0].trustedIdentities[1]", /stands alone/],
  [
    "identity without colon",
    one({ trustedIdentities: ["x509.subject CN=e2e,O=Notary,L=Seattle,ST=WA,C=US"] }),
    "trustPolicies[0].trustedIdentities[0]",
    /an identity is/,
  ],
  ["identity without value", one({ trustedIdentities: ["x509.subject:"] }), "trustPolicies[0].trustedIdentities[0]", /is not TYPE=VALUE/],
  [
    "identity without O",
    one({ trustedIdentities: ["x509.subject: CN=e2e,L=Seattle,ST=WA,C=US"] }),
    "trustPolicies[0].trustedIdentities[0]",
    /O is missing/,
  ],
  [
    "identity overlapped by one that follows",
    one({ trustedIdentities: ["x509.subject:C=US,ST=WA,O=A,X=Y", "x509.subject:C=US,ST=WA,O=A"] }),
    "trustPolicies[0].trustedIdentities[1]",
    /overlaps with entry 0/,
  ],
  [
    "identity twice",
    one({ trustedIdentities: ["x509.subject:C=US,ST=WA,O=A", "x509.subject:O=A,S=WA,C=US"] }),
    "trustPolicies[0].trustedIdentities[0]",
    /overlaps with entry 1/,
  ],
];

function one(changes: Json): unknown {
  return { version: "1.0", trustPolicies: [statement(changes)] };
}

test("every fault is refused with the path to it, what was found and what is allowed", () => {
  for (const [fault, document, member, state] of FAULTS) {
    assert.throws(() => decode(document), refusal(member, state), fault);
  }
});

test("scopes by the grammar of references", () => {
  const good = [
    "*",
    "example.com/rep",
    "example.com:8080/rep/rep2",
    "example.com/rep/subrep/subsub",
    "10.10.10.10:8080/rep/rep2",
    "domain/rep",
    "domain:1234/a__b/c--d.e_f",
    "[::1]:5000/rep",
  ];
  for (const scope of good) assert.equal(decode(one({ registryScopes: [scope] })).select(scope).kind, "gate", scope);
  const bad = [
    "1:1",
    "a,b",
    "abcd",
    "1111",
    "example.com/rep:tag",
    "example.com/rep/sub:latest",
    "example.com",
    "rep/rep2:latest",
    "10.10.10.10",
    "localhost:5000\\test-repo",
    "https://example.com/rep",
    "example.com/Rep",
    "example.com/",
    "/rep",
    "example.com//rep",
    "-a/rep",
    "example.com/rep@sha256:00",
    "example.com/*",
    "*/",
    "example*/",
    "ex*test",
    "**",
    `example.com/${"a".repeat(600)}`,
  ];
  for (const scope of bad)
    assert.throws(() => decode(one({ registryScopes: [scope] })), refusal("trustPolicies[0].registryScopes[0]"), scope);
});

test("what is not strict JSON is refused with the cause", () => {
  const documents: readonly (readonly [text: string, code: string])[] = [
    ['{"version":"1.0",}', "json/syntax"],
    ['{"version":"1.0"} {}', "json/syntax"],
    ['{"version":"1.0","version":"1.0"}', "json/duplicate-member"],
    ['{"version":"1.0","\\u0076ersion":"1.0"}', "json/duplicate-member"],
    [`${"[".repeat(65)}${"]".repeat(65)}`, "json/depth"],
  ];
  for (const [text, code] of documents) {
    assert.throws(
      () => decode(text),
      (error) => error instanceof CountersignError && error.code === "policy/invalid" && (error.cause as { code?: unknown }).code === code,
      text.slice(0, 40),
    );
  }
});

function refused(text: string, expected: RegExp): void {
  assert.throws(
    () => decode(text),
    (error) => error instanceof CountersignError && expected.test(`${error.message} ${causesOf(error).join(" ")}`),
  );
}

test("a mistyped member is named where the right one is missed, and the place in broken JSON is told", () => {
  const { registryScopes, ...rest } = statement();
  refused(
    JSON.stringify({ version: "1.0", trustPolicies: [{ ...rest, registryScope: registryScopes }] }),
    /registryScopes is missing .*there is "registryScope"/,
  );
  refused('{\n  "version": "1.0",\n}', /line 3, column 1: a member's name/);
  refused('{\n  "version": "1.0",\n  "version": "1.0"\n}', /"version" twice: line 3, column 3/);
});
