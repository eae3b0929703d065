/** `--digest-from FILE`: the digest for the one reference of the command line. */
import type { Digest } from "../core/digest.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { formatReference, pinReference, type Reference } from "../core/reference.ts";
import type { CallOptions, ReadonlyStore } from "../core/store.ts";
import { loadNamedFile } from "../files/named.ts";
import type { Call } from "./declaration.ts";
import { DIGEST_FILES, parseDigestFile } from "./digest-file.ts";

/** The reference by that digest. */
export async function digestFrom(
  file: string,
  asked: Reference,
  {
    call,
    store,
    signal,
    verb,
  }: { readonly call: Call; readonly store: ReadonlyStore; readonly signal: AbortSignal; readonly verb: string },
): Promise<Reference> {
  // What is promoted is one image, and its destination stands beside it.
  const isOne = verb === "promote" || (call.words.length === 1 && call.values.text("from") === undefined);
  if (!isOne) {
    throw new CountersignError("usage/invalid", `Cannot use --digest-from "${file}": it is for one reference`, {
      remedy: "name each digest: REF@sha256:…",
    });
  }
  const digest = parseDigestFile(await loadNamedFile(file, { maxBytes: LIMITS.digestFileBytes }), file);
  if (asked.digest !== undefined && asked.digest !== digest) {
    throw new CountersignError("usage/invalid", `Cannot ${verb} "${formatReference(asked)}": "${file}" names ${digest}, another digest`, {
      remedy: "leave out --digest-from, or the digest of the reference",
    });
  }
  const pinned = pinReference(asked, digest);
  await refuseNoImage(digest, { file, pinned, store, call: { signal } });
  return pinned;
}

/**
 * What `--iidfile` writes looks like a digest file, but is the digest of the image's config: the image has it, though
 * not as a manifest. docker-registry fails (status 500) when it is asked for such a manifest, so its answer does not tell.
 */
async function refuseNoImage(
  digest: Digest,
  {
    file,
    pinned,
    store,
    call,
  }: { readonly file: string; readonly pinned: Reference; readonly store: ReadonlyStore; readonly call: CallOptions },
): Promise<void> {
  try {
    await store.resolve({ digest }, call);
  } catch (error) {
    if (!isAnswer(error)) throw error;
    if (await isBlob(digest, store, call)) {
      throw new CountersignError(
        "file/unreadable",
        `Cannot take the digest from "${file}": ${digest} is a part of the image (its config, if the file is from --iidfile), not the image`,
        { remedy: DIGEST_FILES, cause: error },
      );
    }
    if (error.code !== "store/not-found") throw error;
    throw new CountersignError("store/not-found", `Cannot sign "${formatReference(pinned)}": the image that "${file}" names is not there`, {
      remedy: "check the repository, and that this image was pushed to it",
    });
  }
}

/** False if the store could not be asked, or holds damaged bytes. */
function isAnswer(error: unknown): error is CountersignError {
  if (!(error instanceof CountersignError)) return false;
  return error.code === "store/not-found" || error.code === "store/invalid-answer" || error.detail["status"] === 500;
}

/** No size is known, so one is named that it has not: the store then says that it is another, if there is such a blob. */
async function isBlob(digest: Digest, store: ReadonlyStore, call: CallOptions): Promise<boolean> {
  try {
    await store.fetch({ mediaType: "application/octet-stream", digest, size: 0 }, call);
    return true;
  } catch (error) {
    return error instanceof Malformed && error.code === "integrity/size-mismatch";
  }
}
