/** Writes a file whole or not at all, and leaves one that is there alone unless told otherwise. */
import { randomBytes } from "node:crypto";
import { link, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CountersignError } from "../core/errors.ts";

export interface PlaceOptions {
  readonly mode: number;
  readonly replace?: boolean;
}

/** Throws `file/exists`, or `config/invalid` where the folder cannot be written. */
export async function placeFile(path: string, content: string | Uint8Array, { mode, replace = false }: PlaceOptions): Promise<void> {
  const temporary = join(dirname(path), `.${randomBytes(8).toString("hex")}.tmp`);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(temporary, content, { flag: "wx", mode, flush: true });
    // `link` refuses an existing name in one step; `rename` takes its place in one step, a symbolic link's too.
    await (replace ? rename(temporary, path) : link(temporary, path));
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    throw new CountersignError(
      isThere ? "file/exists" : "config/invalid",
      `Cannot write "${path}": ${isThere ? "it is already there" : "the folder cannot be written"}`,
      { cause: error },
    );
  } finally {
    await rm(temporary, { force: true });
  }
}
