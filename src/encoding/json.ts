/** Strict JSON: what another parser could read differently is refused, not interpreted. */
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { findJsonFault, placeOf } from "./json-fault.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

interface JsonOptions {
  readonly maxBytes: number;
  readonly maxDepth?: number;
  readonly maxContainers?: number;
}

/**
 * The value of a JSON document: UTF-8 without a byte order mark, no member twice in an object, not nested deeper than
 * `maxDepth`, bounded in objects and in names. A member named `__proto__` is one like any other, as `JSON.parse` makes it an own property.
 */
export function decodeJson(bytes: Uint8Array, options: JsonOptions): unknown {
  if (bytes.length > options.maxBytes) throw new Malformed("integrity/too-large", `a JSON document is over ${options.maxBytes} bytes`);
  const text = decodeUtf8(bytes);
  scan(text, options);
  return parseText(text);
}

/** Compact UTF-8, members in the order of the object. */
export function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw new Malformed("json/utf8", "a JSON document is not UTF-8");
    throw error;
  }
}

/** `part` is the text, or one that stands in it. */
function parseText(text: string, part = text): unknown {
  try {
    return JSON.parse(part) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const fault = findJsonFault(text);
    throw new Malformed("json/syntax", `a document is not JSON${fault === undefined ? "" : `: ${fault}`}`);
  }
}

/** One pass before parsing, for depth, duplicate names and halves of characters. Grammar is left to `JSON.parse`. */
function scan(text: string, { maxDepth = LIMITS.jsonDepth, maxContainers = LIMITS.jsonContainers }: JsonOptions): void {
  /** What is open: an object's names, or `undefined` for an array. */
  const open: (Set<string> | undefined)[] = [];
  const different = new Set<string>();
  let opened = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      open.push(code === OPEN_OBJECT ? new Set() : undefined);
      opened += 1;
      if (opened > maxContainers) throw new Malformed("integrity/too-large", `a JSON document has over ${maxContainers} objects`);
      if (open.length > maxDepth) throw new Malformed("json/depth", `a JSON document is nested deeper than ${maxDepth}`);
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      open.pop();
    } else if (code === QUOTE) {
      const end = endOfString(text, at);
      const next = afterSpace(text, end);
      const names = text.charCodeAt(next) === COLON ? open.at(-1) : undefined;
      const content = contentOf(text, text.slice(at, end));
      if (names?.has(content) === true)
        throw new Malformed(
          "json/duplicate-member",
          `a JSON object names the member "${content.slice(0, 100)}" twice: ${placeOf(text, at)}`,
        );
      if (names !== undefined) {
        names.add(content);
        different.add(content);
        if (different.size > LIMITS.jsonNames)
          throw new Malformed("integrity/too-large", `a JSON document has over ${LIMITS.jsonNames} different names of members`);
      }
      at = end - 1;
    }
  }
}

/** The index after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at += 1;
  }
  throw new Malformed("json/syntax", `a JSON text is not closed: ${placeOf(text, start)}`);
}

function afterSpace(text: string, start: number): number {
  let at = start;
  while (" \t\r\n".includes(text.charAt(at)) && at < text.length) at += 1;
  return at;
}

/** The text in quotes with its escapes resolved; half of a surrogate pair would reach others as another character. */
function contentOf(text: string, quoted: string): string {
  if (!quoted.includes("\\")) return quoted.slice(1, -1);
  const content = String(parseText(text, quoted));
  if (!content.isWellFormed()) throw new Malformed("json/utf8", "a JSON text holds half of a surrogate pair");
  return content;
}
