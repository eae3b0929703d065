/** Documents that other tools attach to an image as they are, such as `oras attach`: their media type says what they are. */
import type { DocumentForm } from "../../statements/document.ts";

export interface DocumentType {
  readonly form: DocumentForm;
  /** Of the statement that is made of it. */
  readonly predicateType: string;
}

const SPDX: DocumentType = { form: "spdx", predicateType: "https://spdx.dev/Document" };

/** Of the artifact, and of its layer where that says anything. Source: IANA; the CycloneDX specification. */
const TYPES: ReadonlyMap<string, DocumentType> = new Map<string, DocumentType>([
  ["application/spdx+json", SPDX],
  ["text/spdx+json", SPDX],
  ["application/vnd.cyclonedx+json", { form: "cyclonedx", predicateType: "https://cyclonedx.org/bom" }],
  ["application/sarif+json", { form: "sarif", predicateType: "https://in-toto.io/attestation/vulns/v0.2" }],
]);

export const DOCUMENT_MEDIA_TYPES: readonly string[] = [...TYPES.keys()];

export function documentTypeOf(mediaType: string | undefined): DocumentType | undefined {
  return mediaType === undefined ? undefined : TYPES.get(mediaType);
}
