import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { CountersignError } from "../core/errors.ts";
import { assertRefused, bytesOf, CONFIG, DOCUMENTS, jsonOf, MANIFEST, recognise, scanOf, shortly } from "../../tests/fixtures/documents.ts";
import { LIMITS } from "../core/limits.ts";
import { readContent } from "./content.ts";
import { decodeStatement, encodeStatement } from "./statement.ts";

const HEX = "a".repeat(64);

suite("what the tools wrote", () => {
  const findings = [
    "CVE-2022-48174 critical busybox 1.36.1-r1",
    "CVE-2026-10001 unknown zlib 1.2.13-r9",
    "CVE-2021-23337 high lodash 4.17.21",
  ];
  const ofGrype = [
    "GHSA-35jh-r3h4-6jhm high lodash 4.17.21",
    "CVE-2022-48174 critical busybox 1.36.1-r1",
    "CVE-2026-10001 unknown zlib 1.2.13-r9",
  ];

  test("Trivy's report: its own severities, and the image by its configuration", () => {
    const document = recognise(bytesOf("trivy.json"));
    assert.equal(document.form, "Trivy report");
    assert.equal(document.predicateType, "https://in-toto.io/attestation/vulns/v0.2");
    assert.deepEqual(document.namedDigests, [{ of: "config", digest: CONFIG }]);
    assert.deepEqual(shortly(document), findings);
    assert.equal(scanOf(document).at, undefined);
  });

  test("what a report does not say is taken from those who know, and what it says is not", () => {
    const known = {
      startedAt: new Date("2026-02-01T00:00:00Z"),
      finishedAt: new Date("2026-02-01T00:01:00Z"),
      databaseAt: new Date("2026-01-31T00:00:00Z"),
    };
    const trivy = scanOf(recognise(bytesOf("trivy.json"), known));
    assert.deepEqual([trivy.at, trivy.databaseAt], [known.finishedAt, known.databaseAt]);
    const grype = scanOf(recognise(bytesOf("grype.json"), known));
    assert.deepEqual([grype.at, grype.databaseAt], [new Date("2026-11-24T19:25:36.747Z"), new Date("2026-11-24T19:16:31Z")]);
  });

  test("Trivy's record for cosign stays what it is", () => {
    const document = recognise(bytesOf("trivy.cosign-vuln.json"));
    assert.equal(document.predicateType, "https://cosign.sigstore.dev/attestation/vuln/v1");
    assert.deepEqual(document.predicate, jsonOf("trivy.cosign-vuln.json"));
    assert.deepEqual(document.namedDigests, [{ of: "config", digest: CONFIG }]);
    assert.deepEqual(shortly(document), findings);
  });

  test("Grype's report: severity of the related record where its own is unknown, aliases, database, image", () => {
    const document = recognise(bytesOf("grype.json"));
    assert.equal(document.form, "Grype report");
    assert.deepEqual(shortly(document), ofGrype);
    assert.deepEqual(scanOf(document).findings[0]?.aliases, ["CVE-2021-23337"]);
    assert.equal(scanOf(document).findings[0]?.package?.purl, "pkg:npm/lodash@4.17.20");
    assert.deepEqual(document.namedDigests, [
      { of: "manifest", digest: MANIFEST },
      { of: "config", digest: CONFIG },
    ]);
  });

  test("what a scanner's configuration put aside counts", () => {
    assert.deepEqual(shortly(recognise(bytesOf("grype-ignored.json"))), ofGrype);
  });

  test("SARIF of Trivy and of Grype; a score of 0.0 is one that they do not know", () => {
    assert.deepEqual(shortly(recognise(bytesOf("trivy.sarif.json"))), [
      "CVE-2022-48174 critical",
      "CVE-2026-10001 unknown",
      "CVE-2021-23337 high",
    ]);
    const document = recognise(bytesOf("grype.sarif.json"));
    assert.equal(document.form, "SARIF log");
    assert.deepEqual(
      shortly(document),
      ofGrype.map((line) => line.replace(/ [^ ]+$/, "")),
    );
    assert.equal(scanOf(document).scanner, "https://github.com/anchore/grype");
  });

  test("Amazon Inspector's findings: closed ones are gone, suppressed ones count", () => {
    const document = recognise(bytesOf("inspector.json"));
    assert.deepEqual(shortly(document), ["CVE-2026-20001 critical openssl 0:3.0.13-1~deb12u1", "CVE-2026-20002 high zlib"]);
    assert.deepEqual(
      scanOf(document).findings.map(({ package: found }) => found?.version),
      ["3.0.11-1~deb12u2", "1:1.2.13"],
    );
    assert.deepEqual(document.namedDigests, [{ of: "manifest", digest: `sha256:${HEX}` }]);
    assert.equal(scanOf(document).at?.toISOString(), "2026-01-03T03:00:00.200Z");
    const clean = recognise(bytesOf("inspector-clean.json"));
    assert.deepEqual(
      [shortly(clean), scanOf(clean).at?.toISOString(), clean.namedDigests],
      [[], "2026-01-04T06:00:00.000Z", document.namedDigests],
    );
  });

  for (const [name, named] of [
    ["trivy.cyclonedx.json", ["config"]],
    ["trivy.spdx.json", ["config"]],
    ["syft.cyclonedx.json", ["manifest"]],
    ["syft.spdx.json", ["manifest", "manifest"]],
  ] as const) {
    test(`${name}: four packages, the document as it came, the image it names`, () => {
      const document = recognise(bytesOf(name));
      assert.deepEqual(document.predicate, jsonOf(name));
      assert.deepEqual(
        document.namedDigests.map(({ of }) => of),
        named,
      );
      for (const { of, digest } of document.namedDigests) assert.equal(digest, of === "config" ? CONFIG : MANIFEST);
      const packages = document.content.kind === "sbom" ? document.content.packages : assert.fail();
      assert.deepEqual(packages.map((one) => one.name).toSorted(), ["busybox", "left", "lodash", "zlib"]);
      assert.ok(packages.every(({ licenses, purl, version }) => licenses.length === 1 && purl !== undefined && version !== undefined));
    });
  }

  for (const [name, passed, failed] of [
    ["node-sum.tap", 2, []],
    ["node-bad.tap", 1, ["broken"]],
    ["node-sum.junit.xml", 2, []],
    ["node-bad.junit.xml", 1, ["test.broken"]],
    ["pytest-sum.junit.xml", 3, []],
    ["pytest-bad.junit.xml", 1, ["test_bad.test_error", "test_bad.test_failing"]],
  ] as const) {
    test(`${name}: ${passed} passed, ${failed.length} failed`, () => {
      const document = recognise(bytesOf(name));
      assert.equal(document.predicateType, "https://in-toto.io/attestation/test-result/v0.1");
      assert.deepEqual(document.content, { kind: "test", result: failed.length === 0 ? "passed" : "failed", failed, passed });
      assert.deepEqual(document.namedDigests, []);
    });
  }

  test("each, written as a statement and read again, says the same", () => {
    for (const name of DOCUMENTS) {
      const { predicateType, predicate, content } = recognise(bytesOf(name));
      const subjects = [{ digest: { sha256: HEX } }];
      assert.deepEqual(readContent(decodeStatement(encodeStatement({ subjects, predicateType, predicate }))), content, name);
    }
  });
});

