/** Examines one statement about a subject: what it says, and who vouches for it. Whatever a stranger put there ends in findings. */
import type { Descriptor } from "../core/descriptor.ts";
import { type Digest, digestAlgorithm, digestHex } from "../core/digest.ts";
import { showForeign } from "../core/display.ts";
import type { EvidenceCarrier, Statement } from "../core/evidence.ts";
import { type Finding, finding } from "../core/finding.ts";
import { inParallel } from "../core/in-parallel.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import type { Listing } from "../core/store.ts";
import type { EvidenceReport, SignatureReport } from "../core/verdict.ts";
import { carrierOf } from "../formats/attached/document-types.ts";
import { type AttachedStatement, ATTACHED_TYPES, claimedPredicateType, readAttached } from "../formats/attached/manifest.ts";
import { claimsTrusted, discover, orderCandidates } from "../judging/discover.ts";
import { examine, type ExamineOptions, findingOf, type Unexamined } from "../judging/examine.ts";
import { claimedType } from "../judging/gather.ts";
import { type ExaminedEvidence, isUnread } from "../policy/evidence-seen.ts";
import { contentKindOf, readContent } from "../statements/content.ts";
import { readAttachedStatement } from "./read-attached.ts";

interface AttachedOptions extends ExamineOptions {
  /** Fingerprints of the anchors. */
  readonly trusted: ReadonlySet<string>;
  readonly wants: (predicateType: string) => boolean;
}

/** `not-mine` where the manifest carries no statement, `not-wanted` where nobody asks for its type. */
export async function examineAttached(
  candidate: Descriptor,
  options: AttachedOptions,
): Promise<ExaminedEvidence | Unexamined | "not-mine" | "not-wanted"> {
  const carrier = carrierOf(candidate.artifactType);
  const about = { digest: candidate.digest, carrier, subject: options.subject.digest };
  try {
    if (candidate.size > LIMITS.manifestBytes)
      throw new Malformed("integrity/too-large", `a manifest that carries a statement claims ${candidate.size} bytes`);
    if (candidate.size > options.maxBytes) return "postponed";
    if (!options.budget.spend(candidate.size)) return "over-budget";
    // Its digest is known, so what hangs on it is asked for at the same time. Of a stranger's it is asked first: most have nothing.
    const listing = discover(options.store, candidate.digest, options);
    listing.catch(() => undefined);
    // What does not even say that it is a statement may be a signature itself.
    const isPromising = claimsTrusted(candidate, options) || !ATTACHED_TYPES.includes(candidate.artifactType ?? "");
    if (!isPromising && isUnsigned(await listing))
      return { report: { ...about, ...typeClaimedBy(candidate), signatures: [], findings: [] } };
    const bytes = await options.memory.use(candidate.size, () => options.store.fetch(candidate, options));
    const attached = readAttached(bytes, candidate);
    if (attached === null) return "not-mine";
    if (attached.subject.digest !== options.subject.digest)
      throw new Malformed("manifest/subject", `the manifest refers to ${attached.subject.digest}`);
    if (attached.predicateType !== undefined && !options.wants(attached.predicateType)) return "not-wanted";
    return await examineClaimed({ candidate, attached, listing: await listing, options });
  } catch (error) {
    return describeUnread(candidate, { carrier, subject: options.subject.digest, findings: [findingOf(error)] });
  }
}

/** Something that could not be read: what it states, where it can be had at all, is as the listing says it. */
export function describeUnread(
  candidate: Descriptor,
  about: Pick<EvidenceReport, "carrier" | "findings"> & { readonly subject: Digest },
): ExaminedEvidence {
  const claimed = claimedType(candidate);
  const report = { digest: candidate.digest, ...about, signatures: [] };
  if (claimed === undefined) return { report };
  const content = isUnread({ report }) ? { content: contentKindOf(claimed) } : {};
  return { report: { ...report, predicateType: showForeign(claimed, 200), ...content } };
}

function isUnsigned({ referrers, complete }: Listing): boolean {
  return complete && referrers.length === 0;
}

function typeClaimedBy(candidate: Descriptor): { readonly predicateType?: string } {
  const claimed = claimedPredicateType(candidate);
  return claimed === undefined ? {} : { predicateType: showForeign(claimed, 200) };
}

