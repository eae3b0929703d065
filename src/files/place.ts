/** Writes a file that appears whole or not at all, also after a power cut. */
import { randomBytes } from "node:crypto";
import { link, open, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileFailureOf } from "./failure.ts";
import { makeFolders } from "./folders.ts";

interface PlaceOptions {
  readonly mode: number;
  /** Takes the place of a file that is there; else the loser of a race is told too that it `exists`. */
  readonly replace: boolean;
  /** Makes the folders that are missing, with this mode. */
  readonly folderMode?: number;
  /** Where it is written before it is moved to its place: a folder of the same file system, its own unless given. */
  readonly stagingFolder?: string;
}

/** Throws `FileFailure`, or what the content throws while it is read, and then leaves nothing behind. */
export async function placeFile(
  path: string,
  content: string | Uint8Array | AsyncIterable<Uint8Array>,
  options: PlaceOptions,
): Promise<void> {
  const { mode, replace, folderMode, stagingFolder = dirname(path) } = options;
  const temporary = join(stagingFolder, `.${randomBytes(8).toString("hex")}.tmp`);
  try {
    if (folderMode !== undefined) await makeFolders(dirname(path), { mode: folderMode });
    try {
      await writeFile(temporary, content, { flag: "wx", mode, flush: true });
      // `link` refuses a name that is taken in one step; `rename` takes it in one step, a symbolic link's too.
      await (replace ? rename(temporary, path) : link(temporary, path));
    } finally {
      await rm(temporary, { force: true });
    }
    await using entries = await open(dirname(path), "r");
    await entries.sync();
  } catch (error) {
    throw fileFailureOf(error);
  }
}
