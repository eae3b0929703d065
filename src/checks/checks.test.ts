import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckContext } from "../core/check.ts";
import { digestOf } from "../core/digest.ts";
import type { CheckName, Finding, FindingCode } from "../core/finding.ts";
import type { IdentityRule, NamePair, SignatureRules } from "../core/policy.ts";
import type { Claims, Signature } from "../core/signature.ts";
import { signBytes } from "../pki/signature.ts";
import { decodeCertificate } from "../pki/x509/certificate.ts";
import { crlDistributionPoints, ocspResponders } from "../pki/x509/extension-writer.ts";
import { type NameTemplate, nameOf } from "../pki/x509/name.ts";
import { createTestChain, type TestChainOptions } from "../pki/x509/throw-away-chain.ts";
import { actionsOf, LEVELS } from "../policy/notary/levels.ts";
import { decideSignature } from "../policy/gate-view.ts";
import { CHECKS } from "./table.ts";

const NOW = new Date("2026-09-01T12:00:00Z");
const HOUR = 3_600_000;
const SUBJECT = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: digestOf(new Uint8Array([1])), size: 528 };
const ACME = [
  { type: "C", value: "US" },
  { type: "ST", value: "WA" },
  { type: "O", value: "Acme" },
];

function hours(count: number): Date {
  return new Date(NOW.getTime() + count * HOUR);
}

async function makeSignature(chainOptions: TestChainOptions = {}, claimed: Partial<Claims> = {}): Promise<Signature> {
  const { certificates, leafKey } = await createTestChain({
    now: NOW,
    subject: nameOf({ C: "US", ST: "WA", O: "Acme", OU: "CI", CN: "signer" }),
    ...chainOptions,
  });
  const signedBytes = Buffer.from("what was signed");
  return {
    claimed: { subject: SUBJECT, timeScheme: "signer", scheme: "notary.x509", signingTime: NOW, annotations: { build: "7" }, ...claimed },
    signedBytes,
    algorithm: "ES256",
    value: signBytes({ algorithm: "ES256", privateKey: leafKey, bytes: signedBytes }),
    chain: certificates,
    timestamps: [],
  };
}

const GOOD = await makeSignature({ length: 3 });
const STRANGER = await makeSignature();

function subset(pairs: readonly NamePair[]): IdentityRule {
  return { kind: "subset", pairs, text: pairs.map(({ type, value }) => `${type}=${value}`).join(",") };
}

interface Setting {
  readonly rules?: Partial<SignatureRules>;
  /** Whose root is trusted; the signature's own unless given. */
  readonly trusted?: readonly Uint8Array[];
  readonly now?: Date;
}

function contextFor(signature: Signature, { rules = {}, trusted = signature.chain.slice(-1), now = NOW }: Setting): CheckContext {
  const type = signature.claimed.timeScheme === "authority" ? "signingAuthority" : "ca";
  return {
    subject: SUBJECT,
    now,
    authorities: [],
    anchors: trusted.map((certificate) => ({ certificate: Uint8Array.from(certificate), store: { type, name: "acme" } })),
    rules: {
      actions: actionsOf(LEVELS.strict),
      trustStores: [{ type, name: "acme" }],
      signers: { kind: "identities", identities: [subset(ACME)] },
      verifyTimestamp: "always",
      ...rules,
    },
  };
}

function run(name: CheckName, signature: Signature, setting: Setting = {}): Finding {
  const check = CHECKS.find((entry) => entry.name === name);
  const seen = check?.run(signature, contextFor(signature, setting));
  assert.ok(seen);
  return seen;
}

function runAll(signature: Signature, setting: Setting = {}): Finding[] {
  return CHECKS.flatMap((check) => check.run(signature, contextFor(signature, setting)) ?? []);
}

function codes(findings: readonly Finding[]): string {
  return findings.map(({ code }) => code).join(" ");
}

const ALL_WELL = "subject/match integrity/verified authenticity/trusted identity/trusted expiry/none time/valid revocation/not-revocable";

