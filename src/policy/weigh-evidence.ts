/** Weighs evidence: who vouches for it, how old it is, what speaks against it, and which of several has the last word. */
import type { Objection, SourceCommit, VexStatement } from "../core/evidence.ts";
import { type Finding, findingRow } from "../core/finding.ts";
import type { Gate } from "../core/policy.ts";
import type { EvidenceContext, EvidenceRequirement, Excepting } from "../core/requirement.ts";
import type { RequirementReport, SignatureReport } from "../core/verdict.ts";
import { CLOCK_SKEW_MS, showAge } from "./age.ts";
import { isAsserted } from "./asserted.ts";
import { type EvidenceOf, type ExaminedEvidence, isUnread } from "./evidence-seen.ts";
import { type GateView, underGate } from "./gate-view.ts";
import { signedAt } from "./signature-view.ts";
import type { ExceptedFindings } from "./waivers/excepting.ts";

export type Weighed = {
  readonly found: ExaminedEvidence;
  readonly signature: SignatureReport | undefined;
  /** All of those who are asked whose signatures count; where none does one that may. */
  readonly vouching: readonly SignatureReport[];
  /** When what it tells of was so, by its own word or that of those who are asked: nobody else's signature moves it. */
  readonly at: Date | undefined;
  readonly objections: readonly Objection[];
};

interface WeighedAll {
  /** All that speaks to the requirement. */
  readonly weighed: readonly Weighed[];
  /** Signatures by those who are asked that do not count. */
  readonly unfit: readonly SignatureReport[];
  readonly context: Omit<EvidenceContext, "statement">;
}

export function weighAll(
  requirement: EvidenceRequirement,
  given: {
    readonly gate: Gate & GateView;
    readonly manifest: EvidenceOf;
    readonly image: EvidenceOf;
    readonly now: Date;
    readonly excepting?: Excepting | undefined;
  },
): WeighedAll {
  const { gate, manifest, image, now, excepting } = given;
  const concerned = manifest.evidence.filter((found) => concerns(requirement.about, found));
  const saidBy = (by: readonly string[] = [], evidence = manifest.evidence): readonly ExaminedEvidence[] =>
    by.length === 0 ? [] : evidence.filter((found) => vouching(found, { gate, by }).signatures[0]?.outcome === "counts");
  // A commit is what it is: that this image was built from it, its own provenance says.
  const sources = saidBy(requirement.sourceBy, [...new Set([...manifest.evidence, ...image.evidence])]);
  const vex = saidBy(requirement.vexBy).flatMap(statementsOf);
  const openVex = findOpenVex(manifest.evidence, requirement, gate);
  const context = {
    now,
    subject: manifest.subject,
    vex,
    commits: sources.flatMap(commitsOf),
    ...(excepting === undefined ? {} : { excepting }),
  };
  const unfit: SignatureReport[] = [];
  const weighed = concerned.map((found): Weighed => {
    const { signatures, at, others } = vouching(found, { gate, by: requirement.by });
    unfit.push(...others);
    const [first] = signatures;
    // What nobody who is asked vouches for is not read: an expression may be long over it, and strangers may hang up thousands.
    if (first?.outcome !== "counts" || found.content === undefined)
      return { found, signature: first, vouching: signatures, at, objections: [] };
    const byEach = signatures.map((signature) => (): Weighed => {
      const signer = signature.person ?? signature.party;
      const around = { ...context, ...(signer === undefined ? {} : { signer }) };
      return { found, signature, vouching: signatures, at, objections: weigh(requirement, { found, at }, { ...around, openVex }) };
    });
    return firstAccepted(byEach) ?? { found, signature: first, vouching: signatures, at, objections: [] };
  });
  return { weighed, unfit, context };
}

/** Whether it speaks to what is asked, or may once it can be read. What is broken proves nothing and blocks nothing. */
function concerns(about: EvidenceRequirement["about"], found: ExaminedEvidence): boolean {
  const { report, content, statement } = found;
  if ("predicateType" in about) {
    if (content === undefined && !isUnread(found) && report.findings.length > 0) return false;
    return (statement?.predicateType ?? report.predicateType ?? about.predicateType) === about.predicateType;
  }
  if (content !== undefined) return content.kind === about.content;
  return report.content === undefined ? isUnread(found) : report.content === about.content;
}

