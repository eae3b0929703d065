/** One document as the library composed it, turned into our nodes: keys compared, aliases bounded, numbers exact. */
import type { Document, Node, Scalar, YAMLMap } from "yaml";
import { showForeign } from "../core/display.ts";
import { LIMITS } from "../core/limits.ts";
import type { YamlEntry, YamlNode, YamlPosition } from "./yaml-node.ts";
import { YamlFault, type YamlOptions, type YamlText } from "./yaml-text.ts";

interface Anchored {
  readonly value: YamlNode;
  /** Values in it, and how deep they are nested. */
  readonly size: number;
  readonly depth: number;
}

interface Context {
  readonly library: typeof import("yaml");
  readonly source: YamlText;
  readonly options: YamlOptions;
}

/** @throws YamlFault for the first fault of the document */
export function readYamlDocument(document: Document.Parsed, context: Context): YamlNode {
  const [fault] = [...document.errors, ...document.warnings].toSorted((a, b) => a.pos[0] - b.pos[0]);
  if (fault !== undefined) throw new YamlFault("syntax", showForeign(fault.message, 200), context.source.positionAt(fault.pos[0]));
  return new DocumentReader(context).read(document.contents, { depth: 0, indent: -1 });
}

/** Where a node stands. */
interface Around {
  /** Of the collections around it. */
  readonly depth: number;
  /** The column of the nearest collection in block style, 0 for the first; -1 at the top. */
  readonly indent: number;
}

