/** Reads what a gate asks of an SBOM. */
import { type Undefinable, withoutAbsent } from "../../core/without-absent.ts";
import type { SbomAsked } from "../requirements/asked.ts";
import { parseLicense } from "../requirements/license.ts";
import { parsePackageUrl } from "../requirements/package-url.ts";
import { readEach } from "./complaints.ts";
import { OBJECTS } from "./fields.ts";
import type { Need } from "./need.ts";
import { type Place, quote } from "./place.ts";
import { readBy, readWho, type Whose } from "./read-whose.ts";

export function readSbom(place: Place): Need {
  const { by, assertedBy, ...asked } = place.object<Pick<Whose, "by" | "assertedBy"> & Undefinable<SbomAsked>>(OBJECTS.sbom, (fields) => ({
    by: () => readBy(fields),
    assertedBy: () => readWho(fields.optional("asserted")),
    licenses: () => readLicenses(fields.optional("licenses")),
    deniedPackages: () => readPackages(fields.optional("packages")),
  }));
  return { kind: "sbom", by, assertedBy, asked: { ...withoutAbsent(asked), deniedPackages: asked.deniedPackages ?? [] } };
}

function readLicenses(place: Place | undefined): SbomAsked["licenses"] {
  if (place === undefined) return undefined;
  const { deny, allow, unknown } = place.object<{
    deny: readonly string[];
    allow: readonly string[] | undefined;
    unknown: "allow" | undefined;
  }>(OBJECTS.licenses, (fields) => ({
    deny: () => {
      if (fields.optional("deny") === undefined && fields.optional("allow") === undefined)
        return place.refuse("has neither deny nor allow", `write ${OBJECTS.licenses.example}`);
      return readLicenseList(fields.optional("deny"), "[AGPL-3.0-only]") ?? [];
    },
    allow: () => readLicenseList(fields.optional("allow"), "[Apache-2.0, MIT]"),
    unknown: () => readAllow(fields.optional("unknown")),
  }));
  return { deny, ...withoutAbsent({ allow, unknown }) };
}

function readPackages(place: Place | undefined): readonly string[] {
  if (place === undefined) return [];
  return place.object<{ deny: readonly string[] }>(OBJECTS.packages, (fields) => ({
    deny: () => {
      const list = fields.required("deny");
      return readEach(list.list("a list of package URLs", '["pkg:npm/event-stream"]'), (item) => {
        const text = item.text('"pkg:npm/event-stream"');
        if (parsePackageUrl(text) !== undefined) return text;
        return item.refuse(`is ${quote(text)}, which is no package URL`, 'write its type and name: "pkg:npm/event-stream"');
      });
    },
  })).deny;
}

function readLicenseList(place: Place | undefined, example: string): readonly string[] | undefined {
  const items = place?.list("a list of licences", example);
  const texts =
    items === undefined
      ? undefined
      : readEach(items, (item) => {
          const text = item.text(example);
          const joined = parseLicense(text);
          return joined === undefined || joined.kind === "license"
            ? text
            : item.refuse(`is ${quote(text)}, which joins several licences`, "write each by itself");
        });
  return texts && [...new Set(texts)].toSorted();
}

/** Whether what is not known is let pass. */
export function readAllow(place: Place | undefined): "allow" | undefined {
  return place?.oneOf(["deny", "allow"]) === "allow" ? "allow" : undefined;
}
