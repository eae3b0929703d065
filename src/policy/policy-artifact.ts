/** A policy in a registry: an artifact of one layer, which is the document. Source: docs/policies.md, "How far it is trusted". */
import { type Descriptor, isObject, parseDescriptor } from "../core/descriptor.ts";
import { type Digest, digestHex, digestOf, parseDigest, tryParseDigest } from "../core/digest.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { OCI_EMPTY, OCI_MANIFEST } from "../core/media-types.ts";
import type { StoredManifest } from "../core/store.ts";
import { encodeJson } from "../encoding/json.ts";
import { decodeManifest } from "../encoding/manifest.ts";

const POLICY_ARTIFACT = "application/vnd.countersign.policy.v1+yaml";

/** The digest of the document that was the policy's first version: signed with the manifest, so that nobody has to walk there. */
const CHAIN_ANNOTATION = "dev.countersign.policy.chain";

interface PolicyManifest {
  /** The document's. */
  readonly layer: Descriptor;
  readonly chain?: Digest;
}

/** The tag of its own by which a version is found once another has the tag that it was put under. No two documents have the same. */
export function versionTag({ version, digest }: { readonly version: number; readonly digest: Digest }): string {
  return `${tagsOfVersion(version)}${digestHex(digest)}`;
}

/** How the tags of all documents begin that call themselves this version. */
export function tagsOfVersion(version: number): string {
  return `v${version}-`;
}

/** In words, why the manifest is no policy's. */
export function readPolicyManifest({ bytes, descriptor }: StoredManifest): PolicyManifest | string {
  try {
    const document = decodeManifest(bytes);
    if (descriptor.mediaType !== OCI_MANIFEST || document["artifactType"] !== POLICY_ARTIFACT) {
      return `its manifest is not of type ${POLICY_ARTIFACT}`;
    }
    const { layers } = document;
    const [layer, ...others]: readonly unknown[] = Array.isArray(layers) ? layers : [];
    if (layer === undefined || others.length > 0) return `it has ${others.length === 0 ? "no layer" : "more layers than one"}`;
    const found = parseDescriptor(layer);
    if (found.mediaType !== POLICY_ARTIFACT) return `its layer is not of type ${POLICY_ARTIFACT}`;
    if (found.size > LIMITS.policyBytes) return `its document is larger than ${LIMITS.policyBytes} bytes`;
    const annotations = isObject(document["annotations"]) ? document["annotations"] : {};
    const chain = annotations[CHAIN_ANNOTATION];
    if (chain === undefined) return { layer: found };
    if (typeof chain !== "string" || tryParseDigest(chain) === undefined) return `its annotation ${CHAIN_ANNOTATION} is no digest`;
    return { layer: found, chain: parseDigest(chain) };
  } catch (error) {
    if (error instanceof Malformed) return error.message;
    throw error;
  }
}

export interface PolicyArtifact {
  readonly blobs: readonly StoredManifest[];
  readonly manifest: StoredManifest;
}

/** The same document is the same artifact, whoever makes it. `chain`: of one that has a predecessor. */
export function writePolicyArtifact(document: Uint8Array, { chain }: { readonly chain?: Digest | undefined } = {}): PolicyArtifact {
  const config = describe(OCI_EMPTY, encodeJson({}));
  const layer = describe(POLICY_ARTIFACT, document);
  const manifest = encodeJson({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: POLICY_ARTIFACT,
    config: config.descriptor,
    layers: [layer.descriptor],
    ...(chain === undefined ? {} : { annotations: { [CHAIN_ANNOTATION]: chain } }),
  });
  return { blobs: [config, layer], manifest: describe(OCI_MANIFEST, manifest) };
}

function describe(mediaType: string, bytes: Uint8Array): StoredManifest {
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}
