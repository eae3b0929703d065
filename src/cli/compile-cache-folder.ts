/** Where compiled code is kept between runs: a folder that nobody else can write, or none. */
import { lstatSync, mkdirSync } from "node:fs";
import { isAbsolute, join } from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The folder, made if need be; `undefined` where it could be another user's. Node runs what a cache file holds without
 * comparing it with the source, so whoever can write the folder can make this program run other code.
 */
export function compileCacheFolder(env: Env, version: string): string | undefined {
  const { XDG_CACHE_HOME: xdg = "", HOME: home = "" } = env;
  const base = isAbsolute(xdg) ? xdg : isAbsolute(home) ? join(home, ".cache") : undefined;
  if (base === undefined || process.getuid === undefined) return undefined;
  const own = join(base, "countersign");
  const folder = join(own, `compile-${version}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // The one above as well: whoever can write it can put another folder in the place of ours.
    return isOnlyMine(own) && isOnlyMine(folder) ? folder : undefined;
  } catch {
    // A read-only home or a file in the way: the program runs without the cache, only slower.
    return undefined;
  }
}

function isOnlyMine(path: string): boolean {
  const status = lstatSync(path);
  return status.isDirectory() && status.uid === process.getuid?.() && (status.mode & 0o077) === 0;
}
