/** Gathers what hangs on one manifest: its signatures, and the evidence that a policy asks for. */
import { CHECKS } from "./checks/table.ts";
import type { Descriptor } from "./core/descriptor.ts";
import type { Digest } from "./core/digest.ts";
import { digestHex, digestOf } from "./core/digest.ts";
import type { Statement } from "./core/evidence.ts";
import type { SignatureRules } from "./core/policy.ts";
import type { CallOptions, Listing, ReadonlyStore } from "./core/store.ts";
import type { TrustAnchor } from "./core/trust-source.ts";
import type { SignatureReport, Verdict } from "./core/verdict.ts";
import { discover, orderCandidates } from "./discover.ts";
import { examine, type ExamineOptions, type Unexamined } from "./examine.ts";
import { examineAll } from "./examine-all.ts";
import { ATTACHED_TYPES, claimedPredicateType, mayBeAttached } from "./formats/attached/manifest.ts";
import type { AttestationLayer } from "./formats/cosign-attestation/manifest.ts";
import { IMAGE_SIGNATURE } from "./formats/image-signature.ts";
import { BUNDLE_PREDICATE_TYPE } from "./formats/sigstore-bundle/manifest.ts";
import { FORMATS } from "./formats/table.ts";
import type { ExaminedEvidence } from "./policy/decide-evidence.ts";

/** How evidence is looked at: a part that is loaded only where a policy asks for it. */
export interface EvidenceReader {
  /** Whether statements of this type of predicate are of interest. */
  wants(predicateType: string): boolean;
  findAttestations(store: ReadonlyStore, subject: Digest, call: CallOptions): Promise<Pick<Hanging, "attestations" | "gaps">>;
  examineAttestation(layer: AttestationLayer, options: ExamineOptions): Promise<ExaminedEvidence | Unexamined | "not-wanted">;
  examineAttached(
    candidate: Descriptor,
    options: ExamineOptions & { readonly trusted: ReadonlySet<string> },
  ): Promise<ExaminedEvidence | Unexamined | "not-mine" | "not-wanted">;
  /** Of a bundle, which holds both what is said and who says it. */
  describeBundle(
    statement: Statement,
    about: { readonly digest: Digest; readonly subject: Digest; readonly report: SignatureReport },
  ): ExaminedEvidence;
}

export interface GatherOptions extends CallOptions {
  readonly store: ReadonlyStore;
  readonly rules: SignatureRules;
  readonly anchors: readonly TrustAnchor[];
  readonly now: Date;
  /** Absent where no evidence is asked for: then it is not even listed. */
  readonly evidence?: EvidenceReader;
  readonly concurrency?: number;
  readonly budgetMs?: number;
}

export interface Gathered {
  readonly signatures: readonly SignatureReport[];
  readonly evidence: readonly ExaminedEvidence[];
  readonly unexamined: Verdict["unexamined"];
}

/** What may hang on a manifest. */
export interface Hanging {
  readonly listing: Listing;
  /** Envelopes of cosign's attestation tag. */
  readonly attestations: readonly AttestationLayer[];
  /** In words, why there may be more evidence than is listed here. */
  readonly gaps: readonly string[];
}

/** Lists all of it; `evidence` as in the options of `gather`. */
export async function listHanging(
  store: ReadonlyStore,
  subject: Digest,
  options: CallOptions & Pick<GatherOptions, "evidence">,
): Promise<Hanging> {
  const { evidence } = options;
  const [listing, tagged] = await Promise.all([
    discover(store, subject, { formats: FORMATS, others: evidence === undefined ? [] : ATTACHED_TYPES, ...signalOf(options) }),
    evidence?.findAttestations(store, subject, signalOf(options)) ?? { attestations: [], gaps: [] },
  ]);
  const cut = listing.complete ? [] : ["the registry did not give the whole list of what hangs on it"];
  return { listing, attestations: tagged.attestations, gaps: [...cut, ...tagged.gaps] };
}

/** Looks at what hangs there until there is enough, or the budget is spent. */
export async function gather(
  subject: Descriptor,
  { listing, attestations }: Hanging,
  options: GatherOptions & { readonly isEnough?: (seen: Pick<Gathered, "signatures" | "evidence">) => boolean },
): Promise<Gathered> {
  const { isEnough, anchors } = options;
  const trusted = new Set(anchors.map(({ certificate }) => digestHex(digestOf(certificate))));
  const candidates = listing.referrers.filter((candidate) => isOfInterest(candidate, options));
  const layers = new Map(attestations.map((layer) => [layer.envelope, layer]));
  const { ordered, promising } = orderCandidates([...candidates, ...layers.keys()], { formats: FORMATS, trusted });
  const { reports, unexamined } = await examineAll(
    { ordered, promising },
    {
      ...options,
      examineOne: async (candidate, allowance) => {
        const layer = layers.get(candidate);
        const around = { ...options, ...allowance, subject, formats: FORMATS, checks: CHECKS, trusted };
        if (layer === undefined || options.evidence === undefined) return look(candidate, around);
        return lookedAt(await options.evidence.examineAttestation(layer, around));
      },
      isEnough: (seen) => isEnough?.(sort(seen)) ?? false,
    },
  );
  return { ...sort(reports), unexamined };
}

/** A type that is claimed in the listing is that of the manifest itself: who claims another hides nothing but his own. */
function isOfInterest(candidate: Descriptor, { evidence }: GatherOptions): boolean {
  const claimed = claimedPredicateType(candidate) ?? candidate.annotations?.[BUNDLE_PREDICATE_TYPE];
  return claimed === undefined || claimed === IMAGE_SIGNATURE || evidence?.wants(claimed) === true;
}

type Looked = { readonly signature: SignatureReport } | { readonly found: ExaminedEvidence } | { readonly notAsked: true };

type LookOptions = ExamineOptions & Pick<GatherOptions, "evidence"> & { readonly trusted: ReadonlySet<string> };

async function look(candidate: Descriptor, options: LookOptions): Promise<Looked | Unexamined> {
  const { evidence, subject } = options;
  if (evidence !== undefined && mayBeAttached(candidate)) {
    const found = await evidence.examineAttached(candidate, options);
    if (found !== "not-mine") return lookedAt(found);
  }
  const seen = await examine(candidate, options);
  if (typeof seen === "string") return seen;
  const { report, statement } = seen;
  if (statement === undefined) return { signature: report };
  if (evidence?.wants(statement.predicateType) !== true) return { notAsked: true };
  return { found: evidence.describeBundle(statement, { digest: candidate.digest, subject: subject.digest, report }) };
}

function lookedAt(found: ExaminedEvidence | Unexamined | "not-wanted"): Looked | Unexamined {
  if (found === "not-wanted") return { notAsked: true };
  return typeof found === "string" ? found : { found };
}

function sort(looked: readonly Looked[]): Pick<Gathered, "signatures" | "evidence"> {
  return {
    signatures: looked.flatMap((one) => ("signature" in one ? [one.signature] : [])),
    evidence: looked.flatMap((one) => ("found" in one ? [one.found] : [])),
  };
}

function signalOf({ signal }: CallOptions): CallOptions {
  return signal === undefined ? {} : { signal };
}
