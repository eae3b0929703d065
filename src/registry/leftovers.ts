/** What writers that were killed have left in the folders of a layout: found by our names for it, and never behind a link. */
import type { Stats } from "node:fs";
import { lstat, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** As a writer makes them, each after the one that it is in. */
const FOLDERS = ["", "blobs", "blobs/sha256", "blobs/sha384", "blobs/sha512"];
/** Files under the name of a temporary one, which were about to be put in their place. */
export const PART: RegExp = /^\.[0-9a-f]{16}\.tmp$/;

const DAY_MS = 24 * 60 * 60 * 1000;

interface Leftover {
  readonly path: string;
  readonly name: string;
  /** Milliseconds since it was last written to. */
  readonly ageMs: number;
}

export interface Leftovers {
  /** The deepest last. */
  readonly folders: readonly string[];
  readonly files: readonly Leftover[];
}

/** Regular files of our own whose name matches. */
export async function findLeftovers(root: string, names: RegExp): Promise<Leftovers> {
  const folders: string[] = [];
  const files: Leftover[] = [];
  for (const folder of FOLDERS.map((name) => join(root, name))) {
    const isWithin = folder === root || folders.includes(dirname(folder));
    if (!isWithin || (await look(folder))?.isDirectory() !== true) continue;
    folders.push(folder);
    for (const name of (await readdir(folder)).filter((entry) => names.test(entry))) {
      const path = join(folder, name);
      const stats = await look(path);
      const isOurs = process.geteuid === undefined || stats?.uid === process.geteuid();
      if (stats?.isFile() === true && isOurs) files.push({ path, name, ageMs: Date.now() - stats.mtimeMs });
    }
  }
  return { folders, files };
}

/** Of a layout, where other writers may be at work; nobody writes a day long without a byte. */
export async function removeOldParts(root: string): Promise<void> {
  for (const { path, ageMs } of (await findLeftovers(root, PART)).files) if (ageMs > DAY_MS) await rm(path, { force: true });
}

/** At a link itself. */
async function look(path: string): Promise<Stats | undefined> {
  return lstat(path).catch(() => undefined);
}
