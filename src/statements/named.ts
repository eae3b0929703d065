/** Which image a bill of materials or a VEX document says that it is about. */
import { isObject } from "../core/descriptor.ts";
import { type Digest, tryParseDigest } from "../core/digest.ts";
import type { ContentOf, StatementSubject } from "../core/evidence.ts";
import { decodeManifest } from "../encoding/manifest.ts";
import type { NamedDigest } from "./importers/scan.ts";
import type { JsonPlace } from "./json-place.ts";
import { describedBy, isContainer } from "./predicates/spdx-described.ts";
import { imageDigestOf } from "./purl.ts";

/** Tools that have looked at a local image know only the digest of its configuration, which its manifest says. */
export async function isNamed(
  digests: readonly NamedDigest[],
  image: { readonly digest: Digest; fetchManifest(): Promise<Uint8Array> },
): Promise<boolean> {
  if (digests.some(({ digest }) => digest === image.digest)) return true;
  if (!digests.some(({ of }) => of === "config")) return false;
  const { config } = decodeManifest(await image.fetchManifest());
  return isObject(config) && digests.some(({ of, digest }) => of === "config" && digest === config["digest"]);
}

/** The digests of a statement's subjects that can be of an image. */
export function namedBySubjects(subjects: readonly Pick<StatementSubject, "digest">[]): readonly NamedDigest[] {
  return subjects.flatMap(({ digest }) => Object.entries(digest).flatMap(([algorithm, hex]) => named("manifest", `${algorithm}:${hex}`)));
}

export function namedByVex({ statements }: ContentOf<"vex">): readonly NamedDigest[] {
  return namedBySubjects(statements.flatMap(({ products }) => products.map(({ digests }) => ({ digest: digests }))));
}

/** Of the component that it describes: its package URL, what syft writes as its version, what Trivy notes in its properties. */
export function namedByCycloneDx(document: JsonPlace): readonly NamedDigest[] {
  const component = document.optional("metadata")?.optional("component");
  if (component === undefined) return [];
  const isImage = component.optional("type")?.value === "container";
  const hashes = isImage ? (component.optional("hashes")?.list() ?? []) : [];
  return [
    ...namedByPurl(component.filled("purl")),
    ...(isImage ? named("manifest", component.filled("version")?.string() ?? "") : []),
    ...hashes.flatMap((hash) => namedByHash(hash.get("alg"), hash.get("content"))),
    ...(component.optional("properties")?.list() ?? []).flatMap((property) =>
      namedByTrivy(property.optional("name"), property.optional("value")),
    ),
  ];
}

/** Of the packages that it describes: their package URLs and checksums, what Trivy notes beside them. */
export function namedBySpdx(document: JsonPlace): readonly NamedDigest[] {
  const described = describedBy(document);
  return document
    .get("packages")
    .list()
    .filter((one) => described.has(one.get("SPDXID").string()))
    .flatMap(namedByPackage);
}

function namedByPackage(described: JsonPlace): readonly NamedDigest[] {
  const checksums = isContainer(described) ? (described.optional("checksums")?.list() ?? []) : [];
  const notes = [
    ...(described.optional("attributionTexts")?.list() ?? []),
    ...(described.optional("annotations")?.list() ?? []).map((annotation) => annotation.get("comment")),
  ];
  return [
    ...(described.optional("externalRefs")?.list() ?? []).flatMap((reference) => namedByPurl(reference.filled("referenceLocator"))),
    ...checksums.flatMap((checksum) => namedByHash(checksum.get("algorithm"), checksum.get("checksumValue"))),
    ...notes.flatMap((note) => {
      const [name = "", value = ""] = note.string().split(": ", 2);
      return namedByNote(name, value);
    }),
  ];
}

function namedByPurl(purl: JsonPlace | undefined): readonly NamedDigest[] {
  return named("manifest", imageDigestOf(purl?.string() ?? "") ?? "");
}

/** `SHA-256` or `SHA256`. */
function namedByHash(algorithm: JsonPlace, hex: JsonPlace): readonly NamedDigest[] {
  return named("manifest", `${algorithm.string().toLowerCase().replace("-", "")}:${hex.string()}`);
}

function namedByTrivy(name: JsonPlace | undefined, value: JsonPlace | undefined): readonly NamedDigest[] {
  const [, note] = /^aquasecurity:trivy:(\w+)$/.exec(name?.string() ?? "") ?? [];
  return note === undefined ? [] : namedByNote(note, value?.string() ?? "");
}

function namedByNote(name: string, value: string): readonly NamedDigest[] {
  if (name === "ImageID") return named("config", value);
  return name === "RepoDigest" ? named("manifest", value.slice(value.lastIndexOf("@") + 1)) : [];
}

function named(of: NamedDigest["of"], text: string): readonly NamedDigest[] {
  const digest = tryParseDigest(text);
  return digest === undefined ? [] : [{ of, digest }];
}
