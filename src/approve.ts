/** Approves: one person's signed word about an image at a gate, kept beside it like any statement. Also no, and no longer. */
import type { AttestResult } from "./attest.ts";
import { type ApprovalPlan, planApproval, type PlanOptions } from "./words/approval-plan.ts";
import type { ApprovalSaid } from "./core/decision.ts";
import { type Digest, parseDigest } from "./core/digest.ts";
import { findByPrefix } from "./core/digest-prefix.ts";
import { showForeign } from "./core/display.ts";
import { CountersignError } from "./core/errors.ts";
import { formatReference, type Reference } from "./core/reference.ts";
import type { Answer, Verdict } from "./core/verdict.ts";
import { atOneMoment, signWord, type WordOptions } from "./words/person-word.ts";
import { policyDigestOf } from "./words/policy-for-writing.ts";
import { writeApproval } from "./statements/decisions/approval.ts";
import { writeDisown } from "./statements/decisions/disown.ts";
import { APPROVAL_V1, DISOWN_V1 } from "./statements/predicate-types.ts";

export interface ApproveOptions extends Omit<PlanOptions, "signer" | "verb" | "store" | "signal">, WordOptions {
  readonly decision?: ApprovalSaid["decision"];
  /** Digests, or their first digits, of rejections by others that are to be lifted. */
  readonly overrules?: readonly string[];
  /** Although the needs are not met: it counts once they are. */
  readonly despite?: boolean;
  readonly reason?: string;
  readonly ticket?: string;
  /** Seconds: it lapses then, if the policy's time is not over before. */
  readonly expires?: number;
  /** Asked with all that is about to be said; throws if that is not to be. */
  readonly confirm?: (plan: ApprovalPlan) => Promise<void>;
}

/** The verdict says why nothing was signed. */
interface Refused {
  readonly outcome: "refused";
  readonly verdict: Verdict;
  readonly needs: Answer;
}

export type DisownResult = Refused | { readonly outcome: "signed"; readonly plan: ApprovalPlan; readonly attested: AttestResult };

export type ApproveResult =
  | Refused
  | { readonly outcome: "signed"; readonly plan: ApprovalPlan; readonly said: ApprovalSaid; readonly attested: AttestResult };

const VERBS = { approved: "approve", rejected: "reject", withdrawn: "withdraw" } as const;

/** By digest, or whatever the tag names at this moment. Throws `approval/…` and `policy/…` where nobody could count what would be signed. */
export async function approve(reference: Reference, options: ApproveOptions): Promise<ApproveResult> {
  const { decision = "approved", despite = false, policy } = options;
  const verb = VERBS[decision];
  const action = `${verb} "${formatReference(reference)}"`;
  const plan = await planApproval(reference, { ...options, verb });
  if (!("head" in plan)) return { outcome: "refused", verdict: plan.verdict, needs: plan.verdict.outcome };
  const { verdict, needs } = plan;
  if (decision === "approved") {
    if (needs !== "pass" && !despite && plan.afterwards === undefined) return { outcome: "refused", verdict, needs };
    refuseBarred(plan, action);
  }
  const overrules = findRejections(plan, options.overrules ?? []);
  await options.confirm?.(plan);
  const clock = atOneMoment(options.clock);
  const said: ApprovalSaid = {
    head: plan.head,
    signedAt: clock.now(),
    policyDigest: policyDigestOf(policy),
    decision,
    gateTerms: plan.gateTerms,
    evidence: plan.evidence,
    supersedes: plan.words.filter(({ person }) => person === plan.person).map(({ statement }) => parseDigest(statement)),
    overrules,
    despite: decision === "approved" && needs !== "pass",
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.ticket === undefined ? {} : { ticket: options.ticket }),
    ...(decision === "approved" ? ofApproval(options, clock.now()) : {}),
    ...(plan.afterwards === undefined ? {} : { afterwards: plan.afterwards }),
  };
  const word = { product: plan.head.product, predicateType: APPROVAL_V1, predicate: writeApproval(said), clock, action };
  const attested = await signWord(reference, word, options);
  return { outcome: "signed", plan, said, attested };
}

export interface DisownOptions extends Omit<ApproveOptions, "decision" | "overrules" | "last" | "afterwards" | "despite" | "expires"> {
  /** The commit's id, whole. */
  readonly commit: string;
}

/** Says: "I did not write that commit, although its text names me". */
export async function disown(reference: Reference, options: DisownOptions): Promise<DisownResult> {
  const plan = await planApproval(reference, { ...options, verb: "disown" });
  if (!("head" in plan)) return { outcome: "refused", verdict: plan.verdict, needs: plan.verdict.outcome };
  await options.confirm?.(plan);
  const clock = atOneMoment(options.clock);
  const predicate = writeDisown({
    head: plan.head,
    signedAt: clock.now(),
    policyDigest: policyDigestOf(options.policy),
    commit: options.commit,
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.ticket === undefined ? {} : { ticket: options.ticket }),
  });
  const action = `disown "${formatReference(reference)}"`;
  const word = { product: plan.head.product, predicateType: DISOWN_V1, predicate, clock, action };
  const attested = await signWord(reference, word, options);
  return { outcome: "signed", plan, attested };
}

function ofApproval({ last, expires }: ApproveOptions, now: Date): Partial<ApprovalSaid> {
  return {
    ...(last?.digest === undefined ? {} : { since: last.digest }),
    ...(expires === undefined ? {} : { expiresOn: new Date(now.getTime() + expires * 1000) }),
  };
}

function refuseBarred({ barred, requirement, person }: ApprovalPlan, action: string): void {
  if (barred.length === 0) return;
  const why = barred.map(({ code, message }) => `${message} (${code})`).join(", and ");
  const others = requirement.by.filter((name) => name !== person).map((name) => showForeign(name));
  throw new CountersignError("approval/barred", `Cannot ${action}: it would not count, as far as is known: ${why}`, {
    remedy: others.length === 0 ? "the policy asks nobody else" : `let ${others.join(" or ")} approve`,
  });
}

/** Only what is there can be lifted, so that a slip of the pen lifts nothing that comes later. */
function findRejections({ words, person }: ApprovalPlan, asked: readonly string[]): readonly Digest[] {
  const rejections = words.filter(({ content, person: by }) => content.decision === "rejected" && by !== person);
  return asked.map((text) => {
    const found = findByPrefix(
      text,
      rejections.flatMap(({ copies }) => copies),
    );
    const [only, ...others] = found;
    if (only !== undefined && others.length === 0) return parseDigest(only);
    const known = rejections.map(({ statement, person: by }) => `${statement} by ${showForeign(by)}`).join(", ");
    const state = known === "" ? "nobody else has rejected it at this gate" : `at this gate it was rejected with ${known}`;
    throw new CountersignError("usage/invalid", `Cannot overrule "${text}": ${state}`, {
      remedy: known === "" ? "leave out --overrule" : "name one of them: --overrule DIGEST",
    });
  });
}
