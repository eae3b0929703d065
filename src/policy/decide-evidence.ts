/** Decides: evidence about one manifest -> the outcome of a requirement that asks for it. Three-valued; unknown is never yes. */
import { withArticle } from "../core/article.ts";
import { showForeign } from "../core/display.ts";
import type { Objection } from "../core/evidence.ts";
import { type FindingCode, findingRow } from "../core/finding.ts";
import type { Gate } from "../core/policy.ts";
import type { EvidenceRequirement, ImageRequirement, RuleContext, RuleRequirement } from "../core/requirement.ts";
import { quoteWord } from "../core/shell.ts";
import type { Answer, Counted, Refused, RefusedEvidence, RequirementReport, SignatureReport } from "../core/verdict.ts";
import { agreeing, mostAgreeing } from "./agreeing.ts";
import type { EvidenceOf, EvidenceSeen, RunnableManifest } from "./evidence-seen.ts";
import { nameOne, nameSeveral } from "./evidence-words.ts";
import { type GateView, isBlocking } from "./gate-view.ts";
import {
  exceptionsUsed,
  excusedOf,
  isAccepted,
  isBad,
  isLastBad,
  isLastGood,
  isNo,
  isOpen,
  newest,
  weighAll,
  type Weighed,
  whyUnjudged,
} from "./weigh-evidence.ts";
import { EVIDENCE_KINDS } from "./requirements/kinds.ts";
import type { ExceptedFindings } from "./waivers/excepting.ts";

/** What exceptions excuse of a kind of evidence about one manifest; absent where nobody may except anything. */
type Excepted = (manifest: string, kind: string) => ExceptedFindings;

