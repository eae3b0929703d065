/** The working tree: the files that somebody else may have written, because they are what is being built or judged. */
import { realpathSync } from "node:fs";
import { userInfo } from "node:os";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileFailureOf } from "../files/failure.ts";
import { isPresent } from "../files/present.ts";

interface Homes {
  /** Where the environment says that the home folder is. */
  readonly home: string;
  /** Where the account has it. */
  readonly accountHome?: () => string | undefined;
}

/**
 * The outermost folder above `folder`, or itself, that Git takes for a repository: one within it may have been put there by
 * it. Else `folder`, unless that is the home folder or above it: the configuration is below, and what is there is the
 * person's own. A repository in the home folder of the account is a person's own too; `HOME` can point into a checkout.
 */
export function findWorkingTree(folder: string, { home, accountHome = accountHomeHere }: Homes): string | undefined {
  const start = realPath(folder);
  let outermost: string | undefined;
  for (let at = start; ; at = dirname(at)) {
    if (isPresent(join(at, ".git")) && !isHomeOfAccount(at, accountHome)) outermost = at;
    if (at === dirname(at)) break;
  }
  return outermost ?? (isWithin(home, start) ? undefined : start);
}

function isHomeOfAccount(folder: string, accountHome: () => string | undefined): boolean {
  const own = accountHome();
  return own !== undefined && realPath(own) === folder;
}

function accountHomeHere(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    // A container may run as a user whom no account is for.
    return undefined;
  }
}

/** In words, why others may have written what is found at `path`; `undefined` where it is outside the tree that the program runs in. */
export function whyWithinTree(path: string, homes: Homes): string | undefined {
  const tree = findWorkingTree(process.cwd(), homes);
  if (tree === undefined || !isReachedThrough(path, tree)) return undefined;
  return `lies in the working tree "${tree}", where others may write too`;
}

/** True if `path` is `folder` or below it, wherever links lead. The path need not be there yet. */
export function isWithin(path: string, folder: string): boolean {
  return isBelow(realPath(path), realPath(folder));
}

/** True if it is within, or a link on the way to it is: whoever writes into the folder says where that leads. */
function isReachedThrough(path: string, folder: string): boolean {
  const whole = realPath(folder);
  for (let at = resolve(path); at !== dirname(at); at = dirname(at)) {
    if (isBelow(realPath(at), whole) || isBelow(join(realPath(dirname(at)), basename(at)), whole)) return true;
  }
  return false;
}

/** Both without links. */
function isBelow(path: string, folder: string): boolean {
  const steps = relative(folder, path);
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
