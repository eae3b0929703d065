/** Judges: what hangs on an image, by what gates ask. Whatever is asked of an image, and as of whichever time, is asked here. */
import { showForeign } from "../core/display.ts";
import { finding } from "../core/finding.ts";
import type { Gate, PolicyPeople, SignatureRules } from "../core/policy.ts";
import { formatReference } from "../core/reference.ts";
import type { Requirement } from "../core/requirement.ts";
import type { StoredManifest } from "../core/store.ts";
import type { TrustAnchor } from "../core/trust-source.ts";
import type { RequirementReport, SignatureReport, Verdict } from "../core/verdict.ts";
import type { EvaluateOptions } from "../evaluate.ts";
import type { BaseQuestion } from "../evidence/bases.ts";
import { type Coverage, decideAll, decideGates, findGaps, isOpenFor } from "../policy/decide.ts";
import type { EvidenceSeen } from "../policy/evidence-seen.ts";
import { underGate } from "../policy/gate-view.ts";
import type { Waiving } from "../policy/waivers/at-gate.ts";
import { gather, type GatherOptions, type Hanging, type Only } from "./gather.ts";
import type { EvidenceLook } from "./prepare-gates.ts";
import { validUntil } from "./validity.ts";
import type { Draft } from "./verdict-draft.ts";

export interface Judging {
  readonly gates: readonly Gate[];
  readonly people: PolicyPeople | undefined;
  /** Absent where nobody may except what the gates ask for. */
  readonly waiving: Waiving | undefined;
  readonly rules: SignatureRules;
  readonly anchors: readonly TrustAnchor[];
  readonly hanging: Hanging;
  readonly more: EvidenceLook | undefined;
  readonly subject: StoredManifest;
  /** By which the policy knows the image. */
  readonly repository: string;
  /** The repositories in which the image was found, as far as a gate has it from those whom it believes. */
  readonly originsOf: (gate: Gate) => readonly string[];
  readonly now: Date;
  readonly only?: Only;
  readonly options: EvaluateOptions;
  /** How a base is judged at the gate that bases have to pass. */
  readonly baseQuestion: (gate: string, options: EvaluateOptions) => BaseQuestion;
}

/** What the gates say of all that hangs on the image. */
export async function judge(draft: Draft, given: Judging): Promise<Verdict> {
  const { gates, hanging, more, subject, options } = given;
  const { listing } = hanging;
  const restricted = given.only === undefined ? {} : { only: given.only };
  const around: GatherOptions = { ...options, rules: given.rules, anchors: given.anchors, now: given.now, ...more?.asks, ...restricted };
  const others = await more?.lookAtManifests(subject, gates, around);
  const place = { now: given.now, subject: subject.descriptor.digest, repository: given.repository };
  const all: Coverage = { complete: true, unexamined: 0 };
  // The last word may be anywhere in the list.
  const isOpenToTheEnd = gates.some(({ requirements }) => requirements.some(isOpenToTheEndOf));
  const gathered = await gather(subject.descriptor, hanging, {
    ...around,
    isEnough: ({ signatures, evidence }) => {
      if (options.explain === true || isOpenToTheEnd) return false;
      // What nobody has signed cannot settle anything, and there may be thousands of it.
      const signed = evidence.filter(({ report }) => report.signatures.length > 0);
      const seen = { signatures, coverage: all, evidence: others?.with({ evidence: signed, gaps: ["not all was looked at"] }), place };
      return decideAll(decideGates(gates, { ...seen, originsOf: given.originsOf })) === "pass";
    },
  });
  const { signatures: reports, unexamined } = gathered;
  const coverage = { complete: listing.complete, unexamined: unexamined.reason === "budget" ? unexamined.count : 0 };
  const hangs = others?.with({ evidence: gathered.evidence, gaps: more?.gapsOf(hanging, gathered) ?? [] });
  const ofBases: string[] = [];
  const askBase = (gate: string): BaseQuestion => told(given.baseQuestion(gate, options), (relaxed) => ofBases.push(...relaxed));
  const evidence = hangs === undefined ? undefined : await more?.withBases(await more.withCommits(hangs, gates), gates, askBase);
  if (evidence !== undefined) options.onEvidence?.(evidence);
  const approvals = evidence && (await more?.approvals?.(gates, evidence, given));
  const requirements = decideGates(gates, {
    signatures: reports,
    coverage,
    evidence,
    place,
    approvals,
    waiving: given.waiving,
    originsOf: given.originsOf,
  });
  const outcome = decideAll(requirements);
  const signatures = reports.map((report) => asCounted(report, { ...given, requirements }));
  const notes = listing.notes.map((note) => finding("listing", note.code, showForeign(note.message), { action: "log" }));
  const end =
    outcome === "pass" ? validUntil(requirements, { gates, reports: [...reports, ...signaturesOf(evidence)], now: given.now }) : undefined;
  return draft.finish(outcome, {
    findings: [...notes, ...findGaps(reports, coverage, requirements)],
    requirements,
    signatures,
    ...(evidence === undefined || more === undefined ? {} : { evidence: more.reportsOf(evidence) }),
    unexamined,
    relaxations: [
      ...new Set(signatures.filter((report) => report.outcome === "counts").flatMap(relaxationsOf)),
      ...requirements.flatMap(overruledIn),
      ...new Set(requirements.flatMap((report) => given.waiving?.describe(report) ?? [])),
      ...[...new Set(ofBases)].toSorted(),
    ],
    ...restsOnRegistry(outcome, gates, requirements),
    ...(end === undefined ? {} : { validUntil: { enter: end.toISOString() } }),
  });
}

