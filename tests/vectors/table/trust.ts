/** Faults in whom and when the policy trusts. */
import { createCertificate } from "../certificate.ts";
import { element, oid, sequence, text } from "../der-tree.ts";
import { AUTHENTIC_TIME, asAuthority, EXPIRY, type Json, type Plan, SCHEME, SIGNING_TIME, statement } from "../plan.ts";
import type { Vector } from "../vector.ts";

const CRL_POINTS = "2.5.29.31";
const AUTHORITY_ACCESS = "1.3.6.1.5.5.7.1.1";

function identities(...entries: readonly string[]): (plan: Plan) => void {
  return (plan) => void (statement(plan)["trustedIdentities"] = entries);
}

function level(name: string, override: Json = {}): (plan: Plan) => void {
  return (plan) =>
    void (statement(plan)["signatureVerification"] = { level: name, ...(Object.keys(override).length > 0 ? { override } : {}) });
}

function both(...changes: readonly ((plan: Plan) => void)[]): (plan: Plan) => void {
  return (plan) => changes.forEach((change) => change(plan));
}

function subject(...pairs: [type: string, value: string][]): (plan: Plan) => void {
  return (plan) => void (plan.leaf.subject = pairs);
}

function now(time: string): (plan: Plan) => void {
  return (plan) => void (plan.now = new Date(time));
}

function expiresAt(time: string): (plan: Plan) => void {
  return (plan) => {
    plan.protected.set(EXPIRY, new Date(time));
    plan.protected.set("crit", [SCHEME, EXPIRY]);
  };
}

/** A store whose one root has the right name and not the right key. */
function strangersRoot(plan: Plan): void {
  const imposter = { ...plan.root, key: "stranger", issuerKey: "stranger" } as const;
  plan.anchors = () => ({ "ca/acme/root.der": createCertificate(imposter, imposter) });
}

function authenticTime(time: string): (plan: Plan) => void {
  return both(asAuthority, (plan) => void plan.protected.set(AUTHENTIC_TIME, new Date(time)));
}

function withTimestampStore(plan: Plan): void {
  plan.anchors = ({ root }) => ({ "ca/acme/root.der": root, "tsa/clock/root.der": root });
  statement(plan)["trustStores"] = ["ca:acme", "tsa:clock"];
}

function afterCertExpiry(plan: Plan): void {
  statement(plan).signatureVerification["verifyTimestamp"] = "afterCertExpiry";
}

const location = text("http://ca.example/location", 0x86);

function withCrl(certificate: "root" | "intermediate" | "leaf"): (plan: Plan) => void {
  return (plan) =>
    void plan[certificate].extensions.push({
      oid: CRL_POINTS,
      critical: false,
      value: sequence(sequence(element(0xa0, [element(0xa0, [location])]))),
    });
}

function withOcsp(plan: Plan): void {
  plan.leaf.extensions.push({ oid: AUTHORITY_ACCESS, critical: false, value: sequence(sequence(oid("1.3.6.1.5.5.7.48.1"), location)) });
}

const C: [string, string] = ["C", "US"];
const ST: [string, string] = ["ST", "WA"];
const O: [string, string] = ["O", "Acme"];
const CN: [string, string] = ["CN", "ci"];

