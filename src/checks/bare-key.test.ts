/** Signatures without a certificate: only a key that the policy has can show whose they are. */
import assert from "node:assert/strict";
import { constants, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { test } from "node:test";
import type { CheckContext } from "../core/check.ts";
import { digestHex, digestOf } from "../core/digest.ts";
import type { Finding } from "../core/finding.ts";
import { keyFingerprint } from "../core/key-fingerprint.ts";
import type { Member, SignatureRules } from "../core/policy.ts";
import type { Claims, Signature } from "../core/signature.ts";
import { NO_POLICY } from "../judging/self-check.ts";
import { signBare } from "../pki/bare-signature.ts";
import { decideSignature } from "../policy/gate-view.ts";
import { actionsOf, LEVELS } from "../policy/notary/levels.ts";
import { CHECKS } from "./table.ts";

const SUBJECT = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: digestOf(new Uint8Array([1])), size: 528 };
const BYTES = Buffer.from("what was signed");

interface Owner {
  readonly privateKey: KeyObject;
  readonly publicKey: Uint8Array;
  readonly fingerprint: string;
}

function owner({ privateKey, publicKey }: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }): Owner {
  const spki = publicKey.export({ type: "spki", format: "der" });
  return { privateKey, publicKey: spki, fingerprint: keyFingerprint(spki) };
}

const curve = (namedCurve: string): Owner => owner(generateKeyPairSync("ec", { namedCurve }));
const CI = curve("P-256");
const OTHER = curve("P-256");
const ED = owner(generateKeyPairSync("ed25519"));

function signature({
  by = CI,
  hint,
  value,
  claimed = {},
}: {
  readonly by?: Owner;
  readonly hint?: string;
  readonly value?: Uint8Array;
  readonly claimed?: Partial<Claims>;
} = {}): Signature {
  return {
    claimed: { subject: { digest: SUBJECT.digest }, timeScheme: "signer", scheme: "DSSEv1", annotations: {}, ...claimed },
    signedBytes: BYTES,
    value: value ?? signBare(by.privateKey, BYTES),
    chain: [],
    ...(hint === undefined ? {} : { keyHint: hint }),
    timestamps: [],
  };
}

/** Somebody whom the policy knows by keys, as a whole or by their fingerprints alone. */
function member(name: string, owners: readonly Owner[], { whole = true, isOfProduct = true } = {}): Member {
  const identities = owners.map(({ fingerprint, publicKey }) => ({ kind: "key", fingerprint, ...(whole ? { publicKey } : {}) }) as const);
  return { name, kind: "machine", identities, isOfProduct };
}

function rulesFor(members: readonly Member[], rules: Partial<SignatureRules> = {}): SignatureRules {
  return {
    actions: actionsOf(LEVELS.strict),
    trustStores: [],
    signers: { kind: "members", members },
    verifyTimestamp: "always",
    ...rules,
  };
}

function runAll(signed: Signature, rules: SignatureRules): readonly Finding[] {
  const context: CheckContext = { subject: SUBJECT, now: new Date("2026-09-01T12:00:00Z"), anchors: [], authorities: [], rules };
  return CHECKS.flatMap((check) => check.run(signed, context) ?? []);
}

function integrityOf(signed: Signature, members: readonly Member[]): string | undefined {
  return runAll(signed, rulesFor(members)).find(({ check }) => check === "integrity")?.code;
}

test("a key that the policy has vouches for itself: no name, no end, nothing to revoke", () => {
  for (const signed of [signature(), signature({ hint: CI.fingerprint })]) {
    const findings = runAll(signed, rulesFor([member("ci", [CI]), member("other", [OTHER])]));
    assert.equal(
      findings.map(({ code }) => code).join(" "),
      "subject/match integrity/verified authenticity/pinned-key identity/member expiry/none time/valid revocation/not-revocable",
    );
    assert.deepEqual(findings.find(({ check }) => check === "identity")?.detail, { party: "ci" });
    assert.equal(decideSignature(findings), "counts");
  }
});

test("a key that nobody has as a whole, that nobody names, or that did not sign, is a no", () => {
  const named = member("ci", [CI], { whole: false });
  assert.equal(integrityOf(signature({ hint: CI.fingerprint }), [named]), "identity/key-not-whole");
  assert.equal(integrityOf(signature(), [named]), "identity/key-not-whole");
  assert.equal(integrityOf(signature({ hint: OTHER.fingerprint }), [named]), "identity/key-unknown");
  assert.equal(integrityOf(signature(), [member("other", [OTHER])]), "identity/key-unknown");
  assert.equal(integrityOf(signature(), []), "identity/key-unknown");
  // Where the key is there too, that it is also named by its fingerprint leaves nothing open.
  assert.equal(integrityOf(signature({ by: OTHER, hint: CI.fingerprint }), [named, member("ci", [CI])]), "integrity/signature-invalid");
  assert.equal(integrityOf(signature(), [named, member("ci2", [CI])]), "integrity/verified");
});

test("the hint chooses among the policy's keys and nothing else: it brings no key, and hides none", () => {
  const both = [member("ci", [CI]), member("other", [OTHER])];
  assert.equal(integrityOf(signature({ hint: OTHER.fingerprint }), both), "integrity/signature-invalid");
  assert.equal(integrityOf(signature({ hint: ED.fingerprint }), both), "identity/key-unknown");
});