/** A later word may take an earlier one back. */
function isOpenToTheEndOf(requirement: Requirement): boolean {
  return requirement.kind === "approval" || (requirement.kind === "evidence" && requirement.newestOnly);
}

/** Whoever may delete in the registry can take back what would be a no. */
function restsOnRegistry(
  outcome: Verdict["outcome"],
  gates: readonly Gate[],
  reports: readonly RequirementReport[],
): Pick<Verdict, "restsOnRegistry"> {
  const broken = reports.flatMap(({ gate, waived = [] }) =>
    waived.some(({ isBreakGlass }) => isBreakGlass) ? [`whether the glass was broken at gate ${gate} before`] : [],
  );
  const asked = gates.flatMap(({ name, requirements }) =>
    requirements
      .filter(isOpenToTheEndOf)
      .map((one) => (one.kind === "approval" ? `rejections at gate ${name}` : `later words on ${one.name} at gate ${name}`)),
  );
  const negatives = [...asked, ...broken];
  return outcome !== "pass" || negatives.length === 0 ? {} : { restsOnRegistry: [...new Set(negatives)] };
}

function overruledIn({ gate, words = [] }: RequirementReport): readonly string[] {
  return words.flatMap(({ person, because = [] }) =>
    because.flatMap(({ code, message }) =>
      code === "approvals/overruled" ? [`${person} has rejected it at gate ${gate}, and ${message}`] : [],
    ),
  );
}

/** What let a base pass, let pass what is built on it. */
function told(question: BaseQuestion, tell: (relaxations: readonly string[]) => void): BaseQuestion {
  return {
    ...question,
    judge: async (reference, store) => {
      const verdict = await question.judge(reference, store);
      if (verdict.outcome === "pass") tell(verdict.relaxations.map((text) => `its base ${formatReference(reference)}: ${text}`));
      return verdict;
    },
  };
}

function signaturesOf(evidence: EvidenceSeen | undefined): readonly SignatureReport[] {
  if (evidence === undefined) return [];
  return [evidence.image, ...evidence.runnable].flatMap((about) => about.evidence.flatMap(({ report }) => report.signatures));
}

/** A signature as the gate sees it that it counts for; one that counts for none as the strictest of them would. */
function asCounted(
  report: SignatureReport,
  {
    gates,
    requirements,
    ...around
  }: Pick<Judging, "gates" | "now" | "originsOf"> & { readonly requirements: readonly RequirementReport[] },
): SignatureReport {
  const counting = requirements.find(({ counted }) => counted.some(({ signature }) => signature === report.digest));
  const gate = gates.find(({ name }) => name === counting?.gate);
  const isRevocationWaived = counting?.waived?.some(({ isBreakGlass }) => isBreakGlass) === true;
  if (gate !== undefined) return underGate(report, { ...gate, isRevocationWaived });
  if (report.outcome !== "counts") return report;
  return { ...report, outcome: isOpenFor(report, gates, around) ? "unknown" : "does-not-count" };
}

/** What counted only because the policy merely logs a check, or does not run it. */
function relaxationsOf(report: SignatureReport): readonly string[] {
  return report.findings
    .filter((entry) => entry.action !== "enforce" && entry.outcome !== "pass")
    .map((entry) => (entry.action === "skip" ? `${entry.check} was not checked` : `${entry.check} is only logged: ${entry.message}`));
}
