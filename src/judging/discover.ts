/** Lists once what hangs on a subject, and puts it in the order in which it is worth looking at. */
import type { Descriptor } from "../core/descriptor.ts";
import type { Digest } from "../core/digest.ts";
import type { FormatRow } from "../core/format.ts";
import type { CallOptions, Listing, ReadonlyStore } from "../core/store.ts";

/** Lists the referrers of `subject` that one of the formats may claim, and those of other artifact types that are named. */
export function discover(
  store: ReadonlyStore,
  subject: Digest,
  options: CallOptions & { readonly formats: readonly FormatRow[]; readonly others?: readonly string[] },
): Promise<Listing> {
  const artifactTypes = [...new Set([...options.formats.flatMap((format) => format.carrier.artifactTypes), ...(options.others ?? [])])];
  return store.referrers(subject, { artifactTypes, ...(options.signal === undefined ? {} : { signal: options.signal }) });
}

/** Candidates in order, and how many of them claim a trusted certificate. */
export interface Candidates {
  readonly ordered: readonly Descriptor[];
  readonly promising: number;
}

/**
 * First what claims a trusted certificate, then the smallest, then by digest. The claim and the size are a stranger's
 * to choose, so they buy a place in the queue and nothing else; the digest makes the order the same for everyone.
 */
export function orderCandidates(
  referrers: readonly Descriptor[],
  options: { readonly formats: readonly FormatRow[]; readonly trusted: ReadonlySet<string> },
): Candidates {
  const rated = referrers.map((entry) => ({ entry, rank: claimsTrusted(entry, options) ? 0 : 1 }));
  rated.sort((a, b) => a.rank - b.rank || a.entry.size - b.entry.size || (a.entry.digest < b.entry.digest ? -1 : 1));
  return { ordered: rated.map(({ entry }) => entry), promising: rated.filter(({ rank }) => rank === 0).length };
}

/** Whether a listing says that a trusted certificate is in the chain. */
export function claimsTrusted(
  { annotations }: Descriptor,
  { formats, trusted }: { readonly formats: readonly FormatRow[]; readonly trusted: ReadonlySet<string> },
): boolean {
  if (annotations === undefined) return false;
  return formats.some(({ carrier }) => carrier.claimedFingerprints(annotations).some((print) => trusted.has(print)));
}
