/** Folders are made with those above them, and a failure names the one that could not be. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FileFailure, type FileState } from "./failure.ts";
import { makeFolders } from "./folders.ts";

test("missing folders are made, with the mode; those that are there stay, behind links too", async (context) => {
  const root = mkdtempSync(join(tmpdir(), "countersign-folders-"));
  context.after(() => rmSync(root, { recursive: true }));
  await Promise.all([1, 2, 3].map(() => makeFolders(join(root, "a", "b", "c"), { mode: 0o700 })));
  for (const path of ["a", "a/b", "a/b/c"]) assert.equal(statSync(join(root, path)).mode & 0o777, 0o700);
  await makeFolders(root);
  symlinkSync(join(root, "a"), join(root, "link"));
  await makeFolders(join(root, "link", "d"));
  assert.ok(existsSync(join(root, "a", "d")));
});

test("what stands in the way is named", async (context) => {
  const root = mkdtempSync(join(tmpdir(), "countersign-folders-"));
  context.after(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, "file"), "");
  symlinkSync(join(root, "nowhere"), join(root, "dangling"));
  const rows: readonly (readonly [path: string, state: FileState, words: RegExp])[] = [
    ["file", "failed", /folder "\S+\/file" cannot be made: a file is in its place/],
    ["file/a/b", "absent", /folder "\S+\/file\/a\/b" cannot be made: a part of its path is not a folder/],
    ["dangling/a", "failed", /folder "\S+\/dangling" cannot be made: a file is in its place/],
  ];
  for (const [path, state, words] of rows) {
    await assert.rejects(makeFolders(join(root, path)), (error: unknown) => {
      assert.ok(error instanceof FileFailure);
      assert.equal(error.state, state, path);
      assert.match(error.message, words);
      return true;
    });
  }
});

test("where nothing can be made it comes to an end", { skip: existsSync("/proc/self") ? false : "no /proc" }, async () => {
  await assert.rejects(makeFolders("/proc/countersign/a"), /folder "\/proc\/countersign" cannot be made/);
});
