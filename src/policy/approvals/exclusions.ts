/** Whose approval does not count at a gate, whatever it says: who built the image, who approved it before, who wrote it. */
import type { GateHead } from "../../core/decision.ts";
import type { PolicyPeople } from "../../core/policy.ts";
import type { ApprovalRequirement } from "../../core/requirement.ts";
import type { EvidenceSeen, ExaminedEvidence } from "../evidence-seen.ts";
import { underGate } from "../gate-view.ts";
import { type Because, because } from "./because.ts";
import { excludeAuthors } from "./exclude-authors.ts";
import type { ApprovalsAround } from "./decide.ts";
import type { EnteredImages } from "./entered.ts";
import { whyOtherGate } from "../other-gate.ts";
import { type Saying, sayingsOf } from "./sayings.ts";

/** One way in which what is not sure may turn out well: so many people more are needed, and these do not count. */
interface Way {
  readonly count: number;
  readonly barred: readonly string[];
}

export interface Exclusions {
  /** Nothing, if there is none. `keys`: by which the person approves it, where that is known. */
  readonly of: (person: string, keys?: readonly string[]) => readonly Because[];
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

/** People who do not count, and what they have signed with: whoever signs with the same is one of them, by whatever name. */
interface Barred {
  readonly people: ReadonlySet<string>;
  readonly keys: ReadonlySet<string>;
}

export function exclusionsOf({ by, not }: ApprovalRequirement, around: ExclusionsAround): Exclusions {
  const builders = not.builder ? buildersOf(around) : NOBODY;
  const before = not.approverOf.map((gate) => ({ gate, approvers: approversOf(gate, around) }));
  const authors = not.author ? excludeAuthors(by, around) : NO_AUTHORS;
  return {
    of: (person, keys = []) => [
      ...authors.of(person),
      ...(isBarred(builders, person, keys) ? [because("approvals/builder", `${nameOf(builders, person)} has built it`)] : []),
      ...before.flatMap(({ gate, approvers }) =>
        isBarred(approvers, person, keys)
          ? [because("approvals/approver-of", `${nameOf(approvers, person)} has approved it at gate ${gate}`)]
          : [],
      ),
    ],
    more: authors.more,
  };
}

const NOBODY: Barred = { people: new Set(), keys: new Set() };

function isBarred(barred: Barred, person: string, keys: readonly string[]): boolean {
  return barred.people.has(person) || (keys.length > 0 && keys.every((key) => barred.keys.has(key)));
}

function nameOf({ people }: Barred, person: string): string {
  return people.has(person) ? person : `whoever has the key of ${person}`;
}

const NO_AUTHORS: Exclusions = { of: () => [], more: { worst: 0, best: [{ count: 0, barred: [] }] } };

/** People who have signed the provenance that counts, whoever else has; the keys are those of machines too. */
function buildersOf(around: ExclusionsAround): Barred {
  const seen = provenanceOf(around).flatMap(({ report }) => report.signatures.map((one) => underGate(one, around.gate)));
  const signatures = seen.filter(({ outcome }) => outcome !== "does-not-count");
  return {
    people: new Set(signatures.flatMap(({ person }) => person ?? [])),
    keys: new Set(signatures.flatMap(({ proven }) => proven?.key ?? [])),
  };
}

export function provenanceOf({ reports, evidence }: ExclusionsAround): readonly ExaminedEvidence[] {
  const counted = new Set(reports.flatMap((report) => (report.name === "provenance" ? report.counted.map((one) => one.evidence) : [])));
  return evidenceIn(evidence).filter(({ report }) => counted.has(report.digest));
}

/** Of the image and all that runs of it, each once. */
export function evidenceIn({ image, runnable }: EvidenceSeen): readonly ExaminedEvidence[] {
  return [...new Set([image, ...runnable].flatMap((about) => about.evidence))];
}

/** Of two who have approved it there with one key one counts, and both are that one. */
function approversOf(gate: string, { reports, gates, evidence }: ExclusionsAround): Barred {
  const asked = reports.filter((report) => report.kind === "approval" && report.gate === gate);
  const sharing = asked.flatMap(({ words = [] }) =>
    words.filter(({ because: why }) => why?.some(({ code }) => code === "approvals/same-key")),
  );
  const people = new Set([...asked.flatMap(({ counted }) => counted), ...sharing].flatMap(({ person }) => person ?? []));
  const there = gates.find(({ name }) => name === gate);
  const said = there === undefined ? [] : sayingsOf("approval", evidence.image, there).sayings;
  const theirs = said.filter(
    ({ person, certainty, content }) =>
      people.has(person) && certainty !== "none" && there?.head !== undefined && whyOtherGate(content.head, there.head) === undefined,
  );
  return { people, keys: new Set(theirs.flatMap(({ keys }) => keys)) };
}
