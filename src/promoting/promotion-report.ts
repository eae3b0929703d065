/** What came of a promotion, as it is told. */
import type { CopyReport } from "../copy.ts";
import type { PromotionSaid, StatementHead } from "../core/decision.ts";
import type { Descriptor } from "../core/descriptor.ts";
import type { Digest } from "../core/digest.ts";
import { formatReference, type Reference } from "../core/reference.ts";
import { API_VERSION, type Verdict } from "../core/verdict.ts";
import { properRelaxations } from "../records/record-evidence.ts";
import type { VerifiedImage } from "../verify.ts";

export interface PromotionReport {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: "Promotion";
  /** `held`: it had entered before, and has its tag. */
  readonly outcome: "promoted" | "held";
  /** Both by digest. */
  readonly source: string;
  readonly destination: string;
  readonly tag?: string;
  readonly subject: Descriptor;
  readonly product: string;
  readonly gate: string;
  /** Digest of the record. */
  readonly record: string;
  /** The image that had the tag. */
  readonly replaced?: { readonly image: string; readonly record?: string };
  /** It had been replaced at its place before. */
  readonly isRollback: boolean;
  readonly copied?: Pick<CopyReport, "blobs" | "manifests" | "referrers" | "tags">;
  /** Referrers, and tags of cosign's, that nobody has signed whom the policy knows. */
  readonly leftBehind: number;
  readonly notes: readonly string[];
  readonly relaxations: readonly string[];
}

/** The image that has the tag at the destination. */
export interface Held {
  readonly image: Digest;
  readonly descriptor: Descriptor;
  readonly record?: Digest;
}

/** Which image went where. */
export interface Route {
  readonly image: VerifiedImage;
  readonly destination: Reference;
  /** The destination by digest. */
  readonly there: Reference;
  readonly head: StatementHead;
}

export function describePromotion(
  done: {
    readonly outcome: PromotionReport["outcome"];
    readonly record: Digest;
    readonly verdict: Verdict;
    readonly held?: Held | undefined;
    readonly isRollback?: boolean;
    readonly copied?: NonNullable<PromotionReport["copied"]>;
    readonly leftBehind?: number;
    readonly notes?: readonly string[];
  },
  { image: { descriptor, reference }, destination: { tag }, there, head }: Route,
): PromotionReport {
  const { mediaType, digest, size } = descriptor;
  const { held, copied, isRollback = false } = done;
  const isReplacing = held !== undefined && held.image !== digest;
  return {
    apiVersion: API_VERSION,
    kind: "Promotion",
    outcome: done.outcome,
    source: formatReference(reference),
    destination: formatReference(there),
    ...(tag === undefined ? {} : { tag }),
    subject: { mediaType, digest, size },
    product: head.product,
    gate: head.gate,
    record: done.record,
    ...(isReplacing ? { replaced: otherOf(held) } : {}),
    isRollback,
    ...(copied === undefined ? {} : { copied }),
    leftBehind: done.leftBehind ?? 0,
    notes: done.notes ?? [],
    relaxations: properRelaxations(done.verdict),
  };
}

/** As records name it. */
export function otherOf({ image, record }: Held): NonNullable<PromotionSaid["other"]> {
  return { image, ...(record === undefined ? {} : { record }) };
}
