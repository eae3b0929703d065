/** Everything that can be said about the sources without running them for real; says all that is wrong, not only the first. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { VERSION } from "../src/version.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Name -> arguments for node. */
const STEPS: readonly (readonly [name: string, ...args: readonly string[]])[] = [
  ["format", "node_modules/oxfmt/bin/oxfmt", "--check"],
  ["lint", "node_modules/oxlint/bin/oxlint", "--deny-warnings", "src", "tests", "tools", "bench", "examples"],
  ["types", "node_modules/typescript/bin/tsc", "-p", "."],
  ["architecture", "--test", "--test-reporter=dot", "tests/architecture.test.ts"],
  ["rules in place", "--test", "--test-reporter=dot", "tests/advisories/rule-lines.test.ts"],
  ["generated pages", "tools/generate.ts", "--check"],
  ["unused code", "node_modules/knip/bin/knip.js", "--no-progress"],
];

function run(name: string, args: readonly string[]): boolean {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args], { cwd: root, encoding: "utf8" });
  console.log(`${status === 0 ? "✓" : "✗"} ${name} (${Math.round(performance.now() - started)} ms)`);
  if (status !== 0) console.log(`${stdout}${stderr}`.trimEnd());
  return status === 0;
}

function checkVersion(): boolean {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly version: string };
  console.log(version === VERSION ? "✓ version" : `✗ version: package.json says ${version}, src/version.ts ${VERSION}`);
  return version === VERSION;
}

const results = [...STEPS.map(([name, ...args]) => run(name, args)), checkVersion()];
process.exitCode = results.every(Boolean) ? 0 : 1;
