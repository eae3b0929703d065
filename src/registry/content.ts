/** Content against its descriptor: nothing is handed on that is not exactly what was asked for. */
import type { Descriptor } from "../core/descriptor.ts";
import { digestMatches } from "../core/digest.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { MANIFEST_TYPES } from "../core/media-types.ts";

/** Refuses a declared size before anything is read. */
export function checkDeclaredSize({ mediaType, digest, size }: Descriptor): void {
  const limit = MANIFEST_TYPES.includes(mediaType) ? LIMITS.manifestBytes : LIMITS.subjectBudgetBytes;
  if (size > limit) throw new Malformed("integrity/too-large", `${digest} is said to have ${size} bytes, and ${limit} are the most`);
}

export function checkContent(bytes: Uint8Array, { digest, size }: Descriptor): Uint8Array {
  if (bytes.length !== size)
    throw new Malformed("integrity/size-mismatch", `${digest} has ${bytes.length} bytes, and its descriptor says ${size}`);
  if (!digestMatches(bytes, digest)) throw new Malformed("integrity/digest-mismatch", `the bytes sent for ${digest} have another digest`);
  return bytes;
}
