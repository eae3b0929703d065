/** What a person would say at a gate, before he says it: who he is, how the gate's needs stand, what he has seen, and what he said before. */
import type { StatementHead } from "./core/decision.ts";
import { type Digest, tryParseDigest } from "./core/digest.ts";
import { showForeign } from "./core/display.ts";
import { CountersignError } from "./core/errors.ts";
import type { ContentOf } from "./core/evidence.ts";
import { judgedRepository } from "./core/judged-repository.ts";
import type { ApprovalRequirement, Gate, Policy, Selection } from "./core/policy.ts";
import { formatReference, parseReference, type Reference } from "./core/reference.ts";
import type { Signer } from "./core/signer.ts";
import type { Answer, RequirementReport, Verdict } from "./core/verdict.ts";
import { evaluate, type EvaluateOptions } from "./evaluate.ts";
import { refuseUntrusted, statementHead } from "./policy-for-writing.ts";
import { type CountersignPolicy, isCountersignPolicy } from "./policy/countersign/document.ts";
import { decideAll } from "./policy/decide.ts";
import type { EvidenceSeen } from "./policy/evidence-seen.ts";
import { findSigningPerson } from "./signing-person.ts";

export interface PlanOptions extends Omit<EvaluateOptions, "gate" | "explain" | "annotations" | "onEvidence"> {
  readonly gate: string;
  readonly signer: Pick<Signer, "chain" | "bare">;
  /** As messages have it. */
  readonly verb: "approve" | "reject" | "withdraw" | "disown";
}

/** An earlier word, by whomever. */
export interface EarlierWord {
  /** Of the evidence. */
  readonly digest: Digest;
  readonly person: string;
  readonly said: ContentOf<"approval">;
}

export interface ApprovalPlan {
  readonly verdict: Verdict;
  /** Of all that has to be there before anybody approves. */
  readonly needs: Answer;
  /** By the policy's name. */
  readonly person: string;
  readonly head: StatementHead;
  readonly gateTerms: Digest;
  readonly requirement: ApprovalRequirement;
  /** What meets the needs today; sorted. */
  readonly evidence: readonly Digest[];
  /** At this gate, by signatures that count; in no order. */
  readonly words: readonly EarlierWord[];
  /** In words, why the policy does not count this person here, as far as that is known. */
  readonly barred: readonly string[];
  /** Absent where nothing but signatures was asked for. */
  readonly seen?: EvidenceSeen;
}

/** A verdict alone where the image has no business at the gate. Throws where nobody could ever count what was signed. */
export async function planApproval(reference: Reference, options: PlanOptions): Promise<ApprovalPlan | { readonly verdict: Verdict }> {
  const { policy, gate, verb } = options;
  const action = `${verb} "${formatReference(reference)}"`;
  refuseUntrusted(policy, action);
  const selection = selectGate(reference, options);
  if (selection === undefined) return { verdict: await evaluate(reference, options) };
  const { head, requirement } = askedOf(selection.gate, action);
  const person = await whoSpeaks(options, { gate, requirement, action });
  let seen: EvidenceSeen | undefined;
  const verdict = await evaluate(reference, { ...options, explain: true, onEvidence: (found) => (seen = found) });
  const statement = statementHead(policy, head);
  const needs = needsOf(verdict, gate);
  return {
    verdict,
    needs: decideAll(needs),
    person,
    head: statement,
    gateTerms: head.gateTerms,
    requirement,
    evidence: evidenceOf(needs),
    words: seen === undefined ? [] : wordsAt(seen, statement),
    barred: whyBarred(person, requirement, verdict),
    ...(seen === undefined ? {} : { seen }),
  };
}

function selectGate(
  reference: Reference,
  { policy, as, gate }: Pick<PlanOptions, "policy" | "as" | "gate">,
): Extract<Selection, { kind: "gate" }> | undefined {
  const repository = judgedRepository(reference, { policy, as });
  const selection = repository === undefined ? undefined : policy.select(repository, gate);
  return selection?.kind === "gate" ? selection : undefined;
}

