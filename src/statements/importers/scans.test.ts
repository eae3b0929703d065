import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { assertRefused, CONFIG, jsonOf, MANIFEST, recognise, scanOf, shortly } from "../../../tests/fixtures/documents.ts";

const HEX = "a".repeat(64);

/** Members of Trivy's and Grype's samples, changed. */
function changed(name: string, change: (document: Record<string, unknown>) => void): unknown {
  const document = jsonOf(name) as Record<string, unknown>;
  change(document);
  return document;
}

function sarif(run: unknown): unknown {
  return { version: "2.1.0", runs: [run] };
}

function image(hash: string): unknown {
  return {
    type: "AWS_ECR_CONTAINER_IMAGE",
    id: "a",
    details: { awsEcrContainerImage: { imageHash: `sha256:${hash.repeat(64)}` } },
  };
}

function finding(hash: string): object {
  return {
    type: "PACKAGE_VULNERABILITY",
    severity: "LOW",
    status: "ACTIVE",
    lastObservedAt: 1767322445.5,
    resources: [image(hash)],
    packageVulnerabilityDetails: { vulnerabilityId: "CVE-2026-1" },
  };
}

function ignoredMatch(rule: unknown): unknown {
  return {
    vulnerability: { id: "CVE-2026-1", severity: "High" },
    relatedVulnerabilities: [],
    artifact: { name: "linux-libc-dev", version: "6" },
    appliedIgnoreRules: [rule],
  };
}