test("a good signature passes every check, in the table's order", () => {
  assert.equal(codes(runAll(GOOD)), ALL_WELL);
  assert.equal(decideSignature(runAll(GOOD)), "counts");
});

test("a signature by one self-signed certificate passes where that certificate is an anchor", async () => {
  assert.equal(codes(runAll(await makeSignature({ length: 1 }))), ALL_WELL);
});

test("subject: digest, size and media type must all be equal", () => {
  const others = [{ digest: digestOf(new Uint8Array([2])) }, { size: 529 }, { mediaType: "application/vnd.oci.image.index.v1+json" }];
  for (const other of others) {
    const signature = { ...GOOD, claimed: { ...GOOD.claimed, subject: { ...SUBJECT, ...other } } };
    const { code, message } = run("subject", signature);
    assert.equal(code, "subject/mismatch");
    assert.match(message, new RegExp(`its ${Object.keys(other)[0]} is `));
  }
});

test("annotations: every one that is asked for must be there with its value, and others may be", () => {
  const cases: readonly (readonly [annotations: Record<string, string>, code: FindingCode])[] = [
    [{ build: "7" }, "subject/annotation-match"],
    [{ build: "8" }, "subject/annotation-missing"],
    [{ build: "7", other: "" }, "subject/annotation-missing"],
    [{ toString: "7" }, "subject/annotation-missing"],
  ];
  for (const [annotations, code] of cases) assert.equal(run("annotations", GOOD, { rules: { annotations } }).code, code);
  assert.equal(codes(runAll(GOOD, { rules: { annotations: {} } })), ALL_WELL);
});

test("integrity: other bytes, another key's signature, another algorithm's name", async () => {
  const flipped = Uint8Array.from(GOOD.value, (byte, at) => (at === 7 ? byte ^ 1 : byte));
  const rsa = await makeSignatureOf("rsa-3072");
  const cases: readonly (readonly [signature: Signature, code: FindingCode])[] = [
    [rsa, "integrity/verified"],
    [{ ...GOOD, signedBytes: Buffer.from("something else") }, "integrity/signature-invalid"],
    [{ ...GOOD, value: flipped }, "integrity/signature-invalid"],
    [{ ...GOOD, value: STRANGER.value }, "integrity/signature-invalid"],
    [{ ...GOOD, value: new Uint8Array() }, "integrity/signature-invalid"],
    [{ ...GOOD, algorithm: "ES384" }, "integrity/algorithm-mismatch"],
    [{ ...rsa, algorithm: "PS256" }, "integrity/algorithm-mismatch"],
  ];
  for (const [signature, code] of cases) assert.equal(run("integrity", signature).code, code);
});

async function makeSignatureOf(keyType: "rsa-3072"): Promise<Signature> {
  const { certificates, leafKey } = await createTestChain({ now: NOW, keyType });
  return {
    ...GOOD,
    chain: certificates,
    algorithm: "PS384",
    value: signBytes({ algorithm: "PS384", privateKey: leafKey, bytes: GOOD.signedBytes }),
  };
}

test("a broken chain fails integrity, and every check that would have to look at it", () => {
  const [leaf, issuer, root] = GOOD.chain as [Uint8Array, Uint8Array, Uint8Array];
  const cases: readonly (readonly [chain: readonly Uint8Array[], code: FindingCode])[] = [
    // No certificate at all is a bare key, and the policy has none.
    [[], "identity/key-unknown"],
    [[leaf, issuer], "chain/no-root"],
    [[leaf, issuer, root, root], "chain/early-root"],
    [[leaf, root, issuer], "chain/order"],
    [Array.from({ length: 11 }, () => leaf), "chain/too-long"],
    [[leaf, issuer, root.subarray(0, -1)], "der/truncated"],
    [[leaf, issuer, Uint8Array.from([...root, 0])], "der/trailing-bytes"],
    [[Uint8Array.of()], "der/truncated"],
  ];
  for (const [chain, code] of cases) {
    const findings = runAll({ ...GOOD, chain }, { trusted: [root] });
    assert.equal(codes(findings), `subject/match ${code} ${code} ${code} expiry/none ${code} ${code}`);
    assert.equal(decideSignature(findings), "does-not-count");
  }
});

