/** Reads a tar file as far as an OCI archive needs it: which file lies where. Nothing is ever unpacked. */
import type { FileHandle } from "node:fs/promises";
import { LIMITS } from "../core/limits.ts";

export interface TarEntry {
  /** Where the content begins. */
  readonly offset: number;
  readonly size: number;
}

/** What is wrong with an archive; ends a sentence that names it. */
export class TarFault extends Error {}

const BLOCK = 512;
/** A longer extended header has nothing to do with files of a layout. */
const EXTENDED_BYTES = 65_536;
/** Offsets in a header. Source: POSIX.1-2017, pax, "ustar Interchange Format". */
const FIELDS = {
  name: [0, 100],
  size: [124, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 6],
  prefix: [345, 155],
  trailer: [508, 4],
} as const;

/** "5" is a folder, and a file is "0" or, in old archives, nothing. */
const FILE_OR_FOLDER = /^[05]?$/;

/** What an extended header says of the next entry. */
interface Extended {
  readonly path?: string;
  readonly size?: number;
}

/**
 * The regular files of the archive by name. Throws `TarFault` for an archive that two readers could read differently: a
 * name that is there twice, a link in the place of a file, a size that is said twice, an end that is missing.
 */
export async function readTar(file: FileHandle): Promise<ReadonlyMap<string, TarEntry>> {
  const { size: end } = await file.stat();
  await refuseCompressed(file);
  const entries = new Map<string, TarEntry>();
  let extended: Extended = {};
  for (let at = 0, count = 0; ; count++) {
    if (count > LIMITS.archiveEntries) throw new TarFault(`it has more than ${LIMITS.archiveEntries} entries`);
    const header = await readAt(file, at, BLOCK);
    if (isEmpty(header)) {
      if (at + 2 * BLOCK <= end && !isEmpty(await readAt(file, at + BLOCK, BLOCK))) throw new TarFault("it goes on after its end");
      return entries;
    }
    checkHeader(header, at);
    const type = text(header, FIELDS.type);
    const size = sizeOf(header, { type, extended });
    const offset = at + BLOCK;
    if (size > end - offset) throw new TarFault("it is cut off");
    at = offset + Math.ceil(size / BLOCK) * BLOCK;
    if (type === "x" || type === "g" || type === "L") {
      if (Object.keys(extended).length > 0) throw new TarFault("it has two extended headers for one entry");
      if (size > EXTENDED_BYTES) throw new TarFault("it has an extended header that is too long");
      const content = await readAt(file, offset, size);
      const said = type === "L" ? { path: text(content, [0, content.length]) } : decodeExtended(content);
      if (type === "L" && said.path === "") throw new TarFault("it has an empty name");
      if (type === "g" && Object.keys(said).length > 0) throw new TarFault("it has a header that renames or resizes every entry");
      extended = type === "g" ? {} : said;
      continue;
    }
    const written = extended.path ?? nameOf(header);
    const name = normalName(written);
    // A link could lead to another file under the name of this one, and readers differ in what they make of other types.
    if (!FILE_OR_FOLDER.test(type)) throw new TarFault(`"${name}" in it is neither a file nor a folder`);
    // Readers could take it for the next file's.
    if (type === "5" && Object.keys(extended).length > 0) throw new TarFault("it has an extended header that no file follows");
    extended = {};
    if (type === "5") continue;
    if (name === "" || written.endsWith("/")) throw new TarFault("it has a file without a name, or with a folder's");
    if (entries.has(name)) throw new TarFault(`it has "${name}" twice`);
    entries.set(name, { offset, size });
  }
}

