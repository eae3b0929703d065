/** Each advisory, and each attack on a policy, has tests, and those that it names are there under that very name. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { VECTORS } from "../vectors/table/all.ts";
import { ATTACKS } from "./attacks.ts";
import { ADVISORIES, type TestName } from "./table.ts";

/** A quoted text after `test(`, `describe(` or `suite(`: what it is called, or the pattern of what each of several is called. */
function namesIn(source: string): readonly (string | RegExp)[] {
  const written = [...source.matchAll(/\b(?:test|describe|suite)\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)/g)];
  return written.map(([, quoted = ""]) => {
    const text = quoted.slice(1, -1).replace(/\\(.)/g, "$1");
    if (!quoted.startsWith("`")) return text;
    const parts = text.split(/\$\{[^}]*\}/).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
    return new RegExp(`^${parts.join("(.*)")}$`, "s");
  });
}

/** One of several that are made from a table has its own part of the name in that table. */
function isIn(name: string, file: string): boolean {
  const source = readFileSync(file, "utf8");
  const unescaped = source.replace(/\\(["'])/g, "$1");
  return namesIn(source).some((one) => {
    if (typeof one === "string") return one === name;
    const [, ...parts] = one.exec(name) ?? [];
    if (parts.length === 0) return false;
    if (file === "tests/vectors/vectors.test.ts") return VECTORS.some((vector) => `${vector.name} (${vector.code})` === name);
    return parts.every(
      (part) => [`"${part}"`, `'${part}'`, `\`${part}\``].some((quoted) => unescaped.includes(quoted)) || isObjectIn(part, source),
    );
  });
}

/** What a test is about may be an object, and stands there without quotes. */
function isObjectIn(part: string, source: string): boolean {
  if (!part.startsWith("{")) return false;
  const members = Object.keys(JSON.parse(part) as object);
  return members.every((member) => source.includes(`${member}: `));
}

function missing(tests: readonly TestName[]): readonly string[] {
  return tests.filter(([file, name]) => !existsSync(file) || !isIn(name, file)).map((one) => one.join(": "));
}

for (const { ids, wrong, tests, later } of ADVISORIES) {
  test(`${ids.join(", ")}: ${wrong}`, () => {
    assert.deepEqual(missing(tests), []);
    assert.ok(tests.length > 0 || later !== undefined, "it has no test, and says of no later part that it will");
  });
}

for (const { attack, tests } of ATTACKS) {
  test(`attack: ${attack}`, () => {
    assert.deepEqual(missing(tests), []);
    assert.ok(tests.length > 0);
  });
}

test("no advisory stands in the table twice, and no attack", () => {
  const all = [...ADVISORIES.flatMap(({ ids }) => ids), ...ATTACKS.map(({ attack }) => attack)];
  assert.deepEqual(
    all.filter((one, at) => all.indexOf(one) !== at),
    [],
  );
});

test("a test that is not there under that very name is missed", () => {
  assert.deepEqual(missing([["src/core/words.test.ts", "digests"]]), []);
  const others: readonly TestName[] = [
    ["src/core/words.test.ts", "digest"],
    ["src/core/gone.test.ts", "digests"],
    ["tests/vectors/vectors.test.ts", "no such vector (time/valid)"],
    ["src/formats/sigstore-bundle/format.test.ts", "refuses nothing of the kind"],
  ];
  assert.equal(missing(others).length, others.length);
});
