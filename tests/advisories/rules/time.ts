/** Rules about time: ends, beginnings, and what proves them. */
import type { Rule } from "./rule.ts";

export const TIME_RULES: readonly Rule[] = [
  {
    name: "a signature ends when it says so",
    changes: [{ file: "src/checks/expiry.ts", from: "if (now.getTime() >= expiry.getTime()) {", to: "if (false) {" }],
    test: { file: "src/checks/checks.test.ts", name: "expiry: from the very moment on" },
    tells: "expiry/expired",
  },
  {
    name: "certificates end",
    changes: [{ file: "src/checks/time.ts", from: "if (at.getTime() > notAfter.getTime()) {", to: "if (false) {" }],
    test: {
      file: "tests/advisories/time.test.ts",
      name: "the chain that outlives its intermediate is refused, and one that a timestamp proves is not (CVE-2026-24122)",
    },
    tells: "time/certificate-expired",
  },
  {
    name: "certificates begin",
    changes: [{ file: "src/checks/time.ts", from: "if (at.getTime() < notBefore.getTime()) {", to: "if (false) {" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "leaf that is not valid yet (time/certificate-not-yet-valid)" },
    tells: "time/certificate-not-yet-valid",
  },
  {
    name: "a signer's word about time is no proof",
    changes: [{ file: "src/checks/time.ts", from: 'if (timeScheme === "authority") {', to: "if (signingTime !== undefined) {" }],
    test: { file: "src/checks/checks.test.ts", name: "time: a signer's certificates must be valid now, whatever he says about when" },
    tells: "time/certificate-not-yet-valid",
  },
  {
    name: "both ends of the proven interval count",
    changes: [{ file: "src/checks/time.ts", from: "[proven.interval.from, proven.interval.to]", to: "[proven.interval.to]" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "timestamp from before the leaf was valid (time/certificate-not-yet-valid)" },
    tells: "time/certificate-not-yet-valid",
  },
  {
    name: "a timestamp that is asked for is there",
    changes: [
      {
        file: "src/checks/time.ts",
        from: "return need === undefined ? withNote(today, stamped) : { ...stamped, message: `${need}; ${stamped.message}` };",
        to: "return withNote(today, stamped);",
      },
    ],
    test: { file: "tests/vectors/vectors.test.ts", name: "timestamp that is wanted and missing (time/timestamp-missing)" },
    tells: "time/timestamp-missing",
  },
  {
    name: "a timestamp is of this signature",
    changes: [
      {
        file: "src/pki/timestamp/verify.ts",
        from: "if (!isOf(signatureValue)",
        to: "if (false && !isOf(signatureValue)",
      },
    ],
    test: { file: "tests/vectors/vectors.test.ts", name: "timestamp of something else (time/timestamp-other)" },
    tells: "time/timestamp-other",
  },
  {
    name: "a timestamp's authority is trusted",
    changes: [
      {
        file: "src/pki/timestamp/verify.ts",
        from: "if (paths.length > 0) return paths;",
        to: "return paths.length > 0 ? paths : [[signer]];",
      },
    ],
    test: { file: "tests/vectors/vectors.test.ts", name: "timestamp of an authority that nobody trusts (time/timestamp-untrusted)" },
    tells: "time/timestamp-untrusted",
  },
  {
    name: "a timestamp's authority was valid when it stamped",
    changes: [
      {
        file: "src/pki/timestamp/verify.ts",
        from: "const chain = paths.find((path) => whyPathInvalid(path, moments) === undefined);",
        to: "const [chain] = paths;",
      },
    ],
    test: { file: "tests/vectors/vectors.test.ts", name: "clock that had run out (time/timestamp-authority)" },
    tells: "time/timestamp-authority",
  },
  {
    name: "a timestamp's authority stamps and does nothing else",
    changes: [{ file: "src/pki/timestamp/verify.ts", from: "checkTimestampingChain(path);", to: "" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "clock with a second purpose (time/timestamp-authority)" },
    tells: "time/timestamp-authority",
  },
  {
    name: "the certificate that a token names has signed it",
    changes: [
      {
        file: "src/pki/timestamp/signer.ts",
        from: "if (!verifyCertificateSignature(algorithm, { publicKey: publicKeyOf(certificate), bytes, value })) {",
        to: "if (false) {",
      },
    ],
    test: {
      file: "tests/vectors/vectors.test.ts",
      name: "timestamp that names a certificate beside its signer's (time/timestamp-invalid)",
    },
    tells: "time/timestamp-invalid",
  },
  {
    name: "a token's content is what was signed",
    changes: [
      {
        file: "src/pki/timestamp/signer.ts",
        from: 'if (!sameBytes(digest, hash(signer.contentHash, content, "buffer"))) throw',
        to: "if (false) throw",
      },
    ],
    test: { file: "tests/vectors/vectors.test.ts", name: "timestamp with another time than was signed (time/timestamp-invalid)" },
    tells: "time/timestamp-invalid",
  },
  {
    name: "all that names a token's certificate means the same one",
    changes: [
      {
        file: "src/pki/timestamp/signer.ts",
        from: "if (!sameBytes(id.issuer, found.issuer.der) || id.serial !== found.serial)",
        to: "if (false)",
      },
    ],
    test: { file: "tests/vectors/vectors.test.ts", name: "timestamp that says another serial number (time/timestamp-invalid)" },
    tells: "time/timestamp-invalid",
  },
  {
    name: "a clock behind a proven time knows nothing",
    changes: [
      { file: "src/checks/timestamp.ts", from: "if (interval.from.getTime() > now.getTime() + CLOCK_TOLERANCE_MS) {", to: "if (false) {" },
    ],
    test: { file: "tests/vectors/vectors.test.ts", name: "timestamp from the time to come (time/clock-behind)" },
    tells: "time/clock-behind",
  },
  {
    name: "an authority that could be revoked is asked about",
    changes: [
      {
        file: "src/checks/timestamp.ts",
        from: 'if (revocation?.code !== "revocation/unchecked") return undefined;',
        to: "return undefined;",
      },
    ],
    test: { file: "tests/vectors/vectors.test.ts", name: "timestamp of an authority that could be revoked (time/authority-unchecked)" },
    tells: "time/authority-unchecked",
  },
  {
    name: "a certificate that could be revoked is asked about",
    changes: [{ file: "src/checks/revocation.ts", from: "if (revocable === undefined) {", to: "if (revocable === undefined || true) {" }],
    test: { file: "src/checks/checks.test.ts", name: "revocation: a place to ask at that was not asked is not knowing" },
    tells: "revocation/unchecked",
  },
  {
    name: "a signature is no older than asked",
    changes: [{ file: "src/policy/signature-view.ts", from: "if (known !== undefined && age > maxAge * 1000) {", to: "if (false) {" }],
    test: {
      file: "src/policy/signature-view.test.ts",
      name: "the worse end of what is said and what is proven tells how old a signature is",
    },
    tells: "deny",
  },
];