export const TRUST_VECTORS: readonly Vector[] = [
  {
    name: "chain of another root",
    comment: "no certificate of the chain is an anchor",
    outcome: "deny",
    code: "authenticity/untrusted",
    fault: strangersRoot,
  },
  {
    name: "root issued again with the same key",
    comment: "anchors are compared byte for byte",
    outcome: "deny",
    code: "authenticity/untrusted",
    fault: (plan) => {
      const again = { ...plan.root, notAfter: new Date("2034-01-01T00:00:00Z") };
      plan.anchors = () => ({ "ca/acme/root.der": createCertificate(again, again) });
    },
    twin: (plan) => void (plan.anchors = ({ intermediate }) => ({ "ca/acme/intermediate.der": intermediate })),
  },
  {
    name: "authority whose root is in a ca store",
    comment: "the scheme signingAuthority asks for stores of its own type",
    outcome: "deny",
    code: "authenticity/untrusted",
    fault: both(asAuthority, (plan) => {
      plan.anchors = ({ root }) => ({ "ca/acme/root.der": root });
      statement(plan)["trustStores"] = ["ca:acme"];
    }),
    twin: asAuthority,
  },
  {
    name: "signer whose root is in a signingAuthority store",
    comment: "the scheme notary.x509 asks for ca stores",
    outcome: "deny",
    code: "authenticity/untrusted",
    fault: (plan) => {
      plan.anchors = ({ root }) => ({ "signingAuthority/acme/root.der": root });
      statement(plan)["trustStores"] = ["signingAuthority:acme"];
    },
  },
  {
    name: "single anchor among several stores",
    comment: "any store of the right type will do",
    outcome: "pass",
    code: "authenticity/trusted",
    fault: (plan) => {
      plan.anchors = ({ root, leaf }) => ({
        "ca/acme/root.der": root,
        "ca/other/self.der": strangerCertificate(plan),
        "ca/leaf/ci.der": leaf,
      });
      statement(plan)["trustStores"] = ["ca:other", "ca:acme"];
    },
  },
  {
    name: "strangers under audit",
    comment: "audit only logs authenticity",
    outcome: "pass",
    code: "authenticity/untrusted",
    fault: both(strangersRoot, level("audit")),
  },
  {
    name: "strangers under permissive",
    comment: "permissive enforces authenticity",
    outcome: "deny",
    code: "authenticity/untrusted",
    fault: both(strangersRoot, level("permissive")),
    twin: both(strangersRoot, level("permissive", { authenticity: "log" })),
  },

  {
    name: "signer of another organisation",
    comment: "every pair of the entry must be in the subject",
    outcome: "deny",
    code: "identity/untrusted",
    fault: identities("x509.subject: C=US, ST=WA, O=Other"),
    twin: identities("x509.subject: C=US, ST=WA, O=Other", "x509.subject: C=US, ST=WA, O=Acme"),
  },
  {
    name: "organisation in other letters",
    comment: "values are compared exactly",
    outcome: "deny",
    code: "identity/untrusted",
    fault: identities("x509.subject: C=US, ST=WA, O=ACME"),
  },
  {
    name: "organisation that begins alike",
    comment: "whole values, no prefixes",
    outcome: "deny",
    code: "identity/untrusted",
    fault: subject(C, ST, ["O", "Acme Fakes"], CN),
  },
  {
    name: "organisation smuggled into another attribute",
    comment: "names are compared as data, never as text",
    outcome: "deny",
    code: "identity/untrusted",
    fault: subject(C, ST, ["O", "Evil"], ["CN", "ci,O=Acme"]),
  },
  {
    name: "entry with one more attribute",
    comment: "the entry is a subset of the subject, not the other way round",
    outcome: "deny",
    code: "identity/untrusted",
    fault: identities("x509.subject: C=US, ST=WA, O=Acme, OU=Build"),
    twin: both(identities("x509.subject: C=US, ST=WA, O=Acme, OU=Build"), subject(C, ST, O, ["OU", "Build"], CN)),
  },
  {
    name: "subject of a common name alone",
    comment: "notary 1.13: C, ST and O must be there",
    outcome: "deny",
    code: "identity/unmatchable",
    fault: subject(CN),
    twin: both(subject(CN), identities("*")),
  },
  {
    name: "subject with two units",
    comment: "notary 1.13: a type twice can never match",
    outcome: "deny",
    code: "identity/unmatchable",
    fault: subject(C, ST, O, ["OU", "A"], ["OU", "B"], CN),
    twin: subject(C, ST, O, ["OU", "A"], CN),
  },
  {
    name: "subject with an e-mail address",
    comment: "notary 1.13: a type that Go prints as an identifier can never match",
    outcome: "deny",
    code: "identity/unmatchable",
    fault: subject(C, ST, O, CN, ["1.2.840.113549.1.9.1", "ci@acme.example"]),
    twin: both(subject(C, ST, O, CN, ["1.2.840.113549.1.9.1", "ci@acme.example"]), identities("*")),
  },
  {
    name: "subject with =# in it",
    comment: "CVE-2023-25656: refused by notation since",
    outcome: "deny",
    code: "identity/unmatchable",
    fault: subject(C, ST, O, ["CN", "a=#0484ffffffff"]),
    twin: subject(C, ST, O, ["CN", "a=0484ffffffff"]),
  },
  {
    name: "identities that only a plugin can judge",
    comment: "notary 1.13: if only foreign entries remain, fail",
    outcome: "deny",
    code: "identity/no-native-entry",
    fault: identities("com.example.plugin:arn:signer/1"),
    twin: identities("com.example.plugin:arn:signer/1", "x509.subject: C=US, ST=WA, O=Acme"),
  },
  {
    name: "wanted metadata that is signed",
    comment: "every pair asked for is there, and others may be",
    outcome: "pass",
    code: "subject/annotation-match",
    fault: (plan) => {
      plan.payload["targetArtifact"] = { annotations: { build: "7", extra: "x" } };
      plan.annotations = { build: "7" };
    },
  },
  { name: "any signer of the store", comment: "* alone", outcome: "pass", code: "identity/trusted", fault: identities("*") },

  {
    name: "expiry at this very moment",
    comment: "expired when now is not before the expiry",
    outcome: "deny",
    code: "expiry/expired",
    fault: expiresAt("2025-06-01T12:00:00Z"),
    twin: expiresAt("2025-06-01T12:00:01Z"),
  },
  {
    name: "expired under permissive",
    comment: "permissive only logs expiry",
    outcome: "pass",
    code: "expiry/expired",
    fault: both(expiresAt("2025-06-01T12:00:00Z"), level("permissive")),
  },
  {
    name: "expired, with expiry enforced again",
    comment: "an override wins over its level",
    outcome: "deny",
    code: "expiry/expired",
    fault: both(expiresAt("2025-06-01T12:00:00Z"), level("permissive", { expiry: "enforce" })),
    twin: both(expiresAt("2025-06-01T12:00:01Z"), level("permissive", { expiry: "enforce" })),
  },
  { name: "expiry to come", comment: "best before", outcome: "pass", code: "expiry/valid", fault: expiresAt("2025-06-01T12:00:01Z") },
  {
    name: "signing time in the future",
    comment: "the signing time of notary.x509 is the signer's word; notation passes it",
    outcome: "pass",
    code: "expiry/none",
    fault: (plan) => void plan.protected.set(SIGNING_TIME, new Date("2099-01-01T00:00:00Z")),
  },

  {
    name: "leaf that has run out",
    comment: "without a timestamp the chain must be valid now",
    outcome: "deny",
    code: "time/certificate-expired",
    fault: now("2026-01-01T00:00:01Z"),
    twin: now("2026-01-01T00:00:00Z"),
  },
  {
    name: "root that has run out",
    comment: "every certificate of the chain",
    outcome: "deny",
    code: "time/certificate-expired",
    fault: (plan) => void (plan.root.notAfter = new Date("2025-06-01T11:59:59Z")),
    twin: (plan) => void (plan.root.notAfter = new Date("2025-06-01T12:00:00Z")),
  },
  {
    name: "leaf that is not valid yet",
    comment: "both ends belong to the validity",
    outcome: "deny",
    code: "time/certificate-not-yet-valid",
    fault: now("2024-12-31T23:59:59Z"),
    twin: now("2025-01-01T00:00:00Z"),
  },
  {
    name: "authority that signed after its certificate had run out",
    comment: "the authentic time is what counts",
    outcome: "deny",
    code: "time/certificate-expired",
    fault: authenticTime("2026-01-01T00:00:01Z"),
    twin: both(authenticTime("2026-01-01T00:00:00Z"), now("2028-01-01T00:00:00Z")),
  },
  {
    name: "authority that signed before its certificate was valid",
    comment: "the authentic time is what counts",
    outcome: "deny",
    code: "time/certificate-not-yet-valid",
    fault: authenticTime("2024-12-31T23:59:59Z"),
    twin: authenticTime("2025-01-01T00:00:00Z"),
  },
  {
    name: "leaf in its last second",
    comment: "both ends belong to the validity",
    outcome: "pass",
    code: "time/valid",
    fault: now("2026-01-01T00:00:00Z"),
  },
  {
    name: "timestamp that is wanted and missing",
    comment: "with a tsa store a missing token fails",
    outcome: "deny",
    code: "time/timestamp-missing",
    fault: withTimestampStore,
    twin: both(withTimestampStore, afterCertExpiry),
  },
  {
    name: "timestamp that is wanted once the certificate has run out",
    comment: "afterCertExpiry",
    outcome: "deny",
    code: "time/timestamp-missing",
    fault: both(withTimestampStore, afterCertExpiry, now("2026-01-01T00:00:01Z")),
    twin: both(withTimestampStore, afterCertExpiry, now("2026-01-01T00:00:00Z")),
  },

  {
    name: "leaf that could be revoked by list",
    comment: "not having asked is not knowing",
    outcome: "unknown",
    code: "revocation/unchecked",
    fault: withCrl("leaf"),
    twin: withCrl("root"),
  },
  {
    name: "intermediate that could be revoked by list",
    comment: "every certificate but the root",
    outcome: "unknown",
    code: "revocation/unchecked",
    fault: withCrl("intermediate"),
    twin: both(withCrl("intermediate"), level("strict", { revocation: "log" })),
  },
  {
    name: "leaf that could be asked about",
    comment: "not having asked is not knowing",
    outcome: "unknown",
    code: "revocation/unchecked",
    fault: withOcsp,
    twin: both(withOcsp, level("permissive")),
  },
  {
    name: "revocation that the policy does not check",
    comment: "override revocation: skip",
    outcome: "pass",
    code: "policy/skipped",
    fault: both(withOcsp, level("strict", { revocation: "skip" })),
  },
  {
    name: "root that names a list",
    comment: "the root is not asked about",
    outcome: "pass",
    code: "revocation/not-revocable",
    fault: withCrl("root"),
  },

  {
    name: "repository without a statement",
    comment: "no scope fits: fail",
    outcome: "deny",
    code: "product/not-listed",
    on: "verdict",
    fault: (plan) => void (statement(plan)["registryScopes"] = ["registry.example/other"]),
  },
  {
    name: "level skip",
    comment: "success without looking",
    outcome: "pass",
    code: "policy/skipped",
    on: "verdict",
    fault: (plan) =>
      void (plan.policy["trustPolicies"] = [{ name: "acme", registryScopes: ["*"], signatureVerification: { level: "skip" } }]),
  },
  {
    name: "unsigned under audit",
    comment: "notation fails it, contrary to the words of the specification",
    outcome: "deny",
    code: "signature/none",
    on: "verdict",
    fault: both(level("audit"), (plan) => void (plan.editListing = (entries) => void entries.splice(0))),
    twin: level("audit"),
  },
];

function strangerCertificate(plan: Plan): Uint8Array {
  const stranger = { ...plan.root, key: "stranger", issuerKey: "stranger" } as const;
  return createCertificate(stranger, stranger);
}
