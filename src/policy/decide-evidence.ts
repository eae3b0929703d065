/** Decides: evidence about one manifest -> the outcome of a requirement that asks for it. Three-valued; unknown is never yes. */
import { withArticle } from "../core/article.ts";
import type { Digest } from "../core/digest.ts";
import type { Content, Objection, SourceCommit, Statement, VexStatement } from "../core/evidence.ts";
import { type Finding, type FindingCode, findingRow } from "../core/finding.ts";
import type { EvidenceContext, EvidenceRequirement, Gate, ImageRequirement, RuleContext, RuleRequirement } from "../core/policy.ts";
import { quoteWord } from "../core/shell.ts";
import type { Answer, Counted, EvidenceReport, Refused, RefusedEvidence, RequirementReport, SignatureReport } from "../core/verdict.ts";
import { CLOCK_SKEW_MS, showAge } from "./age.ts";
import { isAsserted } from "./asserted.ts";
import { nameOne, nameSeveral } from "./evidence-words.ts";
import { type GateView, isBlocking, underGate } from "./gate-view.ts";
import { signedAt } from "./signature-view.ts";

/** Evidence as it was read. What could not be is left out, and the report's findings say why. */
export interface ExaminedEvidence {
  readonly report: EvidenceReport;
  readonly statement?: Statement;
  readonly content?: Content;
  readonly at?: Date;
  /** Of provenance, by the gate that bases have to pass: what speaks against the base that it names. */
  readonly bases?: ReadonlyMap<string, readonly Objection[]>;
}

/** What was found about one manifest. */
export interface EvidenceOf {
  /** Of the manifest: the image, or a child of an index. */
  readonly subject: Digest;
  /** Whether the requirement names it, because it is one of several. */
  readonly isChild: boolean;
  readonly evidence: readonly ExaminedEvidence[];
  /** In words, why there may be more than was seen; empty if all was. */
  readonly gaps: readonly string[];
}

type Weighed = {
  readonly found: ExaminedEvidence;
  readonly signature: SignatureReport | undefined;
  /** When what it tells of was so, by its own word or that of those who are asked: nobody else's signature moves it. */
  readonly at: Date | undefined;
  readonly objections: readonly Objection[];
};

/** A manifest that somebody may run. */
export interface RunnableManifest extends EvidenceOf {
  /** The JSON of its configuration, where a gate asks about it. */
  readonly config?: unknown;
  /** In words, why it could not be read. */
  readonly configGap?: string;
}

export interface EvidenceSeen {
  readonly now: Date;
  /** What hangs on the image, or index, itself. */
  readonly image: EvidenceOf;
  readonly runnable: readonly RunnableManifest[];
  /** In words, why there may be more that runs. */
  readonly gaps: readonly string[];
}

/** One report for the image, or one for each of its manifests. */
export function decideByEvidence(
  requirement: EvidenceRequirement | ImageRequirement,
  { gate, evidence }: { readonly gate: Gate & GateView; readonly evidence: EvidenceSeen | undefined },
): readonly RequirementReport[] {
  if (evidence === undefined) return [undecided(requirement, gate, ["it was not looked at"])];
  const { image, runnable, gaps, now } = evidence;
  if (requirement.kind === "evidence" && !requirement.perManifest)
    return [decideEvidence(requirement, { gate, manifest: image, image, now })];
  const missing = gaps.length === 0 ? [] : [{ ...undecided(requirement, gate, gaps), ...remedyFor("integrity/unfetchable") }];
  if (runnable.length === 0 && gaps.length === 0)
    return [{ ...undecided(requirement, gate, ["the index holds nothing that runs"]), outcome: "deny" }];
  const each = runnable.map((manifest) =>
    requirement.kind === "image"
      ? decideImage(requirement, { gate, manifest })
      : decideEvidence(requirement, { gate, manifest, image, now }),
  );
  return [...each, ...missing];
}

