/** Puts one listing together from the places that may know of referrers. */
import type { Descriptor } from "../core/descriptor.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Listing, ListingNote } from "../core/store.ts";
import { OCI_EMPTY } from "../core/media-types.ts";
import { parseEntries } from "./index-document.ts";

/** What one place answered; a place that there is not has no such answer. */
export interface PartialListing {
  readonly source: "api" | "tag" | "index";
  readonly entries: readonly unknown[];
  readonly complete: boolean;
  readonly notes: readonly ListingNote[];
}

/**
 * Merged by digest, the first place's word first. An entry that names no artifact type is kept: what it is can only be
 * told from its manifest. Broken entries are counted and passed over; they prove nothing and block nothing.
 */
export function mergeListings(places: readonly (PartialListing | undefined)[], artifactTypes: readonly string[] | undefined): Listing {
  const parts = places.filter((place) => place !== undefined);
  const referrers = new Map<string, Descriptor>();
  const notes: ListingNote[] = parts.flatMap((part) => part.notes);
  let complete = parts.every((part) => part.complete);
  for (const { source, entries } of parts) {
    if (entries.length > LIMITS.listingEntries) {
      complete = false;
      notes.push({
        code: "listing/cut-off",
        message: `${PLACES[source]} lists ${entries.length} entries; ${LIMITS.listingEntries} were read`,
      });
    }
    const { descriptors, broken } = parseEntries(entries.slice(0, LIMITS.listingEntries));
    if (broken.length > 0)
      notes.push({
        code: "listing/malformed-entry",
        message: `${broken.length} ${broken.length === 1 ? "entry" : "entries"} of ${PLACES[source]} cannot be read`,
      });
    for (const descriptor of descriptors) {
      if (isWanted(descriptor, artifactTypes) && !referrers.has(descriptor.digest)) referrers.set(descriptor.digest, descriptor);
    }
  }
  return {
    referrers: [...referrers.values()],
    complete,
    notes,
    sources: parts.filter(({ entries, complete: isWhole }) => isWhole || entries.length > 0).map(({ source }) => source),
  };
}

/** The type of the empty config tells nothing of the artifact; tools that know only image manifests write it. */
function isWanted({ artifactType }: Descriptor, artifactTypes: readonly string[] | undefined): boolean {
  return artifactTypes === undefined || artifactType === undefined || artifactType === OCI_EMPTY || artifactTypes.includes(artifactType);
}

/** Throws `store/too-large` where there are more tags than a list may have; a page of any length counts as it comes. */
export function checkTagCount(count: number, name: string): void {
  if (count <= LIMITS.tagListEntries) return;
  throw new CountersignError("store/too-large", `Cannot list the tags of "${name}": there are more than ${LIMITS.tagListEntries}`);
}

const PLACES = { api: "the referrers API", tag: "the fallback tag", index: "the index" } as const;
