/** The story of an image for people: gates as a line, then who did what, when, and by which proof. */
import { showForeign } from "../../core/display.ts";
import type { HistoryReport, LiveException } from "../../history.ts";
import type { KeptContext } from "../../promoting/kept-context.ts";
import type { HistoryEvent } from "../../showing/history-events.ts";
import type { ContentSummary } from "../../statements/summary.ts";
import { mark, type Style } from "./style.ts";
import { counted, formatTime, shortDigest } from "./text.ts";

/** The latest are shown, those that count before all others: a stranger says himself when he signed. The JSON has them all. */
const SHOWN = 200;

export function renderHistory(report: HistoryReport, style: Style): string {
  const { pinned, reference, product, policy, gates, events, exceptions, kept, notes } = report;
  const shown = withoutStrangers(events);
  const width = Math.max(0, ...shown.map((event) => whoOf(event).length));
  const left = events.length - shown.length;
  const about = [
    product === undefined ? [] : showForeign(product),
    `policy ${showForeign(policy.name)} v${showForeign(policy.version)}, ${policy.trust}`,
  ].flat();
  return [
    `${style.bold(showForeign(pinned ?? reference, 4096))}   ${style.dim(about.join(" · "))}`,
    ...(gates.length === 0 ? [] : [`  ${gates.map(({ gate, outcome }) => `${showForeign(gate)} ${mark(outcome, style)}`).join(" → ")}`]),
    ...(left > 0 ? [style.dim(`  ${counted(left, "other event")}: --output json shows them`)] : []),
    ...shown.flatMap((event) => renderEvent(event, { width, style })),
    ...(events.length === 0 && report.complete ? [style.dim("  nobody has signed or said anything")] : []),
    ...(exceptions.length === 0 ? [] : ["  live exceptions:", ...exceptions.flatMap((one) => renderException(one, style))]),
    ...(kept.length === 0 ? [] : ["  kept with it, to be looked at and never trusted:", ...kept.flatMap(renderKept)]),
    ...notes.map((note) => `  ${style.unsure("note:")} ${showForeign(note, 1000)}`),
  ].join("\n");
}

function withoutStrangers(events: readonly HistoryEvent[]): readonly HistoryEvent[] {
  const counting = events.filter(({ outcome }) => outcome === "counts").slice(-SHOWN);
  const others = events.filter(({ outcome }) => outcome !== "counts");
  const kept = new Set([...counting, ...others.toReversed().slice(0, SHOWN - counting.length)]);
  return events.filter((event) => kept.has(event));
}

function renderEvent(event: HistoryEvent, { width, style }: { readonly width: number; readonly style: Style }): readonly string[] {
  const { at, proof, authority, outcome, word, content, manifest } = event;
  const time = at === undefined ? "no time".padEnd(20) : timeOf(at).padEnd(20);
  const proven = proof === "timestamp" ? `timestamped by ${showForeign(authority ?? "")}` : proof === "claim" ? "by its own word" : "";
  const where = manifest === undefined ? "" : `   for ${shortDigest(manifest)}`;
  const said =
    content !== undefined && "says" in content
      ? [
          content.reason === undefined ? [] : `reason: ${content.reason}`,
          content.ticket === undefined ? [] : `ticket: ${content.ticket}`,
        ].flat()
      : [];
  const why =
    word?.counts === false ? word.because.map(({ code, message }) => `does not count: ${code}: ${showForeign(message, 1000)}`) : [];
  const indent = " ".repeat(28 + width);
  return [
    `  ${style.dim(time)}  ${mark(outcome === "counts" ? "pass" : outcome === "unknown" ? "unknown" : "fail", style)} ${whoOf(event).padEnd(width)}  ${describe(event)}${style.dim(`${where}${proven === "" ? "" : `   ${proven}`}`)}`,
    ...[...said, ...why].map((line) => `${indent}${line}`),
  ];
}

function whoOf({ person, party, signer, outcome }: HistoryEvent): string {
  const name = person ?? party;
  if (name !== undefined) return showForeign(name);
  return signer === undefined ? "somebody" : showForeign(outcome === "counts" ? signer : `${signer} (not known)`, 120);
}

function describe({ kind, content, predicateType }: HistoryEvent): string {
  if (kind === "signature") return "signed it";
  if (content === undefined) return `said something that could not be read (${showForeign(predicateType ?? kind, 200)})`;
  return describeContent(content, predicateType);
}

/** What is in a summary is safe to show. */
function describeContent(content: ContentSummary, predicateType: string | undefined): string {
  switch (content.kind) {
    case "provenance":
      return `attested that ${content.builder} has built it`;
    case "sbom":
      return `attested an SBOM of ${counted(content.packages, "package")}`;
    case "scan":
      return `attested a scan by ${content.scanner} with ${counted(content.findings, "finding")}`;
    case "test":
      return `attested tests: ${content.result}`;
    case "vex":
      return `attested ${counted(content.statements, "VEX statement")}`;
    case "source":
      return `attested ${counted(content.commits, "commit")} up to ${content.head.slice(0, 12)}`;
    case "approval":
      return `${content.says === "withdrawn" ? "took back their word on" : content.says} it at gate ${content.gate}`;
    case "exception":
      return `${content.says} at gate ${content.gate}${content.expiresOn === undefined ? "" : ` until ${timeOf(content.expiresOn)}`}`;
    case "disown":
      return `${content.says} at gate ${content.gate}`;
    case "promotion":
      return `recorded that it ${content.says === "replaced" ? "was replaced" : "entered"} at gate ${content.gate}${content.repository === undefined ? "" : ` in ${content.repository}`}`;
    case "other":
      return `stated ${showForeign(predicateType ?? "something", 200)}`;
  }
}

function renderException(
  { person, gate, waives, isBreakGlass, finding, until, reason, isUsed, afterwards }: LiveException,
  style: Style,
): readonly string[] {
  const what = isBreakGlass ? `glass broken for ${waives.join(", ")}` : `${waives.join(", ")} waived`;
  const alone = finding === undefined ? "" : ` for ${[finding.advisory ?? [], finding.purl].flat().join(" in ")}`;
  return [
    `    ${what}${alone} at gate ${gate} by ${showForeign(person)}, until ${timeOf(until)}${isUsed ? ` ${style.unsure("(used)")}` : ""}`,
    `        reason: ${reason}`,
    ...(afterwards === undefined ? [] : [`        ${describeAfterwards(afterwards)}`]),
  ];
}

function describeAfterwards({ due, person }: NonNullable<LiveException["afterwards"]>): string {
  return person === undefined ? `to be approved afterwards by ${timeOf(due)}` : `approved afterwards by ${showForeign(person)}`;
}

function renderKept(kept: KeptContext): readonly string[] {
  if (kept.kind === "policy") return [`    policy ${kept.document}`];
  const certificates = kept.certificates.map(({ fingerprint, store }) => [store, `${fingerprint.slice(0, 12)}…`].join(" ").trim());
  return [`    anchors ${certificates.join(", ")}`];
}

function timeOf(text: string): string {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? showForeign(text) : formatTime(at);
}
