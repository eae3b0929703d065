/** What a ledger in a folder promises: no number twice and no time before the last, whatever happens between two of its lives. */
import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  promises,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CountersignError } from "../../core/errors.ts";
import { FileFailure } from "../../files/failure.ts";
import { type FileLedgerOptions, type OpenLedger, withFileLedger } from "./file-ledger.ts";
import { ClockBehind, type Issue, type Ledger } from "./ledger.ts";

const root = mkdtempSync(join(tmpdir(), "countersign-ledger-"));
after(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
function fresh(): string {
  folders += 1;
  return join(root, `state-${folders}`);
}

const START = Date.parse("2026-09-01T12:00:00Z");

/** A clock that stands, unless it is set. */
function clockAt(ms: number): { now: () => Date; set: (ms: number) => void } {
  let at = ms;
  return { now: () => new Date(at), set: (then) => (at = then) };
}

function open<T>(folder: string, work: (open: OpenLedger) => Promise<T>, changes: Partial<FileLedgerOptions> = {}): Promise<T> {
  return withFileLedger(folder, { clock: clockAt(START), accuracyMs: 1000, ...changes }, work);
}

async function take(ledger: Ledger, count: number): Promise<readonly Issue[]> {
  return Promise.all(Array.from({ length: count }, () => ledger.next()));
}

function serials(issues: readonly Issue[]): readonly string[] {
  return issues.map(({ serial }) => serial.toString(16));
}

function blocks(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => name.startsWith("block-"));
}

async function refused(promise: Promise<unknown>, code: string, said: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof CountersignError && error.code === code, String(error));
    assert.match(error.message, said);
    return true;
  });
}

/** What is in the folder while it is used, put aside: the power was cut then. */
function crash(folder: string): string {
  const copy = fresh();
  cpSync(folder, copy, { recursive: true, filter: (path) => !path.endsWith("lock") });
  chmodSync(copy, 0o700);
  return copy;
}

test("numbers are positive, of at most 160 bits and never the same, over more than one block and more than one life", async () => {
  const folder = fresh();
  const seen: string[] = [];
  for (let life = 0; life < 3; life++) {
    const issues = await open(folder, async ({ ledger }) => take(ledger, 3000));
    for (const { serial } of issues) assert.ok(serial > 0n && serial < 1n << 159n);
    seen.push(...serials(issues));
  }
  assert.equal(new Set(seen).size, 9000);
});

test("a folder that was lost, or put back from a copy, repeats nothing either: each life begins elsewhere", async () => {
  const folder = fresh();
  const seen: string[] = [];
  await open(folder, async ({ ledger }) => {
    seen.push(...serials(await take(ledger, 10)));
    const copies = [crash(folder), crash(folder)];
    seen.push(...serials(await take(ledger, 10)));
    for (const copy of copies) {
      const later = { clock: clockAt(START + 60_000) };
      seen.push(...(await open(copy, async (copied) => serials(await take(copied.ledger, 10)), later)));
    }
  });
  rmSync(folder, { recursive: true });
  seen.push(...(await open(folder, async ({ ledger }) => serials(await take(ledger, 10)))));
  assert.equal(new Set(seen).size, 50);
});

test("a block is there before any of its numbers is given, for its owner alone, and older ones are tidied", async () => {
  const folder = fresh();
  await open(folder, async ({ ledger }) => {
    assert.deepEqual(blocks(folder), []);
    const [first] = await take(ledger, 1);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    const [name = ""] = blocks(folder);
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
    assert.equal(BigInt(`0x${name.slice("block-".length)}`), (first?.serial ?? 0n) >> 10n);
    await take(ledger, 5000);
    assert.equal(blocks(folder).length, 1);
  });
  assert.ok(!existsSync(join(folder, "lock")));
});

test("after an end in order the next life begins at once; after a crash it waits, and no longer than a block lasts", async () => {
  const folder = fresh();
  const clock = clockAt(START);
  let crashed = "";
  await open(
    folder,
    async ({ ledger }) => {
      await take(ledger, 1);
      crashed = crash(folder);
    },
    { clock },
  );
  await open(folder, async ({ ledger }) => take(ledger, 1), { clock });
  await refused(
    open(crashed, () => assert.fail("not yet"), { clock, signal: AbortSignal.abort() }),
    "job/aborted",
    /the job was stopped/,
  );
  let isOpen = false;
  const waiting = open(
    crashed,
    async ({ ledger }) => {
      isOpen = true;
      return take(ledger, 1);
    },
    { clock },
  );
  clock.set(START + 4999);
  await new Promise((done) => setTimeout(done, 250));
  assert.equal(isOpen, false);
  clock.set(START + 5000);
  assert.equal((await waiting).length, 1);
});

test("a clock behind the last timestamp starts nothing", async () => {
  const folder = fresh();
  await open(folder, async ({ ledger }) => take(ledger, 1));
  const behind = clockAt(START - 5001);
  await refused(
    open(folder, () => assert.fail("it opened"), { clock: behind }),
    "server/clock-behind",
    /it shows 2026-09-01T11:59:54\.999Z, and ".*" has timestamps up to 2026-09-01T12:00:00\.000Z/,
  );
});

