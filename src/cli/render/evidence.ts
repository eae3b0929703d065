/** How a verdict shows evidence: who said what about which manifest, and what speaks against it. */
import { showForeign } from "../../core/display.ts";
import { findingRow, isFindingCode } from "../../core/finding.ts";
import type { EvidenceReport, RequirementReport, SignatureReport, Verdict } from "../../core/verdict.ts";
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
      : [`${head}   ${requirement.missing.map((text) => showForeign(text, 1000)).join("; ")}${whoseOf(requirement, found)}${where}`];
  for (const { message } of requirement.excused ?? [])
    lines.push(`      ${style.unsure("note:")} excused by VEX: ${showForeign(message, 1000)}`);
  if (!explain) return [...lines, ...refusedLines(requirement, { reports, style }), ...unreadLines(requirement, { found, style })];
  for (const digest of requirement.evidence) {
    const report = found(digest);
    if (report !== undefined) lines.push(...renderReport(report, requirement, style));
  }
  return lines;
}

/** What speaks to no requirement: all of it for who asks, else only what somebody has signed and nobody can read. */
export function renderOtherEvidence(
  { outcome, requirements, evidence = [] }: Pick<Verdict, "outcome" | "requirements" | "evidence">,
  { style, explain }: { readonly style: Style; readonly explain: boolean },
): string[] {
  if (outcome === "pass" && !explain) return [];
  const known = new Set(requirements.flatMap((requirement) => requirement.evidence));
  const others = evidence.filter(
    ({ digest, signatures, findings }) => !known.has(digest) && (explain || (signatures.some(mayVouch) && findings.length > 0)),
  );
  const shown = explain ? others : others.slice(0, SHOWN);
  return others.length === 0 ? [] : ["  other statements:", ...shown.flatMap((report) => renderReport(report, undefined, style))];
}

function mayVouch({ outcome }: SignatureReport): boolean {
  return outcome !== "does-not-count";
}

/** Of many signatures that do not count, this many are shown without --explain. */
const SHOWN = 5;

/** The one who has said what does not do, and of when. */
function whoseOf({ refusedEvidence = [] }: RequirementReport, found: (digest: string | undefined) => EvidenceReport | undefined): string {
  const [only, ...others] = refusedEvidence;
  if (only === undefined || others.length > 0) return "";
  const report = found(only.evidence);
  const who = only.person ?? only.party;
  const parts = [
    ...(who === undefined ? [] : [`by ${showForeign(who)}`]),
    ...(report?.at === undefined ? [] : [`of ${showForeign(report.at)}`]),
  ];
  return parts.length === 0 ? "" : `   (${parts.join(", ")})`;
}

/** What could not be read, and why. */
function unreadLines(
  { evidence, outcome }: RequirementReport,
  { found, style }: { readonly found: (digest: string | undefined) => EvidenceReport | undefined; readonly style: Style },
): string[] {
  if (outcome === "pass") return [];
  const unread = evidence.flatMap((digest) => found(digest) ?? []).filter(({ findings }) => findings.some(isDoubt));
  const lines = unread
    .slice(0, SHOWN)
    .flatMap(({ digest, findings }) => [
      `      ${mark("unknown", style)} ${shortDigest(digest)}`,
      ...findings.map((one) => reasonLine(one, style)),
    ]);
  const left = unread.length - SHOWN;
  return left > 0 ? [...lines, style.dim(`      ${left} more: --explain shows them`)] : lines;
}

/** Whoever is asked and has signed is told why that does not count. */
function refusedLines(
  { refused = [] }: RequirementReport,
  { reports, style }: { readonly reports: readonly EvidenceReport[]; readonly style: Style },
): string[] {
  const signatures = reports.flatMap((report) => report.signatures);
  const lines = refused.slice(0, SHOWN).flatMap(({ signature, because }): string[] => {
    const shown = because.every(isDoubt) ? "unknown" : "fail";
    return [
      `      ${mark(shown, style)} ${shortDigest(signature)}   ${signerOf(signatures.find(({ digest }) => digest === signature))}`,
      ...because.map((reason) => reasonLine(reason, style)),
    ];
  });
  const left = refused.length - SHOWN;
  return left > 0 ? [...lines, style.dim(`      ${left} more: --explain shows them`)] : lines;
}

function signerOf({ person, party, proven }: Partial<SignatureReport> = {}): string {
  if (proven === undefined) return "signed by somebody not proven";
  return `signed by ${[person ?? party ?? "", proven.signer]
    .filter((part) => part !== "")
    .map((part) => showForeign(part))
    .join("   ")}`;
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

/** As it stands to a requirement, or to none. */
function renderReport(report: EvidenceReport, requirement: RequirementReport | undefined, style: Style): string[] {
  const { counted = [], refusedEvidence = [] } = requirement ?? {};
  // Of what no requirement asks for it is told whether it is sound, and signed by somebody whom the policy knows.
  const isCounted =
    requirement === undefined
      ? report.findings.length === 0 && report.signatures.some(({ outcome }) => outcome === "counts")
      : counted.some(({ evidence }) => evidence === report.digest);
  const because = refusedEvidence.find(({ evidence }) => evidence === report.digest)?.because ?? [];
  const reasons = [...report.findings, ...because];
  const type = report.predicateType === undefined ? "" : `   ${showForeign(report.predicateType)}`;
  const lines = [
    `      ${mark(isCounted ? "pass" : mayCount(report, reasons) ? "unknown" : "fail", style)} ${report.digest}${type}   ${style.dim(report.carrier)}`,
  ];
  lines.push(...reasons.map((reason) => reasonLine(reason, style)));
  for (const signature of report.signatures) {
    const { digest, outcome, findings } = signature;
    const shown = outcome === "counts" ? "pass" : outcome === "unknown" ? "unknown" : "fail";
    lines.push(`          ${mark(shown, style)} ${signerOf(signature)}   ${style.dim(shortDigest(digest))}`);
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
