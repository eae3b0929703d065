/** Rules about bytes: what was signed, by which key, and read in one way only. */
import type { Rule } from "./rule.ts";

export const BYTES_RULES: readonly Rule[] = [
  {
    name: "the signature is that of the signer's key",
    changes: [{ file: "src/checks/integrity.ts", from: "if (!verifySignature(", to: "if (false && !verifySignature(" }],
    test: { file: "src/checks/checks.test.ts", name: "integrity: other bytes, another key's signature, another algorithm's name" },
    tells: "integrity/signature-invalid",
  },
  {
    name: "the key decides the algorithm",
    changes: [
      {
        file: "src/checks/integrity.ts",
        from: "if (expected === undefined || expected !== signature.algorithm) {",
        to: "if (expected === undefined) {",
      },
    ],
    test: { file: "src/checks/checks.test.ts", name: "integrity: other bytes, another key's signature, another algorithm's name" },
    tells: "integrity/algorithm-mismatch",
  },
  {
    name: "a bare key has signed the bytes",
    changes: [
      {
        file: "src/checks/signer.ts",
        from: "if (algorithm !== undefined) return { fingerprint, algorithm };",
        to: 'if (publicKey !== undefined) return { fingerprint, algorithm: algorithm ?? "any" };',
      },
    ],
    test: {
      file: "src/checks/bare-key.test.ts",
      name: "a key that nobody has as a whole, that nobody names, or that did not sign, is a no",
    },
    tells: "identity/key-unknown",
  },
  {
    name: "a key that is only named verifies nothing",
    changes: [{ file: "src/checks/signer.ts", from: "if (missing !== undefined) {", to: "if (false) {" }],
    test: {
      file: "src/checks/bare-key.test.ts",
      name: "a key that nobody has as a whole, that nobody names, or that did not sign, is a no",
    },
    tells: "identity/key-not-whole",
  },
  {
    name: "the hint chooses among the policy's keys",
    changes: [
      { file: "src/checks/signer.ts", from: ".filter(({ fingerprint }) => keyHint === undefined || fingerprint === keyHint)", to: "" },
    ],
    test: {
      file: "src/checks/bare-key.test.ts",
      name: "the hint chooses among the policy's keys and nothing else: it brings no key, and hides none",
    },
    tells: "integrity/signature-invalid",
  },
  {
    name: "a bundle brings no key along",
    changes: [
      {
        file: "src/formats/sigstore-bundle/bundle.ts",
        from: 'members(material[name], "a bundle\'s publicKey", ["hint"])',
        to: 'members(material[name], "a bundle\'s publicKey", ["hint", "rawBytes"])',
      },
    ],
    test: { file: "src/formats/sigstore-bundle/format.test.ts", name: "refuses a bare public key beside the hint (GHSA-fx35-mq7g-6g98)" },
    tells: "bundle/invalid",
  },
  {
    name: "the key id of an envelope is the hint",
    changes: [
      {
        file: "src/formats/sigstore-bundle/format.ts",
        from: 'if (envelope.keyId !== "" && envelope.keyId !== signer.hint) {',
        to: "if (false) {",
      },
    ],
    test: { file: "src/formats/sigstore-bundle/format.test.ts", name: "refuses a key id that is not the hint" },
    tells: "bundle/key-id",
  },
  {
    name: "a bundle has no member that is not known",
    changes: [
      {
        file: "src/formats/sigstore-bundle/bundle.ts",
        from: 'if (unknown !== undefined) throw new Malformed("bundle/invalid"',
        to: 'if (false) throw new Malformed("bundle/invalid"',
      },
    ],
    test: { file: "src/formats/sigstore-bundle/format.test.ts", name: "refuses a member that the bundle does not know" },
    tells: "bundle/invalid",
  },
  {
    name: "log entries and timestamps are counted before they are looked at",
    changes: [{ file: "src/formats/sigstore-bundle/bundle.ts", from: "if (value.length > most)", to: "if (false)" }],
    test: { file: "src/formats/sigstore-bundle/format.test.ts", name: "refuses 33 log entries (CVE-2024-45395)" },
    tells: "integrity/too-large",
  },
  {
    name: "a DSSE envelope has one signature",
    changes: [{ file: "src/encoding/dsse.ts", from: "if (signatures.length !== 1)", to: "if (false)" }],
    test: {
      file: "tests/advisories/evidence.test.ts",
      name: "a signed envelope with another type of payload, or a second signature, is no success (CVE-2026-39395)",
    },
    tells: "dsse/signatures",
  },
  {
    name: "the payload is an in-toto statement by its type",
    changes: [{ file: "src/formats/statement-signature.ts", from: "if (payloadType !== IN_TOTO) {", to: "if (false) {" }],
    test: {
      file: "tests/advisories/evidence.test.ts",
      name: "a signed envelope with another type of payload, or a second signature, is no success (CVE-2026-39395)",
    },
    tells: "dsse/payload-type",
  },
  {
    name: "the type of the payload is signed with it",
    changes: [
      {
        file: "src/encoding/dsse.ts",
        from: 'const type = Buffer.from(payloadType, "utf8");',
        to: 'const type = Buffer.from("any", "utf8");',
      },
    ],
    test: {
      file: "tests/advisories/evidence.test.ts",
      name: "a signed envelope with another type of payload, or a second signature, is no success (CVE-2026-39395)",
    },
    tells: "identity/key-unknown",
  },
  {
    name: "embedded data has its descriptor's digest, of a signature",
    changes: [
      {
        file: "src/judging/examine.ts",
        from: "if (bytes.length !== envelope.size || !digestMatches(bytes, envelope.digest)) {",
        to: "if (false) {",
      },
    ],
    test: { file: "tests/vectors/vectors.test.ts", name: "embedded envelope that is another (integrity/embedded-data)" },
    tells: "integrity/embedded-data",
  },
  {
    name: "embedded data has its descriptor's digest, of a statement",
    changes: [
      {
        file: "src/evidence/read-attached.ts",
        from: "if (bytes.length !== layer.size || !digestMatches(bytes, layer.digest))",
        to: "if (false)",
      },
    ],
    test: {
      file: "tests/advisories/needs.test.ts",
      name: "a statement that is embedded in its manifest must be the one that the manifest names by digest",
    },
    tells: "integrity/embedded-data",
  },
  {
    name: "no JSON member stands there twice",
    changes: [{ file: "src/encoding/json.ts", from: "if (names?.has(content) === true)", to: "if (false)" }],
    test: {
      file: "tests/advisories/evidence.test.ts",
      name: "a signed statement that is malformed is no success: a predicate type twice (CVE-2026-39395)",
    },
    tells: "json/duplicate-member",
  },
  {
    name: "no JSON member differs from a known one in case alone",
    changes: [{ file: "src/core/case-variants.ts", from: "if (known !== undefined) return", to: "if (false) return" }],
    test: {
      file: "src/core/case-variants.test.ts",
      name: "a member that differs from a known one in case only is refused, as Go folds case",
    },
    tells: "json/case-variant",
  },
  {
    name: "no index is another one to programs in Go",
    changes: [{ file: "src/encoding/manifest.ts", from: "refuseCaseVariants(manifest, MANIFEST_MEMBERS);", to: "" }],
    test: { file: "tests/evidence/spellings.test.ts", name: "an index that names one child to us and another to them is no" },
    tells: "pass",
  },
  {
    name: "no layer is another one to programs in Go",
    changes: [{ file: "src/core/descriptor.ts", from: "refuseCaseVariants(descriptor, DESCRIPTOR_MEMBERS);", to: "" }],
    test: { file: "src/encoding/manifest.test.ts", name: "a manifest with a member in other letters is refused, wherever it stands" },
    tells: "Missing expected exception",
  },
  {
    name: "a registry's bytes have the digest that was asked for",
    changes: [{ file: "src/registry/remote/store.ts", from: "if (actual !== claim) {", to: "if (false) {" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "other digest in the header for the image (integrity/digest-mismatch)" },
    tells: "integrity/digest-mismatch",
  },
  {
    name: "a document is an index or an image, never both",
    changes: [
      {
        file: "src/encoding/manifest.ts",
        from: 'if (document["manifests"] !== undefined && (document["layers"] !== undefined || document["config"] !== undefined || !isIndex)) {',
        to: "if (false) {",
      },
    ],
    test: { file: "src/registry/remote/store.test.ts", name: 'a document that can be read in two ways is refused: {"manifests":[]}' },
    tells: "Missing expected rejection",
  },
  {
    name: "a statement is of a type that is known",
    changes: [{ file: "src/statements/statement.ts", from: "if (!STATEMENT_TYPES.has(type)) {", to: "if (false) {" }],
    test: {
      file: "tests/advisories/evidence.test.ts",
      name: "a signed statement that is malformed is no success: another type of statement (CVE-2026-39395)",
    },
    tells: "statement/invalid",
  },
  {
    name: "a statement has a subject",
    changes: [{ file: "src/statements/statement.ts", from: 'if (subjects.length === 0) root.get("subject").refuse("is empty");', to: "" }],
    test: {
      file: "tests/advisories/evidence.test.ts",
      name: "a signed statement that is malformed is no success: no subject (CVE-2026-39395)",
    },
    tells: "statement/invalid",
  },
  {
    name: "subjects of a statement are counted before they are looked at",
    changes: [{ file: "src/statements/statement.ts", from: "if (subjects.length > LIMITS.statementSubjects) {", to: "if (false) {" }],
    test: { file: "src/formats/sigstore-bundle/format.test.ts", name: "refuses 1025 subjects (CVE-2024-45395)" },
    tells: "integrity/too-large",
  },
  {
    name: "the cost of opening a key is cosign's",
    changes: [{ file: "src/keys/cosign-key.ts", from: 'typeof N !== "number" || !COSTS.has(N) ||', to: 'typeof N !== "number" ||' }],
    test: {
      file: "src/keys/cosign-key.test.ts",
      name: "of the costs of scrypt three are known; any other is refused before a passphrase is stretched",
    },
    tells: "Missing expected rejection",
  },
  {
    name: "a commit is signed over the bytes that were received",
    changes: [
      {
        file: "src/encoding/git-object.ts",
        from: "payload: Buffer.concat([...unsigned.map(({ bytes }) => bytes), NEWLINE, body])",
        to: "payload: Buffer.concat([...unsigned.map(({ bytes }) => bytes), NEWLINE, Buffer.from(readText(body))])",
      },
    ],
    test: {
      file: "src/encoding/git-object.test.ts",
      name: "is signed over its own bytes without the header of the signature, and nothing else is taken out or mended (CVE-2026-44309)",
    },
    tells: "deepStrictEqual",
  },
  {
    name: "bytes that are made for a collision of SHA-1 are refused",
    changes: [
      {
        file: "src/encoding/sha1.ts",
        from: 'throw new Malformed("git/collision", "it is made to have the same SHA-1 as something else");',
        to: "",
      },
    ],
    test: { file: "src/encoding/sha1.test.ts", name: "refuses either of two documents that collide, whatever follows" },
    tells: "Missing expected exception",
  },
  {
    name: "a header that must be understood and is not refuses the signature",
    changes: [{ file: "src/formats/notary/headers.ts", from: "if (unknown !== undefined) {", to: "if (false) {" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "unknown critical header (header/critical-unknown)" },
    tells: "header/critical-unknown",
  },
  {
    name: "what a file brings along is read within a bound, however often it names one blob",
    changes: [{ file: "src/words/signed-file.ts", from: "if (left < 0) throw", to: "if (left > Infinity) throw" }],
    test: {
      file: "src/words/signed-file.test.ts",
      name: "a signed file that names one blob again and again is refused before it fills the memory",
    },
    tells: "Missing expected rejection",
  },
];
