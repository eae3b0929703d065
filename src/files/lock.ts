/** One writer of a file at a time, across processes: a lock file that a crash does not leave for ever. */
import { randomBytes } from "node:crypto";
import { link, lstat, open, readFile, readlink, rename, rm, utimes } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { refuseStopped } from "../core/stop.ts";
import { FileFailure, fileFailureOf, systemCode } from "./failure.ts";
import { loadFile } from "./load.ts";

/** Whoever has not said for so long, in milliseconds, that he still works is taken to be dead. */
const STALE_MS = 20_000;
const SAY_SO_MS = 5_000;
const PATIENCE_MS = 60_000;
/** Longer than any lock of ours. */
const LOCK_BYTES = 4096;

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** What to do where whoever holds it is seen to live on this machine: wait for the end of his work, or not. `wait` unless given. */
  readonly whileAlive?: "wait" | "refuse";
}

/**
 * Runs `work` while nobody else holds the lock file `path`. `work` calls `isStillOurs` right before it replaces what the
 * lock is for: a writer that was asleep so long that it lost the lock stops there instead of undoing the work of the one
 * who took over. Throws `FileFailure`, `held` where somebody else keeps it, `link` or `not-a-file` where something stands
 * in its place; and `job/aborted` if the job is stopped while it waits.
 */
export async function withLock<T>(
  path: string,
  work: (isStillOurs: () => Promise<void>) => Promise<T>,
  { signal, whileAlive = "wait" }: LockOptions = {},
): Promise<T> {
  const token = [randomBytes(16).toString("hex"), await findPlace(), process.pid].join("\n");
  await acquire(path, { token, signal, whileAlive });
  // Of a lock that was lost it may be somebody else's life that is prolonged; no longer than ours lasts.
  const alive = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), SAY_SO_MS);
  try {
    return await work(async () => {
      if (!(await isHeldBy(path, token))) throw held();
    });
  } finally {
    clearInterval(alive);
    if (await isHeldBy(path, token)) await rm(path, { force: true });
  }
}

async function acquire(path: string, { token, signal, whileAlive }: LockOptions & { readonly token: string }): Promise<void> {
  const started = performance.now();
  for (;;) {
    refuseStopped(signal, `wait for the lock "${path}"`);
    try {
      const file = await open(path, "wx", 0o644);
      try {
        await file.writeFile(token);
      } finally {
        await file.close();
      }
      return;
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw fileFailureOf(error);
    }
    if (performance.now() - started > PATIENCE_MS) throw held();
    const life = await removeStale(path);
    if (typeof life === "object" && whileAlive === "refuse") throw held(life.pid);
    await sleep(5 + Math.random() * 20);
  }
}

/**
 * A time in the future is no sign of life either. Of two who find the same dead lock, the slower may move away what the
 * quicker has put in its place; then it puts that back. Should a third be in the place by now, then of the two that hold
 * a lock the one without a file is told by `isStillOurs`.
 */
async function removeStale(path: string): Promise<Alive | undefined> {
  try {
    const owner = await readOwner(path);
    if (owner === undefined) return undefined;
    const life = await lifeOf(owner);
    if (life !== "dead" && Math.abs(Date.now() - (await lstat(path)).mtimeMs) < STALE_MS) return life;
    const aside = `${path}.${randomBytes(16).toString("hex")}`;
    await rename(path, aside);
    try {
      if ((await readOwner(aside)) !== owner) await link(aside, path).catch(() => undefined);
    } finally {
      await rm(aside, { force: true });
    }
  } catch (error) {
    const failure = fileFailureOf(error);
    if (failure.state !== "absent") throw failure;
  }
  return undefined;
}

/** Seen to live on this machine. */
interface Alive {
  readonly pid: number;
}

/** Whoever was killed on this machine need not be waited for. `undefined` where it cannot be told from here. */
async function lifeOf(owner: string): Promise<Alive | "dead" | undefined> {
  const [, place = "", pid = ""] = owner.split("\n");
  if (place === "" || place !== (await findPlace()) || !/^[1-9][0-9]*$/.test(pid)) return undefined;
  const alive: Alive = { pid: Number(pid) };
  try {
    process.kill(alive.pid, 0);
  } catch (error) {
    // Whoever may not be asked is there.
    if (systemCode(error) === "ESRCH") return "dead";
  }
  return (await hasEnded(alive)) ? "dead" : alive;
}

/** Killed, and its parent has not looked yet: its id is taken until then. The state follows the name, which may hold brackets. */
async function hasEnded({ pid }: Alive): Promise<boolean> {
  try {
    return /\) [ZX] [^)]*$/.test(await readFile(`/proc/${pid}/stat`, "utf8"));
  } catch {
    // It is gone, or does not show itself; the next look tells which.
    return false;
  }
}

/** Where a process id means the same process: this start of this machine, and on it this container. Empty where Linux does not say. */
async function findPlace(): Promise<string> {
  try {
    const [boot, ids] = await Promise.all([readFile("/proc/sys/kernel/random/boot_id", "utf8"), readlink("/proc/self/ns/pid")]);
    return `${boot.trim()} ${ids}`;
  } catch {
    return "";
  }
}

async function isHeldBy(path: string, token: string): Promise<boolean> {
  return (await readOwner(path)) === token;
}

/** `undefined` if nobody holds it. A layout may come from a stranger, with a pipe in this place that would be waited for for ever. */
async function readOwner(path: string): Promise<string | undefined> {
  try {
    return Buffer.from(await loadFile(path, { maxBytes: LOCK_BYTES, links: "refuse" })).toString("utf8");
  } catch (error) {
    const failure = fileFailureOf(error);
    if (failure.state === "absent") return undefined;
    // It grows while we look: its owner is just writing who he is.
    if (failure.state === "too-large") return "";
    throw failure;
  }
}

function held(pid?: number): FileFailure {
  return new FileFailure("held", pid === undefined ? "another writer holds it" : `process ${pid} of this machine holds it`);
}
