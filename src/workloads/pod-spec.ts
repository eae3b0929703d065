/** The images of a pod: containers of three kinds, and volumes that are images. */
import { type YamlMap, yamlMember, type YamlNode } from "../encoding/yaml-node.ts";
import { addImage, report, type Search } from "./found.ts";

export function findInPodSpec(search: Search, spec: YamlMap, path: string): void {
  const named = search.images.length + search.notJudged.length;
  for (const list of ["initContainers", "containers", "ephemeralContainers"]) {
    for (const { item, at } of itemsOf(search, spec, { path, list })) {
      addImage(search, yamlMember(item, "image"), { path: `${at}.image`, owner: item });
    }
  }
  if (search.images.length + search.notJudged.length === named) {
    report(search, { path: `${path}.containers`, position: spec.position }, malformed("a pod without containers"));
  }
  for (const { item, at } of itemsOf(search, spec, { path, list: "volumes" })) {
    const image = yamlMember(item, "image");
    if (image === undefined || image.kind === "null") continue;
    addImage(search, yamlMember(image, "reference"), { path: `${at}.image.reference`, owner: image });
  }
}

function* itemsOf(
  search: Search,
  spec: YamlMap,
  { path, list }: { readonly path: string; readonly list: string },
): Generator<{ readonly item: YamlNode; readonly at: string }, void> {
  const node = yamlMember(spec, list);
  if (node === undefined || node.kind === "null") return;
  if (node.kind !== "list") {
    report(search, { path: `${path}.${list}`, position: node.position }, malformed(`${list} is no list`));
    return;
  }
  for (const [index, item] of node.items.entries()) {
    const at = `${path}.${list}[${index}]`;
    if (item.kind === "map") yield { item, at };
    else report(search, { path: at, position: item.position }, malformed(`an entry of ${list} is no map`));
  }
}

export function malformed(message: string): { readonly reason: "malformed"; readonly message: string; readonly remedy: string } {
  return { reason: "malformed", message, remedy: "correct the manifest; `kubectl apply --dry-run=server -f FILE` says what is wrong" };
}
