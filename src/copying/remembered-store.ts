/** A store that asks each thing once: for jobs that look at one image again and again, and are to see the same each time. */
import type { Descriptor } from "../core/descriptor.ts";
import type { Listing, ReadonlyStore } from "../core/store.ts";
import { partKey } from "./closure.ts";

/** Bytes that are kept; what is above is asked for again. */
const KEPT_BYTES = 67_108_864;

/** What a digest names is always the same. Listings are those of the first time, and failures are not kept. */
export function rememberReads<S extends ReadonlyStore>(store: S): S {
  const contents = new Map<string, Promise<Uint8Array>>();
  const listings = new Map<string, Promise<Listing>>();
  let kept = 0;
  const remember = (key: string, bytes: Promise<Uint8Array>, size: number): Promise<Uint8Array> => {
    kept += size;
    if (kept <= KEPT_BYTES) once(contents, key, bytes);
    return bytes;
  };
  return {
    ...store,
    resolve: async (target, options) => {
      const found = await store.resolve(target, options);
      const { mediaType, digest, size } = found.descriptor;
      remember(partKey({ mediaType, digest, size }), Promise.resolve(found.bytes), size);
      return found;
    },
    fetch: (descriptor: Descriptor, options) =>
      contents.get(partKey(descriptor)) ?? remember(partKey(descriptor), store.fetch(descriptor, options), descriptor.size),
    referrers: (subject, options) => {
      const key = `${subject} ${options?.artifactTypes?.toSorted().join(" ") ?? "all"}`;
      return listings.get(key) ?? once(listings, key, store.referrers(subject, options));
    },
  };
}

function once<T>(known: Map<string, Promise<T>>, key: string, answer: Promise<T>): Promise<T> {
  known.set(key, answer);
  answer.catch(() => known.delete(key));
  return answer;
}
