/** Sigstore bundles by a bare key: what cosign writes, and each way in which one is not what it seems. */
import { createHash, sign } from "node:crypto";
import { PRODUCT_ANNOTATION } from "../../../src/core/policy.ts";
import { asBundle, type BundlePlan, spkiOf } from "../bundle.ts";
import { type KeyName, keyPair } from "../keys.ts";
import type { Json, Plan } from "../plan.ts";
import type { Vector } from "../vector.ts";

const SPEC = "cosign, BUNDLE_SPEC";
const DSSE = "DSSE 1.0, envelope.md";

function pem(key: KeyName): Json {
  return { key: keyPair(key).publicKey.export({ type: "spki", format: "pem" }) as string };
}

function fingerprint(key: KeyName): Json {
  return { key: `SHA256:${createHash("sha256").update(spkiOf(key)).digest("base64").replace(/=+$/, "")}` };
}

/** One gate, which asks for `ci`. */
function askedBy(plan: Plan, { ci, other }: { readonly ci: Json; readonly other: boolean }): void {
  plan.ownPolicy = (repository) => ({
    apiVersion: "countersign.dev/v1",
    kind: "Policy",
    name: "vectors",
    version: 1,
    products: { app: { build: repository }, ...(other ? { other: { build: "registry.example/other" } } : {}) },
    parties: { ci },
    gates: { build: { needs: [{ signature: { by: "ci" } }] } },
  });
}

/** A bundle in place of the plan's envelope, and a policy that has the key of `leaf`. */
function bundle(
  change: (bundle: BundlePlan) => void = () => undefined,
  { ci = pem("leaf"), other = false }: { readonly ci?: Json; readonly other?: boolean } = {},
): (plan: Plan) => void {
  return (plan) => {
    asBundle(plan, change);
    askedBy(plan, { ci, other });
  };
}

function byCertificate(parts: BundlePlan): void {
  parts.bundle = (document) => void (document.verificationMaterial = { certificate: CERTIFICATE });
}

const good = bundle();

function material(change: Json): (plan: Plan) => void {
  return bundle((parts) => {
    parts.bundle = ({ verificationMaterial }) => void Object.assign(verificationMaterial, change);
  });
}

function envelope(change: (envelope: Json) => Json): (plan: Plan) => void {
  return bundle((parts) => {
    parts.bundle = ({ dsseEnvelope }) => void Object.assign(dsseEnvelope, change(dsseEnvelope));
  });
}

function whole(change: Json): (plan: Plan) => void {
  return bundle((parts) => {
    parts.bundle = (document) => void Object.assign(document, change);
  });
}

function many(count: number): readonly Json[] {
  return Array.from({ length: count }, () => ({}));
}

function subject(change: Json): (parts: BundlePlan) => void {
  return ({ statement }) => {
    const [first] = statement["subject"] as Json[];
    statement["subject"] = [{ ...first, ...change }];
  };
}

const CERTIFICATE = { rawBytes: "MAA=" };
const signatures = (dsse: Json): Json[] => dsse["signatures"] as Json[];

const PASSING: readonly Omit<Vector, "outcome">[] = [
  { name: "a bundle by a key of the policy", comment: SPEC, code: "identity/member", fault: good },
  { name: "a bundle that names no key", comment: SPEC, code: "authenticity/pinned-key", fault: material({ publicKey: {} }) },
  {
    name: "a bundle whose key id repeats the hint, as sigstore-js writes it",
    comment: "sigstore_bundle.proto, dsse_envelope",
    code: "integrity/verified",
    fault: bundle((parts) => {
      parts.bundle = ({ verificationMaterial, dsseEnvelope }) => {
        const { hint } = verificationMaterial["publicKey"] as Json;
        dsseEnvelope["signatures"] = [{ ...signatures(dsseEnvelope)[0], keyid: hint }];
      };
    }),
  },
  { name: "a bundle with log entries", comment: SPEC, code: "time/valid", fault: material({ tlogEntries: many(32) }) },
];