function isEmpty(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** Readers differ in whether a link or folder has content, and in which of two sizes they believe. */
function sizeOf(header: Uint8Array, { type, extended }: { readonly type: string; readonly extended: Extended }): number {
  const inHeader = numberOf(field(header, FIELDS.size));
  if (/^[1-6]$/.test(type) && (extended.size ?? inHeader) !== 0) throw new TarFault("it has a link or folder with content");
  if (extended.size !== undefined && inHeader !== 0 && inHeader !== extended.size) throw new TarFault("it says two sizes for one entry");
  return extended.size ?? inHeader;
}

async function readAt(file: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = length === 0 ? { bytesRead: 0 } : await file.read(bytes, 0, length, at);
  if (bytesRead < length) throw new TarFault(at === 0 && bytesRead < BLOCK ? "it is no tar file" : "it is cut off");
  return bytes;
}

const COMPRESSED = /^(?:1f8b|28b52ffd)/;

async function refuseCompressed(file: FileHandle): Promise<void> {
  const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
  if (COMPRESSED.test(buffer.toString("hex"))) throw new TarFault("it is compressed; unpack it first, with gunzip or zstd -d");
}

function checkHeader(header: Uint8Array, at: number): void {
  const [start, length] = FIELDS.checksum;
  const sum = header.reduce((total, byte, place) => total + (place >= start && place < start + length ? 0x20 : byte), 0);
  if (!text(header, FIELDS.magic).startsWith("ustar") || sum !== numberOf(field(header, FIELDS.checksum)))
    throw new TarFault(at === 0 ? "it is no tar file" : "a header in it is damaged");
  // Two old dialects put the name together in ways of their own.
  const isGnu = text(header, FIELDS.magic) !== "ustar";
  if (text(header, FIELDS.trailer) === "tar" || (isGnu && text(header, FIELDS.prefix) !== ""))
    throw new TarFault("a name in it can be read in two ways");
}

function field(header: Uint8Array, [start, length]: readonly [number, number]): Uint8Array {
  return header.subarray(start, start + length);
}

function text(header: Uint8Array, place: readonly [number, number]): string {
  const bytes = field(header, place);
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString("utf8");
}

/** Octal digits; or, for what they cannot hold, a binary number that starts with 0x80, as GNU tar and Go write it. */
function numberOf(bytes: Uint8Array): number {
  const isBinary = bytes[0] === 0x80;
  const octal = /^ *([0-7]*)[ \0]*$/.exec(Buffer.from(bytes).toString("latin1"))?.[1];
  const value = isBinary
    ? bytes.subarray(1).reduce((total, byte) => total * 256 + byte, 0)
    : octal === undefined
      ? Number.NaN
      : Number.parseInt(octal || "0", 8);
  if (!Number.isSafeInteger(value)) throw new TarFault("a number in it cannot be read");
  return value;
}

function nameOf(header: Uint8Array): string {
  // GNU's own format keeps other things where POSIX has the prefix.
  const isPosix = text(header, FIELDS.magic) === "ustar";
  const prefix = isPosix ? text(header, FIELDS.prefix) : "";
  return `${prefix}${prefix === "" ? "" : "/"}${text(header, FIELDS.name)}`;
}

/** `./index.json` is index.json. What leads out of the archive is refused although nothing is unpacked: others may do so. */
function normalName(name: string): string {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (name.startsWith("/") || parts.includes("..") || name.includes("\0")) throw new TarFault("a path in it leads out of it");
  return parts.join("/");
}

/** Records of the form `30 path=…\n`, the length counting itself. Source: POSIX.1-2017, pax, "pax Extended Header". */
function decodeExtended(content: Uint8Array): Extended {
  let path: string | undefined;
  let size: number | undefined;
  for (let at = 0; at < content.length;) {
    const length = /^([1-9][0-9]{0,5}) /.exec(Buffer.from(content.subarray(at, at + 7)).toString("latin1"))?.[1];
    const record = length === undefined ? new Uint8Array() : content.subarray(at, at + Number(length));
    const said = /^[0-9]+ ([^=]+)=([^]*)\n$/.exec(Buffer.from(record).toString("utf8"));
    if (length === undefined || record.length !== Number(length) || !said) throw new TarFault("an extended header in it cannot be read");
    at += record.length;
    const [, key = "", value = ""] = said;
    if (key.startsWith("GNU.sparse.")) throw new TarFault("it has a sparse file");
    if ((key === "path" && path !== undefined) || (key === "size" && size !== undefined)) throw new TarFault(`it says a ${key} twice`);
    if (key === "path" && value === "") throw new TarFault("it has an empty name");
    if (key === "path") path = value;
    if (key === "size") {
      if (!/^[0-9]{1,16}$/.test(value) || !Number.isSafeInteger(Number(value))) throw new TarFault("a number in it cannot be read");
      size = Number(value);
    }
  }
  return { ...(path === undefined ? {} : { path }), ...(size === undefined ? {} : { size }) };
}
