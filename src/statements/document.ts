/** Documents that hang on an image as a tool has written them, read as the statement that `attest` would have made of them. */
import { LIMITS } from "../core/limits.ts";
import { decodeJson } from "../encoding/json.ts";
import { JsonPlace } from "./json-place.ts";
import { CYCLONEDX_DOCUMENT, SARIF_LOG, SPDX_DOCUMENT } from "./recognise-json.ts";
import type { RecognisedDocument } from "./recognised.ts";

export type DocumentForm = "spdx" | "cyclonedx" | "sarif";

const READERS = { spdx: SPDX_DOCUMENT, cyclonedx: CYCLONEDX_DOCUMENT, sarif: SARIF_LOG };

/** Throws `Malformed`. */
export function readDocument(bytes: Uint8Array, form: DocumentForm): Omit<RecognisedDocument, "form"> {
  const value = decodeJson(bytes, { maxBytes: LIMITS.statementBytes, maxContainers: LIMITS.statementContainers });
  return READERS[form].read(new JsonPlace(value, "document"), {});
}
