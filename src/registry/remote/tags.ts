/** The list of a repository's tags, bounded. */
import { isObject } from "../../core/descriptor.ts";
import { CountersignError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { CallOptions } from "../../core/store.ts";
import { decodeAnswer } from "./answer-error.ts";
import type { RepositoryApi } from "./api.ts";
import { checkTagCount } from "../listing.ts";
import { nextPage } from "./next-page.ts";

/** The tags of the repository. docker-registry ignores `n` and answers with all of them. */
export async function listTags(api: RepositoryApi, options: CallOptions): Promise<readonly string[]> {
  const tags: string[] = [];
  const action = "list the tags";
  const seen = new Set<string>();
  let bytes = 0;
  let url: URL | undefined = new URL(`/v2/${api.repository}/tags/list?n=1000`, api.registry.origin);
  while (url !== undefined) {
    if (seen.has(url.href) || seen.size >= LIMITS.listingPages) {
      throw new CountersignError("store/too-large", `Cannot ${action} of "${api.name}": it has too many pages, or they go in a circle`);
    }
    seen.add(url.href);
    const response = await api.expect(
      { method: "GET", target: url, access: "pull", maxBytes: LIMITS.listingBytes - bytes, signal: options.signal },
      { accepted: [200], action },
    );
    bytes += response.body.length;
    const answer = decodeAnswer(response, { action: `${action} of "${api.name}"`, maxBytes: LIMITS.listingBytes });
    const listed = isObject(answer) ? answer["tags"] : undefined;
    // docker-registry writes `null` for none.
    const page = listed === null ? [] : listed;
    if (!Array.isArray(page))
      throw new CountersignError("store/invalid-answer", `Cannot ${action} of "${api.name}": the answer holds no list of tags`);
    // One by one: as arguments of one call, a million tags of three bytes would be more than a stack holds.
    for (const tag of page) if (typeof tag === "string") tags.push(tag);
    checkTagCount(tags.length, api.name);
    const next = nextPage(response.headers["link"], url);
    if (next !== undefined && next.origin !== url.origin) {
      throw new CountersignError("store/invalid-answer", `Cannot ${action} of "${api.name}": the next page is on another host`);
    }
    url = next;
  }
  return tags;
}
