/**
 * Takes out each rule by name, runs the test that is there for it, and tells which rules can go without that test failing.
 * A rule that nobody would miss is no rule. `node tests/advisories/disable-rules.ts [NAME]` prints the table.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inParallel } from "../../src/core/in-parallel.ts";
import type { Rule } from "./rules/rule.ts";
import { RULES } from "./rules/table.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const PATCH = join(ROOT, "tests", "advisories", "without-rule.ts");
/** Each is a process of its own. */
const CONCURRENCY = 2;
const LONGEST_MS = 600_000;

export interface Missed {
  readonly rule: string;
  /** In words, what is not as it must be. */
  readonly why: string;
}

/** Rules that can be taken out unnoticed, or that cannot be taken out as the table says. */
export async function findUnnoticed(rules: readonly Rule[]): Promise<readonly Missed[]> {
  const cache = mkdtempSync(join(tmpdir(), "countersign-rules-"));
  try {
    const whys = await inParallel(rules, CONCURRENCY, (rule) => whyUnnoticed(rule, cache));
    return rules.flatMap(({ name }, at) => {
      const why = whys[at];
      return why === undefined ? [] : [{ rule: name, why }];
    });
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

/** Why a rule cannot be taken out of the sources as they are now; nothing is run for it. */
export function whyMisplaced({ changes }: Rule): string | undefined {
  for (const { file, from } of changes) {
    const times = readFileSync(join(ROOT, file), "utf8").split(from).length - 1;
    if (times !== 1) return `${file} has this ${times} times instead of once: ${from}`;
  }
  return undefined;
}

async function whyUnnoticed(rule: Rule, cache: string): Promise<string | undefined> {
  const misplaced = whyMisplaced(rule);
  if (misplaced !== undefined) return misplaced;
  const { file, name } = rule.test;
  const output = await runTest(rule, cache);
  const result = output.find((line) => /^\s*(not )?ok [0-9]+ - /.test(line) && nameOf(line) === name);
  if (result === undefined) return `${file} has no test "${name}", or cannot be run:\n${output.slice(0, 40).join("\n")}`;
  if (!result.trimStart().startsWith("not ok")) return `"${name}" passes without it`;
  // A source that no longer runs fails every test, and shows nothing.
  const crash = output.find((line) => /name: '(Syntax|Type|Reference)Error'/.test(line));
  if (crash !== undefined) return `without it "${name}" ends in a crash: ${output.find((line) => /error: /.test(line)) ?? ""}`;
  return output.some((line) => line.includes(rule.tells))
    ? undefined
    : `"${name}" fails without telling ${rule.tells}:\n${output.join("\n")}`;
}

/** As TAP writes it, without its escapes. */
function nameOf(line: string): string {
  return line
    .replace(/^\s*(not )?ok [0-9]+ - /, "")
    .replace(/ # (SKIP|TODO).*$/, "")
    .replace(/\\(.)/g, "$1");
}

/** The lines that the test reports in TAP. What all of them load is compiled once, into `cache`. */
function runTest({ changes, test }: Rule, cache: string): Promise<readonly string[]> {
  const pattern = `--test-name-pattern=^${test.name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}$`;
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, ["--import", PATCH, "--test-reporter=tap", pattern, test.file], {
      cwd: ROOT,
      env: { ...env, WITHOUT_RULE: JSON.stringify(changes), NODE_COMPILE_CACHE: cache },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: LONGEST_MS,
    });
    const pieces: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece: Buffer) => pieces.push(piece));
    child.on("error", fail);
    child.on("close", () => done(Buffer.concat(pieces).toString("utf8").split("\n")));
  });
}

if (import.meta.main) {
  const [, , wanted] = process.argv;
  const rules = RULES.filter(({ name }) => wanted === undefined || name.includes(wanted));
  const started = performance.now();
  const missed = await findUnnoticed(rules);
  for (const { rule, why } of missed) console.log(`✗ ${rule}: ${why}`);
  console.log(`${rules.length} rules, ${missed.length} of them can go unnoticed, ${Math.round((performance.now() - started) / 1000)} s`);
  process.exitCode = missed.length === 0 ? 0 : 1;
}
