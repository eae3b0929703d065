/** The working tree: the files that somebody else may have written, because they are what is being built or judged. */
import { realpathSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileFailureOf } from "../files/failure.ts";
import { isPresent } from "../files/present.ts";

/**
 * The nearest folder above `folder`, or itself, that Git takes for a repository; else `folder`. Whoever stands in the home
 * folder or above it stands in no tree: the configuration is below, and what is there is the person's own.
 */
export function findWorkingTree(folder: string, { home }: { readonly home: string }): string | undefined {
  const start = realPath(folder);
  const own = realPath(home);
  if (isWithin(own, start)) return undefined;
  for (let at = start; !isWithin(own, at); at = dirname(at)) {
    if (isPresent(join(at, ".git"))) return at;
    if (at === dirname(at)) break;
  }
  return start;
}

/** True if `path` is `folder` or below it, wherever links lead. The path need not be there yet. */
export function isWithin(path: string, folder: string): boolean {
  const steps = relative(realPath(folder), realPath(path));
  return steps === "" || !(steps === ".." || steps.startsWith(`..${sep}`) || resolve(steps) === steps);
}

/** Links resolved as far as the path is there. */
export function realPath(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch (error) {
    // What cannot be looked at is named as it stands.
    if (fileFailureOf(error).state !== "absent" || whole === dirname(whole)) return whole;
    return join(realPath(dirname(whole)), whole.slice(dirname(whole).length));
  }
}
