/** Files that a person named, read and written with the error codes for them. */
import { isAbsolute } from "node:path";
import { CountersignError, type ErrorCode } from "../core/errors.ts";
import { fileFailureOf } from "./failure.ts";
import { loadFile } from "./load.ts";
import { placeFile } from "./place.ts";

/** A pipe is a file too. Throws `absent`, or `file/unreadable`. */
export async function loadNamedFile(
  path: string,
  { maxBytes, absent = "file/not-found" }: { readonly maxBytes: number; readonly absent?: ErrorCode },
): Promise<Uint8Array> {
  try {
    return await loadFile(path, { maxBytes, links: "follow", pipes: true });
  } catch (error) {
    const { state, message, cause } = fileFailureOf(error);
    const code = state === "absent" ? absent : "file/unreadable";
    const remedy = state === "absent" && !isAbsolute(path) ? { remedy: `check the path, which begins in ${process.cwd()}` } : {};
    throw new CountersignError(code, `Cannot read "${path}": ${message}`, { ...remedy, ...(state === "failed" ? { cause } : {}) });
  }
}

/** Makes the folder if need be. Throws `file/exists` with the remedy given, or `failed` (`config/invalid`) where it cannot be written. */
export async function saveNamedFile(
  path: string,
  content: string | Uint8Array,
  {
    mode,
    replace = false,
    failed = "config/invalid",
    ...options
  }: { readonly mode: number; readonly replace?: boolean; readonly failed?: ErrorCode; readonly remedy?: string },
): Promise<void> {
  try {
    await placeFile(path, content, { mode, replace, folderMode: 0o700 });
  } catch (error) {
    const { state, message, cause } = fileFailureOf(error);
    if (state === "exists") throw new CountersignError("file/exists", `Cannot write "${path}": ${message}`, options);
    throw new CountersignError(failed, `Cannot write "${path}": ${message}`, { cause });
  }
}
