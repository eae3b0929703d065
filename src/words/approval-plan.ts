/** What a person would say at a gate, before he says it: who he is, how the gate's needs stand, what he has seen, and what he said before. */
import { type Changes, changesBetween, type Glimpse, glimpseOf } from "./changes.ts";
import type { GateHead, StatementHead } from "../core/decision.ts";
import { type Digest, tryParseDigest } from "../core/digest.ts";
import { findByPrefix } from "../core/digest-prefix.ts";
import { showForeign } from "../core/display.ts";
import { showDuration } from "../core/duration.ts";
import { CountersignError } from "../core/errors.ts";
import { judgedRepository } from "../core/judged-repository.ts";
import type { Gate, Policy, Selection } from "../core/policy.ts";
import type { ApprovalRequirement } from "../core/requirement.ts";
import { formatReference, type Reference } from "../core/reference.ts";
import type { Signer } from "../core/signer.ts";
import type { Answer, RequirementReport, Verdict } from "../core/verdict.ts";
import { evaluate, type EvaluateOptions } from "../evaluate.ts";
import { refuseUntrusted, statementHead } from "./policy-for-writing.ts";
import { exclusionsOf } from "../policy/approvals/exclusions.ts";
import { whyOtherGate } from "../policy/other-gate.ts";
import { type Saying, sayingsOf } from "../policy/approvals/sayings.ts";
import { type CountersignPolicy, isCountersignPolicy } from "../policy/countersign/document.ts";
import { decideAll } from "../policy/decide.ts";
import type { EvidenceSeen } from "../policy/evidence-seen.ts";
import { findEnteredRecord } from "../records/place-records.ts";
import { findSigningPerson } from "./signing-person.ts";

export interface PlanOptions extends Omit<EvaluateOptions, "gate" | "explain" | "annotations" | "onEvidence"> {
  readonly gate: string;
  readonly signer: Pick<Signer, "chain" | "bare">;
  /** As messages have it. */
  readonly verb: "approve" | "reject" | "withdraw" | "disown";
  /** The image that entered the gate last, by digest; `openStore` opens where it is. */
  readonly last?: Reference;
  /** Digest, or its first digits, of a break-glass that is to be approved afterwards. */
  readonly afterwards?: string;
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
  /** What people have said at this gate, also as it was before the policy was changed, by signatures that count. */
  readonly words: readonly Saying[];
  /** Why the policy does not count this person here, as far as that is known. */
  readonly barred: readonly { readonly code: string; readonly message: string }[];
  /** Against the image that is taken to have entered last; absent where none is known, or it could not be looked at. */
  readonly changes?: ChangesSince;
  /** The break-glass that is approved; whatever the needs are, it has happened. */
  readonly afterwards?: Digest;
}

export interface ChangesSince extends Changes {
  readonly since: Digest;
  /** A promoter's record says that it has entered. Whoever may move a tag can have another one looked at. */
  readonly isRecorded: boolean;
}

/** A verdict alone where the image has no business at the gate. Throws where nobody could ever count what was signed. */
export async function planApproval(reference: Reference, options: PlanOptions): Promise<ApprovalPlan | { readonly verdict: Verdict }> {
  const { policy, gate, verb } = options;
  const action = `${verb} "${formatReference(reference)}"`;
  refuseUntrusted(policy, action);
  const selection = selectGate(reference, options);
  if (selection === undefined) return { verdict: await evaluate(reference, options) };
  const { head, requirement } = options.afterwards === undefined ? askedOf(selection.gate, action) : afterwardsOf(selection, action);
  const person = await whoSpeaks(options, { gate, requirement, action });
  const statement = statementHead(policy, head);
  const asked = { ...head, policyChain: statement.policyChain };
  const [{ verdict, seen }, last] = await Promise.all([look(reference, options), lookAtLast(options, asked)]);
  const needs = verdict.requirements.filter((one) => isNeed(one, gate));
  const words = seen === undefined ? [] : sayingsOf("approval", seen.image, selection.gate).sayings;
  const here = words.filter(({ content, certainty }) => certainty === "sure" && whyOtherGate(content.head, asked) === undefined);
  const known = last === undefined ? undefined : glimpse(last);
  const broken =
    options.afterwards === undefined ? undefined : findBroken(options.afterwards, { seen, gate: selection.gate, head: asked, action });
  return {
    verdict,
    needs: decideAll(needs),
    person,
    head: statement,
    gateTerms: head.gateTerms,
    requirement,
    evidence: evidenceMeeting(needs),
    words: here,
    ...(broken === undefined ? {} : { afterwards: broken.digest }),
    barred:
      broken?.person === person
        ? [OWN_GLASS]
        : seen === undefined
          ? []
          : whyBarred({ person, requirement, selection, head: asked, seen, verdict, here, known, last: options.last?.digest }),
    ...(seen === undefined || known === undefined || last === undefined
      ? {}
      : { changes: { ...changesBetween(known, glimpse({ verdict, seen })), since: last.digest, isRecorded: last.isRecorded } }),
  };
}

