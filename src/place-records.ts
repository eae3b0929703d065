/** The records of promotions of an image that are about one place and gate: how it entered there, and whether another took its place. */
import type { GateHead } from "./core/decision.ts";
import type { Descriptor } from "./core/descriptor.ts";
import type { Policy } from "./core/policy.ts";
import type { TrustSource } from "./core/trust-source.ts";
import { type GatherOptions, type Hanging, listHanging } from "./gather.ts";
import { whyOtherGate } from "./policy/approvals/head.ts";
import { findRecords, type FoundRecord, RECORD_READER } from "./records.ts";

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
  readonly head: Omit<GateHead, "gateTerms">;
  /** A listing that was read already; it has what `RECORD_READER` asks for. */
  readonly hanging?: Hanging;
  /** Whether going back is allowed: else nothing lifts that the image was replaced. */
  readonly allowsRollback?: boolean;
}

export async function findPlaceRecords(subject: Descriptor, options: PlaceOptions): Promise<PlaceRecords> {
  const { policy, head, hanging, allowsRollback = true, ...around } = options;
  const { promoters } = policy;
  if (promoters === undefined || head.repository === undefined || head.policyChain === undefined)
    return { entered: [], replaced: [], gaps: [] };
  const listed = hanging ?? (await listHanging(options.store, subject.digest, { ...around, evidence: RECORD_READER }));
  const { found, gaps } = await findRecords(subject, listed, { ...around, promoters });
  const here = found.filter(({ said }) => whyOtherGate(said.head, head) === undefined);
  const entered = here.filter(({ said }) => said.event === "entered");
  const earlier = new Set(entered.map(({ said }) => said.other?.record));
  const lifted = new Set(allowsRollback ? entered.flatMap(({ said }) => said.lifts) : []);
  return {
    entered: entered.filter(({ digest }) => !earlier.has(digest)),
    replaced: here.filter(({ digest, said }) => said.event === "replaced" && !lifted.has(digest)),
    gaps,
  };
}

/** How the image came to its place, as far as its records tell. */
export async function findEnteredRecord(subject: Descriptor, options: PlaceOptions): Promise<FoundRecord | undefined> {
  const { entered } = await findPlaceRecords(subject, options);
  return entered.toSorted((a, b) => b.said.judged.to.getTime() - a.said.judged.to.getTime() || (a.digest < b.digest ? -1 : 1))[0];
}
