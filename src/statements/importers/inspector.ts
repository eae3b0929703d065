/** Findings of Amazon Inspector (`aws inspector2 list-findings`). Source: the service's API, data types Finding and CoveredResource. */
import type { Digest } from "../../core/digest.ts";
import type { ScanFinding } from "../../core/evidence.ts";
import type { JsonPlace } from "../json-place.ts";
import { chooseSeverity, digestIn, latestOf, type ScanReport, severityOfCvss } from "./scan.ts";

const INSPECTOR_URI = "https://aws.amazon.com/inspector/";
const IMAGE = "AWS_ECR_CONTAINER_IMAGE";

/**
 * An empty list of findings says neither what was scanned nor that it was: it counts only with the answer of `list-coverage` in the
 * same document (`jq -s add coverage.json findings.json`).
 */
export function readInspector(answer: JsonPlace): ScanReport {
  // A page of several: the AWS command joins them, other clients may not.
  if (answer.optional("nextToken") !== undefined) answer.refuse("is one page of several: nextToken leads to the next");
  const findings = answer.get("findings").list();
  const covered = answer.optional("coveredResources")?.list() ?? [];
  const digests = new Set([...findings.map(imageOf), ...covered.map(coveredImage)]);
  const [digest] = digests;
  if (digest === undefined) return answer.refuse("has no finding, and no coveredResources that says what was scanned");
  if (digests.size > 1) answer.refuse(`is about ${digests.size} images: filter it by one`);
  const times =
    covered.length > 0 ? covered.map((one) => timeOf(one.get("lastScannedAt"))) : findings.map((one) => timeOf(one.get("lastObservedAt")));
  const at = latestOf(times);
  return {
    // What was closed is not there any more; what was suppressed is, and excusing it is for those whom the policy names.
    scan: {
      kind: "scan",
      scanner: INSPECTOR_URI,
      ...(at === undefined ? {} : { at }),
      findings: findings.filter((one) => one.get("status").oneOf(["ACTIVE", "SUPPRESSED", "CLOSED"]) !== "CLOSED").flatMap(readFinding),
    },
    named: [{ of: "manifest", digest }],
  };
}

/** RFC 3339, or seconds since 1970 as version 1 of the AWS command prints. */
function timeOf(member: JsonPlace): Date {
  if (typeof member.value !== "number") return member.time();
  const time = new Date(member.value * 1000);
  return Number.isNaN(time.getTime()) ? member.refuse("is no time") : time;
}

function imageOf(finding: JsonPlace): Digest {
  const [resource, ...others] = finding.get("resources").list();
  if (resource === undefined || others.length > 0) return finding.get("resources").refuse("does not name one resource");
  resource.get("type").oneOf([IMAGE]);
  return digestIn(resource.get("details").get("awsEcrContainerImage").get("imageHash"));
}

/** `arn:aws:ecr:REGION:ACCOUNT:repository/NAME/sha256:…` */
function coveredImage(resource: JsonPlace): Digest {
  resource.get("resourceType").oneOf([IMAGE]);
  const status = resource.get("scanStatus");
  if (status.get("statusCode").value !== "ACTIVE" || status.get("reason").value !== "SUCCESSFUL")
    status.refuse("says that the image was not scanned");
  return digestIn(resource.get("resourceId"));
}

/** One for each package. */
function readFinding(finding: JsonPlace): readonly ScanFinding[] {
  finding.get("type").oneOf(["PACKAGE_VULNERABILITY"]);
  const details = finding.get("packageVulnerabilityDetails");
  const scores = (details.optional("cvss")?.list() ?? []).map((cvss) =>
    severityOfCvss(cvss.get("baseScore"), cvss.get("version").string()),
  );
  const found = {
    id: details.get("vulnerabilityId").text(),
    aliases: (details.optional("relatedVulnerabilities")?.list() ?? []).map((alias) => alias.text()),
    severity: chooseSeverity(finding.get("severity").string(), scores),
  };
  const packages = details.optional("vulnerablePackages")?.list() ?? [];
  return packages.length === 0 ? [found] : packages.map((one) => ({ ...found, ...readPackage(one) }));
}

function readPackage(member: JsonPlace): Pick<ScanFinding, "package" | "fixedIn"> {
  const epoch = member.optional("epoch")?.number() ?? 0;
  const release = member.optional("release")?.textIfAny();
  const version = `${epoch === 0 ? "" : `${epoch}:`}${member.get("version").string()}${release === undefined ? "" : `-${release}`}`;
  const fixedIn = member.optional("fixedInVersion")?.textIfAny();
  return {
    package: { name: member.get("name").text(), version, licenses: [] },
    // "NotAvailable" is what the service writes where there is no fix.
    ...(fixedIn === undefined || fixedIn === "NotAvailable" ? {} : { fixedIn }),
  };
}
