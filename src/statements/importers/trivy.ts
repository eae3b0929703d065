/** Trivy's JSON report (`trivy image --format json`), schema 2. Source: aquasecurity/trivy, pkg/types/report.go. */
import type { ScanFinding, Severity } from "../../core/evidence.ts";
import type { JsonPlace } from "../json-place.ts";
import { severityOfLabel } from "../severity.ts";
import { chooseSeverity, namedDigests, type ScanReport, severityOfCvss } from "./scan.ts";

const TRIVY_URI = "pkg:github/aquasecurity/trivy";

/** As `VendorSeverity` numbers them. */
const LEVELS: readonly Severity[] = ["unknown", "low", "medium", "high", "critical"];

export function readTrivy(report: JsonPlace): ScanReport {
  if (report.get("SchemaVersion").value !== 2) report.get("SchemaVersion").refuse("is not 2");
  const version = report.optional("Trivy")?.optional("Version")?.textIfAny();
  const at = report.optional("CreatedAt")?.time();
  // Trivy leaves out a list that is empty: without any result it saw nothing to look into, or was not asked for vulnerabilities.
  const results = report.get("Results").list();
  if (!results.some(isOfPackages)) report.refuse("has no result for packages, so nothing was looked at for vulnerabilities");
  const metadata = report.optional("Metadata");
  return {
    scan: {
      kind: "scan",
      scanner: TRIVY_URI,
      ...(version === undefined ? {} : { scannerVersion: version }),
      ...(at === undefined ? {} : { at }),
      findings: results.flatMap(readResult),
    },
    named: namedDigests(metadata?.optional("RepoDigests")?.list() ?? [], [metadata?.filled("ImageID")]),
  };
}

function isOfPackages(result: JsonPlace): boolean {
  const name = result.optional("Class")?.string();
  return name === "os-pkgs" || name === "lang-pkgs";
}

/** What an ignore file or a VEX document of the scanner's own put aside counts: excusing is for those whom the policy names. */
function readResult(result: JsonPlace): readonly ScanFinding[] {
  const found = result.optional("Vulnerabilities")?.list() ?? [];
  const modified = result.optional("ExperimentalModifiedFindings")?.list() ?? [];
  const putAside = modified.filter((one) => one.get("Type").string() === "vulnerability").map((one) => one.get("Finding"));
  return [...found, ...putAside].map(readFinding);
}

function readFinding(found: JsonPlace): ScanFinding {
  const purl = found.optional("PkgIdentifier")?.optional("PURL")?.textIfAny();
  const version = found.optional("InstalledVersion")?.textIfAny();
  const fixedIn = found.optional("FixedVersion")?.textIfAny();
  return {
    id: found.get("VulnerabilityID").text(),
    // `VendorIDs` are advisories, each about several vulnerabilities, and no other names of this one.
    aliases: [],
    severity: chooseSeverity(found.optional("Severity")?.string(), [...readVendors(found), ...readCvss(found)]),
    package: {
      name: found.get("PkgName").text(),
      ...(version === undefined ? {} : { version }),
      ...(purl === undefined ? {} : { purl }),
      licenses: [],
    },
    ...(fixedIn === undefined ? {} : { fixedIn }),
  };
}

function readVendors(found: JsonPlace): readonly Severity[] {
  const vendors = found.optional("VendorSeverity")?.entries() ?? [];
  return vendors.map(([, level]) =>
    typeof level.value === "string" ? severityOfLabel(level.value) : (LEVELS[level.number()] ?? "unknown"),
  );
}

function readCvss(found: JsonPlace): readonly Severity[] {
  return (found.optional("CVSS")?.entries() ?? []).flatMap(([, scores]) =>
    (["2", "3", "40"] as const).flatMap((version) => {
      const score = scores.optional(`V${version}Score`);
      return score === undefined ? [] : [severityOfCvss(score, version)];
    }),
  );
}
