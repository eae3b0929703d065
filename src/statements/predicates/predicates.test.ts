import assert from "node:assert/strict";
import { suite, test } from "node:test";
import * as fc from "fast-check";
import type { Content, ContentOf, ScanFinding } from "../../core/evidence.ts";
import { Malformed } from "../../core/malformed.ts";
import { readContent } from "../content.ts";
import { writeVulns } from "./vulns.ts";
import { VULNS_V02 } from "../predicate-types.ts";

const HEX = "a".repeat(64);
const SUBJECTS = [{ digest: { sha256: HEX } }];

function read(predicateType: string, predicate: unknown): Content {
  return readContent({ subjects: SUBJECTS, predicateType, predicate });
}

function assertRefused(predicateType: string, faults: Readonly<Record<string, unknown>>): void {
  for (const [name, fault] of Object.entries(faults)) {
    test(`refused: ${name}`, () => {
      assert.throws(
        () => read(predicateType, fault),
        (error) => error instanceof Malformed && error.code === "statement/predicate",
      );
    });
  }
}

function packagesOf(content: Content): ContentOf<"sbom">["packages"] {
  return content.kind === "sbom" ? content.packages : assert.fail(content.kind);
}

/** Without the null prototypes of sets of digests. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

suite("SPDX", () => {
  const TYPE = "https://spdx.dev/Document";
  const one = {
    SPDXID: "SPDXRef-a",
    name: "lodash",
    versionInfo: "4.17.20",
    downloadLocation: "NOASSERTION",
    licenseConcluded: "NOASSERTION",
    licenseDeclared: "MIT",
    externalRefs: [
      { referenceCategory: "SECURITY", referenceType: "cpe23Type", referenceLocator: "cpe:2.3:a:lodash:lodash:4.17.20:*:*:*:*:*:*:*" },
      { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: "pkg:npm/lodash@4.17.20" },
    ],
  };
  const good = {
    spdxVersion: "SPDX-2.3",
    SPDXID: "SPDXRef-DOCUMENT",
    dataLicense: "CC0-1.0",
    name: "app",
    documentNamespace: "https://example.test/app",
    creationInfo: { created: "2026-01-02T03:04:05Z", creators: ["Tool: test"] },
    packages: [one],
  };

  test("packages with licence and package URL, as an object and as cosign's text", () => {
    const expected = {
      kind: "sbom",
      packages: [{ name: "lodash", version: "4.17.20", purl: "pkg:npm/lodash@4.17.20", licenses: ["MIT"] }],
      at: new Date("2026-01-02T03:04:05Z"),
    };
    assert.deepEqual(read(TYPE, good), expected);
    assert.deepEqual(read(TYPE, JSON.stringify(good)), expected);
    assert.deepEqual(read("https://spdx.dev/Document/v2.2", { ...good, spdxVersion: "SPDX-2.2" }), expected);
  });

  test("each of several package URLs is listed, and a licence of its own goes by its name", () => {
    const two = { ...one.externalRefs[1], referenceLocator: "pkg:npm/other@1" };
    const packages = packagesOf(
      read(TYPE, {
        ...good,
        hasExtractedLicensingInfos: [{ licenseId: "LicenseRef-acme", extractedText: "…", name: "Acme Licence" }],
        packages: [{ ...one, licenseDeclared: "LicenseRef-acme", externalRefs: [...one.externalRefs, two] }],
      }),
    );
    assert.deepEqual(
      packages.map(({ purl, licenses }) => [purl, licenses]),
      [
        ["pkg:npm/lodash@4.17.20", ["Acme Licence"]],
        ["pkg:npm/other@1", ["Acme Licence"]],
      ],
    );
  });

  test("the image itself, its distribution and its files are no packages", () => {
    const image = { ...one, SPDXID: "SPDXRef-image", name: "app", primaryPackagePurpose: "CONTAINER" };
    const distribution = {
      SPDXID: "SPDXRef-os",
      name: "alpine",
      versionInfo: "3.18",
      downloadLocation: "NONE",
      primaryPackagePurpose: "OPERATING-SYSTEM",
    };
    const relationships = [{ spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-image" }];
    assert.equal(packagesOf(read(TYPE, { ...good, packages: [one, image, distribution], relationships })).length, 1);
    assert.equal(packagesOf(read(TYPE, { ...good, packages: [one, image, distribution] })).length, 2, "a container within is one");
  });

  test("an empty list is an answer", () => assert.deepEqual(packagesOf(read(TYPE, { ...good, packages: [] })), []));

  assertRefused(TYPE, {
    "no list of packages": { ...good, packages: undefined },
    "packages that are no list": { ...good, packages: {} },
    "a null package": { ...good, packages: [null] },
    "a package without a name": { ...good, packages: [{ ...one, name: undefined }] },
    "a version to come": { ...good, spdxVersion: "SPDX-3.0" },
    "no creation": { ...good, creationInfo: undefined },
    "a licence that is no text": { ...good, packages: [{ ...one, licenseDeclared: 1 }] },
    "a reference without a locator": { ...good, packages: [{ ...one, externalRefs: [{ referenceType: "purl" }] }] },
    "lines with tags": "SPDXVersion: SPDX-2.3\nPackageName: a",
  });
  test("refused: text that is no JSON", () => {
    assert.throws(
      () => read(TYPE, "{"),
      (error) => error instanceof Malformed && error.code === "json/syntax",
    );
  });
});

suite("CycloneDX", () => {
  const TYPE = "https://cyclonedx.org/bom";
  const one = {
    type: "library",
    group: "@acme",
    name: "shop",
    version: "1",
    purl: "pkg:npm/%40acme/shop@1",
    licenses: [{ license: { id: "MIT" } }],
  };
  const good = { bomFormat: "CycloneDX", specVersion: "1.6", metadata: { timestamp: "2026-01-02T03:04:05+01:00" }, components: [one] };

  test("components, nested ones, and all ways to write a licence", () => {
    const inner = {
      type: "library",
      name: "inner",
      licenses: [{ expression: "MIT OR Apache-2.0" }],
      evidence: { licenses: [{ license: { name: "Acme Licence" } }] },
    };
    assert.deepEqual(read(TYPE, { ...good, components: [{ ...one, components: [inner] }] }), {
      kind: "sbom",
      packages: [
        { name: "@acme/shop", version: "1", purl: "pkg:npm/%40acme/shop@1", licenses: ["MIT"] },
        { name: "inner", licenses: ["MIT OR Apache-2.0", "Acme Licence"] },
      ],
      at: new Date("2026-01-02T02:04:05Z"),
    });
    for (const specVersion of ["1.4", "1.5", "1.7"]) assert.equal(packagesOf(read(TYPE, { ...good, specVersion })).length, 1);
  });

  test("an id that SPDX does not list is a name like any other", () => {
    const packages = packagesOf(read(TYPE, { ...good, components: [{ ...one, licenses: [{ license: { id: "No-Such-1.0" } }] }] }));
    assert.deepEqual(packages[0]?.licenses, ["No-Such-1.0"]);
  });

  test("files, the distribution and lock files are no packages; what is within them is", () => {
    const components = [
      { type: "file", name: "/app/package.json" },
      { type: "operating-system", name: "alpine", version: "3.18" },
      { type: "application", name: "package-lock.json", components: [one] },
      { type: "application", name: "shop", version: "2" },
      { type: "file", name: "/bin/tool", purl: "pkg:generic/tool@1" },
    ];
    assert.deepEqual(
      packagesOf(read(TYPE, { ...good, components })).map(({ name }) => name),
      ["@acme/shop", "shop", "/bin/tool"],
    );
  });

  assertRefused(TYPE, {
    "no list of components": { ...good, components: undefined },
    "a null list of components": { ...good, components: null },
    "an older version": { ...good, specVersion: "1.3" },
    "a version to come": { ...good, specVersion: "2.0" },
    "another format": { ...good, bomFormat: "cyclonedx" },
    "a component without a type": { ...good, components: [{ name: "a" }] },
    "a component without a name": { ...good, components: [{ type: "library" }] },
    "a licence without id and name": { ...good, components: [{ ...one, licenses: [{ license: {} }] }] },
    "parts that are no list": { ...good, components: [{ ...one, components: {} }] },
  });
});

suite("scans in the neutral form", () => {
  const result = {
    id: "CVE-2026-1",
    severity: [
      { method: "nvd", score: "medium" },
      { method: "cvss_score", score: "9.1" },
    ],
  };
  const good = {
    scanner: { uri: "pkg:github/aquasecurity/trivy", version: "1", db: { lastUpdate: "2026-01-01T00:00:00Z" }, result: [result] },
    metadata: { scanStartedOn: "2026-01-02T03:04:05Z", scanFinishedOn: "2026-01-02T03:05:05Z" },
  };

  test("the worst rating, both clocks", () => {
    assert.deepEqual(read(VULNS_V02, good), {
      kind: "scan",
      scanner: "pkg:github/aquasecurity/trivy",
      scannerVersion: "1",
      at: new Date("2026-01-02T03:05:05Z"),
      databaseAt: new Date("2026-01-01T00:00:00Z"),
      findings: [{ id: "CVE-2026-1", aliases: [], severity: "critical" }],
    });
  });

  test("times that are not said are not made up", () => {
    const content = read(VULNS_V02, { scanner: { uri: "x", result: [] } });
    assert.deepEqual(content, { kind: "scan", scanner: "x", findings: [] });
  });

  assertRefused(VULNS_V02, {
    "no result": { ...good, scanner: { ...good.scanner, result: undefined } },
    "a null result": { ...good, scanner: { ...good.scanner, result: null } },
    "a result that is no list": { ...good, scanner: { ...good.scanner, result: {} } },
    "no scanner": { metadata: good.metadata },
    "no scanner's URI": { ...good, scanner: { ...good.scanner, uri: undefined } },
    "a finding without an id": { ...good, scanner: { ...good.scanner, result: [{ severity: [] }] } },
    "a finding without a severity": { ...good, scanner: { ...good.scanner, result: [{ id: "CVE-2026-1" }] } },
    "a severity that is no list": { ...good, scanner: { ...good.scanner, result: [{ id: "CVE-2026-1", severity: "low" }] } },
    "a score that is a number": {
      ...good,
      scanner: { ...good.scanner, result: [{ id: "CVE-2026-1", severity: [{ method: "a", score: 1 }] }] },
    },
    "a time that is none": { ...good, metadata: { scanFinishedOn: "yesterday" } },
  });

  test("any scan that is written reads back the same", () => {
    const text = fc.string({ minLength: 1, unit: "grapheme" });
    const named = fc.record({ name: text, version: text, purl: text, licenses: fc.constant([]) }, { requiredKeys: ["name", "licenses"] });
    const finding: fc.Arbitrary<ScanFinding> = fc.record(
      {
        id: text,
        aliases: fc.array(text, { maxLength: 3 }),
        severity: fc.constantFrom("none", "low", "medium", "high", "critical", "unknown"),
        package: named,
        fixedIn: text,
      },
      { requiredKeys: ["id", "aliases", "severity"] },
    );
    const time = fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true });
    const optional = fc.record({ scannerVersion: text, at: time, databaseAt: time }, { requiredKeys: [] });
    fc.assert(
      fc.property(text, optional, fc.array(finding, { maxLength: 5 }), (scanner, rest, findings) => {
        const scan: ContentOf<"scan"> = { kind: "scan", scanner, ...rest, findings };
        const written: unknown = JSON.parse(JSON.stringify(writeVulns(scan)));
        assert.deepEqual(read(VULNS_V02, written), JSON.parse(JSON.stringify(scan), reviveTimes));
      }),
    );
  });
});

/** JSON leaves out what is undefined, and writes times as text. */
function reviveTimes(name: string, value: unknown): unknown {
  return (name === "at" || name === "databaseAt") && typeof value === "string" ? new Date(value) : value;
}

