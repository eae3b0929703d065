/** Makes a folder, and those above it that are missing, and says of which one it failed. */
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { FileFailure, fileFailureOf, systemCode } from "./failure.ts";

/**
 * One at a time: Node's own `recursive` says of a read-only file system that something is not there, and in /proc it never
 * ends. Throws `FileFailure`.
 */
export async function makeFolders(path: string, options: { readonly mode?: number } = {}): Promise<void> {
  const refused = await tryMake(path, options);
  if (refused === undefined) return;
  const parent = dirname(path);
  if (systemCode(refused) !== "ENOENT" || parent === path) throw failureOf(path, refused);
  await makeFolders(parent, options);
  const again = await tryMake(path, options);
  if (again !== undefined) throw failureOf(path, again);
}

async function tryMake(path: string, options: { readonly mode?: number }): Promise<unknown> {
  try {
    await mkdir(path, options);
    return undefined;
  } catch (error) {
    const isThere = await stat(path).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    return isThere ? undefined : error;
  }
}

function failureOf(path: string, error: unknown): FileFailure {
  const what = `folder "${path}" cannot be made`;
  const { state, message, cause } = fileFailureOf(error);
  if (state === "exists") return new FileFailure("failed", `${what}: a file is in its place`);
  // Every folder above it is there, so it is not the path that is wrong.
  if (systemCode(error) === "ENOENT") return new FileFailure("failed", `${what}: the file system refused it`);
  return new FileFailure(state, `${what}: ${message}`, { cause });
}
