/** DER as a tree that can be wrong on purpose: any element may be replaced by other bytes before it is written. */

export interface Element {
  tag: number;
  content: Element[] | Uint8Array;
  /** Written in place of tag, length and content. */
  instead?: Uint8Array;
}

export function element(tag: number, content: Element[] | Uint8Array): Element {
  return { tag, content };
}

export function sequence(...members: Element[]): Element {
  return element(0x30, members);
}

/** Bytes that are already DER, or are meant not to be. */
export function raw(bytes: Uint8Array): Element {
  return { tag: bytes[0] ?? 0, content: bytes.subarray(2), instead: bytes };
}

export function write(node: Element): Uint8Array {
  if (node.instead !== undefined) return node.instead;
  const content = node.content instanceof Uint8Array ? node.content : Buffer.concat(node.content.map(write));
  return Buffer.concat([Uint8Array.of(node.tag, ...lengthOf(content.length)), content]);
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  return [0x80 | bytes.length, ...bytes];
}

export function oid(dotted: string): Element {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return element(0x06, Uint8Array.from([first * 40 + second, ...rest].flatMap(arcBytes)));
}

function arcBytes(arc: number): number[] {
  const bytes = [arc % 128];
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) bytes.unshift(0x80 | (left % 128));
  return bytes;
}

export function text(value: string, tag = 0x0c): Element {
  return element(tag, Buffer.from(value, "utf8"));
}

export function integer(...bytes: number[]): Element {
  return element(0x02, Uint8Array.from(bytes));
}

export function flag(value: boolean): Element {
  return element(0x01, Uint8Array.of(value ? 0xff : 0));
}

export function bits(bytes: Uint8Array, unused = 0): Element {
  return element(0x03, Buffer.concat([Uint8Array.of(unused), bytes]));
}

/** UTCTime, which RFC 5280 wants until 2049. */
export function time(moment: Date): Element {
  return element(0x17, Buffer.from(`${moment.toISOString().slice(2, 19).replaceAll(/[-:T]/g, "")}Z`));
}

/** The element that the path of indices leads to. */
export function at(node: Element, ...path: readonly number[]): Element {
  let found = node;
  for (const index of path) {
    const next = found.content instanceof Uint8Array ? undefined : found.content[index];
    if (next === undefined) throw new Error(`no element at ${path.join(".")}`);
    found = next;
  }
  return found;
}
