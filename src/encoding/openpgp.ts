/** OpenPGP as far as no library is needed: its armour, and the fingerprint of a public key. Source: RFC 9580 4.2, 5.5.4, 6. */
import { createHash } from "node:crypto";
import { unlessMalformed } from "../core/malformed.ts";
import { decodeBase64 } from "./base64.ts";

/** The one block that the text is; `undefined` for anything else. `maxBytes`: of the text. The checksum says nothing that a signature does not. */
export function decodePgpArmour(
  text: string,
  { label, maxBytes }: { readonly label: string; readonly maxBytes: number },
): Uint8Array | undefined {
  if (text.length > maxBytes) return undefined;
  const [begin = "", ...lines] = text.split("\n");
  while (lines.at(-1) === "") lines.pop();
  if (begin !== `-----BEGIN PGP ${label}-----` || lines.pop() !== `-----END PGP ${label}-----`) return undefined;
  // GitHub has a space where the headers end.
  const start = lines.findIndex((line) => line.trim() === "");
  if (start < 0 || !lines.slice(0, start).every((line) => /^[A-Za-z][A-Za-z0-9-]*: /.test(line))) return undefined;
  const body = lines.slice(start + 1);
  if (/^=[A-Za-z0-9+/]{4}$/.test(body.at(-1) ?? "")) body.pop();
  const bytes = unlessMalformed(() => decodeBase64(body.join("")));
  return bytes?.length === 0 ? undefined : bytes;
}

const [PUBLIC_KEY, SECRET_KEY] = [6, 5];

/** Of the primary key of what `gpg --export` writes, in upper-case hex as gpg shows it; or what it holds instead, in words. */
export function openPgpFingerprint(bytes: Uint8Array): { readonly fingerprint: string } | { readonly holds: string } {
  const packets = splitPackets(bytes);
  const first = packets?.[0];
  if (packets === undefined || first === undefined) return { holds: "what is no key" };
  if (packets.some(({ tag }) => tag === SECRET_KEY)) return { holds: "a private key" };
  if (first.tag !== PUBLIC_KEY) return { holds: "what does not begin with a public key" };
  if (packets.filter(({ tag }) => tag === PUBLIC_KEY).length > 1) return { holds: "several public keys" };
  const fingerprint = fingerprintOf(first.body);
  return fingerprint === undefined ? { holds: `a key of version ${first.body[0] ?? 0}, and 4 and 6 are read` } : { fingerprint };
}

function fingerprintOf(body: Uint8Array): string | undefined {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  switch (body[0]) {
    case 4:
      return hexOf("sha1", [Uint8Array.of(0x99), length.subarray(2), body]);
    case 6:
      return hexOf("sha256", [Uint8Array.of(0x9b), length, body]);
    default:
      return undefined;
  }
}

function hexOf(algorithm: "sha1" | "sha256", parts: readonly Uint8Array[]): string {
  return createHash(algorithm).update(Buffer.concat(parts)).digest("hex").toUpperCase();
}

interface Packet {
  readonly tag: number;
  readonly body: Uint8Array;
}

/** `undefined` where they do not fill the bytes; keys have none whose length is open. */
function splitPackets(bytes: Uint8Array): readonly Packet[] | undefined {
  const packets: Packet[] = [];
  let at = 0;
  while (at < bytes.length) {
    const first = bytes[at] ?? 0;
    if ((first & 0x80) === 0) return undefined;
    const isNew = (first & 0x40) !== 0;
    const size = isNew ? newLength(bytes.subarray(at + 1)) : oldLength(first & 0x03, bytes.subarray(at + 1));
    if (size === undefined) return undefined;
    const start = at + 1 + size.octets;
    at = start + size.length;
    if (at > bytes.length) return undefined;
    packets.push({ tag: isNew ? first & 0x3f : (first >> 2) & 0x0f, body: bytes.subarray(start, at) });
  }
  return packets;
}

interface Length {
  readonly octets: number;
  readonly length: number;
}

function newLength(bytes: Uint8Array): Length | undefined {
  const [first = 0xe0, second] = bytes;
  if (first < 192) return { octets: 1, length: first };
  if (first < 224) return second === undefined ? undefined : { octets: 2, length: ((first - 192) << 8) + second + 192 };
  return first === 255 ? bigEndian(bytes.subarray(1), { octets: 4, before: 1 }) : undefined;
}

function oldLength(type: number, bytes: Uint8Array): Length | undefined {
  const octets = [1, 2, 4][type];
  return octets === undefined ? undefined : bigEndian(bytes, { octets, before: 0 });
}

function bigEndian(bytes: Uint8Array, { octets, before }: { readonly octets: number; readonly before: number }): Length | undefined {
  if (bytes.length < octets) return undefined;
  return { octets: octets + before, length: Buffer.from(bytes.subarray(0, octets)).readUIntBE(0, octets) };
}
