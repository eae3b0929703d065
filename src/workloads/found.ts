/** What manifests name: images with the place of each, and what cannot be judged and must not be passed over. */
import { CountersignError } from "../core/errors.ts";
import { parseReference, type RegistryReference } from "../core/reference.ts";
import { quoteWord } from "../core/shell.ts";
import type { YamlNode, YamlPosition } from "../encoding/yaml-node.ts";

/** Where something stands. A whole file or folder has only its path. */
export interface ManifestPlace {
  readonly file: string;
  readonly line?: number;
  /** 1 for the first document of the file. */
  readonly document?: number;
  /** Such as `Deployment`; `service` for one of a Compose file. */
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Such as `spec.template.spec.containers[0].image`. */
  readonly path?: string;
}

export interface NamedImage {
  /** As it is written. */
  readonly text: string;
  readonly reference: RegistryReference;
  readonly where: ManifestPlace;
}

/**
 * `unknown-kind`: seen where this version does not know what it means. `malformed`: not what the kind asks for, or no
 * reference. `unresolved`: a template or variable that is not filled in. `elsewhere`: the images are named in other
 * documents, which are not here. `unreadable`: a file that is no YAML, or is not read.
 */
export type NotJudgedReason = "unknown-kind" | "malformed" | "unresolved" | "elsewhere" | "unreadable";

export interface NotJudged {
  readonly where: ManifestPlace;
  readonly reason: NotJudgedReason;
  /** What stands there, if it is a text. */
  readonly text?: string;
  readonly message: string;
  readonly remedy: string;
}

export interface Found {
  readonly images: readonly NamedImage[];
  readonly notJudged: readonly NotJudged[];
}

/** The object that is looked at, and the lists for what is found in it. */
export interface Search {
  readonly object: Pick<ManifestPlace, "file" | "document" | "kind" | "namespace" | "name">;
  /** Fills in variables and templates, for whoever reads that there is one. */
  readonly render: string;
  readonly images: NamedImage[];
  readonly notJudged: NotJudged[];
  /** What was written where the object must name an image: it is judged or told by that place, and not again by another. */
  readonly told: Set<string>;
}

export function report(
  search: Search,
  { path, position }: { readonly path: string; readonly position: YamlPosition },
  what: Omit<NotJudged, "where">,
): void {
  search.notJudged.push({ where: { ...search.object, path, line: position.line }, ...what });
}

/** A value that must be an image. `owner` is what must have it. */
export function addImage(
  search: Search,
  node: YamlNode | undefined,
  { path, owner }: { readonly path: string; readonly owner: YamlNode },
): void {
  const text = node?.kind === "text" ? node.value : "";
  if (node === undefined || text === "") {
    const message = node === undefined || node.kind === "text" || node.kind === "null" ? "no image is named" : "the image is no text";
    const remedy = "name the image, in quotes if it looks like a number";
    report(search, { path, position: (node ?? owner).position }, { reason: "malformed", message, remedy });
    return;
  }
  search.told.add(text);
  const place = { path, position: node.position };
  if (/\{\{|\$/.test(text)) {
    const message = text.includes("{{")
      ? "the image is a template that is not filled in"
      : "the image has a variable that is not filled in";
    report(search, place, { reason: "unresolved", text, message, remedy: search.render });
    return;
  }
  try {
    const reference = parseReference(text);
    // To a cluster, `oci:x` is an image of the Docker Hub; it must not be judged by a folder of this machine.
    if (reference.kind === "registry") search.images.push({ text, reference, where: { ...search.object, path, line: node.position.line } });
    else
      report(search, place, {
        reason: "malformed",
        text,
        message: "the image is not in a registry",
        remedy: "name it registry/repository:tag",
      });
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    report(search, place, { reason: "malformed", text, message: error.message, remedy: error.remedy });
  }
}

/** `countersign verify TEXT`, for a text that is a reference. */
export function verifyCommand(text: string): string {
  return `countersign verify ${quoteWord(text)}`;
}
