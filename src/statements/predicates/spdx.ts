/** SPDX 2.2 and 2.3 in JSON. Source: spdx-spec v2.3, schemas/spdx-schema.json. */
import type { ContentOf, PackageName } from "../../core/evidence.ts";
import { LIMITS } from "../../core/limits.ts";
import { decodeJson } from "../../encoding/json.ts";
import { JsonPlace } from "../json-place.ts";
import { describedBy, isContainer } from "./spdx-described.ts";
import { isPackage } from "./package.ts";

const VERSIONS = ["SPDX-2.2", "SPDX-2.3"] as const;
/** What a producer writes who does not know, or found none. */
const NO_LICENSE: ReadonlySet<string> = new Set(["", "NOASSERTION", "NONE"]);

export function readSpdx(predicate: JsonPlace): ContentOf<"sbom"> {
  const document = typeof predicate.value === "string" ? decodeText(predicate) : predicate;
  document.get("spdxVersion").oneOf(VERSIONS);
  document.get("SPDXID").text();
  document.get("dataLicense").text();
  document.get("name").string();
  const at = document.get("creationInfo").get("created").time();
  const names = extractedNames(document);
  // The schema lets the list be absent. That is no bill of materials, and would be one that every policy likes.
  const packages = document.get("packages").list();
  const described = describedBy(document);
  const within = packages.filter((member) => !isContainer(member) || !described.has(member.get("SPDXID").string()));
  return { kind: "sbom", packages: within.flatMap((member) => readPackage(member, names)), at };
}

/** cosign's type `spdx` carries the document as text; its older form of lines with tags is not read. */
function decodeText(predicate: JsonPlace): JsonPlace {
  const text = predicate.string();
  if (!text.trimStart().startsWith("{")) predicate.refuse("is not SPDX in JSON");
  const options = { maxBytes: LIMITS.statementBytes, maxContainers: LIMITS.statementContainers };
  return new JsonPlace(decodeJson(new TextEncoder().encode(text), options), predicate.place);
}

/** Licences that are not on SPDX's list: `LicenseRef-…` to the name that the document gives it. */
function extractedNames(document: JsonPlace): ReadonlyMap<string, string> {
  const infos = document.optional("hasExtractedLicensingInfos")?.list() ?? [];
  return new Map(
    infos.flatMap((info): [string, string][] => {
      const name = info.optional("name")?.textIfAny();
      return name === undefined || NO_LICENSE.has(name) ? [] : [[info.get("licenseId").text(), name]];
    }),
  );
}

/** One for each package URL, so that none of them escapes a policy. */
function readPackage(member: JsonPlace, names: ReadonlyMap<string, string>): readonly PackageName[] {
  member.get("SPDXID").text();
  const version = member.filled("versionInfo")?.string();
  const written = [member.optional("licenseConcluded"), member.optional("licenseDeclared")].map((license) => license?.string() ?? "");
  const licenses = written.filter((license) => !NO_LICENSE.has(license)).map((license) => names.get(license) ?? license);
  const described = {
    name: member.get("name").text(),
    ...(version === undefined ? {} : { version }),
    licenses: [...new Set(licenses)],
  };
  const purls = (member.optional("externalRefs")?.list() ?? []).flatMap((reference) =>
    reference.get("referenceType").string() === "purl" ? [reference.get("referenceLocator").text()] : [],
  );
  const all = purls.length === 0 ? [described] : purls.map((purl) => ({ ...described, purl }));
  const type = member.optional("primaryPackagePurpose")?.string().toLowerCase() ?? "";
  return all.filter((one) => isPackage(one, type));
}
