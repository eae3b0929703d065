/** Which elements an SPDX document says that it is about. Source: spdx-spec v2.3, 6.1 and 11.1. */
import type { JsonPlace } from "../json-place.ts";

/** Their ids: `documentDescribes`, and what the document DESCRIBES. */
export function describedBy(document: JsonPlace): ReadonlySet<string> {
  const described = new Set((document.optional("documentDescribes")?.list() ?? []).map((id) => id.string()));
  for (const relationship of document.optional("relationships")?.list() ?? []) {
    if (relationship.get("relationshipType").value !== "DESCRIBES") continue;
    if (relationship.get("spdxElementId").value === "SPDXRef-DOCUMENT") described.add(relationship.get("relatedSpdxElement").string());
  }
  return described;
}

export function isContainer(described: JsonPlace): boolean {
  return described.optional("primaryPackagePurpose")?.value === "CONTAINER";
}
