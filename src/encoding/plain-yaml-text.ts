/** What a line of plain YAML holds: where keys, quotes and comments are, and what a text stands for. */
import type { YamlNode, YamlPosition } from "./yaml-node.ts";

/** Not an error of the document: the library reads it, and complains where there is something to complain of. */
export class NotPlain extends Error {}

/** A plain text does not begin with these; and `<<` is a merge key. */
const MARKS = "-?:,[]{}#&*!|>'\"%@`<";

const MAX_KEY = 1_000;

/** Without escapes, and ended in the line where it begins. */
const QUOTED = /'(?:[^']|'')*'(?!')|"[^"\\]*"/y;

/** Whole numbers as people write them; whatever else could be no text for the core schema is left to the library. */
const NUMBER = /^(?:0|[1-9][0-9]{0,14})$/;
const NULL = /^(?:null|~)$/i;
const NEARLY_VALUE = /^(?:[-+]?\.?[0-9][0-9.]*(?:e[-+]?[0-9]+)?|0[ox][0-9a-f]+|[-+]?\.(?:inf|nan)|null|~|true|false)$/i;

/** Where the colon is that makes a key of what begins at `start`. */
export function findColon(line: string, start: number): number | undefined {
  const isQuoted = isQuote(line[start]);
  const from = isQuoted ? endOfQuotes(line, start) : start;
  let colon = line.indexOf(":", from);
  while (colon >= 0 && colon + 1 < line.length && line[colon + 1] !== " ") colon = line.indexOf(":", colon + 1);
  const isKey = colon >= 0 && (isQuoted ? colon === from : isPlain(line.slice(start, colon)));
  return isKey ? colon : undefined;
}

/** `known`: the keys of the map so far. */
export function readKey(written: string, known: Set<string>): string {
  const key = isQuote(written[0]) ? unquote(written) : written;
  if (written.length > MAX_KEY || NULL.test(written) || key === "<<" || known.has(key)) throw new NotPlain();
  known.add(key);
  return key;
}

/** As far as it begins and ends; what may stand in between depends on where it is. */
export function isPlain(text: string): boolean {
  const first = text[0];
  if (first === undefined || text.endsWith(" ") || text.includes(" #")) return false;
  return !MARKS.includes(first) || (first === "-" && text.length > 1 && text[1] !== " ");
}

/** A plain text, or one in quotes. */
export function readScalar(written: string, position: YamlPosition): YamlNode {
  if (isQuote(written[0])) return { kind: "text", position, value: unquote(written) };
  if (written === "true" || written === "false") return { kind: "boolean", position, value: written === "true" };
  if (NUMBER.test(written)) return { kind: "number", position, value: Number(written) };
  if (NEARLY_VALUE.test(written)) throw new NotPlain();
  return { kind: "text", position, value: written };
}

export function isQuote(mark: string | undefined): boolean {
  return mark === "'" || mark === '"';
}

/** Behind the quote that ends the text. */
export function endOfQuotes(line: string, start: number): number {
  QUOTED.lastIndex = start;
  if (!QUOTED.test(line)) throw new NotPlain();
  return QUOTED.lastIndex;
}

function unquote(written: string): string {
  const inside = written.slice(1, -1);
  return written.startsWith("'") ? inside.replaceAll("''", "'") : inside;
}

/** Where the text ends that a comment may follow. */
export function findComment(line: string, start: number): number {
  const at = line.indexOf(" #", start);
  return at < 0 ? line.length : at;
}

/** A list's item begins here. */
export function isDash(line: string, at: number): boolean {
  return line[at] === "-" && (at + 1 === line.length || line[at + 1] === " ");
}

/** Nothing is left, or what may be a comment. */
export function isEnd(line: string, at: number): boolean {
  return at >= line.length || line[at] === "#";
}

export function skipSpaces(line: string, from: number): number {
  let at = from;
  while (line[at] === " ") at += 1;
  return at;
}

export function trimSpaces(text: string): string {
  let end = text.length;
  while (text[end - 1] === " ") end -= 1;
  return text.slice(0, end);
}
