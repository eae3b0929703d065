import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findWorkingTree, isWithin, realPath } from "./working-tree.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "countersign-tree-")));
after(() => rmSync(root, { recursive: true }));

/** A home folder with a folder of a project, and `repositories` below the home folder that Git takes for such. */
function makeHome(...repositories: readonly string[]): Readonly<Record<"home" | "project" | "deep" | "loose", string>> {
  const home = mkdtempSync(join(root, "home-"));
  const project = join(home, "project");
  const folders = { home, project, deep: join(project, "a", "b"), loose: join(home, "loose") };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  // A worktree of Git has a file in this place.
  for (const path of repositories) writeFileSync(join(home, path, ".git"), "gitdir: elsewhere");
  return folders;
}

test("the working tree is Git's, else the folder itself", () => {
  const { home, project, deep, loose } = makeHome("project");
  const homes = { home, accountHome: () => home };
  assert.equal(findWorkingTree(deep, homes), project);
  assert.equal(findWorkingTree(project, homes), project);
  assert.equal(findWorkingTree(loose, homes), loose);
  mkdirSync(join(project, "bare", ".git"), { recursive: true });
  assert.equal(findWorkingTree(join(project, "bare"), homes), project, "one within another makes it no smaller");
});

test("the account's home folder, what is above it, and a repository in it make no tree of what is below", () => {
  for (const repositories of [[], [""]]) {
    const { home, loose } = makeHome(...repositories);
    const homes = { home, accountHome: () => home };
    for (const folder of [home, root, "/"]) assert.equal(findWorkingTree(folder, homes), undefined, folder);
    assert.equal(findWorkingTree(loose, homes), loose);
  }
});

test("a home folder that only the environment names may be a checkout, or lie in one", () => {
  const { home, project, deep, loose } = makeHome("project");
  for (const accountHome of [() => home, () => undefined]) {
    for (const own of [project, deep]) {
      for (const folder of [project, deep]) assert.equal(findWorkingTree(folder, { home: own, accountHome }), project);
    }
    assert.equal(findWorkingTree(loose, { home: loose, accountHome }), undefined);
    assert.equal(findWorkingTree(project, { home, accountHome }), project);
  }
});

test("a path is where its links lead, also one that is not there yet", () => {
  const { home, project } = makeHome();
  const link = join(root, "link");
  symlinkSync(project, link);
  assert.ok(isWithin(join(link, "not", "yet"), project));
  assert.ok(isWithin(project, link));
  assert.ok(isWithin(project, "/"));
  assert.ok(!isWithin(`${project}-two`, project));
  assert.ok(!isWithin(home, project));
  assert.ok(isWithin(join(project, "..dots"), project));
  assert.equal(realPath(join(link, "new")), join(project, "new"));
  // A link to nothing leads out of the folder all the same.
  symlinkSync(join(root, "nowhere"), join(project, "dangling"));
  assert.ok(isWithin(join(project, "dangling", "x"), project));
});
