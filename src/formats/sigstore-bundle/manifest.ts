/** The manifest that carries a Sigstore bundle. Source: cosign, BUNDLE_SPEC. */
import { type Descriptor, parseAnnotations, parseDescriptor } from "../../core/descriptor.ts";
import { digestOf } from "../../core/digest.ts";
import type { CarriedEnvelope, Carrier, WrittenManifest } from "../../core/format.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { OCI_EMPTY, OCI_MANIFEST } from "../../core/media-types.ts";
import { encodeBase64 } from "../../encoding/base64.ts";
import { encodeJson } from "../../encoding/json.ts";
import { decodeManifest } from "../../encoding/manifest.ts";
import { IMAGE_SIGNATURE } from "../image-signature.ts";
import { BUNDLE, BUNDLE_TYPES } from "./media-types.ts";

/** What a listing may say of a bundle. It is not signed, and some fallback indexes leave it out (cosign#4641). */
export const BUNDLE_PREDICATE_TYPE = "dev.sigstore.bundle.predicateType";
export const BUNDLE_CONTENT = "dev.sigstore.bundle.content";
const CREATED = "org.opencontainers.image.created";

const EMPTY_CONFIG: Uint8Array = encodeJson({});

export const bundleCarrier: Carrier = {
  // Older versions too: they are shown with the reason why they do not count.
  artifactTypes: BUNDLE_TYPES,
  claimedFingerprints: () => [],
  readManifest,
  writeManifest,
};

/** The config descriptor is not looked at: cosign writes an artifact type into it. */
function readManifest(bytes: Uint8Array, manifest: Descriptor): CarriedEnvelope | null {
  if (manifest.mediaType !== OCI_MANIFEST) return null;
  const { artifactType, mediaType, layers, subject, annotations } = decodeManifest(bytes);
  if (typeof artifactType !== "string" || !BUNDLE_TYPES.includes(artifactType)) return null;
  if (mediaType !== undefined && mediaType !== manifest.mediaType) {
    throw new Malformed("manifest/invalid", "a bundle's manifest is of another media type than its descriptor says");
  }
  if (!Array.isArray(layers)) throw new Malformed("manifest/invalid", "a bundle's manifest has no list of layers");
  if (layers.length !== 1) throw new Malformed("manifest/layers", `a bundle's manifest has ${layers.length} layers instead of one`);
  const predicateType = parseAnnotations(annotations ?? {})[BUNDLE_PREDICATE_TYPE];
  return {
    envelope: parseDescriptor(layers[0]),
    ...(predicateType === undefined ? {} : { predicateType }),
    ...(subject === undefined || subject === null ? {} : { subject: parseDescriptor(subject) }),
  };
}

function writeManifest(options: Parameters<Carrier["writeManifest"]>[0]): WrittenManifest {
  const { subject, envelope, mediaType, signingTime, predicateType = IMAGE_SIGNATURE } = options;
  const empty: Descriptor = { mediaType: OCI_EMPTY, ...contentOf(EMPTY_CONFIG) };
  const layer: Descriptor = { mediaType, ...contentOf(envelope) };
  const annotations = {
    [BUNDLE_CONTENT]: "dsse-envelope",
    [BUNDLE_PREDICATE_TYPE]: predicateType,
    [CREATED]: `${signingTime.toISOString().slice(0, 19)}Z`,
  };
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: BUNDLE,
    config: { ...empty, data: encodeBase64(EMPTY_CONFIG) },
    layers: [envelope.length <= LIMITS.embeddedEnvelopeBytes ? { ...layer, data: encodeBase64(envelope) } : layer],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    annotations,
  });
  return {
    descriptor: { mediaType: OCI_MANIFEST, ...contentOf(bytes), artifactType: BUNDLE, annotations },
    bytes,
    blobs: [
      { descriptor: empty, bytes: EMPTY_CONFIG },
      { descriptor: layer, bytes: envelope },
    ],
  };
}

function contentOf(bytes: Uint8Array): Pick<Descriptor, "digest" | "size"> {
  return { digest: digestOf(bytes), size: bytes.length };
}
