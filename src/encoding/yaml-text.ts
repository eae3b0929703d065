/** The text of a YAML file, without what two readers of YAML would take for different lines, and the places in it. */
import { showForeign } from "../core/display.ts";
import type { YamlPosition } from "./yaml-node.ts";

export type YamlReason =
  | "too-large"
  | "characters"
  | "syntax"
  | "depth"
  | "duplicate-key"
  | "key"
  | "alias"
  | "tag"
  | "directive"
  | "number"
  | "documents";

export interface YamlOptions {
  readonly maxBytes: number;
  /** 1 unless told. */
  readonly maxDocuments?: number;
  /** For documents of others: how many values aliases and merge keys may bring in. They are refused unless told. */
  readonly maxAliasValues?: number;
  /** For documents of others: numbers beyond 2^53 are rounded. They are refused unless told. */
  readonly allowsInexactNumbers?: boolean;
}

/** A file that is no YAML, or YAML of a kind that is not read. The message begins with line and column where there is one. */
export class YamlFault extends Error {
  readonly reason: YamlReason;
  /** The message without the place. */
  readonly state: string;
  readonly position: YamlPosition | undefined;
  constructor(reason: YamlReason, state: string, position?: YamlPosition) {
    super(position === undefined ? state : `line ${position.line}, column ${position.column}: ${state}`);
    this.name = "YamlFault";
    this.reason = reason;
    this.state = state;
    this.position = position;
  }
}

export interface YamlText {
  readonly text: string;
  positionAt(offset: number): YamlPosition;
}

/** YAML 1.2's printable characters, without U+0085, U+2028 and U+2029, which end a line for readers of YAML 1.1 only. */
const UNREADABLE = /[^\t\n\r\u0020-\u007e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;

/** It ends a line for some readers only. */
const LONE_RETURN = /\r(?!\n)/;

/** `kubectl` begins a document at any such line, whatever else is in it; YAML does not. */
const AMBIGUOUS_SEPARATOR = /^---(?!(?:[ \t]+#.*|[ \t]*)$)/m;

/** UTF-8, with or without a byte order mark. */
export function readYamlText(bytes: Uint8Array, maxBytes: number): YamlText {
  if (bytes.length > maxBytes) throw new YamlFault("too-large", `it is over ${maxBytes} bytes`);
  const text = decodeUtf8(bytes);
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  const positionAt = (offset: number): YamlPosition => {
    let line = 0;
    let beyond = starts.length;
    while (beyond - line > 1) {
      const middle = (line + beyond) >> 1;
      if ((starts[middle] ?? 0) <= offset) line = middle;
      else beyond = middle;
    }
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
  const unreadable = UNREADABLE.exec(text);
  if (unreadable !== null) {
    const state = `the character ${showForeign(unreadable[0])} may not stand here; write it as an escape in double quotes`;
    throw new YamlFault("characters", state, positionAt(unreadable.index));
  }
  const lone = LONE_RETURN.exec(text);
  if (lone !== null) {
    throw new YamlFault("characters", "a carriage return stands without a line feed; end lines with a line feed", positionAt(lone.index));
  }
  const separator = AMBIGUOUS_SEPARATOR.exec(text);
  if (separator !== null) {
    const state = "a line that begins with --- holds more than a comment, and not every reader begins a document there";
    throw new YamlFault("syntax", state, positionAt(separator.index));
  }
  return { text, positionAt };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw new YamlFault("characters", "it is not UTF-8");
    throw error;
  }
}
