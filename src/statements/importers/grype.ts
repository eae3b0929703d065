/** Grype's JSON report (`grype -o json`). Source: anchore/grype, grype/presenter/models. */
import type { ScanFinding, Severity } from "../../core/evidence.ts";
import type { JsonPlace } from "../json-place.ts";
import { severityOfLabel } from "../severity.ts";
import { chooseSeverity, type NamedDigest, namedDigests, type ScanReport, severityOfCvss } from "./scan.ts";

const GRYPE_URI = "pkg:github/anchore/grype";

export function readGrype(report: JsonPlace): ScanReport {
  const descriptor = report.get("descriptor");
  descriptor.get("name").oneOf(["grype"]);
  const version = descriptor.get("version").textIfAny();
  const at = descriptor.filled("timestamp")?.time();
  const ignored = (report.optional("ignoredMatches")?.list() ?? []).filter((match) => !isNoMatch(match));
  return {
    scan: {
      kind: "scan",
      scanner: GRYPE_URI,
      ...(version === undefined ? {} : { scannerVersion: version }),
      ...(at === undefined ? {} : { at }),
      ...readDatabase(descriptor.optional("db")),
      findings: [...report.get("matches").list(), ...ignored].map(readMatch),
    },
    named: readNamed(report.optional("source")),
  };
}

/** `status` since version 0.88 (database 6), its members in `db` itself before. */
function readDatabase(db: JsonPlace | undefined): { readonly databaseAt?: Date; readonly databaseVersion?: string } {
  if (db === undefined) return {};
  const status = db.optional("status") ?? db;
  if (status.optional("valid")?.value === false) status.refuse("says that the database was not valid");
  status.filled("error")?.refuse("says that the database could not be used");
  const built = status.filled("built");
  const schema = status.optional("schemaVersion");
  return {
    ...(built === undefined ? {} : { databaseAt: built.time() }),
    ...(schema === undefined ? {} : { databaseVersion: String(typeof schema.value === "number" ? schema.number() : schema.string()) }),
  };
}

/**
 * Matches that a configuration or a VEX document of the scanner's own put aside count: excusing is for those whom the policy names.
 * Those that grype puts aside by itself do not: headers of a kernel are not the kernel.
 */
function isNoMatch(match: JsonPlace): boolean {
  const rules = match.get("appliedIgnoreRules").list();
  return rules.length > 0 && rules.every(isKernelHeaders);
}

function isKernelHeaders(rule: JsonPlace): boolean {
  const upstream = rule.optional("package")?.optional("upstream-name")?.string() ?? "";
  return rule.optional("match-type")?.value === "exact-indirect-match" && /^(?:linux|kernel)/.test(upstream);
}

function readMatch(match: JsonPlace): ScanFinding {
  const vulnerability = match.get("vulnerability");
  const related = match.optional("relatedVulnerabilities")?.list() ?? [];
  const id = vulnerability.get("id").text();
  const artifact = match.get("artifact");
  const version = artifact.optional("version")?.textIfAny();
  const purl = artifact.optional("purl")?.textIfAny();
  const fixes = (vulnerability.optional("fix")?.optional("versions")?.list() ?? []).map((fix) => fix.text());
  const others = related.flatMap((one) => [severityOfLabel(one.optional("severity")?.string() ?? ""), ...readCvss(one)]);
  return {
    id,
    aliases: [...new Set(related.map((one) => one.get("id").text()))].filter((alias) => alias !== id),
    severity: chooseSeverity(vulnerability.optional("severity")?.string(), [...readCvss(vulnerability), ...others]),
    package: {
      name: artifact.get("name").text(),
      ...(version === undefined ? {} : { version }),
      ...(purl === undefined ? {} : { purl }),
      licenses: [],
    },
    ...(fixes.length === 0 ? {} : { fixedIn: fixes.join(", ") }),
  };
}

function readCvss(vulnerability: JsonPlace): readonly Severity[] {
  return (vulnerability.optional("cvss")?.list() ?? []).flatMap((cvss) => {
    const score = cvss.optional("metrics")?.optional("baseScore");
    return score === undefined ? [] : [severityOfCvss(score, cvss.optional("version")?.string() ?? "")];
  });
}

/** Of an image; a folder or an SBOM has a path in the place of the object. */
function readNamed(source: JsonPlace | undefined): readonly NamedDigest[] {
  if (source?.optional("type")?.value !== "image") return [];
  const target = source.get("target");
  const manifest = target.filled("manifestDigest");
  const repositories = target.optional("repoDigests")?.list() ?? [];
  return namedDigests([...(manifest === undefined ? [] : [manifest]), ...repositories], [target.filled("imageID")]);
}
