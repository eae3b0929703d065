/**
 * The ledger in a folder. Numbers are taken in blocks: a block is a file that is there, also after a power cut, before any
 * of its numbers is given away, and that nobody can make twice. With it stands a time before which all its tokens lie, so
 * that a clock that was set back is noticed also after a crash.
 */
import { randomBytes } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../core/clock.ts";
import { CountersignError } from "../../core/errors.ts";
import { quoteWord } from "../../core/shell.ts";
import { refuseStopped } from "../../core/stop.ts";
import { FileFailure, fileFailureOf } from "../../files/failure.ts";
import { makeFolders } from "../../files/folders.ts";
import { loadFile } from "../../files/load.ts";
import { withLock } from "../../files/lock.ts";
import { placeFile } from "../../files/place.ts";
import { ClockBehind, type Ledger } from "./ledger.ts";

export interface FileLedgerOptions {
  readonly clock: Clock;
  /** How far the clock may be off, and so may be set back without more ado, in milliseconds. */
  readonly accuracyMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Numbers of one block: 2 to the power of this. */
const BLOCK_BITS = 10n;
/** How long a block may be used. After a crash its end is waited for. */
const BLOCK_MS = 5_000;
const BLOCK_NAME = /^block-([0-9a-f]{32})$/;
const BLOCK_BYTES = 64;
/** What a writer that was killed leaves. */
const LEFT_NAME = /^\.[0-9a-f]{16}\.tmp$/;

export interface OpenLedger {
  readonly ledger: Ledger;
  /** Another server has taken the folder over, because this one seemed dead: it gives no more numbers. */
  readonly lost: AbortSignal;
}

/**
 * Runs `work` with the ledger of a folder, which is made if need be. Throws `server/state` where the folder cannot be
 * used or another server uses it, and `server/clock-behind`.
 */
export async function withFileLedger<T>(folder: string, options: FileLedgerOptions, work: (open: OpenLedger) => Promise<T>): Promise<T> {
  const begin = async (isStillOurs: () => Promise<void>): Promise<T> => {
    const ledger = new FileLedger(folder, { ...options, isStillOurs });
    await ledger.open();
    try {
      return await work({ ledger, lost: ledger.lost });
    } finally {
      await ledger.close();
    }
  };
  try {
    await prepareFolder(folder);
    return await withLock(join(folder, "lock"), begin, { signal: options.signal, whileAlive: "refuse" });
  } catch (error) {
    if (error instanceof CountersignError) throw error;
    const { state, message, cause } = fileFailureOf(error);
    if (state !== "held") throw new CountersignError("server/state", `Cannot use the folder "${folder}": ${message}`, { cause });
    throw new CountersignError("server/state", `Cannot use the folder "${folder}": another server uses it; ${message}`, {
      remedy: "stop that one, or give this one a folder of its own: `state` in its configuration",
      cause,
    });
  }
}

class FileLedger implements Ledger {
  readonly #folder: string;
  readonly #options: FileLedgerOptions & { readonly isStillOurs: () => Promise<void> };
  #block = 0n;
  #next = 0n;
  #end = 0n;
  /** Milliseconds since 1970: tokens of the block are of this time at the latest. */
  #until = 0;
  #last = 0;
  #taking: Promise<void> | undefined;
  readonly #lost = new AbortController();

  constructor(folder: string, options: FileLedgerOptions & { readonly isStillOurs: () => Promise<void> }) {
    this.#folder = folder;
    this.#options = options;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  isUsable(): boolean {
    return !this.lost.aborted && !this.#isBehind(this.#options.clock.now().getTime());
  }

