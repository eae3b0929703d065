import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { readPlainYaml } from "./plain-yaml.ts";
import { composeYaml } from "./yaml.ts";
import { plainValue } from "./yaml-node.ts";
import { readYamlText, YamlFault, type YamlText } from "./yaml-text.ts";

const ROOT = join(import.meta.dirname, "../..");
const OPTIONS = { maxBytes: 1_048_576 };

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const within = (folder: string, ending: string): readonly string[] =>
  readdirSync(join(ROOT, folder)).flatMap((name) => (name.endsWith(ending) ? [`${folder}/${name}`] : []));

const FIXTURES = within("tests/fixtures/policy-documents", ".yaml").map((path) => ({ name: path, text: read(path) }));

/** The blocks of the documentation that are whole documents. */
const EXAMPLES = ["README.md", ...within("docs", ".md"), ...within("docs/guides", ".md")].flatMap((path) =>
  [...read(path).matchAll(/^```yaml\n(apiVersion: countersign[^]*?)^```/gm)].map(([, text = ""], index) => ({
    name: `${path} ${index}`,
    text,
  })),
);

/** Whether it is read here; and if so, as the library reads it, each place included. */
async function isReadAlike(text: string): Promise<boolean> {
  const source = sourceOf(text);
  const plain = source && readPlainYaml(source.text);
  if (source === undefined || plain === undefined) return false;
  assert.deepEqual([plain], await composeYaml(source, OPTIONS));
  return true;
}

/** `undefined` for what is refused before either reader is asked. */
function sourceOf(text: string): YamlText | undefined {
  try {
    return readYamlText(new TextEncoder().encode(text), OPTIONS.maxBytes);
  } catch (error) {
    assert.ok(error instanceof YamlFault, String(error));
    return undefined;
  }
}

test("every policy of the fixtures and of the documentation is read without the library", async () => {
  assert.ok(FIXTURES.length >= 4 && EXAMPLES.length >= 5);
  for (const { name, text } of [...FIXTURES, ...EXAMPLES]) assert.ok(await isReadAlike(text), name);
});

test("each form that is read, and the forms beside it that are not", async () => {
  const forms: readonly (readonly [text: string, value: unknown])[] = [
    ["a: b # c\n", { a: "b" }],
    ["---\n# c\n\na:\n  # d\n  b: c d\n#e\n  f: 1\n", { a: { b: "c d", f: 1 } }],
    ["- a: 1\n  b: 2\n-\n  - true\n  - - 'it''s'\n    - \"x: # y\"\n", [{ a: 1, b: 2 }, [true, ["it's", "x: # y"]]]],
    ["a:\n- b\n- c\nd: e", { a: ["b", "c"], d: "e" }],
    ["a: { b: ca:x, 'c d': [] , e: [x y,\n    -z, # f\n   {}] }\n", { a: { b: "ca:x", "c d": [], e: ["x y", "-z", {}] } }],
    ['1: https://x.io/{a}?b#c\n"k": ~/x\n', { "1": "https://x.io/{a}?b#c", k: "~/x" }],
    ["a: |\n  -----X\n   y\n\n  z\n\n# c\nb: 2026-11-24\n", { a: "-----X\n y\n\nz\n", b: "2026-11-24" }],
  ];
  for (const [text, value] of forms) {
    assert.ok(await isReadAlike(text), text);
    const node = readPlainYaml(text);
    assert.deepEqual(JSON.parse(JSON.stringify(node && plainValue(node))), value);
  }
  for (const text of OTHERS.flat()) assert.equal(readPlainYaml(text), undefined, text);
});

/** Most of them the library reads. */
const OTHERS: readonly (readonly string[])[] = [
  ["", "# c\n", "a", "[a]", "a:\n", "a: ~\n", "- \n", "-\n- a\n", "a: null\n", "null: a\n"],
  ["a: 1.5\n", "a: 0x1\n", "a: True\n", "a: 01\n", "a: 9007199254740993\n", "a: 'b'#c\n", "a: [b]#c\n", "a: [b] c\n", "a: 'b' c\n"],
  ["a: b\n  c\n", "a: 'b\n  c'\n", 'a: "\\n"\n', "a: >\n  b\n", "a: |-\n  b\n", "a: |\n  b", "a: |\n\n  b\n", "a: |\n   b\n  c\n"],
  ["a: |\n  b\n   \n  c\n", "a:\tb\n", "a: b\r\n", "a: b\n---\nc: d\n", "a: b\n...\n", "... !b: c\n", "%a: b\n", "a: &x b\n", "a: *x\n"],
  ["a: !x b\n", "<<: a\n", "'<<': a\n", "? a\n", "a: b\na: c\n", "'a': b\na: c\n", "a: {b: c, b: d}\n", "'a' : b\n", "'a' b: c\n"],
  ["a: b: c\n", "a: b:\n", "a : b\n", "a: - b\n", "a: [b\n", "a: [b\n]\n", "a: [b: c]\n", "a: {b}\n", "  a: b\n c: d\n"],
  ["a:\n    b: c\n  d: e\n", `a: ${"[".repeat(40)}${"]".repeat(40)}\n`, `${"- ".repeat(40)}a\n`, `${"k".repeat(1_001)}: a\n`],
  [`a: "${"b".repeat(200_000)}"\n`],
];

