/** Whose approval does not count at a gate, whatever it says: who built the image, who approved it before, who wrote it. */
import type { GateHead } from "../../core/decision.ts";
import type { ApprovalRequirement, PolicyPeople } from "../../core/policy.ts";
import type { EvidenceSeen, ExaminedEvidence } from "../evidence-seen.ts";
import { underGate } from "../gate-view.ts";
import { type Because, because } from "./because.ts";
import { excludeAuthors } from "./exclude-authors.ts";
import type { ApprovalsAround } from "./decide.ts";
import type { EnteredImages } from "./entered.ts";
import type { Saying } from "./sayings.ts";

/** One way in which what is not sure may turn out well: so many people more are needed, and these do not count. */
interface Way {
  readonly count: number;
  readonly barred: readonly string[];
}

export interface Exclusions {
  /** Nothing, if there is none. */
  readonly of: (person: string) => readonly Because[];
  /** How many people more are needed, by what is not sure taken for the worst and the best. */
  readonly more: { readonly worst: number; readonly best: readonly Way[] };
}

export type ExclusionsAround = ApprovalsAround & {
  readonly evidence: EvidenceSeen;
  readonly head: GateHead;
  readonly people: PolicyPeople;
  readonly entered: EnteredImages | undefined;
  /** What people have said at this gate. */
  readonly here: readonly Saying[];
};

export function exclusionsOf({ by, not }: ApprovalRequirement, around: ExclusionsAround): Exclusions {
  const builders = not.builder ? buildersOf(around) : new Set<string>();
  const before = not.approverOf.map((gate) => ({ gate, people: approversOf(gate, around) }));
  const authors = not.author ? excludeAuthors(by, around) : NO_AUTHORS;
  return {
    of: (person) => [
      ...authors.of(person),
      ...(builders.has(person) ? [because("approvals/builder", `${person} has built it`)] : []),
      ...before.flatMap(({ gate, people }) =>
        people.has(person) ? [because("approvals/approver-of", `${person} has approved it at gate ${gate}`)] : [],
      ),
    ],
    more: authors.more,
  };
}

const NO_AUTHORS: Exclusions = { of: () => [], more: { worst: 0, best: [{ count: 0, barred: [] }] } };

/** People who have signed the provenance that counts, whoever else has. */
function buildersOf(around: ExclusionsAround): ReadonlySet<string> {
  const signatures = provenanceOf(around).flatMap(({ report }) => report.signatures.map((seen) => underGate(seen, around.gate)));
  return new Set(signatures.flatMap(({ person, outcome }) => (person === undefined || outcome === "does-not-count" ? [] : [person])));
}

export function provenanceOf({ reports, evidence }: ExclusionsAround): readonly ExaminedEvidence[] {
  const counted = new Set(reports.flatMap((report) => (report.name === "provenance" ? report.counted.map((one) => one.evidence) : [])));
  return evidenceIn(evidence).filter(({ report }) => counted.has(report.digest));
}

/** Of the image and all that runs of it, each once. */
export function evidenceIn({ image, runnable }: EvidenceSeen): readonly ExaminedEvidence[] {
  return [...new Set([image, ...runnable].flatMap((about) => about.evidence))];
}

function approversOf(gate: string, { reports }: ExclusionsAround): ReadonlySet<string> {
  const counted = reports.filter((report) => report.kind === "approval" && report.gate === gate).flatMap((report) => report.counted);
  return new Set(counted.flatMap(({ person }) => person ?? []));
}
