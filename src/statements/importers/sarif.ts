/** SARIF 2.1.0 as a scan. Source: OASIS SARIF 2.1.0, sections 3.14 (run), 3.20 (invocation), 3.27 (result). */
import type { ScanFinding, Severity } from "../../core/evidence.ts";
import type { JsonPlace } from "../json-place.ts";
import { packageNameIn } from "../purl.ts";
import { severityOfScore } from "../severity.ts";
import { latestOf, type NamedDigest, namedDigests, type ScanReport } from "./scan.ts";

export function readSarif(log: JsonPlace): ScanReport {
  log.get("version").oneOf(["2.1.0"]);
  const runs = log.get("runs").list();
  const [first] = runs;
  if (first === undefined) return log.get("runs").refuse("is empty: no tool ran");
  const driver = first.get("tool").get("driver");
  const name = driver.get("name").text();
  if (runs.some((run) => run.get("tool").get("driver").get("name").value !== name)) {
    log.get("runs").refuse("are of several tools: give one document for each");
  }
  const version = (driver.optional("semanticVersion") ?? driver.optional("version"))?.textIfAny();
  const invocations = runs.flatMap((run) => run.optional("invocations")?.list() ?? []);
  return {
    scan: {
      kind: "scan",
      scanner: driver.optional("informationUri")?.textIfAny() ?? name,
      ...(version === undefined ? {} : { scannerVersion: version }),
      ...readTimes(invocations),
      findings: runs.flatMap(readRun),
    },
    named: runs.flatMap(readNamed),
  };
}

function readTimes(invocations: readonly JsonPlace[]): { readonly at?: Date; readonly startedAt?: Date } {
  const failed = invocations.find((invocation) => invocation.get("executionSuccessful").value !== true);
  if (failed !== undefined) failed.refuse("says that the tool did not end well");
  const at = latestOf(invocations.flatMap((invocation) => invocation.optional("endTimeUtc")?.time() ?? []));
  const startedAt = invocations[0]?.optional("startTimeUtc")?.time();
  return { ...(at === undefined ? {} : { at }), ...(startedAt === undefined ? {} : { startedAt }) };
}

function readRun(run: JsonPlace): readonly ScanFinding[] {
  const tool = run.get("tool");
  const components = [tool.get("driver"), ...(tool.optional("extensions")?.list() ?? [])];
  const rules = components.flatMap((component) => component.optional("rules")?.list() ?? []);
  const byId = new Map(rules.map((rule) => [rule.get("id").text(), rule]));
  const driverRules = tool.get("driver").optional("rules")?.list() ?? [];
  // A run without a list did not look for results at all (3.14.23).
  return run
    .get("results")
    .list()
    .flatMap((result) => {
      const index = result.optional("ruleIndex")?.number();
      const id =
        (result.optional("ruleId") ?? result.optional("rule")?.optional("id"))?.text() ?? driverRules[index ?? -1]?.get("id").text();
      if (id === undefined) return result.refuse("names no rule");
      return isFinding(result) ? readResult(result, id, byId.get(id)) : [];
    });
}

/** What was suppressed in the source counts: excusing is for those whom the policy names. */
function isFinding(result: JsonPlace): boolean {
  const kind = result.optional("kind")?.oneOf(["fail", "open", "review", "pass", "notApplicable", "informational"]) ?? "fail";
  return (kind === "fail" || kind === "open" || kind === "review") && result.optional("baselineState")?.value !== "absent";
}

/** One for each package URL that grype's rules name. */
function readResult(result: JsonPlace, ruleId: string, rule: JsonPlace | undefined): readonly ScanFinding[] {
  const properties = [result.optional("properties"), rule?.optional("properties")];
  const severity = readSeverity(result, properties);
  // grype appends the name of the package.
  const id = /^(?:CVE-\d{4}-\d{4,}|GHSA(?:-[0-9a-z]{4}){3})(?=-|$)/.exec(ruleId)?.[0] ?? ruleId;
  const purls = properties.flatMap((bag) => bag?.optional("purls")?.list() ?? []).map((purl) => purl.text());
  const found = { id, aliases: [], severity };
  return purls.length === 0 ? [found] : purls.map((purl) => ({ ...found, package: { name: packageNameIn(purl), purl, licenses: [] } }));
}

/** `security-severity` is what scanners write for GitHub. A level says how a tool speaks, not how bad it is; 0.0 is what those write who do not know. */
function readSeverity(result: JsonPlace, properties: readonly (JsonPlace | undefined)[]): Severity {
  const scores = properties.flatMap((bag) => bag?.optional("security-severity") ?? []);
  const [score] = scores.map((member) => (typeof member.value === "number" ? member.value : Number(member.text())));
  if (score === undefined) return result.optional("level")?.value === "none" ? "none" : "unknown";
  return score === 0 ? "unknown" : severityOfScore(score, { isVersion2: false });
}

/** Trivy notes the image in the properties of the run. */
function readNamed(run: JsonPlace): readonly NamedDigest[] {
  const properties = run.optional("properties");
  return namedDigests(properties?.optional("repoDigests")?.list() ?? [], [properties?.filled("imageID")]);
}
