/**
 * Answers for an image that has entered its place before: may it stay? Its entry is judged as of then, by the evidence that
 * the record names, and what must hold today is judged today. Source: docs/promotion.md, "Enter and stay".
 */
import { showForeign } from "../core/display.ts";
import type { Answer, EntryRecord, RequirementReport, Verdict } from "../core/verdict.ts";
import { type Entry, judgeEntry } from "./entry.ts";
import type { EntryQuestion } from "./entry-question.ts";
import type { FoundRecord } from "./find-records.ts";
import { endOf } from "./replaced.ts";
import { judgeToday } from "./today.ts";

/** Promoters make few; whoever has a key of one could make many. */
const MOST_RECORDS = 4;

/**
 * `undefined` where no record of its entry counts: then it is judged as one that enters now. Of several the first by which it
 * may stay answers, else the first.
 */
export async function judgeStay(question: EntryQuestion): Promise<(Partial<Verdict> & { readonly outcome: Answer }) | undefined> {
  const { records } = question;
  let first: (Partial<Verdict> & { readonly outcome: Answer }) | undefined;
  const today = records.entered.length === 0 ? [] : await judgeToday(question);
  for (const record of records.entered.slice(0, MOST_RECORDS)) {
    const entry = await judgeEntry(record, question);
    if (entry === undefined) continue;
    const held = today.flatMap(({ since, report }) => (since(record) && !isWaivedForGood(report, entry) ? [report] : []));
    const requirements = [...entry.requirements, ...held];
    const outcome = worst(requirements, entry.outcome);
    const end = outcome === "pass" ? endOfStay(question, held) : undefined;
    const answer = {
      ...entry.parts,
      outcome,
      question: "stay" as const,
      record: describe(record, question),
      requirements,
      ...(end === undefined ? {} : { validUntil: { stay: end.toISOString() } }),
    };
    if (outcome === "pass") return answer;
    first ??= answer;
  }
  return first;
}

/** What came in by broken glass runs on without what that waived; an exception ends for what runs as well. */
function isWaivedForGood(report: RequirementReport, { requirements }: Entry): boolean {
  const asked = requirementKey(report);
  return (
    report.kind === "evidence" &&
    requirements.some((one) => requirementKey(one) === asked && (one.waived ?? []).some(({ isBreakGlass }) => isBreakGlass))
  );
}

function requirementKey({ gate, kind, name, by, manifest }: RequirementReport): string {
  return JSON.stringify([gate, kind, name, by, manifest]);
}

function endOfStay({ records, gate, tag }: EntryQuestion, requirements: readonly RequirementReport[]): Date | undefined {
  const fresh = requirements.flatMap(({ name, freshUntil, kind }) =>
    kind === "evidence" && name === "scan" && freshUntil !== undefined ? [Date.parse(freshUntil)] : [],
  );
  const ends = [...records.replaced.map((record) => endOf(record, gate, tag) ?? Infinity), ...fresh];
  const end = Math.min(...ends);
  return Number.isFinite(end) ? new Date(end) : undefined;
}

function worst(requirements: readonly RequirementReport[], entry: Answer): Answer {
  const outcomes = new Set([entry, ...requirements.map(({ outcome }) => outcome)]);
  if (outcomes.has("deny")) return "deny";
  return outcomes.has("unknown") ? "unknown" : "pass";
}

function describe({ digest, promoter, said }: FoundRecord, { policy }: EntryQuestion): EntryRecord {
  return {
    statement: digest,
    promoter: showForeign(promoter, 1_000),
    from: showForeign(said.from, 1_000),
    tags: said.tags.map((tag) => showForeign(tag, 128)),
    entered: { from: said.judged.from.toISOString(), to: said.judged.to.toISOString() },
    isTrusted: policy.promoters?.areTrusted === true,
  };
}
