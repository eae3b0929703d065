/** Reads the index under a subject's fallback tag, for whoever lists it and for whoever adds to it. */
import type { Digest } from "../../core/digest.ts";
import { fallbackTag } from "../../core/digest-tags.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { OCI_INDEX } from "../../core/media-types.ts";
import type { CallOptions } from "../../core/store.ts";
import { decodeIndex, type IndexDocument } from "../index-document.ts";
import { mediaTypeOf } from "../../encoding/manifest.ts";
import type { RepositoryApi } from "./api.ts";

/** `undefined` where there is no such tag. Throws `Malformed` for a tag that holds no index that can be read. */
export async function readFallbackTag(api: RepositoryApi, subject: Digest, options: CallOptions): Promise<IndexDocument | undefined> {
  // Another tool may have made it larger than we write; it is still read.
  const maxBytes = LIMITS.listingBytes;
  const response = await api.getManifest(fallbackTag(subject), { ...options, maxBytes });
  if (response === undefined) return undefined;
  if (mediaTypeOf(response.headers["content-type"]) !== OCI_INDEX) {
    throw new Malformed("listing/not-an-index", "it holds another kind of document");
  }
  return decodeIndex(response.body, { maxBytes });
}
