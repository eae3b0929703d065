/** Reads a whole file within a bound, or in pieces. Nothing but a regular file is read, and a pipe where that is allowed. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { FileFailure, fileFailureOf } from "./failure.ts";

export interface LoadOptions {
  readonly maxBytes: number;
  /** `refuse` where somebody else may have made the link: it could point at any file of this machine. */
  readonly links: "follow" | "refuse";
  /** For what a person named: it may be `<(pass show key)`. */
  readonly pipes?: boolean;
}

/** Throws `FileFailure`. */
export async function loadFile(path: string, options: LoadOptions): Promise<Uint8Array> {
  // Late, because it costs more at start-up than reading the small files of a verification.
  const { open } = await import("node:fs/promises");
  try {
    await using file = await open(path, openFlags(options));
    const room = roomFor(await file.stat(), options);
    let length = 0;
    while (length < room.length) {
      const { bytesRead } = await file.read(room, length, room.length - length, null);
      if (bytesRead === 0) return room.subarray(0, length);
      length += bytesRead;
    }
    throw tooLarge(room.length - 1);
  } catch (error) {
    throw fileFailureOf(error);
  }
}

/** As `loadFile`, for the few small files that every verification starts with: one that changes meanwhile is refused. */
export function loadFileSync(path: string, options: LoadOptions): Uint8Array {
  try {
    const file = openSync(path, openFlags(options));
    try {
      const before = fstatSync(file);
      const room = roomFor(before, options);
      let length = 0;
      while (length < room.length) {
        const bytesRead = readSync(file, room, length, room.length - length, null);
        if (bytesRead === 0) return wholeOf(room.subarray(0, length), [before, fstatSync(file)]);
        length += bytesRead;
      }
      throw before.isFile() ? changed() : tooLarge(room.length - 1);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw fileFailureOf(error);
  }
}

const PIECE_BYTES = 262_144;

/** A regular file in pieces, however long it is. Throws `FileFailure` as it is read. */
export async function* loadPieces(path: string, { links }: Pick<LoadOptions, "links">): AsyncGenerator<Uint8Array, void> {
  const { open } = await import("node:fs/promises");
  try {
    await using file = await open(path, openFlags({ links }));
    if (!(await file.stat()).isFile()) throw new FileFailure("not-a-file", "it is not a regular file");
    yield* readPieces(file, { offset: 0, size: Infinity });
  } catch (error) {
    throw fileFailureOf(error);
  }
}

/** A part of an open file, as far as it goes. Throws what the system throws. */
export async function* readPieces(
  file: FileHandle,
  { offset, size }: { readonly offset: number; readonly size: number },
): AsyncGenerator<Uint8Array, void> {
  for (let done = 0; done < size;) {
    const room = Buffer.allocUnsafe(Math.min(PIECE_BYTES, size - done));
    const { bytesRead } = await file.read(room, 0, room.length, offset + done);
    if (bytesRead === 0) return;
    done += bytesRead;
    yield room.subarray(0, bytesRead);
  }
}

/** Opening a pipe waits for somebody at its other end, unless told not to. */
function openFlags({ links, pipes = false }: Pick<LoadOptions, "links" | "pipes">): number {
  const noFollow = links === "refuse" ? constants.O_NOFOLLOW : 0;
  return constants.O_RDONLY | noFollow | (pipes ? 0 : constants.O_NONBLOCK);
}

/** One byte more than may come, so that a pipe with too much in it, or a file that grows, is noticed. */
function roomFor(stats: Stats, { maxBytes, pipes = false }: LoadOptions): Uint8Array {
  // `/dev/null` and `/dev/stdin` are read as pipes are.
  if (pipes && (stats.isFIFO() || stats.isCharacterDevice())) return new Uint8Array(maxBytes + 1);
  if (stats.isDirectory()) throw new FileFailure("not-a-file", "it is a folder");
  if (!stats.isFile()) throw new FileFailure("not-a-file", "it is not a regular file");
  if (stats.size > maxBytes) throw tooLarge(maxBytes);
  return new Uint8Array(stats.size + 1);
}

/** Half of an old document and half of a new one may be a document too, which nobody wrote. */
function wholeOf(bytes: Uint8Array, [before, after]: readonly [Stats, Stats]): Uint8Array {
  if (before.isFile() && (after.size !== bytes.length || after.mtimeMs !== before.mtimeMs)) throw changed();
  return bytes;
}

function changed(): FileFailure {
  return new FileFailure("failed", "it was changed while it was read");
}

function tooLarge(maxBytes: number): FileFailure {
  return new FileFailure("too-large", `it is larger than ${maxBytes} bytes`);
}
