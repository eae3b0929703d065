/** What `inspect` found, for people: each statement with its signatures, claimed kept apart from proven. */
import { showForeign } from "../../core/display.ts";
import type { InspectReport } from "../../inspect.ts";
import type { InspectedStatement, InspectedSubject } from "../../showing/inspect-statement.ts";
import type { ContentSummary } from "../../statements/summary.ts";
import { renderFinding, renderRows, renderSignature, type Row } from "./inspected-signature.ts";
import { CARRIED, nameStatement } from "./statement.ts";
import type { Style } from "./style.ts";
import { counted, formatBytes } from "./text.ts";

export function renderInspection({ pinned, signatures, statements, notes }: InspectReport, style: Style): string {
  const shown: Shown = { image: pinned.slice(pinned.indexOf("@") + 1), style };
  const lines = [
    style.bold(showForeign(pinned, 4096)),
    ...signatures.flatMap((signature) => renderSignature(signature, { ...shown, indent: "  " })),
    ...statements.flatMap((statement) => renderStatement(statement, shown)),
  ];
  if (lines.length === 1) lines.push(style.dim("  no signatures, and nothing that is stated about it"));
  return [...lines, ...notes.map((note) => `  ${style.unsure("note:")} ${note}`)].join("\n");
}

interface Shown {
  /** Digest of the image. */
  readonly image: string;
  readonly style: Style;
}

/** Of long lists this many are shown; the JSON has them all. */
const SHOWN = 5;

function renderStatement({ digest, carrier, size, claimed, signatures, findings }: InspectedStatement, shown: Shown): readonly string[] {
  const { style } = shown;
  const lines = [
    `  ${style.bold(nameStatement(claimed?.predicateType))}, ${CARRIED[carrier]}`,
    ...renderRows("    ", [
      ["digest", digest],
      ["size", size === undefined ? undefined : formatBytes(size)],
    ]),
  ];
  if (claimed !== undefined) {
    lines.push(
      "    claimed: what the statement says; whether to believe its signer is for verify",
      ...renderRows("      ", [
        ...(claimed.content === undefined ? [] : contentRows(claimed.content)),
        ["predicate", claimed.predicateType],
        ...firstOf(
          "about",
          claimed.subjects.map((subject) => nameSubject(subject, shown)),
        ),
        ...annotationsOf(claimed.subjects, shown).map(([name, value]): Row => ["annotation", `${name}=${value}`]),
      ]),
    );
  }
  lines.push(...findings.map((finding) => `    ${renderFinding(finding, style)}`));
  if (signatures.length === 0) lines.push(`    ${style.unsure("nobody has signed it")}`);
  return [...lines, ...signatures.flatMap((signature) => renderSignature(signature, { ...shown, indent: "    ", statement: digest }))];
}

function firstOf(name: string, values: readonly string[]): readonly Row[] {
  const left = values.length - SHOWN;
  return [...values.slice(0, SHOWN).map((value): Row => [name, value]), ["", left > 0 ? `and ${left} more` : undefined]];
}

function digestsOf({ digest }: InspectedSubject): readonly string[] {
  return Object.entries(digest).map(([algorithm, value]) => `${algorithm}:${value}`);
}

function nameSubject(subject: InspectedSubject, { image }: Shown): string {
  const { name } = subject;
  const digests = digestsOf(subject);
  const what = digests.includes(image) ? "this image" : digests.join(" ");
  return name === undefined ? what : `${what}, called ${name}`;
}

/** Said of this image, such as that it is only asserted. */
function annotationsOf(subjects: readonly InspectedSubject[], { image }: Shown): readonly (readonly [string, string])[] {
  return Object.entries(subjects.find((subject) => digestsOf(subject).includes(image))?.annotations ?? {});
}

const SEVERITIES = ["critical", "high", "medium", "low", "none", "unknown"] as const;
const STATUSES = ["not_affected", "affected", "fixed", "under_investigation"] as const;

/** In the words in which a policy asks. */
function contentRows(content: ContentSummary): readonly Row[] {
  switch (content.kind) {
    case "scan":
      return [
        ["findings", total(content.findings, content.severities, SEVERITIES)],
        ["by", [content.scanner, content.scannerVersion ?? []].flat().join(" ")],
        ["scanned", content.at],
        ["database", content.databaseAt && `of ${content.databaseAt}`],
      ];
    case "sbom":
      return [
        ["lists", counted(content.packages, "package")],
        ["made", content.at],
      ];
    case "provenance":
      return [
        ["builder", content.builder],
        ...firstOf(
          "source",
          content.sources.map(({ uri, commit, ref }) => [uri, commit ?? [], ref ?? []].flat().join(" ")),
        ),
        ["materials", String(content.materials)],
        ["built", content.at],
      ];
    case "test":
      return [
        ["result", `${content.result}: ${content.passed} passed, ${content.failed.length} failed`],
        ...firstOf("failed", content.failed),
        ["tested", content.at],
      ];
    case "vex":
      return [
        ["says", total(content.statements, content.statuses, STATUSES)],
        ["written", content.at],
      ];
    case "source":
      return [
        ["source", content.repository],
        ["commit", content.head],
        ["commits", `${content.commits}, ${content.signed} of them signed with an SSH key`],
        ...firstOf("tag", content.tags),
      ];
    case "approval":
    case "exception":
    case "disown":
    case "promotion":
      return [
        ["says", content.says],
        ["at gate", `${content.gate}, as ${content.product}${content.repository === undefined ? "" : ` in ${content.repository}`}`],
        ["policy", content.policy],
        ["reason", content.reason],
        ["ticket", content.ticket],
        ["said", content.at],
        ["until", content.expiresOn],
      ];
    case "other":
      return [];
  }
}

/** `3: 1 critical, 2 high`. */
function total<T extends string>(all: number, counts: Readonly<Partial<Record<T, number>>>, order: readonly T[]): string {
  const parts = order.flatMap((name) => (counts[name] === undefined ? [] : [`${counts[name]} ${name.replaceAll("_", " ")}`]));
  return parts.length === 0 ? String(all) : `${all}: ${parts.join(", ")}`;
}
