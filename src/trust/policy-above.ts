/** The policy of the project that a person stands in: `countersign.yaml` in the working folder, or the nearest above it. */
import { lstatSync, type Stats } from "node:fs";
import { dirname, join } from "node:path";
import { CountersignError } from "../core/errors.ts";
import { quoteWord } from "../core/shell.ts";
import { fileFailureOf } from "../files/failure.ts";
import { realPath } from "./working-tree.ts";

export const PROJECT_POLICY = "countersign.yaml";

/** Looks no further than the home folder, and not into another file system: above them are folders that others may write. */
export function findPolicyAbove(folder: string, { home }: { readonly home: string }): string | undefined {
  const last = realPath(home);
  const start = realPath(folder);
  const device = look(start)?.dev;
  for (let at = start; look(at)?.dev === device; at = dirname(at)) {
    const path = join(at, PROJECT_POLICY);
    if (look(path) !== undefined) return path;
    if (at === last || at === dirname(at)) return undefined;
  }
  return undefined;
}

/** Before what was found may judge. Throws `policy/invalid` for a file that belongs to neither the user nor root. */
export function refuseOtherOwner(path: string): void {
  const user = process.getuid?.();
  const owner = look(path)?.uid;
  // Windows has no such owners; one that is gone by now cannot be read either.
  if (user === undefined || owner === undefined || owner === user || owner === 0) return;
  throw new CountersignError("policy/invalid", `Cannot use policy "${path}": it belongs to another user`, {
    remedy: `look at it, then name it: --policy ${quoteWord(path)}`,
  });
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    const failure = fileFailureOf(error);
    if (failure.state === "absent" || failure.state === "denied") return undefined;
    throw failure;
  }
}
