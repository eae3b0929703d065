/** A policy in a registry: an artifact of one layer, which is the document. Source: docs/policies.md, "How far it is trusted". */
import { type Descriptor, isObject, parseDescriptor } from "../core/descriptor.ts";
import { digestOf } from "../core/digest.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { OCI_EMPTY, OCI_MANIFEST } from "../core/media-types.ts";
import type { StoredManifest } from "../core/store.ts";
import { decodeJson, encodeJson } from "../encoding/json.ts";

const POLICY_ARTIFACT = "application/vnd.countersign.policy.v1+yaml";

/** The document's descriptor; in words, why the manifest is no policy's. */
export function readPolicyManifest({ bytes, descriptor }: StoredManifest): Descriptor | string {
  try {
    const document = decodeJson(bytes, { maxBytes: LIMITS.manifestBytes });
    if (descriptor.mediaType !== OCI_MANIFEST || !isObject(document) || document["artifactType"] !== POLICY_ARTIFACT) {
      return `its manifest is not of type ${POLICY_ARTIFACT}`;
    }
    const { layers } = document;
    const [layer, ...others]: readonly unknown[] = Array.isArray(layers) ? layers : [];
    if (layer === undefined || others.length > 0) return `it has ${others.length === 0 ? "no layer" : "more layers than one"}`;
    const found = parseDescriptor(layer);
    if (found.mediaType !== POLICY_ARTIFACT) return `its layer is not of type ${POLICY_ARTIFACT}`;
    return found.size > LIMITS.policyBytes ? `its document is larger than ${LIMITS.policyBytes} bytes` : found;
  } catch (error) {
    if (error instanceof Malformed) return error.message;
    throw error;
  }
}

export interface PolicyArtifact {
  readonly blobs: readonly StoredManifest[];
  readonly manifest: StoredManifest;
}

/** The same document is the same artifact. */
export function writePolicyArtifact(document: Uint8Array): PolicyArtifact {
  const config = describe(OCI_EMPTY, encodeJson({}));
  const layer = describe(POLICY_ARTIFACT, document);
  const manifest = encodeJson({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: POLICY_ARTIFACT,
    config: config.descriptor,
    layers: [layer.descriptor],
  });
  return { blobs: [config, layer], manifest: describe(OCI_MANIFEST, manifest) };
}

function describe(mediaType: string, bytes: Uint8Array): StoredManifest {
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}
