/**
 * The folder beside an archive in which what is pushed waits for the commit. It may lie where others write too (`/tmp`),
 * or have come with the archive from a stranger, so that it is used only if nobody but us can have put anything in it.
 */
import { lstat, mkdir, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Digest } from "../core/digest.ts";
import { CountersignError } from "../core/errors.ts";
import { quoteWord } from "../core/shell.ts";
import { systemCode } from "../files/failure.ts";
import { makeFolders } from "../files/folders.ts";
import { blobPath } from "./layout-document.ts";
import { findLeftovers, PART } from "./leftovers.ts";
import { storeFailure, replaceFile } from "./layout-files.ts";

/** What a writer that never came back has left is removed after this long, in milliseconds: whole blobs, which he may want again, and parts. */
const LEFTOVER_MS = { whole: 24 * 60 * 60 * 1000, part: 60 * 1000 } as const;
const PART_OR_WHOLE = new RegExp(`${PART.source}|^[0-9a-f]{64,128}$`);
const TRIES = 5;

export class StagingFolder {
  readonly #archive: string;
  readonly #find: () => Promise<string>;
  /** On file systems that keep no modes, what we have just made seems to be everybody's. */
  #isMade = false;

  constructor(archive: string, find: () => Promise<string>) {
    this.#archive = archive;
    this.#find = find;
  }

  /** `undefined` where there is none of ours. */
  async toRead(): Promise<string | undefined> {
    const folder = await this.#find();
    return (await this.#isOurs(folder)) === true ? folder : undefined;
  }

  /** Made if need be. Throws `store/invalid-answer` if it is another's. */
  async toWrite(): Promise<string> {
    const folder = await this.#find();
    for (let tries = 1; ; tries++) {
      await this.#make(folder);
      // Only once it is there: it could have been made by another in between. In a folder with the sticky bit it stays ours from now on.
      const isOurs = await this.#isOurs(folder);
      if (isOurs === true) return folder;
      // Another writer, who has just finished, has removed it.
      if (isOurs === undefined && tries < TRIES) continue;
      throw new CountersignError(
        "store/invalid-answer",
        `Cannot write archive "${this.#archive}": "${folder}" is no folder of ours, or others may write to it`,
        { remedy: `rm -r ${quoteWord(folder)}, or write the archive to another folder` },
      );
    }
  }

  /** The content is opened again only if none of it has been read. */
  async write(digest: Digest, content: AsyncIterable<Uint8Array>): Promise<void> {
    let isBegun = false;
    async function* watched(): AsyncGenerator<Uint8Array, void> {
      isBegun = true;
      yield* content;
    }
    for (let tries = 1; ; tries++) {
      try {
        await replaceFile(await this.toWrite(), blobPath(digest), watched());
        return;
      } catch (error) {
        // Another writer, who has just finished, may have removed the empty folder that we were about to write into.
        if (isBegun || tries === TRIES) throw error;
      }
    }
  }

  /**
   * Removes what was taken up, and what a writer that never came back has left; only what has our names, and nothing
   * behind a link. The lock is held: another's commit could be about to take up what is removed.
   */
  async tidy(taken: Iterable<Digest>): Promise<void> {
    const root = await this.toRead();
    if (root === undefined) return;
    const { folders, files } = await findLeftovers(root, PART_OR_WHOLE);
    const done = new Set([...taken].map((digest) => join(root, blobPath(digest))));
    for (const { path, name, ageMs } of files) {
      if (ageMs > LEFTOVER_MS[PART.test(name) ? "part" : "whole"] || done.has(path)) await rm(path, { force: true });
    }
    // The deepest first; one that is not empty stays.
    for (const folder of folders.toReversed()) await rmdir(folder).catch(() => undefined);
  }

  async #make(folder: string): Promise<void> {
    try {
      await makeFolders(dirname(folder));
      await mkdir(folder, { mode: 0o700 });
      this.#isMade = true;
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw storeFailure(error, `write archive "${this.#archive}"`);
    }
  }

  /** `undefined` if there is none. */
  async #isOurs(folder: string): Promise<boolean | undefined> {
    try {
      const stats = await lstat(folder);
      const isShared = (stats.mode & 0o022) !== 0 && !this.#isMade;
      return stats.isDirectory() && (process.geteuid === undefined || (stats.uid === process.geteuid() && !isShared));
    } catch (error) {
      if (systemCode(error) === "ENOENT") return undefined;
      throw storeFailure(error, `read "${folder}"`);
    }
  }
}