/** Whether the provenance shows which product the image is; its own signer need not say so then. */
export function provesProduct(gates: readonly Gate[], evidence: EvidenceSeen): Answer {
  const { image, runnable, gaps, now } = evidence;
  const answers = new Set(
    gates.flatMap((gate) =>
      gate.requirements.map((requirement): Answer => {
        if (requirement.kind !== "evidence" || requirement.provesProduct !== true) return "deny";
        const view = { ...gate, isProductProven: true };
        const each = (requirement.perManifest ? runnable : [image]).map(
          (manifest) => decideEvidence(requirement, { gate: view, manifest, image, now }).outcome,
        );
        if (each.includes("deny") || (each.length === 0 && gaps.length === 0)) return "deny";
        return each.includes("unknown") || gaps.length > 0 ? "unknown" : "pass";
      }),
    ),
  );
  if (answers.has("pass")) return "pass";
  return answers.has("unknown") ? "unknown" : "deny";
}

export function decideRule(
  requirement: RuleRequirement,
  { gate, place }: { readonly gate: Gate; readonly place: RuleContext | undefined },
): RequirementReport {
  const report = { gate: gate.name, kind: requirement.kind, name: requirement.name, atLeast: 1, counted: [], evidence: [] };
  if (place === undefined) return { ...report, outcome: "unknown", missing: ["it was not looked at"] };
  return { ...report, ...answerOf(requirement.judge(place)) };
}

function answerOf(objections: readonly Objection[]): Pick<RequirementReport, "outcome" | "missing" | "because" | "remedy"> {
  if (objections.length === 0) return { outcome: "pass", missing: [] };
  const missing = objections.map(({ message }) => message);
  const because = objections.map(({ code, message }) => ({ code, message }));
  const no = objections.find(isNo)?.code;
  return { outcome: no === undefined ? "unknown" : "deny", missing, because, ...remedyFor(no ?? objections[0]?.code) };
}

function undecided(
  requirement: EvidenceRequirement | ImageRequirement,
  gate: Gate & GateView,
  missing: readonly string[],
): RequirementReport {
  const by = requirement.kind === "evidence" ? { by: requirement.byText } : {};
  return {
    gate: gate.name,
    kind: requirement.kind,
    name: requirement.name,
    ...by,
    atLeast: 1,
    outcome: "unknown",
    counted: [],
    evidence: [],
    missing,
  };
}

function decideImage(
  requirement: ImageRequirement,
  { gate, manifest }: { readonly gate: Gate & GateView; readonly manifest: RunnableManifest },
): RequirementReport {
  const report = { ...undecided(requirement, gate, []), ...(manifest.isChild ? { manifest: manifest.subject } : {}) };
  if (manifest.configGap !== undefined) return { ...report, missing: [manifest.configGap], ...remedyFor("integrity/unfetchable") };
  return { ...report, ...answerOf(requirement.judge(manifest.config)) };
}