suite("cosign's vulnerability record", () => {
  const TYPE = "https://cosign.sigstore.dev/attestation/vuln/v1";
  const trivy = {
    SchemaVersion: 2,
    CreatedAt: "2026-01-01T00:00:00Z",
    Results: [{ Target: "a", Class: "os-pkgs", Vulnerabilities: [{ VulnerabilityID: "CVE-2026-1", PkgName: "a", Severity: "HIGH" }] }],
  };
  const good = {
    invocation: { parameters: null, uri: "", event_id: "", "builder.id": "" },
    scanner: { uri: "pkg:github/aquasecurity/trivy@1", version: "1", db: { uri: "", version: "" }, result: trivy },
    metadata: { scanStartedOn: "2026-01-02T03:04:05Z", scanFinishedOn: "2026-01-02T03:05:05Z" },
  };

  test("the report inside is read, with the times around it", () => {
    assert.deepEqual(read(TYPE, good), {
      kind: "scan",
      scanner: "pkg:github/aquasecurity/trivy@1",
      scannerVersion: "1",
      at: new Date("2026-01-02T03:05:05Z"),
      findings: [{ id: "CVE-2026-1", aliases: [], severity: "high", package: { name: "a", licenses: [] } }],
    });
  });

  assertRefused(TYPE, {
    "no result": { ...good, scanner: { ...good.scanner, result: undefined } },
    "an empty result": { ...good, scanner: { ...good.scanner, result: {} } },
    "a list as result": { ...good, scanner: { ...good.scanner, result: [] } },
    "a report of two kinds": { ...good, scanner: { ...good.scanner, result: { ...trivy, matches: [] } } },
    "a report without results": { ...good, scanner: { ...good.scanner, result: { SchemaVersion: 2 } } },
    "a time that is none": { ...good, metadata: { scanFinishedOn: 7 } },
  });
});

