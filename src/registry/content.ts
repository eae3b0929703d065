/** Content against its descriptor: nothing is handed on that is not exactly what was asked for. */
import { createHash } from "node:crypto";
import type { Descriptor } from "../core/descriptor.ts";
import { digestAlgorithm, digestHex, digestMatches } from "../core/digest.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { isManifestType } from "../core/media-types.ts";
import type { Content } from "../core/store.ts";

/** Refuses a declared size before anything is read. */
export function checkDeclaredSize({ mediaType, digest, size }: Descriptor): void {
  const limit = isManifestType(mediaType) ? LIMITS.manifestBytes : LIMITS.wholeBlobBytes;
  if (size > limit) throw new Malformed("integrity/too-large", `${digest} is said to have ${size} bytes, and ${limit} are the most`);
}

export function checkContent(bytes: Uint8Array, { digest, size }: Descriptor): Uint8Array {
  if (bytes.length !== size)
    throw new Malformed("integrity/size-mismatch", `${digest} has ${bytes.length} bytes, and its descriptor says ${size}`);
  if (!digestMatches(bytes, digest)) throw new Malformed("integrity/digest-mismatch", `the bytes sent for ${digest} have another digest`);
  return bytes;
}

/** The last piece is kept back until the whole has been checked: whoever writes what he gets cannot have all of something else. */
export async function* checkedChunks(chunks: AsyncIterable<Uint8Array>, descriptor: Descriptor): AsyncGenerator<Uint8Array, void> {
  const { digest } = descriptor;
  const hash = createHash(digestAlgorithm(digest));
  let last: Uint8Array | undefined;
  for await (const chunk of sizedChunks(chunks, descriptor)) {
    hash.update(chunk);
    if (last !== undefined) yield last;
    last = chunk;
  }
  if (hash.digest("hex") !== digestHex(digest))
    throw new Malformed("integrity/digest-mismatch", `the bytes sent for ${digest} have another digest`);
  if (last !== undefined) yield last;
}

/** For whoever is checked by the one that takes it: of the right length, or it breaks off. */
export async function* sizedChunks(chunks: AsyncIterable<Uint8Array>, { digest, size }: Descriptor): AsyncGenerator<Uint8Array, void> {
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > size)
      throw new Malformed("integrity/size-mismatch", `${digest} is longer than the ${size} bytes that its descriptor says`);
    yield chunk;
  }
  if (length < size) throw new Malformed("integrity/size-mismatch", `${digest} has ${length} bytes, and its descriptor says ${size}`);
}

/** The content as pieces that are checked as they pass; bytes are checked at once. */
export function checkedContent(content: Content, descriptor: Descriptor): AsyncIterable<Uint8Array> | Uint8Array {
  return content instanceof Uint8Array ? checkContent(content, descriptor) : checkedChunks(content(), descriptor);
}
