/** Excepts: one person's signed leave to miss a requirement at a gate, for one image and for a time. Also in an emergency. */
import type { AttestResult } from "./attest.ts";
import type { ExceptionSaid } from "./core/decision.ts";
import { formatReference, type Reference } from "./core/reference.ts";
import type { Verdict } from "./core/verdict.ts";
import { withoutAbsent } from "./core/without-absent.ts";
import { type ExceptionPlan, type ExceptionPlanOptions, planException } from "./words/exception-plan.ts";
import { atOneMoment, signWord, type WordOptions } from "./words/person-word.ts";
import { policyDigestOf } from "./words/policy-for-writing.ts";
import { writeException } from "./statements/decisions/exception.ts";
import { EXCEPTION_V1 } from "./statements/predicate-types.ts";

export interface ExceptOptions extends Omit<ExceptionPlanOptions, "signer" | "store" | "signal">, WordOptions {
  readonly reason: string;
  readonly ticket?: string;
  /** Asked with all that is about to be said; throws if that is not to be. */
  readonly confirm?: (plan: ExceptionPlan) => Promise<void>;
}

export type ExceptResult =
  /** The image has no business at the gate; the verdict says why. */
  | { readonly outcome: "refused"; readonly verdict: Verdict }
  | { readonly outcome: "signed"; readonly plan: ExceptionPlan; readonly said: ExceptionSaid; readonly attested: AttestResult };

/** By digest, or whatever the tag names at this moment. Throws `exception/…` and `policy/…` where nobody could count what would be signed. */
export async function except(reference: Reference, options: ExceptOptions): Promise<ExceptResult> {
  const { policy, reason, ticket } = options;
  const plan = await planException(reference, options);
  if (!("head" in plan)) return { outcome: "refused", verdict: plan.verdict };
  await options.confirm?.(plan);
  const clock = atOneMoment(options.clock);
  const { waives, isBreakGlass, finding, head, expires } = plan;
  const said: ExceptionSaid = {
    head,
    signedAt: clock.now(),
    policyDigest: policyDigestOf(policy),
    waives,
    isBreakGlass,
    reason,
    expiresOn: new Date(clock.now().getTime() + expires * 1000),
    ...withoutAbsent({ finding, ticket }),
  };
  const action = `except "${formatReference(reference)}"`;
  const word = { product: head.product, predicateType: EXCEPTION_V1, predicate: writeException(said), clock, action };
  const attested = await signWord(reference, word, options);
  return { outcome: "signed", plan, said, attested };
}