suite("results of tests", () => {
  const TYPE = "https://in-toto.io/attestation/test-result/v0.1";
  const good = { result: "PASSED", configuration: [{ name: "ci.yml" }], passedTests: ["a", "b"], warnedTests: ["c"], failedTests: [] };

  test("outcome, what failed, and how many passed", () => {
    assert.deepEqual(read(TYPE, good), { kind: "test", result: "passed", failed: [], passed: 3 });
    assert.deepEqual(read(TYPE, { result: "FAILED", failedTests: ["d"] }), { kind: "test", result: "failed", failed: ["d"], passed: 0 });
    assert.deepEqual(read(TYPE, { ...good, result: "WARNED" }), { kind: "test", result: "warned", failed: [], passed: 3 });
  });

  assertRefused(TYPE, {
    "no result": { ...good, result: undefined },
    "a result in small letters": { ...good, result: "passed" },
    "passed with failures": { ...good, failedTests: ["d"] },
    "names that are no texts": { ...good, passedTests: [1] },
    "a list that is none": { ...good, failedTests: "d" },
  });
});

suite("OpenVEX", () => {
  const TYPE = "https://openvex.dev/ns";
  const one = {
    vulnerability: { name: "CVE-2026-1", aliases: ["GHSA-1"] },
    products: [{ "@id": "pkg:oci/app@sha256%3A" + HEX }],
    status: "not_affected",
    justification: "component_not_present",
  };
  const good = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "https://example.test/vex/1",
    author: "Ana",
    timestamp: "2026-01-02T03:04:05Z",
    version: 1,
    statements: [one],
  };
  const statements = (document: unknown): ContentOf<"vex">["statements"] => {
    const content = read(TYPE, document);
    return content.kind === "vex" ? content.statements : assert.fail(content.kind);
  };

  test("product by digest, names of the vulnerability, inherited time", () => {
    assert.deepEqual(plain(statements(good)), [
      {
        ids: ["CVE-2026-1", "GHSA-1"],
        status: "not_affected",
        justification: "component_not_present",
        products: [{ id: `pkg:oci/app@sha256%3A${HEX}`, digests: { sha256: HEX }, parts: [] }],
        at: "2026-01-02T03:04:05.000Z",
      },
    ]);
  });

  test("hashes, further identifiers, and the parts that a statement is limited to", () => {
    const product = {
      "@id": "https://example.test/app",
      identifiers: { purl: "pkg:npm/app@1" },
      hashes: { "sha-256": HEX },
      subcomponents: [{ "@id": "pkg:npm/lodash@4" }, { identifiers: { cpe23: "cpe:2.3:a:b:c" } }],
    };
    const [statement] = statements({ ...good, statements: [{ ...one, products: [product], timestamp: "2026-02-01T00:00:00Z" }] });
    assert.deepEqual(plain(statement?.products), [
      { id: "https://example.test/app", digests: { sha256: HEX }, parts: ["pkg:npm/lodash@4", "cpe:2.3:a:b:c"] },
      { id: "pkg:npm/app@1", digests: { sha256: HEX }, parts: ["pkg:npm/lodash@4", "cpe:2.3:a:b:c"] },
    ]);
    assert.equal(statement?.at?.toISOString(), "2026-02-01T00:00:00.000Z");
  });

  test("a statement that names no product is about the subjects of the statement around it", () => {
    const [statement] = statements({ ...good, statements: [{ ...one, products: undefined }] });
    assert.deepEqual(plain(statement?.products), [{ id: `sha256:${HEX}`, digests: { sha256: HEX }, parts: [] }]);
  });

  assertRefused(TYPE, {
    "an older version": { ...good, "@context": "https://openvex.dev/ns" },
    "no statements": { ...good, statements: [] },
    "no list of statements": { ...good, statements: undefined },
    "no time": { ...good, timestamp: undefined },
    "no author": { ...good, author: "" },
    "a status that nobody knows": { ...good, statements: [{ ...one, status: "safe" }] },
    "not affected, and not why": { ...good, statements: [{ ...one, justification: undefined }] },
    "a justification that nobody knows": { ...good, statements: [{ ...one, justification: "trust_me" }] },
    "no vulnerability": { ...good, statements: [{ ...one, vulnerability: {} }] },
    "a product without a name": { ...good, statements: [{ ...one, products: [{ hashes: {} }] }] },
    "a part without a name, which would widen it": {
      ...good,
      statements: [{ ...one, products: [{ "@id": "pkg:npm/a@1", subcomponents: [{}] }] }],
    },
  });
});

suite("verification summaries", () => {
  const TYPE = "https://slsa.dev/verification_summary/v1";
  const good = {
    verifier: { id: "https://example.test/verifier" },
    timeVerified: "2026-01-02T03:04:05Z",
    resourceUri: "registry.example/app",
    policy: { uri: "https://example.test/policy" },
    verificationResult: "PASSED",
    verifiedLevels: ["SLSA_BUILD_LEVEL_3", "SLSA_SOURCE_TWO_PARTY_REVIEWED"],
  };

  test("one of the right shape travels", () => assert.deepEqual(read(TYPE, good), { kind: "other" }));

  assertRefused(TYPE, {
    "no verifier": { ...good, verifier: {} },
    "no resource": { ...good, resourceUri: undefined },
    "no policy": { ...good, policy: undefined },
    "a result that nobody knows": { ...good, verificationResult: "MAYBE" },
    "no levels": { ...good, verifiedLevels: undefined },
  });
});
