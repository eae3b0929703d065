/** Media types of the OCI and Docker documents that registries hold. */

export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
export const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
/** Retired with image-spec 1.1; written by early 1.1 clients and read still. */
export const OCI_ARTIFACT_MANIFEST = "application/vnd.oci.artifact.manifest.v1+json";
export const OCI_EMPTY = "application/vnd.oci.empty.v1+json";
/** A statement: in a DSSE envelope, in a layer, and of the artifact that carries one. */
export const IN_TOTO = "application/vnd.in-toto+json";

/** Every document that may stand under a tag or a manifest digest. */
export const MANIFEST_TYPES: readonly string[] = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST, OCI_ARTIFACT_MANIFEST];

export function isManifestType(mediaType: string): boolean {
  return MANIFEST_TYPES.includes(mediaType);
}
