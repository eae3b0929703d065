/** What keeps one approval from counting: whose it is, what it is about, what has changed since, and how old it is. */
import type { GateHead } from "../../core/decision.ts";
import { showDuration } from "../../core/duration.ts";
import type { ApprovalRequirement } from "../../core/requirement.ts";
import type { Answer } from "../../core/verdict.ts";
import { CLOCK_SKEW_MS } from "../age.ts";
import { type Because, because } from "./because.ts";
import { whyOtherGate } from "../other-gate.ts";
import type { Saying } from "./sayings.ts";

export interface AtGate {
  readonly requirement: ApprovalRequirement;
  readonly head: GateHead;
  readonly now: Date;
  /** Digests of the evidence, else the signatures, that meet the needs of the gate and those before it now: of each all its copies. */
  readonly today: readonly (readonly string[])[];
  /** Whether these needs are met. */
  readonly needs: Answer;
  /** Why the approvals of a person who is asked do not count, whatever they say. */
  readonly exclusions: (person: string, keys?: readonly string[]) => readonly Because[];
}

export function weighApproval(saying: Saying, gate: AtGate): readonly Because[] {
  const { person, content } = saying;
  const other = whyOtherGate(content.head, gate.head);
  if (other !== undefined) return [because("approvals/other-gate", other)];
  if (!gate.requirement.by.includes(person)) return [because("approvals/not-asked", `${person} is not asked here`)];
  return [
    ...saying.because,
    ...weighChange(saying, gate),
    ...weighAge(saying, gate),
    ...weighDespite(saying, gate),
    ...gate.exclusions(person, saying.keys),
  ];
}

/** Whoever has approved has approved what was asked, and what was there. */
function weighChange({ content }: Saying, { requirement, head, today }: AtGate): readonly Because[] {
  const isSame = content.head.gateDigest === head.gateDigest;
  if (!isSame && content.gateTerms !== head.gateTerms)
    return [because("approvals/gate-changed", "it is of the gate as it was: the policy asks for something else now")];
  if (isSame && !requirement.isExact) return [];
  const seen = new Set<string>(content.evidence);
  const unseen = today.filter((copies) => !copies.some((digest) => seen.has(digest))).length;
  if (unseen === 0) return [];
  const what = unseen === 1 ? "1 piece of evidence that counts now was" : `${unseen} pieces of evidence that count now were`;
  const why = requirement.isExact
    ? "it is of exactly what was there"
    : "keys of machines have changed, so that it is of what was there alone";
  return [because("approvals/evidence-changed", `${what} not there to be seen, and ${why}`)];
}

function weighAge(saying: Saying, { requirement, now }: AtGate): readonly Because[] {
  if (saying.at.getTime() - now.getTime() > CLOCK_SKEW_MS)
    return [because("approvals/not-yet", `it says that it was signed at ${saying.at.toISOString()}, which is to come`)];
  const end = endOfApproval(saying, requirement);
  if (now.getTime() <= end.getTime()) return [];
  const isShort = saying.content.expiresOn !== undefined && end.getTime() === saying.content.expiresOn.getTime();
  const why = isShort ? "as its author wanted" : `${showDuration(requirement.valid)} after ${saying.at.toISOString()}`;
  return [because("approvals/lapsed", `it lapsed at ${end.toISOString()}, ${why}`)];
}

/** Its author may only shorten it. */
export function endOfApproval({ at, content }: Saying, { valid }: Pick<ApprovalRequirement, "valid">): Date {
  return new Date(Math.min(at.getTime() + valid * 1000, content.expiresOn?.getTime() ?? Infinity));
}

function weighDespite({ content }: Saying, { needs }: AtGate): readonly Because[] {
  if (!content.despite || needs === "pass") return [];
  const what = needs === "deny" ? "are not" : "are not known to be";
  return [because("approvals/despite", `it was given before the gate's needs were met, and they ${what} met now`, needs === "unknown")];
}
