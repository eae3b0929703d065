/** Every image that a manifest file names, and whatever in it cannot be judged. */
import { LIMITS } from "../core/limits.ts";
import { decodeYaml } from "../encoding/yaml.ts";
import { yamlMember, type YamlNode } from "../encoding/yaml-node.ts";
import { YamlFault } from "../encoding/yaml-text.ts";
import { COMPOSE_CONFIG, findInCompose } from "./compose.ts";
import type { Found, NamedImage, NotJudged, NotJudgedReason, Search } from "./found.ts";
import { findInObject } from "./kubernetes.ts";
import { reportLikely } from "./unknown.ts";

const HELM_TEMPLATE = "helm template . | countersign verify --manifests -";

/** `file` is what places are told by. A file that is no YAML is itself not judged; nothing is thrown for it. */
export async function readManifest(bytes: Uint8Array, file: string): Promise<Found> {
  try {
    const documents = await decodeYaml(bytes, {
      maxBytes: LIMITS.deploymentFileBytes,
      maxDocuments: LIMITS.deploymentDocuments,
      maxAliasValues: LIMITS.deploymentAliasValues,
      allowsInexactNumbers: true,
    });
    return findImages(documents, file);
  } catch (error) {
    if (!(error instanceof YamlFault)) throw error;
    return { images: [], notJudged: [unreadable(error, { bytes, file })] };
  }
}

function findImages(documents: readonly YamlNode[], file: string): Found {
  const images: NamedImage[] = [];
  const notJudged: NotJudged[] = [];
  for (const [index, document] of documents.entries()) {
    const services = yamlMember(document, "services");
    const isCompose = services?.kind === "map" && yamlMember(document, "kind") === undefined;
    const render = isCompose ? COMPOSE_CONFIG : `fill it in first: ${HELM_TEMPLATE}, or envsubst < FILE | countersign verify --manifests -`;
    const search: Search = { object: { file, document: index + 1 }, render, images, notJudged, told: new Set() };
    if (document.kind !== "map") reportLikely(search, document, { path: "", seenIn: "a document that is no map" });
    else if (isCompose) findInCompose(search, document, services);
    else findInObject(search, document, { path: "" });
  }
  return { images, notJudged };
}

function unreadable(fault: YamlFault, { bytes, file }: { readonly bytes: Uint8Array; readonly file: string }): NotJudged {
  // A template of Helm is no YAML before it is filled in.
  const isTemplate = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes("{{");
  const reason: NotJudgedReason = isTemplate ? "unresolved" : "unreadable";
  const message = isTemplate ? `it is a template that is not filled in (${fault.message})` : `it cannot be read: ${fault.message}`;
  const remedy = isTemplate ? HELM_TEMPLATE : "correct the file, or leave it out";
  return { where: { file, ...(fault.position === undefined ? {} : { line: fault.position.line }) }, reason, message, remedy };
}
