/** What a registry says refers to a subject: its referrers API and the fallback tag, each bounded. */
import type { Digest } from "../../core/digest.ts";
import { CountersignError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { OCI_INDEX } from "../../core/media-types.ts";
import type { CallOptions, ListingNote } from "../../core/store.ts";
import { decodeIndex } from "../index-document.ts";
import type { PartialListing } from "../listing.ts";
import { mediaTypeOf } from "../../encoding/manifest.ts";
import type { RepositoryApi } from "./api.ts";
import { readFallbackTag } from "./fallback-tag.ts";
import { nextPage } from "./next-page.ts";

/** Answers of registries that do not have the route; with `NAME_UNKNOWN` there is nothing to refer to either. */
const NO_SUCH_ROUTE: ReadonlySet<number> = new Set([404, 406, 501]);
/** So do some, and so does what stands before one that has it, for a while: a filter, a page to log in. */
const PERHAPS_NO_ROUTE: ReadonlySet<number> = new Set([200, 400, 405]);

/** The registry does not have the API. */
export interface NoApi {
  readonly source: "none";
  /** Where it may have it all the same. */
  readonly doubt?: ListingNote;
}

type Note = ListingNote["code"];

/** The pages of the referrers API, if the registry has it. Source: distribution-spec 1.1, "Listing Referrers". */
export async function listByApi(
  api: RepositoryApi,
  subject: Digest,
  options: CallOptions & { readonly artifactTypes?: readonly string[] },
): Promise<PartialListing | NoApi> {
  const entries: unknown[] = [];
  const stop = (code: Note, message: string): PartialListing => ({ source: "api", entries, complete: false, notes: [{ code, message }] });
  const only = options.artifactTypes?.length === 1 ? options.artifactTypes[0] : undefined;
  let url: URL = new URL(`/v2/${api.repository}/referrers/${subject}`, api.registry.origin);
  // Not every registry filters; the merged listing is filtered again.
  if (only !== undefined) url.searchParams.set("artifactType", only);
  const seen = new Set<string>();
  let bytes = 0;
  try {
    while (entries.length <= LIMITS.listingEntries) {
      if (seen.has(url.href)) return stop("listing/cut-off", "the referrers API's pages go in a circle");
      if (seen.size === LIMITS.listingPages) return stop("listing/cut-off", `the referrers API has more than ${LIMITS.listingPages} pages`);
      seen.add(url.href);
      const response = await api.send({
        method: "GET",
        target: url,
        access: "pull",
        headers: { accept: OCI_INDEX },
        maxBytes: LIMITS.listingBytes - bytes,
        signal: options.signal,
      });
      const isIndex = response.status === 200 && mediaTypeOf(response.headers["content-type"]) === OCI_INDEX;
      if (!isIndex && seen.size === 1 && NO_SUCH_ROUTE.has(response.status)) return { source: "none" };
      if (!isIndex && seen.size === 1 && PERHAPS_NO_ROUTE.has(response.status)) {
        const answer = `${response.status === 200 ? "what is no index" : `status ${response.status}`}`;
        const message = `"${api.name}" has no fallback tag, and to the referrers API it answers ${answer}: either it does not have the API, or it does not show it now`;
        return { source: "none", doubt: { code: "listing/unreachable", message } };
      }
      if (!isIndex) throw api.error(response, `list the referrers of "${subject}"`);
      bytes += response.body.length;
      // One by one: as arguments of one call, a million entries of two bytes would be more than a stack holds.
      for (const entry of decodeIndex(response.body, { maxBytes: LIMITS.listingBytes }).entries) entries.push(entry);
      const next = nextPage(response.headers["link"], url);
      if (next === undefined) return { source: "api", entries, complete: true, notes: [] };
      if (next.origin !== url.origin) return stop("listing/foreign-page", "the referrers API's next page is on another host");
      url = next;
    }
    // The merge cuts the surplus off and says so.
    return { source: "api", entries, complete: false, notes: [] };
  } catch (error) {
    return stop(...noteFor(error, "the referrers API"));
  }
}

/** The index under the fallback tag, if there is one. */
export async function listByTag(api: RepositoryApi, subject: Digest, options: CallOptions): Promise<PartialListing | undefined> {
  try {
    const index = await readFallbackTag(api, subject, options);
    return index === undefined ? undefined : { source: "tag", entries: index.entries, complete: true, notes: [] };
  } catch (error) {
    const [code, message] = noteFor(error, "the fallback tag");
    const isTag = error instanceof Malformed;
    return { source: "tag", entries: [], complete: false, notes: [{ code: isTag ? "listing/not-an-index" : code, message }] };
  }
}

/** Whatever a registry or a stranger can cause ends in a note; anything else is ours and is thrown. */
function noteFor(error: unknown, place: string): [code: Note, message: string] {
  if (error instanceof CountersignError)
    return [error.code === "store/too-large" ? "listing/cut-off" : "listing/unreachable", error.message];
  if (error instanceof Malformed) return ["listing/unreachable", `${place} answered with something that cannot be read: ${error.message}`];
  throw error;
}
