/** Looks at what gates ask of each manifest of an image: the evidence that hangs on it, and its configuration. */
import type { ContentKind } from "../core/evidence.ts";
import { DEFAULT_CONCURRENCY, inParallel } from "../core/in-parallel.ts";
import type { Gate } from "../core/policy.ts";
import type { ApprovalRequirement, EvidenceRequirement, Requirement } from "../core/requirement.ts";
import type { StoredManifest } from "../core/store.ts";
import type { EvidenceReport } from "../core/verdict.ts";
import { type EvidenceReader, type Gathered, type GatherOptions, gather, type Hanging, listHanging } from "../judging/gather.ts";
import { type EvidenceOf, type EvidenceSeen, type ExaminedEvidence, isUnread, type RunnableManifest } from "../policy/evidence-seen.ts";
import { underGate } from "../policy/gate-view.ts";
import { contentKindOf } from "../statements/content.ts";
import type { BaseQuestion } from "./bases.ts";
import { examineAttestation, findAttestations } from "./examine-attestation.ts";
import { describeEvidence, describeUnread, examineAttached, isAbout } from "./examine-evidence.ts";
import { readConfig } from "./image-config.ts";
import { findRunnable, type Runnable } from "./runnable.ts";

export { withCommits } from "./verify-commits.ts";

/** Said of what has not been looked at so far. */
const NOT_ALL_SEEN = "not all that hangs on it was looked at";

/** How the evidence is read that the gates ask for; `undefined` if they ask for none, and nobody may except what they ask for. */
export function evidenceReader(gates: readonly Gate[], { isWaivable }: { readonly isWaivable: boolean }): EvidenceReader | undefined {
  const all = gates.flatMap(({ requirements }) => requirements);
  const asked = all.filter(isAboutEvidence);
  const approvals = all.filter(isApproval);
  if (asked.length === 0 && approvals.length === 0 && !isWaivable) return undefined;
  const kinds = new Set<ContentKind>([
    ...asked.flatMap(({ about, vexBy, sourceBy }): readonly ContentKind[] => [
      ...("content" in about ? [about.content] : []),
      ...(vexBy === undefined ? [] : (["vex"] as const)),
      ...(sourceBy === undefined ? [] : (["source"] as const)),
    ]),
    ...(approvals.length === 0 ? [] : (["approval"] as const)),
    // That the glass was broken is approved afterwards.
    ...(isWaivable ? (["exception", "approval"] as const) : []),
    ...(approvals.some(({ not }) => not.author) ? (["disown", "source"] as const) : []),
  ]);
  const types = new Set(asked.flatMap(({ about }) => ("predicateType" in about ? [about.predicateType] : [])));
  return readerOf((predicateType) => types.has(predicateType) || kinds.has(contentKindOf(predicateType)));
}

/** How statements are read of the types that somebody wants. */
export function readerOf(wants: (predicateType: string) => boolean): EvidenceReader {
  return {
    wants,
    findAttestations,
    examineAttestation: (layer, options) => examineAttestation(layer, { ...options, wants }),
    examineAttached: (candidate, options) => examineAttached(candidate, { ...options, wants }),
    describeUnread,
    describeBundle: (statement, { report, ...about }) =>
      describeEvidence(statement, { ...about, carrier: "bundle", signatures: [report], findings: [] }),
  };
}

function isApproval(requirement: Requirement): requirement is ApprovalRequirement {
  return requirement.kind === "approval";
}

function isAboutEvidence(requirement: Requirement): requirement is EvidenceRequirement {
  return requirement.kind === "evidence";
}

/** In words, why more may hang on it than was seen. */
export function gapsOf({ gaps }: Hanging, { unexamined }: Pick<Gathered, "unexamined">): readonly string[] {
  if (unexamined.reason === "budget") return [...gaps, `${unexamined.count} that hang on it were not looked at within the budget`];
  return unexamined.reason === "answer-fixed" ? [...gaps, NOT_ALL_SEEN] : gaps;
}

/** The manifests, and what was seen of them, once it is known what hangs on the image itself. */
interface ManifestsSeen {
  with(image: Pick<EvidenceOf, "evidence" | "gaps">): EvidenceSeen;
}

