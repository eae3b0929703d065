/** The images of Kubernetes objects, alone or in lists. */
import { type YamlMap, yamlMember, type YamlNode } from "../encoding/yaml-node.ts";
import { report, type Search } from "./found.ts";
import { isSchemaKind, rendersElsewhere, WORKLOAD_KINDS, workloadKind } from "./kinds.ts";
import { findInPodSpec, malformed } from "./pod-spec.ts";
import { reportLikely } from "./unknown.ts";

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
    object: {
      file: search.object.file,
      ...(search.object.document === undefined ? {} : { document: search.object.document }),
      ...(kind === undefined ? {} : { kind }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
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
  // kubectl takes whatever has items for a list, and applies those; what is beside them is judged as it says.
  if (isNamedList || items?.kind === "list") findInList(here, object, { path, apiVersion, kind });
  if (isNamedList) return;
  const workload = workloadKind(group, kind);
  const remedy = rendersElsewhere(group, kind);
  if (workload !== undefined) findInWorkload(here, object, { path, podSpec: workload.podSpec });
  else if (remedy !== undefined) {
    const message = `${kind} of ${group} deploys what other documents name`;
    report(here, { path, position: object.position }, { reason: "elsewhere", message, remedy });
  } else if (!isSchemaKind(group, kind)) reportLikely(here, object, { path, seenIn: `the kind ${kind} of ${apiVersion}` });
}

function findInList(
  search: Search,
  list: YamlMap,
  { path, apiVersion, kind }: { readonly path: string; readonly apiVersion: string; readonly kind: string },
): void {
  const items = yamlMember(list, "items");
  const at = join(path, "items");
  if (items?.kind !== "list") {
    if (items !== undefined && items.kind !== "null") report(search, { path: at, position: items.position }, malformed("items is no list"));
    return;
  }
  // The items of a `PodList` need not say that they are Pods.
  const known = kind === "List" || !kind.endsWith("List") ? {} : { item: { apiVersion, kind: kind.slice(0, -"List".length) } };
  for (const [index, item] of items.items.entries()) {
    const itemPath = `${at}[${index}]`;
    if (item.kind === "map") findInObject(search, item, { path: itemPath, ...known });
    else reportLikely(search, item, { path: itemPath, seenIn: `the kind ${kind} of ${apiVersion}` });
  }
  const rest: YamlMap = { ...list, entries: list.entries.filter(({ key }) => key !== "items") };
  reportLikely(search, rest, { path, seenIn: `the kind ${kind} of ${apiVersion}` });
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
