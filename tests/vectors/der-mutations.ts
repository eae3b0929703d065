/** Ways to bend any element of a DER structure that lenient readers let pass, each with the codes of its refusal. */
import type { FindingCode } from "../../src/core/finding.ts";
import { type Element, element, write } from "./der-tree.ts";

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** An independent, trusting reader; octet strings that follow one of the identifiers in `opened` (DER in hex) are read too. */
export function parseDer(bytes: Uint8Array, opened: ReadonlySet<string> = new Set()): Element[] {
  const elements: Element[] = [];
  for (let start = 0; start < bytes.length;) {
    const first = bytes[start + 1] ?? 0;
    const count = first < 0x80 ? 0 : first & 0x7f;
    const from = start + 2 + count;
    const length = count === 0 ? first : Number(`0x${hexOf(bytes.subarray(start + 2, from))}`);
    const [tag, content] = [bytes[start] ?? 0, bytes.subarray(from, from + length)];
    elements.push(element(tag, (tag & 0x20) === 0 ? content : parseDer(content, opened)));
    start = from + length;
  }
  const [identifier, value] = [elements[0], elements.at(-1)];
  if (identifier?.tag === 0x06 && value?.tag === 0x04 && value.content instanceof Uint8Array && opened.has(hexOf(write(identifier)))) {
    value.content = parseDer(value.content, opened);
  }
  return elements;
}

export function* nodesOf(node: Element): Generator<Element> {
  yield node;
  if (!(node.content instanceof Uint8Array)) for (const child of node.content) yield* nodesOf(child);
}

export interface Mutation {
  readonly name: string;
  readonly codes: readonly FindingCode[];
  /** What stands in place of the node, or `undefined` where this does not fit. */
  mutate(node: Readonly<Element>): Uint8Array | undefined;
}

interface PrimitiveElement {
  readonly tag: number;
  readonly content: Uint8Array;
}

function isPrimitive(node: Readonly<Element>, tag: number): node is PrimitiveElement {
  return node.tag === tag && node.content instanceof Uint8Array;
}

export function contentOf({ content }: Readonly<Element>): Uint8Array {
  return content instanceof Uint8Array ? content : Buffer.concat(content.map(write));
}

function withContent(node: Readonly<Element>, ...parts: readonly Uint8Array[]): Uint8Array {
  return write(element(node.tag, Buffer.concat(parts)));
}

