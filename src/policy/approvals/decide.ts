/** Decides: what people have said -> the outcome of a gate's approvals. Three-valued; unknown is never yes. */
import { findingRow } from "../../core/finding.ts";
import type { Gate, PolicyPeople } from "../../core/policy.ts";
import type { ApprovalRequirement } from "../../core/requirement.ts";
import type { Counted, RequirementReport } from "../../core/verdict.ts";
import type { EvidenceSeen } from "../evidence-seen.ts";
import type { GateView } from "../gate-view.ts";
import { type Because, because, told } from "./because.ts";
import type { EnteredImages } from "./entered.ts";
import { evidenceIn, exclusionsOf } from "./exclusions.ts";
import { whyOtherGate } from "../other-gate.ts";
import { formatNames } from "./names.ts";
import { type Saying, sayingsOf } from "./sayings.ts";
import { type SaidAtGate, type Standing, standingIn } from "./standing.ts";
import { type AtGate, endOfApproval, weighApproval } from "./weigh-approval.ts";
import { wordsOf } from "./words.ts";

/** What a gate's approvals rest on besides what people have said. */
export interface ApprovalsAround {
  /** The gate that asks. */
  readonly gate: Gate & GateView;
  /** This gate and those before it. */
  readonly gates: readonly Gate[];
  /** What was decided of them so far: all but these approvals. */
  readonly reports: readonly RequirementReport[];
  readonly evidence: EvidenceSeen | undefined;
}

/** What the whole image has in common for all gates. */
export interface ApprovalsAsked {
  /** Digest of the policy that judges. */
  readonly policyDigest: string;
  readonly people: PolicyPeople;
  /** Images whose commits are not new; without it every commit is. */
  readonly entered?: EnteredImages;
}

export function decideApprovals(
  requirement: ApprovalRequirement,
  around: ApprovalsAround,
  { policyDigest, people, entered }: ApprovalsAsked,
): RequirementReport {
  const { gate, evidence } = around;
  const { head } = gate;
  if (evidence === undefined) return leftOpen(requirement, gate, [because("integrity/unfetchable", "it was not looked at", true)]);
  if (head?.policyChain === undefined) {
    const why = `whether ${whoOf(requirement)} approve it is not known: approvals name the first version of the policy, and which that was this document does not show`;
    return leftOpen(requirement, gate, [because("approvals/chain-unknown", why)]);
  }
  const { sayings, unjudged } = sayingsOf("approval", evidence.image, gate);
  const isHere = ({ content }: Pick<Saying, "content">): boolean => whyOtherGate(content.head, head) === undefined;
  const here = sayings.filter(isHere);
  const { of: exclusions, more } = exclusionsOf(requirement, { ...around, evidence, head, people, entered, here });
  const needs = around.reports.filter(({ kind }) => kind !== "approval");
  const atGate: AtGate = {
    requirement,
    head,
    now: evidence.now,
    today: needs.flatMap((report) => countedApart(report, evidence)),
    needs: needs.some(({ outcome }) => outcome === "deny") ? "deny" : needs.every(({ outcome }) => outcome === "pass") ? "pass" : "unknown",
    exclusions,
  };
  const named = sayings.filter(({ content }) => content.head.gate === gate.name);
  const approvals = named.filter(({ content }) => content.decision === "approved");
  const concerned = named.filter((saying) => isOfInterest(saying, requirement));
  const weighed = new Map(approvals.map((saying) => [saying, weighApproval(saying, atGate)] as const));
  const said: SaidAtGate = { here, by: requirement.by, weighed, needed: requirement.atLeast + more.worst, policyDigest };
  const standing = standingIn("worst", said);
  const mayPass = more.best.some(({ count, barred }) => {
    const others = [...weighed].filter(([{ person }]) => !barred.includes(person));
    return standingIn("best", { ...said, weighed: new Map(others), needed: requirement.atLeast + count }).passes;
  });
  const doubts = [
    ...evidence.image.gaps,
    ...whyUnjudged(unjudged.filter(({ content }) => content === undefined || isHere({ content })).length),
  ];
  const words = wordsOf(concerned, { said, standing, requirement });
  const report = {
    ...heading(requirement, gate),
    atLeast: said.needed,
    counted: [...standing.counted.values()].map((saying) => countedOf(saying, requirement)),
    evidence: [...new Set(concerned.map(({ statement }) => statement))],
    ...(words.length === 0 ? {} : { words }),
  };
  if (doubts.length === 0 && standing.passes)
    return { ...report, ...untilRejected(standing, said, requirement), outcome: "pass", missing: [] };
  const isShort = standing.counted.size < said.needed;
  const able = isShort ? requirement.by.filter((person) => isAble(person, { said, standing, exclusions })) : [];
  const short = { ...report, ...(able.length === 0 ? {} : { stillAble: able }) };
  const why = whyShort(requirement, { said, standing, able });
  const isOpen = doubts.length > 0 || mayPass;
  const open = isOpen ? [...doubts.map((doubt) => because("integrity/unfetchable", doubt)), ...doubtsOf(weighed)] : [];
  return {
    ...short,
    outcome: isOpen ? "unknown" : "deny",
    missing: [...why, ...open].map(({ message }) => message),
    because: [...why, ...open].map(told),
    remedy: remedyOf({ requirement, gate, standing, needed: said.needed, able, open }),
  };
}