/** Whether it may turn out to be of those who are asked, or to say what is asked. */
export function isOpen({ found, signature }: Pick<Weighed, "found" | "signature">): boolean {
  return signature?.outcome === "counts" ? found.content === undefined : signature !== undefined || isUnread(found);
}

/** The signatures by those who are asked that count; where none does one that may, and `others` are all that do not count. */
function vouching(
  { report, at }: ExaminedEvidence,
  { gate, by }: { readonly gate: Gate & GateView; readonly by: readonly string[] },
): { readonly signatures: readonly SignatureReport[]; readonly others: readonly SignatureReport[] } & Pick<Weighed, "at"> {
  const seen = report.signatures.map((signature) => underGate(signature, gate));
  const theirs = seen.filter(({ person, party, outcome }) => {
    const member = person ?? party;
    return member === undefined ? outcome === "unknown" : by.includes(member);
  });
  const counting = theirs.filter(({ outcome }) => outcome === "counts");
  const signatures = counting.length > 0 ? counting : theirs.filter(({ outcome }) => outcome === "unknown").slice(0, 1);
  const others = counting.length > 0 ? [] : theirs;
  return { signatures, others, at: earliest(at === undefined ? counting.map(signedAt) : [at, ...counting.map(provenBy)]) };
}

/** One's word may be taken for what a document is about, and another's not. */
function firstAccepted(byEach: readonly (() => Weighed)[]): Weighed | undefined {
  let first: Weighed | undefined;
  for (const weighBy of byEach) {
    const weighed = weighBy();
    if (isAccepted(weighed)) return weighed;
    first ??= weighed;
  }
  return first;
}

export function isAccepted({ objections }: Weighed): boolean {
  return !objections.some(({ code }) => code === "evidence/asserted");
}

export function isBad({ objections }: Weighed): boolean {
  return objections.some(isNo);
}

/** Those of the last known time are good, and so are those of no known time: these are later, and then as young, or do not matter. */
export function isLastGood(deciding: readonly Weighed[]): boolean {
  const timed = deciding.filter(({ at }) => at !== undefined);
  const isGood = ({ objections, at }: Weighed): boolean =>
    objections.every(({ code }) => at === undefined && timed.length > 0 && code === "evidence/age-unknown");
  return deciding.length > 0 && deciding.every(isGood);
}

/** Whichever of those of no known time was the last. */
export function isLastBad(deciding: readonly Weighed[]): boolean {
  const timed = deciding.filter(({ at }) => at !== undefined);
  return (timed.length === 0 || timed.some(isBad)) && deciding.every((one) => one.at !== undefined || isBad(one));
}

/** What is stamped was there by then, whatever it says. */
function provenBy({ proven }: SignatureReport): Date | undefined {
  return proven?.time === undefined ? undefined : new Date(proven.time.to);
}

function earliest(times: readonly (Date | undefined)[]): Date | undefined {
  const known = times.flatMap((time) => time ?? []);
  return known.length === 0 ? undefined : new Date(Math.min(...known.map((time) => time.getTime())));
}

/** What kept it from being read, or its signature from being judged. */
export function whyUnjudged(open: Pick<Weighed, "found" | "signature"> | undefined): Finding | undefined {
  return [...(open?.found.report.findings ?? []), ...(open?.signature?.findings ?? [])].find(({ outcome }) => outcome === "unknown");
}

/** VEX that may be of those whose VEX counts: why it could not be judged. */
function findOpenVex(
  evidence: readonly ExaminedEvidence[],
  { vexBy = [] }: EvidenceRequirement,
  gate: Gate & GateView,
): Objection | undefined {
  if (vexBy.length === 0) return undefined;
  for (const found of evidence) {
    const [signature] = vouching(found, { gate, by: vexBy }).signatures;
    if (!concerns({ content: "vex" }, found) || !isOpen({ found, signature })) continue;
    const why = whyUnjudged({ found, signature });
    const code = why?.code ?? "integrity/unfetchable";
    return { code, message: `VEX that may say whether that matters could not be judged${why === undefined ? "" : `: ${why.message}`}` };
  }
  return undefined;
}

function statementsOf({ content, statement }: ExaminedEvidence): readonly VexStatement[] {
  return content?.kind === "vex" && (statement === undefined || !isAsserted(statement)) ? content.statements : [];
}

