import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { versionOf } from "../../tests/fixtures/floor-version.ts";
import { CountersignError } from "../core/errors.ts";
import { inParallel } from "../core/in-parallel.ts";
import { PolicyFloors } from "./policy-floors.ts";

const WRITER = new URL("../../tests/fixtures/floor-process.ts", import.meta.url).pathname;
const KILL_AT_STEP = new URL("../../tests/fixtures/kill-at-step.ts", import.meta.url).href;

const root = mkdtempSync(join(tmpdir(), "countersign-floors-"));
after(() => rmSync(root, { recursive: true }));

function at(folder: string): PolicyFloors {
  return new PolicyFloors(join(root, folder), { home: root });
}

interface Ended {
  readonly signal: string | null;
  readonly stdout: string;
}

function remember(folder: string, versions: readonly number[], { fatal }: { readonly fatal?: number } = {}): Promise<Ended> {
  const imports = fatal === undefined ? [] : ["--import", KILL_AT_STEP];
  const more = fatal === undefined ? [] : [String(fatal)];
  const child = spawn(process.execPath, [...imports, WRITER, join(root, folder), versions.join(","), ...more], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code, signal) => {
      if (code === 0 || signal === "SIGKILL") done({ signal, stdout });
      else fail(new Error(`the writer ended with ${code ?? signal}`));
    });
  });
}

async function killAt(fatal: number): Promise<number> {
  const folder = `killed-${fatal}`;
  const { signal, stdout } = await remember(folder, [1, 2, 3], { fatal });
  assert.equal(signal, fatal === 0 ? null : "SIGKILL", `at step ${fatal}`);
  const floors = at(folder);
  const left = floors.read(versionOf(1));
  if (fatal === 0) assert.equal(left?.version, 3);
  if (left !== undefined) assert.equal(left.digest, versionOf(left.version).digest);
  await floors.raise(versionOf(4));
  assert.equal(floors.read(versionOf(1))?.version, 4);
  return Number(stdout);
}

test("a writer that is killed at any change of a file leaves the floor before, or the one after, and the next one goes on at once", async () => {
  const steps = await killAt(0);
  assert.ok(steps >= 9, `${steps} steps`);
  await inParallel(
    Array.from({ length: steps }, (_, step) => step + 1),
    3,
    killAt,
  );
});

test("of several processes that remember at once none takes anything back", async () => {
  const folder = "crowd";
  const orders = [
    [1, 5, 9],
    [2, 6, 10],
    [12, 3, 7],
    [4, 8, 11],
  ];
  const floors = at(folder);
  let newest = 0;
  const done = new AbortController();
  const watching = (async () => {
    while (!done.signal.aborted) {
      const version = floors.read(versionOf(1))?.version ?? 0;
      assert.ok(version >= newest, `${version} after ${newest}`);
      newest = version;
      await sleep(1);
    }
  })();
  await Promise.all(orders.map((versions) => remember(folder, versions)));
  done.abort();
  await watching;
  assert.equal(floors.read(versionOf(1))?.version, 12);
  assert.deepEqual(
    readdirSync(join(root, folder, "policies")).filter((name) => !/^shop\.[0-9a-f]{16}\.json$/.test(name)),
    [],
  );
});

test("another process has seen another document meanwhile: that is told, and the first one stays", async () => {
  const floors = at("forked");
  await floors.raise(versionOf(2));
  await assert.rejects(floors.raise({ ...versionOf(2), digest: versionOf(9).digest }), isError("policy/forked"));
  await assert.rejects(floors.raise({ ...versionOf(3), previous: versionOf(9).digest }), isError("policy/forked"));
  // An older one was let be before: it is no longer the newest, and that is all.
  await floors.raise(versionOf(1));
  assert.deepEqual(floors.read(versionOf(1))?.digest, versionOf(2).digest);
  assert.throws(() => floors.refuseBelow(versionOf(1)), isError("policy/rolled-back"));
});

function isError(code: string): (error: unknown) => boolean {
  return (error) => error instanceof CountersignError && error.code === code;
}

test("the chain is kept once it is known", async () => {
  const floors = at("chain");
  await floors.raise({ ...versionOf(2), chain: undefined });
  assert.equal(floors.read(versionOf(2))?.chain, undefined);
  await floors.raise(versionOf(2));
  assert.equal(floors.read(versionOf(2))?.chain, versionOf(1).digest);
  await floors.raise({ ...versionOf(2), chain: undefined });
  assert.equal(floors.read(versionOf(2))?.chain, versionOf(1).digest);
});

test("names that differ in case alone have files of their own, on any file system", async () => {
  const floors = at("case");
  for (const [version, name] of ["shop", "Shop", "SHOP"].entries())
    await floors.raise({ ...versionOf(version + 1), name, previous: undefined });
  const files = readdirSync(join(root, "case", "policies"));
  assert.equal(new Set(files.map((name) => name.toLowerCase())).size, 3);
});

test("a link in its place is not followed, and where nothing can be remembered that is said before trust is written", async () => {
  const floors = at("places");
  await floors.require();
  const file = floors.fileOf(versionOf(1));
  writeFileSync(join(root, "elsewhere"), "{}");
  symlinkSync(join(root, "elsewhere"), file);
  assert.throws(() => floors.read(versionOf(1)), /symbolic link/);
  await assert.rejects(floors.raise(versionOf(1)), isError("config/invalid"));
  assert.equal(readFileSync(join(root, "elsewhere"), "utf8"), "{}");
  rmSync(dirname(file), { recursive: true });
  writeFileSync(dirname(file), "a file");
  await assert.rejects(floors.require(), isError("config/invalid"));
  await assert.rejects(floors.raise(versionOf(1)), isError("config/invalid"));
  const tree = join(root, "tree");
  mkdirSync(join(tree, ".git"), { recursive: true });
  const within = new PolicyFloors(new URL("../../state", import.meta.url).pathname, { home: root });
  await assert.rejects(within.require(), /lies in the working tree/);
  assert.equal(within.read(versionOf(1)), undefined);
});