/** Digests of what meets a need, copies together: whoever may push can hang up again what somebody has stated, under another digest. */
function countedApart({ counted }: RequirementReport, seen: EvidenceSeen): readonly (readonly string[])[] {
  const digests = counted.map((one) => ({ digest: one.evidence ?? one.signature, by: one.person ?? one.party }));
  if (digests.length < 2) return digests.map(({ digest }) => [digest]);
  const statements = new Map(evidenceIn(seen).map(({ report, statement }) => [report.digest, statement]));
  const groups = Map.groupBy(digests, ({ digest, by }) => JSON.stringify([by, statements.get(digest) ?? digest]));
  return [...groups.values()].map((copies) => copies.map(({ digest }) => digest));
}

/** Nobody is told of what somebody said who was never asked; that he has rejected it is worth knowing. */
function isOfInterest({ person, content }: Saying, { by }: ApprovalRequirement): boolean {
  return by.includes(person) || content.decision === "rejected";
}

function heading({ kind, name, byText, atLeast }: ApprovalRequirement, gate: Gate) {
  return { gate: gate.name, kind, name, by: byText, atLeast };
}

function whoOf({ byText, atLeast }: ApprovalRequirement): string {
  return atLeast === 1 ? byText : `${atLeast} of ${byText}`;
}

/** Neither yes nor no is known, whatever people have said. */
function leftOpen(requirement: ApprovalRequirement, gate: Gate, why: readonly Because[]): RequirementReport {
  const [first] = why;
  return {
    ...heading(requirement, gate),
    outcome: "unknown",
    counted: [],
    evidence: [],
    missing: why.map(({ message }) => message),
    because: why.map(told),
    ...(first === undefined ? {} : { remedy: findingRow(first.code).remedy }),
  };
}

function countedOf(saying: Saying, requirement: ApprovalRequirement): Counted {
  const { signature, statement, person } = saying;
  return { signature, evidence: statement, person, freshUntil: endOfApproval(saying, requirement).toISOString() };
}

/** A rejection stands again once too few are left who overrule it. */
function untilRejected(
  { overruled }: Standing,
  { needed }: SaidAtGate,
  requirement: ApprovalRequirement,
): Pick<RequirementReport, "freshUntil"> {
  const ends = [...overruled.values()].map((by) => {
    const longest = by.map((saying) => endOfApproval(saying, requirement).getTime()).toSorted((a, b) => b - a);
    return longest[needed] ?? 0;
  });
  return ends.length === 0 ? {} : { freshUntil: new Date(Math.min(...ends)).toISOString() };
}

function whyUnjudged(count: number): readonly string[] {
  if (count === 0) return [];
  return [`${count === 1 ? "1 statement" : `${count} statements`} that may be an approval or a rejection could not be judged`];
}

function doubtsOf(weighed: ReadonlyMap<Saying, readonly Because[]>): readonly Because[] {
  const doubts = [...weighed.values()].flatMap((all) => all.filter(({ isDoubt }) => isDoubt));
  return [...new Map(doubts.map((one) => [`${one.code} ${one.message}`, one])).values()];
}

function isAble(
  person: string,
  given: { readonly said: SaidAtGate; readonly standing: Standing; readonly exclusions: AtGate["exclusions"] },
): boolean {
  const { said, standing, exclusions } = given;
  if (standing.counted.has(person) || exclusions(person).some(({ isDoubt }) => !isDoubt)) return false;
  if (standing.open.rejected.some((one) => one.person === person)) return false;
  // Whoever has approved it in every way he can shares a key, or may count already.
  const isSaid = (one: Saying): boolean => one.person === person && said.weighed.get(one)?.every(({ isDoubt }) => isDoubt) === true;
  return isAgainst(person, standing) || !standing.open.approved.some(isSaid);
}

function isAgainst(person: string, { open }: Standing): boolean {
  return open.withdrawn.some((one) => one.person === person);
}

function whyShort(
  { byText }: ApprovalRequirement,
  { said, standing, able }: { readonly said: SaidAtGate; readonly standing: Standing; readonly able: readonly string[] },
): readonly Because[] {
  const { needed } = said;
  const standingRejections = standing.rejections.filter((one) => !standing.overruled.has(one));
  const rejected =
    standingRejections.length === 0
      ? []
      : [because("approvals/rejected", `rejected by ${formatNames(standingRejections.map(({ person }) => person))}`)];
  if (standing.counted.size >= needed) return rejected;
  const still = able.length === 0 ? "" : `; still able to approve: ${able.join(", ")}`;
  const count = `${standing.counted.size} of ${needed} ${needed === 1 ? "approval" : "approvals"} by ${byText}`;
  return [...rejected, because("approvals/too-few", `${count}${still}`)];
}

function remedyOf(given: {
  readonly requirement: ApprovalRequirement;
  readonly gate: Gate;
  readonly standing: Standing;
  readonly needed: number;
  readonly able: readonly string[];
  readonly open: readonly Because[];
}): string {
  const { requirement, gate, standing, needed, able, open } = given;
  const approve = `countersign approve REF@DIGEST --gate ${gate.name}`;
  const rejection = standing.rejections.find((one) => !standing.overruled.has(one));
  if (rejection !== undefined) {
    const { person, statement } = rejection;
    const isEnough = requirement.by.filter((one) => one !== person).length > needed;
    const others = isEnough ? `, or ${needed + 1} others overrule it: \`${approve} --overrule ${statement} --reason TEXT\`` : "";
    return `Let ${person} approve it instead (\`${approve}\`)${others}.`;
  }
  const [first] = open;
  if (first !== undefined) return findingRow(first.code).remedy;
  if (able.length < needed - standing.counted.size)
    return "Too few of those who are asked can still approve it: ask for more people in the policy, or build the image again from others' commits.";
  const missing = needed - standing.counted.size;
  const who = missing === 1 ? able.join(" or ") : missing === able.length ? formatNames(able) : `${missing} of ${able.join(", ")}`;
  return `Let ${who} approve it: \`${approve}\`.`;
}
