/** How a verdict shows what people have said at a gate, and what was let pass without being met. */
import { showForeign } from "../../core/display.ts";
import type { RequirementReport, Waived, Word } from "../../core/verdict.ts";
import { mark, type Style } from "./style.ts";
import { counted, formatTime, shortDigest } from "./text.ts";

/** Of many words, this many are shown without --explain: those that count, whoever says what after them, and then the latest. */
const SHOWN = 20;

/** The lines of a requirement that asks for approvals, its head given: how many of how many, and a line for each word. */
export function renderApprovals(
  head: string,
  requirement: RequirementReport,
  { style, explain }: { readonly style: Style; readonly explain: boolean },
): string[] {
  const { atLeast, counted: counting, words = [], outcome, stillAble = [] } = requirement;
  const people = new Set(counting.map(({ person }) => person)).size;
  // What is replaced was the same person's, who has a later line.
  const told = explain ? words : words.filter((word) => !isReplaced(word));
  const shown = explain ? told : withoutEarlier(told);
  const width = Math.max(0, ...shown.map(({ person }) => showForeign(person).length));
  const hidden = told.length - shown.length;
  return [
    `${head}   ${people} of ${atLeast}`,
    ...shown.flatMap((word) => renderWord(word, { width, style, explain })),
    ...(hidden > 0 ? [style.dim(`      ${counted(hidden, "other word")}: --explain shows them`)] : []),
    ...(outcome === "pass" || stillAble.length === 0
      ? []
      : [`      still able to approve: ${stillAble.map((name) => showForeign(name)).join(", ")}`]),
    ...(outcome === "unknown" ? doubtLines(requirement, style) : []),
  ];
}

function withoutEarlier(words: readonly Word[]): readonly Word[] {
  const counting = words.filter(({ counts }) => counts).slice(-SHOWN);
  const others = words.filter(({ counts }) => !counts);
  const kept = new Set([...counting, ...others.toReversed().slice(0, SHOWN - counting.length)]);
  return words.filter((word) => kept.has(word));
}

function isReplaced({ because = [] }: Word): boolean {
  return because.some(({ code }) => code === "approvals/superseded");
}

function renderWord(
  { person, decision, at, until, counts, because = [], reason, ticket, statement, overrules = [] }: Word,
  { width, style, explain }: { readonly width: number; readonly style: Style; readonly explain: boolean },
): readonly string[] {
  const who = showForeign(person).padEnd(width);
  const said = `${decision}${at === undefined ? "" : ` ${shortTime(at)}`}`;
  const why = because.map(({ code, message }) => `${code}: ${showForeign(message, 1000)}`).join("; ");
  const text = counts ? `${said}${until === undefined ? "" : `, until ${shortTime(until)}`}` : `does not count: ${why} (${said})`;
  const paint = !counts ? style.unsure : decision === "approved" ? style.good : style.bad;
  const more = [
    ...(reason === undefined ? [] : [`reason: ${showForeign(reason, 4096)}`]),
    ...(ticket === undefined ? [] : [`ticket: ${showForeign(ticket, 4096)}`]),
  ];
  const indent = " ".repeat(9 + width);
  return [
    `      ${who}   ${paint(text)}`,
    ...more.map((line) => `${indent}${line}`),
    ...overrules.map((digest) => `${indent}overrules ${explain ? showForeign(digest) : shortDigest(digest)}`),
    // What overrules or withdraws names it.
    ...(explain || (decision === "rejected" && counts) ? [style.dim(`${indent}${showForeign(statement)}`)] : []),
  ];
}

/** What keeps the answer open; how many are missing is told by the head. */
function doubtLines({ because = [] }: RequirementReport, style: Style): readonly string[] {
  const doubts = because.filter(({ code }) => code !== "approvals/too-few" && code !== "approvals/rejected");
  return doubts.map(({ code, message }) => `      ${mark("unknown", style)} ${code}: ${showForeign(message, 1000)}`);
}

/** What it passes by although it is not met, or what was to let it pass and does not hold. */
export function renderWaived(
  { waived = [], refusedExceptions = [] }: Pick<RequirementReport, "waived" | "refusedExceptions">,
  style: Style,
): readonly string[] {
  return [
    ...waived.flatMap((one) => [
      `      ${style.unsure(`${one.isBreakGlass ? "glass broken" : "waived"} by ${showForeign(one.person)}`)}, until ${shortTime(one.until)}${findingOf(one)}`,
      `          reason: ${showForeign(one.reason, 4096)}`,
    ]),
    ...refusedExceptions
      .slice(0, SHOWN)
      .flatMap(({ evidence, person = "", because }) => [
        `      exception of ${showForeign(person)} does not hold   ${style.dim(shortDigest(evidence))}`,
        ...because.map(({ code, message }) => `          ${mark("fail", style)} ${code}: ${showForeign(message, 1000)}`),
      ]),
  ];
}

function findingOf({ finding }: Waived): string {
  if (finding === undefined) return "";
  return `, for ${[finding.advisory ?? [], finding.purl]
    .flat()
    .map((text) => showForeign(text))
    .join(" in ")} alone`;
}

function shortTime(text: string): string {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? showForeign(text) : formatTime(at);
}