test("a trusted root beside a stranger's leaf proves nothing", () => {
  const [leaf] = STRANGER.chain as [Uint8Array];
  const root = GOOD.chain.at(-1) ?? leaf;
  const findings = runAll({ ...STRANGER, chain: [leaf, root] }, { trusted: [root] });
  assert.equal(findings.find(({ check }) => check === "authenticity")?.outcome, "fail");
});

test("authenticity: any certificate of the chain may be the anchor, and only by its bytes", async () => {
  for (const certificate of GOOD.chain) {
    const found = run("authenticity", GOOD, { trusted: [certificate] });
    assert.equal(found.code, "authenticity/trusted");
    assert.deepEqual(found.detail, { store: "ca:acme", fingerprint: decodeCertificate(certificate).fingerprint });
  }
  // The root of another test chain has the same name.
  const other = await createTestChain({ length: 3, now: NOW });
  const found = run("authenticity", GOOD, { trusted: other.certificates });
  assert.equal(found.code, "authenticity/untrusted");
  assert.match(found.message, /^no certificate of the chain is in trust store ca:acme; it ends in CN=Countersign test root/);
  const noStore = run("authenticity", GOOD, { trusted: [], rules: { trustStores: [{ type: "signingAuthority", name: "acme" }] } });
  assert.match(noStore.message, /the policy names none of type ca/);
});

test("identity: a subset of the leaf's name as data, or everyone", async () => {
  const foreign: IdentityRule = { kind: "foreign", text: "arn:x" };
  const cases: readonly (readonly [identities: readonly IdentityRule[], code: FindingCode])[] = [
    [[{ kind: "any" }], "identity/trusted"],
    [[subset([...ACME, { type: "OU", value: "CI" }])], "identity/trusted"],
    [[subset([...ACME, { type: "OU", value: "ci" }])], "identity/untrusted"],
    [[subset([...ACME, { type: "L", value: "Seattle" }])], "identity/untrusted"],
    [[foreign], "identity/no-native-entry"],
    [[foreign, subset(ACME)], "identity/trusted"],
    [[subset(ACME.with(2, { type: "O", value: "Other" })), subset(ACME)], "identity/trusted"],
    [[subset(ACME.with(2, { type: "O", value: "Other" })), foreign], "identity/untrusted"],
  ];
  for (const [identities, code] of cases)
    assert.equal(run("identity", GOOD, { rules: { signers: { kind: "identities", identities } } }).code, code);
});

test("identity: names that notation cannot compare match no entry, and * still accepts them", async () => {
  const base = { C: "US", ST: "WA", O: "Acme" };
  const cases: readonly (readonly [subject: NameTemplate, code: FindingCode, state: RegExp])[] = [
    [nameOf({ CN: "signer" }), "identity/unmatchable", /C, ST, O are missing/],
    [nameOf({ C: "US", O: "Acme" }), "identity/unmatchable", /ST is missing/],
    [[...nameOf({ ...base, OU: "a" }), ...nameOf({ OU: "b" })], "identity/unmatchable", /OU is there more than once/],
    [nameOf({ ...base, "1.2.840.113549.1.9.1": "ci@acme.example" }), "identity/unmatchable", /only C, CN/],
    [nameOf({ ...base, UID: "7" }), "identity/unmatchable", /it has UID/],
    [nameOf({ ...base, DC: "acme" }), "identity/unmatchable", /it has DC/],
    [nameOf({ ...base, CN: "bad=#CN" }), "identity/unmatchable", /"=#"/],
    // What a text form would have to escape.
    [nameOf({ ...base, CN: "x,O=Acme+OU=CI" }), "identity/trusted", /./],
    [nameOf({ C: "US", ST: "WA", O: "Evil,O=Acme" }), "identity/untrusted", /./],
    // Several attributes in one part are read one by one, as Go reads them.
    [[nameOf(base).flat()], "identity/trusted", /./],
    [nameOf({ ...base, STREET: "1 Way", POSTALCODE: "98101", SERIALNUMBER: "7", L: "Seattle" }), "identity/trusted", /./],
  ];
  for (const [subject, code, state] of cases) {
    const signature = await makeSignature({ subject });
    const found = run("identity", signature);
    assert.equal(found.code, code, JSON.stringify(subject));
    assert.match(found.message, state);
    assert.equal(
      run("identity", signature, { rules: { signers: { kind: "identities", identities: [{ kind: "any" }] } } }).code,
      "identity/trusted",
    );
  }
});