  async next(): Promise<{ readonly serial: bigint; readonly time: Date }> {
    for (;;) {
      const time = this.#options.clock.now();
      const now = time.getTime();
      if (this.#isBehind(now)) throw new ClockBehind();
      if (this.#next < this.#end && now <= this.#until) {
        const serial = this.#next;
        this.#next += 1n;
        this.#last = Math.max(this.#last, now);
        return { serial, time };
      }
      // One at a time, for all who wait.
      this.#taking ??= this.#take(Math.max(now, this.#last) + BLOCK_MS).finally(() => (this.#taking = undefined));
      await this.#taking;
    }
  }

  async open(): Promise<void> {
    await removeFiles(this.#folder, (name) => LEFT_NAME.test(name));
    const blocks = await readBlocks(this.#folder);
    // It says all that the older ones do, which may still be there.
    const newest = blocks.reduce((most, block) => (block.number > most.number ? block : most), { number: 0n, until: 0 });
    this.#until = newest.until;
    await this.#waitFor(this.#until);
    this.#last = this.#until;
    // Far from where any other start would go on: a folder that was lost, or put back from a copy, repeats nothing either.
    this.#block = newest.number + 1n + BigInt(`0x${randomBytes(8).toString("hex")}`);
  }

  /** So that the next start need not wait. */
  async close(): Promise<void> {
    try {
      await this.#taking;
      // What is left of the block is never given away: the next start begins after it.
      if (this.#last < this.#until) await this.#take(this.#last);
    } catch (error) {
      fileFailureOf(error);
    }
  }

  #isBehind(now: number): boolean {
    return now < this.#last - this.#options.accuracyMs;
  }

  async #take(until: number): Promise<void> {
    const number = this.#block + 1n;
    try {
      await this.#options.isStillOurs();
      await placeFile(join(this.#folder, nameOf(number)), `${new Date(until).toISOString()}\n`, { mode: 0o600, replace: false });
      // Whoever slept between these two lines may have taken what another has passed.
      await this.#options.isStillOurs();
    } catch (error) {
      if (error instanceof FileFailure && (error.state === "held" || error.state === "exists")) this.#lost.abort();
      throw error;
    }
    this.#block = number;
    this.#next = number << BLOCK_BITS;
    this.#end = this.#next + (1n << BLOCK_BITS);
    this.#until = until;
    await removeFiles(this.#folder, (name) => BLOCK_NAME.test(name) && name < nameOf(number));
  }

  async #waitFor(until: number): Promise<void> {
    const { clock, signal } = this.#options;
    for (;;) {
      const behind = until - clock.now().getTime();
      if (behind <= 0) return;
      if (behind > BLOCK_MS) {
        const [now, then] = [clock.now(), new Date(until)].map((time) => time.toISOString());
        throw new CountersignError(
          "server/clock-behind",
          `Cannot use the clock: it shows ${now}, and "${this.#folder}" has timestamps up to ${then}`,
        );
      }
      refuseStopped(signal, "wait for the clock");
      await sleep(Math.min(behind, 100));
    }
  }
}

function nameOf(number: bigint): string {
  return `block-${number.toString(16).padStart(32, "0")}`;
}

async function readBlocks(folder: string): Promise<readonly { readonly number: bigint; readonly until: number }[]> {
  const names = (await readdir(folder)).filter((name) => BLOCK_NAME.test(name));
  return Promise.all(
    names.map(async (name) => {
      const text = Buffer.from(await loadFile(join(folder, name), { maxBytes: BLOCK_BYTES, links: "refuse" })).toString("latin1");
      const until = Date.parse(text.trim());
      if (Number.isNaN(until)) throw new CountersignError("server/state", `Cannot use "${join(folder, name)}": it does not hold a time`);
      return { number: BigInt(`0x${name.slice("block-".length)}`), until };
    }),
  );
}

/** One that stays does no harm. */
async function removeFiles(folder: string, isWanted: (name: string) => boolean): Promise<void> {
  try {
    await Promise.all((await readdir(folder)).filter(isWanted).map((name) => rm(join(folder, name), { force: true })));
  } catch (error) {
    fileFailureOf(error);
  }
}

/** Whoever else may write there could have numbers given twice. */
async function prepareFolder(folder: string): Promise<void> {
  await makeFolders(folder, { mode: 0o700 });
  const { mode, uid } = await stat(folder);
  // Where there are no such owners, nothing can be said of them.
  const me = process.getuid?.();
  if (me === undefined || (uid === me && (mode & 0o022) === 0)) return;
  const why = uid === me ? "others may write there" : "it belongs to somebody else than who runs the server";
  throw new CountersignError("server/state", `Cannot use the folder "${folder}": ${why}`, {
    remedy: uid === me ? `chmod 700 ${quoteWord(folder)}` : "name a folder that can be made",
  });
}
