/**
 * Stands in for `program.ts` where everything is built: runs `countersign.js` from the code that an earlier run compiled.
 * Node's own compile cache keeps only what a file runs while it is loaded. Kept at the end of a run, the functions that
 * a command calls are there too, which saves a fifth of the time of a `verify`.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";
import { crc32 } from "node:zlib";
import { VERSION } from "../version.ts";
import { compileCacheFolder } from "./compile-cache-folder.ts";
import { earlyTarget } from "./early-target.ts";

const CHECKSUM_BYTES = 4;

// The build sees to it that the program is ASCII.
const file = join(import.meta.dirname, "countersign.js");
const source = readFileSync(file, "latin1");
const folder = compileCacheFolder(process.env, VERSION);
const kept = folder === undefined ? undefined : join(folder, nameOf(process.argv.slice(2)));
const cachedData = kept === undefined ? undefined : readCode(kept);
const script = new Script(source, cachedData === undefined ? { filename: file } : { filename: file, cachedData });

if (kept !== undefined && (cachedData === undefined || script.cachedDataRejected === true)) {
  // Of a run that went well: one that ended early has called little.
  process.on("exit", (code) => {
    if (code === 0) keepCode(kept, script.createCachedData());
  });
}

const program = script.runInThisContext() as (require: (path: string) => unknown) => void;
program((path) => createRequire(import.meta.url)(path));

/** One file for each verb, because each calls other functions; and a registry takes others than a folder. */
function nameOf(argv: readonly string[]): string {
  const verb = /^[a-z-]+$/.exec(argv[0] ?? "")?.[0] ?? "other";
  return earlyTarget(argv, {}) === undefined ? verb : `${verb}-registry`;
}

/** Over the program too: V8 compares no more of it than its length, and of its own bytes nothing. */
function checksum(code: Buffer): number {
  return crc32(code, crc32(source));
}

/** The file itself is asked whose it is, once it is open: whoever owns a folder above could exchange ours for another. */
function readCode(path: string): Buffer | undefined {
  let bytes: Buffer;
  try {
    const opened = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const { uid, mode } = fstatSync(opened);
      if (uid !== process.getuid?.() || (mode & 0o022) !== 0) return undefined;
      bytes = readFileSync(opened);
    } finally {
      closeSync(opened);
    }
  } catch {
    return undefined;
  }
  const code = bytes.subarray(CHECKSUM_BYTES);
  return code.length > 0 && bytes.readUInt32LE() === checksum(code) ? code : undefined;
}

function keepCode(path: string, code: Buffer): void {
  const bytes = Buffer.alloc(CHECKSUM_BYTES + code.length);
  bytes.writeUInt32LE(checksum(code));
  code.copy(bytes, CHECKSUM_BYTES);
  const temporary = `${path}.${process.pid}`;
  try {
    writeFileSync(temporary, bytes, { flag: "wx", mode: 0o600 });
    renameSync(temporary, path);
  } catch {
    // A full disk, or a folder that is gone: the next run starts as slowly as this one did.
    rmSync(temporary, { force: true });
  }
}
