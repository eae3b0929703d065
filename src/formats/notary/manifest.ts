/** The manifest that carries a Notary Project envelope. Source: signature-specification, "OCI Signatures". */
import { type Descriptor, isObject, parseAnnotations, parseDescriptor } from "../../core/descriptor.ts";
import { digestHex, digestOf } from "../../core/digest.ts";
import type { CarriedEnvelope, Carrier, WrittenManifest } from "../../core/format.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { OCI_ARTIFACT_MANIFEST, OCI_EMPTY, OCI_MANIFEST } from "../../core/media-types.ts";
import { encodeBase64 } from "../../encoding/base64.ts";
import { encodeJson } from "../../encoding/json.ts";
import { decodeManifest } from "../../encoding/manifest.ts";
import { NOTARY_SIGNATURE } from "./media-types.ts";

/** A JSON array, as text, of the SHA-256 of every certificate of the chain, leaf first. */
export const THUMBPRINT = "io.cncf.notary.x509chain.thumbprint#S256";
const CREATED = "org.opencontainers.image.created";

const EMPTY_CONFIG: Uint8Array = encodeJson({});

export const notaryCarrier: Carrier = {
  artifactTypes: [NOTARY_SIGNATURE],
  claimedFingerprints,
  readManifest,
  writeManifest,
};

function readManifest(bytes: Uint8Array, manifest: Descriptor): CarriedEnvelope | null {
  if (manifest.mediaType !== OCI_MANIFEST && manifest.mediaType !== OCI_ARTIFACT_MANIFEST) return null;
  const document = decodeManifest(bytes);
  if (!isMine(document, manifest.mediaType)) return null;
  if (document["mediaType"] !== undefined && document["mediaType"] !== manifest.mediaType) {
    throw new Malformed("manifest/invalid", "a signature manifest is of another media type than its descriptor says");
  }
  const envelope = parseDescriptor(onlyLayer(document, manifest.mediaType));
  const { subject, annotations } = document;
  // They decide nothing, but other verifiers refuse a manifest with broken ones.
  parseAnnotations(annotations ?? {});
  return { envelope, ...(subject === undefined || subject === null ? {} : { subject: parseDescriptor(subject) }) };
}

/** One of two forms, and nothing between them: a mixed manifest is not a signature. */
function isMine(document: Readonly<Record<string, unknown>>, mediaType: string): boolean {
  const { artifactType, config } = document;
  if (mediaType === OCI_ARTIFACT_MANIFEST) return artifactType === NOTARY_SIGNATURE;
  const configType = isObject(config) ? config["mediaType"] : undefined;
  return artifactType === undefined || artifactType === ""
    ? configType === NOTARY_SIGNATURE
    : artifactType === NOTARY_SIGNATURE && configType === OCI_EMPTY;
}

function onlyLayer(document: Readonly<Record<string, unknown>>, mediaType: string): unknown {
  const layers = document[mediaType === OCI_ARTIFACT_MANIFEST ? "blobs" : "layers"];
  if (!Array.isArray(layers)) throw new Malformed("manifest/invalid", "a signature manifest has no list of layers");
  if (layers.length !== 1) throw new Malformed("manifest/layers", `a signature manifest has ${layers.length} layers instead of one`);
  return layers[0];
}

/** What is not a list of fingerprints claims none: the annotation is unsigned and only orders the work. */
function claimedFingerprints(annotations: Readonly<Record<string, string>>): readonly string[] {
  const text = annotations[THUMBPRINT] ?? "";
  const found = /^\[\s*("[0-9A-Fa-f]{64}"\s*(,\s*"[0-9A-Fa-f]{64}"\s*)*)\]$/.test(text.slice(0, 1024)) ? text : "";
  return (found.match(/[0-9A-Fa-f]{64}/g) ?? []).map((fingerprint) => fingerprint.toLowerCase());
}

/** As the annotation `THUMBPRINT` has them. */
export function claimFingerprints(chain: readonly Uint8Array[]): string {
  return JSON.stringify(chain.map((certificate) => digestHex(digestOf(certificate))));
}

function writeManifest(options: Parameters<Carrier["writeManifest"]>[0]): WrittenManifest {
  const { subject, envelope, mediaType, chain, signingTime, form } = options;
  const empty: Descriptor = { mediaType: form === "artifact" ? OCI_EMPTY : NOTARY_SIGNATURE, ...contentOf(EMPTY_CONFIG) };
  const layer: Descriptor = { mediaType, ...contentOf(envelope) };
  const annotations = {
    [THUMBPRINT]: claimFingerprints(chain),
    [CREATED]: `${signingTime.toISOString().slice(0, 19)}Z`,
  };
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    ...(form === "artifact" ? { artifactType: NOTARY_SIGNATURE } : {}),
    config: form === "artifact" ? { ...empty, data: encodeBase64(EMPTY_CONFIG) } : empty,
    layers: [envelope.length <= LIMITS.embeddedEnvelopeBytes ? { ...layer, data: encodeBase64(envelope) } : layer],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    annotations,
  });
  return {
    descriptor: { mediaType: OCI_MANIFEST, ...contentOf(bytes), artifactType: NOTARY_SIGNATURE, annotations },
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
