/** Excepts: one person's signed leave to miss a requirement at a gate, for one image and for a time. Also in an emergency. */
import { attest, type AttestOptions, type AttestResult } from "./attest.ts";
import { fixedClock } from "./core/clock.ts";
import type { ExceptionSaid } from "./core/decision.ts";
import { PRODUCT_ANNOTATION } from "./core/policy.ts";
import { formatReference, type Reference } from "./core/reference.ts";
import type { Store } from "./core/store.ts";
import type { Verdict } from "./core/verdict.ts";
import { type ExceptionPlan, type ExceptionPlanOptions, planException } from "./exception-plan.ts";
import { policyDigestOf, refuseUnreadable } from "./policy-for-writing.ts";
import { writeException } from "./statements/decisions/exception.ts";
import { EXCEPTION_V1 } from "./statements/predicate-types.ts";

type Written = Pick<AttestOptions, "signer" | "format" | "referrers" | "timestamper" | "annotations">;

export interface ExceptOptions extends Omit<ExceptionPlanOptions, "signer" | "store">, Written {
  /** Where the image is. */
  readonly store: Store;
  /** Where the statement goes, if not beside the image. */
  readonly into?: Store;
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
  const { policy, reason, ticket, store, into = store, signer, annotations = {}, format, referrers, timestamper, signal } = options;
  const plan = await planException(reference, options);
  if (!("head" in plan)) return { outcome: "refused", verdict: plan.verdict };
  await options.confirm?.(plan);
  // One moment for all that it says of when: whoever attaches it for him writes the same bytes.
  const clock = fixedClock(new Date(Math.floor(options.clock.now().getTime() / 1000) * 1000));
  const { waives, isBreakGlass, finding, head, expires } = plan;
  const said: ExceptionSaid = {
    head,
    signedAt: clock.now(),
    policyDigest: policyDigestOf(policy),
    waives,
    isBreakGlass,
    reason,
    expiresOn: new Date(clock.now().getTime() + expires * 1000),
    ...(finding === undefined ? {} : { finding }),
    ...(ticket === undefined ? {} : { ticket }),
  };
  const predicate = writeException(said);
  refuseUnreadable(EXCEPTION_V1, predicate, `except "${formatReference(reference)}"`);
  const attested = await attest(reference, {
    store: into,
    signer,
    annotations: { ...annotations, [PRODUCT_ANNOTATION]: head.product },
    ...(format === undefined ? {} : { format }),
    ...(referrers === undefined ? {} : { referrers }),
    ...(timestamper === undefined ? {} : { timestamper }),
    ...(signal === undefined ? {} : { signal }),
    clock,
    predicateType: EXCEPTION_V1,
    predicate,
  });
  return { outcome: "signed", plan, said, attested };
}
