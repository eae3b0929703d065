/** The digest that a build tool wrote down: buildx's metadata file, or the digest file of buildah and podman. */
import { type Digest, tryParseDigest } from "../core/digest.ts";
import { isObject } from "../core/descriptor.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { decodeJson } from "../encoding/json.ts";

/** Digests in a remedy. */
const SHOWN = 8;

/** How each tool is asked for a file that holds the image's digest. */
export const DIGEST_FILES = "`docker buildx build --push --metadata-file FILE`, or `buildah push --digestfile FILE` (podman too)";

/** Source: buildx `--metadata-file` (`containerimage.digest`, under the target's name with bake), buildah and podman `--digestfile`. */
export function parseDigestFile(bytes: Uint8Array, path: string): Digest {
  const text = Buffer.from(bytes).toString("utf8").trim();
  const plain = tryParseDigest(text);
  if (plain !== undefined) return plain;
  const found = new Set(digestsIn(decodeMetadata(bytes, path)));
  const [digest] = found;
  if (digest === undefined || found.size > 1) {
    const [why, remedy] =
      found.size > 1
        ? [`it names ${found.size} images`, `name each digest: REF@${[...found].slice(0, SHOWN).join(", REF@")}`]
        : ["it holds no image digest", `${DIGEST_FILES}; what was built and not pushed has none`];
    throw new CountersignError("file/unreadable", `Cannot take the digest from "${path}": ${why}`, { remedy });
  }
  return digest;
}

function decodeMetadata(bytes: Uint8Array, path: string): unknown {
  try {
    return decodeJson(bytes, { maxBytes: LIMITS.digestFileBytes });
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new CountersignError("file/unreadable", `Cannot take the digest from "${path}": it is neither a digest nor JSON`, {
      remedy: DIGEST_FILES,
      cause: error,
    });
  }
}

function digestsIn(metadata: unknown): readonly Digest[] {
  if (!isObject(metadata)) return [];
  const own = metadata["containerimage.digest"];
  const places =
    own === undefined ? Object.values(metadata).map((target) => (isObject(target) ? target["containerimage.digest"] : undefined)) : [own];
  return places.map((place) => (typeof place === "string" ? tryParseDigest(place) : undefined)).filter((digest) => digest !== undefined);
}
