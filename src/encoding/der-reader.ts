/** Reads DER strictly: one encoding for each value, every byte accounted for. Source: X.690 (2021) 10. */
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import {
  type BitString,
  decodeBitString,
  decodeBoolean,
  decodeIntegerBytes,
  decodeNull,
  decodeOid,
  decodeSmallInteger,
  decodeText,
  decodeTime,
  TAG,
} from "./der-values.ts";

export interface DerElement {
  /** The identifier octet: class, constructed bit and number. */
  readonly tag: number;
  readonly content: Uint8Array;
  /** Identifier, length and content, as received. */
  readonly bytes: Uint8Array;
}

/** A value that is the whole of `bytes`. */
export function decodeDer<T>(bytes: Uint8Array, decode: (reader: DerReader) => T): T {
  return decodeWhole(new DerReader(bytes, 0), decode);
}

function decodeWhole<T>(reader: DerReader, decode: (reader: DerReader) => T): T {
  const value = decode(reader);
  if (!reader.atEnd) throw new Malformed("der/trailing-bytes", "bytes follow the end of a structure");
  return value;
}

/** A cursor over the elements of one structure. Only `decodeDer` and `within` make one, so its end is always checked. */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #depth: number;
  #at = 0;

  constructor(bytes: Uint8Array, depth: number) {
    if (depth > LIMITS.derDepth) throw new Malformed("der/depth", `a structure is nested more than ${LIMITS.derDepth} deep`);
    this.#bytes = bytes;
    this.#depth = depth;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The identifier octet of the next element, or `undefined` at the end. */
  get nextTag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** The next element, which must have this tag. */
  element(tag: number): DerElement {
    const element = this.#next();
    if (element.tag !== tag) {
      throw new Malformed("der/tag", `an element has tag ${hex(element.tag)} where ${hex(tag)} must stand`);
    }
    return element;
  }

  /** The next element whatever it is, with all that is inside it checked to be DER. */
  any(): DerElement {
    const element = this.#next();
    checkElement(element, this.#depth);
    return element;
  }

  /** Decodes the content of the next element; whatever `decode` leaves over is refused. */
  within<T>(tag: number, decode: (inside: DerReader) => T): T {
    return decodeWhole(new DerReader(this.element(tag).content, this.#depth + 1), decode);
  }

  sequence<T>(decode: (inside: DerReader) => T): T {
    return this.within(TAG.sequence, decode);
  }

  /** Every element of a SEQUENCE OF. */
  sequenceOf<T>(decode: (inside: DerReader) => T): readonly T[] {
    return this.within(TAG.sequence, (inside) => inside.#all(decode));
  }

  /** Every element of a SET OF, which DER sorts by encoding. Source: X.690 11.6. */
  setOf<T>(decode: (inside: DerReader) => T): readonly T[] {
    return this.within(TAG.set, (inside) => {
      let previous: Uint8Array | undefined;
      return inside.#all((member) => {
        const { value, bytes } = member.measured(decode);
        if (previous !== undefined && Buffer.compare(previous, bytes) > 0) {
          throw new Malformed("der/order", "the members of a set are not sorted");
        }
        previous = bytes;
        return value;
      });
    });
  }

  /** What `decode` makes of what it reads, with the bytes that it read. */
  measured<T>(decode: (reader: DerReader) => T): { readonly value: T; readonly bytes: Uint8Array } {
    const start = this.#at;
    const value = decode(this);
    return { value, bytes: this.#bytes.subarray(start, this.#at) };
  }

  /** What `decode` makes of the next element if it has this tag, else `undefined`. */
  optional<T>(tag: number, decode: (reader: DerReader) => T): T | undefined {
    return this.nextTag === tag ? decode(this) : undefined;
  }

  boolean(): boolean {
    return decodeBoolean(this.element(TAG.boolean).content);
  }

  /** A BOOLEAN DEFAULT FALSE, which must be left out rather than written as FALSE. Source: X.690 11.5. */
  flag(): boolean {
    if (this.nextTag !== TAG.boolean) return false;
    if (!this.boolean()) throw new Malformed("der/default", "a default of FALSE is written out");
    return true;
  }

  integerBytes(): Uint8Array {
    return decodeIntegerBytes(this.element(TAG.integer).content);
  }

  smallInteger(): number {
    return decodeSmallInteger(this.element(TAG.integer).content);
  }

  oid(): string {
    return decodeOid(this.element(TAG.oid).content);
  }

  null(): void {
    decodeNull(this.element(TAG.null).content);
  }

  octetString(): Uint8Array {
    return this.element(TAG.octetString).content;
  }

  bitString(): BitString {
    return decodeBitString(this.element(TAG.bitString).content);
  }

  /** A BIT STRING that holds whole bytes: a key or a signature. */
  bitStringBytes(): Uint8Array {
    const { unused, bytes } = this.bitString();
    if (unused !== 0) throw new Malformed("der/bit-string", "a key or signature is not of whole bytes");
    return bytes;
  }

  time(): Date {
    const { tag, content } = this.#next();
    if (tag !== TAG.utcTime && tag !== TAG.generalizedTime) throw new Malformed("der/tag", `tag ${hex(tag)} stands where a time must be`);
    return decodeTime(tag, content);
  }

  text(): string {
    const { tag, content } = this.#next();
    return decodeText(tag, content);
  }

  #all<T>(decode: (inside: DerReader) => T): T[] {
    const values: T[] = [];
    while (!this.atEnd) {
      const { value, bytes } = this.measured(decode);
      // A decoder that reads nothing would go round for ever.
      if (bytes.length === 0) throw new TypeError("a decoder of members read none");
      values.push(value);
    }
    return values;
  }

  #next(): DerElement {
    const start = this.#at;
    const tag = this.#byte();
    // Tag numbers over 30 take several bytes; no structure here has one.
    if ((tag & 0x1f) === 0x1f) throw new Malformed("der/tag", "an element has a tag number over 30");
    const length = this.#length();
    const from = this.#at;
    if (length > this.#bytes.length - from) throw new Malformed("der/truncated", "an element is longer than what holds it");
    this.#at = from + length;
    return { tag, content: this.#bytes.subarray(from, this.#at), bytes: this.#bytes.subarray(start, this.#at) };
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    if (first === 0x80) throw new Malformed("der/indefinite-length", "an element has no definite length");
    const count = first & 0x7f;
    if (count > 4) throw new Malformed("der/length", "a length takes more than four bytes");
    let length = 0;
    for (let index = 0; index < count; index++) length = length * 256 + this.#byte();
    if (length < 0x80 || length < 256 ** (count - 1)) throw new Malformed("der/length", "a length is not in its shortest form");
    return length;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new Malformed("der/truncated", "an element ends before its length");
    this.#at += 1;
    return byte;
  }
}

const CONSTRUCTED = 0x20;
const CLASS = 0xc0;

const PRIMITIVES: Readonly<Record<number, (content: Uint8Array) => unknown>> = {
  [TAG.boolean]: decodeBoolean,
  [TAG.integer]: decodeIntegerBytes,
  [TAG.enumerated]: decodeIntegerBytes,
  [TAG.bitString]: decodeBitString,
  [TAG.oid]: decodeOid,
  [TAG.null]: decodeNull,
};

function checkElement({ tag, content }: DerElement, depth: number): void {
  if ((tag & CONSTRUCTED) === 0) {
    if ((tag & CLASS) === 0) PRIMITIVES[tag]?.(content);
    return;
  }
  if ((tag & CLASS) === 0 && tag !== TAG.sequence && tag !== TAG.set) {
    throw new Malformed("der/tag", "a text or byte string is built of pieces");
  }
  decodeWhole(new DerReader(content, depth + 1), (inside) => {
    while (!inside.atEnd) inside.any();
  });
}

function hex(tag: number): string {
  return tag.toString(16).padStart(2, "0");
}
