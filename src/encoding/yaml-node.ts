/** What a YAML document holds, with the place of every value: plain shapes, none of them a library's. */

/** Counted from one; a column is a UTF-16 unit. */
export interface YamlPosition {
  readonly line: number;
  readonly column: number;
}

export interface YamlMap {
  readonly kind: "map";
  readonly position: YamlPosition;
  /** In the order of the document; no key is there twice. */
  readonly entries: readonly YamlEntry[];
}

export interface YamlEntry {
  /** As a text, also where it is written like a number. */
  readonly key: string;
  readonly keyPosition: YamlPosition;
  readonly value: YamlNode;
}

interface YamlList {
  readonly kind: "list";
  readonly position: YamlPosition;
  readonly items: readonly YamlNode[];
}

type YamlScalar =
  | { readonly kind: "text"; readonly position: YamlPosition; readonly value: string }
  | { readonly kind: "number"; readonly position: YamlPosition; readonly value: number }
  | { readonly kind: "boolean"; readonly position: YamlPosition; readonly value: boolean }
  | { readonly kind: "null"; readonly position: YamlPosition; readonly value: null };

export type YamlNode = YamlMap | YamlList | YamlScalar;

/** The value under `key`; `undefined` if there is none, or the node is no map. */
export function yamlMember(node: YamlNode | undefined, key: string): YamlNode | undefined {
  return node?.kind === "map" ? node.entries.find((entry) => entry.key === key)?.value : undefined;
}

/** As JSON would give it; objects have no prototype, so that a key `__proto__` is one like any other. */
export function plainValue(node: YamlNode): unknown {
  if (node.kind === "list") return node.items.map(plainValue);
  if (node.kind !== "map") return node.value;
  const object: Record<string, unknown> = Object.create(null);
  for (const { key, value } of node.entries) object[key] = plainValue(value);
  return object;
}
