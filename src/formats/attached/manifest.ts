/** The artifact that carries a statement, or a document, beside its subject; who vouches for it signs this manifest. */
import { type Descriptor, isObject, parseAnnotations, parseDescriptor } from "../../core/descriptor.ts";
import { digestOf } from "../../core/digest.ts";
import type { WrittenManifest } from "../../core/format.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { IN_TOTO, OCI_ARTIFACT_MANIFEST, OCI_EMPTY, OCI_MANIFEST } from "../../core/media-types.ts";
import { encodeBase64 } from "../../encoding/base64.ts";
import { decodeManifest } from "../../encoding/manifest.ts";
import { encodeJson } from "../../encoding/json.ts";
import type { DocumentForm } from "../../statements/document.ts";
import { claimFingerprints, THUMBPRINT } from "../notary/manifest.ts";
import { carrierOf, DOCUMENT_MEDIA_TYPES, documentTypeOf } from "./document-types.ts";

/** What the statement's predicate is, for those who look at a listing. Source: BuildKit, "Image attestation storage". */
export const PREDICATE_TYPE = "in-toto.io/predicate-type";

/** Artifact types of what is read here: statements, and documents as they are. */
export const ATTACHED_TYPES: readonly string[] = [IN_TOTO, ...DOCUMENT_MEDIA_TYPES];

export interface AttachedStatement {
  readonly carrier: "attached" | "document";
  /** Where the bytes of the statement, or the document, are. */
  readonly layer: Descriptor;
  readonly subject: Descriptor;
  /** As the layer or the manifest says it, if one does. */
  readonly predicateType?: string;
  /** That it is no statement but a document, and which. */
  readonly document?: DocumentForm;
}

/** The place of the statement or document in a manifest; `null` for "not mine". Throws `Malformed` for "mine but broken". */
export function readAttached(bytes: Uint8Array, manifest: Descriptor): AttachedStatement | null {
  if (manifest.mediaType !== OCI_MANIFEST && manifest.mediaType !== OCI_ARTIFACT_MANIFEST) return null;
  const document = decodeManifest(bytes);
  const artifactType = document["artifactType"];
  if (typeof artifactType !== "string" || !ATTACHED_TYPES.includes(artifactType)) return null;
  if (document["mediaType"] !== undefined && document["mediaType"] !== manifest.mediaType)
    throw refuse("is of another media type than its descriptor says");
  const layers = document[manifest.mediaType === OCI_ARTIFACT_MANIFEST ? "blobs" : "layers"];
  if (!Array.isArray(layers) || layers.length !== 1) throw refuse("does not have exactly one layer");
  const layer = parseDescriptor(layers[0]);
  if (!isObject(document["subject"])) throw refuse("refers to nothing");
  const subject = parseDescriptor(document["subject"]);
  const type = documentTypeOf(artifactType);
  const carrier = carrierOf(artifactType);
  if (type !== undefined) {
    // A tool that is not told the kind of a file writes a general one.
    if ((documentTypeOf(layer.mediaType) ?? type).form !== type.form) throw refuse("has a layer of another kind than it says");
    return { carrier, layer, subject, document: type.form, predicateType: type.predicateType };
  }
  if (layer.mediaType !== IN_TOTO) throw refuse("has a layer that is no statement");
  const annotations = parseAnnotations(document["annotations"] ?? {});
  const predicateType = layer.annotations?.[PREDICATE_TYPE] ?? annotations[PREDICATE_TYPE];
  return { carrier, layer, subject, ...(predicateType === undefined ? {} : { predicateType }) };
}

/** Whether what is listed so can be read here: fallback indexes are known to leave out what something is. */
export function mayBeAttached({ artifactType }: Descriptor): boolean {
  return artifactType === undefined || artifactType === OCI_EMPTY || ATTACHED_TYPES.includes(artifactType);
}

/** What a listing says of the statement or document; not signed there. */
export function claimedPredicateType({ annotations, artifactType }: Descriptor): string | undefined {
  return annotations?.[PREDICATE_TYPE] ?? documentTypeOf(artifactType)?.predicateType;
}

export function writeAttached(options: {
  readonly subject: Descriptor;
  readonly statement: Uint8Array;
  readonly predicateType: string;
  /** Of whoever signs it: whoever trusts one of these looks at it first. */
  readonly chain: readonly Uint8Array[];
}): WrittenManifest {
  const { subject, statement, predicateType, chain } = options;
  const claimed = chain.length === 0 ? {} : { [THUMBPRINT]: claimFingerprints(chain) };
  const annotations = { [PREDICATE_TYPE]: predicateType, ...claimed };
  const emptyBytes = encodeJson({});
  const empty: Descriptor = { mediaType: OCI_EMPTY, ...contentOf(emptyBytes) };
  const layer: Descriptor = { mediaType: IN_TOTO, ...contentOf(statement), annotations: { [PREDICATE_TYPE]: predicateType } };
  const isSmall = statement.length <= LIMITS.embeddedEnvelopeBytes;
  const bytes = encodeJson({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: IN_TOTO,
    config: { ...empty, data: encodeBase64(emptyBytes) },
    layers: [isSmall ? { ...layer, data: encodeBase64(statement) } : layer],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    annotations,
  });
  return {
    descriptor: { mediaType: OCI_MANIFEST, ...contentOf(bytes), artifactType: IN_TOTO, annotations },
    bytes,
    blobs: [
      { descriptor: empty, bytes: emptyBytes },
      { descriptor: layer, bytes: statement },
    ],
  };
}

function contentOf(bytes: Uint8Array): Pick<Descriptor, "digest" | "size"> {
  return { digest: digestOf(bytes), size: bytes.length };
}

function refuse(why: string): Malformed {
  return new Malformed("manifest/invalid", `a manifest that carries a statement ${why}`);
}
