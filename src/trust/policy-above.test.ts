import assert from "node:assert/strict";
import { chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CountersignError } from "../core/errors.ts";
import { findPolicyAbove, PROJECT_POLICY, refuseOtherOwner } from "./policy-above.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "countersign-above-")));
after(() => rmSync(root, { recursive: true }));

const home = join(root, "home");
const deep = join(home, "project", "a", "b");
mkdirSync(deep, { recursive: true });

function write(...steps: readonly string[]): string {
  const path = join(root, ...steps, PROJECT_POLICY);
  writeFileSync(path, "");
  return path;
}

test("the nearest is found, and none above the home folder", () => {
  const stray = write();
  assert.equal(findPolicyAbove(deep, { home }), undefined);
  assert.equal(findPolicyAbove(deep, { home: join(root, "other") }), stray);
  const own = write("home");
  assert.equal(findPolicyAbove(deep, { home }), own);
  assert.equal(findPolicyAbove(home, { home }), own);
  const far = write("home", "project");
  assert.equal(findPolicyAbove(deep, { home }), far);
  const near = write("home", "project", "a", "b");
  assert.equal(findPolicyAbove(deep, { home }), near);
});

test("another file system is not looked into", { skip: process.platform !== "linux" && "only Linux has /proc" }, () => {
  assert.equal(findPolicyAbove("/proc/self", { home }), undefined);
});

test("one of another user is refused", { skip: process.getuid?.() !== 0 && "only root can give a file away" }, () => {
  const path = write("home", "project", "a");
  refuseOtherOwner(path);
  chownSync(path, 12_345, 12_345);
  assert.throws(
    () => refuseOtherOwner(path),
    (error) => error instanceof CountersignError && error.code === "policy/invalid" && error.message.includes("another user"),
  );
});