/** Pieces that mean something to one of the two readers. */
const WORDS = "a b é \u00a0 \u3000 0 1 12 -1 1.5 1e3 0x1 .inf true null ~ << . / = \\ ' \" \t [ ] { } ? ! & * % @ > # - | , :".split(" ");
const MARKS = ["|\n", ": ", " ", ", ", "- ", "\n", "\n ", "\n  ", "\n    ", "\n- ", "\n  b: ", " # c", "# c\n", "a: ", "k:\n  ", " x y"];
const PIECE = fc.constantFrom(...WORDS, ...MARKS, "---\n", "--- ", "...", "a: b\n", "? ");

test("any text is read as the library reads it, or not at all", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: PIECE, maxLength: 16 }), async (text) => {
      await isReadAlike(text);
    }),
    { numRuns: 5_000 },
  );
});

test("so is any policy in which something was changed", async () => {
  const lines = [...FIXTURES, ...EXAMPLES].map(({ text }) => text.split("\n"));
  const change = fc.record({ at: fc.nat(), gone: fc.nat(3), put: fc.oneof(fc.constant(""), PIECE) });
  const some = fc
    .constantFrom(...lines)
    .chain((all) => fc.tuple(fc.nat(all.length), fc.nat(12)).map(([from, count]) => all.slice(from, from + count + 1).join("\n")));
  await fc.assert(
    fc.asyncProperty(some, fc.boolean(), fc.array(change, { maxLength: 3 }), async (text, isEnded, changes) => {
      let changed = isEnded ? `${text}\n` : text;
      for (const { at, gone, put } of changes) {
        const place = at % (changed.length + 1);
        changed = `${changed.slice(0, place)}${put}${changed.slice(place + gone)}`;
      }
      await isReadAlike(changed);
    }),
    { numRuns: 2_000 },
  );
});

test("any tree of plain values is read, however it is written", async () => {
  const { tree } = fc.letrec<{ tree: Tree; flow: Tree }>((tie) => ({
    flow: fc.oneof(
      { maxDepth: 3 },
      SCALAR,
      fc.array(tie("flow"), { maxLength: 3 }).map((items): Tree => ({ style: "flow", items })),
      fc.array(fc.tuple(KEY, tie("flow")), { maxLength: 3 }).map((entries): Tree => ({ style: "flow", entries: distinct(entries) })),
    ),
    tree: fc.oneof(
      { maxDepth: 4 },
      tie("flow"),
      fc.array(tie("tree"), { minLength: 1, maxLength: 3 }).map((items): Tree => ({ style: "block", items })),
      fc
        .array(fc.tuple(KEY, tie("tree")), { minLength: 1, maxLength: 3 })
        .map((entries): Tree => ({ style: "block", entries: distinct(entries) })),
    ),
  }));
  const spacing = fc.record({ step: fc.integer({ min: 1, max: 4 }), between: fc.constantFrom("", "\n", "# c\n", "      # c\n\n") });
  await fc.assert(
    fc.asyncProperty(tree, spacing, async (value, around) => {
      const text = block({ style: "block", entries: [["top", value]] }, 0, around);
      assert.ok(await isReadAlike(text), text);
    }),
    { numRuns: 1_000 },
  );
});

type Tree =
  | string
  | { readonly style: "flow" | "block"; readonly items: readonly Tree[] }
  | { readonly style: "flow" | "block"; readonly entries: readonly (readonly [key: string, value: Tree])[] };

interface Spacing {
  readonly step: number;
  /** Lines that mean nothing. */
  readonly between: string;
}

/** As they are written. */
const SCALAR = fc.constantFrom(
  "a",
  "x y",
  "ca:acme",
  "https://a.io/b",
  "0",
  "42",
  "true",
  "'it''s: a'",
  '"# {b}"',
  "''",
  "-b",
  "é",
  "2.5.4.97x",
);
const KEY = fc.constantFrom("a", "b c", "'d: e'", '"f/{g}"', "1", "2.5.4.97", "true");

function distinct(entries: readonly (readonly [string, Tree])[]): readonly (readonly [string, Tree])[] {
  return [...new Map(entries)];
}

function flow(tree: Tree): string {
  if (typeof tree === "string") return tree;
  if ("items" in tree) return `[${tree.items.map(flow).join(", ")}]`;
  return `{ ${tree.entries.map(([key, value]) => `${key}: ${flow(value)}`).join(", ")} }`;
}

/** The lines of a collection in block style, from `indent` on. */
function block(tree: Exclude<Tree, string>, indent: number, around: Spacing): string {
  const margin = around.between + " ".repeat(indent);
  const below = (value: Tree): string =>
    typeof value === "string" || value.style === "flow" ? ` ${flow(value)} # c\n` : `\n${block(value, indent + around.step, around)}`;
  if ("items" in tree) return tree.items.map((item) => `${margin}-${below(item)}`).join("");
  return tree.entries.map(([key, value]) => `${margin}${key}:${below(value)}`).join("");
}
