/** Did the scanner see what the policy denies, with a database that is new enough? */
import { showForeign } from "../../core/display.ts";
import { showDuration } from "../../core/duration.ts";
import type { ContentOf, Objection, ScanFinding, Severity } from "../../core/evidence.ts";
import type { EvidenceContext } from "../../core/requirement.ts";
import { CLOCK_SKEW_MS } from "../age.ts";
import { type ScanAsked, SEVERITIES } from "./asked.ts";
import { listSome } from "./some.ts";
import { type Excuse, findExcuse, indexVex } from "./vex.ts";

export function judgeScan(
  asked: ScanAsked,
  content: ContentOf<"scan">,
  { now, subject, vex, excepting }: Pick<EvidenceContext, "now" | "subject" | "vex" | "excepting">,
): readonly Objection[] {
  const denied = content.findings.filter(({ severity }) => isDenied(severity, asked.deny));
  const unknown = asked.unknownSeverity === "allow" ? [] : content.findings.filter(({ severity }) => severity === "unknown");
  const said = indexVex([...denied, ...unknown], { statements: vex, subject, now });
  const blocking = (findings: readonly ScanFinding[]): readonly string[] =>
    findings.flatMap((finding) => {
      const excuse = findExcuse(finding, said);
      return excuse.isExcused || excepting?.finding(finding) === true ? [] : [describe(finding, excuse)];
    });
  const bad = blocking(denied);
  const unclear = blocking(unknown);
  const objections: Objection[] = [...judgeDatabase(asked, content.databaseAt, now)];
  if (bad.length > 0)
    objections.push({
      code: "evidence/vulnerable",
      message: `${count(bad.length, "finding")} of severity ${atLeast(asked.deny)}: ${listSome(bad)}`,
    });
  if (unclear.length > 0)
    objections.push({
      code: "evidence/severity-unknown",
      message: `${count(unclear.length, "finding")} of unknown severity: ${listSome(unclear)}`,
    });
  return objections;
}

function isDenied(severity: Severity, from: ScanAsked["deny"]): boolean {
  const at = SEVERITIES.findIndex((known) => known === severity);
  return at >= SEVERITIES.indexOf(from);
}

function atLeast(severity: ScanAsked["deny"]): string {
  return severity === "critical" ? "critical" : `${severity} or worse`;
}

function judgeDatabase({ databaseMaxAge }: ScanAsked, at: Date | undefined, now: Date): readonly Objection[] {
  if (databaseMaxAge === undefined) return [];
  if (at === undefined || Number.isNaN(at.getTime()))
    return [{ code: "evidence/database-age-unknown", message: "the scan does not say of when the scanner's database was" }];
  const age = now.getTime() - at.getTime();
  if (age < -CLOCK_SKEW_MS)
    return [
      { code: "evidence/database-age-unknown", message: `the scanner's database is said to be of ${at.toISOString()}, which is to come` },
    ];
  if (age <= databaseMaxAge * 1000) return [];
  const message = `the scanner's database is of ${at.toISOString()}, and it may be ${showDuration(databaseMaxAge)} old`;
  return [{ code: "evidence/database-too-old", message }];
}

function describe({ id, severity, package: found, fixedIn }: ScanFinding, { note }: Excuse): string {
  const where = found === undefined ? "" : ` in ${showForeign(found.purl ?? `${found.name} ${found.version ?? ""}`.trim(), 200)}`;
  const fix = fixedIn === undefined ? "" : `, fixed in ${showForeign(fixedIn, 50)}`;
  return `${showForeign(id, 50)}${where} (${severity}${fix}${note === undefined ? "" : `; ${note}`})`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
