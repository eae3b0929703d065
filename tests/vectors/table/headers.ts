/** Faults in the protected headers and the payload, the same in both formats. */
import { AUTHENTIC_TIME, asAuthority, EXPIRY, type Json, PLUGIN, type Plan, SCHEME, SIGNING_TIME } from "../plan.ts";
import type { Vector } from "../vector.ts";

type Fault = Omit<Vector, "outcome">;

function set(name: string, value: unknown): (plan: Plan) => void {
  return (plan) => void plan.protected.set(name, value);
}

function without(name: string): (plan: Plan) => void {
  return (plan) => void plan.protected.delete(name);
}

function setTarget(members: Json): (plan: Plan) => void {
  return (plan) => void (plan.payload["targetArtifact"] = members);
}

function writePayload(edit: (payload: Json) => unknown): (plan: Plan) => void {
  return (plan) => void (plan.writePayload = (payload) => Buffer.from(JSON.stringify(edit(payload))));
}

function payloadText(edit: (text: string) => string): (plan: Plan) => void {
  return (plan) => void (plan.writePayload = (payload) => Buffer.from(edit(JSON.stringify(payload))));
}

const LATER = new Date("2026-01-01T00:00:00Z");

const FAULTS: readonly Fault[] = [
  { name: "no algorithm", comment: "signature-specification: alg is required", code: "header/missing", fault: without("alg") },
  { name: "no content type", comment: "cty is required", code: "header/missing", fault: without("cty") },
  {
    name: "no signing scheme",
    comment: "the scheme is required",
    code: "header/missing",
    fault: (plan) => {
      plan.protected.delete(SCHEME);
      plan.protected.set("crit", [SIGNING_TIME]);
    },
  },
  { name: "no signing time", comment: "required for notary.x509", code: "header/missing", fault: without(SIGNING_TIME) },
  {
    name: "no authentic signing time",
    comment: "required for notary.x509.signingAuthority",
    code: "header/missing",
    fault: (plan) => {
      asAuthority(plan);
      plan.protected.delete(AUTHENTIC_TIME);
      plan.protected.set("crit", [SCHEME]);
    },
    twin: asAuthority,
  },
  { name: "signing scheme that is a number", comment: "text", code: "header/type", fault: set(SCHEME, 1) },
  { name: "critical list that is text", comment: "RFC 7515 4.1.11, RFC 9052 3.1: a list", code: "header/type", fault: set("crit", SCHEME) },
  { name: "critical list with a boolean", comment: "names only", code: "header/type", fault: set("crit", [SCHEME, true]) },
  { name: "algorithm none", comment: "RFC 8725 3.1", code: "header/algorithm", fault: set("alg", "none") },
  { name: "algorithm RS256", comment: "RSASSA-PKCS1 is none of the six", code: "header/algorithm", fault: set("alg", "RS256") },
  { name: "algorithm HS256", comment: "a MAC keyed with the public key", code: "header/algorithm", fault: set("alg", "HS256") },
  {
    name: "wrong content type",
    comment: "exactly the payload's media type",
    code: "header/content-type",
    fault: set("cty", "application/json"),
  },
  {
    name: "content type in other letters",
    comment: "compared exactly",
    code: "header/content-type",
    fault: set("cty", "application/vnd.cncf.notary.payload.V1+json"),
  },
  { name: "unknown signing scheme", comment: "two are known", code: "header/scheme", fault: set(SCHEME, "notary.x509.other") },
  {
    name: "both times",
    comment: "authenticSigningTime is forbidden for notary.x509",
    code: "header/forbidden",
    fault: (plan) => {
      plan.protected.set(AUTHENTIC_TIME, new Date("2025-05-01T08:00:00Z"));
      plan.protected.set("crit", [SCHEME, AUTHENTIC_TIME]);
    },
  },
  {
    name: "both times for an authority",
    comment: "signingTime is forbidden for signingAuthority",
    code: "header/forbidden",
    fault: (plan) => {
      asAuthority(plan);
      plan.protected.set(SIGNING_TIME, new Date("2025-05-01T08:00:00Z"));
    },
    twin: asAuthority,
  },
  {
    name: "expiry at the signing time",
    comment: "must be after it",
    code: "header/expiry-order",
    fault: withExpiry(new Date("2025-07-01T00:00:00Z"), new Date("2025-07-01T00:00:00Z")),
    twin: withExpiry(new Date("2025-07-01T00:00:00Z"), new Date("2025-07-01T00:00:01Z")),
  },
  {
    name: "expiry that is no time",
    comment: "as the signing time",
    code: "header/time-format",
    fault: withRawExpiry("tomorrow"),
    twin: withRawExpiry(LATER),
  },
  { name: "no critical list", comment: "required: the scheme is critical", code: "header/critical-missing", fault: without("crit") },
  { name: "empty critical list", comment: "RFC 7515 4.1.11: must not be empty", code: "header/critical-missing", fault: set("crit", []) },
  {
    name: "critical list that names a header twice",
    comment: "RFC 7515 4.1.11",
    code: "header/critical-duplicate",
    fault: set("crit", [SCHEME, SCHEME]),
  },
  {
    name: "critical header that is not there",
    comment: "RFC 7515 4.1.11",
    code: "header/critical-absent",
    fault: set("crit", [SCHEME, EXPIRY]),
  },
  {
    name: "unknown critical header",
    comment: "RFC 7515 4.1.11: must be refused; without a plugin nobody understands it",
    code: "header/critical-unknown",
    fault: (plan) => {
      plan.protected.set("com.example.demand", "x");
      plan.protected.set("crit", [SCHEME, "com.example.demand"]);
    },
    twin: set("com.example.demand", "x"),
  },
  {
    name: "expiry that is not critical",
    comment: "critical if present",
    code: "header/critical-required",
    fault: set(EXPIRY, LATER),
    twin: (plan) => {
      plan.protected.set(EXPIRY, LATER);
      plan.protected.set("crit", [SCHEME, EXPIRY]);
    },
  },
  {
    name: "scheme that is not critical",
    comment: "always critical",
    code: "header/critical-required",
    fault: set("crit", [SIGNING_TIME]),
    twin: set("crit", [SIGNING_TIME, SCHEME]),
  },
  {
    name: "authentic time that is not critical",
    comment: "critical for an authority",
    code: "header/critical-required",
    fault: (plan) => {
      asAuthority(plan);
      plan.protected.set("crit", [SCHEME]);
    },
    twin: asAuthority,
  },
  {
    name: "plugin that is not critical",
    comment: "critical if present; notation refuses it too",
    code: "header/critical-required",
    fault: set(PLUGIN, "com.example.plugin"),
  },
  {
    name: "signature that demands a plugin",
    comment: "no plugin runs in this version, so the demand cannot be met",
    code: "header/plugin",
    fault: (plan) => {
      plan.protected.set(PLUGIN, "com.example.plugin");
      plan.protected.set("crit", [SCHEME, PLUGIN]);
    },
  },

  { name: "payload that is a list", comment: "an object", code: "payload/invalid", fault: writePayload((payload) => [payload]) },
  { name: "payload without an artifact", comment: "targetArtifact is required", code: "payload/invalid", fault: writePayload(() => ({})) },
  { name: "payload that is not JSON", comment: "RFC 8259", code: "json/syntax", fault: payloadText((text) => text.slice(1)) },
  {
    name: "payload with a digest twice",
    comment: "readers differ in whether the first or the last counts",
    code: "json/duplicate-member",
    fault: payloadText((text) => text.replace('"digest":', `"digest":"sha256:${"0".repeat(64)}","digest":`)),
  },
  {
    name: "payload with a case variant of the digest",
    comment: "Go's decoder takes it for the known one",
    code: "json/case-variant",
    fault: setTarget({ Digest: `sha256:${"0".repeat(64)}` }),
    twin: setTarget({ "com.example.digest": `sha256:${"0".repeat(64)}` }),
  },
  {
    name: "payload with a case variant of targetArtifact",
    comment: "Go's decoder takes it for the known one",
    code: "json/case-variant",
    fault: writePayload((payload) => ({ ...payload, TargetArtifact: {} })),
    twin: writePayload((payload) => ({ ...payload, otherArtifact: {} })),
  },
  {
    name: "artifact without a size",
    comment: "OCI descriptor",
    code: "descriptor/invalid",
    fault: setTarget({ size: undefined }),
  },
  {
    name: "artifact with its size as text",
    comment: "OCI descriptor: a number",
    code: "descriptor/invalid",
    fault: setTarget({ size: "528" }),
  },
  {
    name: "artifact of half a byte",
    comment: "GHSA-f36w-mj3v-6jqv: sizes that are no sizes",
    code: "descriptor/invalid",
    fault: setTarget({ size: 0.5 }),
  },
  { name: "artifact of a negative size", comment: "GHSA-f36w-mj3v-6jqv", code: "descriptor/invalid", fault: setTarget({ size: -1 }) },
  { name: "artifact of 2^62 bytes", comment: "GHSA-f36w-mj3v-6jqv", code: "descriptor/invalid", fault: setTarget({ size: 2 ** 62 }) },
  {
    name: "artifact with an upper-case digest",
    comment: "OCI: lower case",
    code: "descriptor/invalid",
    fault: setTarget({ digest: `sha256:${"A".repeat(64)}` }),
  },
  {
    name: "metadata that is not text",
    comment: "annotations are a map of strings",
    code: "descriptor/invalid",
    fault: setTarget({ annotations: { build: 7 } }),
    twin: setTarget({ annotations: { build: "7" } }),
  },

  {
    name: "signature for another digest",
    comment: "the signature is copied from another image",
    code: "subject/mismatch",
    fault: setTarget({ digest: `sha256:${"0".repeat(64)}` }),
  },
  {
    name: "signature for another size",
    comment: "media type, digest and size, all three",
    code: "subject/mismatch",
    fault: setTarget({ size: 1 }),
  },
  {
    name: "signature for another media type",
    comment: "media type, digest and size, all three",
    code: "subject/mismatch",
    fault: setTarget({ mediaType: "application/vnd.oci.image.index.v1+json" }),
    twin: setTarget({ artifactType: "application/vnd.oci.image.index.v1+json" }),
  },
  {
    name: "wanted metadata that is not signed",
    comment: "every pair asked for must be there",
    code: "subject/annotation-missing",
    fault: (plan) => void (plan.annotations = { build: "7" }),
    twin: withMetadata("7"),
  },
  {
    name: "wanted metadata with another value",
    comment: "every pair asked for must be equal",
    code: "subject/annotation-missing",
    fault: withMetadata("8"),
    twin: withMetadata("7"),
  },
];

export const HEADER_VECTORS: readonly Vector[] = FAULTS.map((fault) => ({ ...fault, outcome: "deny" }));

function withExpiry(signed: Date, expiry: Date): (plan: Plan) => void {
  return (plan) => {
    plan.protected.set(SIGNING_TIME, signed);
    plan.protected.set(EXPIRY, expiry);
    plan.protected.set("crit", [SCHEME, EXPIRY]);
  };
}

function withRawExpiry(expiry: unknown): (plan: Plan) => void {
  return (plan) => {
    plan.protected.set(EXPIRY, expiry);
    plan.protected.set("crit", [SCHEME, EXPIRY]);
  };
}

function withMetadata(build: string): (plan: Plan) => void {
  return (plan) => {
    plan.payload["targetArtifact"] = { annotations: { build, extra: "x" } };
    plan.annotations = { build: "7" };
  };
}
