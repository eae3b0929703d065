/** Writes DER: each function returns one whole element. */
import { Malformed } from "../core/malformed.ts";
import { decodeText, TAG } from "./der-values.ts";

export function encodeElement(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, content) => sum + content.length, 0);
  return Uint8Array.from(Buffer.concat([Uint8Array.of(tag), encodeLength(length), ...contents]));
}

function encodeLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const bytes = bigEndian(BigInt(length));
  return Uint8Array.of(0x80 | bytes.length, ...bytes);
}

/** The bytes of a non-negative number, at least one. */
function bigEndian(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
}

export function encodeSequence(...members: readonly Uint8Array[]): Uint8Array {
  return encodeElement(TAG.sequence, ...members);
}

/** A SET OF: members sorted by their encoding. Source: X.690 11.6. */
export function encodeSetOf(...members: readonly Uint8Array[]): Uint8Array {
  return encodeElement(TAG.set, ...members.toSorted(Buffer.compare));
}

/** `[number]` around whole elements (EXPLICIT), or in place of a constructed element's own tag (IMPLICIT). */
export function encodeConstructed(number: number, ...members: readonly Uint8Array[]): Uint8Array {
  return encodeElement(0xa0 | number, ...members);
}

/** `[number]` in place of a primitive element's own tag. */
export function encodePrimitive(number: number, content: Uint8Array): Uint8Array {
  return encodeElement(0x80 | number, content);
}

export function encodeBoolean(value: boolean): Uint8Array {
  return encodeElement(TAG.boolean, Uint8Array.of(value ? 0xff : 0));
}

export function encodeInteger(value: bigint): Uint8Array {
  if (value >= 0n) {
    const bytes = bigEndian(value);
    return (bytes[0] ?? 0) < 0x80 ? encodeElement(TAG.integer, bytes) : encodeElement(TAG.integer, Uint8Array.of(0), bytes);
  }
  let size = 1;
  while (value < -(1n << BigInt(8 * size - 1))) size += 1;
  return encodeElement(TAG.integer, bigEndian((1n << BigInt(8 * size)) + value));
}

export function encodeOid(oid: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = oid.split(".").map(Number);
  return encodeElement(TAG.oid, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

function base128(arc: number): number[] {
  const digits = [arc % 128];
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left % 128) | 0x80);
  return digits;
}

export function encodeNull(): Uint8Array {
  return encodeElement(TAG.null);
}

export function encodeOctetString(content: Uint8Array): Uint8Array {
  return encodeElement(TAG.octetString, content);
}

export function encodeBitString(bytes: Uint8Array, unused: number = 0): Uint8Array {
  return encodeElement(TAG.bitString, Uint8Array.of(unused), bytes);
}

/** Named bits, bit 0 first, without trailing zero bits. Source: X.690 11.2.2. */
export function encodeNamedBits(set: readonly number[]): Uint8Array {
  const highest = Math.max(-1, ...set);
  const bytes = new Uint8Array(Math.ceil((highest + 1) / 8));
  for (const bit of set) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return encodeBitString(bytes, highest < 0 ? 0 : 7 - (highest & 7));
}

/** UTCTime until 2049, GeneralizedTime from then on and before 1950. Source: RFC 5280 4.1.2.5. */
export function encodeTime(time: Date): Uint8Array {
  const digits = `${time
    .toISOString()
    .replace(/\.\d+Z$/, "")
    .replace(/[^0-9]/g, "")}Z`;
  const year = time.getUTCFullYear();
  const [tag, text] = year >= 1950 && year < 2050 ? [TAG.utcTime, digits.slice(2)] : [TAG.generalizedTime, digits];
  return encodeElement(tag, Buffer.from(text, "latin1"));
}

/** A GeneralizedTime to the millisecond, as the times of timestamps are. Source: RFC 3161 2.4.2. */
export function encodeFractionalTime(time: Date): Uint8Array {
  const [whole = "", millis = ""] = time.toISOString().slice(0, -1).split(".");
  const fraction = millis.replace(/0+$/, "");
  const text = `${whole.replace(/[^0-9]/g, "")}${fraction === "" ? "" : `.${fraction}`}Z`;
  return encodeElement(TAG.generalizedTime, Buffer.from(text, "latin1"));
}

/** Text under the tag of a string type. Throws `RangeError` for what the type cannot hold: cut to fit, it would read as another name. */
export function encodeText(tag: number, text: string): Uint8Array {
  const content =
    tag === TAG.bmpString ? Buffer.from(text, "utf16le").swap16() : Buffer.from(text, tag === TAG.utf8String ? "utf8" : "latin1");
  if (readBack(tag, content) !== text) throw new RangeError(`the string type ${tag} cannot hold "${text}"`);
  return encodeElement(tag, content);
}

function readBack(tag: number, content: Uint8Array): string | undefined {
  try {
    return decodeText(tag, content);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}
