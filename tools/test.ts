/**
 * Runs the tests: `npm test`, `npm test -- src/core tests/e2e/cli.test.ts`, `npm test -- --name "expired"`.
 * At its end it lists what was skipped, and why, so that a green run says what it did not see.
 */
import { globSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** Test files at the same time: several of them start servers of their own. */
const CONCURRENCY = 2;
/** What takes minutes first, so that nothing long is left for one processor at the end. */
const DEFAULT_PLACES: readonly string[] = ["tests", "src"];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values, positionals } = parseArgs({ allowPositionals: true, options: { name: { type: "string" } } });

function filesIn(place: string): readonly string[] {
  const path = join(root, place);
  return statSync(path).isDirectory() ? globSync(join(path, "**/*.test.ts")) : [path];
}

const files = [...new Set((positionals.length === 0 ? DEFAULT_PLACES : positionals).flatMap((place) => filesIn(place).toSorted()))];
if (files.length === 0) {
  console.error(`Cannot test "${positionals.join(" ")}": there is no *.test.ts in it`);
  process.exit(2);
}

// Hundreds of processes load the same sources: each is stripped of its types and compiled once.
const cache = mkdtempSync(join(tmpdir(), "countersign-compiled-"));
process.env["NODE_COMPILE_CACHE"] = cache;
process.on("exit", () => rmSync(cache, { recursive: true, force: true }));

/** Reason -> where. */
const skipped = new Map<string, Set<string>>();
let failed = 0;
let finished = false;

const stream = run({
  files,
  cwd: root,
  concurrency: CONCURRENCY,
  ...(values.name === undefined ? {} : { testNamePatterns: [values.name] }),
});
stream.on("test:pass", ({ skip, name, file }) => {
  if (skip === undefined) return;
  const reason = typeof skip === "string" && skip !== "" ? skip : name;
  skipped.set(reason, (skipped.get(reason) ?? new Set()).add(relative(root, file ?? "")));
});
stream.on("test:fail", ({ todo }) => {
  if (todo === undefined) failed += 1;
});
stream.on("test:summary", ({ file, success }) => {
  // The summary without a file is that of the whole run; without it something ended the run half way.
  if (file !== undefined) return;
  finished = true;
  if (!success) failed += 1;
});

const output = stream.compose(new spec());
output.pipe(process.stdout);
output.on("end", () => {
  if (skipped.size > 0) console.log("\nSkipped, because something is not here:");
  for (const [reason, places] of [...skipped].sort()) console.log(`  ${reason}  (${[...places].sort().join(", ")})`);
  process.exitCode = failed === 0 && finished ? 0 : 1;
});
