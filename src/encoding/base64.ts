/** Base64 and base64url, read strictly: one text for one value, so that nobody reads other bytes than we do. */
import { Malformed } from "../core/malformed.ts";

/** RFC 4648 section 4: the standard alphabet, padded, no line breaks. */
export function decodeBase64(text: string): Uint8Array {
  return decode(text, "base64");
}

/** RFC 7515 section 2: the URL-safe alphabet, without padding. */
export function decodeBase64Url(text: string): Uint8Array {
  return decode(text, "base64url");
}

export function encodeBase64(bytes: Uint8Array): string {
  return asBuffer(bytes).toString("base64");
}

export function encodeBase64Url(bytes: Uint8Array): string {
  return asBuffer(bytes).toString("base64url");
}

/** Node skips what it does not know and takes either alphabet, so the text must be what the bytes encode to. */
function decode(text: string, encoding: "base64" | "base64url"): Uint8Array {
  const buffer = Buffer.from(text, encoding);
  if (buffer.toString(encoding) !== text) throw new Malformed("base64/invalid", `a field is not strict ${encoding}`);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
