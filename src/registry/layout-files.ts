/** Files of a layout folder: read and replaced without leaving the folder. */
import { mkdir, realpath } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { CountersignError, type ErrorCode } from "../core/errors.ts";
import { Malformed } from "../core/malformed.ts";
import { fileFailureOf, type FileState, systemCode } from "../files/failure.ts";
import { loadFile, loadPieces } from "../files/load.ts";
import { placeFile } from "../files/place.ts";

/**
 * The file at `path` below the real path `root`, or `undefined` if there is none. Symbolic links are not followed: a
 * layout that came from elsewhere could point at any file of this machine.
 */
export async function readInside(root: string, path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const full = join(root, path);
  try {
    await refuseOutside(root, dirname(full));
    return await loadFile(full, { maxBytes, links: "refuse" });
  } catch (error) {
    if (error instanceof CountersignError) throw error;
    const failure = fileFailureOf(error);
    if (failure.state === "absent") return undefined;
    if (failure.state === "too-large")
      throw new Malformed("integrity/size-mismatch", `${path} is longer than the ${maxBytes} bytes that it may have`);
    throw storeFailure(failure, `read "${full}"`);
  }
}

/** The file in pieces, as long as it is. Throws `store/not-found` as it is read. */
export async function* openInside(root: string, path: string): AsyncGenerator<Uint8Array, void> {
  const full = join(root, path);
  try {
    await refuseOutside(root, dirname(full));
    yield* loadPieces(full, { links: "refuse" });
  } catch (error) {
    if (error instanceof CountersignError) throw error;
    throw storeFailure(error, `read "${full}"`);
  }
}

export async function replaceFile(root: string, path: string, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
  const full = join(root, path);
  try {
    await makeFolder(root, dirname(full));
    await placeFile(full, content, { mode: 0o644, replace: true });
  } catch (error) {
    // What the content throws while it is read is not the layout's.
    if (error instanceof CountersignError || error instanceof Malformed) throw error;
    throw storeFailure(error, `write "${full}"`);
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

export function storeFailure(error: unknown, action: string): CountersignError {
  const { state, message, cause } = fileFailureOf(error);
  const [code, remedy] = CODES[state];
  return new CountersignError(code, `Cannot ${action}: ${message}`, { remedy, cause });
}

const CODES: Readonly<Record<FileState, readonly [code: ErrorCode, remedy: string]>> = {
  absent: ["store/not-found", "check the path"],
  exists: ["store/write-failed", "choose another name, or remove what is there"],
  link: ["store/invalid-answer", "put the file itself there, not a link to it"],
  "not-a-file": ["store/invalid-answer", "check the path, and what is there"],
  "too-large": ["store/invalid-answer", "check the path, and what is there"],
  denied: ["store/read-only", "check who may read and write there"],
  held: ["store/contended", "run the command again when the other one has ended"],
  failed: ["store/write-failed", "check disk space and permissions"],
};
