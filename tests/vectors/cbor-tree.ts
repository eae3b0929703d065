/** CBOR that can be wrong on purpose: maps as lists of pairs, so that a key may stand twice, and raw bytes anywhere. */

export class Raw {
  readonly bytes: Uint8Array;
  constructor(...bytes: readonly number[]) {
    this.bytes = Uint8Array.from(bytes);
  }
}

export class Tag {
  readonly number: number;
  readonly item: Item;
  constructor(number: number, item: Item) {
    this.number = number;
    this.item = item;
  }
}

/** Pairs are written in the order given. */
export class Pairs {
  readonly entries: [Item, Item][];
  constructor(entries: [Item, Item][]) {
    this.entries = entries;
  }
}

export type Item = number | string | boolean | null | Uint8Array | Item[] | Pairs | Tag | Raw;

export function writeCbor(item: Item): Uint8Array {
  if (item instanceof Raw) return item.bytes;
  if (item instanceof Uint8Array) return Buffer.concat([head(2, item.length), item]);
  if (item instanceof Tag) return Buffer.concat([head(6, item.number), writeCbor(item.item)]);
  if (item instanceof Pairs) {
    return Buffer.concat([head(5, item.entries.length), ...item.entries.flatMap(([key, value]) => [writeCbor(key), writeCbor(value)])]);
  }
  if (Array.isArray(item)) return Buffer.concat([head(4, item.length), ...item.map(writeCbor)]);
  if (typeof item === "number") return item < 0 ? head(1, -1 - item) : head(0, item);
  if (typeof item === "string") return Buffer.concat([head(3, Buffer.byteLength(item)), Buffer.from(item)]);
  return Uint8Array.of(item === null ? 0xf6 : item ? 0xf5 : 0xf4);
}

/** The pairs in the order of their keys' encodings. */
export function sorted(entries: readonly [Item, Item][]): Pairs {
  return new Pairs(entries.toSorted(([a], [b]) => Buffer.compare(writeCbor(a), writeCbor(b))));
}

function head(major: number, argument: number): Uint8Array {
  if (argument < 24) return Uint8Array.of((major << 5) | argument);
  const [size, code] = argument < 0x100 ? [1, 24] : argument < 0x1_0000 ? [2, 25] : argument < 0x1_0000_0000 ? [4, 26] : [8, 27];
  const bytes = new Uint8Array(1 + size);
  bytes[0] = (major << 5) | code;
  for (let place = size, left = argument; place > 0; place -= 1, left = Math.floor(left / 256)) bytes[place] = left % 256;
  return bytes;
}
