/** Strict CBOR, the part that COSE envelopes use: definite lengths, shortest forms, no key twice, no floats. RFC 8949. */
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";

/** A tagged item; what the tag means is for the reader to say. */
export interface CborTag {
  readonly tag: number;
  readonly value: CborValue;
}

export type CborMap = ReadonlyMap<number | string, CborValue>;

/** Integers beyond 2^53, floats and simple values other than these are refused: no header needs them. */
export type CborValue = number | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap | CborTag;

const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;
const INDEFINITE = 31;

/** The one item that `bytes` are. Byte strings are views of `bytes`. The order of a map's keys is not looked at. */
export function decodeCbor(bytes: Uint8Array, options: { readonly maxBytes: number }): CborValue {
  if (bytes.length > options.maxBytes) throw new Malformed("integrity/too-large", `a CBOR document is over ${options.maxBytes} bytes`);
  const reader: Reader = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0, items: 0 };
  const value = readItem(reader, 0);
  if (reader.at !== bytes.length) throw new Malformed("cbor/trailing-bytes", "bytes follow the end of a CBOR document");
  return value;
}

/** Core deterministic encoding, RFC 8949 4.2.1: shortest forms, keys of maps in the order of their encodings. */
export function encodeCbor(value: CborValue): Uint8Array {
  return Buffer.concat(encodeItem(value));
}

export function isCborTag(value: CborValue | undefined): value is CborTag {
  return typeof value === "object" && value !== null && "tag" in value;
}

export function isCborMap(value: CborValue | undefined): value is CborMap {
  return value instanceof Map;
}

interface Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
  items: number;
}

function readItem(reader: Reader, depth: number): CborValue {
  if (depth >= LIMITS.cborDepth) throw invalid("is nested too deeply");
  reader.items += 1;
  if (reader.items > LIMITS.cborItems) throw invalid(`has more than ${LIMITS.cborItems} items`);
  const first = readByte(reader);
  if (first === FALSE || first === TRUE) return first === TRUE;
  if (first === NULL) return null;
  const major = first >> 5;
  if (major > TAG) throw invalid("holds a float or a simple value that no header needs");
  const argument = readArgument(reader, first & 31);
  switch (major) {
    case UNSIGNED:
      return argument;
    case NEGATIVE:
      return -1 - argument;
    case BYTES:
      return readBytes(reader, argument);
    case TEXT:
      return decodeText(readBytes(reader, argument));
    case ARRAY:
      return readArray(reader, argument, depth);
    case MAP:
      return readMap(reader, argument, depth);
    default:
      return { tag: argument, value: readItem(reader, depth + 1) };
  }
}

function readArray(reader: Reader, length: number, depth: number): readonly CborValue[] {
  needs(reader, length);
  const items: CborValue[] = [];
  for (let count = 0; count < length; count += 1) items.push(readItem(reader, depth + 1));
  return items;
}

function readMap(reader: Reader, length: number, depth: number): CborMap {
  needs(reader, 2 * length);
  const map = new Map<number | string, CborValue>();
  for (let count = 0; count < length; count += 1) {
    const key = readItem(reader, depth + 1);
    if (typeof key !== "number" && typeof key !== "string") throw invalid("has a map key that is neither an integer nor text");
    if (map.has(key)) throw new Malformed("cbor/duplicate-key", "a CBOR map names a key twice");
    map.set(key, readItem(reader, depth + 1));
  }
  return map;
}

/** A length, count, tag or integer, in its shortest form only: two encodings of one value would be two envelopes. */
function readArgument(reader: Reader, short: number): number {
  if (short < 24) return short;
  if (short === INDEFINITE) throw new Malformed("cbor/indefinite-length", "a CBOR item has no definite length");
  if (short > 27) throw invalid("has an item head that means nothing");
  const size = 2 ** (short - 24);
  needs(reader, size);
  const at = reader.at;
  reader.at += size;
  const argument =
    size === 1
      ? reader.view.getUint8(at)
      : size === 2
        ? reader.view.getUint16(at)
        : size === 4
          ? reader.view.getUint32(at)
          : Number(reader.view.getBigUint64(at));
  const smallest = size === 1 ? 24 : 2 ** (4 * size);
  if (argument < smallest) throw invalid("has a length or integer that is not in its shortest form");
  if (argument >= Number.MAX_SAFE_INTEGER) throw invalid("has an integer larger than any header needs");
  return argument;
}

function readByte(reader: Reader): number {
  needs(reader, 1);
  const byte = reader.view.getUint8(reader.at);
  reader.at += 1;
  return byte;
}

function readBytes(reader: Reader, length: number): Uint8Array {
  needs(reader, length);
  reader.at += length;
  return reader.bytes.subarray(reader.at - length, reader.at);
}

/** Asked before anything is set aside for `count` bytes or items; an item is at least one byte. */
function needs(reader: Reader, count: number): void {
  if (count > reader.bytes.length - reader.at) throw invalid("ends before its stated length");
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw invalid("has text that is not UTF-8");
    throw error;
  }
}

function invalid(state: string): Malformed {
  return new Malformed("cbor/invalid", `a CBOR document ${state}`);
}

function encodeItem(value: CborValue): readonly Uint8Array[] {
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new TypeError("only integers are written as CBOR numbers");
    return [value < 0 ? head(NEGATIVE, -1 - value) : head(UNSIGNED, value)];
  }
  if (typeof value === "string") {
    const bytes = new TextEncoder().encode(value);
    return [head(TEXT, bytes.length), bytes];
  }
  if (value === null) return [Uint8Array.of(NULL)];
  if (typeof value === "boolean") return [Uint8Array.of(value ? TRUE : FALSE)];
  if (value instanceof Uint8Array) return [head(BYTES, value.length), value];
  if (isCborMap(value)) {
    const entries = Array.from(value, ([key, item]) => [Buffer.concat(encodeItem(key)), ...encodeItem(item)] as const);
    entries.sort(([a], [b]) => Buffer.compare(a, b));
    return [head(MAP, value.size), ...entries.flat()];
  }
  if (isCborTag(value)) return [head(TAG, value.tag), ...encodeItem(value.value)];
  return [head(ARRAY, value.length), ...value.flatMap(encodeItem)];
}

function head(major: number, argument: number): Uint8Array {
  const top = major << 5;
  if (argument < 24) return Uint8Array.of(top | argument);
  const size = argument < 2 ** 8 ? 1 : argument < 2 ** 16 ? 2 : argument < 2 ** 32 ? 4 : 8;
  const bytes = new Uint8Array(1 + size);
  bytes[0] = top | (24 + Math.log2(size));
  const view = new DataView(bytes.buffer);
  if (size === 1) view.setUint8(1, argument);
  else if (size === 2) view.setUint16(1, argument);
  else if (size === 4) view.setUint32(1, argument);
  else view.setBigUint64(1, BigInt(argument));
  return bytes;
}