test("nobody's rules: a policy of identities knows no keys, and where none is asked the key is not at hand", () => {
  const notary = rulesFor([], { signers: { kind: "identities", identities: [{ kind: "any" }] } });
  assert.equal(runAll(signature(), notary)[1]?.code, "identity/key-unknown");
  assert.equal(runAll(signature(), NO_POLICY)[1]?.code, "identity/key-not-given");
});

test("each kind of key in its own way, and the ways of old clients", () => {
  const rsa = owner(generateKeyPairSync("rsa", { modulusLength: 2048 }));
  const pss = (saltLength: number): Uint8Array =>
    sign("sha256", BYTES, { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
  const [p384, p521] = [curve("P-384"), curve("P-521")];
  for (const [by, value] of [
    [rsa, signBare(rsa.privateKey, BYTES)],
    [rsa, pss(constants.RSA_PSS_SALTLEN_DIGEST)],
    [rsa, pss(constants.RSA_PSS_SALTLEN_MAX_SIGN)],
    [p384, signBare(p384.privateKey, BYTES)],
    [p384, sign("sha256", BYTES, p384.privateKey)],
    [p521, signBare(p521.privateKey, BYTES)],
    [p521, sign("sha256", BYTES, p521.privateKey)],
    [ED, signBare(ED.privateKey, BYTES)],
  ] as const) {
    assert.equal(integrityOf(signature({ by, value }), [member("ci", [by])]), "integrity/verified");
  }
  for (const [by, value] of [
    [rsa, sign("sha512", BYTES, rsa.privateKey)],
    [CI, sign("sha512", BYTES, CI.privateKey)],
    [CI, sign("sha256", BYTES, { key: CI.privateKey, dsaEncoding: "ieee-p1363" })],
    [p384, sign("sha512", BYTES, p384.privateKey)],
    [CI, new Uint8Array()],
    [CI, Buffer.from("3006020100020100", "hex")],
    [rsa, new Uint8Array(256)],
  ] as const) {
    assert.equal(integrityOf(signature({ by, value, hint: by.fingerprint }), [member("ci", [by])]), "integrity/signature-invalid");
  }
});

test("keys that are too weak, or of curves that nobody uses for this, verify nothing", () => {
  for (const weak of [owner(generateKeyPairSync("rsa", { modulusLength: 1024 })), curve("secp256k1")]) {
    const value = sign("sha256", BYTES, weak.privateKey);
    assert.equal(integrityOf(signature({ by: weak, value }), [member("ci", [weak])]), "identity/key-unknown");
  }
});

test("an Ed25519 signature that is not pure is a no, for any bytes may be of the prehashed kind", () => {
  const value = sign(null, Buffer.from("other bytes"), ED.privateKey);
  for (const hint of [undefined, ED.fingerprint]) {
    const signed = signature({ by: ED, value, ...(hint === undefined ? {} : { hint }) });
    const findings = runAll(signed, rulesFor([member("ci", [ED])]));
    assert.deepEqual([findings[1]?.code, decideSignature(findings)], ["integrity/ed25519ph", "does-not-count"]);
  }
  assert.equal(
    integrityOf(signature({ by: ED, value: value.subarray(1), hint: ED.fingerprint }), [member("ci", [ED])]),
    "integrity/signature-invalid",
  );
});

test("one key for two members can be counted for neither", () => {
  const findings = runAll(signature(), rulesFor([member("ci", [CI]), member("scanner", [OTHER, CI])]));
  assert.equal(findings.find(({ check }) => check === "identity")?.code, "identity/ambiguous");
});

test("a key that signs for several products says which", () => {
  const rules = rulesFor([member("ci", [CI], { isOfProduct: false })], { product: "shop/api" });
  const said = (annotations: Readonly<Record<string, string>>): string | undefined =>
    runAll(signature({ claimed: { annotations } }), rules).find(({ check }) => check === "product")?.code;
  assert.equal(said({ "dev.countersign.product": "shop/api" }), "identity/product-signed");
  assert.equal(said({ "dev.countersign.product": "shop/web" }), "identity/product-other");
  assert.equal(said({}), "identity/product-not-signed");
});

/** What the subject check says of a statement about these. */
function about(...digests: readonly Readonly<Record<string, string>>[]): string | undefined {
  const statement = { subjects: digests.map((digest) => ({ digest })), predicateType: "https://example.com/p", predicate: {} };
  const subject = { digest: `sha256:${"0".repeat(64)}` };
  return runAll(signature({ claimed: { subject, statement } }), rulesFor([member("ci", [CI])]))[0]?.code;
}

test("a statement is about any of its subjects, by the digest of the image's own kind", () => {
  const hex = digestHex(SUBJECT.digest);
  const other = { sha256: "0".repeat(64) };
  assert.equal(about({ sha256: hex }), "subject/match");
  assert.equal(about(other, { sha256: hex }), "subject/match");
  assert.equal(about(other), "subject/mismatch");
  assert.equal(about({ sha512: hex }), "subject/mismatch");
  assert.equal(about({ gitCommit: hex }, { SHA256: hex }), "subject/mismatch");
});

test("log entries that are not looked at are told", () => {
  const findings = runAll({ ...signature(), logEntries: 2 }, rulesFor([member("ci", [CI])]));
  assert.match(findings.find(({ check }) => check === "time")?.message ?? "", /2 log entries are not looked at/);
});
