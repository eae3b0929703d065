/** Rules of the engine, each with how it is taken out and the test that must then fail. One who adds a rule adds it here. */

export interface Change {
  readonly file: string;
  /** Must stand there exactly once. */
  readonly from: string;
  readonly to: string;
}

export interface Rule {
  readonly name: string;
  /** A rule that is kept in several places is taken out of all. */
  readonly changes: readonly Change[];
  readonly test: { readonly file: string; readonly name: string };
  /** What the failing test must tell: the code that was expected, or the answer where there is none. */
  readonly tells: string;
}

const ABOUT_THE_IMAGE: readonly Rule[] = [
  {
    name: "a signature is about this image by digest, size and type",
    changes: [{ file: "src/checks/subject.ts", from: "if (other !== undefined) {", to: "if (false) {" }],
    test: { file: "src/checks/checks.test.ts", name: "subject: digest, size and media type must all be equal" },
    tells: "subject/mismatch",
  },
  {
    name: "a bundle is about the image that it names",
    changes: [{ file: "src/checks/subject.ts", from: "if (other !== undefined) {", to: "if (false) {" }],
    test: { file: "tests/advisories/evidence.test.ts", name: "a bundle of another image, moved here, counts for nothing (CVE-2026-22703)" },
    tells: "subject/mismatch",
  },
  {
    name: "a statement's subject is this image's digest",
    changes: [{ file: "src/examine-evidence.ts", from: "if (!isAbout(statement, about.subject)) {", to: "if (false) {" }],
    test: {
      file: "tests/advisories/evidence.test.ts",
      name: "a statement about another image counts for nothing, though one who is asked has signed its artifact",
    },
    tells: "evidence/subject",
  },
  {
    name: "a signature's manifest refers to the image",
    changes: [{ file: "src/examine.ts", from: "if (carried.subject?.digest !== options.subject.digest) {", to: "if (false) {" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "manifest of another subject (manifest/subject)" },
    tells: "manifest/subject",
  },
  {
    name: "a statement's manifest refers to the image",
    changes: [{ file: "src/examine-evidence.ts", from: "if (attached.subject.digest !== options.subject.digest)", to: "if (false)" }],
    test: {
      file: "tests/advisories/needs.test.ts",
      name: "what a listing hands out for an image is held against what it refers to by itself (CVE-2023-33959)",
    },
    tells: "manifest/subject",
  },
  {
    name: "metadata that is asked for is signed",
    changes: [{ file: "src/checks/annotations.ts", from: "if (signed === value) continue;", to: "continue;" }],
    test: {
      file: "src/checks/checks.test.ts",
      name: "annotations: every one that is asked for must be there with its value, and others may be",
    },
    tells: "subject/annotation-missing",
  },
  {
    name: "a signature is for this product and no other",
    changes: [{ file: "src/checks/product.ts", from: "if (signed !== undefined) {", to: "if (false) {" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "a signature that says another product (identity/product-other)" },
    tells: "identity/product-other",
  },
  {
    name: "one who signs for several products says for which",
    changes: [{ file: "src/checks/product.ts", from: "if (found.every(({ isOfProduct }) => isOfProduct)) {", to: "if (true) {" }],
    test: {
      file: "tests/advisories/policy.test.ts",
      name: "what a manifest or listing says of itself, unsigned, makes no signature one of another product (kyverno#16336)",
    },
    tells: "identity/product-not-signed",
  },
];

const BYTES: readonly Rule[] = [
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
      name: "a key that nobody has as a whole cannot be judged; one that nobody names, or that did not sign, is a no",
    },
    tells: "identity/key-unknown",
  },
  {
    name: "a key that is only named leaves the answer open",
    changes: [{ file: "src/checks/signer.ts", from: "if (missing !== undefined) {", to: "if (false) {" }],
    test: {
      file: "src/checks/bare-key.test.ts",
      name: "a key that nobody has as a whole cannot be judged; one that nobody names, or that did not sign, is a no",
    },
    tells: "identity/key-not-given",
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
    changes: [{ file: "src/formats/statement-signature.ts", from: "if (payloadType !== IN_TOTO_MEDIA_TYPE) {", to: "if (false) {" }],
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
        file: "src/examine.ts",
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
      { file: "src/read-attached.ts", from: "if (bytes.length !== layer.size || !digestMatches(bytes, layer.digest))", to: "if (false)" },
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
    changes: [{ file: "src/encoding/json.ts", from: "if (known !== undefined && !knownNames.includes(name)) {", to: "if (false) {" }],
    test: { file: "src/encoding/json.test.ts", name: "a member that differs from a known one in case only is refused, as Go folds case" },
    tells: "json/case-variant",
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
];

const WHO_SIGNED: readonly Rule[] = [
  {
    name: "an anchor is the same certificate byte for byte",
    changes: [{ file: "src/core/trust-source.ts", from: "chain.some((der) => Buffer.compare(der, certificate) === 0)", to: "true" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "chain of another root (authenticity/untrusted)" },
    tells: "authenticity/untrusted",
  },
  {
    name: "a store vouches for signatures of its own kind alone",
    changes: [
      {
        file: "src/examine.ts",
        from: "const anchors = options.anchors.filter((anchor) => anchor.store.type === type);",
        to: "const anchors = options.anchors;",
      },
    ],
    test: { file: "tests/vectors/vectors.test.ts", name: "authority whose root is in a ca store (authenticity/untrusted)" },
    tells: "authenticity/untrusted",
  },
  {
    name: "a subject is compared as a whole",
    changes: [{ file: "src/checks/member.ts", from: "return left.length === 0;", to: "return true;" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "a subject with a name too many (identity/not-asked)" },
    tells: "identity/not-asked",
  },
  {
    name: "a subject has all that is asked for",
    changes: [{ file: "src/checks/member.ts", from: "if (at < 0) return false;", to: "if (at < 0) continue;" }],
    test: { file: "tests/advisories/needs.test.ts", name: "a certificate that says less of its owner than the policy does is another's" },
    tells: "identity/not-asked",
  },
  {
    name: "a name counts under the policy's anchor alone",
    changes: [
      {
        file: "src/checks/member.ts",
        from: "stores.has(formatStore(identity.anchor)) && isSubject(identity.is, leaf)",
        to: "isSubject(identity.is, leaf)",
      },
    ],
    test: { file: "tests/advisories/needs.test.ts", name: "a name is only that person's under the root that the policy names" },
    tells: "identity/not-asked",
  },
  {
    name: "a signer is one person or machine",
    changes: [{ file: "src/checks/member.ts", from: "if (others.length > 0) {", to: "if (false) {" }],
    test: { file: "tests/vectors/vectors.test.ts", name: "one signer who is two parties (identity/ambiguous)" },
    tells: "identity/ambiguous",
  },
  {
    name: "a trusted identity is a part of the signer's name",
    changes: [
      { file: "src/checks/identity.ts", from: "subsets.find((entry) => isSubset(entry.pairs, pairs))", to: "subsets.find(() => true)" },
    ],
    test: { file: "src/checks/checks.test.ts", name: "identity: a subset of the leaf's name as data, or everyone" },
    tells: "identity/untrusted",
  },
  {
    name: "a name that cannot be compared matches nothing",
    changes: [{ file: "src/checks/identity.ts", from: "if (problem !== undefined) return", to: "if (false) return" }],
    test: {
      file: "src/checks/checks.test.ts",
      name: "identity: names that notation cannot compare match no entry, and * still accepts them",
    },
    tells: "identity/unmatchable",
  },
  {
    name: "people are counted, never signatures",
    changes: [{ file: "src/policy/decide.ts", from: "return person ?? party ?? digest;", to: "return digest;" }],
    test: {
      file: "tests/advisories/evidence.test.ts",
      name: "one who signs twice, in two formats and with two identities, is one of the two that are asked for (CVE-2026-49834)",
    },
    tells: "signature/too-few",
  },
  {
    name: "no identity is two people's",
    changes: [{ file: "src/policy/countersign/agreement.ts", from: "() => refuseTwoSigners(signers),", to: "" }],
    test: { file: "src/policy/countersign/faults.test.ts", name: "refused with its place: one identity on two persons" },
    tells: "it was not refused",
  },
  {
    name: "one machine for many products must be said",
    changes: [
      {
        file: "src/policy/countersign/agreement.ts",
        from: "() => void readEach(model.sharedSigner ? [] : askedOf(unproven), refuseSharedSigners),",
        to: "",
      },
    ],
    test: { file: "src/policy/countersign/faults.test.ts", name: "refused with its place: one signer for many products" },
    tells: "it was not refused",
  },
  {
    name: "no repository is two products'",
    changes: [{ file: "src/policy/countersign/agreement.ts", from: "() => refuseTwoPlaces(model.products),", to: "" }],
    test: { file: "src/policy/countersign/faults.test.ts", name: "refused with its place: a repository of two products" },
    tells: "it was not refused",
  },
];

const WHEN: readonly Rule[] = [
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
        from: "if (Buffer.compare(info.imprint.digest",
        to: "if (false && Buffer.compare(info.imprint.digest",
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
];

const WHAT_COUNTS: readonly Rule[] = [
  {
    name: "an enforced failure ends a signature",
    changes: [
      { file: "src/policy/gate-view.ts", from: 'if (enforced.some((entry) => entry.outcome === "fail")) return "does-not-count";', to: "" },
    ],
    test: { file: "src/policy/decide.test.ts", name: "a signature counts only if every enforced check passed" },
    tells: "does-not-count",
  },
  {
    name: "an enforced doubt leaves a signature open",
    changes: [
      { file: "src/policy/gate-view.ts", from: 'if (enforced.some((entry) => entry.outcome === "unknown")) return "unknown";', to: "" },
    ],
    test: { file: "src/policy/decide.test.ts", name: "a signature counts only if every enforced check passed" },
    tells: "unknown",
  },
  {
    name: "nothing shown of a signature is no success",
    changes: [
      {
        file: "src/policy/gate-view.ts",
        from: 'return enforced.some((entry) => entry.outcome === "pass") ? "counts" : "does-not-count";',
        to: 'return "counts";',
      },
    ],
    test: { file: "src/policy/decide.test.ts", name: "nothing shown is not success" },
    tells: "does-not-count",
  },
  {
    name: "nothing asked is no pass",
    changes: [
      { file: "src/policy/decide.ts", from: "return requirements.length > 0 && requirements.every(", to: "return requirements.every(" },
    ],
    test: { file: "src/policy/decide.test.ts", name: "a pass needs all, and nothing asked is no pass" },
    tells: "unknown",
  },
  {
    name: "what was left out leaves the answer open",
    changes: [{ file: "src/policy/decide.ts", from: "if (coverage.unexamined > 0) missing.push(leftByBudget(coverage));", to: "" }],
    test: { file: "src/policy/decide.test.ts", name: "without one that counts, only full sight is a deny" },
    tells: "unknown",
  },
  {
    name: "a listing that was cut off leaves the answer open",
    changes: [
      {
        file: "src/policy/decide.ts",
        from: 'if (!coverage.complete) missing.push("the registry did not give the whole list of what hangs on the image");',
        to: "",
      },
    ],
    test: { file: "src/policy/decide.test.ts", name: "without one that counts, only full sight is a deny" },
    tells: "unknown",
  },
  {
    name: "only a statement of the type that is asked for counts",
    changes: [
      {
        file: "src/policy/decide-evidence.ts",
        from: "return (statement?.predicateType ?? report.predicateType ?? about.predicateType) === about.predicateType;",
        to: "return true;",
      },
      {
        file: "src/policy/decide-evidence.ts",
        from: "if (content !== undefined) return content.kind === about.content;",
        to: "if (content !== undefined) return true;",
      },
      { file: "src/look-at-manifests.ts", from: "types.has(predicateType) || kinds.has(contentKindOf(predicateType))", to: "true" },
      {
        file: "src/policy/requirements/judge.ts",
        from: 'return [{ code: "evidence/other-kind", message: `${asked} is asked for, and the statement is ${is}` }];',
        to: "return [];",
      },
      { file: "src/policy/requirements/judge.ts", from: "if (context.statement.predicateType !== need.asked.type)", to: "if (false)" },
      {
        file: "src/gather.ts",
        from: "return claimed === undefined || claimed === IMAGE_SIGNATURE || evidence?.wants(claimed) === true;",
        to: "return true;",
      },
    ],
    test: {
      file: "tests/advisories/evidence.test.ts",
      name: "a valid statement of another type counts for nothing, in any carrier, whatever the manifest claims (CVE-2022-35929)",
    },
    tells: "deny",
  },
  {
    name: "a statement of another kind is judged as none",
    changes: [
      {
        file: "src/policy/requirements/judge.ts",
        from: 'return [{ code: "evidence/other-kind", message: `${asked} is asked for, and the statement is ${is}` }];',
        to: "return [];",
      },
    ],
    test: { file: "src/policy/countersign/requirements.test.ts", name: "a statement of another kind counts for nothing" },
    tells: "evidence/other-kind",
  },
  {
    name: "evidence is by one who is asked",
    changes: [{ file: "src/policy/decide-evidence.ts", from: "by.includes(member)", to: "true" }],
    test: { file: "src/policy/decide-evidence.test.ts", name: "evidence counts by whose signature of it counts, and by nothing else" },
    tells: "deny",
  },
  {
    name: "the newest alone decides where a later word takes back",
    changes: [
      {
        file: "src/policy/decide-evidence.ts",
        from: "const deciding = requirement.newestOnly ? newest(candidates) : candidates;",
        to: "const deciding = candidates;",
      },
      {
        file: "src/policy/decide-evidence.ts",
        from: "requirement.newestOnly ? good.length > 0 && good.length === deciding.length : good.length > 0",
        to: "good.length > 0",
      },
    ],
    test: {
      file: "tests/advisories/needs.test.ts",
      name: "a newer scan that finds something takes back an older one that did not (kyverno#3195)",
    },
    tells: "evidence/vulnerable",
  },
  {
    name: "of an unknown time may be the newest",
    changes: [
      {
        file: "src/policy/decide-evidence.ts",
        from: "found.at === undefined || found.at.getTime() === last",
        to: "found.at?.getTime() === last",
      },
    ],
    test: {
      file: "src/policy/decide-evidence.test.ts",
      name: "the newest decides where a later word takes back an earlier one, and any where it does not",
    },
    tells: "deny",
  },
  {
    name: "evidence is no older than asked",
    changes: [{ file: "src/policy/decide-evidence.ts", from: "if (age <= maxAge * 1000) return [];", to: "return [];" }],
    test: {
      file: "tests/advisories/needs.test.ts",
      name: "a scan that is too old, or of a time to come, is not fresh, and neither is its database (neuvector#1870)",
    },
    tells: "evidence/too-old",
  },
  {
    name: "evidence is of no time to come",
    changes: [{ file: "src/policy/decide-evidence.ts", from: "if (age < -CLOCK_SKEW_MS)", to: "if (false)" }],
    test: {
      file: "tests/advisories/needs.test.ts",
      name: "a scan that is too old, or of a time to come, is not fresh, and neither is its database (neuvector#1870)",
    },
    tells: "evidence/age-unknown",
  },
  {
    name: "a document that names no image is only asserted",
    changes: [{ file: "src/policy/requirements/judge.ts", from: "if (!isAsserted || (signer", to: "if (true || (signer" }],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "a document that names no image counts only as the word of one whose word counts",
    },
    tells: "evidence/asserted",
  },
  {
    name: "findings are excused by those who may",
    changes: [
      {
        file: "src/policy/decide-evidence.ts",
        from: "const vex = saidBy(requirement.vexBy).flatMap(statementsOf);",
        to: "const vex = about.evidence.flatMap(statementsOf);",
      },
    ],
    test: {
      file: "tests/advisories/needs.test.ts",
      name: "a finding is excused by those alone whose word the policy takes for it (GHSA-gg4x-fgg2-h9w9)",
    },
    tells: "evidence/vulnerable",
  },
  {
    name: "each manifest of an index needs its own",
    changes: [
      {
        file: "src/policy/decide-evidence.ts",
        from: 'if (requirement.kind === "evidence" && !requirement.perManifest)',
        to: 'if (requirement.kind === "evidence")',
      },
    ],
    test: {
      file: "tests/evidence/carriers.test.ts",
      name: "each child of an index needs its own scan, nested ones and those that claim to run nowhere too",
    },
    tells: "deny,deny,deny",
  },
  {
    name: "a child runs unless all its layers are statements",
    changes: [{ file: "src/runnable.ts", from: "layers.length > 0 && layers.every(", to: "layers.some(" }],
    test: {
      file: "tests/advisories/needs.test.ts",
      name: "a child of an index runs unless all of its layers are statements, whatever it says of itself",
    },
    tells: "deny",
  },
  {
    name: "an index of which nothing runs meets nothing",
    changes: [{ file: "src/policy/decide-evidence.ts", from: "if (runnable.length === 0 && gaps.length === 0)", to: "if (false)" }],
    test: {
      file: "tests/evidence/carriers.test.ts",
      name: "what holds in-toto statements alone does not run; an index of nothing else meets nothing",
    },
    tells: "deny",
  },
  {
    name: "a child that cannot be read leaves the answer open",
    changes: [
      {
        file: "src/policy/decide-evidence.ts",
        from: "const missing = gaps.length === 0 ? [] : [undecided(requirement, gate, gaps)];",
        to: "const missing = [];",
      },
    ],
    test: { file: "tests/evidence/carriers.test.ts", name: "a child that cannot be read leaves the answer open" },
    tells: "unknown",
  },
  {
    name: "what was listed and cannot be had leaves the answer open",
    changes: [{ file: "src/policy/decide-evidence.ts", from: "if (doubts.length > 0) return", to: "if (false) return" }],
    test: {
      file: "tests/advisories/needs.test.ts",
      name: "a statement that was listed and cannot be had leaves the answer open, and one that is only broken does not (kyverno#16036)",
    },
    tells: "unknown",
  },
  {
    name: "what counted because a check is relaxed is told",
    changes: [
      {
        file: "src/evaluate.ts",
        from: '.filter((entry) => entry.action !== "enforce" && entry.outcome !== "pass")',
        to: ".filter(() => false)",
      },
    ],
    test: { file: "tests/advisories/policy.test.ts", name: "what counts only because the policy looks away is told in the verdict" },
    tells: "expiry is only logged",
  },
];

const WHAT_IS_ASKED: readonly Rule[] = [
  {
    name: "the builder is the one that is asked for",
    changes: [
      {
        file: "src/policy/requirements/provenance.ts",
        from: "if (builder !== undefined && content.builder !== builder)",
        to: "if (false)",
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "provenance: builder and build type are compared exactly, and what is not said does not count",
    },
    tells: "evidence/builder",
  },
  {
    name: "the build type is the one that is asked for",
    changes: [
      {
        file: "src/policy/requirements/provenance.ts",
        from: "if (buildType !== undefined && content.buildType !== buildType) {",
        to: "if (false) {",
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "provenance: builder and build type are compared exactly, and what is not said does not count",
    },
    tells: "evidence/build-type",
  },
  {
    name: "no other source is built in",
    changes: [
      {
        file: "src/policy/requirements/provenance.ts",
        from: "if (sources.length > 0 && other === undefined) return [];",
        to: "if (sources.some(({ uri }) => uri === asked)) return [];",
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "provenance: the source is that of the product, alone, and at the ref",
    },
    tells: "evidence/source",
  },
  {
    name: "the source is of the ref that is asked for",
    changes: [
      { file: "src/policy/requirements/provenance.ts", from: "if (refs.length > 0 && other === undefined) return [];", to: "return [];" },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "provenance: the source is that of the product, alone, and at the ref",
    },
    tells: "evidence/ref",
  },
  {
    name: "an SBOM that lists nothing does not count",
    changes: [{ file: "src/policy/requirements/sbom.ts", from: "if (packages.length === 0)", to: "if (false)" }],
    test: { file: "src/policy/countersign/requirements.test.ts", name: "sbom: one that lists nothing does not count" },
    tells: "evidence/sbom-empty",
  },
  {
    name: "denied packages are not in the image",
    changes: [{ file: "src/policy/requirements/sbom.ts", from: "if (found.length === 0) return [];", to: "return [];" }],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "sbom: denied packages are told by their package URL, however it is written",
    },
    tells: "true",
  },
  {
    name: "of licences that are joined by AND each holds",
    changes: [{ file: "src/policy/requirements/license.ts", from: "expression.of.every(", to: "expression.of.some(" }],
    test: { file: "src/policy/countersign/requirements.test.ts", name: "sbom: an expression is denied only if every way to choose is" },
    tells: "evidence/denied-license",
  },
  {
    name: "of licences that are joined by OR one can be chosen",
    changes: [{ file: "src/policy/requirements/license.ts", from: "return expression.of.some(", to: "return expression.of.every(" }],
    test: { file: "src/policy/countersign/requirements.test.ts", name: "sbom: an expression is denied only if every way to choose is" },
    tells: "evidence/denied-license",
  },
  {
    name: "a licence that is not known is none that is allowed",
    changes: [{ file: "src/policy/requirements/sbom.ts", from: 'if (unknown.length > 0 && asked.unknown !== "allow")', to: "if (false)" }],
    test: { file: "src/policy/countersign/requirements.test.ts", name: "sbom: an expression is denied only if every way to choose is" },
    tells: "evidence/license-unknown",
  },
  {
    name: "findings that are worse are denied too",
    changes: [
      {
        file: "src/policy/requirements/scan.ts",
        from: "return at >= SEVERITIES.indexOf(from);",
        to: "return at === SEVERITIES.indexOf(from);",
      },
    ],
    test: { file: "tests/advisories/needs.test.ts", name: "a finding that is worse than the policy's bound is denied too" },
    tells: "evidence/vulnerable",
  },
  {
    name: "findings of unknown severity are denied",
    changes: [{ file: "src/policy/requirements/scan.ts", from: 'asked.unknownSeverity === "allow" ? []', to: "true ? []" }],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "scan: findings as severe as the policy says, and worse, are denied, and those of unknown severity",
    },
    tells: "evidence/severity-unknown",
  },
  {
    name: "a scanner's database is no older than asked",
    changes: [{ file: "src/policy/requirements/scan.ts", from: "if (age <= databaseMaxAge * 1000) return [];", to: "return [];" }],
    test: { file: "src/policy/countersign/requirements.test.ts", name: "scan: the database must be new enough, and say so" },
    tells: "evidence/database-too-old",
  },
  {
    name: "a scanner's database says how old it is",
    changes: [
      {
        file: "src/policy/requirements/scan.ts",
        from: "if (at === undefined || Number.isNaN(at.getTime()))",
        to: "if (at === undefined || Number.isNaN(at.getTime())) return [];\n    if (false)",
      },
    ],
    test: { file: "src/policy/countersign/requirements.test.ts", name: "scan: the database must be new enough, and say so" },
    tells: "evidence/database-age-unknown",
  },
  {
    name: "tests have passed",
    changes: [
      {
        file: "src/policy/requirements/test.ts",
        from: "if (isEnough && content.failed.length === 0) return [];",
        to: "if (isEnough) return [];",
      },
    ],
    test: { file: "src/policy/countersign/requirements.test.ts", name: "test: what has failed, or only been warned of, does not count" },
    tells: "evidence/test-failed",
  },
  {
    name: "of several words about a finding the last counts",
    changes: [
      {
        file: "src/policy/requirements/vex.ts",
        from: "excuses(statement) && against.every((other) => isLater(statement.at, other.statement.at))",
        to: "excuses(statement)",
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "vex: the last word counts, and of two of one time, or of none, the worse",
    },
    tells: "false",
  },
  {
    name: "VEX about another image's digest excuses nothing",
    changes: [{ file: "src/policy/requirements/vex.ts", from: "if (digest !== undefined && isOfImage) return undefined;", to: "" }],
    test: { file: "tests/advisories/needs.test.ts", name: "VEX about another image of the same name excuses nothing here" },
    tells: "is about pkg:oci/base",
  },
  {
    name: "an expression that does not hold is a no",
    changes: [
      {
        file: "src/policy/countersign/expressions.ts",
        from: 'if (answer === false) return [{ code: "evidence/expression-false"',
        to: 'if (answer === false) return []; if (false) return [{ code: "evidence/expression-false"',
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "attestation: what the expression asks must hold, and what cannot be found out does not",
    },
    tells: "evidence/expression-false",
  },
  {
    name: "an expression without an answer is no yes",
    changes: [
      {
        file: "src/policy/countersign/expressions.ts",
        from: 'return [{ code: "evidence/expression-error", message: `of it could not be asked',
        to: 'return answer ? [] : [{ code: "evidence/expression-error", message: `of it could not be asked',
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "attestation: what the expression asks must hold, and what cannot be found out does not",
    },
    tells: "evidence/expression-error",
  },
  {
    name: "a member that is not there has no members",
    changes: [
      {
        file: "src/policy/cel/functions.ts",
        from: "if (!isCelMap(value)) throw new Error(`what is asked for ${name} has no members`);",
        to: "if (!isCelMap(value)) return false;",
      },
    ],
    test: {
      file: "tests/advisories/policy.test.ts",
      name: "a member that is missing, or of another kind, makes no expression true by its absence",
    },
    tells: "evidence/expression",
  },
  {
    name: "an expression has a budget",
    changes: [{ file: "src/policy/cel/budget.ts", from: "return this.#left < 0;", to: "return this.#left < -2_000_000_000;" }],
    test: { file: "src/policy/cel/language.test.ts", name: 'is cut short: predicate.many.all(x, !predicate.long.contains("b"))' },
    tells: "costs more than an expression may",
  },
  {
    name: "a rule that does not hold is a no",
    changes: [
      {
        file: "src/policy/countersign/expressions.ts",
        from: 'if (answer === false) return [{ code: "rule/false"',
        to: 'if (answer === false) return []; if (false) return [{ code: "rule/false"',
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "rules: they hold at their gate and for those that come after, and a fault in one is no yes",
    },
    tells: "rule/false",
  },
  {
    name: "a rule without an answer is no yes",
    changes: [
      {
        file: "src/policy/countersign/expressions.ts",
        from: 'return [{ code: "rule/error"',
        to: 'return answer ? [] : [{ code: "rule/error"',
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "rules: they hold at their gate and for those that come after, and a fault in one is no yes",
    },
    tells: "rule/error",
  },
  {
    name: "the image's user is not root",
    changes: [
      {
        file: "src/policy/requirements/image.ts",
        from: "if (/^[1-9][0-9]{0,9}$/.test(name) && Number(name) < 2 ** 31) return [];",
        to: "if (/^[0-9]+$/.test(name)) return [];",
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "image: the user is another than root by number, or the one that is named",
    },
    tells: "image/user",
  },
  {
    name: "the image exposes no other ports",
    changes: [{ file: "src/policy/requirements/image.ts", from: "if (others.length === 0) return [];", to: "return [];" }],
    test: { file: "src/policy/countersign/requirements.test.ts", name: "image: it exposes no other ports" },
    tells: "image/ports",
  },
  {
    name: "a configuration in other letters is none",
    changes: [
      {
        file: "src/policy/requirements/image.ts",
        from: 'if (!isObject(document) || hasVariant(document, ["config"])) return undefined;',
        to: "if (!isObject(document)) return undefined;",
      },
    ],
    test: {
      file: "src/policy/countersign/requirements.test.ts",
      name: "image: the user is another than root by number, or the one that is named",
    },
    tells: "image/config",
  },
  {
    name: "each commit is there",
    changes: [
      {
        file: "src/policy/requirements/commits.ts",
        from: "if (commit === undefined) missing.push(id);",
        to: "if (commit === undefined) continue;",
      },
    ],
    test: { file: "src/policy/requirements/commits.test.ts", name: "are told by what is wrong with each" },
    tells: "author/unproven",
  },
  {
    name: "each commit is signed by one who is asked",
    changes: [
      {
        file: "src/policy/requirements/commits.ts",
        from: "if (name !== undefined && asked.includes(name)) return undefined;",
        to: "if (name !== undefined) return undefined;",
      },
    ],
    test: { file: "src/policy/requirements/commits.test.ts", name: "are told by what is wrong with each" },
    tells: "author/unknown-signer",
  },
  {
    name: "the provenance names a base",
    changes: [{ file: "src/bases.ts", from: "if (named.length === 0) return", to: "if (named.length === 0) return []; if (false) return" }],
    test: { file: "tests/evidence/bases.test.ts", name: "no base named is no" },
    tells: "deny",
  },
  {
    name: "the base's layers begin the image's",
    changes: [{ file: "src/bases.ts", from: "base.every((id, at) => id === image[at])", to: "true" }],
    test: {
      file: "tests/evidence/bases.test.ts",
      name: "an image that does not begin with the layers of a base that the policy lists has none",
    },
    tells: "deny",
  },
  {
    name: "the base passes its own gate",
    changes: [{ file: "src/bases.ts", from: 'if (verdict.outcome === "pass") return [];', to: "return [];" }],
    test: { file: "tests/evidence/bases.test.ts", name: "a base counts once it passes its own gate" },
    tells: "deny",
  },
  {
    name: "a base that cannot be asked for leaves the answer open",
    changes: [{ file: "src/bases.ts", from: "if (unread.length > 0) return", to: "if (false) return" }],
    test: { file: "tests/evidence/bases.test.ts", name: "a base that cannot be asked for leaves the answer open" },
    tells: "unknown",
  },
];

const WHICH_POLICY: readonly Rule[] = [
  {
    name: "a repository is matched whole",
    changes: [
      {
        file: "src/policy/countersign/template.ts",
        from: "if (spreadAt < 0 ? surplus !== 0 : surplus < 0) return undefined;",
        to: "if (surplus < 0) return undefined;",
      },
    ],
    test: {
      file: "tests/advisories/policy.test.ts",
      name: "host and path of a repository are matched whole: nothing around a product's place is the product (CVE-2026-25542)",
    },
    tells: "not-listed",
  },
  {
    name: "a gate judges at its own places",
    changes: [
      { file: "src/policy/countersign/select.ts", from: "if (places.length > 0 && !listed.includes(gate.name)) {", to: "if (false) {" },
    ],
    test: { file: "src/policy/countersign/document.test.ts", name: "what a policy does not list, and which gate must be told" },
    tells: "not-listed",
  },
  {
    name: "a field that is not known refuses the policy",
    changes: [
      {
        file: "src/policy/countersign/place.ts",
        from: "else unknown.push(new Place(value, member, keyPosition).#unknown(key, shape));",
        to: "",
      },
    ],
    test: {
      file: "tests/advisories/policy.test.ts",
      name: "a field that is not known is refused wherever it stands, in each object of a policy that has all of them (CVE-2025-29778)",
    },
    tells: "subjectRegExp",
  },
  {
    name: "a threshold is at least one",
    changes: [
      {
        file: "src/policy/countersign/place.ts",
        from: "Number.isSafeInteger(node.value) && node.value >= 1) return node.value;",
        to: "Number.isSafeInteger(node.value)) return node.value;",
      },
    ],
    test: {
      file: "tests/advisories/policy.test.ts",
      name: "a threshold below one, and a check that nobody may leave out, are refused (CVE-2026-23992, GHSA-gg4x-fgg2-h9w9)",
    },
    tells: "rejection",
  },
  {
    name: "an older policy is refused",
    changes: [{ file: "src/policy/floor.ts", from: "if (seen.version < version) {", to: "if (false) {" }],
    test: { file: "src/policy/floor.test.ts", name: "after version 5 was seen, an older one is policy/rolled-back" },
    tells: "policy/rolled-back",
  },
  {
    name: "a version has one document",
    changes: [{ file: "src/policy/floor.ts", from: "if (seen.digest === digest) return undefined;", to: "return undefined;" }],
    test: { file: "src/policy/floor.test.ts", name: "after version 5 was seen, another of the same version is policy/forked" },
    tells: "policy/forked",
  },
  {
    name: "a version names the one before it",
    changes: [{ file: "src/policy/floor.ts", from: "(isNext && seen.previous !== digest)", to: "false" }],
    test: { file: "src/policy/floor.test.ts", name: "after version 5 was seen, the next after another is policy/forked" },
    tells: "policy/forked",
  },
  {
    name: "a policy that is pinned judges only as it was then",
    changes: [
      {
        file: "src/trust/policy-trust.ts",
        from: "if (pin === undefined || pin === file.policy.digest) return undefined;",
        to: "return undefined;",
      },
    ],
    test: { file: "tests/advisories/working-tree.test.ts", name: "a policy that is named with its digest judges only as it was then" },
    tells: "policy/changed",
  },
  {
    name: "what lies in the working tree judges at a terminal alone",
    changes: [{ file: "src/cli/open-setup.ts", from: "searchAbove: io.isTerminal && io.stdout.isTTY === true,", to: "searchAbove: true," }],
    test: {
      file: "tests/advisories/working-tree.test.ts",
      name: "a policy that lies in the working tree judges only at a terminal, and counts as nobody's",
    },
    tells: "policy/none",
  },
  {
    name: "a tag is not signed without a terminal",
    changes: [{ file: "src/cli/pin-for-writing.ts", from: "if (!isUnsafe && !io.isTerminal) {", to: "if (false) {" }],
    test: { file: "tests/e2e/cli.test.ts", name: "without a terminal a tag is not signed, and the answer says how to name a digest" },
    tells: "expected: 2",
  },
];

export const RULES: readonly Rule[] = [
  ...ABOUT_THE_IMAGE,
  ...BYTES,
  ...WHO_SIGNED,
  ...WHEN,
  ...WHAT_COUNTS,
  ...WHAT_IS_ASKED,
  ...WHICH_POLICY,
];
