/** The contents of primitive DER elements as plain values, each in the one form that DER allows. Source: X.690 (2021) 8 and 10. */
import { Malformed } from "../core/malformed.ts";

/** Universal tags that certificates and keys use, as identifier octets. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

export interface BitString {
  /** How many low bits of the last byte do not count, 0 to 7. */
  readonly unused: number;
  readonly bytes: Uint8Array;
}

export function decodeBoolean(content: Uint8Array): boolean {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) {
    throw new Malformed("der/boolean", "a boolean is not one byte of 00 or FF");
  }
  return content[0] === 0xff;
}

export function decodeNull(content: Uint8Array): void {
  if (content.length !== 0) throw new Malformed("der/length", "a null has content");
}

/** The two's complement bytes, checked to be the fewest possible. */
export function decodeIntegerBytes(content: Uint8Array): Uint8Array {
  const [first, second] = content;
  if (first === undefined) throw new Malformed("der/integer", "an integer is empty");
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
    throw new Malformed("der/integer", "an integer is padded");
  }
  return content;
}

/** A small non-negative integer, such as a version or a path length. */
export function decodeSmallInteger(content: Uint8Array): number {
  const bytes = decodeIntegerBytes(content);
  if (bytes.length > 4 || (bytes[0] ?? 0) >= 0x80) throw new Malformed("der/integer", "an integer is negative or too large for its field");
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

/** An object identifier in dotted form. */
export function decodeOid(content: Uint8Array): string {
  const last = content.at(-1);
  if (last === undefined || last >= 0x80) throw new Malformed("der/oid", "an object identifier is empty or unfinished");
  const arcs: number[] = [];
  let arc = 0;
  let starting = true;
  for (const byte of content) {
    if (starting && byte === 0x80) throw new Malformed("der/oid", "an object identifier is padded");
    arc = arc * 128 + (byte & 0x7f);
    // Beyond this, two identifiers could read as the same number.
    if (!Number.isSafeInteger(arc)) throw new Malformed("der/oid", "an object identifier has an arc beyond all real ones");
    starting = byte < 0x80;
    if (starting) {
      if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)));
      else arcs.push(arc);
      arc = 0;
    }
  }
  return arcs.join(".");
}

export function decodeBitString(content: Uint8Array): BitString {
  const unused = content[0];
  const last = content.at(-1) ?? 0;
  if (unused === undefined || unused > 7 || (unused > 0 && content.length === 1)) {
    throw new Malformed("der/bit-string", "a bit string has no count of unused bits, or a wrong one");
  }
  if ((last & ((1 << unused) - 1)) !== 0 && content.length > 1) throw new Malformed("der/bit-string", "a bit string's unused bits are set");
  return { unused, bytes: content.subarray(1) };
}

const TIMES: Readonly<Record<number, RegExp>> = {
  [TAG.utcTime]: /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
  [TAG.generalizedTime]: /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
};

/** A time to the second, in UTC. Source: RFC 5280 4.1.2.5. */
export function decodeTime(tag: number, content: Uint8Array): Date {
  const match = content.length <= 15 ? TIMES[tag]?.exec(latin1(content)) : undefined;
  if (!match) throw new Malformed("der/time", "a time is not written with seconds and a final Z");
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const full = tag === TAG.utcTime ? (year < 50 ? 2000 + year : 1900 + year) : year;
  const time = new Date(0);
  time.setUTCFullYear(full, month - 1, day);
  time.setUTCHours(hour, minute, second);
  // Date rolls 31 February over into March; a field that changed was no real one.
  const real = time.getUTCMonth() === month - 1 && time.getUTCDate() === day && time.getUTCHours() === hour;
  if (!real || time.getUTCMinutes() !== minute || time.getUTCSeconds() !== second) {
    throw new Malformed("der/time", "a time is not a real moment");
  }
  return time;
}

/** Milliseconds since 1970 of a time whose seconds may have a fraction, written without zeros at its end. Source: RFC 3161 2.4.2. */
export function decodeFractionalTime(content: Uint8Array): number {
  const [, whole, fraction] = (content.length <= 24 ? /^(\d{14})(\.\d*[1-9])Z$/.exec(latin1(content)) : null) ?? [];
  if (whole === undefined) return decodeTime(TAG.generalizedTime, content).getTime();
  return decodeTime(TAG.generalizedTime, Buffer.from(`${whole}Z`, "latin1")).getTime() + Number(`0${fraction}`) * 1000;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const ALPHABETS: Readonly<Record<number, RegExp>> = {
  [TAG.numericString]: /^[0-9 ]*$/,
  // `*`, `&`, `@` and `_` are not in the alphabet of X.680 but in that of old roots; nothing hangs on them.
  [TAG.printableString]: /^[A-Za-z0-9 '()+,\-./:=?*&@_]*$/,
  [TAG.ia5String]: /^[\u0000-\u007f]*$/,
  [TAG.teletexString]: /^/,
};

/** The text of any string type that names in certificates use. */
export function decodeText(tag: number, content: Uint8Array): string {
  if (tag === TAG.utf8String) {
    try {
      return utf8.decode(content);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new Malformed("der/string", "a text is not UTF-8");
    }
  }
  if (tag === TAG.bmpString) return decodeBmp(content);
  const alphabet = ALPHABETS[tag];
  if (alphabet === undefined) throw new Malformed("der/string", "a text is of a type that is none");
  const text = latin1(content);
  if (!alphabet.test(text)) throw new Malformed("der/string", "a text has characters that its type does not allow");
  return text;
}

function decodeBmp(content: Uint8Array): string {
  if (content.length % 2 !== 0) throw new Malformed("der/string", "a text of two-byte characters has an odd length");
  let text = "";
  for (let at = 0; at < content.length; at += 2) {
    const unit = ((content[at] ?? 0) << 8) | (content[at + 1] ?? 0);
    if (unit >= 0xd800 && unit <= 0xdfff) throw new Malformed("der/string", "a text of two-byte characters has half a pair");
    text += String.fromCharCode(unit);
  }
  return text;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