/** One report for the image, or one for each of its manifests. */
export function decideByEvidence(
  requirement: EvidenceRequirement | ImageRequirement,
  {
    gate,
    evidence,
    excepted,
  }: { readonly gate: Gate & GateView; readonly evidence: EvidenceSeen | undefined; readonly excepted?: Excepted },
): readonly RequirementReport[] {
  if (evidence === undefined) return [undecided(requirement, gate, ["it was not looked at"])];
  const { image, runnable, gaps, now } = evidence;
  if (requirement.kind === "evidence" && !requirement.perManifest)
    return [decideEvidence(requirement, { gate, manifest: image, image, now, excepted })];
  const missing = gaps.length === 0 ? [] : [{ ...undecided(requirement, gate, gaps), ...remedyFor("integrity/unfetchable") }];
  if (runnable.length === 0 && gaps.length === 0)
    return [{ ...undecided(requirement, gate, ["the index holds nothing that runs"]), outcome: "deny" }];
  const each = runnable.map((manifest) =>
    requirement.kind === "image"
      ? decideImage(requirement, { gate, manifest })
      : decideEvidence(requirement, { gate, manifest, image, now, excepted }),
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
  given: {
    readonly gate: Gate & GateView;
    readonly manifest: EvidenceOf;
    readonly image: EvidenceOf;
    readonly now: Date;
    readonly excepted?: Excepted | undefined;
  },
): RequirementReport {
  const { gate, manifest, excepted } = given;
  const { excepting, exceptions = [] } = excepted?.(manifest.subject, requirement.name) ?? {};
  const { weighed, unfit, context } = weighAll(requirement, { ...given, excepting });
  const counting = weighed.filter(({ signature, found }) => signature?.outcome === "counts" && found.content !== undefined);
  const open = weighed.filter(isOpen);
  // What is only asserted, where that is not enough, takes nothing back.
  const accepted = counting.filter(isAccepted);
  const candidates = accepted.length > 0 ? accepted : counting;
  const deciding = requirement.newestOnly ? newest(candidates) : candidates;
  const good = deciding.filter(({ objections }) => objections.length === 0);
  const { agree } = requirement;
  const agreed = agree === undefined ? good : agreeing(good);
  const passes = requirement.newestOnly ? isLastGood(deciding) : agreed.length >= (agree ?? 1);

  const { kind, name, byText } = requirement;
  const refused = deciding.filter(({ objections }) => objections.length > 0).map(refusalOf);
  const report = {
    gate: gate.name,
    kind,
    name,
    by: byText,
    atLeast: agree ?? 1,
    counted: (passes || agree !== undefined ? agreed : []).map(countedAs),
    evidence: weighed.map(
      ({
        found: {
          report: { digest },
        },
      }) => digest,
    ),
    ...(refused.length === 0 ? {} : { refusedEvidence: refused }),
    ...(manifest.isChild ? { manifest: manifest.subject } : {}),
  };
  // What a party said last may stand in what was not seen, so a good one that was seen does not settle it.
  const mayChange = requirement.newestOnly ? [...manifest.gaps, ...whyOpen(open, name)] : [];
  if (passes && mayChange.length === 0) {
    const { waived } = exceptionsUsed(requirement, deciding, { context, exceptions });
    const end = soonest([freshUntil(requirement, good), ...(waived ?? []).map(({ until }) => until)]);
    return {
      ...report,
      ...(end === undefined ? {} : { freshUntil: end }),
      ...excusedOf(requirement, good, context),
      ...(waived === undefined ? {} : { waived }),
      outcome: "pass",
      missing: [],
    };
  }

  const short = unfit.length === 0 ? report : { ...report, refused: unfit.map(becauseOf) };
  const unknown = { ...short, outcome: "unknown", ...remedyFor(whyUnjudged(open[0])?.code) } as const;
  if (passes) return { ...unknown, missing: [`there is a good ${nameOne(name)}, and a later one could take it back`, ...mayChange] };
  const certain = requirement.newestOnly ? isLastBad(deciding) : deciding.every(isBad);
  // What was not seen may be the one that is missing, or newer than one that is not good.
  const doubts = [...manifest.gaps, ...whyOpen(open, name)];
  const objected = deciding.flatMap(({ objections }) => objections.map(({ message }) => message));
  if (agree !== undefined && weighed.length > 0) {
    const missing = [tooFew(requirement, agreed), ...objected];
    if (manifest.gaps.length > 0 || mostAgreeing(weighed, requirement) >= agree) return { ...unknown, missing: [...missing, ...doubts] };
    return {
      ...short,
      outcome: "deny",
      missing,
      ...(objected.length > 0 ? remedyOf(deciding, requirement) : { remedy: askFor(requirement) }),
    };
  }
  if (doubts.length > 0) return { ...unknown, missing: [...objected, ...doubts] };
  if (deciding.length > 0 && !certain) return { ...short, outcome: "unknown", missing: objected, ...remedyOf(deciding, requirement) };
  if (objected.length > 0) return { ...short, outcome: "deny", missing: objected, ...remedyOf(deciding, requirement) };
  return {
    ...short,
    outcome: "deny",
    missing: [whyNone(requirement, weighed.length)],
    remedy: signAgain(unfit, requirement) ?? askFor(requirement),
  };
}

/** Of several any will do where not the newest alone counts. */
function freshUntil(requirement: EvidenceRequirement, good: readonly Weighed[]): string | undefined {
  const { maxAge, newestOnly } = requirement;
  const ends = good.map(({ at, found: { content } }) => {
    const aged = maxAge === undefined || at === undefined ? Infinity : at.getTime() + maxAge * 1000;
    return Math.min(aged, (content === undefined ? undefined : requirement.endOf?.(content))?.getTime() ?? Infinity);
  });
  const end = newestOnly ? Math.min(...ends) : Math.max(...ends);
  return Number.isFinite(end) ? new Date(end).toISOString() : undefined;
}

function soonest(ends: readonly (string | undefined)[]): string | undefined {
  return ends.filter((end) => end !== undefined).toSorted()[0];
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

function whyNone({ name, byText }: EvidenceRequirement, count: number): string {
  if (count === 0) return `there is no ${nameOne(name)}`;
  const found = count === 1 ? `is one ${nameOne(name)}` : `are ${count} ${nameSeveral(name)}`;
  return `there ${found}, and no signature of ${byText} on ${count === 1 ? "it" : "them"} counts`;
}

/** `1 of 2 builders agree: ci (https://ci.acme.io/runner)`. */
function tooFew({ agree }: EvidenceRequirement, agreed: readonly Weighed[]): string {
  const who = agreed.map(({ signature, found: { content } }) => {
    const builder = content?.kind === "provenance" ? ` (${showForeign(content.builder, 200)})` : "";
    return `${signature?.person ?? signature?.party ?? ""}${builder}`;
  });
  return `${agreed.length} of ${agree} builders agree${who.length === 0 ? "" : `: ${who.join(", ")}`}`;
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

function remedyOf(deciding: readonly Weighed[], { name }: EvidenceRequirement): { remedy?: string } {
  const code = deciding.flatMap(({ objections }) => objections)[0]?.code;
  const found = remedyFor(code);
  if (code !== "evidence/asserted" || !EVIDENCE_KINDS[name].mayBeAsserted) return found;
  return { remedy: `${found.remedy} Or let the policy say whose word counts: asserted: { by: NAME } in the need.` };
}

function remedyFor(code: FindingCode | undefined): { remedy?: string } {
  const remedy = code === undefined ? "" : findingRow(code).remedy;
  return remedy === "" ? {} : { remedy };
}
