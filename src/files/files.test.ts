import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import fs, {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CountersignError } from "../core/errors.ts";
import { FileFailure, type FileState } from "./failure.ts";
import { loadFile, loadFileSync, type LoadOptions, loadPieces, readPieces } from "./load.ts";
import { withLock } from "./lock.ts";
import { loadNamedFile, saveNamedFile } from "./named.ts";
import { placeFile } from "./place.ts";

const root = mkdtempSync(join(tmpdir(), "countersign-files-"));
after(() => rmSync(root, { recursive: true }));

const file = join(root, "file");
const link = join(root, "link");
const fifo = join(root, "fifo");
writeFileSync(file, "0123456789");
symlinkSync(file, link);
assert.equal(spawnSync("mkfifo", [fifo]).status, 0);

function hasState(state: FileState): (error: unknown) => boolean {
  return (error) => error instanceof FileFailure && error.state === state;
}

const PLAIN: LoadOptions = { maxBytes: 10, links: "refuse" };

test("a regular file is read whole, up to its bound and no further", async () => {
  assert.equal(Buffer.from(await loadFile(file, PLAIN)).toString(), "0123456789");
  assert.equal(Buffer.from(loadFileSync(file, PLAIN)).toString(), "0123456789");
  writeFileSync(join(root, "empty"), "");
  assert.equal((await loadFile(join(root, "empty"), PLAIN)).length, 0);
  await refusedByBoth(file, "too-large", { ...PLAIN, maxBytes: 9 });
});

test("what is no regular file is refused: a link that could lead anywhere, a folder, a pipe that nobody writes to, a device", async () => {
  await refusedByBoth(link, "link", PLAIN);
  await refusedByBoth(root, "not-a-file", PLAIN);
  await refusedByBoth(fifo, "not-a-file", PLAIN);
  await refusedByBoth("/dev/zero", "not-a-file", PLAIN);
  await refusedByBoth(join(root, "none"), "absent", PLAIN);
  await refusedByBoth(join(file, "none"), "absent", PLAIN);
  assert.equal(loadFileSync(link, { ...PLAIN, links: "follow" }).length, 10);
  assert.equal((await loadFile(link, { ...PLAIN, links: "follow" })).length, 10);
});

test("a small file that somebody writes to while it is read is refused, whether it grows, shrinks or stays as long", () => {
  const path = join(root, "changing");
  const { readSync } = fs;
  for (const [what, content] of Object.entries({ longer: "0123456789+", shorter: "01234", other: "abcdefghij" })) {
    writeFileSync(path, "0123456789");
    utimesSync(path, new Date(0), new Date(0));
    fs.readSync = ((...given: Parameters<typeof readSync>) => {
      fs.readSync = readSync;
      syncBuiltinESMExports();
      const [opened, room, offset] = given;
      const bytesRead = readSync(opened, room, Number(offset), 4, null);
      writeFileSync(path, content);
      return bytesRead;
    }) as typeof readSync;
    syncBuiltinESMExports();
    assert.throws(() => loadFileSync(path, { ...PLAIN, maxBytes: 100 }), /it was changed while it was read/, what);
    assert.equal(Buffer.from(loadFileSync(path, { ...PLAIN, maxBytes: 100 })).toString(), content);
  }
});

async function refusedByBoth(path: string, state: FileState, options: LoadOptions): Promise<void> {
  await assert.rejects(loadFile(path, options), hasState(state), path);
  assert.throws(() => loadFileSync(path, options), hasState(state), path);
}

test("a person may name a pipe; it is bounded all the same", async () => {
  const write = (bytes: string): void => void spawn("sh", ["-c", 'printf %s "$1" > "$2"', "sh", bytes, fifo], { stdio: "ignore" });
  write("secret");
  assert.equal(Buffer.from(await loadNamedFile(fifo, { maxBytes: 10 })).toString(), "secret");
  write("01234567890");
  await assert.rejects(
    loadNamedFile(fifo, { maxBytes: 10 }),
    (error) => error instanceof CountersignError && error.code === "file/unreadable" && /larger than 10 bytes/.test(error.message),
  );
});

test("of many who make the same file one wins, and the others are told", async () => {
  const path = join(root, "new", "race");
  const results = await Promise.allSettled(Array.from({ length: 20 }, (_, at) => saveNamedFile(path, `writer ${at}`, { mode: 0o600 })));
  assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
  for (const result of results) {
    if (result.status === "rejected") assert.ok(result.reason instanceof CountersignError && result.reason.code === "file/exists");
  }
  assert.deepEqual(readdirSync(join(root, "new")), ["race"]);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(join(root, "new")).mode & 0o777, 0o700);
});

test("a file is replaced in one step: a link gives way, its target stays, and a failure leaves all as it was", async () => {
  const folder = join(root, "replace");
  mkdirSync(join(folder, "taken"), { recursive: true });
  symlinkSync(file, join(folder, "link"));
  await placeFile(join(folder, "link"), "new", { mode: 0o644, replace: true });
  assert.ok(lstatSync(join(folder, "link")).isFile());
  assert.equal(readFileSync(file, "utf8"), "0123456789");
  await assert.rejects(placeFile(join(folder, "taken"), "x", { mode: 0o644, replace: true }), hasState("not-a-file"));
  await assert.rejects(placeFile(join(folder, "link"), "x", { mode: 0o644, replace: false }), hasState("exists"));
  assert.deepEqual(readdirSync(folder).sort(), ["link", "taken"]);
  assert.equal(readFileSync(join(folder, "link"), "utf8"), "new");
});

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