/** `undefined` where no gate asks for more than signatures. */
export async function lookAtManifests(
  image: StoredManifest,
  gates: readonly Gate[],
  options: GatherOptions,
): Promise<ManifestsSeen | undefined> {
  const asked = gates.flatMap(({ requirements }) => requirements).filter(({ kind }) => kind !== "signature" && kind !== "rule");
  if (asked.length === 0 && options.evidence === undefined) return undefined;
  const asksConfig = asked.some((requirement) => requirement.kind === "image" || asksBase(requirement));
  const isEach = asksConfig || asked.some((requirement) => isAboutEvidence(requirement) && requirement.perManifest);
  const { manifests, gaps } = isEach ? await findRunnable(image, options) : { manifests: [], gaps: [] };
  const { digest } = image.descriptor;
  const each = await inParallel(manifests, options.concurrency ?? DEFAULT_CONCURRENCY, async (one) => ({
    ...(one.descriptor.digest === digest ? { subject: digest, isChild: false, evidence: [], gaps: [] } : await lookAtChild(one, options)),
    ...(asksConfig ? await readConfig(one, options) : {}),
  }));
  return {
    with: ({ evidence, gaps: imageGaps }) => ({
      now: options.now,
      image: { subject: digest, isChild: false, evidence, gaps: imageGaps },
      runnable: each.map((one) => withOfIndex(one, evidence, imageGaps)),
      gaps,
    }),
  };
}

/** What hangs on an index counts for the child that the statement names; what could not be read may name any. */
function withOfIndex(child: RunnableManifest, evidence: readonly ExaminedEvidence[], gaps: readonly string[]): RunnableManifest {
  const naming = child.isChild
    ? evidence.filter((found) => (found.statement === undefined ? isUnread(found) : isAbout(found.statement, child.subject)))
    : evidence;
  return { ...child, evidence: [...child.evidence, ...naming], gaps: [...new Set([...child.gaps, ...gaps])] };
}

async function lookAtChild({ descriptor }: Runnable, options: GatherOptions): Promise<RunnableManifest> {
  const hanging = await listHanging(options.store, descriptor.digest, options);
  const gathered = await gather(descriptor, hanging, options);
  return { subject: descriptor.digest, isChild: true, evidence: gathered.evidence, gaps: gapsOf(hanging, gathered) };
}

function asksBase(requirement: Requirement): boolean {
  return isAboutEvidence(requirement) && requirement.baseGate !== undefined;
}

/** With what is to be said of the bases that provenance names, where somebody who is asked vouches for it. */
export async function withBases(
  seen: EvidenceSeen,
  gates: readonly Gate[],
  questionOf: (gate: string) => BaseQuestion,
): Promise<EvidenceSeen> {
  const names = gates.flatMap(({ requirements }) => requirements.flatMap((one) => (one.kind === "evidence" ? (one.baseGate ?? []) : [])));
  if (names.length === 0) return seen;
  const { judgeBases, diffIdsOf } = await import("./bases.ts");
  const judgeFor = async (found: ExaminedEvidence, config: unknown): Promise<ExaminedEvidence> => {
    const { content, report } = found;
    if (content?.kind !== "provenance" || !gates.some((gate) => mayVouch(report, gate))) return found;
    const judged = [...new Set(names)].map(async (gate) => [gate, await judgeBases(content, diffIdsOf(config), questionOf(gate))] as const);
    return { ...found, bases: new Map(await Promise.all(judged)) };
  };
  const runnable = seen.runnable.map(async (about) => ({
    ...about,
    evidence: await Promise.all(about.evidence.map((found) => judgeFor(found, about.config))),
  }));
  return { ...seen, runnable: await Promise.all(runnable) };
}

/** It may be its own source that shows which product the image is, and then nobody need sign that. */
function mayVouch({ signatures }: EvidenceReport, gate: Gate): boolean {
  return signatures.some((signature) => underGate(signature, { ...gate, isProductProven: true }).outcome !== "does-not-count");
}

/** Each once, as it hangs there. */
export function reportsOf({ image, runnable }: EvidenceSeen): readonly EvidenceReport[] {
  const reports = [image, ...runnable].flatMap(({ evidence }) => evidence.map(({ report }) => report));
  return [...new Map(reports.map((report) => [`${report.subject} ${report.digest}`, report])).values()];
}
