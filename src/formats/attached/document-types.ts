/** Documents that other tools attach to an image as they are, such as `oras attach`: their media type says what they are. */
import type { DocumentForm } from "../../statements/document.ts";
import { CYCLONEDX, SPDX, VULNS_V02 } from "../../statements/predicate-types.ts";

export interface DocumentType {
  readonly form: DocumentForm;
  /** Of the statement that is made of it. */
  readonly predicateType: string;
}

const SPDX_DOCUMENT: DocumentType = { form: "spdx", predicateType: SPDX };

/** Of the artifact, and of its layer where that says anything. Source: IANA; the CycloneDX specification. */
const TYPES: ReadonlyMap<string, DocumentType> = new Map<string, DocumentType>([
  ["application/spdx+json", SPDX_DOCUMENT],
  ["text/spdx+json", SPDX_DOCUMENT],
  ["application/vnd.cyclonedx+json", { form: "cyclonedx", predicateType: CYCLONEDX }],
  ["application/sarif+json", { form: "sarif", predicateType: VULNS_V02 }],
]);

export const DOCUMENT_MEDIA_TYPES: readonly string[] = [...TYPES.keys()];

/** How an artifact of this type carries what it states. */
export function carrierOf(artifactType: string | undefined): "attached" | "document" {
  return documentTypeOf(artifactType) === undefined ? "attached" : "document";
}

export function documentTypeOf(mediaType: string | undefined): DocumentType | undefined {
  return mediaType === undefined ? undefined : TYPES.get(mediaType);
}
