/** One writer of a layout's index at a time, across processes: a lock file that a crash does not leave for ever. */
import { randomBytes } from "node:crypto";
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CountersignError } from "../core/errors.ts";
import { systemCode } from "../files/failure.ts";
import { layoutFailure } from "./layout-files.ts";

const LOCK_FILE = ".countersign.lock";
/** Whoever holds the lock longer than this, in milliseconds, is taken to be dead: the work takes a few. */
const STALE_MS = 20_000;
const PATIENCE_MS = 60_000;

/**
 * Runs `work` while no other Countersign does. `work` calls `isStillOurs` right before it replaces the index: a writer
 * that was asleep so long that it lost the lock stops there instead of undoing the work of the one who took over.
 */
export async function withLock(root: string, work: (isStillOurs: () => Promise<void>) => Promise<void>): Promise<void> {
  const path = join(root, LOCK_FILE);
  const token = randomBytes(16).toString("hex");
  await acquire(path, token);
  try {
    await work(async () => {
      if (!(await isHeldBy(path, token))) throw contended(root);
    });
  } finally {
    if (await isHeldBy(path, token)) await rm(path, { force: true });
  }
}

async function acquire(path: string, token: string): Promise<void> {
  const started = performance.now();
  for (;;) {
    try {
      const file = await open(path, "wx", 0o644);
      try {
        await file.writeFile(token);
      } finally {
        await file.close();
      }
      return;
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw layoutFailure(error, `lock "${path}"`);
    }
    if (performance.now() - started > PATIENCE_MS) throw contended(path);
    await removeStale(path, token);
    await sleep(5 + Math.random() * 20);
  }
}

/** Renaming decides between two who find the same dead lock: only one of them gets it. */
async function removeStale(path: string, token: string): Promise<void> {
  try {
    if (Date.now() - (await stat(path)).mtimeMs < STALE_MS) return;
    const aside = `${path}.${token}`;
    await rename(path, aside);
    await rm(aside, { force: true });
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw layoutFailure(error, `lock "${path}"`);
  }
}

async function isHeldBy(path: string, token: string): Promise<boolean> {
  try {
    return (await readFile(path, "utf8")) === token;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw layoutFailure(error, `lock "${path}"`);
  }
}

function contended(path: string): CountersignError {
  return new CountersignError("store/contended", `Cannot write to "${path}": another writer holds it`, { remedy: "run the command again" });
}
