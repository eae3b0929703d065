/** Judges what must hold today of an image that has entered: that it was not replaced, scans that are young, and nobody's later no. */
import { findingRow } from "../core/finding.ts";
import type { Gate } from "../core/policy.ts";
import type { EvidenceRequirement } from "../core/requirement.ts";
import type { RequirementReport } from "../core/verdict.ts";
import type { EntryQuestion } from "./entry-question.ts";
import type { FoundRecord } from "./find-records.ts";
import { endOf, reportOf, sayReplaced, unread } from "./replaced.ts";

function always(): boolean {
  return true;
}

interface Today {
  readonly report: RequirementReport;
  /** Whether it matters to what has come in by this record. */
  readonly since: (record: FoundRecord) => boolean;
}

export async function judgeToday(question: EntryQuestion): Promise<readonly Today[]> {
  const { gates, gate } = question;
  const superseded = judgeSuperseded(question);
  const isAsked = (report: RequirementReport): boolean =>
    report.kind === "approval" || (gate.stay?.scanMaxAge !== undefined && report.kind === "evidence" && report.name === "scan");
  const asked = gates.map((one) => withLastingScans(one, gate));
  const hasAny = asked.some(({ requirements }) => requirements.some(({ kind, name }) => kind === "approval" || name === "scan"));
  const verdict = hasAny ? await question.askNow(asked) : undefined;
  return [
    ...(superseded === undefined ? [] : [{ report: superseded, since: always }]),
    ...(verdict?.requirements ?? []).filter(isAsked).flatMap((report): readonly Today[] => {
      if (report.kind !== "approval") return [{ report, since: always }];
      const rejection = rejectionIn(report);
      return rejection === undefined ? [] : [rejection];
    }),
  ];
}

/** The gate with its scans by the age that they may have reached by now, where the policy says which that is. */
function withLastingScans(gate: Gate, { stay }: Gate): Gate {
  const maxAge = stay?.scanMaxAge;
  if (maxAge === undefined) return gate;
  const requirements = gate.requirements.map((requirement) =>
    requirement.kind === "evidence" && requirement.name === "scan" ? lasting(requirement, maxAge) : requirement,
  );
  return { ...gate, requirements };
}

/** The scanner's database has to have been fresh when it was scanned, and not today. */
function lasting(requirement: EvidenceRequirement, maxAge: number): EvidenceRequirement {
  const { endOf: _databaseEnd, ...scan } = requirement;
  return {
    ...scan,
    maxAge,
    judge: (content, context) => {
      const at = "at" in content ? content.at : undefined;
      return scan.judge(content, at === undefined ? context : { ...context, now: at });
    },
  };
}

/** An approval need not last; a rejection that came later takes the image out. */
function rejectionIn(report: RequirementReport): Today | undefined {
  const { words = [], because = [], gate, kind, name, by, atLeast } = report;
  const rejections = words.filter(({ decision, counts }) => decision === "rejected" && counts);
  const isUnread = because.some(({ code }) => code === "integrity/unfetchable");
  if (rejections.length === 0 && !isUnread) return undefined;
  const shared = { gate, kind, name, ...(by === undefined ? {} : { by }), atLeast, counted: [], evidence: [], words: rejections };
  if (rejections.length === 0) {
    const message = "whether somebody has rejected it since it entered is not known";
    const open = { ...shared, outcome: "unknown", missing: [message], because: [{ code: "integrity/unfetchable", message }] } as const;
    return { report: open, since: always };
  }
  const message = `${rejections.map(({ person }) => person).join(" and ")} rejected it after it had entered`;
  return {
    report: {
      ...shared,
      outcome: "deny",
      missing: [message],
      because: [{ code: "approvals/rejected", message }],
      remedy: findingRow("approvals/rejected").remedy,
    },
    // What was said before has been weighed with the entry.
    since: ({ said }) => rejections.some(({ at }) => at === undefined || Date.parse(at) > said.judged.to.getTime()),
  };
}

/** By the tag that another image was given at once, else after the time that the policy gives. */
function judgeSuperseded({ records, gate, tag, now }: EntryQuestion): RequirementReport | undefined {
  const { replaced, gaps } = records;
  const ends = replaced.map((record) => ({ record, end: endOf(record, gate, tag) }));
  const over = ends.find(({ end }) => end !== undefined && end <= now.getTime());
  if (over !== undefined) {
    const { record } = over;
    const isByTag = tag !== undefined && record.said.tags.includes(tag);
    const code = isByTag ? "promotion/replaced" : "promotion/superseded";
    return reportOf(gate, { outcome: "deny", code, message: sayReplaced(record), evidence: [record.digest] });
  }
  // Only where that would be a no.
  if (gaps.length === 0 || (tag === undefined && gate.stay?.superseded === undefined)) return undefined;
  return unread(gate, gaps);
}