function commitsOf({ content }: ExaminedEvidence): readonly SourceCommit[] {
  return content?.kind === "source" ? content.commits : [];
}

/** What VEX excuses. */
const EXCUSABLE: ReadonlySet<string> = new Set(["evidence/vulnerable", "evidence/severity-unknown"]);

function weigh(
  requirement: EvidenceRequirement,
  { found: { statement, content, bases }, at }: Pick<Weighed, "found" | "at">,
  { openVex, ...context }: Omit<EvidenceContext, "statement"> & { readonly openVex: Objection | undefined },
): readonly Objection[] {
  if (statement === undefined || content === undefined) return [];
  const aged = [...weighAge(requirement, at, context.now), ...weighBase(requirement, bases)];
  if (openVex === undefined) return [...aged, ...requirement.judge(content, { ...context, statement })];
  // It may excuse all that was found, or take back what has been excused.
  const all = requirement.judge(content, { ...context, statement, vex: [] });
  const lasting = all.filter(({ code }) => !EXCUSABLE.has(code));
  const open = all
    .filter(({ code }) => EXCUSABLE.has(code))
    .map(({ message }) => ({ ...openVex, message: `${message}; ${openVex.message}` }));
  return [...aged, ...lasting, ...open];
}

/** What would speak against it, did those whose VEX counts not say that it does not matter. */
export function excusedOf(
  requirement: EvidenceRequirement,
  good: readonly Weighed[],
  context: Omit<EvidenceContext, "statement">,
): Pick<RequirementReport, "excused"> {
  if (context.vex.length === 0) return {};
  const excused = good.flatMap(({ found: { content, statement } }) =>
    content === undefined || statement === undefined ? [] : requirement.judge(content, { ...context, statement, vex: [] }),
  );
  const vexed = excused.filter(({ code }) => EXCUSABLE.has(code));
  return vexed.length === 0 ? {} : { excused: vexed.map(({ code, message }) => ({ code, message })) };
}

/** Of the exceptions those without any of which something would speak against it. */
export function exceptionsUsed(
  requirement: EvidenceRequirement,
  deciding: readonly Weighed[],
  given: Pick<ExceptedFindings, "exceptions"> & { readonly context: Omit<EvidenceContext, "statement"> },
): Pick<RequirementReport, "waived"> {
  const { exceptions } = given;
  const { excepting: _, ...context } = given.context;
  const judged = (excepting: Pick<EvidenceContext, "excepting">): string =>
    JSON.stringify(
      deciding.map(({ found: { content, statement } }) =>
        content === undefined || statement === undefined ? [] : requirement.judge(content, { ...context, ...excepting, statement }),
      ),
    );
  if (exceptions.length === 0) return {};
  const without = judged({});
  const used = exceptions.filter(({ excepting }) => judged({ excepting }) !== without);
  return used.length === 0 ? {} : { waived: used.map(({ waived }) => waived) };
}

function weighBase({ baseGate }: EvidenceRequirement, bases: ExaminedEvidence["bases"]): readonly Objection[] {
  if (baseGate === undefined) return [];
  return bases?.get(baseGate) ?? [{ code: "base/unknown", message: "the image's base was not looked at" }];
}

function weighAge({ name, maxAge }: EvidenceRequirement, at: Date | undefined, now: Date): readonly Objection[] {
  if (maxAge === undefined) return [];
  if (at === undefined) return [{ code: "evidence/age-unknown", message: `nothing that is signed says when the ${name} was made` }];
  const age = now.getTime() - at.getTime();
  if (age < -CLOCK_SKEW_MS)
    return [{ code: "evidence/age-unknown", message: `the ${name} says it is of ${at.toISOString()}, which is to come` }];
  if (age <= maxAge * 1000) return [];
  return [
    {
      code: "evidence/too-old",
      message: `the ${name} is of ${at.toISOString()}, ${showAge(age)} ago; ${showAge(maxAge * 1000)} are allowed`,
    },
  ];
}

/** The last word, and all whose time is not known: those may be it. Of several of one time each must be good. */
export function newest(weighed: readonly Weighed[]): readonly Weighed[] {
  const last = Math.max(...weighed.map(({ at }) => at?.getTime() ?? -Infinity));
  return weighed.filter(({ at }) => at === undefined || at.getTime() === last);
}

export function isNo({ code }: Objection): boolean {
  return findingRow(code).outcome === "fail";
}
