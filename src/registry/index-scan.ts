/** What the index of a local store leads to, found out once for each state of the index: a copy asks for it at every step. */
import type { Descriptor } from "../core/descriptor.ts";
import type { Digest } from "../core/digest.ts";
import { inParallel } from "../core/in-parallel.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { isManifestType } from "../core/media-types.ts";
import { type IndexDocument, type ParsedEntries, parseEntries } from "./index-document.ts";
import { decodeManifestFacts, describeReferrer, type ManifestFacts } from "../encoding/manifest.ts";

interface IndexScan {
  /** By subject, as a listing describes them. */
  readonly referrers: ReadonlyMap<Digest, readonly Descriptor[]>;
  /** Entries that are no descriptors, or whose manifest is not there or is none. */
  readonly unreadable: number;
  readonly isCutOff: boolean;
}

/** A scan, and the entries whose manifest was not there: it may yet come, and the index stay as it is. */
interface Scanned {
  readonly scan: IndexScan;
  readonly facts: ReadonlyMap<Descriptor, ManifestFacts>;
  readonly absent: readonly Descriptor[];
}

/** In memory as long as the document is, and that is one store's. */
const PARSED = new WeakMap<IndexDocument, ParsedEntries>();
const SCANS = new WeakMap<IndexDocument, Scanned>();

const PARALLEL = 16;

export function entriesOf(index: IndexDocument): ParsedEntries {
  const parsed = PARSED.get(index) ?? parseEntries(index.entries);
  PARSED.set(index, parsed);
  return parsed;
}

/** Reads every manifest that is small enough, within one budget of bytes, once. */
export async function scanIndex(
  index: IndexDocument,
  readBlob: (digest: Digest, maxBytes: number) => Promise<Uint8Array | undefined>,
): Promise<IndexScan> {
  const known = SCANS.get(index);
  if (known?.absent.length === 0) return known.scan;
  const { descriptors, broken } = entriesOf(index);
  let budget: number = LIMITS.layoutScanBytes;
  const chosen = descriptors.slice(0, LIMITS.listingEntries).filter(({ mediaType }) => isManifestType(mediaType));
  const affordable = chosen.filter(({ size }) => size <= LIMITS.manifestBytes && (budget -= size) >= 0);
  const absent: Descriptor[] = [];
  const found = await inParallel(known?.absent ?? affordable, PARALLEL, async (descriptor) => {
    try {
      const bytes = await readBlob(descriptor.digest, descriptor.size);
      if (bytes !== undefined) return [[descriptor, decodeManifestFacts(bytes)] as const];
      absent.push(descriptor);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
    }
    return [];
  });
  if (known?.absent.length === absent.length) return known.scan;
  const facts = new Map([...(known?.facts ?? []), ...found.flat()]);
  const referrers = new Map<Digest, Descriptor[]>();
  for (const [descriptor, told] of facts) {
    if (told.subject === undefined) continue;
    const group = referrers.get(told.subject.digest) ?? [];
    referrers.set(told.subject.digest, group);
    group.push(describeReferrer(descriptor, told));
  }
  const isCutOff = affordable.length < chosen.length || descriptors.length > LIMITS.listingEntries;
  const scan = { referrers, unreadable: broken.length + affordable.length - facts.size, isCutOff };
  SCANS.set(index, { scan, facts, absent });
  return scan;
}
