/** CycloneDX 1.4 to 1.7 in JSON. Source: CycloneDX/specification, schema/bom-1.4.schema.json to bom-1.7.schema.json. */
import type { ContentOf, PackageName } from "../../core/evidence.ts";
import type { JsonPlace } from "../json-place.ts";
import { isPackage } from "./package.ts";

const VERSIONS = ["1.4", "1.5", "1.6", "1.7"] as const;

export function readCycloneDx(predicate: JsonPlace): ContentOf<"sbom"> {
  predicate.get("bomFormat").oneOf(["CycloneDX"]);
  predicate.get("specVersion").oneOf(VERSIONS);
  const at = predicate.optional("metadata")?.optional("timestamp")?.time();
  // The schema lets the list be absent. That is no bill of materials, and would be one that every policy likes.
  const packages = predicate.get("components").list().flatMap(readComponent);
  return { kind: "sbom", packages, ...(at === undefined ? {} : { at }) };
}

/** The component and those that are part of it. */
function readComponent(component: JsonPlace): readonly PackageName[] {
  const type = component.get("type").text();
  const name = component.get("name").string();
  const group = component.filled("group")?.string();
  const version = component.filled("version")?.string();
  const purl = component.filled("purl")?.string();
  const lists = [component.optional("licenses"), component.optional("evidence")?.optional("licenses")];
  const licenses = [...new Set(lists.flatMap((list) => list?.list() ?? []).map(readLicense))];
  const described = {
    name: group === undefined ? name : `${group}/${name}`,
    ...(version === undefined ? {} : { version }),
    ...(purl === undefined ? {} : { purl }),
    licenses,
  };
  const parts = (component.optional("components")?.list() ?? []).flatMap(readComponent);
  return isPackage(described, type) ? [described, ...parts] : parts;
}

/** An id that SPDX does not list is a name like any other: the document is not refused for it. */
function readLicense(choice: JsonPlace): string {
  const expression = choice.optional("expression");
  if (expression !== undefined) return expression.text();
  const license = choice.get("license");
  return (license.optional("id") ?? license.get("name")).text();
}