test("a clock that is set back meanwhile gives nothing until it has caught up; by less than its accuracy it may be", async () => {
  const clock = clockAt(START);
  const folder = fresh();
  await open(
    folder,
    async ({ ledger }) => {
      await take(ledger, 1);
      clock.set(START - 1000);
      const [back] = await take(ledger, 1);
      assert.equal(back?.time.getTime(), START - 1000);
      clock.set(START - 1001);
      assert.equal(ledger.isUsable(), false);
      await assert.rejects(ledger.next(), ClockBehind);
      clock.set(START + 10);
      assert.equal(ledger.isUsable(), true);
      await take(ledger, 1);
    },
    { clock },
  );
});

test("with an accuracy that is longer than a block, a crash forgets no time either", async () => {
  const clock = clockAt(START);
  const folder = fresh();
  let crashed = "";
  const accuracyMs = 60_000;
  await open(
    folder,
    async ({ ledger }) => {
      await take(ledger, 1);
      clock.set(START - 60_000);
      await take(ledger, 5000);
      crashed = crash(folder);
    },
    { clock, accuracyMs },
  );
  clock.set(START - 30_000);
  await refused(
    open(crashed, () => assert.fail("it opened"), { clock, accuracyMs }),
    "server/clock-behind",
    /timestamps up to/,
  );
});

test("two servers do not use one folder", async () => {
  const folder = fresh();
  await open(folder, async ({ ledger }) => {
    await refused(
      open(folder, () => assert.fail("it opened")),
      "server/state",
      /another server uses it/,
    );
    await take(ledger, 1);
  });
  await open(folder, async ({ ledger }) => take(ledger, 1));
});

test("who has lost the folder to another gives no more numbers than it had taken", async () => {
  const folder = fresh();
  const clock = clockAt(START);
  await open(
    folder,
    async ({ ledger, lost }) => {
      await take(ledger, 1);
      // It slept so long that another has begun.
      writeFileSync(join(folder, "lock"), "another");
      await take(ledger, 1);
      assert.equal(lost.aborted, false);
      clock.set(START + 6000);
      await assert.rejects(ledger.next(), (error) => error instanceof FileFailure && error.state === "held");
      assert.equal(lost.aborted, true);
      assert.equal(ledger.isUsable(), false);
    },
    { clock },
  );
  assert.equal(readFileSync(join(folder, "lock"), "utf8"), "another");
});

test("who loses the folder while it takes a block gives none of its numbers", async (context) => {
  const folder = fresh();
  const { link } = promises;
  const restore = (): void => {
    promises.link = link;
    syncBuiltinESMExports();
  };
  context.after(restore);
  await open(folder, async ({ ledger, lost }) => {
    // It sleeps here so long that another begins.
    promises.link = (...given) => {
      writeFileSync(join(folder, "lock"), "another");
      return link(...given);
    };
    syncBuiltinESMExports();
    await assert.rejects(ledger.next(), (error) => error instanceof FileFailure && error.state === "held");
    restore();
    assert.equal(lost.aborted, true);
    assert.equal(blocks(folder).length, 1);
  });
});

test("a folder that is taken away is lost", async () => {
  const folder = fresh();
  const clock = clockAt(START);
  await open(
    folder,
    async ({ ledger, lost }) => {
      const [first] = await take(ledger, 1);
      rmSync(folder, { recursive: true });
      clock.set(START + 6000);
      await assert.rejects(ledger.next(), FileFailure);
      // Without its lock, it must be another's by now.
      assert.equal(lost.aborted, true);
      assert.ok(first !== undefined);
    },
    { clock },
  );
});

test("what a killed writer left is tidied, and what is not ours is left", async () => {
  const folder = fresh();
  mkdirSync(folder, { mode: 0o700 });
  for (const name of [".0123456789abcdef.tmp", "readme", "block-xyz"]) writeFileSync(join(folder, name), "x");
  await open(folder, async ({ ledger }) => take(ledger, 1));
  assert.deepEqual(
    readdirSync(folder).filter((name) => !/^block-[0-9a-f]{32}$/.test(name)),
    ["block-xyz", "readme"],
  );
});

test("a folder that others may write, and a block that holds no time, are refused", async () => {
  const folder = fresh();
  mkdirSync(folder);
  for (const mode of [0o770, 0o707]) {
    chmodSync(folder, mode);
    await refused(
      open(folder, () => assert.fail("it opened")),
      "server/state",
      /others may write there/,
    );
  }
  chmodSync(folder, 0o755);
  await open(folder, async ({ ledger }) => take(ledger, 1));
  writeFileSync(join(folder, `block-${"f".repeat(32)}`), "yesterday");
  await refused(
    open(folder, () => assert.fail("it opened")),
    "server/state",
    /it does not hold a time/,
  );
  const file = join(root, "file");
  writeFileSync(file, "");
  await refused(
    open(file, () => assert.fail("it opened")),
    "server/state",
    /a file is in its place/,
  );
});
