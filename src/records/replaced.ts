/** Judges whether another image has taken the place of one, for good or for now, as far as the records tell. */
import { showForeign } from "../core/display.ts";
import { findingRow } from "../core/finding.ts";
import type { Gate } from "../core/policy.ts";
import type { Answer, RequirementReport } from "../core/verdict.ts";
import type { EntryQuestion } from "./entry-question.ts";
import type { FoundRecord } from "./find-records.ts";
import { isOvertaken } from "./place-records.ts";

/** What keeps it from entering as well: another image has taken its place. It comes back by another promotion, or not at all. */
export function judgeReplaced({ records, gate }: Pick<EntryQuestion, "records" | "gate">): RequirementReport | undefined {
  const { replaced, gaps } = records;
  const [first] = replaced;
  if (first === undefined) return gaps.length === 0 ? undefined : unread(gate, gaps);
  // A record that could not be read may lift it.
  if (gaps.length > 0 && replaced.every((one) => isLiftable(one, gate))) return unread(gate, gaps);
  const message = gate.allowsRollback === true ? sayReplaced(first) : `${sayReplaced(first)}, and the policy does not allow to go back`;
  return reportOf(gate, { outcome: "deny", code: "promotion/replaced", message, evidence: [first.digest] });
}

function isLiftable({ said }: FoundRecord, { allowsRollback }: Gate): boolean {
  return allowsRollback === true || isOvertaken(said);
}

/** In words, why a no may be none: what could not be read may be a record by which it may stay. Not where it is out for good. */
export function whyMayStay({
  records,
  gate,
  tag,
  now,
}: Pick<EntryQuestion, "records" | "gate" | "tag" | "now">): RequirementReport | undefined {
  const { replaced, gaps } = records;
  const isOut = replaced.some((one) => !isLiftable(one, gate) && (endOf(one, gate, tag) ?? Infinity) <= now.getTime());
  if (gaps.length === 0 || isOut) return undefined;
  const message = `whether it has entered by a record that could not be read is not known: ${gaps.join("; ")}`;
  return reportOf(gate, { outcome: "unknown", code: "promotion/unread", message, evidence: [] });
}

export function unread(gate: Gate, gaps: readonly string[]): RequirementReport {
  const message = `whether another image has taken its place could not be told: ${gaps.join("; ")}`;
  return reportOf(gate, { outcome: "unknown", code: "promotion/unread", message, evidence: [] });
}

/** In milliseconds, when it may not stay any more; `undefined` for never. */
export function endOf({ said }: FoundRecord, { stay }: Gate, tag: string | undefined): number | undefined {
  if (tag !== undefined && said.tags.includes(tag)) return -Infinity;
  return stay?.superseded === undefined ? undefined : said.signedAt.getTime() + stay.superseded * 1000;
}

export function sayReplaced({ said, promoter }: FoundRecord): string {
  const tags = said.tags.length === 0 ? "its place" : said.tags.map((tag) => showForeign(tag, 128)).join(", ");
  return `at ${said.signedAt.toISOString()} ${showForeign(promoter)} gave ${tags} to ${said.other?.image ?? "another image"}`;
}

export function reportOf(
  gate: Gate,
  told: {
    readonly outcome: Answer;
    readonly code: "promotion/replaced" | "promotion/superseded" | "promotion/unread";
    readonly message: string;
    readonly evidence: readonly string[];
  },
): RequirementReport {
  const { outcome, code, message, evidence } = told;
  const { remedy } = findingRow(code);
  return {
    gate: gate.name,
    kind: "rule",
    name: "superseded",
    atLeast: 1,
    outcome,
    counted: [],
    evidence,
    missing: [message],
    because: [{ code, message }],
    ...(remedy === "" ? {} : { remedy }),
  };
}