test("a file is read in pieces, or a part of it, and the content of a new one may come in pieces", async () => {
  const long = join(root, "long");
  const bytes = Buffer.from("0123456789".repeat(60_000));
  async function* halves(): AsyncGenerator<Uint8Array, void> {
    yield bytes.subarray(0, 300_000);
    yield bytes.subarray(300_000);
  }
  await placeFile(long, halves(), { mode: 0o600, replace: false });
  const readWhole = (): Promise<Buffer> => collect(loadPieces(long, { links: "refuse" }));
  assert.deepEqual(await readWhole(), bytes);
  await using opened = await open(long);
  assert.deepEqual(await collect(readPieces(opened, { offset: 7, size: 299_999 })), bytes.subarray(7, 300_006));
  assert.deepEqual(await collect(readPieces(opened, { offset: 599_990, size: 100 })), bytes.subarray(599_990));
  async function* broken(): AsyncGenerator<Uint8Array, void> {
    yield* halves();
    throw new RangeError("the content is broken");
  }
  const before = readdirSync(root);
  await assert.rejects(placeFile(long, broken(), { mode: 0o600, replace: true }), RangeError);
  assert.deepEqual(readdirSync(root), before);
  assert.deepEqual(await readWhole(), bytes);
});

test(
  "a lock whose holder was killed is free, however new it is",
  { skip: process.platform !== "linux" && "only Linux says where a process is" },
  async () => {
    const lock = join(root, "lock");
    const holder = `
    import { withLock } from ${JSON.stringify(new URL("lock.ts", import.meta.url).href)};
    await withLock(${JSON.stringify(lock)}, () => new Promise(() => process.stdout.write("held")));`;
    const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", holder], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((done) => child.once("close", done));
    await new Promise((done) => child.stdout.once("data", done));
    child.kill("SIGKILL");
    await ended;
    // It never becomes stale while it is waited for.
    const renewing = setInterval(() => utimesSync(lock, new Date(), new Date()), 1_000);
    try {
      await withLock(lock, async () => clearInterval(renewing));
    } finally {
      clearInterval(renewing);
    }
    assert.ok(!readdirSync(root).includes("lock"));
  },
);

test(
  "a lock whose holder was killed is free while its parent has not looked",
  { skip: process.platform !== "linux" && "only Linux says whether a process has ended" },
  async () => {
    const lock = join(root, "zombie-lock");
    const holder = `
    import { withLock } from ${JSON.stringify(new URL("lock.ts", import.meta.url).href)};
    await withLock(${JSON.stringify(lock)}, () => new Promise(() => process.stdout.write("held")));`;
    // A shell that has become `sleep` asks after none of its children.
    const parent = spawn("sh", ["-c", '"$0" --input-type=module-typescript --eval "$1" & exec sleep 600', process.execPath, holder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((done) => parent.once("close", done));
    let renewing: NodeJS.Timeout | undefined;
    try {
      await new Promise((done) => parent.stdout.once("data", done));
      const pid = Number(readFileSync(lock, "utf8").split("\n")[2]);
      process.kill(pid, "SIGKILL");
      // It never becomes stale while it is waited for.
      renewing = setInterval(() => utimesSync(lock, new Date(), new Date()), 1_000);
      await withLock(lock, async () => {
        clearInterval(renewing);
        assert.doesNotThrow(() => process.kill(pid, 0));
      });
    } finally {
      clearInterval(renewing);
      parent.kill("SIGKILL");
      await ended;
    }
  },
);

test("a lock that is taken while it is judged to be dead stays with whoever took it", async () => {
  const lock = join(root, "raced-lock");
  writeFileSync(lock, "dead");
  utimesSync(lock, new Date(0), new Date(0));
  const { rename } = fs.promises;
  fs.promises.rename = async (...given) => {
    fs.promises.rename = rename;
    syncBuiltinESMExports();
    // Another has found the same dead lock, and was quicker.
    rmSync(lock);
    writeFileSync(lock, "quicker");
    await rename(...given);
    isMoved = true;
  };
  syncBuiltinESMExports();
  let isMoved = false;
  let isFree = false;
  const polling = setInterval(() => {
    if (isMoved && existsSync(lock) && readFileSync(lock, "utf8") === "quicker") {
      isFree = true;
      rmSync(lock);
    }
  }, 50);
  try {
    await withLock(lock, async () => assert.ok(isFree, "the quicker one had come to its end"));
  } finally {
    clearInterval(polling);
  }
  assert.deepEqual(
    readdirSync(root).filter((name) => name.startsWith("raced-lock")),
    [],
  );
});

test("what is no file in place of a lock is refused at once, and left alone", async () => {
  const lock = join(root, "hostile-lock");
  const places: Readonly<Record<string, readonly [() => void, FileState]>> = {
    link: [() => symlinkSync(file, lock), "link"],
    "link to nothing": [() => symlinkSync(join(root, "nowhere"), lock), "link"],
    pipe: [() => assert.equal(spawnSync("mkfifo", [lock]).status, 0), "not-a-file"],
    folder: [() => mkdirSync(lock), "not-a-file"],
  };
  for (const [what, [make, state]] of Object.entries(places)) {
    make();
    await assert.rejects(
      withLock(lock, () => Promise.reject(new Error("never"))),
      hasState(state),
      what,
    );
    lstatSync(lock);
    rmSync(lock, { recursive: true });
  }
});

test("whoever waits for a lock can be stopped", async () => {
  const lock = join(root, "busy-lock");
  const stop = new AbortController();
  await withLock(lock, async () => {
    const second = withLock(lock, () => Promise.reject(new Error("never")), { signal: stop.signal });
    stop.abort();
    await assert.rejects(second, (error) => error instanceof CountersignError && error.code === "job/aborted");
  });
  assert.ok(!readdirSync(root).includes("busy-lock"));
});
