/** The code that an earlier run compiled: kept for the owner alone, run only whole and with the program it was made from. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { VERSION } from "../../src/version.ts";
import { policyWith } from "../fixtures/countersign-policy.ts";
import { LAUNCHER } from "../fixtures/programs.ts";

const home = mkdtempSync(join(tmpdir(), "countersign-compiled-"));
after(() => rmSync(home, { recursive: true, force: true }));
const folder = join(home, "countersign", `compile-${VERSION}`);

function run(...words: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(process.execPath, [LAUNCHER, ...words], { env: { XDG_CACHE_HOME: home, HOME: home }, encoding: "utf8" });
}

test("what a run compiled is kept, is run by the next, and is made anew where it is not whole", () => {
  assert.equal(run("version").status, 0);
  const kept = join(folder, "version");
  assert.equal(statSync(kept).mode & 0o777, 0o600);
  const whole = readFileSync(kept);
  assert.ok(whole.length > 10_000);

  const { ino } = statSync(kept);
  assert.match(run("version").stdout, /^countersign /);
  assert.equal(statSync(kept).ino, ino, "it was accepted, so nothing was written");

  for (const broken of [
    flip(whole, 2),
    flip(whole, 4),
    flip(whole, whole.length >> 1),
    whole.subarray(0, -1),
    Buffer.alloc(0),
    Buffer.from("x"),
  ]) {
    writeFileSync(kept, broken);
    const { status, stdout, stderr } = run("version");
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    assert.match(stdout, /^countersign /);
    assert.ok(readFileSync(kept).length > 10_000 && !readFileSync(kept).equals(broken), "it was made anew");
  }
  assert.deepEqual(readdirSync(folder), ["version"], "no temporary file is left");
});

test("a file that others can write, or a link, is no code of ours", () => {
  const kept = join(folder, "version");
  chmodSync(kept, 0o620);
  assert.equal(run("version").status, 0);
  assert.equal(statSync(kept).mode & 0o777, 0o600, "it was made anew");
  renameSync(kept, join(home, "elsewhere"));
  symlinkSync(join(home, "elsewhere"), kept);
  assert.equal(run("version").status, 0);
  assert.ok(lstatSync(kept).isFile(), "the link was replaced");
});

test("a run that went wrong keeps nothing, and neither does one whose folder others can write", () => {
  const before = readdirSync(folder);
  assert.equal(run("verify").status, 2);
  assert.equal(run("no-such-verb").status, 2);
  assert.deepEqual(readdirSync(folder), before);

  rmSync(join(folder, "version"));
  chmodSync(folder, 0o770);
  assert.equal(run("version").status, 0);
  assert.deepEqual(readdirSync(folder), []);
});

function flip(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

test("what the program loads on demand is found beside it, from compiled code too", () => {
  const policy = join(home, "shop.yaml");
  const rule = "{ name: weekdays, gate: prod, expr: 'now.getDayOfWeek(\"Europe/Berlin\") != 0', message: Not on Sundays }";
  writeFileSync(policy, policyWith(["\ngates:", `\nrules: [ ${rule} ]\ngates:`]));
  for (let times = 0; times < 2; times += 1) assert.equal(run("policy", "check", policy).status, 0);
  writeFileSync(policy, policyWith(["\ngates:", `\nrules: [ ${rule.replace("now.", "then.")} ]\ngates:`]));
  const { status, stderr } = run("policy", "check", policy);
  assert.equal(status, 3);
  assert.match(stderr, /rules\[0\]\.expr names then, and there is now, image, product, gate/);
});