export const ANYWHERE: readonly Mutation[] = [
  {
    name: "length in a longer form than needed",
    codes: ["der/length"],
    mutate(node) {
      const content = contentOf(node);
      return Buffer.concat([Uint8Array.of(node.tag, 0x83, 0, content.length >> 8, content.length & 0xff), content]);
    },
  },
  {
    name: "indefinite length",
    codes: ["der/indefinite-length"],
    mutate: (node) => Buffer.concat([Uint8Array.of(node.tag, 0x80), contentOf(node), Uint8Array.of(0, 0)]),
  },
  {
    name: "length of five bytes",
    codes: ["der/length"],
    mutate: (node) => Buffer.concat([Uint8Array.of(node.tag, 0x85, 0, 0, 0, 0, contentOf(node).length), contentOf(node)]),
  },
  {
    name: "tag of another class",
    codes: ["der/tag", "der/string", "der/trailing-bytes", "der/truncated", "certificate/version", "certificate/algorithm-mismatch"],
    mutate: (node) => write(element(node.tag ^ 0x40, contentOf(node))),
  },
  {
    name: "tag number over 30",
    // Where an optional element stands last, another one is a byte too many.
    codes: ["der/tag", "der/trailing-bytes"],
    mutate: (node) => Buffer.concat([Uint8Array.of(node.tag | 0x1f, 0x30), write(node).subarray(1)]),
  },
  {
    name: "an element too many",
    codes: ["der/trailing-bytes", "der/tag", "certificate/algorithm-mismatch"],
    mutate: (node) => (node.content instanceof Uint8Array ? undefined : withContent(node, contentOf(node), Uint8Array.of(5, 0))),
  },
  {
    name: "padded integer",
    codes: ["der/integer"],
    mutate: (node) =>
      isPrimitive(node, 0x02) ? withContent(node, Uint8Array.of((node.content[0] ?? 0) >= 0x80 ? 0xff : 0), node.content) : undefined,
  },
  { name: "empty integer", codes: ["der/integer"], mutate: (node) => (isPrimitive(node, 0x02) ? Uint8Array.of(2, 0) : undefined) },
  {
    name: "padded object identifier",
    codes: ["der/oid"],
    mutate: (node) => (isPrimitive(node, 0x06) ? withContent(node, Uint8Array.of(0x80), node.content) : undefined),
  },
  {
    name: "unfinished object identifier",
    codes: ["der/oid"],
    mutate: (node) => (isPrimitive(node, 0x06) ? withContent(node, node.content, Uint8Array.of(0x81)) : undefined),
  },
  { name: "boolean of 01", codes: ["der/boolean"], mutate: (node) => (isPrimitive(node, 0x01) ? Uint8Array.of(1, 1, 1) : undefined) },
  {
    name: "boolean of two bytes",
    codes: ["der/boolean"],
    mutate: (node) => (isPrimitive(node, 0x01) ? Uint8Array.of(1, 2, 0xff, 0xff) : undefined),
  },
  { name: "default written out", codes: ["der/default"], mutate: (node) => (isPrimitive(node, 0x01) ? Uint8Array.of(1, 1, 0) : undefined) },
  {
    name: "unused bits that are set",
    codes: ["der/bit-string"],
    mutate(node) {
      if (!isPrimitive(node, 0x03)) return undefined;
      return withContent(node, Uint8Array.of(3), node.content.subarray(1, -1), Uint8Array.of((node.content.at(-1) ?? 0) | 1));
    },
  },
  {
    name: "eight unused bits",
    codes: ["der/bit-string"],
    mutate: (node) => (isPrimitive(node, 0x03) ? withContent(node, Uint8Array.of(8), node.content.subarray(1)) : undefined),
  },
  {
    name: "byte string built of pieces",
    codes: ["der/tag"],
    mutate: (node) => (node.tag === 0x04 ? write(element(0x24, write(node))) : undefined),
  },
  {
    name: "bit string built of pieces",
    codes: ["der/tag"],
    mutate: (node) => (node.tag === 0x03 ? write(element(0x23, write(node))) : undefined),
  },
  { name: "null with content", codes: ["der/length"], mutate: (node) => (node.tag === 0x05 ? Uint8Array.of(5, 1, 0) : undefined) },
  {
    name: "text that is not UTF-8",
    codes: ["der/string"],
    mutate: (node) => (isPrimitive(node, 0x0c) ? withContent(node, node.content, Uint8Array.of(0xc3)) : undefined),
  },
  {
    name: "text beyond its alphabet",
    codes: ["der/string"],
    mutate: (node) =>
      isPrimitive(node, 0x13) || isPrimitive(node, 0x16) ? withContent(node, node.content, Uint8Array.of(0xe9)) : undefined,
  },
  ...(
    [
      ["31 February", (year: string) => `${year}0231000000Z`],
      ["30 February in a leap year", (year: string) => `${year.slice(0, -2)}280230000000Z`],
      ["hour 24", (year: string) => `${year}0101240000Z`],
      ["second 60", (year: string) => `${year}0101000060Z`],
      ["no seconds", (year: string) => `${year}01010000Z`],
      ["an offset", (year: string) => `${year}0101000000+0000`],
      ["no zone", (year: string) => `${year}0101000000`],
      ["fractions", (year: string) => `${year}0101000000.5Z`],
    ] as const
  ).map(([name, write31]): Mutation => ({
    name: `time with ${name}`,
    codes: ["der/time"],
    mutate(node) {
      const digits = { 0x17: 2, 0x18: 4 }[node.tag];
      if (digits === undefined) return undefined;
      return withContent(node, Buffer.from(write31(Buffer.from(contentOf(node)).toString("latin1").slice(0, digits))));
    },
  })),
];
