/** A store in memory, for tests and for working on content that is not to leave the program. */
import type { Digest } from "../core/digest.ts";
import { Malformed } from "../core/malformed.ts";
import type { Store } from "../core/store.ts";
import { EMPTY_INDEX, type IndexDocument } from "./index-document.ts";
import { blobNotFound, createLocalStore } from "./local-store.ts";

export function openMemoryStore(name: string = "memory"): Store {
  const blobs = new Map<Digest, Uint8Array>();
  let index: IndexDocument = EMPTY_INDEX;
  return createLocalStore({
    name,
    async readBlob(digest, maxBytes) {
      const bytes = blobs.get(digest);
      if (bytes !== undefined && bytes.length > maxBytes)
        throw new Malformed("integrity/size-mismatch", `${digest} is longer than its descriptor says`);
      return bytes;
    },
    async *openBlob(digest) {
      const bytes = blobs.get(digest);
      if (bytes === undefined) throw blobNotFound(name, digest);
      yield bytes;
    },
    async writeBlob(digest, content) {
      // A copy: what the caller does with his bytes later must not change what was stored.
      const pieces: Uint8Array[] = [];
      if (content instanceof Uint8Array) pieces.push(content);
      else for await (const piece of content) pieces.push(piece);
      blobs.set(digest, Buffer.concat(pieces));
    },
    async readIndex() {
      return index;
    },
    async updateIndex(change) {
      index = change(index);
    },
  });
}
