/** The two documents of an OCI image layout, in a folder or in an archive. Source: OCI image-spec 1.1, image-layout.md. */
import { join } from "node:path/posix";
import { isObject, refuseDescriptorVariants } from "../core/descriptor.ts";
import { type Digest, digestAlgorithm, digestHex } from "../core/digest.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { decodeJson, encodeJson } from "../encoding/json.ts";
import { decodeIndex, type IndexDocument } from "./index-document.ts";

export const LAYOUT_FILE = "oci-layout";
export const INDEX_FILE = "index.json";
export const LAYOUT_FILE_BYTES = 4096;
const VERSION = "1.0.0";

export function blobPath(digest: Digest): string {
  return join("blobs", digestAlgorithm(digest), digestHex(digest));
}

export function encodeLayoutFile(): Uint8Array {
  return encodeJson({ imageLayoutVersion: VERSION });
}

/** `bytes` of the layout file, which says of what version the rest is. `what` reads `layout "path"`. */
export function checkLayoutFile(bytes: Uint8Array | undefined, what: string): void {
  if (bytes === undefined) {
    const remedy = `check the path: an image layout has the files ${LAYOUT_FILE} and ${INDEX_FILE} in it`;
    throw new CountersignError("store/not-found", `Cannot open ${what}: there is no ${LAYOUT_FILE} file`, { remedy });
  }
  const document = orInvalid(() => decodeJson(bytes, { maxBytes: LAYOUT_FILE_BYTES }), what, LAYOUT_FILE);
  const version = isObject(document) ? document["imageLayoutVersion"] : undefined;
  if (version !== VERSION) throw new CountersignError("store/invalid-answer", `Cannot open ${what}: its version is not ${VERSION}`);
}

function decodeLayoutIndex(bytes: Uint8Array | undefined, what: string): IndexDocument {
  if (bytes === undefined) throw new CountersignError("store/not-found", `Cannot read ${what}: there is no ${INDEX_FILE} file`);
  return orInvalid(() => decodeUnmistakable(bytes), what, INDEX_FILE);
}

/** As `decodeLayoutIndex`; for the same bytes the same document, so that what was found out about it holds on. */
export function createIndexDecoder(): typeof decodeLayoutIndex {
  let last: { readonly bytes: Uint8Array; readonly index: IndexDocument } | undefined;
  return (bytes, what) => {
    if (bytes !== undefined && last !== undefined && Buffer.compare(bytes, last.bytes) === 0) return last.index;
    const index = decodeLayoutIndex(bytes, what);
    if (bytes !== undefined) last = { bytes, index };
    return index;
  };
}

/**
 * Other tools take `Manifests` for `manifests`, and would find another image under the same name than the one that is
 * judged here.
 */
function decodeUnmistakable(bytes: Uint8Array): IndexDocument {
  const index = decodeIndex(bytes, { maxBytes: LIMITS.listingBytes });
  for (const entry of index.entries) if (isObject(entry)) refuseDescriptorVariants(entry);
  return index;
}

function orInvalid<T>(decode: () => T, what: string, file: string): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new CountersignError("store/invalid-answer", `Cannot read ${what}: its ${file} cannot be read`, { cause: error });
  }
}
