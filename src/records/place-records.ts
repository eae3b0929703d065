/** The records of promotions of an image that are about one place and gate: how it entered there, and whether another took its place. */
import type { GateHead, PromotionSaid } from "../core/decision.ts";
import type { Descriptor } from "../core/descriptor.ts";
import type { Digest } from "../core/digest.ts";
import type { Policy } from "../core/policy.ts";
import type { TrustSource } from "../core/trust-source.ts";
import { type GatherOptions, listHanging } from "../judging/gather.ts";
import { CLOCK_SKEW_MS } from "../policy/age.ts";
import { whyOtherGate } from "../policy/other-gate.ts";
import { findRecords, type FoundRecord, RECORD_READER, type Records } from "./find-records.ts";

export interface PlaceRecords {
  /** Without those that another names as the one before it. */
  readonly entered: readonly FoundRecord[];
  /** Without those that a later entry has lifted. */
  readonly replaced: readonly FoundRecord[];
  /** In words, why there may be more. */
  readonly gaps: readonly string[];
}

export interface PlaceOptions extends Omit<GatherOptions, "rules" | "anchors" | "evidence"> {
  readonly policy: Policy;
  readonly trust: TrustSource;
  readonly head: PlaceHead;
}

/** Which place of which policy it has to be about. */
export type PlaceHead = Omit<GateHead, "gateTerms">;

export async function findPlaceRecords(subject: Descriptor, options: PlaceOptions): Promise<PlaceRecords> {
  const { policy, head, ...around } = options;
  const { promoters } = policy;
  if (promoters === undefined) return { entered: [], replaced: [], gaps: [] };
  const hanging = await listHanging(options.store, subject.digest, { ...around, evidence: RECORD_READER });
  const records = await findRecords(subject, hanging, { ...around, promoters });
  return recordsAt(records, head, { now: options.now, allowsRollback: true });
}

/** `allowsRollback`: without it nothing lifts that the image was replaced, once it had its tag. A record of a time to come is none yet. */
export function recordsAt(
  { found, gaps }: Records,
  head: PlaceHead,
  { now, allowsRollback }: { readonly now: Date; readonly allowsRollback: boolean },
): PlaceRecords {
  if (head.repository === undefined || head.policyChain === undefined) return { entered: [], replaced: [], gaps };
  const latest = now.getTime() + CLOCK_SKEW_MS;
  const here = found.filter(
    ({ said }) => whyOtherGate(said.head, head) === undefined && said.signedAt.getTime() <= latest && said.judged.to.getTime() <= latest,
  );
  const entered = here.filter(({ said }) => said.event === "entered");
  const earlier = new Set(entered.flatMap(({ said }) => said.other?.record ?? []));
  const lifted = new Set(entered.flatMap(({ said }) => said.lifts));
  return {
    entered: entered.filter((one) => !isIn(earlier, one)).toSorted(compareLatest),
    replaced: here.filter((one) => one.said.event === "replaced" && !(isIn(lifted, one) && (allowsRollback || isOvertaken(one.said)))),
    gaps,
  };
}

/** Whoever may push can hang a record up again under another digest. */
function isIn(digests: ReadonlySet<Digest>, { copies }: FoundRecord): boolean {
  return copies.some((digest) => digests.has(digest));
}

/** Two were promoted at once, and this is the one that did not get the tag, so that to promote it again is no way back. */
export function isOvertaken({ other }: PromotionSaid): boolean {
  return other?.record === undefined;
}

/** Of several that do not name each other any will do; the same one for everybody. */
function compareLatest(a: FoundRecord, b: FoundRecord): number {
  return b.said.judged.to.getTime() - a.said.judged.to.getTime() || (a.digest < b.digest ? -1 : 1);
}

/** How the image came to its place, as far as its records tell. */
export async function findEnteredRecord(subject: Descriptor, options: PlaceOptions): Promise<FoundRecord | undefined> {
  return (await findPlaceRecords(subject, options)).entered[0];
}