function decideEvidence(
  requirement: EvidenceRequirement,
  given: { readonly gate: Gate & GateView; readonly manifest: EvidenceOf; readonly image: EvidenceOf; readonly now: Date },
): RequirementReport {
  const { gate, manifest, image, now } = given;
  const concerned = manifest.evidence.filter((found) => concerns(requirement.about, found));
  const saidBy = (by: readonly string[] = [], evidence = manifest.evidence): readonly ExaminedEvidence[] =>
    by.length === 0 ? [] : evidence.filter((found) => vouching(found, { gate, by }).signatures[0]?.outcome === "counts");
  // A commit is what it is: that this image was built from it, its own provenance says.
  const sources = saidBy(requirement.sourceBy, [...new Set([...manifest.evidence, ...image.evidence])]);
  const vex = saidBy(requirement.vexBy).flatMap(statementsOf);
  const openVex = findOpenVex(manifest.evidence, requirement, gate);
  const context = { now, subject: manifest.subject, vex, commits: sources.flatMap(commitsOf) };
  const unfit: SignatureReport[] = [];
  const weighed = concerned.map((found): Weighed => {
    const { signatures, at, others } = vouching(found, { gate, by: requirement.by });
    unfit.push(...others);
    const [first] = signatures;
    // What nobody who is asked vouches for is not read: an expression may be long over it, and strangers may hang up thousands.
    if (first?.outcome !== "counts" || found.content === undefined) return { found, signature: first, at, objections: [] };
    const byEach = signatures.map((signature) => (): Weighed => {
      const signer = signature.person ?? signature.party;
      const around = { ...context, ...(signer === undefined ? {} : { signer }) };
      return { found, signature, at, objections: weigh(requirement, { found, at }, { ...around, openVex }) };
    });
    return firstAccepted(byEach) ?? { found, signature: first, at, objections: [] };
  });

  const counting = weighed.filter(({ signature, found }) => signature?.outcome === "counts" && found.content !== undefined);
  const open = weighed.filter(isOpen);
  // What is only asserted, where that is not enough, takes nothing back.
  const accepted = counting.filter(isAccepted);
  const candidates = accepted.length > 0 ? accepted : counting;
  const deciding = requirement.newestOnly ? newest(candidates) : candidates;
  const good = deciding.filter(({ objections }) => objections.length === 0);
  const passes = requirement.newestOnly ? isLastGood(deciding) : good.length > 0;

  const { kind, name, byText } = requirement;
  const refused = deciding.filter(({ objections }) => objections.length > 0).map(refusalOf);
  const report = {
    gate: gate.name,
    kind,
    name,
    by: byText,
    atLeast: 1,
    counted: (passes ? good : []).map(countedAs),
    evidence: concerned.map(({ report: { digest } }) => digest),
    ...(refused.length === 0 ? {} : { refusedEvidence: refused }),
    ...(manifest.isChild ? { manifest: manifest.subject } : {}),
  };
  // What a party said last may stand in what was not seen, so a good one that was seen does not settle it.
  const mayChange = requirement.newestOnly ? [...manifest.gaps, ...whyOpen(open, name)] : [];
  if (passes && mayChange.length === 0)
    return { ...report, ...freshUntil(requirement, good), ...excusedOf(requirement, good, context), outcome: "pass", missing: [] };

  const short = unfit.length === 0 ? report : { ...report, refused: unfit.map(becauseOf) };
  const unknown = { ...short, outcome: "unknown", ...remedyFor(whyUnjudged(open[0])?.code) } as const;
  if (passes) return { ...unknown, missing: [`there is a good ${nameOne(name)}, and a later one could take it back`, ...mayChange] };
  const certain = requirement.newestOnly ? isLastBad(deciding) : deciding.every(isBad);
  // What was not seen may be the one that is missing, or newer than one that is not good.
  const doubts = [...manifest.gaps, ...whyOpen(open, name)];
  const objected = deciding.flatMap(({ objections }) => objections.map(({ message }) => message));
  if (doubts.length > 0) return { ...unknown, missing: [...objected, ...doubts] };
  if (deciding.length > 0 && !certain) return { ...short, outcome: "unknown", missing: objected, ...remedyOf(deciding) };
  if (objected.length > 0) return { ...short, outcome: "deny", missing: objected, ...remedyOf(deciding) };
  return {
    ...short,
    outcome: "deny",
    missing: [whyNone(requirement, concerned)],
    remedy: signAgain(unfit, requirement) ?? askFor(requirement),
  };
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

/** It was listed and could not be had, which is not the same as being broken. */
export function isUnread({ report }: Pick<ExaminedEvidence, "report">): boolean {
  return report.findings.some(({ outcome }) => outcome === "unknown");
}

/** Whether it may turn out to be of those who are asked, or to say what is asked. */
function isOpen({ found, signature }: Pick<Weighed, "found" | "signature">): boolean {
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

function isAccepted({ objections }: Weighed): boolean {
  return !objections.some(({ code }) => code === "evidence/asserted");
}

function isBad({ objections }: Weighed): boolean {
  return objections.some(isNo);
}

/** Those of the last known time are good, and so are those of no known time: these are later, and then as young, or do not matter. */
function isLastGood(deciding: readonly Weighed[]): boolean {
  const timed = deciding.filter(({ at }) => at !== undefined);
  const isGood = ({ objections, at }: Weighed): boolean =>
    objections.every(({ code }) => at === undefined && timed.length > 0 && code === "evidence/age-unknown");
  return deciding.length > 0 && deciding.every(isGood);
}

/** Whichever of those of no known time was the last. */
function isLastBad(deciding: readonly Weighed[]): boolean {
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
function whyUnjudged(open: Pick<Weighed, "found" | "signature"> | undefined): Finding | undefined {
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
function excusedOf(
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

/** Of several any will do where not the newest alone counts. */
function freshUntil(requirement: EvidenceRequirement, good: readonly Weighed[]): Pick<RequirementReport, "freshUntil"> {
  const { maxAge, newestOnly } = requirement;
  const ends = good.map(({ at, found: { content } }) => {
    const aged = maxAge === undefined || at === undefined ? Infinity : at.getTime() + maxAge * 1000;
    return Math.min(aged, (content === undefined ? undefined : requirement.endOf?.(content))?.getTime() ?? Infinity);
  });
  const end = newestOnly ? Math.min(...ends) : Math.max(...ends);
  return Number.isFinite(end) ? { freshUntil: new Date(end).toISOString() } : {};
}

/** The last word, and all whose time is not known: those may be it. Of several of one time each must be good. */
function newest(weighed: readonly Weighed[]): readonly Weighed[] {
  const last = Math.max(...weighed.map(({ at }) => at?.getTime() ?? -Infinity));
  return weighed.filter(({ at }) => at === undefined || at.getTime() === last);
}

function isNo({ code }: Objection): boolean {
  return findingRow(code).outcome === "fail";
}

function refusalOf({ found, signature, objections }: Weighed): RefusedEvidence {
  return { evidence: found.report.digest, ...whoOf(signature), because: objections.map(({ code, message }) => ({ code, message })) };
}

function countedAs({ found, signature }: Weighed): Counted {
  return { signature: signature?.digest ?? "", evidence: found.report.digest, ...whoOf(signature) };
}

function whoOf(signature: SignatureReport | undefined): { person?: string; party?: string } {
  const { person, party } = signature ?? {};
  return { ...(person === undefined ? {} : { person }), ...(party === undefined ? {} : { party }) };
}

function whyOpen(open: readonly Weighed[], name: string): readonly string[] {
  if (open.length === 0) return [];
  const what =
    open.length === 1
      ? `1 document that may be ${withArticle(nameOne(name))}`
      : `${open.length} documents that may be ${nameSeveral(name)}`;
  return [`${what} could not be judged`];
}

function whyNone({ name, byText }: EvidenceRequirement, concerned: readonly ExaminedEvidence[]): string {
  if (concerned.length === 0) return `there is no ${nameOne(name)}`;
  const found = concerned.length === 1 ? `is one ${nameOne(name)}` : `are ${concerned.length} ${nameSeveral(name)}`;
  return `there ${found}, and no signature of ${byText} on ${concerned.length === 1 ? "it" : "them"} counts`;
}

function becauseOf({ digest, findings }: SignatureReport): Refused {
  return { signature: digest, because: findings.filter(isBlocking).map(({ code, message }) => ({ code, message })) };
}

/** What makes the signature count that somebody who is asked has made; a document is signed by attesting it. */
function signAgain(unfit: readonly SignatureReport[], requirement: EvidenceRequirement): string | undefined {
  const first = unfit.flatMap(({ findings }) => findings).find((seen) => isBlocking(seen) && seen.remedy !== undefined);
  return first?.remedy?.replaceAll("countersign sign REF@DIGEST", attesting(requirement));
}

/** `REF@DIGEST` is the manifest that the report names, where it names one. */
function askFor(requirement: EvidenceRequirement): string {
  return `Let ${requirement.byText} say it: \`${attesting(requirement)} --key KEY\`.`;
}

function attesting({ about, name }: EvidenceRequirement): string {
  const type = "predicateType" in about ? quoteWord(about.predicateType) : name;
  return `countersign attest REF@DIGEST --type ${type} --predicate FILE`;
}

function remedyOf(deciding: readonly Weighed[]): { remedy?: string } {
  return remedyFor(deciding.flatMap(({ objections }) => objections)[0]?.code);
}

function remedyFor(code: FindingCode | undefined): { remedy?: string } {
  const remedy = code === undefined ? "" : findingRow(code).remedy;
  return remedy === "" ? {} : { remedy };
}
