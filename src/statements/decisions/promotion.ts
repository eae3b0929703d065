/**
 * Records of promotions: `https://countersign.dev/promotion/v1`. `promotion` has the members of kpromo's record, for its readers:
 * https://k8s.io/promo-tools/promotion/v1.
 */
import type { PromotionSaid } from "../../core/decision.ts";
import type { ContentOf } from "../../core/evidence.ts";
import { formatRfc3339 } from "../../encoding/rfc3339.ts";
import type { JsonPlace } from "../json-place.ts";
import { digestAt, digestsAt, readSaid, SAID_MEMBERS, type SaidPredicate, textAt, textsAt, writeSaid } from "./said.ts";

const MEMBERS = [...SAID_MEMBERS, "event", "tags", "evidence", "judged", "other", "lifts", "relaxations", "promotion"];
const KPROMO_MEMBERS = ["src_ref", "dst_ref", "digest", "timestamp", "builder_id"];

export interface PromotionPredicate extends SaidPredicate {
  readonly event: PromotionSaid["event"];
  readonly tags: readonly string[];
  readonly evidence: readonly string[];
  readonly judged: { readonly from: string; readonly to: string };
  readonly other?: { readonly image: string; readonly record?: string };
  readonly lifts?: readonly string[];
  readonly relaxations?: readonly string[];
  readonly promotion: {
    readonly src_ref: string;
    readonly dst_ref: string;
    readonly digest: string;
    readonly timestamp: string;
    readonly builder_id: string;
  };
}

/** `builder`: a URI for what made the record. */
export function writePromotion(
  said: PromotionSaid,
  { digest, builder }: { readonly digest: string; readonly builder: string },
): PromotionPredicate {
  const { event, from, to, tags, evidence, judged, other, lifts, relaxations, signedAt } = said;
  return {
    ...writeSaid(said),
    event,
    tags,
    evidence: evidence.toSorted(),
    judged: { from: formatRfc3339(judged.from), to: formatRfc3339(judged.to) },
    ...(other === undefined ? {} : { other }),
    ...(lifts.length === 0 ? {} : { lifts: lifts.toSorted() }),
    ...(relaxations.length === 0 ? {} : { relaxations }),
    promotion: { src_ref: from, dst_ref: to, digest, timestamp: formatRfc3339(signedAt), builder_id: builder },
  };
}

export function readPromotion(predicate: JsonPlace): ContentOf<"promotion"> {
  const said = readSaid(predicate.only(MEMBERS));
  const promotion = predicate.get("promotion").only(KPROMO_MEMBERS);
  const judged = predicate.get("judged").only(["from", "to"]);
  const span = { from: judged.get("from").time(), to: judged.get("to").time() };
  if (span.from.getTime() > span.to.getTime()) judged.refuse("ends before it begins");
  const event = predicate.get("event").oneOf(["entered", "replaced"] as const);
  const other = predicate.optional("other")?.only(["image", "record"]);
  if (event === "replaced" && other === undefined) predicate.get("other");
  const record = other?.optional("record");
  return {
    kind: "promotion",
    ...said,
    at: said.signedAt,
    event,
    from: textAt(promotion.get("src_ref")),
    to: textAt(promotion.get("dst_ref")),
    tags: textsAt(predicate.get("tags")),
    evidence: digestsAt(predicate.get("evidence")),
    judged: span,
    ...(other === undefined
      ? {}
      : { other: { image: digestAt(other.get("image")), ...(record === undefined ? {} : { record: digestAt(record) }) } }),
    lifts: digestsAt(predicate.optional("lifts")),
    relaxations: textsAt(predicate.optional("relaxations")),
  };
}
