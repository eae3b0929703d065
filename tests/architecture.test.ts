/** Holds the import rule of docs/architecture.md as data, and fails with the file, the edge and the rule. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const src = join(dirname(dirname(fileURLToPath(import.meta.url))), "src");

/** Rooms by floor; the verbs are the files at the root of `src/`, and what is in the rooms of `OF_VERBS`. */
const FLOORS: Readonly<Record<string, number>> = {
  core: 0,
  encoding: 1,
  files: 1,
  net: 1,
  pki: 2,
  policy: 2,
  statements: 2,
  workloads: 2,
  formats: 3,
  checks: 3,
  registry: 3,
  keys: 3,
  trust: 3,
  verbs: 4,
  server: 5,
  cli: 5,
  testing: 5,
};

/** Rooms of one floor never import each other; these pairs are allowed on top of "only downwards". */
const ALSO: readonly (readonly [from: string, to: string])[] = [
  ["cli", "testing"],
  ["cli", "server"],
  ["testing", "server"],
  // A source statement holds commits that are signed themselves, and says by which keys.
  ["statements", "pki"],
];

/** What a room may not import although the floors would allow it. */
const NARROWER: Readonly<Record<string, readonly string[]>> = {
  policy: ["core", "encoding"],
  statements: ["core", "encoding"],
  workloads: ["core", "encoding"],
};

/** Node modules that reach the outside; these rooms get what they need handed in. */
const OUTSIDE = /^node:(fs|http|https|net|tls|dns|child_process|worker_threads|sqlite|os|process)(\/|$)/;
const PURE = new Set(["core", "encoding", "pki", "policy", "statements", "workloads", "formats", "checks"]);

/** Only `setup.ts` and its room construct these. */
const CONCRETE = new Set(["registry", "keys", "trust"]);

interface Edge {
  readonly file: string;
  readonly target: string;
  readonly isStatic: boolean;
  readonly isType: boolean;
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts") ? [path] : [];
  });
}

function edges(file: string): Edge[] {
  const text = readFileSync(file, "utf8");
  const found: Edge[] = [];
  for (const match of text.matchAll(/^(?:import|export)\s(type\s)?[^;]*?from\s+"([^"]+)"|^import\s+"([^"]+)"/gm)) {
    found.push({ file, target: match[2] ?? match[3] ?? "", isStatic: true, isType: match[1] !== undefined });
  }
  for (const match of text.matchAll(/(?<!typeof )\bimport\(\s*"([^"]+)"\s*\)|getBuiltinModule\(\s*"([^"]+)"\s*\)/g)) {
    found.push({ file, target: match[1] ?? match[2] ?? "", isStatic: false, isType: false });
  }
  return found;
}

/** Steps of verbs that belong together, and may call verbs themselves. */
const OF_VERBS = new Set(["judging", "evidence", "words", "copying", "promoting", "records", "signed-policies", "showing", "setup"]);

function roomOf(path: string): string {
  const [room = "", file] = relative(src, path).split("/");
  return file === undefined || OF_VERBS.has(room) ? "verbs" : room;
}

const all = sources(src).flatMap(edges);

/** Every file of ours that is loaded with `entry`, before anything is loaded on demand. */
function loadedWith(entry: string): ReadonlySet<string> {
  const loaded = new Set([entry]);
  for (const file of loaded) {
    for (const { target } of all.filter((edge) => edge.file === file && edge.isStatic && !edge.isType && edge.target.startsWith("."))) {
      loaded.add(resolve(dirname(file), target));
    }
  }
  return loaded;
}

test("the imports are seen: every room has some, and they are as many as so many files must have", () => {
  const rooms = new Set(all.map(({ file }) => roomOf(file)));
  assert.deepEqual([...rooms].toSorted(), Object.keys(FLOORS).toSorted());
  assert.ok(all.length >= 3 * sources(src).length, `${all.length} imports in ${sources(src).length} files`);
  assert.ok(all.filter(({ isStatic }) => !isStatic).length >= 30);
});

test("cli loads testing, the server, and each command, only on demand", () => {
  const started = [...loadedWith(join(src, "cli", "launcher.ts")), ...loadedWith(join(src, "cli", "program.ts"))];
  assert.ok(started.includes(join(src, "cli", "main.ts")));
  const commands = join(src, "cli", "commands");
  const early = started.filter(
    (path) => ["server", "testing"].includes(roomOf(path)) || (dirname(path) === commands && path !== join(commands, "table.ts")),
  );
  assert.deepEqual(early, []);
});

