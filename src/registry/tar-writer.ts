/** Writes a tar file as an OCI archive needs it: regular files, the same bytes for the same content. Source: POSIX.1-2017, pax. */
import { TarFault } from "./tar-reader.ts";

const BLOCK = 512;
const NAME_BYTES = 100;
/** The first size that eleven octal digits cannot hold. */
const LARGE = 8 ** 11;

export interface NewEntry {
  readonly name: string;
  readonly size: number;
  open(): AsyncIterable<Uint8Array>;
}

/** An archive as pieces to be written one after the other. */
export async function* writeTar(entries: readonly NewEntry[]): AsyncGenerator<Uint8Array, void> {
  for (const { name, size, open } of entries) {
    const records = [
      ...(Buffer.byteLength(name) > NAME_BYTES ? [extendedRecord("path", name)] : []),
      ...(size >= LARGE ? [extendedRecord("size", String(size))] : []),
    ].join("");
    if (records !== "") {
      const length = Buffer.byteLength(records);
      yield header("pax", { size: length, type: "x" });
      yield Buffer.concat([Buffer.from(records), padding(length)]);
    }
    const short = Buffer.from(name).subarray(0, NAME_BYTES).toString("latin1");
    yield header(short, { size: size >= LARGE ? 0 : size, type: "0" });
    let written = 0;
    for await (const piece of open()) {
      written += piece.length;
      yield piece;
    }
    if (written !== size) throw new TarFault(`"${name}" has ${written} bytes and should have ${size}`);
    yield padding(size);
  }
  yield Buffer.alloc(2 * BLOCK);
}

function padding(size: number): Uint8Array {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

function extendedRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const length = Buffer.byteLength(rest);
  // The length counts its own digits.
  const digits = [1, 2, 3, 4, 5].find((count) => String(length + count).length === count) ?? 0;
  return `${length + digits}${rest}`;
}

function header(name: string, { size, type }: { readonly size: number; readonly type: string }): Uint8Array {
  const bytes = Buffer.alloc(BLOCK);
  bytes.write(name, 0, "latin1");
  bytes.write("0000644\0", 100, "latin1");
  for (const at of [108, 116]) bytes.write("0000000\0", at, "latin1");
  bytes.write(`${size.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  // The same time for all, so that the same content gives the same archive.
  bytes.write("00000000000\0", 136, "latin1");
  bytes.write(" ".repeat(8), 148, "latin1");
  bytes.write(type, 156, "latin1");
  bytes.write("ustar\x0000", 257, "latin1");
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return bytes;
}
