/** What comes with breaking the glass: one person once, and somebody else's approval afterwards. */
import type { BreakGlassRule } from "../../core/policy.ts";
import type { Waived } from "../../core/verdict.ts";
import { CLOCK_SKEW_MS } from "../age.ts";
import { type Because, because } from "../approvals/because.ts";
import { whyOtherGate } from "../other-gate.ts";
import { isNamed, type Saying, sayingsOf } from "../approvals/sayings.ts";
import type { EvidenceOf, EvidenceSeen } from "../evidence-seen.ts";
import type { Waiving } from "./waivers.ts";

/** Within so many days of another one at the gate it has to be another person. */
const AGAIN_DAYS = 30;
const DAY_MS = 86_400_000;

interface Glass {
  readonly broken: Saying<"exception">;
  /** All that was said of exceptions, by anybody. */
  readonly all: readonly Saying<"exception">[];
  readonly about: EvidenceOf;
  readonly rule: BreakGlassRule;
}

/** Whoever signs with nothing but keys of another is that one, by whatever name. */
function isSame(one: Signing, other: Signing): boolean {
  return one.person === other.person || (one.keys.length > 0 && one.keys.every((key) => other.keys.includes(key)));
}

type Signing = Pick<Saying, "person" | "keys">;

/** The same person has done it before: whoever writes it again, under whatever date, is known by the first. */
export function brokenBefore(
  { broken, all, rule }: Pick<Glass, "all" | "rule"> & { readonly broken: Signing & Pick<Saying, "at"> },
  { gate }: Pick<Waiving, "gate">,
): readonly Because[] {
  const { head } = gate;
  const before = all.find(
    (other) =>
      other.content.isBreakGlass &&
      isSame(broken, other) &&
      other.certainty !== "none" &&
      head !== undefined &&
      whyOtherGate(other.content.head, head) === undefined &&
      // A copy of it is no second one.
      other.at.getTime() < broken.at.getTime() &&
      other.at.getTime() > broken.at.getTime() - AGAIN_DAYS * DAY_MS,
  );
  if (before === undefined) return [];
  const others = rule.by.filter((person) => person !== broken.person);
  const who = others.length === 0 ? "nobody else may" : `${others.join(" or ")} may`;
  const message = `${broken.person} has broken the glass here at ${before.at.toISOString()}, and may again after ${AGAIN_DAYS} days; ${who}`;
  return [because("exceptions/again", message)];
}

/** The same asked before it is done. */
export function whyBrokenBefore(
  person: string,
  { gate, rule, now, seen }: Pick<Waiving, "gate" | "now"> & { readonly rule: BreakGlassRule; readonly seen: EvidenceSeen },
): readonly Because[] {
  const all = sayingsOf("exception", seen.image, gate).sayings;
  return brokenBefore({ broken: { person, keys: [], at: now }, all, rule }, { gate });
}

interface Afterwards {
  readonly told: NonNullable<Waived["afterwards"]>;
  /** Nobody has approved it in all the time that there was. */
  readonly isLate: boolean;
  /** In words, why somebody may have and it was not seen. */
  readonly doubts: readonly string[];
}

function isOf(broken: Glass["broken"], approval: Saying, rule: BreakGlassRule): boolean {
  const { person, certainty, content } = approval;
  if (certainty !== "sure" || content.decision !== "approved" || content.afterwards === undefined || !isNamed(broken, [content.afterwards]))
    return false;
  return rule.afterwardsBy.includes(person) && !isSame(approval, broken);
}

/** Another approval by the same person, of something else, does not. */
function takesBack(other: Saying, approval: Saying): boolean {
  const { decision, supersedes } = other.content;
  return other.person === approval.person && other.certainty !== "none" && decision !== "approved" && isNamed(approval, supersedes);
}

/** Whether somebody else has approved it since; that approval is of what was done, and does not lapse. */
export function approvedAfterwards({ broken, about, rule }: Glass, { gate, now }: Waiving): Afterwards {
  const { sayings, unjudged } = sayingsOf("approval", about, gate);
  const here = sayings.filter(({ content }) => gate.head !== undefined && whyOtherGate(content.head, gate.head) === undefined);
  const approval = here.find(
    (saying) =>
      isOf(broken, saying, rule) && saying.at.getTime() <= now.getTime() + CLOCK_SKEW_MS && !here.some((other) => takesBack(other, saying)),
  );
  const start = broken.at.getTime();
  const due = new Date(start + rule.within * 1000).toISOString();
  return {
    told: { due, ...(approval === undefined ? {} : { person: approval.person }) },
    isLate: approval === undefined && now.getTime() > start + rule.stayMax * 1000,
    doubts: [...about.gaps, ...(unjudged.length === 0 ? [] : ["an approval may be there that could not be judged"])],
  };
}
