/** Gathers what hangs on one manifest: its signatures, and the evidence that a policy asks for. */
import { CHECKS } from "../checks/table.ts";
import type { Clock } from "../core/clock.ts";
import type { Descriptor } from "../core/descriptor.ts";
import type { Digest } from "../core/digest.ts";
import { digestHex, digestOf } from "../core/digest.ts";
import type { Statement } from "../core/evidence.ts";
import { OCI_EMPTY } from "../core/media-types.ts";
import type { SignatureRules } from "../core/policy.ts";
import type { CallOptions, Listing, ReadonlyStore } from "../core/store.ts";
import type { TrustAnchor } from "../core/trust-source.ts";
import type { EvidenceReport, SignatureReport, Verdict } from "../core/verdict.ts";
import { ATTACHED_TYPES, claimedPredicateType, mayBeAttached } from "../formats/attached/manifest.ts";
import type { AttestationLayer } from "../formats/cosign-attestation/manifest.ts";
import { IMAGE_SIGNATURE } from "../formats/image-signature.ts";
import { BUNDLE_PREDICATE_TYPE } from "../formats/sigstore-bundle/manifest.ts";
import { BUNDLE_TYPES } from "../formats/sigstore-bundle/media-types.ts";
import { FORMATS } from "../formats/table.ts";
import { CLOCK_SKEW_MS } from "../policy/age.ts";
import { type ExaminedEvidence, isUnread } from "../policy/evidence-seen.ts";
import { discover, orderCandidates } from "./discover.ts";
import { examine, type ExamineOptions, type Unexamined } from "./examine.ts";
import { examineAll } from "./examine-all.ts";

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
  /** Of something that could not be read: `carrier` is the one that it may be. */
  describeUnread(
    candidate: Descriptor,
    about: Pick<EvidenceReport, "carrier" | "findings"> & { readonly subject: Digest },
  ): ExaminedEvidence;
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
  readonly clock?: Pick<Clock, "monotonicMs">;
  /** All that hangs there unless given. */
  readonly only?: Only;
}

/** What of all that hangs on an image is looked at, where it is judged as of another time. */
export interface Only {
  /** Digests of evidence and signatures. */
  readonly named: ReadonlySet<string>;
  /** Of that nothing which says itself that it is of a later time: a record that is dated back names what was not there yet. */
  readonly until?: Date;
  /** Evidence that is not named is looked at too if it is of no later time: it may be a no that somebody has passed over. */
  readonly othersUntil?: Date;
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
  const candidates = listing.referrers.filter((candidate) => isOfInterest(candidate, options) && mayCount(candidate, options.only));
  const layers = new Map(attestations.filter(({ envelope }) => mayCount(envelope, options.only)).map((layer) => [layer.envelope, layer]));
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
  return { ...restrict(sort(reports), options.only), unexamined };
}

function mayCount({ digest }: Descriptor, only: Only | undefined): boolean {
  return only === undefined || only.othersUntil !== undefined || only.named.has(digest);
}

function restrict(seen: Pick<Gathered, "signatures" | "evidence">, only: Only | undefined): Pick<Gathered, "signatures" | "evidence"> {
  if (only === undefined) return seen;
  const { named, until, othersUntil } = only;
  const isLater = (time: Date | undefined): boolean =>
    until !== undefined && time !== undefined && time.getTime() > until.getTime() + CLOCK_SKEW_MS;
  const isInTime = ({ at, report }: ExaminedEvidence): boolean => {
    const known = at ?? earliestClaim(report);
    return othersUntil !== undefined && (known === undefined || known.getTime() <= othersUntil.getTime());
  };
  return {
    signatures: seen.signatures.filter((report) => named.has(report.digest) && !isLater(claimedIn([report]))),
    evidence: seen.evidence.filter(
      (found) => (named.has(found.report.digest) && !isLater(found.at) && !isLater(earliestClaim(found.report))) || isInTime(found),
    ),
  };
}

function earliestClaim({ signatures }: EvidenceReport): Date | undefined {
  return claimedIn(signatures);
}

function claimedIn(signatures: readonly SignatureReport[]): Date | undefined {
  const times = signatures.flatMap(({ claimed }) => (claimed?.signingTime === undefined ? [] : [Date.parse(claimed.signingTime)]));
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

/** Of which type the listing says that a statement is. */
export function claimedType(candidate: Descriptor): string | undefined {
  return claimedPredicateType(candidate) ?? candidate.annotations?.[BUNDLE_PREDICATE_TYPE];
}

/** A type that is claimed in the listing is that of the manifest itself: who claims another hides nothing but his own. */
function isOfInterest(candidate: Descriptor, { evidence }: GatherOptions): boolean {
  const claimed = claimedType(candidate);
  return claimed === undefined || claimed === IMAGE_SIGNATURE || evidence?.wants(claimed) === true;
}

/** What could not be read may be a signature or evidence, and is taken for both. */
interface Looked {
  readonly signature?: SignatureReport;
  readonly found?: ExaminedEvidence;
}

type LookOptions = ExamineOptions & Pick<GatherOptions, "evidence"> & { readonly trusted: ReadonlySet<string> };

async function look(candidate: Descriptor, options: LookOptions): Promise<Looked | Unexamined> {
  const { evidence, subject } = options;
  if (evidence !== undefined && mayBeAttached(candidate)) {
    const found = await evidence.examineAttached(candidate, options);
    if (found !== "not-mine") {
      const isUntold = typeof found === "object" && isUnread(found) && !ATTACHED_TYPES.includes(candidate.artifactType ?? "");
      return isUntold ? { found, signature: unreadSignature(found.report) } : lookedAt(found);
    }
  }
  const seen = await examine(candidate, options);
  if (typeof seen === "string") return seen;
  const { report, statement } = seen;
  if (statement === undefined) {
    if (evidence === undefined || !mayState(candidate, report)) return { signature: report };
    const found = evidence.describeUnread(candidate, { subject: subject.digest, carrier: "bundle", findings: report.findings });
    return claimedType(candidate) === undefined ? { found, signature: report } : { found };
  }
  if (evidence?.wants(statement.predicateType) !== true) return {};
  return { found: evidence.describeBundle(statement, { digest: candidate.digest, subject: subject.digest, report }) };
}

/** A bundle that could not be read, or not be verified here, may state what is asked for: a later word that takes an earlier one back. */
function mayState(candidate: Descriptor, { format, outcome }: SignatureReport): boolean {
  return format === "unrecognised" && outcome === "unknown" && mayBeBundle(candidate) && claimedType(candidate) !== IMAGE_SIGNATURE;
}

function mayBeBundle({ artifactType }: Descriptor): boolean {
  return artifactType === undefined || artifactType === OCI_EMPTY || BUNDLE_TYPES.includes(artifactType);
}

function unreadSignature({ digest, findings }: EvidenceReport): SignatureReport {
  return { format: "unrecognised", digest, outcome: "unknown", findings };
}

function lookedAt(found: ExaminedEvidence | Unexamined | "not-wanted"): Looked | Unexamined {
  if (found === "not-wanted") return {};
  return typeof found === "string" ? found : { found };
}

function sort(looked: readonly Looked[]): Pick<Gathered, "signatures" | "evidence"> {
  return {
    signatures: looked.flatMap(({ signature }) => signature ?? []),
    evidence: looked.flatMap(({ found }) => found ?? []),
  };
}

function signalOf({ signal }: CallOptions): CallOptions {
  return signal === undefined ? {} : { signal };
}
