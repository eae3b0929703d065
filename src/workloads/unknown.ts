/** Documents of which it is not known what they mean: whatever looks like an image is told, and nothing is judged. */
import type { YamlEntry, YamlNode } from "../encoding/yaml-node.ts";
import { report, type Search, verifyCommand } from "./found.ts";

/** `image`, `images`, `baseImage`, `RELATED_IMAGE_X`, and what a Kubernetes volume calls one. */
const IMAGE_KEY = /image|^reference$/i;
/** They say how an image is fetched. */
const NO_IMAGE = /^imagePull(?:Policy|Secrets?)$/i;
/** Anywhere, also within a longer text. */
const DIGEST = /@sha(?:256|512):[0-9a-f]{64,128}/g;
const NAME_LETTER = /[A-Za-z0-9._/:-]/;
/** No name of an image is longer. */
const NAME_LENGTH = 512;

export function reportLikely(search: Search, node: YamlNode, { path, seenIn }: { readonly path: string; readonly seenIn: string }): void {
  if (node.kind === "map") {
    for (const entry of node.entries) {
      const at = path === "" ? entry.key : `${path}.${entry.key}`;
      if (!isImageKey(entry.key) || !reportUnderKey(search, entry, { path: at, seenIn }))
        reportLikely(search, entry.value, { path: at, seenIn });
    }
  } else if (node.kind === "list") {
    for (const [index, item] of node.items.entries()) reportLikely(search, item, { path: `${path}[${index}]`, seenIn });
  } else if (node.kind === "text") {
    const pinned = findPinned(node.value);
    if (pinned !== undefined) tell(search, node, { path, seenIn, text: pinned });
  }
}

/** From the digest backwards: a long run of letters without one must cost no more than its length. */
function findPinned(text: string): string | undefined {
  for (const { index, 0: digest } of text.matchAll(DIGEST)) {
    let start = index;
    while (start > 0 && index - start < NAME_LENGTH && NAME_LETTER.test(text[start - 1] ?? "")) start -= 1;
    const name = text.slice(start, index).replace(/^[^A-Za-z0-9]+/, "");
    if (name !== "") return `${name}${digest}`;
  }
  return undefined;
}

function isImageKey(key: string): boolean {
  return IMAGE_KEY.test(key) && !NO_IMAGE.test(key);
}

/** A text, a list of texts, or the parts of a name as charts write them; `false` for anything else. */
function reportUnderKey(search: Search, { value }: YamlEntry, place: { readonly path: string; readonly seenIn: string }): boolean {
  if (value.kind === "text" && value.value !== "") {
    tell(search, value, { ...place, text: value.value });
    return true;
  }
  if (value.kind === "list" && value.items.length > 0 && value.items.every((item) => item.kind === "text")) {
    for (const [index, item] of value.items.entries())
      tell(search, item, { ...place, path: `${place.path}[${index}]`, text: String(item.value) });
    return true;
  }
  if (value.kind !== "map") return false;
  const parts = value.entries.flatMap(({ key, value: part }) =>
    part.kind === "text" && part.value !== "" ? [`${key}: ${part.value}`] : [],
  );
  if (parts.length > 0) tell(search, value, { ...place, text: parts.join(", ") });
  return parts.length > 0 && parts.length === value.entries.length;
}

function tell(
  search: Search,
  node: YamlNode,
  { path, seenIn, text }: { readonly path: string; readonly seenIn: string; readonly text: string },
): void {
  const isWord = /^[\w.:/@-]+$/.test(text);
  report(
    search,
    { path, position: node.position },
    {
      reason: "unknown-kind",
      text,
      message: `seen in ${seenIn}, of which it is not known what it runs`,
      remedy: isWord ? verifyCommand(text) : "verify the images that it runs by name: countersign verify REF",
    },
  );
}
