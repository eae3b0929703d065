/** Completion scripts: the shells that are here must accept them, and bash must complete with them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { COMMANDS } from "../commands/table.ts";
import { renderBash, renderFish, renderZsh } from "./completion.ts";

const SCRIPTS = { bash: renderBash, zsh: renderZsh, fish: renderFish } as const;

for (const [shell, render] of Object.entries(SCRIPTS)) {
  test(`${shell} accepts its script`, (context) => {
    const { error, status, stderr } = spawnSync(shell, ["-n"], { input: render(), encoding: "utf8" });
    if (error !== undefined && "code" in error && error.code === "ENOENT") return context.skip(`no ${shell}`);
    assert.equal(status, 0, stderr);
  });

  test(`${shell}: every command and option is in the script`, () => {
    const script = render();
    for (const { name, options } of COMMANDS) {
      for (const word of name.split(" ")) assert.ok(script.includes(word), name);
      for (const { flags } of options) assert.ok(script.includes(/--([a-z-]+)/.exec(flags)?.[1] ?? "?"), `${name} ${flags}`);
    }
  });
}

function completeInBash(...words: readonly string[]): readonly string[] {
  const list = words.map((word) => `'${word}'`).join(" ");
  const input = `${renderBash()}\nCOMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _countersign; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, status, stderr } = spawnSync("bash", ["--norc"], { input, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout.split("\n").filter((line) => line !== "");
}

test("bash completes commands, families, options and choices", () => {
  assert.deepEqual(completeInBash("countersign", "ve"), ["verify", "version"]);
  assert.deepEqual(completeInBash("countersign", "key", "g"), ["generate"]);
  assert.deepEqual(completeInBash("countersign", "verify", "--expl"), ["--explain"]);
  assert.deepEqual(completeInBash("countersign", "verify", "--output", "j"), ["json", "jsonl"]);
  assert.deepEqual(completeInBash("countersign", "key", "generate", "--key-type", "rsa-2"), ["rsa-2048"]);
  assert.deepEqual(completeInBash("countersign", "help", "ver"), ["verify", "version"]);
  assert.deepEqual(completeInBash("countersign", "help", "key", "ex"), ["export"]);
  assert.deepEqual(completeInBash("countersign", "completion", ""), ["bash", "zsh", "fish"]);
  assert.deepEqual(completeInBash("countersign", "completion", "bash", "z"), []);
});

/** `undefined` where there is no fish. */
function completeInFish(line: string): readonly string[] | undefined {
  const { error, stdout } = spawnSync("fish", ["--no-config", "-c", `${renderFish()}\ncomplete -C '${line}'`], { encoding: "utf8" });
  if (error !== undefined && "code" in error && error.code === "ENOENT") return undefined;
  return stdout.split("\n").flatMap((row) => row.split("\t")[0] || []);
}

test("fish does not take a global option's value for the command", (context) => {
  const afterGlobal = completeInFish("countersign --config folder ver");
  if (afterGlobal === undefined) return context.skip("no fish");
  assert.deepEqual(afterGlobal, ["verify", "version"]);
  assert.deepEqual(completeInFish("countersign --config folder key ex"), ["export"]);
});
