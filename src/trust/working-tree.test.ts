import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findWorkingTree, isWithin, realPath } from "./working-tree.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "countersign-tree-")));
after(() => rmSync(root, { recursive: true }));

const home = join(root, "home");
const project = join(home, "project");
const deep = join(project, "a", "b");
mkdirSync(deep, { recursive: true });
mkdirSync(join(root, "elsewhere", "sub"), { recursive: true });

const homes = { home, accountHome: () => home };

test("the working tree is Git's, else the folder itself", () => {
  assert.equal(findWorkingTree(deep, homes), deep);
  // A worktree of Git has a file in this place.
  writeFileSync(join(project, ".git"), "gitdir: elsewhere");
  assert.equal(findWorkingTree(deep, homes), project);
  assert.equal(findWorkingTree(project, homes), project);
  assert.equal(findWorkingTree(join(root, "elsewhere", "sub"), homes), join(root, "elsewhere", "sub"));
});

test("a repository within another makes the tree no smaller", () => {
  mkdirSync(join(deep, ".git"));
  assert.equal(findWorkingTree(deep, homes), project);
});

test("the account's home folder, what is above it, and a repository in it make no tree of what is below", () => {
  mkdirSync(join(home, ".git"));
  mkdirSync(join(home, "loose"));
  assert.equal(findWorkingTree(home, homes), undefined);
  assert.equal(findWorkingTree(root, homes), undefined);
  assert.equal(findWorkingTree("/", homes), undefined);
  assert.equal(findWorkingTree(join(home, "loose"), homes), join(home, "loose"));
});

test("a home folder that only the environment names may be a checkout, or lie in one", () => {
  const noAccount = { accountHome: () => undefined };
  assert.equal(findWorkingTree(project, { ...noAccount, home: project }), home);
  assert.equal(findWorkingTree(project, { ...homes, home: project }), project);
  assert.equal(findWorkingTree(project, { ...homes, home: deep }), project);
  assert.equal(findWorkingTree(deep, { ...homes, home: deep }), project);
  assert.equal(findWorkingTree(join(root, "elsewhere"), { ...noAccount, home: join(root, "elsewhere") }), undefined);
});

test("a path is where its links lead, also one that is not there yet", () => {
  symlinkSync(project, join(root, "link"));
  assert.ok(isWithin(join(root, "link", "not", "yet"), project));
  assert.ok(isWithin(project, join(root, "link")));
  assert.ok(isWithin(project, "/"));
  assert.ok(!isWithin(`${project}-two`, project));
  assert.ok(!isWithin(home, project));
  assert.ok(isWithin(join(project, "..dots"), project));
  assert.equal(realPath(join(root, "link", "new")), join(project, "new"));
  // A link to nothing leads out of the folder all the same.
  symlinkSync(join(root, "nowhere"), join(project, "dangling"));
  assert.ok(isWithin(join(project, "dangling", "x"), project));
});