suite("what is broken, or an empty pass", () => {
  const tool = { driver: { name: "Scan" } };

  for (const [name, value, words] of [
    ["JSON that is cut off", '{"SchemaVersion": 2, "Results": [', /as JSON/],
    ["two documents one after the other", '{"matches": []}{"matches": []}', /as JSON/],
    ["Trivy without results", { SchemaVersion: 2, ArtifactName: "a" }, /Results is missing/],
    ["Trivy with no results at all", { SchemaVersion: 2, Results: [] }, /nothing was looked at/],
    [
      "Trivy that looked for secrets alone",
      { SchemaVersion: 2, Results: [{ Target: "a", Class: "secret", Secrets: [] }] },
      /nothing was looked at/,
    ],
    ["Trivy of schema 1", { SchemaVersion: 1, Results: [] }, /is not 2/],
    [
      "Trivy with a member in another case",
      changed("trivy.json", (document) => ((document["results"] = []), delete document["Results"])),
      /only in case/,
    ],
    ["Grype without matches", changed("grype.json", (document) => delete document["matches"]), /matches is missing/],
    ["Grype with null matches", changed("grype.json", (document) => (document["matches"] = null)), /matches is missing/],
    [
      "Grype whose database was not valid",
      { matches: [], descriptor: { name: "grype", version: "1", db: { status: { valid: false } } } },
      /was not valid/,
    ],
    [
      "Grype whose database could not be used",
      { matches: [], descriptor: { name: "grype", version: "1", db: { error: "gone" } } },
      /could not be used/,
    ],
    ["another tool's matches", { matches: [], descriptor: { name: "other", version: "1" } }, /is none of grype/],
    ["Inspector without any finding", { findings: [] }, /says what was scanned/],
    ["a page of Inspector's answer", { findings: [finding("a")], nextToken: "abc" }, /one page of several/],
    ["Inspector on two images", { findings: [finding("a"), finding("b")] }, /2 images/],
    [
      "Inspector on something else",
      { findings: [{ ...finding("a"), resources: [{ type: "AWS_EC2_INSTANCE", id: "i" }] }] },
      /AWS_ECR_CONTAINER_IMAGE/,
    ],
    [
      "an image that Inspector did not scan",
      {
        findings: [],
        coveredResources: [
          {
            resourceType: "AWS_ECR_CONTAINER_IMAGE",
            resourceId: "a",
            scanStatus: { statusCode: "INACTIVE", reason: "SCAN_ELIGIBILITY_EXPIRED" },
          },
        ],
      },
      /was not scanned/,
    ],
    ["SARIF without a run", { version: "2.1.0", runs: [] }, /no tool ran/],
    ["SARIF of a run that did not look", sarif({ tool }), /results is missing/],
    ["SARIF with null results", sarif({ tool, results: null }), /results is missing/],
    ["SARIF of a tool that failed", sarif({ tool, results: [], invocations: [{ executionSuccessful: false }] }), /did not end well/],
    [
      "SARIF of two tools",
      {
        version: "2.1.0",
        runs: [
          { tool, results: [] },
          { tool: { driver: { name: "Other" } }, results: [] },
        ],
      },
      /several tools/,
    ],
    ["SARIF with a result that names no rule", sarif({ tool, results: [{ message: { text: "a" } }] }), /names no rule/],
    ["SARIF of another version", { version: "2.0.0", runs: [] }, /2\.1\.0/],
    ["a statement without a subject", { _type: "https://in-toto.io/Statement/v1", subject: [], predicateType: "a" }, /subject is empty/],
    [
      "a statement whose predicate is broken",
      { _type: "https://in-toto.io/Statement/v1", subject: [{ digest: { sha256: HEX } }], predicateType: "https://spdx.dev/Document" },
      /is missing/,
    ],
    ["JUnit without a test", "<testsuites/>", /no test ran/],
    ["JUnit whose tests were all skipped", '<testsuite><testcase name="a"><skipped/></testcase></testsuite>', /no test ran/],
    ["TAP without a test", "TAP version 14\n1..0 # skip all\n", /no test ran/],
    ["TAP without a plan", "ok 1\nok 2\n", /no plan/],
    ["XML that is cut off", "<testsuite><testcase name='a'/>", /cut off/],
  ] as const) {
    test(name, () => assertRefused(value, "document/invalid", words));
  }

  test("SARIF: what passed, or is not there any more, is no finding; what was suppressed in the source is", () => {
    const results = [
      { ruleId: "a", kind: "pass" },
      { ruleId: "b", kind: "notApplicable" },
      { ruleId: "c", baselineState: "absent" },
      { ruleId: "d", suppressions: [{ kind: "inSource", status: "accepted" }] },
      { ruleIndex: 0, properties: { "security-severity": 9.1 } },
      { ruleId: "CVE-2026-1000-openssl", level: "none" },
    ];
    const driver = { name: "Scan", rules: [{ id: "e" }, { id: "d", properties: { "security-severity": "5.0" } }] };
    const log = {
      version: "2.1.0",
      runs: [
        {
          tool: { driver },
          results,
          invocations: [{ executionSuccessful: true, startTimeUtc: "2026-01-02T03:04:05Z", endTimeUtc: "2026-01-02T03:05:05Z" }],
        },
      ],
    };
    const document = recognise(log);
    assert.deepEqual(shortly(document), ["d medium", "e critical", "CVE-2026-1000 none"]);
    assert.equal(scanOf(document).at?.toISOString(), "2026-01-02T03:05:05.000Z");
  });

  test("Trivy: severities of others where its own is unknown, what was put aside, and digests of repositories", () => {
    const vulnerability = {
      VulnerabilityID: "CVE-2026-1",
      PkgName: "a",
      Severity: "UNKNOWN",
      CVSS: { nvd: { V2Score: 9.8, V3Score: 5 } },
      VendorSeverity: { redhat: 1 },
      // Of many vulnerabilities: no other names of this one.
      VendorIDs: ["RHSA-2026:1"],
    };
    const aside = {
      Type: "vulnerability",
      Status: "ignored",
      Finding: { VulnerabilityID: "CVE-2026-2", PkgName: "b", Severity: "LOW", PkgIdentifier: { PURL: "pkg:deb/debian/b@1" } },
    };
    const document = recognise({
      SchemaVersion: 2,
      Trivy: { Version: "0.70.0" },
      CreatedAt: "2026-01-02T03:04:05.000000006+02:00",
      Metadata: { ImageID: CONFIG, RepoDigests: [`ghcr.io/acme/shop@${MANIFEST}`] },
      Results: [
        {
          Target: "a",
          Class: "os-pkgs",
          Vulnerabilities: [vulnerability],
          ExperimentalModifiedFindings: [aside, { Type: "secret", Finding: {} }],
        },
      ],
    });
    assert.deepEqual(shortly(document), ["CVE-2026-1 high a", "CVE-2026-2 low b"]);
    assert.equal(scanOf(document).scannerVersion, "0.70.0");
    assert.equal(scanOf(document).at?.toISOString(), "2026-01-02T01:04:05.000Z");
    assert.deepEqual(document.namedDigests, [
      { of: "manifest", digest: MANIFEST },
      { of: "config", digest: CONFIG },
    ]);
    assert.deepEqual(scanOf(document).findings[0]?.aliases, []);
  });

  test("Grype: headers of a kernel that grype puts aside by itself are no finding", () => {
    const headers = ignoredMatch({
      namespace: "",
      package: { name: "linux-libc-dev", language: "", type: "deb", "upstream-name": "linux" },
      "match-type": "exact-indirect-match",
    });
    const report = {
      matches: [],
      ignoredMatches: [headers, ignoredMatch({ namespace: "vex", "vex-status": "not_affected" })],
      descriptor: { name: "grype", version: "1" },
    };
    assert.equal(shortly(recognise(report)).length, 1);
  });
});