test("a name from a certificate cannot drive a terminal", async () => {
  const signature = await makeSignature({ subject: nameOf({ C: "US", ST: "WA", O: "Acme\u001b[2J\u202e" }) });
  for (const { message } of runAll(signature)) assert.doesNotMatch(message, /[\u001b\u202e]/);
  assert.match(run("integrity", signature).message, /Acme\\u\{1b\}\[2J\\u\{202e\}/);
});

test("expiry: from the very moment on", () => {
  const cases: readonly (readonly [expiry: Date, code: FindingCode])[] = [
    [new Date(NOW.getTime() + 1), "expiry/valid"],
    [NOW, "expiry/expired"],
    [hours(-1), "expiry/expired"],
  ];
  for (const [expiry, code] of cases) assert.equal(run("expiry", { ...GOOD, claimed: { ...GOOD.claimed, expiry } }).code, code);
});

const TSA = {
  trustStores: [
    { type: "ca", name: "acme" },
    { type: "tsa", name: "acme" },
  ],
} as const;
const AFTER_EXPIRY = { ...TSA, verifyTimestamp: "afterCertExpiry" } as const;

test("time: a signer's certificates must be valid now, whatever he says about when", () => {
  const { notBefore, notAfter } = decodeCertificate(GOOD.chain[0] ?? new Uint8Array());
  const stamped = { ...GOOD, timestamps: [new Uint8Array([1])] };
  const late = hours(25);
  const cases: readonly (readonly [signature: Signature, setting: Setting, code: FindingCode])[] = [
    [GOOD, { now: notBefore }, "time/valid"],
    [GOOD, { now: notAfter }, "time/valid"],
    [GOOD, { now: new Date(notBefore.getTime() - 1) }, "time/certificate-not-yet-valid"],
    [GOOD, { now: new Date(notAfter.getTime() + 1) }, "time/certificate-expired"],
    [{ ...GOOD, claimed: { ...GOOD.claimed, signingTime: new Date("2099-01-01") } }, {}, "time/valid"],
    // Without a tsa store a timestamp is neither asked for nor believed.
    [stamped, {}, "time/valid"],
    [stamped, { now: late }, "time/certificate-expired"],
    [stamped, { now: late, rules: { verifyTimestamp: "afterCertExpiry" } }, "time/certificate-expired"],
    [GOOD, { rules: TSA }, "time/timestamp-missing"],
    [stamped, { rules: TSA }, "time/timestamp-malformed"],
    [GOOD, { rules: AFTER_EXPIRY }, "time/valid"],
    [GOOD, { rules: AFTER_EXPIRY, now: late }, "time/timestamp-missing"],
    [stamped, { rules: AFTER_EXPIRY, now: late }, "time/timestamp-malformed"],
    [GOOD, { rules: AFTER_EXPIRY, now: hours(-25) }, "time/certificate-not-yet-valid"],
  ];
  for (const [signature, setting, code] of cases) assert.equal(run("time", signature, setting).code, code);
});

function signedByAuthority(signingTime: Date): Signature {
  return { ...GOOD, claimed: { ...GOOD.claimed, timeScheme: "authority", signingTime } };
}

test("time: an authority's signing time is the time that counts, and a timestamp is not asked for", () => {
  const years = hours(24 * 3650);
  const { signingTime: _, ...timeless } = signedByAuthority(NOW).claimed;
  assert.equal(run("time", { ...GOOD, claimed: timeless }).code, "header/missing");
  assert.equal(run("time", signedByAuthority(NOW), { now: years, rules: TSA }).code, "time/valid");
  assert.equal(run("time", signedByAuthority(hours(-25)), { now: years }).code, "time/certificate-not-yet-valid");
  assert.equal(run("time", signedByAuthority(hours(25)), { now: years }).code, "time/certificate-expired");
});

test("revocation: a place to ask at that was not asked is not knowing", async () => {
  const urls = [crlDistributionPoints(["http://crl.example/ca.crl"]), ocspResponders(["http://ocsp.example/"])];
  for (const extension of urls) {
    const signature = await makeSignature({ leafExtensions: [extension] });
    const found = run("revocation", signature);
    assert.deepEqual([found.code, found.outcome, found.action], ["revocation/unchecked", "unknown", "enforce"]);
    assert.match(found.message, /CN=signer,.* at http:\/\/(crl|ocsp)\.example\/.*cannot ask yet/);
    assert.equal(decideSignature(runAll(signature)), "unknown");
    // A certificate that stands alone is its own root.
    assert.equal(run("revocation", await makeSignature({ length: 1, leafExtensions: [extension] })).code, "revocation/not-revocable");
  }
});

test("what the policy skips is not asked, and says so", () => {
  const rules = { actions: actionsOf({ ...LEVELS.strict, revocation: "skip" }) };
  const found = run("revocation", { ...GOOD, chain: [] }, { rules });
  assert.deepEqual([found.code, found.outcome, found.action], ["policy/skipped", "skipped", "skip"]);
});

/** Translated from notation-go, `TestNotationVerificationCombinations`: level x scheme x fault. */
test("each fault is seen at every level and under both schemes, and decides where the level enforces it", async () => {
  const revocable = await makeSignature({ leafExtensions: [ocspResponders(["http://ocsp.example/"])] });
  const other = subset(ACME.with(2, { type: "O", value: "Other" }));
  const faults: readonly (readonly [check: CheckName, code: FindingCode, signature: Signature, setting: Setting])[] = [
    ["integrity", "integrity/verified", GOOD, {}],
    ["integrity", "integrity/signature-invalid", { ...GOOD, value: STRANGER.value }, {}],
    ["subject", "subject/mismatch", { ...GOOD, claimed: { ...GOOD.claimed, subject: { ...SUBJECT, size: 1 } } }, {}],
    ["authenticity", "authenticity/untrusted", GOOD, { trusted: STRANGER.chain }],
    ["identity", "identity/untrusted", GOOD, { rules: { signers: { kind: "identities", identities: [other] } } }],
    ["expiry", "expiry/expired", { ...GOOD, claimed: { ...GOOD.claimed, expiry: hours(-1) } }, {}],
    ["time", "time/certificate-expired", { ...GOOD, claimed: { ...GOOD.claimed, signingTime: hours(48) } }, { now: hours(48) }],
    ["revocation", "revocation/unchecked", revocable, {}],
  ];
  for (const [level, notary] of Object.entries(LEVELS)) {
    if (level === "skip") continue;
    const actions = actionsOf(notary);
    for (const timeScheme of ["signer", "authority"] as const) {
      for (const [check, code, base, setting] of faults) {
        const signature = { ...base, claimed: { ...base.claimed, timeScheme } };
        const findings = runAll(signature, { ...setting, rules: { ...setting.rules, actions } });
        const found = findings.find((entry) => entry.check === check);
        const place = `${level} ${timeScheme} ${code}`;
        assert.deepEqual([found?.code, found?.action], [code, actions[check]], place);
        const blocked = found?.outcome === "unknown" ? "unknown" : "does-not-count";
        const decided = found?.outcome === "pass" || actions[check] === "log" ? "counts" : blocked;
        assert.equal(decideSignature(findings), decided, place);
      }
    }
  }
});
