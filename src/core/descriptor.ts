/** A descriptor: what a blob or manifest is, how long, and its digest. */
import { refuseCaseVariants } from "./case-variants.ts";
import { type Digest, tryParseDigest } from "./digest.ts";
import { Malformed } from "./malformed.ts";

/** Source: OCI image-spec 1.1, descriptor.md. `size` in bytes, `data` the content in standard base64. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly data?: string;
  readonly platform?: Readonly<Record<string, unknown>>;
}

/** Members that decide what a descriptor means to some reader, in the one spelling that they have. */
export const DESCRIPTOR_MEMBERS: readonly string[] = [
  "mediaType",
  "digest",
  "size",
  "annotations",
  "artifactType",
  "urls",
  "data",
  "platform",
];

const PLATFORM_MEMBERS: readonly string[] = ["architecture", "os", "os.version", "os.features", "variant", "features"];

/** Throws `Malformed` for a descriptor that other tools could take for another one. */
export function refuseDescriptorVariants(descriptor: Readonly<Record<string, unknown>>): void {
  refuseCaseVariants(descriptor, DESCRIPTOR_MEMBERS);
  const { platform } = descriptor;
  if (isObject(platform)) refuseCaseVariants(platform, PLATFORM_MEMBERS);
}

/** A descriptor from parsed JSON. Members that we do not know are left out, as the specification asks. */
export function parseDescriptor(value: unknown): Descriptor {
  if (!isObject(value)) throw new Malformed("descriptor/invalid", "a descriptor is not an object");
  refuseDescriptorVariants(value);
  const { mediaType, digest, size, artifactType, annotations, data, platform } = value;
  if (typeof mediaType !== "string" || mediaType === "" || mediaType.length > 255) {
    throw new Malformed("descriptor/invalid", "a descriptor has no mediaType");
  }
  const parsed = typeof digest === "string" ? tryParseDigest(digest) : undefined;
  if (parsed === undefined) throw new Malformed("descriptor/invalid", "a descriptor has no sha256, sha384 or sha512 digest");
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw new Malformed("descriptor/invalid", "a descriptor has no size, or one that is not a whole number of bytes");
  }
  if (artifactType !== undefined && typeof artifactType !== "string") {
    throw new Malformed("descriptor/invalid", "a descriptor's artifactType is not text");
  }
  if (data !== undefined && typeof data !== "string") {
    throw new Malformed("descriptor/invalid", "a descriptor's data is not text");
  }
  if (platform !== undefined && !isObject(platform)) {
    throw new Malformed("descriptor/invalid", "a descriptor's platform is not an object");
  }
  return {
    mediaType,
    digest: parsed,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined || annotations === null ? {} : { annotations: parseAnnotations(annotations) }),
    ...(data === undefined ? {} : { data }),
    ...(platform === undefined ? {} : { platform }),
  };
}

export function parseAnnotations(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) throw new Malformed("descriptor/invalid", "annotations are not an object");
  // A null prototype, so that a hostile name such as __proto__ is a name like any other.
  const annotations: Record<string, string> = Object.create(null);
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== "string") throw new Malformed("descriptor/invalid", "an annotation's value is not text");
    annotations[name] = text;
  }
  return annotations;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