class DocumentReader {
  readonly #context: Context;
  /** Only values that are finished: none can be a part of itself. */
  readonly #anchors = new Map<string, Anchored>();
  readonly #named = new Set<string>();
  #added = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  read(node: Node | null, { depth, indent }: Around): YamlNode {
    const { library } = this.#context;
    const position = this.#placeOf(node);
    if (library.isAlias(node)) return this.#resolve(node.source, { depth, position });
    this.#refuseSecond(node?.anchor, position);
    if (node === null || library.isScalar(node)) {
      this.#refuseSwallowed(node, indent);
      const value = this.#readScalar(node, position);
      return this.#remember(node, value);
    }
    if (depth >= LIMITS.yamlDepth) throw tooDeep(position);
    const within: Around = { depth: depth + 1, indent: node.flow === true ? indent : position.column - 1 };
    if (library.isMap<Node, Node>(node)) return this.#remember(node, { kind: "map", position, entries: this.#readEntries(node, within) });
    const items = (node.items as readonly Node[]).map((item) => this.read(item, within));
    return this.#remember(node, { kind: "list", position, items });
  }

  #readScalar(node: Scalar | null, position: YamlPosition): YamlNode {
    const value = node?.value ?? null;
    if (typeof value === "string") {
      if (!value.isWellFormed()) throw new YamlFault("characters", "a text holds half of a surrogate pair", position);
      return { kind: "text", position, value };
    }
    if (typeof value === "number") {
      const isExact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
      if (!isExact && this.#context.options.allowsInexactNumbers !== true) {
        throw new YamlFault("number", "the number is too large to be exact; put it in quotes if it is a text", position);
      }
      return { kind: "number", position, value };
    }
    return typeof value === "boolean" ? { kind: "boolean", position, value } : { kind: "null", position, value: null };
  }

  #readEntries(map: YAMLMap<Node, Node>, within: Around): readonly YamlEntry[] {
    const keys = new Set<string>();
    const own: YamlEntry[] = [];
    const merged: YamlEntry[] = [];
    for (const pair of map.items) {
      const keyPosition = this.#placeOf(pair.key);
      const key = this.#readKey(pair.key, keyPosition);
      if (this.#context.library.isScalar(pair.key)) this.#refuseSwallowed(pair.key, within.indent);
      if (keys.has(key)) throw new YamlFault("duplicate-key", `the key "${showForeign(key, 100)}" stands twice in a map`, keyPosition);
      const value = this.read(pair.value, within);
      if (key === "<<") merged.push(...this.#readMerge(value, { keys, keyPosition }));
      else own.push({ key, keyPosition, value });
      keys.add(key);
    }
    return [...merged.filter(({ key }) => !keys.has(key)), ...own];
  }

  #readKey(key: Node, position: YamlPosition): string {
    const { library } = this.#context;
    // As it is written: `1` and `"1"` are one key for readers that make JSON of it.
    const text = library.isScalar(key) && key.value !== null ? (typeof key.value === "string" ? key.value : key.source) : undefined;
    if (text === undefined || key.anchor !== undefined) throw new YamlFault("key", "a key must be a text", position);
    // Some readers merge it all the same.
    if (text === "<<" && library.isScalar(key) && key.type !== "PLAIN")
      throw new YamlFault("alias", 'the key "<<" in quotes is read in two ways', position);
    if (!text.isWellFormed()) throw new YamlFault("characters", "a key holds half of a surrogate pair", position);
    return text;
  }

  /** What `<<` brings in; of several maps the first one with a key gives it. */
  #readMerge(
    value: YamlNode,
    { keys, keyPosition }: { readonly keys: ReadonlySet<string>; readonly keyPosition: YamlPosition },
  ): readonly YamlEntry[] {
    if (this.#context.options.maxAliasValues === undefined) {
      throw new YamlFault("alias", "merge keys are not read; write the values out", keyPosition);
    }
    const found = new Map<string, YamlEntry>();
    for (const part of value.kind === "list" ? value.items : [value]) {
      if (part.kind !== "map") throw new YamlFault("alias", "a merge key wants a map, or a list of maps", keyPosition);
      for (const entry of part.entries) if (!found.has(entry.key)) found.set(entry.key, entry);
    }
    // YAML's merge keeps the key that stands in the map; the reader in kubectl keeps whichever comes last.
    const early = [...found.keys()].find((key) => keys.has(key));
    if (early !== undefined) {
      const state = `"${showForeign(early, 100)}" stands before the merge key that also gives it, and readers differ; put << first`;
      throw new YamlFault("alias", state, keyPosition);
    }
    return [...found.values()];
  }

  #resolve(name: string, { depth, position }: { readonly depth: number; readonly position: YamlPosition }): YamlNode {
    const anchored = this.#anchors.get(name);
    if (anchored === undefined) throw new YamlFault("alias", `nothing before is anchored as "${showForeign(name, 100)}"`, position);
    this.#added += anchored.size;
    if (this.#added > (this.#context.options.maxAliasValues ?? 0)) {
      throw new YamlFault("alias", `aliases bring in over ${this.#context.options.maxAliasValues} values`, position);
    }
    if (depth + anchored.depth > LIMITS.yamlDepth) throw tooDeep(position);
    return anchored.value;
  }

  /** Where a name is given again, some readers take the one that began last, and others the one that ended last. */
  #refuseSecond(anchor: string | undefined, position: YamlPosition): void {
    if (anchor === undefined) return;
    if (this.#named.has(anchor))
      throw new YamlFault("alias", `"${showForeign(anchor, 100)}" is anchored twice, and readers differ`, position);
    this.#named.add(anchor);
  }

  /**
   * A text of several lines ends where a line is indented no more than the collection around it. The library forgets that
   * after a comment further to the left (`#x`, yaml 2.9.1), and takes the items that follow for more of the text.
   */
  #refuseSwallowed(node: Scalar | null, indent: number): void {
    if (node?.range === undefined || node.range === null || (node.type !== "PLAIN" && node.type?.startsWith("BLOCK") !== true)) return;
    const [start, end] = node.range;
    const text = this.#context.source.text.slice(start, end);
    for (let line = text.indexOf("\n") + 1; line > 0; line = text.indexOf("\n", line) + 1) {
      let column = 0;
      while (text[line + column] === " ") column += 1;
      const first = text[line + column];
      if (column > indent || first === undefined || first === "\r" || first === "\n") continue;
      throw new YamlFault(
        "syntax",
        "this line is read in two ways: as more of the text before it, or as what follows",
        this.#context.source.positionAt(start + line + column),
      );
    }
  }

  #remember(node: Node | null, value: YamlNode): YamlNode {
    if (node?.anchor !== undefined) this.#anchors.set(node.anchor, { value, ...measure(value) });
    return value;
  }

  #placeOf(node: Node | null): YamlPosition {
    return this.#context.source.positionAt(node?.range?.[0] ?? 0);
  }
}

function tooDeep(position: YamlPosition): YamlFault {
  return new YamlFault("depth", `it is nested deeper than ${LIMITS.yamlDepth}`, position);
}

function measure(node: YamlNode): { readonly size: number; readonly depth: number } {
  const parts = node.kind === "map" ? node.entries.map(({ value }) => value) : node.kind === "list" ? node.items : [];
  let size = 1;
  let depth = 0;
  for (const part of parts.map(measure)) {
    size += part.size;
    depth = Math.max(depth, part.depth);
  }
  return { size, depth: node.kind === "map" || node.kind === "list" ? depth + 1 : 0 };
}
