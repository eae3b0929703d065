/** Finds the records of promotions that hang on an image, and are by somebody whom the verifier believes about them. */
import type { PromotionSaid } from "../core/decision.ts";
import type { Descriptor } from "../core/descriptor.ts";
import { type Digest, parseDigest } from "../core/digest.ts";
import type { Promoters } from "../core/policy.ts";
import { loadAnchors, type TrustSource } from "../core/trust-source.ts";
import { gapsOf, readerOf } from "../evidence/look-at-manifests.ts";
import { type EvidenceReader, gather, type GatherOptions, type Hanging } from "../judging/gather.ts";
import { isUnread } from "../policy/evidence-seen.ts";
import { PROMOTION_V1 } from "../statements/predicate-types.ts";

export interface FoundRecord {
  /** Of the evidence. */
  readonly digest: Digest;
  /** Digests of all that carry the very same record, this one among them. */
  readonly copies: readonly Digest[];
  /** As the verifier's configuration knows them. */
  readonly promoter: string;
  readonly said: PromotionSaid;
}

export interface Records {
  readonly found: readonly FoundRecord[];
  /** In words, why there may be more. */
  readonly gaps: readonly string[];
}

/** Reads nothing but records; cosign's tag is not asked for them, for nobody puts them there. */
export const RECORD_READER: EvidenceReader = {
  ...readerOf((predicateType) => predicateType === PROMOTION_V1),
  findAttestations: () => Promise.resolve({ attestations: [], gaps: [] }),
};

/** Whatever place and gate they are about. */
export async function findRecords(
  subject: Descriptor,
  hanging: Hanging,
  {
    promoters,
    trust,
    ...options
  }: Omit<GatherOptions, "rules" | "anchors" | "evidence"> & {
    readonly promoters: Promoters;
    readonly trust: TrustSource;
  },
): Promise<Records> {
  const { rules } = promoters;
  const anchors = await loadAnchors(rules.trustStores, trust);
  const gathered = await gather(subject, hanging, { ...options, rules, anchors, evidence: RECORD_READER });
  const found = gathered.evidence.flatMap(({ report, content }): readonly FoundRecord[] => {
    const promoter = report.signatures.find(({ outcome }) => outcome === "counts")?.person;
    if (content?.kind !== "promotion" || promoter === undefined) return [];
    const digest = parseDigest(report.digest);
    return [{ digest, copies: [digest], promoter, said: content }];
  });
  const distinct = [...Map.groupBy(found, ({ promoter, said }) => JSON.stringify([promoter, said])).values()].flatMap(([first, ...same]) =>
    first === undefined ? [] : [{ ...first, copies: [first, ...same].map(({ digest }) => digest) }],
  );
  const unread = gathered.evidence.filter(({ report }) => report.content === "promotion" && isUnread({ report }));
  return {
    found: distinct,
    gaps: [...gapsOf(hanging, gathered), ...unread.map(({ report }) => `the record ${report.digest} could not be read`)],
  };
}
