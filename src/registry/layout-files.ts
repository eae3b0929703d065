/** Files of a layout folder: read without leaving the folder, replaced whole or not at all. */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, realpath, rename, rm } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { CountersignError, type ErrorCode } from "../core/errors.ts";
import { Malformed } from "../core/malformed.ts";

/**
 * The file at `path` below the real path `root`, or `undefined` if there is none. Symbolic links are not followed: a
 * layout that came from elsewhere could point at any file of this machine.
 */
export async function readInside(root: string, path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const full = join(root, path);
  try {
    await refuseOutside(root, dirname(full));
    const file = await open(full, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size } = await file.stat();
      if (size > maxBytes) throw new Malformed("integrity/size-mismatch", `${path} is longer than the ${maxBytes} bytes that it may have`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined;
    if (error instanceof Malformed || error instanceof CountersignError) throw error;
    throw layoutFailure(error, `read "${full}"`);
  }
}

/** Writes beside, flushes, and renames: a reader sees the old file or the new one, also after a power cut. */
export async function replaceFile(root: string, path: string, bytes: Uint8Array): Promise<void> {
  const full = join(root, path);
  const temporary = `${full}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await makeFolder(root, dirname(full));
    const file = await open(temporary, "wx", 0o644);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, full);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (error instanceof CountersignError) throw error;
    throw layoutFailure(error, `write "${full}"`);
  }
}

/** One level at a time, each seen to be inside: making them all at once would follow a link out before it is noticed. */
async function makeFolder(root: string, folder: string): Promise<void> {
  if (folder === root) return;
  await makeFolder(root, dirname(folder));
  await mkdir(folder).catch((error: unknown) => {
    if (systemCode(error) !== "EEXIST") throw error;
  });
  await refuseOutside(root, folder);
}

async function refuseOutside(root: string, folder: string): Promise<void> {
  const real = await realpath(folder);
  if (real !== root && !real.startsWith(root + sep)) {
    throw new CountersignError("store/invalid-answer", `Cannot use "${folder}": it is a link out of the layout`);
  }
}

export function layoutFailure(cause: unknown, action: string): CountersignError {
  const [code, state] = FAILURES[systemCode(cause)] ?? ["store/write-failed", "the file system refused it"];
  return new CountersignError(code, `Cannot ${action}: ${state}`, { cause });
}

const FAILURES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOENT: ["store/not-found", "it is not there"],
  ENOTDIR: ["store/not-found", "it is not a folder"],
  EACCES: ["store/read-only", "permission is denied"],
  EPERM: ["store/read-only", "permission is denied"],
  EROFS: ["store/read-only", "the file system is read-only"],
  ELOOP: ["store/invalid-answer", "it is a symbolic link, which is not followed"],
  EISDIR: ["store/invalid-answer", "it is a folder"],
  ENOSPC: ["store/write-failed", "the disk is full"],
};

export function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
