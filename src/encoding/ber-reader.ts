/** Reads the outer layers of a message in BER, which CMS allows: lengths may be indefinite or long-winded, byte strings in pieces. Source: X.690 (2021) 8. */
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import { TAG } from "./der-values.ts";

export interface BerElement {
  /** The identifier octet: class, constructed bit and number. */
  readonly tag: number;
  /** Without the end mark of an indefinite length. */
  readonly content: Uint8Array;
  /** Identifier, length and content, as received. */
  readonly bytes: Uint8Array;
}

const CONSTRUCTED = 0x20;
const INDEFINITE = 0x80;

/** A value that is the whole of `bytes`. */
export function decodeBer<T>(bytes: Uint8Array, decode: (reader: BerReader) => T): T {
  return decodeWhole(new BerReader(bytes, 0), decode);
}

function decodeWhole<T>(reader: BerReader, decode: (reader: BerReader) => T): T {
  const value = decode(reader);
  if (!reader.atEnd) throw new Malformed("der/trailing-bytes", "bytes follow the end of a structure");
  return value;
}

/** A cursor as `DerReader` is one. What must be DER inside is handed to that, as the bytes received. */
export class BerReader {
  readonly #bytes: Uint8Array;
  readonly #depth: number;
  #at = 0;

  constructor(bytes: Uint8Array, depth: number) {
    refuseDepth(depth);
    this.#bytes = bytes;
    this.#depth = depth;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  get nextTag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** The next element, whatever it is. */
  any(): BerElement {
    const { tag, from, to, next } = readHead(this.#bytes, this.#at, this.#depth);
    const element = { tag, content: this.#bytes.subarray(from, to), bytes: this.#bytes.subarray(this.#at, next) };
    this.#at = next;
    return element;
  }

  element(tag: number): BerElement {
    const element = this.any();
    if (element.tag !== tag) throw new Malformed("der/tag", `an element has tag ${element.tag} where ${tag} must stand`);
    return element;
  }

  /** Decodes the content of the next element; whatever `decode` leaves over is refused. */
  within<T>(tag: number, decode: (inside: BerReader) => T): T {
    return decodeWhole(new BerReader(this.element(tag).content, this.#depth + 1), decode);
  }

  sequence<T>(decode: (inside: BerReader) => T): T {
    return this.within(TAG.sequence, decode);
  }

  optional<T>(tag: number, decode: (reader: BerReader) => T): T | undefined {
    return this.nextTag === tag ? decode(this) : undefined;
  }

  /** The elements of the next element. */
  members(tag: number): readonly BerElement[] {
    return this.within(tag, (inside) => {
      const found: BerElement[] = [];
      while (!inside.atEnd) found.push(inside.any());
      return found;
    });
  }

  /** A byte string, put together where it comes in pieces. Source: X.690 8.7. */
  octetString(): Uint8Array {
    const whole = TAG.octetString | CONSTRUCTED;
    if (this.nextTag !== whole) return this.element(TAG.octetString).content;
    return this.within(whole, (inside) => {
      const pieces: Uint8Array[] = [];
      while (!inside.atEnd) pieces.push(inside.octetString());
      return Uint8Array.from(Buffer.concat(pieces));
    });
  }
}

interface Head {
  readonly tag: number;
  /** Where the content begins and ends. */
  readonly from: number;
  readonly to: number;
  /** Where the next element begins. */
  readonly next: number;
}

function readHead(bytes: Uint8Array, start: number, depth: number): Head {
  const tag = byteAt(bytes, start);
  // Tag numbers over 30 take several bytes; no structure here has one.
  if ((tag & 0x1f) === 0x1f) throw new Malformed("der/tag", "an element has a tag number over 30");
  const first = byteAt(bytes, start + 1);
  if (first === INDEFINITE) {
    if ((tag & CONSTRUCTED) === 0) throw new Malformed("der/indefinite-length", "an element without parts has no definite length");
    const to = findEnd(bytes, start + 2, depth + 1);
    return { tag, from: start + 2, to, next: to + 2 };
  }
  const count = first < INDEFINITE ? 0 : first & 0x7f;
  if (count > 4) throw new Malformed("der/length", "a length takes more than four bytes");
  let length = count === 0 ? first : 0;
  for (let index = 0; index < count; index++) length = length * 256 + byteAt(bytes, start + 2 + index);
  const from = start + 2 + count;
  if (length > bytes.length - from) throw new Malformed("der/truncated", "an element is longer than what holds it");
  return { tag, from, to: from + length, next: from + length };
}

/** Where the end mark of an indefinite length stands: two zero bytes in the place of an element. */
function findEnd(bytes: Uint8Array, from: number, depth: number): number {
  refuseDepth(depth);
  let at = from;
  while (byteAt(bytes, at) !== 0 || byteAt(bytes, at + 1) !== 0) at = readHead(bytes, at, depth).next;
  return at;
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new Malformed("der/truncated", "an element ends before its length");
  return byte;
}

function refuseDepth(depth: number): void {
  if (depth > LIMITS.derDepth) throw new Malformed("der/depth", `a structure is nested more than ${LIMITS.derDepth} deep`);
}
