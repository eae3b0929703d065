/** `kill -9` of a timestamp authority's ledger at each of its changes of files: no number twice, and no time goes back. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const LIFE = new URL("../fixtures/ledger-process.ts", import.meta.url).pathname;
const KILL_AT_STEP = new URL("../fixtures/kill-at-step.ts", import.meta.url).href;
const START = Date.parse("2026-09-01T12:00:00Z");
/** Longer than a block lasts, so that no life waits. */
const APART = 10_000;

interface Life {
  readonly isKilled: boolean;
  readonly stderr: string;
  readonly serials: readonly string[];
}

function newestBlock(folder: string): bigint {
  const numbers = readdirSync(folder).flatMap((name) => (name.startsWith("block-") ? [BigInt(`0x${name.slice("block-".length)}`)] : []));
  return numbers.reduce((most, number) => (number > most ? number : most), 0n);
}

test("killed at each step, and followed by a life that is not, in one folder", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "countersign-lives-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  let now = START;

  /** Killed at the step that `fatal` counts, if there are so many. */
  function live(fatal?: number): Life {
    const words = [LIFE, join(folder, "state"), String(now), ...(fatal === undefined ? [] : [String(fatal)])];
    const args = [...(fatal === undefined ? [] : ["--import", KILL_AT_STEP]), ...words];
    const { signal, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    const lines = stdout.split("\n").filter((line) => line !== "");
    const serials = lines.flatMap((line) => {
      const [serial = "", time] = line.split(" ");
      if (time !== undefined) assert.equal(Number(time), now);
      return time === undefined ? [] : [serial];
    });
    return { isKilled: signal === "SIGKILL", stderr, serials };
  }

  const given: string[] = [];
  for (let fatal = 1, isKilled = true; isKilled; fatal++) {
    now += APART;
    const killed = live(fatal);
    isKilled = killed.isKilled;
    assert.ok(isKilled || fatal > 15, `only ${fatal} steps were there to be killed at; ${killed.stderr}`);
    // By what is there alone, without the luck of a life that begins far away.
    const kept = newestBlock(join(folder, "state"));
    for (const serial of killed.serials) assert.ok(BigInt(`0x${serial}`) >> 10n <= kept, "a number was given whose block is not there");
    // Up to the end of the block that was killed, no other life begins.
    if (killed.serials.length > 0) {
      now -= APART;
      const early = live();
      now += APART;
      assert.deepEqual(early.serials, []);
      assert.match(early.stderr, /Cannot use the clock/);
    }
    now += APART;
    const next = live();
    assert.equal(next.serials.length, 2500, next.stderr);
    given.push(...killed.serials, ...next.serials);
  }
  assert.equal(new Set(given).size, given.length);
});