const FAILING: readonly Vector[] = [
  {
    name: "a bundle by a key that the policy has not",
    comment: SPEC,
    outcome: "deny",
    code: "identity/key-unknown",
    fault: bundle((parts) => void (parts.key = "stranger")),
  },
  {
    name: "a bundle by a stranger, which names the policy's key",
    comment: SPEC,
    outcome: "deny",
    code: "integrity/signature-invalid",
    fault: bundle((parts) => {
      parts.sign = (bytes) => sign("sha256", bytes, keyPair("stranger").privateKey);
    }),
  },
  {
    name: "a bundle by a key that the policy names and does not have",
    comment: "Countersign policy, identities: keys inline or by file",
    outcome: "deny",
    code: "identity/key-not-whole",
    fault: bundle(undefined, { ci: fingerprint("leaf") }),
  },
  {
    name: "a bundle of another image (moved)",
    comment: "GHSA-ccxc-vr6p-4858",
    outcome: "deny",
    code: "subject/mismatch",
    fault: bundle(subject({ digest: { sha256: "0".repeat(64) } })),
  },
  {
    name: "a bundle of another product",
    comment: "Countersign policy, products",
    outcome: "deny",
    code: "identity/product-other",
    fault: bundle(subject({ annotations: { [PRODUCT_ANNOTATION]: "other" } }), { other: true }),
    twin: bundle(subject({ annotations: { [PRODUCT_ANNOTATION]: "app" } }), { other: true }),
  },
  {
    name: "a public key that a bundle brings along",
    comment: "GHSA-fx35-mq7g-6g98: material in the artifact never chooses the trust",
    outcome: "deny",
    code: "bundle/invalid",
    fault: material({ publicKey: { rawBytes: spkiOf("stranger").toString("base64") } }),
  },
  {
    name: "a bundle by a certificate",
    comment: SPEC,
    outcome: "deny",
    code: "bundle/keyless-not-asked",
    fault: bundle(byCertificate),
  },
  {
    name: "a bundle by a certificate, where the policy asks for one",
    comment: SPEC,
    outcome: "unknown",
    code: "bundle/keyless-unsupported",
    fault: bundle(byCertificate, {
      ci: { keyless: { issuer: "https://ci.example", identity: "https://ci.example/app" } },
    }),
  },
  {
    name: "33 log entries",
    comment: "CVE-2024-45395",
    outcome: "deny",
    code: "integrity/too-large",
    fault: material({ tlogEntries: many(33) }),
    twin: material({ tlogEntries: many(32) }),
  },
  {
    name: "33 timestamps",
    comment: "CVE-2024-45395",
    outcome: "deny",
    code: "integrity/too-large",
    fault: material({ timestampVerificationData: { rfc3161Timestamps: many(33) } }),
  },
  {
    name: "1025 subjects",
    comment: "CVE-2024-45395",
    outcome: "deny",
    code: "integrity/too-large",
    fault: bundle(({ statement }) => void (statement["subject"] = many(1025))),
  },
  {
    name: "two signatures in one DSSE envelope",
    comment: "sigstore_bundle.proto, dsse_envelope: exactly one",
    outcome: "deny",
    code: "dsse/signatures",
    fault: envelope((dsse) => ({ signatures: [...signatures(dsse), ...signatures(dsse)] })),
  },
  {
    name: "a DSSE envelope without a payload",
    comment: DSSE,
    outcome: "deny",
    code: "dsse/invalid",
    fault: envelope(() => ({ payload: "" })),
  },
  {
    name: "another type of payload",
    comment: DSSE,
    outcome: "deny",
    code: "dsse/payload-type",
    fault: bundle((parts) => void (parts.payloadType = "application/json")),
  },
  {
    name: "a type of payload that is not ASCII, signed with the lengths of its characters",
    comment: "sigstore-js#1657",
    outcome: "deny",
    code: "dsse/payload-type",
    fault: bundle((parts) => void (parts.payloadType = "application/vnd.in-toto+jsön")),
  },
  {
    name: "a payload that is no JSON",
    comment: "GHSA-w6c6-c85g-mmv6",
    outcome: "deny",
    code: "json/syntax",
    fault: bundle((parts) => void (parts.payload = (text) => Buffer.from(text.slice(1)))),
  },
  {
    name: "a payload with a member twice",
    comment: "GHSA-7rmh-48mx-2vwc",
    outcome: "deny",
    code: "json/duplicate-member",
    fault: bundle((parts) => void (parts.payload = (text) => Buffer.from(text.replace("{", '{"predicate":{},')))),
  },
  {
    name: "bytes that another parser would read as the same statement",
    comment: "GHSA-7rmh-48mx-2vwc: the bytes received are verified",
    outcome: "deny",
    code: "integrity/signature-invalid",
    fault: envelope((dsse) => ({
      payload: Buffer.from(`${Buffer.from(String(dsse["payload"]), "base64").toString("utf8")} `).toString("base64"),
    })),
  },
  {
    name: "a key id that is not the hint",
    comment: "sigstore_bundle.proto, dsse_envelope",
    outcome: "deny",
    code: "bundle/key-id",
    fault: envelope((dsse) => ({ signatures: [{ ...signatures(dsse)[0], keyid: "another" }] })),
  },
  {
    name: "a bundle with a member that is not known",
    comment: "proto3 JSON",
    outcome: "deny",
    code: "bundle/invalid",
    fault: whole({ extra: 1 }),
  },
  {
    name: "a bundle of version 0.2",
    comment: `${SPEC}: 0.3 at least`,
    outcome: "deny",
    code: "bundle/version",
    fault: whole({ mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.2" }),
    twin: whole({ mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.3" }),
  },
  {
    name: "a bundle that signs a file",
    comment: SPEC,
    outcome: "deny",
    code: "bundle/message-signature",
    fault: whole({ dsseEnvelope: null, messageSignature: {} }),
  },
  {
    name: "an Ed25519 signature that is not pure",
    comment: "cosign signs with the prehashed kind",
    outcome: "deny",
    code: "integrity/ed25519ph",
    fault: bundle(
      (parts) => {
        parts.key = "ed25519";
        parts.sign = (bytes) => sign(null, bytes.subarray(1), keyPair("ed25519").privateKey);
      },
      { ci: pem("ed25519") },
    ),
    twin: bundle((parts) => void (parts.key = "ed25519"), { ci: pem("ed25519") }),
  },
];

/** In one format only: the bundle takes the place of the plan's envelope. */
export const BUNDLE_VECTORS: readonly Vector[] = [...PASSING.map((vector) => ({ ...vector, outcome: "pass" as const })), ...FAILING].map(
  (vector) => ({ twin: good, ...vector, formats: ["jws"] }),
);