test("the YAML library is loaded by two files, on demand: a policy of the Notary Project does not wait for it", () => {
  const users = all.filter(({ target, isType }) => target === "yaml" && !isType);
  assert.deepEqual(
    users.map(({ file, isStatic }) => [relative(src, file), isStatic]),
    [
      ["encoding/yaml-edit.ts", false],
      ["encoding/yaml.ts", false],
    ],
  );
});

test("the expression language is loaded with one file, on demand: a policy without expressions does not wait for it", () => {
  const users = [...new Set(all.filter(({ target, isType }) => target.startsWith("@bufbuild/") && !isType).map(({ file }) => file))];
  const cel = join(src, "policy", "cel");
  assert.ok(users.length > 0 && users.every((file) => dirname(file) === cel));
  const entries = all.filter(
    ({ file, target, isType }) => !isType && dirname(file) !== cel && dirname(resolve(dirname(file), target)) === cel,
  );
  assert.deepEqual(
    entries.map(({ file, target, isStatic }) => [relative(src, file), target, isStatic]),
    [["policy/countersign/document.ts", "../cel/language.ts", false]],
  );
});

test("what people say and what they except is loaded on demand: a policy that asks for signatures alone does not wait for it", () => {
  const rooms = new Set(["approvals", "waivers"].map((room) => join(src, "policy", room)));
  for (const entry of ["evaluate.ts", join("cli", "commands", "verify.ts"), join("policy", "countersign", "document.ts")]) {
    const early = [...loadedWith(join(src, entry))].filter((path) => rooms.has(dirname(path)));
    assert.deepEqual(
      early.map((path) => relative(src, path)),
      [],
      entry,
    );
  }
});

test("every room has a floor, and imports only go down", () => {
  for (const { file, target } of all) {
    if (!target.startsWith(".")) continue;
    const from = roomOf(file);
    const to = roomOf(resolve(dirname(file), target));
    const edge = `${relative(src, file)} -> ${target}`;
    assert.ok(FLOORS[from] !== undefined && FLOORS[to] !== undefined, `${edge}: room "${from}" or "${to}" has no floor`);
    if (from === to || ALSO.some(([a, b]) => a === from && b === to)) continue;
    assert.ok(
      (FLOORS[to] ?? 9) < (FLOORS[from] ?? 0),
      `${edge}: "${from}" (floor ${FLOORS[from]}) may only import from lower floors than its own, not "${to}" (floor ${FLOORS[to]})`,
    );
    const narrower = NARROWER[from];
    if (narrower) assert.ok(narrower.includes(to), `${edge}: "${from}" may import only ${narrower.join(", ")}`);
  }
});

test("rooms that hold meaning do no input or output of their own", () => {
  for (const { file, target } of all) {
    const room = roomOf(file);
    if (PURE.has(room)) assert.ok(!OUTSIDE.test(target), `${relative(src, file)} -> ${target}: "${room}" gets the outside handed in`);
  }
});

test("only setup chooses concrete classes", () => {
  for (const { file, target, isType } of all) {
    if (roomOf(file) !== "verbs" || isType || !target.startsWith(".")) continue;
    const to = roomOf(resolve(dirname(file), target));
    if (CONCRETE.has(to)) {
      assert.match(
        relative(src, file),
        /^setup(\/[a-z-]+)?\.ts$/,
        `${relative(src, file)} -> ${target}: only setup constructs what is in "${to}"`,
      );
    }
  }
});

test("the package openpgp, which may not be there, is known to one file alone, which loads it when it is needed", () => {
  const verifier = join(src, "pki", "openpgp", "signature.ts");
  const users = all.filter(({ target, isType }) => target === "openpgp" && !isType);
  assert.deepEqual(
    users.map(({ file, isStatic }) => [file, isStatic]),
    [[verifier, false]],
  );
  assert.ok(all.every(({ file, target }) => target !== "openpgp" || file === verifier));
  const doors = all.filter(({ file, target, isType }) => !isType && resolve(dirname(file), target) === verifier);
  assert.deepEqual(
    doors.map(({ file, isStatic }) => [relative(src, file), isStatic]),
    [["evidence/verify-commits.ts", false]],
  );
});

test("no static import of node:http or node:https outside server and testing: either loads far more than a client needs", () => {
  for (const { file, target, isStatic, isType } of all) {
    if (isStatic && !isType && /^node:https?$/.test(target)) {
      assert.ok(["server", "testing"].includes(roomOf(file)), `${relative(src, file)} -> ${target}`);
    }
  }
});
