/** Reads the plain part of YAML that policies are written in, without the library; of any other document it says so. */
import {
  endOfQuotes,
  findColon,
  findComment,
  isDash,
  isEnd,
  isPlain,
  isQuote,
  NotPlain,
  readKey,
  readScalar,
  skipSpaces,
  trimSpaces,
} from "./plain-yaml-text.ts";
import type { YamlEntry, YamlNode, YamlPosition } from "./yaml-node.ts";

/** So that what is read here stays well within the bounds of the documents that the library reads. */
const MAX_LENGTH = 200_000;
const MAX_DEPTH = 32;

/** A tab is an indentation for some readers; CRLF is left to the library. */
const UNPLAIN = /[\t\r]/;

/** A plain text between brackets, up to what ends it there. */
const FLOW_PLAIN = /(?:[^ ,[\]{}#:]|:(?=[^ ,[\]{}#:])| +(?=[^ ,[\]{}#:]))+/y;

/**
 * The one document of `text`, exactly as the library would read it; `undefined` for all that is not certain to be read
 * so. Loading the library takes longer than reading a policy of thousands of lines here.
 */
export function readPlainYaml(text: string): YamlNode | undefined {
  if (text.length > MAX_LENGTH || UNPLAIN.test(text)) return undefined;
  try {
    return new PlainReader(text).read();
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}

/** Where a value stands: the column of the collection in block style around it, and how deep that is nested. */
interface Within {
  readonly column: number;
  readonly depth: number;
}

/** Values in block style are read from a column of the current line, up to the first line behind them, which is then the current one. */
class PlainReader {
  readonly #lines: readonly string[];
  #at = -1;
  /** The current line: one with more than a comment; empty behind the last. */
  #line = "";
  /** Its indentation; -1 behind the last. */
  #indent = -1;
  /** Between brackets only: the place in the line. */
  #cursor = 0;

  constructor(text: string) {
    this.#lines = text.split("\n");
  }

  read(): YamlNode {
    this.#advance();
    if (this.#line === "---") this.#advance();
    const node = this.#readCollection(this.#indent, 1);
    // The next line is in no collection's column: it is more of the text before it, or wrong.
    if (this.#indent >= 0) throw new NotPlain();
    return node;
  }

  #advance(): void {
    for (;;) {
      this.#at += 1;
      const line = this.#lines[this.#at];
      const indent = line === undefined ? -1 : skipSpaces(line, 0);
      if (line !== undefined && isEnd(line, indent)) continue;
      // It may end the document.
      if (line?.startsWith("...") === true) throw new NotPlain();
      this.#line = line ?? "";
      this.#indent = indent;
      return;
    }
  }

  #placeOf(column: number): YamlPosition {
    return { line: this.#at + 1, column: column + 1 };
  }

  /** A map or list in block style whose first key or dash stands in `column`. */
  #readCollection(column: number, depth: number): YamlNode {
    if (depth > MAX_DEPTH) throw new NotPlain();
    return isDash(this.#line, column) ? this.#readList({ column, depth }) : this.#readMap({ column, depth });
  }

  #readList(within: Within): YamlNode {
    const { column, depth } = within;
    const position = this.#placeOf(column);
    const items: YamlNode[] = [];
    do {
      const start = skipSpaces(this.#line, column + 1);
      const isCompact = isDash(this.#line, start) || findColon(this.#line, start) !== undefined;
      items.push(isCompact ? this.#readCollection(start, depth + 1) : this.#readValue(start, within));
    } while (this.#indent === column && isDash(this.#line, column));
    return { kind: "list", position, items };
  }

  #readMap(within: Within): YamlNode {
    const { column } = within;
    const position = this.#placeOf(column);
    const entries: YamlEntry[] = [];
    const known = new Set<string>();
    do {
      const keyPosition = this.#placeOf(column);
      const colon = findColon(this.#line, column);
      if (colon === undefined) throw new NotPlain();
      const key = readKey(this.#line.slice(column, colon), known);
      const start = skipSpaces(this.#line, colon + 1);
      entries.push({ key, keyPosition, value: this.#readValue(start, within, { mayBeList: true }) });
    } while (this.#indent === column);
    return { kind: "map", position, entries };
  }

  /** What stands behind a colon or dash, or below it; `mayBeList`: also in the same column, as a list below a key may. */
  #readValue(start: number, within: Within, { mayBeList = false } = {}): YamlNode {
    const { column, depth } = within;
    const line = this.#line;
    const first = line[start];
    if (isEnd(line, start)) {
      this.#advance();
      const isBelow = this.#indent > column || (mayBeList && this.#indent === column && isDash(this.#line, column));
      // Nothing at all is a null, whose place is the library's to say.
      if (!isBelow) throw new NotPlain();
      return this.#readCollection(this.#indent, depth + 1);
    }
    if (first === "|") return this.#readLiteral(start, column);
    if (first === "[" || first === "{") {
      this.#cursor = start;
      const node = this.#readFlow({ column, depth: depth + 1 });
      this.#finishLine(this.#cursor);
      return node;
    }
    const position = this.#placeOf(start);
    const written = isQuote(first) ? line.slice(start, endOfQuotes(line, start)) : trimSpaces(line.slice(start, findComment(line, start)));
    if (!isQuote(first) && (!isPlain(written) || written.includes(": ") || written.endsWith(":"))) throw new NotPlain();
    this.#finishLine(start + written.length);
    return readScalar(written, position);
  }

  /** Nothing more may stand in the line than a comment, which a space parts from what is before it. */
  #finishLine(end: number): void {
    const rest = skipSpaces(this.#line, end);
    if (!isEnd(this.#line, rest) || (rest === end && rest < this.#line.length)) throw new NotPlain();
    this.#advance();
  }

  /** Lines as they are, below a lone `|`. */
  #readLiteral(start: number, column: number): YamlNode {
    const position = this.#placeOf(start);
    const indent = skipSpaces(this.#lines[this.#at + 1] ?? "", 0);
    if (start + 1 !== this.#line.length || indent <= column) throw new NotPlain();
    const held: string[] = [];
    for (;;) {
      const line = this.#lines[this.#at + 1];
      // Without a line feed at its end, the last line is another text.
      if (line === undefined) throw new NotPlain();
      const own = skipSpaces(line, 0);
      const isEmpty = own === line.length;
      if (isEmpty ? own > 0 : own > column && own < indent) throw new NotPlain();
      if (isEmpty ? this.#at + 2 === this.#lines.length : own <= column) break;
      held.push(line.slice(indent));
      this.#at += 1;
    }
    this.#advance();
    while (held.at(-1) === "") held.pop();
    return { kind: "text", position, value: `${held.join("\n")}\n` };
  }

  /** What stands at the cursor, which is then behind it: in brackets, or a text between them. */
  #readFlow(within: Within): YamlNode {
    const { column, depth } = within;
    if (depth > MAX_DEPTH) throw new NotPlain();
    const position = this.#placeOf(this.#cursor);
    const first = this.#line[this.#cursor];
    const inside: Within = { column, depth: depth + 1 };
    if (first === "[") {
      const items: YamlNode[] = [];
      this.#readParts("]", column, () => items.push(this.#readFlow(inside)));
      return { kind: "list", position, items };
    }
    if (first === "{") {
      const entries: YamlEntry[] = [];
      const known = new Set<string>();
      this.#readParts("}", column, () => entries.push(this.#readFlowEntry(inside, known)));
      return { kind: "map", position, entries };
    }
    return readScalar(this.#readFlowText(), position);
  }

  #readFlowEntry(within: Within, known: Set<string>): YamlEntry {
    const keyPosition = this.#placeOf(this.#cursor);
    const key = readKey(this.#readFlowText(), known);
    if (!this.#line.startsWith(": ", this.#cursor)) throw new NotPlain();
    this.#cursor += 1;
    this.#skip(within.column);
    return { key, keyPosition, value: this.#readFlow(within) };
  }

  #readParts(close: string, column: number, readPart: () => void): void {
    this.#cursor += 1;
    this.#skip(column);
    while (this.#line[this.#cursor] !== close) {
      readPart();
      this.#skip(column);
      if (this.#line[this.#cursor] === close) break;
      if (this.#line[this.#cursor] !== ",") throw new NotPlain();
      this.#cursor += 1;
      this.#skip(column);
    }
    this.#cursor += 1;
  }

  /** As it is written. */
  #readFlowText(): string {
    const start = this.#cursor;
    if (isQuote(this.#line[start])) {
      this.#cursor = endOfQuotes(this.#line, start);
      return this.#line.slice(start, this.#cursor);
    }
    FLOW_PLAIN.lastIndex = start;
    const text = FLOW_PLAIN.exec(this.#line)?.[0] ?? "";
    if (!isPlain(text)) throw new NotPlain();
    this.#cursor += text.length;
    return text;
  }

  /** Over spaces, and on to the next line where nothing more stands in this one. */
  #skip(column: number): void {
    const start = this.#cursor;
    this.#cursor = skipSpaces(this.#line, start);
    if (!isEnd(this.#line, this.#cursor)) return;
    this.#finishLine(start);
    if (this.#indent <= column) throw new NotPlain();
    this.#cursor = this.#indent;
  }
}