async function examineClaimed(given: {
  readonly candidate: Descriptor;
  readonly attached: AttachedStatement;
  readonly listing: Listing;
  readonly options: AttachedOptions;
}): Promise<ExaminedEvidence | Unexamined | "not-wanted"> {
  const { candidate, attached, listing, options } = given;
  const about = { digest: candidate.digest, carrier: attached.carrier, subject: options.subject.digest };
  const claimed = attached.predicateType === undefined ? {} : { predicateType: showForeign(attached.predicateType, 200) };
  const gaps = listing.notes.map(({ code, message }) => finding("listing", code, showForeign(message)));
  // What nobody vouches for need not be read: that keeps a stranger's gigabytes where they are.
  if (listing.referrers.length === 0) return { report: { ...about, ...claimed, signatures: [], findings: gaps } };
  if (attached.layer.size > options.maxBytes && attached.layer.data === undefined) return "postponed";
  // Few sign one document; what has more is looked at when all else has been, and then as a whole.
  if (listing.referrers.length > MANY_SIGNATURES && options.maxBytes !== Infinity) return "postponed";

  const [signatures, read] = await Promise.all([examineSignatures(candidate, listing, options), readStatement(attached, options)]);
  if (signatures === "over-budget" || read === "over-budget") return "over-budget";
  if ("code" in read) return { report: { ...about, ...claimed, signatures, findings: [...gaps, read] } };
  if (!options.wants(read.predicateType)) return "not-wanted";
  return describeEvidence(read, { ...about, signatures, findings: gaps });
}

const MANY_SIGNATURES = 32;

/** All of them, until the budget of the image is spent: one that is left out may be of whoever is asked. */
async function examineSignatures(
  artifact: Descriptor,
  listing: Listing,
  options: AttachedOptions,
): Promise<readonly SignatureReport[] | "over-budget"> {
  const { ordered } = orderCandidates(listing.referrers, options);
  const { mediaType, digest, size } = artifact;
  const about = { ...options, subject: { mediaType, digest, size }, maxBytes: Infinity };
  const seen = await inParallel(ordered, MANY_SIGNATURES, (candidate) => examine(candidate, about));
  if (seen.some((one) => one === "over-budget")) return "over-budget";
  // A statement about the statement is not a signature of it.
  return seen.flatMap((one) => (typeof one === "object" && one.statement === undefined ? [one.report] : []));
}

async function readStatement(attached: AttachedStatement, options: AttachedOptions): Promise<Statement | Finding | "over-budget"> {
  try {
    return await readAttachedStatement(attached, options);
  } catch (error) {
    return findingOf(error);
  }
}

/** A statement with what it says; `about` as in the report. */
export function describeEvidence(
  statement: Statement,
  about: {
    readonly digest: Digest;
    readonly carrier: EvidenceCarrier;
    readonly subject: Digest;
    readonly signatures: readonly SignatureReport[];
    readonly findings: readonly Finding[];
  },
): ExaminedEvidence {
  const { findings, ...rest } = about;
  const report = { ...rest, predicateType: showForeign(statement.predicateType, 200) };
  if (!isAbout(statement, about.subject)) {
    const [named] = statement.subjects;
    const message = `the statement is about ${showForeign(Object.values(named?.digest ?? {})[0] ?? "nothing", 100)}`;
    return { report: { ...report, findings: [...findings, finding("subject", "evidence/subject", message)] } };
  }
  // Commits cost a hundred times more to check than to send, which a stranger is not to make us do.
  if (contentKindOf(statement.predicateType) === "source" && !about.signatures.some(mayVouch))
    return { report: { ...report, content: "source", findings }, statement };
  try {
    const content = readContent(statement);
    const at = "at" in content ? content.at : undefined;
    return {
      report: { ...report, content: content.kind, ...(at === undefined ? {} : { at: at.toISOString() }), findings },
      statement,
      content,
      ...(at === undefined ? {} : { at }),
    };
  } catch (error) {
    return { report: { ...report, findings: [...findings, findingOf(error)] }, statement };
  }
}

function mayVouch({ person, party, outcome }: SignatureReport): boolean {
  return (person ?? party) !== undefined || outcome === "unknown";
}

export function isAbout({ subjects }: Statement, subject: Digest): boolean {
  return subjects.some(
    ({ digest }) => Object.hasOwn(digest, digestAlgorithm(subject)) && digest[digestAlgorithm(subject)] === digestHex(subject),
  );
}
