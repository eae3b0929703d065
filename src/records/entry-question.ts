/** What is asked where somebody may promote: did the image enter by its record, and may it stay? */
import type { Digest } from "../core/digest.ts";
import type { FoundDocument, Gate, Policy } from "../core/policy.ts";
import type { Verdict } from "../core/verdict.ts";
import type { Only } from "../judging/gather.ts";
import type { PlaceRecords } from "./place-records.ts";

/** Where an image is asked about, and how the gates are asked. */
export interface EntryQuestion {
  readonly policy: Policy;
  /** In the order of `evaluate`: the one in question is the last. */
  readonly gates: readonly Gate[];
  readonly gate: Gate;
  readonly records: PlaceRecords;
  /** By which the image was asked for; absent where a digest was named. */
  readonly tag: string | undefined;
  readonly now: Date;
  /** All that the gates ask, as of a time, and by no more than `only`; `undefined` where that version of the policy does not judge the place. */
  askEnter(at: Date, only: Only, version: Policy): Promise<{ readonly verdict: Verdict; readonly gate: Gate } | undefined>;
  /** The document of a policy that is kept beside the image. */
  findKept(digest: Digest): Promise<FoundDocument>;
  /** What these gates ask, now, and by all that is there. */
  askNow(gates: readonly Gate[]): Promise<Verdict>;
}
