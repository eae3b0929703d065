/** Writes a file that appears whole or not at all. */
import { randomBytes } from "node:crypto";
import { type FileHandle, link, mkdir, open, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CountersignError } from "../core/errors.ts";
import { isSystemError } from "./read-file.ts";

/** Only the owner may read it. Unless `replace` is given, throws `file/exists` where there is one, to the loser of a race too. */
export async function writeWhole(path: string, text: string, { replace = false }: { readonly replace?: boolean } = {}): Promise<void> {
  const folder = dirname(path);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const temporary = join(folder, `.${randomBytes(8).toString("hex")}.tmp`);
    const file = await open(temporary, "wx", 0o600);
    try {
      await writeThrough(file, text);
      // Unlike a rename, a link fails if the name is taken: an existing key is never overwritten.
      await (replace ? rename(temporary, path) : link(temporary, path));
    } finally {
      await unlink(temporary).catch(ignoreAbsent);
    }
    await using entries = await open(folder, "r");
    await entries.sync();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === "EEXIST")
      throw new CountersignError("file/exists", `Cannot write "${path}": it is already there and was left alone`);
    throw new CountersignError("config/invalid", `Cannot write "${path}": ${error.code}`, { cause: error });
  }
}

async function writeThrough(file: FileHandle, text: string): Promise<void> {
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** After a rename there is no temporary name left. */
function ignoreAbsent(error: unknown): void {
  if (!isSystemError(error) || error.code !== "ENOENT") throw error;
}
