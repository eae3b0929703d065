/** Signs one person's word about an image: it is kept beside the image like any statement, or wherever it is to go. */
import { attest, type AttestOptions, type AttestResult } from "../attest.ts";
import { type Clock, fixedClock } from "../core/clock.ts";
import { PRODUCT_ANNOTATION } from "../core/policy.ts";
import type { Reference } from "../core/reference.ts";
import type { Store } from "../core/store.ts";
import { withoutAbsent } from "../core/without-absent.ts";
import { refuseUnreadable } from "./policy-for-writing.ts";

export interface WordOptions extends Pick<AttestOptions, "signer" | "format" | "referrers" | "timestamper" | "annotations" | "signal"> {
  /** Where the image is. */
  readonly store: Store;
  /** Where the statement goes, if not beside the image; it has to know the image all the same. */
  readonly into?: Store;
}

/** One moment for all that it says of when: whoever attaches it for him writes the same bytes. */
export function atOneMoment(clock: Clock): Clock {
  return fixedClock(new Date(Math.floor(clock.now().getTime() / 1000) * 1000));
}

interface Word {
  readonly product: string;
  readonly predicateType: string;
  readonly predicate: object;
  readonly clock: Clock;
  /** As errors have it. */
  readonly action: string;
}

/** Throws `usage/invalid` where nobody could read it. */
export async function signWord(
  reference: Reference,
  { product, predicateType, predicate, clock, action }: Word,
  { store, into = store, signer, annotations = {}, format, referrers, timestamper, signal }: WordOptions,
): Promise<AttestResult> {
  refuseUnreadable(predicateType, predicate, action);
  return attest(reference, {
    store: into,
    signer,
    clock,
    predicateType,
    predicate,
    annotations: { ...annotations, [PRODUCT_ANNOTATION]: product },
    ...withoutAbsent({ format, referrers, timestamper, signal }),
  });
}
