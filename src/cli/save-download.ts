/** Where `download` writes: one file, or one for each in a folder, named by digest. Nothing is ever overwritten. */
import { stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { digestAlgorithm, digestHex } from "../core/digest.ts";
import { CountersignError } from "../core/errors.ts";
import type { Downloaded } from "../download.ts";
import { loadNamedFile, saveNamedFile } from "../files/named.ts";

/** A folder that is there, or a name without an ending: how many there are to be written must not change what a name means. */
export async function isFolderName(path: string): Promise<boolean> {
  if (path.endsWith("/") || extname(basename(path)) === "") return true;
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/** As tools know the kind of a file. */
const ENDINGS: Readonly<Record<string, string>> = {
  "in-toto": "in-toto.json",
  spdx: "spdx.json",
  cyclonedx: "cdx.json",
  sarif: "sarif.json",
  dsse: "dsse.json",
};

export function nameInFolder(folder: string, { digest, format }: Pick<Downloaded, "digest" | "format">): string {
  return join(folder, `${digestAlgorithm(digest)}-${digestHex(digest)}.${ENDINGS[format] ?? format}`);
}

/** What is there already is left alone; that is no failure if it is the same. */
export async function saveOnce(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await saveNamedFile(path, bytes, { mode: 0o644, failed: "store/write-failed" });
  } catch (error) {
    if (!(error instanceof CountersignError) || error.code !== "file/exists" || !(await isSame(path, bytes))) throw error;
  }
}

async function isSame(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    return Buffer.from(await loadNamedFile(path, { maxBytes: bytes.length })).equals(bytes);
  } catch (error) {
    if (error instanceof CountersignError) return false;
    throw error;
  }
}