suite("statements and predicates", () => {
  test("a statement names its subjects", () => {
    const statement = {
      _type: "https://in-toto.io/Statement/v0.1",
      subject: [{ name: "a", digest: { sha256: HEX, sha1: "b".repeat(40) } }],
      predicateType: "https://example.test/v1",
      predicate: { a: 1 },
    };
    const document = recognise(statement);
    assert.equal(document.form, "in-toto statement");
    assert.deepEqual(
      [document.predicateType, document.predicate, document.content],
      ["https://example.test/v1", { a: 1 }, { kind: "other" }],
    );
    assert.deepEqual(document.namedDigests, [{ of: "manifest", digest: `sha256:${HEX}` }]);
    assert.equal(document.subjects?.[0]?.name, "a");
  });

  for (const [form, predicate] of [
    ["SLSA provenance v1", { buildDefinition: { buildType: "a", externalParameters: {} }, runDetails: { builder: { id: "b" } } }],
    ["SLSA provenance v0.2", { buildType: "a", builder: { id: "b" } }],
    ["in-toto vulnerability report", { scanner: { uri: "a", result: [] } }],
    ["in-toto test result", { result: "PASSED", configuration: [] }],
    [
      "SLSA verification summary",
      { verifier: { id: "a" }, resourceUri: "b", policy: {}, verificationResult: "PASSED", verifiedLevels: [] },
    ],
  ] as const) {
    test(form, () => assert.equal(recognise(predicate).form, form));
  }

  test("an OpenVEX document names its products", () => {
    const statements = [
      { vulnerability: { name: "CVE-2026-1" }, status: "fixed", products: [{ "@id": `pkg:oci/app@sha256%3A${HEX}?arch=amd64` }] },
    ];
    const document = {
      "@context": "https://openvex.dev/ns/v0.2.0",
      "@id": "a",
      author: "b",
      timestamp: "2026-01-02T03:04:05Z",
      version: 1,
      statements,
    };
    assert.deepEqual(recognise(document).namedDigests, [{ of: "manifest", digest: `sha256:${HEX}` }]);
    const inherited = recognise({ ...document, statements: [{ ...statements[0], products: undefined }] });
    assert.deepEqual([inherited.form, inherited.namedDigests], ["OpenVEX document", []]);
  });

  test("whoever writes VEX by hand is shown one that loads", () => {
    let remedy = "";
    assert.throws(
      () => recognise({ "@context": "https://openvex.dev/ns", statements: [] }),
      (error) => {
        assert.ok(error instanceof CountersignError && error.code === "document/invalid");
        ({ remedy } = error);
        return true;
      },
    );
    const example = /\{.*\}$/.exec(remedy)?.[0] ?? "";
    assert.equal(recognise(JSON.parse(example)).form, "OpenVEX document");
  });
});

