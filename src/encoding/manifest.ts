/** The few facts of a manifest that stores and copying need: its members, its type, what it refers to, and how a listing describes it. */
import { refuseCaseVariants } from "../core/case-variants.ts";
import { type Descriptor, isObject, parseAnnotations, parseDescriptor, refuseDescriptorVariants } from "../core/descriptor.ts";
import type { Digest } from "../core/digest.ts";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { DOCKER_LIST, isManifestType, OCI_INDEX } from "../core/media-types.ts";
import { decodeJson } from "./json.ts";

/** Members that decide what a manifest or an index means to some reader. */
export const MANIFEST_MEMBERS: readonly string[] = [
  "schemaVersion",
  "mediaType",
  "artifactType",
  "config",
  "layers",
  "manifests",
  "blobs",
  "subject",
  "annotations",
];

export interface ManifestFacts {
  readonly mediaType?: string;
  /** As the referrers API computes it: `artifactType`, else the config's media type. Source: distribution-spec 1.1, "Listing Referrers". */
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly subject?: Descriptor;
}

/** The media type that a `Content-Type` header names, without its parameters. */
export function mediaTypeOf(contentType: string | undefined): string {
  return contentType?.split(";", 1)[0]?.trim() ?? "";
}

/** Its members, of whatever kind. Throws `Malformed` for what is no manifest. */
export function decodeManifest(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const document = decodeJson(bytes, { maxBytes: LIMITS.manifestBytes });
  if (!isObject(document)) throw new Malformed("manifest/invalid", "a manifest is not an object");
  refuseVariants(document);
  return document;
}

/** Whoever runs the image may take `Manifests` for `manifests`, and would run another than the one that is judged here. */
function refuseVariants(manifest: Readonly<Record<string, unknown>>): void {
  refuseCaseVariants(manifest, MANIFEST_MEMBERS);
  const { config, layers, manifests, blobs, subject } = manifest;
  for (const part of [config, layers, manifests, blobs, subject].flat()) if (isObject(part)) refuseDescriptorVariants(part);
}

/** Throws `Malformed` for what is no manifest. */
export function decodeManifestFacts(bytes: Uint8Array): ManifestFacts {
  const document = decodeManifest(bytes);
  const { mediaType, config, annotations, subject } = document;
  const declared = document["artifactType"];
  const configType = isObject(config) ? config["mediaType"] : undefined;
  const artifactType = typeof declared === "string" && declared !== "" ? declared : configType;
  return {
    ...(typeof mediaType === "string" ? { mediaType } : {}),
    ...(typeof artifactType === "string" ? { artifactType } : {}),
    ...(isObject(annotations) ? { annotations: parseAnnotations(annotations) } : {}),
    ...(isObject(subject) ? { subject: parseDescriptor(subject) } : {}),
  };
}

/** How a listing describes a referrer: the manifest's own artifact type and annotations. */
export function describeReferrer(
  content: { readonly mediaType: string; readonly digest: Digest; readonly size: number },
  facts: ManifestFacts,
): Descriptor {
  return {
    mediaType: content.mediaType,
    digest: content.digest,
    size: content.size,
    ...(facts.artifactType === undefined ? {} : { artifactType: facts.artifactType }),
    ...(facts.annotations === undefined ? {} : { annotations: facts.annotations }),
  };
}

/**
 * The media type of a manifest that came as `contentType`. One document must not be an index to one reader and an
 * image to another (CVE-2021-41190): header and body agree, and no document has both `manifests` and `layers`.
 */
export function checkManifestType(contentType: string, options: { readonly bytes: Uint8Array; readonly name: string }): string {
  const refuse = (why: string): CountersignError =>
    new CountersignError("store/invalid-answer", `Cannot read manifest "${options.name}": ${why}`);
  const mediaType = mediaTypeOf(contentType);
  if (!isManifestType(mediaType)) throw refuse(`it came as "${showForeign(mediaType, 128)}", which is no manifest that Countersign knows`);
  const document = decodeJson(options.bytes, { maxBytes: LIMITS.manifestBytes });
  if (!isObject(document)) throw refuse("it is not an object");
  refuseVariants(document);
  const inside = document["mediaType"];
  if (inside !== undefined && inside !== mediaType) throw refuse(`it came as ${mediaType} and says that it is something else`);
  const isIndex = mediaType === OCI_INDEX || mediaType === DOCKER_LIST;
  if (document["manifests"] !== undefined && (document["layers"] !== undefined || document["config"] !== undefined || !isIndex)) {
    throw refuse("it can be read as an index and as an image");
  }
  if (isIndex && document["layers"] !== undefined) throw refuse("it can be read as an index and as an image");
  return mediaType;
}
