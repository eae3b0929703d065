/** The images of Kubernetes objects, alone or in lists. */
import { withoutAbsent } from "../core/without-absent.ts";
import { type YamlMap, yamlMember, type YamlNode } from "../encoding/yaml-node.ts";
import { report, type Search } from "./found.ts";
import { isSchemaKind, rendersElsewhere, WORKLOAD_KINDS, workloadKind } from "./kinds.ts";
import { findInPodSpec, malformed } from "./pod-spec.ts";
import { reportLikely, without } from "./unknown.ts";

/** Labels hold no / and no :, and so at most the bare name of an image; the image of an `rbd` is one of a block device. */
const NO_IMAGES: ReadonlySet<string> = new Set(["labels", "matchLabels", "nodeSelector", "selector", "rbd"]);

/** `path`: of the object within its document. `item`: what a list says of its items where they do not say it. */
export function findInObject(
  search: Search,
  object: YamlMap,
  { path, item }: { readonly path: string; readonly item?: { readonly apiVersion: string; readonly kind: string } },
): void {
  const apiVersion = textOf(object, "apiVersion") ?? item?.apiVersion;
  const kind = textOf(object, "kind") ?? item?.kind;
  const metadata = yamlMember(object, "metadata");
  const namespace = textOf(metadata, "namespace");
  const name = textOf(metadata, "name") ?? textOf(metadata, "generateName");
  const here: Search = {
    ...search,
    told: new Set(),
    object: {
      file: search.object.file,
      ...(search.object.document === undefined ? {} : { document: search.object.document }),
      ...withoutAbsent({ kind, namespace, name }),
    },
  };
  if (apiVersion === undefined || kind === undefined) {
    if (WORKLOAD_KINDS.some((known) => known.kind === kind)) {
      report(here, { path: join(path, "apiVersion"), position: object.position }, malformed("the object has no apiVersion"));
    }
    reportLikely(here, object, { path, seenIn: "a document that is neither a Kubernetes object nor a Compose file" });
    return;
  }
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  const items = yamlMember(object, "items");
  const isNamedList = kind.endsWith("List") && (items !== undefined || kind === "List");
  const seenIn = `the kind ${kind} of ${apiVersion}`;
  // kubectl takes whatever has items for a list, and applies those; the object without them is what it says it is.
  if (items?.kind === "list") findInItems(here, items.items, { path: join(path, "items"), apiVersion, kind, seenIn });
  else if (isNamedList && items !== undefined && items.kind !== "null") {
    report(here, { path: join(path, "items"), position: items.position }, malformed("items is no list"));
  }
  const rest = items?.kind === "list" ? without(object, ["items"]) : object;
  const workload = workloadKind(group, kind);
  const remedy = rendersElsewhere(group, kind);
  if (workload !== undefined) {
    findInWorkload(here, rest, { path, podSpec: workload.podSpec });
    // The cluster writes the status, whatever a manifest says there.
    reportLikely(here, without(rest, ["status"]), { path, seenIn: `the rest of ${seenIn}`, passOver: NO_IMAGES });
  } else if (remedy !== undefined) {
    const message = `${kind} of ${group} deploys what other documents name`;
    report(here, { path, position: object.position }, { reason: "elsewhere", message, remedy });
  } else if (!isSchemaKind(group, kind)) reportLikely(here, rest, { path, seenIn });
}

function findInItems(
  search: Search,
  items: readonly YamlNode[],
  { path, apiVersion, kind, seenIn }: { readonly [K in "path" | "apiVersion" | "kind" | "seenIn"]: string },
): void {
  // The items of a `PodList` need not say that they are Pods.
  const known = kind === "List" || !kind.endsWith("List") ? {} : { item: { apiVersion, kind: kind.slice(0, -"List".length) } };
  for (const [index, item] of items.entries()) {
    const at = `${path}[${index}]`;
    if (item.kind === "map") findInObject(search, item, { path: at, ...known });
    else reportLikely(search, item, { path: at, seenIn });
  }
}

function findInWorkload(
  search: Search,
  object: YamlMap,
  { path, podSpec }: { readonly path: string; readonly podSpec: readonly string[] },
): void {
  let node: YamlNode = object;
  let at = path;
  for (const key of podSpec) {
    const next = yamlMember(node, key);
    at = join(at, key);
    if (next?.kind !== "map") {
      report(search, { path: at, position: (next ?? node).position }, malformed(`${key} is ${next === undefined ? "missing" : "no map"}`));
      return;
    }
    node = next;
  }
  if (node.kind === "map") findInPodSpec(search, node, at);
}

function textOf(node: YamlNode | undefined, key: string): string | undefined {
  const value = yamlMember(node, key);
  return value?.kind === "text" && value.value !== "" ? value.value : undefined;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
