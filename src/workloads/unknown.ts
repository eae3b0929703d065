/** Documents, and parts of them, of which it is not known what they mean: whatever looks like an image is told, and nothing is judged. */
import type { YamlEntry, YamlMap, YamlNode } from "../encoding/yaml-node.ts";
import { report, type Search, verifyCommand } from "./found.ts";

/** `image`, `images`, `baseImage`, `RELATED_IMAGE_X`, and what a Kubernetes volume calls one. */
const IMAGE_KEY = /image|^reference$/i;
/** They say how an image is fetched, or describe the one that they stand at. */
const NO_IMAGE = /^(?:image)?Pull(?:Policy|Secrets?)$|^org\.opencontainers\.image\./i;
/** The address of a page; no program pulls an image by it. */
const ADDRESS = /^https?:\/\//i;
/** As builders name an image that they begin with. */
const BUILD_IMAGE = /docker-image:\/\/(\S+)/;
/** Anywhere, also within a longer text. */
const DIGEST = /@sha(?:256|512):[0-9a-f]{64,128}/g;
const NAME_LETTER = /[A-Za-z0-9._/:-]/;
/** No name of an image is longer. */
const NAME_LENGTH = 512;

interface Place {
  readonly path: string;
  /** In words. */
  readonly seenIn: string;
  /** Maps under these keys are not looked into. */
  readonly passOver?: ReadonlySet<string>;
}

/** What was told of the object before is not told again. */
export function reportLikely(search: Search, node: YamlNode, place: Place): void {
  const { path } = place;
  if (node.kind === "map") {
    for (const entry of node.entries) {
      if (entry.value.kind === "map" && place.passOver?.has(entry.key) === true) continue;
      const within = { ...place, path: path === "" ? entry.key : `${path}.${entry.key}` };
      if (!isImageKey(entry.key) || !reportUnderKey(search, entry, within)) reportLikely(search, entry.value, within);
    }
  } else if (node.kind === "list") {
    for (const [index, item] of node.items.entries()) reportLikely(search, item, { ...place, path: `${path}[${index}]` });
  } else if (node.kind === "text") {
    const built = BUILD_IMAGE.exec(node.value)?.[1];
    const named = built === undefined || search.told.has(built) ? findPinned(search, node.value) : built;
    if (named !== undefined) tell(search, node, { ...place, text: named });
  }
}

export function without(map: YamlMap, keys: readonly string[]): YamlMap {
  return { ...map, entries: map.entries.filter(({ key }) => !keys.includes(key)) };
}

/** From the digest backwards: a long run of letters without one must cost no more than its length. */
function findPinned({ told }: Search, text: string): string | undefined {
  for (const { index, 0: digest } of text.matchAll(DIGEST)) {
    let start = index;
    while (start > 0 && index - start < NAME_LENGTH && NAME_LETTER.test(text[start - 1] ?? "")) start -= 1;
    const name = text.slice(start, index).replace(/^[^A-Za-z0-9]+/, "");
    if (name !== "" && !told.has(`${name}${digest}`)) return `${name}${digest}`;
  }
  return undefined;
}

function isImageKey(key: string): boolean {
  return IMAGE_KEY.test(key) && !NO_IMAGE.test(key);
}

/** A text, a list of texts, or the parts of a name as charts write them; `false` for anything else. */
function reportUnderKey(search: Search, { value }: YamlEntry, place: Place): boolean {
  if (value.kind === "text" && value.value !== "" && !ADDRESS.test(value.value)) {
    tell(search, value, { ...place, text: value.value });
    return true;
  }
  if (value.kind === "list" && value.items.length > 0 && value.items.every((item) => item.kind === "text")) {
    for (const [index, item] of value.items.entries())
      tell(search, item, { ...place, path: `${place.path}[${index}]`, text: String(item.value) });
    return true;
  }
  if (value.kind !== "map") return false;
  const texts = value.entries.flatMap(({ key, value: part }) =>
    part.kind === "text" && part.value !== "" ? [{ key, text: part.value }] : [],
  );
  const parts = texts.filter(({ key, text }) => !NO_IMAGE.test(key) && !search.told.has(text));
  if (parts.length > 0) tell(search, value, { ...place, text: parts.map(({ key, text }) => `${key}: ${text}`).join(", ") });
  return parts.length > 0 && texts.length === value.entries.length;
}

function tell(search: Search, node: YamlNode, { path, seenIn, text }: Place & { readonly text: string }): void {
  if (search.told.has(text)) return;
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