suite("what is not recognised", () => {
  for (const [name, value, words] of [
    ["nothing", "", /it is empty/],
    ["spaces", " \n ", /it is empty/],
    ["prose", "All is well.", /neither JSON/],
    ["an empty object", {}, /no member of it says/],
    ["a list", [], /it is a list/],
    ["bytes that are no text", new Uint8Array([0xff, 0xfe, 0x41]), /not UTF-8/],
    ["two forms at once", { SchemaVersion: 2, matches: [] }, /Trivy report or a Grype report/],
    ["an SBOM that calls itself two", { spdxVersion: "SPDX-2.3", bomFormat: "CycloneDX" }, /SPDX document or a CycloneDX document/],
    ["a DSSE envelope", { payloadType: "application/vnd.in-toto+json", payload: "", signatures: [] }, /DSSE envelope/],
    ["a Sigstore bundle", { mediaType: "a", verificationMaterial: {}, dsseEnvelope: {} }, /Sigstore bundle/],
    ["syft's own JSON", { artifacts: [], artifactRelationships: [], descriptor: { name: "syft" } }, /syft's own JSON/],
    ["SPDX 3", { "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [] }, /SPDX 3/],
    ["SPDX in lines", "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\n", /lines with tags/],
    ["CycloneDX in XML", '<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.5"/>', /XML of another kind: <bom>/],
    ["a manifest", { schemaVersion: 2, manifests: [] }, /no member of it says/],
  ] as const) {
    test(name, () => assertRefused(value, "document/unknown", words));
  }

  test("one beyond the bound", () =>
    assertRefused(new Uint8Array(LIMITS.statementBytes + 1).fill(0x20), "document/unknown", /over \d+ bytes/));
});