/** All but the gate's own approvals, and the rules: these ask about the moment at which the image enters. */
function isNeed({ kind, gate: asking }: RequirementReport, gate: string): boolean {
  return kind !== "rule" && !(kind === "approval" && asking === gate);
}

function selectGate(
  reference: Reference,
  { policy, as, gate }: Pick<PlanOptions, "policy" | "as" | "gate">,
): Extract<Selection, { kind: "gate" }> | undefined {
  const repository = judgedRepository(reference, { policy, as });
  const selection = repository === undefined ? undefined : policy.select(repository, gate);
  return selection?.kind === "gate" ? selection : undefined;
}

/** `host/path` of the image's product for the gate; absent where the policy gives it none. */
export function placeOfGate(reference: Reference, asked: Pick<PlanOptions, "policy" | "as" | "gate">): string | undefined {
  return selectGate(reference, asked)?.gate.head?.repository;
}

function askedOf(
  { name, head, requirements }: Gate,
  action: string,
): { readonly head: NonNullable<Gate["head"]>; readonly requirement: ApprovalRequirement } {
  const requirement = requirements.find((one) => one.kind === "approval");
  if (requirement !== undefined && head !== undefined) return { head, requirement };
  throw new CountersignError("approval/not-asked", `Cannot ${action}: gate ${showForeign(name)} asks for no approvals`);
}

/** Whoever the policy names for that, whether the gate asks for approvals or not. */
function afterwardsOf(
  { gate, people }: Extract<Selection, { kind: "gate" }>,
  action: string,
): { readonly head: NonNullable<Gate["head"]>; readonly requirement: ApprovalRequirement } {
  const rule = people?.breakGlass;
  if (rule === undefined || gate.head === undefined)
    throw new CountersignError("approval/not-asked", `Cannot ${action}: the policy has no breakGlass`, {
      remedy: "leave out --afterwards",
    });
  const by = rule.afterwardsBy;
  const asks = `approval afterwards by ${by.join(" or ")}, within ${showDuration(rule.within)}`;
  const not = { author: false, builder: false, approverOf: [] };
  const shared = { kind: "approval", name: "approvals", atLeast: 1, isExact: false, not } as const;
  return { head: gate.head, requirement: { ...shared, by, byText: by.join(", "), valid: rule.stayMax, asks } };
}

const OWN_GLASS = { code: "exceptions/not-approved", message: "somebody else than who broke the glass must approve it" };

function findBroken(
  text: string,
  given: { readonly seen: EvidenceSeen | undefined; readonly gate: Gate; readonly head: GateHead; readonly action: string },
): { readonly digest: Digest; readonly person: string } {
  const { seen, gate, head, action } = given;
  const sayings = seen === undefined ? [] : sayingsOf("exception", seen.image, gate).sayings;
  const broken = sayings.filter(({ content }) => content.isBreakGlass && whyOtherGate(content.head, head) === undefined);
  const digests = broken.flatMap(({ statement }) => tryParseDigest(statement) ?? []);
  const found = findByPrefix(text, digests);
  const [digest, ...others] = digests.filter((one) => found.includes(one));
  const person = broken.find(({ statement }) => statement === digest)?.person;
  if (digest !== undefined && person !== undefined && others.length === 0) return { digest, person };
  const known = broken.map((one) => `${one.statement} by ${showForeign(one.person)}`).join(", ");
  const state = known === "" ? "nobody has broken the glass at this gate" : `the glass was broken at this gate by ${known}`;
  throw new CountersignError("usage/invalid", `Cannot ${action} afterwards "${showForeign(text, 100)}": ${state}`, {
    remedy: known === "" ? "leave out --afterwards" : "name one of them: --afterwards DIGEST",
  });
}

