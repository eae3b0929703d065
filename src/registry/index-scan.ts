/** What the index of a local store leads to, found out once for each state of the index: a copy asks for it at every step. */
import type { Descriptor } from "../core/descriptor.ts";
import type { Digest } from "../core/digest.ts";
import { inParallel } from "../core/in-parallel.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { isManifestType } from "../core/media-types.ts";
import { type IndexDocument, type ParsedEntries, parseEntries } from "./index-document.ts";
import { decodeManifestFacts, describeReferrer } from "./manifest.ts";

export interface IndexScan {
  /** By subject, as a listing describes them. */
  readonly referrers: ReadonlyMap<Digest, readonly Descriptor[]>;
  /** Entries that are no descriptors, or whose manifest is not there or is none. */
  readonly unreadable: number;
  readonly isCutOff: boolean;
}

/** In memory as long as the document is, and that is one store's. */
const PARSED = new WeakMap<IndexDocument, ParsedEntries>();
const SCANS = new WeakMap<IndexDocument, IndexScan>();

const PARALLEL = 16;

export function entriesOf(index: IndexDocument): ParsedEntries {
  const parsed = PARSED.get(index) ?? parseEntries(index.entries);
  PARSED.set(index, parsed);
  return parsed;
}

/** Reads every manifest that is small enough, within one budget of bytes. */
export async function scanIndex(
  index: IndexDocument,
  readBlob: (digest: Digest, maxBytes: number) => Promise<Uint8Array | undefined>,
): Promise<IndexScan> {
  const known = SCANS.get(index);
  if (known !== undefined) return known;
  const { descriptors, broken } = entriesOf(index);
  let budget: number = LIMITS.layoutScanBytes;
  let lost = 0;
  const chosen = descriptors.slice(0, LIMITS.listingEntries).filter(({ mediaType }) => isManifestType(mediaType));
  const affordable = chosen.filter(({ size }) => size <= LIMITS.manifestBytes && (budget -= size) >= 0);
  const read = await inParallel(affordable, PARALLEL, async (descriptor) => {
    try {
      const bytes = await readBlob(descriptor.digest, descriptor.size);
      if (bytes !== undefined) return { descriptor, facts: decodeManifestFacts(bytes) };
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
    }
    lost++;
    return undefined;
  });
  const referrers = new Map<Digest, Descriptor[]>();
  for (const { descriptor, facts } of read.filter((item) => item !== undefined)) {
    if (facts.subject === undefined) continue;
    const group = referrers.get(facts.subject.digest) ?? [];
    referrers.set(facts.subject.digest, group);
    group.push(describeReferrer(descriptor, facts));
  }
  const isCutOff = affordable.length < chosen.length || descriptors.length > LIMITS.listingEntries;
  const scan = { referrers, unreadable: broken.length + lost, isCutOff };
  // What is not there may yet come, and the index stay as it is.
  if (lost === 0) SCANS.set(index, scan);
  return scan;
}
