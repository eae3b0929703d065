/** How a verdict shows evidence: who said what about which manifest, and what speaks against it. */
import { showForeign } from "../../core/display.ts";
import { findingRow, isFindingCode } from "../../core/finding.ts";
import type { EvidenceReport, RequirementReport, Verdict } from "../../core/verdict.ts";
import { mark, type Style } from "./style.ts";
import { shortDigest } from "./text.ts";

/** The lines of a requirement that asks for evidence, its head given. */
export function renderEvidence(
  head: string,
  requirement: RequirementReport,
  { verdict, style, explain }: { readonly verdict: Pick<Verdict, "evidence">; readonly style: Style; readonly explain: boolean },
): string[] {
  const where = requirement.manifest === undefined ? "" : style.dim(`   for ${shortDigest(requirement.manifest)}`);
  const reports = verdict.evidence ?? [];
  const found = (digest: string | undefined): EvidenceReport | undefined => reports.find((report) => report.digest === digest);
  const lines =
    requirement.outcome === "pass"
      ? passLines(head, requirement, { where, found })
      : [`${head}   ${requirement.missing.map((text) => showForeign(text, 1000)).join("; ")}${where}`];
  if (!explain) return [...lines, ...refusedLines(requirement, { reports, style })];
  for (const digest of requirement.evidence) {
    const report = found(digest);
    if (report !== undefined) lines.push(...renderReport(report, requirement, style));
  }
  return lines;
}

/** Of many signatures that do not count, this many are shown without --explain. */
const SHOWN = 5;

/** Whoever is asked and has signed is told why that does not count. */
function refusedLines(
  { refused = [] }: RequirementReport,
  { reports, style }: { readonly reports: readonly EvidenceReport[]; readonly style: Style },
): string[] {
  const signatures = reports.flatMap((report) => report.signatures);
  const lines = refused.slice(0, SHOWN).flatMap(({ signature, because }): string[] => {
    const { person, party, proven } = signatures.find(({ digest }) => digest === signature) ?? {};
    const who = [person ?? party ?? "", proven?.signer ?? "signer not proven"].filter((part) => part !== "");
    const shown = because.every(isDoubt) ? "unknown" : "fail";
    return [
      `      ${mark(shown, style)} ${shortDigest(signature)}   signed by ${who.map((part) => showForeign(part)).join("   ")}`,
      ...because.map((reason) => reasonLine(reason, style)),
    ];
  });
  const left = refused.length - SHOWN;
  return left > 0 ? [...lines, style.dim(`      ${left} more: --explain shows them`)] : lines;
}

function passLines(
  head: string,
  { counted }: RequirementReport,
  { where, found }: { readonly where: string; readonly found: (digest: string | undefined) => EvidenceReport | undefined },
): string[] {
  if (counted.length === 0) return [`${head}${where}`];
  return counted.map(({ evidence, signature, person, party }) => {
    const report = found(evidence);
    const signer = report?.signatures.find(({ digest }) => digest === signature)?.proven?.signer;
    const parts = [person ?? party ?? "", signer ?? "", timeOf(report, signature)].filter((part) => part !== "");
    return `${head}   ${parts.map((part) => showForeign(part)).join("   ")}${where}`;
  });
}

function renderReport(report: EvidenceReport, { counted, refusedEvidence = [] }: RequirementReport, style: Style): string[] {
  const isCounted = counted.some(({ evidence }) => evidence === report.digest);
  const because = refusedEvidence.find(({ evidence }) => evidence === report.digest)?.because ?? [];
  const reasons = [...report.findings, ...because];
  const type = report.predicateType === undefined ? "" : `   ${showForeign(report.predicateType)}`;
  const lines = [
    `      ${mark(isCounted ? "pass" : mayCount(report, reasons) ? "unknown" : "fail", style)} ${report.digest}${type}   ${style.dim(report.carrier)}`,
  ];
  lines.push(...reasons.map((reason) => reasonLine(reason, style)));
  for (const { digest, outcome, findings, person, party, proven } of report.signatures) {
    const shown = outcome === "counts" ? "pass" : outcome === "unknown" ? "unknown" : "fail";
    const who = [person ?? party ?? "", proven?.signer ?? "signer not proven"].filter((part) => part !== "");
    lines.push(
      `          ${mark(shown, style)} signed by ${who.map((part) => showForeign(part)).join("   ")}   ${style.dim(shortDigest(digest))}`,
    );
    for (const finding of findings)
      lines.push(`              ${mark(finding.outcome, style)} ${finding.code}: ${showForeign(finding.message, 1000)}`);
  }
  return lines;
}

/** Where nothing speaks against it, and something was left open. */
function mayCount({ signatures }: EvidenceReport, reasons: readonly Reason[]): boolean {
  return reasons.every(isDoubt) && (reasons.length > 0 || signatures.some(({ outcome }) => outcome === "unknown"));
}

interface Reason {
  readonly code: string;
  readonly message: string;
}

function isDoubt({ code }: Reason): boolean {
  return isFindingCode(code) && findingRow(code).outcome === "unknown";
}

function reasonLine(reason: Reason, style: Style): string {
  return `          ${mark(isDoubt(reason) ? "unknown" : "fail", style)} ${reason.code}: ${showForeign(reason.message, 1000)}`;
}

/** The document's own word, else that of whoever signed it. */
function timeOf(report: EvidenceReport | undefined, signature: string): string {
  if (report?.at !== undefined) return `of ${report.at}`;
  const signed = report?.signatures.find(({ digest }) => digest === signature)?.claimed?.signingTime;
  return signed === undefined ? "" : `says signed ${signed}`;
}