async function whoSpeaks(
  { signer, policy, trust, verb }: PlanOptions,
  { gate, requirement, action }: { readonly gate: string; readonly requirement: ApprovalRequirement; readonly action: string },
): Promise<string> {
  const { key, person } = await findSigningPerson(signer, { policy: ofOurForm(policy), trust });
  if (person !== undefined && (verb === "disown" || requirement.by.includes(person))) return person;
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

interface Looked {
  readonly verdict: Verdict;
  readonly seen?: EvidenceSeen;
}

async function look(reference: Reference, options: EvaluateOptions): Promise<Looked> {
  let seen: EvidenceSeen | undefined;
  // Whoever approves says that it may enter, also one that has entered before.
  const verdict = await evaluate(reference, { ...options, enter: true, explain: true, onEvidence: (found) => (seen = found) });
  return { verdict, ...(seen === undefined ? {} : { seen }) };
}

interface LookedAtLast extends Looked {
  readonly digest: Digest;
  readonly isRecorded: boolean;
}

/** What it was like is a help to whoever looks; without it all is new. */
async function lookAtLast(options: PlanOptions, head: GateHead): Promise<LookedAtLast | undefined> {
  const { last, openStore, signal, as: _, ...shared } = options;
  if (last?.digest === undefined || openStore === undefined) return undefined;
  try {
    const judging = { ...shared, openStore, store: await openStore(last), ...(signal === undefined ? {} : { signal }) };
    const looked = await look(last, judging);
    const { descriptor } = looked.verdict.subject;
    const record = descriptor && (await findEnteredRecord(descriptor, { ...judging, head, now: new Date(looked.verdict.judgedAt) }));
    return { ...looked, digest: last.digest, isRecorded: record !== undefined };
  } catch (error) {
    if (error instanceof CountersignError && signal?.aborted !== true) return undefined;
    throw error;
  }
}

/** What is said of it by those whose signatures count. */
function glimpse({ verdict, seen }: Looked): Glimpse {
  const counted = new Set(verdict.requirements.flatMap((one) => one.counted.map(({ evidence }) => evidence)));
  const found = seen === undefined ? [] : [seen.image, ...seen.runnable].flatMap((about) => about.evidence);
  const distinct = [...new Map(found.map((one) => [one.report.digest, one])).values()];
  return glimpseOf(
    distinct.flatMap(({ content, report }) => {
      const isBelieved =
        content?.kind === "source" ? report.signatures.some(({ outcome }) => outcome === "counts") : counted.has(report.digest);
      return content !== undefined && isBelieved ? [content] : [];
    }),
  );
}

function evidenceMeeting(needs: readonly RequirementReport[]): readonly Digest[] {
  const digests = needs.flatMap(({ counted }) => counted.flatMap(({ evidence, signature }) => tryParseDigest(evidence ?? signature) ?? []));
  return [...new Set(digests)].toSorted();
}

/** What went into the image that entered last is taken for known, as far as he says which that was: what the gate believes, it will say. */
function whyBarred(given: {
  readonly person: string;
  readonly requirement: ApprovalRequirement;
  readonly selection: Extract<Selection, { kind: "gate" }>;
  readonly head: GateHead;
  readonly seen: EvidenceSeen;
  readonly verdict: Verdict;
  readonly here: readonly Saying[];
  readonly known: Glimpse | undefined;
  /** The image that he will name as the one that entered last. */
  readonly last: Digest | undefined;
}): ApprovalPlan["barred"] {
  const { person, requirement, selection, head, seen: evidence, verdict, here, known, last } = given;
  const { gate, before, people = { committers: [] } } = selection;
  const commits = known?.commits.map(({ id }) => id);
  const { of } = exclusionsOf(requirement, {
    gate: { ...gate, isProductProven: true },
    gates: [...before, gate],
    reports: verdict.requirements.filter((one) => isNeed(one, gate.name)),
    evidence,
    head,
    people,
    entered: { commitsOf: () => commits },
    here: last === undefined ? here : [...here, aboutToSay(last, { person, head, now: evidence.now })],
  });
  return of(person).filter(({ isDoubt }) => !isDoubt);
}

/** As the gate will read it, for what it is asked here: that this image has entered before. */
function aboutToSay(
  since: Digest,
  { person, head, now }: { readonly person: string; readonly head: GateHead; readonly now: Date },
): Saying {
  const { gateTerms, policyChain = head.gateDigest, ...rest } = head;
  const said = {
    head: { ...rest, policyChain },
    signedAt: now,
    policyDigest: head.gateDigest,
    gateTerms,
    evidence: [],
    supersedes: [],
    overrules: [],
  };
  return {
    statement: "",
    copies: [],
    person,
    content: { kind: "approval", at: now, ...said, decision: "approved", despite: false, since },
    certainty: "sure",
    because: [],
    signature: "",
    keys: [],
    at: now,
  };
}
