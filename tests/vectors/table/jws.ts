/** Faults in how a JWS envelope is written: JSON, base64 and the flattened form. */
import { base64Url } from "../envelope.ts";
import type { Json, Plan } from "../plan.ts";
import type { Vector } from "../vector.ts";

type Fault = Omit<Vector, "formats" | "outcome">;

function nested(depth: number): unknown {
  let value: unknown = 0;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

/** The text of the envelope with the first `from` replaced. */
function replacing(from: string, to: string): (plan: Plan) => void {
  return (plan) => {
    plan.jws.text = (json) => {
      if (!json.includes(from)) throw new Error(`the envelope has no ${from}`);
      return json.replace(from, to);
    };
  };
}

const MEGABYTES_OF_DOTS = ".".repeat(3_000_000);

const FAULTS: readonly Fault[] = [
  {
    name: "JSON that is cut off",
    comment: "RFC 8259: one whole value",
    code: "json/syntax",
    fault: (plan) => void (plan.jws.text = (json) => json.slice(0, -1)),
  },
  {
    name: "bytes after the JSON",
    comment: "trailing garbage could be a second document to another reader",
    code: "json/syntax",
    fault: (plan) => void (plan.jws.text = (json) => `${json}{}`),
    twin: (plan) => void (plan.jws.text = (json) => `${json}\n`),
  },
  {
    name: "byte order mark",
    comment: "RFC 8259 8.1: must not be added",
    code: "json/syntax",
    fault: (plan) => void (plan.jws.text = (json) => `\uFEFF${json}`),
  },
  {
    name: "JSON that is not UTF-8",
    comment: "RFC 8259 8.1",
    code: "json/utf8",
    fault: (plan) => {
      plan.editEnvelope = (bytes) => {
        const place = Buffer.from(bytes).indexOf("vectors/1.0");
        return bytes.map((byte, index) => (index === place ? 0xff : byte));
      };
    },
  },
  {
    name: "JSON nested too deeply",
    comment: "a bound on the depth keeps the reader's stack its own",
    code: "json/depth",
    fault: (plan) => void plan.unprotected.set("deep", nested(80)),
    twin: (plan) => void plan.unprotected.set("deep", nested(50)),
  },
  {
    name: "member of the envelope twice",
    comment: "readers differ in whether the first or the last counts",
    code: "json/duplicate-member",
    fault: replacing('{"payload":', '{"payload":"e30","payload":'),
  },
  {
    name: "member twice, once with an escape in its name",
    comment: "escapes are resolved before names are compared",
    code: "json/duplicate-member",
    fault: replacing('{"payload":', String.raw`{"p\u0061yload":"e30","payload":`),
    twin: replacing('{"payload":', String.raw`{"p\u0061yload":`),
  },
  {
    name: "member of the protected header twice",
    comment: "RFC 7515 4: header names must be unique",
    code: "json/duplicate-member",
    fault: (plan) => void (plan.jws.protectedText = (json) => json.replace("{", '{"alg":"PS256",')),
  },
  {
    name: "case variant of an envelope member",
    comment: "Go's decoder takes it for the known one",
    code: "json/case-variant",
    fault: (plan) => void (plan.jws.members = (members) => void (members["Payload"] = "e30")),
  },
  {
    name: "case variant of a protected header",
    comment: "Go's decoder takes it for the known one",
    code: "json/case-variant",
    fault: (plan) => void plan.protected.set("io.cncf.notary.SigningScheme", "notary.x509.signingAuthority"),
    twin: (plan) => void plan.protected.set("com.example.SigningScheme", "notary.x509.signingAuthority"),
  },
  {
    name: "case variant of x5c",
    comment: "Go's decoder takes it for the known one",
    code: "json/case-variant",
    fault: (plan) => void plan.unprotected.set("X5C", []),
  },
  {
    name: "case variant that only folds in upper case",
    comment: "U+017F is s to Go's decoder",
    code: "json/case-variant",
    fault: (plan) => void (plan.jws.members = (members) => void (members["\u017Fignature"] = "")),
  },
  {
    name: "unknown envelope member",
    comment: "notary 1.15: the flattened form has four members; notation lets others pass",
    code: "jws/member-unknown",
    fault: (plan) => void (plan.jws.members = (members) => void (members["signatures"] = [])),
  },
  {
    name: "no signature member",
    comment: "RFC 7515 7.2.2",
    code: "jws/member-missing",
    fault: (plan) => void (plan.jws.members = (members) => void delete members["signature"]),
  },
  {
    name: "no header member",
    comment: "x5c stands in it",
    code: "jws/member-missing",
    fault: (plan) => void (plan.jws.members = (members) => void delete members["header"]),
  },
  {
    name: "envelope that is a list",
    comment: "RFC 7515 7.2.2: an object",
    code: "jws/member-missing",
    fault: (plan) => void (plan.jws.text = (json) => `[${json}]`),
  },
  {
    name: "payload that is an object",
    comment: "RFC 7515 7.2.2: base64url text",
    code: "jws/member-missing",
    fault: (plan) => void (plan.jws.members = (members) => void (members["payload"] = {})),
  },
  {
    name: "header inside and outside the protected header",
    comment: "RFC 7515 4: the names must be disjoint",
    code: "jws/header-twice",
    fault: (plan) => void plan.unprotected.set("cty", "text/plain"),
    twin: (plan) => void plan.unprotected.set("typ", "JOSE"),
  },
  {
    name: "padded payload",
    comment: "RFC 7515 2: base64url without padding",
    code: "base64/invalid",
    fault: (plan) => void (plan.jws.signed = (members) => void (members["payload"] = `${String(members["payload"])}=`)),
  },
  {
    name: "padded protected header",
    comment: "RFC 7515 2",
    code: "base64/invalid",
    fault: (plan) => void (plan.jws.signed = (members) => void (members["protected"] = `${String(members["protected"])}==`)),
  },
  {
    name: "payload in the standard alphabet",
    comment: "RFC 7515 2; Node's decoder takes either",
    code: "base64/invalid",
    fault: (plan) => {
      plan.payload["extra"] = "~~~???";
      plan.jws.signed = (members) => {
        const text = String(members["payload"]).replaceAll("-", "+").replaceAll("_", "/");
        if (text === members["payload"]) throw new Error("the payload has no character that differs");
        members["payload"] = text;
      };
    },
    twin: (plan) => void (plan.payload["extra"] = "~~~???"),
  },
  {
    name: "left-over bits in the signature",
    comment: "RFC 4648 3.5: two texts for one value",
    code: "base64/invalid",
    fault: (plan) => void (plan.jws.members = (members) => void (members["signature"] = withLeftOverBits(String(members["signature"])))),
  },
  {
    name: "line breaks in x5c",
    comment: "RFC 7515 4.1.6; Go passes them over",
    code: "base64/invalid",
    fault: editX5c((text) => text.replace(/(.{64})/g, "$1\n")),
  },
  {
    name: "x5c in base64url",
    comment: "RFC 7515 4.1.6: standard base64",
    code: "base64/invalid",
    fault: editX5c((text) => base64Url(Buffer.from(text, "base64"))),
  },
  {
    name: "megabytes of dots for a payload",
    comment: "CVE-2025-30204: splitting them allocated without bound",
    code: "base64/invalid",
    fault: (plan) => void (plan.jws.members = (members) => void (members["payload"] = MEGABYTES_OF_DOTS)),
  },
  {
    name: "megabytes of dots for a protected header",
    comment: "CVE-2025-30204",
    code: "base64/invalid",
    fault: (plan) => void (plan.jws.members = (members) => void (members["protected"] = MEGABYTES_OF_DOTS)),
  },
  {
    name: "megabytes of dots for a signature",
    comment: "CVE-2025-30204",
    code: "base64/invalid",
    fault: (plan) => void (plan.jws.members = (members) => void (members["signature"] = MEGABYTES_OF_DOTS)),
  },
  {
    name: "megabytes of dots for a certificate",
    comment: "CVE-2025-30204",
    code: "base64/invalid",
    fault: editX5c(() => MEGABYTES_OF_DOTS),
  },
  {
    name: "protected header that is a list",
    comment: "RFC 7515 4: an object",
    code: "header/type",
    fault: (plan) => void (plan.jws.protectedText = (json) => `[${json}]`),
  },
  {
    name: "x5c that is one text",
    comment: "RFC 7515 4.1.6: a list even for one",
    code: "header/type",
    fault: (plan) => void (plan.jws.members = (members) => void ((members["header"] as Json)["x5c"] = "AAAA")),
  },
  {
    name: "timestamp that is a number",
    comment: "signature-envelope-jws: base64 text",
    code: "header/type",
    fault: (plan) => void plan.unprotected.set("io.cncf.notary.timestampSignature", 1),
  },
  {
    name: "signing time with a lower-case t",
    comment: "RFC 3339 5.6 allows it, Go and so notation do not",
    code: "header/time-format",
    fault: (plan) => void plan.protected.set("io.cncf.notary.signingTime", "2025-05-01t08:00:00Z"),
    twin: (plan) => void plan.protected.set("io.cncf.notary.signingTime", "2025-05-01T10:00:00+02:00"),
  },
  {
    name: "signing time with a lower-case z",
    comment: "refused by notation",
    code: "header/time-format",
    fault: (plan) => void plan.protected.set("io.cncf.notary.signingTime", "2025-05-01T08:00:00z"),
    twin: (plan) => void plan.protected.set("io.cncf.notary.signingTime", "2025-05-01T08:00:00.123456789Z"),
  },
  {
    name: "signing time on a day that does not exist",
    comment: "JavaScript's Date would roll it over",
    code: "header/time-format",
    fault: (plan) => void plan.protected.set("io.cncf.notary.signingTime", "2025-02-29T08:00:00Z"),
    twin: (plan) => void plan.protected.set("io.cncf.notary.signingTime", "2024-02-29T08:00:00Z"),
  },
  {
    name: "signing time in seconds",
    comment: "that is how COSE writes it",
    code: "header/time-format",
    fault: (plan) => void plan.protected.set("io.cncf.notary.signingTime", 1_746_086_400),
  },
  {
    name: "critical list that names alg",
    comment: "RFC 7515 4.1.11: names of the specification itself must not be listed",
    code: "header/critical-forbidden",
    fault: (plan) => void plan.protected.set("crit", ["io.cncf.notary.signingScheme", "alg"]),
  },
];

export const JWS_VECTORS: readonly Vector[] = FAULTS.map((fault) => ({ ...fault, formats: ["jws"], outcome: "deny" }));

function withLeftOverBits(text: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  // 64 bytes leave the last of 86 characters four bits that count for nothing.
  return `${text.slice(0, -1)}${alphabet[alphabet.indexOf(text.slice(-1)) | 1] ?? ""}`;
}

function editX5c(edit: (text: string) => string): (plan: Plan) => void {
  return (plan) => {
    plan.jws.members = (members) => {
      const header = members["header"] as Json;
      header["x5c"] = (header["x5c"] as string[]).map((text, index) => (index === 0 ? edit(text) : text));
    };
  };
}