function askedOf(
  { name, head, requirements }: Gate,
  action: string,
): { readonly head: NonNullable<Gate["head"]>; readonly requirement: ApprovalRequirement } {
  const requirement = requirements.find((one) => one.kind === "approval");
  if (requirement !== undefined && head !== undefined) return { head, requirement };
  throw new CountersignError("approval/not-asked", `Cannot ${action}: gate ${showForeign(name)} asks for no approvals`);
}

async function whoSpeaks(
  { signer, policy, trust }: PlanOptions,
  { gate, requirement, action }: { readonly gate: string; readonly requirement: ApprovalRequirement; readonly action: string },
): Promise<string> {
  const { key, person } = await findSigningPerson(signer, { policy: ofOurForm(policy), trust });
  if (person !== undefined && requirement.by.includes(person)) return person;
  const who = person === undefined ? `the policy knows nobody by ${key}` : `${person} is not asked`;
  throw new CountersignError(
    "approval/not-a-member",
    `Cannot ${action}: ${showForeign(who, 1000)}; gate ${showForeign(gate)} asks ${showForeign(requirement.byText)}`,
  );
}

/** No other form asks for approvals, so that it has been told before. */
function ofOurForm(policy: Policy): CountersignPolicy {
  if (isCountersignPolicy(policy)) return policy;
  throw new TypeError("only our own policies ask for approvals");
}

/** All but the gate's own approvals, and the rules: these ask for the moment at which the image enters. */
function needsOf({ requirements }: Verdict, gate: string): readonly RequirementReport[] {
  return requirements.filter(({ kind, gate: asking }) => kind !== "rule" && !(kind === "approval" && asking === gate));
}

function evidenceOf(needs: readonly RequirementReport[]): readonly Digest[] {
  const digests = needs.flatMap(({ counted }) => counted.flatMap(({ evidence, signature }) => tryParseDigest(evidence ?? signature) ?? []));
  return [...new Set(digests)].toSorted();
}

/** Of those whose signature counts. At this gate as it was at any time: one of before the gate was changed is still the same person's word. */
function wordsAt({ image }: EvidenceSeen, head: StatementHead): readonly EarlierWord[] {
  return image.evidence.flatMap(({ content, report }): EarlierWord[] => {
    if (content?.kind !== "approval" || !isSameGate(content.head, head)) return [];
    const person = report.signatures.find((signature) => signature.outcome === "counts" && signature.person !== undefined)?.person;
    const digest = tryParseDigest(report.digest);
    return person === undefined || digest === undefined ? [] : [{ digest, person, said: content }];
  });
}

function isSameGate(a: StatementHead, b: StatementHead): boolean {
  return (["policyChain", "policy", "product", "gate", "repository"] as const).every((name) => a[name] === b[name]);
}

/** What the verdict shows by itself of the policy's `not`. */
function whyBarred(person: string, { not }: ApprovalRequirement, { requirements }: Verdict): readonly string[] {
  const counts = ({ counted }: RequirementReport): boolean => counted.some((one) => one.person === person);
  const isBuilder = not.builder && requirements.some((one) => one.name === "provenance" && counts(one));
  const before = not.approverOf.filter((gate) => requirements.some((one) => one.kind === "approval" && one.gate === gate && counts(one)));
  return [...(isBuilder ? [`${person} signed the provenance`] : []), ...before.map((gate) => `${person} has approved it at gate ${gate}`)];
}

/** The image that entered the gate last, as far as the gate's place shows: the one that has the same tag there. */
export async function findLastEntered(
  reference: Reference,
  asked: Pick<PlanOptions, "policy" | "as" | "gate">,
  { openStore, signal }: Pick<PlanOptions, "openStore" | "signal">,
): Promise<Reference | undefined> {
  const repository = selectGate(reference, asked)?.gate.head?.repository;
  if (repository === undefined || reference.kind !== "registry" || reference.tag === undefined || openStore === undefined) return undefined;
  const place = parseReference(`${repository}:${reference.tag}`);
  try {
    const store = await openStore(place);
    const { descriptor } = await store.resolve({ tag: reference.tag }, signal === undefined ? {} : { signal });
    return descriptor.digest === reference.digest ? undefined : { ...place, digest: descriptor.digest };
  } catch (error) {
    // It is a hint, and one that is missing only makes more of the commits new.
    if (error instanceof CountersignError && signal?.aborted !== true) return undefined;
    throw error;
  }
}
