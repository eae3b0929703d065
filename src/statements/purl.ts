/** What a package URL says of an image or a package. Source: package-url/purl-spec; type `oci`, and `docker`, which older tools write. */
import { type Digest, digestAlgorithm, digestHex, tryParseDigest } from "../core/digest.ts";
import { splitPackageUrl } from "../encoding/package-url.ts";

/** The digest that stands as version in `pkg:oci/name@sha256%3A…`. */
export function imageDigestOf(purl: string): Digest | undefined {
  const { type, version } = splitPackageUrl(purl) ?? {};
  return version === undefined || (type !== "oci" && type !== "docker") ? undefined : tryParseDigest(version);
}

/** The same as a pair of a digest set. */
export function ociDigestOf(purl: string): readonly [algorithm: string, hex: string] | undefined {
  const digest = imageDigestOf(purl);
  return digest === undefined ? undefined : [digestAlgorithm(digest), digestHex(digest)];
}

/** The name alone, for people: `busybox` of `pkg:apk/alpine/busybox@1.36.1`. */
export function packageNameIn(purl: string): string {
  return splitPackageUrl(purl)?.path.split("/").at(-1) ?? purl;
}
