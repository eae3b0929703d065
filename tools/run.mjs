/**
 * The door of every npm script: installs what is missing (Node 24, the packages of the lock file), builds what is
 * stale, then hands over to Node 24. Runs on any Node from 20 on, so it is plain JavaScript without packages.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const nodeRoom = join(root, "tools", "node");

/** script -> what it needs and the commands it runs with Node 24. */
const SCRIPTS = {
  build: { build: "always", steps: [] },
  demo: { build: "stale", steps: [["dist/launcher.js", "demo"]] },
  test: { build: "stale", steps: [["tools/test.ts"]] },
  check: { build: "stale", steps: [["tools/check.ts"]] },
  bench: { build: "stale", steps: [["bench/run.ts"]] },
  generate: { build: "stale", steps: [["tools/generate.ts"]] },
  format: { build: "never", steps: [["node_modules/oxfmt/bin/oxfmt"]] },
};

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(3);
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (result.error) fail(`Cannot run "${command}": ${result.error.message}`);
  if (result.signal) process.kill(process.pid, result.signal);
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Installs a folder's locked packages unless exactly those are there. */
function install(folder, what) {
  const lock = createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
  const stamp = join(folder, "node_modules", ".stamp");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  process.stderr.write(`installing ${what} …\n`);
  // No install scripts: everything we use comes ready, with its hash in the lock file.
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lock);
}

function findNode() {
  const modules = join(nodeRoom, "node_modules");
  const found = existsSync(modules) ? readdirSync(modules).find((name) => existsSync(join(modules, name, "bin", "node"))) : undefined;
  if (found) return join(modules, found, "bin", "node");
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  return fail(
    `Cannot find Node 24 for "${process.platform} ${process.arch}": there is no package of it\n  try: install Node 24 or later yourself, then run this again`,
  );
}

function newest(path) {
  const status = statSync(path);
  if (!status.isDirectory()) return status.mtimeMs;
  return readdirSync(path).reduce((time, name) => Math.max(time, newest(join(path, name))), status.mtimeMs);
}

function isStale() {
  const built = join(root, "dist", ".built");
  if (!existsSync(built)) return true;
  const time = statSync(built).mtimeMs;
  return ["src", "tools/build.ts", "package.json", "tsconfig.json", "tsconfig.build.json"].some((path) => newest(join(root, path)) > time);
}

const name = process.argv[2] ?? "";
const script = SCRIPTS[name];
if (!script) fail(`Cannot run "${name}": it is none of ${Object.keys(SCRIPTS).join(", ")}`);

install(nodeRoom, "Node 24");
install(root, "packages");
const node = findNode();
// Tests and tools start further programs by name; they too must find this Node first.
const env = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` };
if (script.build === "always" || (script.build === "stale" && isStale())) run(node, ["tools/build.ts"], { env });
for (const step of script.steps) run(node, [...step, ...process.argv.slice(3)], { env });
