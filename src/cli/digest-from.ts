/** `--digest-from FILE`: the digest for the one reference of the command line. */
import type { Digest } from "../core/digest.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { formatReference, type Reference } from "../core/reference.ts";
import { loadNamedFile } from "../files/named.ts";
import type { Call } from "./declaration.ts";
import { parseDigestFile } from "./digest-file.ts";

export async function digestFrom(file: string, asked: Reference, { words, values }: Call): Promise<Digest> {
  if (words.length !== 1 || values.text("from") !== undefined) {
    throw new CountersignError("usage/invalid", `Cannot use --digest-from "${file}": it is for one reference`, {
      remedy: "name each digest: REF@sha256:…",
    });
  }
  const digest = parseDigestFile(await loadNamedFile(file, { maxBytes: LIMITS.digestFileBytes }), file);
  if (asked.digest !== undefined && asked.digest !== digest) {
    throw new CountersignError("usage/invalid", `Cannot sign "${formatReference(asked)}": "${file}" names ${digest}, another digest`, {
      remedy: "leave out --digest-from, or the digest of the reference",
    });
  }
  return digest;
}
