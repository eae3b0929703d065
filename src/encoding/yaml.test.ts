import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { LIMITS } from "../core/limits.ts";
import { decodeYaml } from "./yaml.ts";
import { plainValue, yamlMember, type YamlNode, type YamlPosition } from "./yaml-node.ts";
import { YamlFault, type YamlOptions, type YamlReason } from "./yaml-text.ts";

const strict: YamlOptions = { maxBytes: 4_194_304 };
const foreign: YamlOptions = { ...strict, maxDocuments: 100, maxAliasValues: 1000, allowsInexactNumbers: true };
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

async function values(text: string, options = strict): Promise<unknown[]> {
  return (await decodeYaml(utf8(text), options)).map(plainValue);
}

async function refuses(input: string | Uint8Array, reason: YamlReason, options = strict): Promise<YamlFault> {
  try {
    await decodeYaml(typeof input === "string" ? utf8(input) : input, options);
  } catch (error) {
    assert.ok(error instanceof YamlFault, String(error));
    assert.equal(error.reason, reason, error.message);
    return error;
  }
  return assert.fail(`it was read: ${typeof input === "string" ? input.slice(0, 100) : "bytes"}`);
}

function at(line: number, column: number): YamlPosition {
  return { line, column };
}

function lists(depth: number): string {
  return "[".repeat(depth) + "]".repeat(depth);
}

function indented(depth: number): string {
  return Array.from({ length: depth }, (_, level) => `${" ".repeat(level)}a:\n`).join("");
}

function map(entries: Readonly<Record<string, unknown>>): unknown {
  return Object.assign(Object.create(null), entries);
}

test("every kind of value, with the place where it begins", async () => {
  const [document] = await decodeYaml(utf8('a: text\nb: [1.5, true, ~]\n"c":\n  d: |\n    two\n    lines\n'), strict);
  assert.deepEqual(document, {
    kind: "map",
    position: at(1, 1),
    entries: [
      { key: "a", keyPosition: at(1, 1), value: { kind: "text", position: at(1, 4), value: "text" } },
      {
        key: "b",
        keyPosition: at(2, 1),
        value: {
          kind: "list",
          position: at(2, 4),
          items: [
            { kind: "number", position: at(2, 5), value: 1.5 },
            { kind: "boolean", position: at(2, 10), value: true },
            { kind: "null", position: at(2, 16), value: null },
          ],
        },
      },
      {
        key: "c",
        keyPosition: at(3, 1),
        value: {
          kind: "map",
          position: at(4, 3),
          entries: [{ key: "d", keyPosition: at(4, 3), value: { kind: "text", position: at(4, 6), value: "two\nlines\n" } }],
        },
      },
    ],
  } satisfies YamlNode);
  assert.equal(yamlMember(yamlMember(document, "c"), "d")?.kind, "text");
  assert.equal(yamlMember(document, "d"), undefined);
});

test("any JSON document is read as JSON is", async () => {
  const json = fc.jsonValue().filter((value) => isPlain(value));
  await fc.assert(
    fc.asyncProperty(json, fc.constantFrom(undefined, 2), async (value, indent) => {
      const text = JSON.stringify(value, undefined, indent).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, escape);
      assert.deepEqual(JSON.parse(JSON.stringify((await values(text))[0])), JSON.parse(text));
    }),
  );
});

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Numbers within 2^53, texts of whole characters, keys within 1024 characters and not `<<`. */
function isPlain(value: unknown): boolean {
  if (typeof value === "number") return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, member]) => key !== "<<" && key.isWellFormed() && isPlain(member));
}

test("any bytes are read or refused, whatever is allowed", async () => {
  const unit = fc.constantFrom(
    "a",
    ":",
    " ",
    "- ",
    "\n",
    "  ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&a ",
    "*a",
    "!!str ",
    '"',
    "'",
    "|",
    ">",
    "#",
    "---\n",
    "%",
    "<<",
    "?",
    "\t",
    "\r",
    "1",
    "~",
    "\\u",
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array(), fc.string({ unit }).map(utf8)), fc.constantFrom(strict, foreign), async (bytes, options) => {
      try {
        for (const document of await decodeYaml(bytes, options)) plainValue(document);
      } catch (error) {
        assert.ok(error instanceof YamlFault, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

test("the core schema of YAML 1.2: what only looks like a boolean, a date or an octal number is a text", async () => {
  const text = "[yes, no, on, Off, 2026-11-24, 1_000, 1:30, 0o17, 0x1F, -0.5, 1e3, True, NULL, '1', \"true\"]";
  assert.deepEqual(await values(text), [
    ["yes", "no", "on", "Off", "2026-11-24", "1_000", "1:30", 15, 31, -0.5, 1000, true, null, "1", "true"],
  ]);
});

test("a byte order mark, CRLF, comments and nothing at all", async () => {
  assert.deepEqual(await values("\ufeffa: 1\r\nb: 2\r\n"), [map({ a: 1, b: 2 })]);
  assert.deepEqual(await values(""), []);
  assert.deepEqual(await values("# only a comment\n"), []);
  assert.deepEqual(await values("---\n# nothing\n---\na: 1\n--- # next\n...\n", foreign), [null, map({ a: 1 }), null]);
});

test("a second document is refused, by its place, unless more are asked for", async () => {
  assert.equal((await refuses("a: 1\n---\nb: 2\n", "documents")).message, "line 2, column 1: a second document begins here");
  await refuses("a\n---\n".repeat(101), "documents", foreign);
});

test("a key twice is refused, however it is spelled", async () => {
  const fault = await refuses("a:\n  b: 1\n  'b': 2\n", "duplicate-key");
  assert.deepEqual(fault.position, { line: 3, column: 3 });
  assert.equal(fault.message, 'line 3, column 3: the key "b" stands twice in a map');
  for (const text of [
    '{a: 1, "a": 2}',
    '{"a": 1, "\\x61": 2}',
    "{1: a, '1': b}",
    "{__proto__: 1, __proto__: 2}",
    "? a\n: 1\n? 'a'\n: 2\n",
  ]) {
    await refuses(text, "duplicate-key");
  }
});

test("__proto__ and constructor are keys like any other", async () => {
  const [value] = await values("__proto__: {polluted: true}\nconstructor: 1\n");
  assert.deepEqual(Object.keys(value as object), ["__proto__", "constructor"]);
  assert.equal(Object.getPrototypeOf(value), null);
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});

test("keys are texts", async () => {
  assert.deepEqual(await values("{8080: a, true: b}"), [map({ "8080": "a", true: "b" })]);
  for (const text of ["? [a]\n: 1\n", "{{a: 1}: 2}", ": 1\n", "~: 1\n", "? \n: 1\n"]) await refuses(text, "key");
  await refuses("a: &x b\n*x : 1\n", "key", foreign);
});

test("tags, directives, anchors, aliases and merge keys are refused by name and place", async () => {
  assert.equal(
    (await refuses("a: !!js/function 'x'\n", "tag")).message,
    "line 1, column 4: the tag !!js/function is not read; leave it out",
  );
  for (const text of ["!!str 1", "!x {}", "- !<tag:yaml.org,2002:binary> aa", "[! a]"]) await refuses(text, "tag", foreign);
  for (const text of ["%YAML 1.1\n---\na: yes\n", "%TAG ! tag:x,2000:\n---\na\n"]) await refuses(text, "directive", foreign);
  assert.deepEqual((await refuses("a: 1\nb: &x 2\n", "alias")).position, { line: 2, column: 4 });
  await refuses("a: *x\n", "alias");
  await refuses("<<: {a: 1}\n", "alias");
  // None of these is a mark.
  assert.deepEqual(await values("['!a', \"&b\", c!, d&e, '*f']"), [["!a", "&b", "c!", "d&e", "*f"]]);
  assert.deepEqual(await values("a: |\n  !b\n  &c\n  %d\n"), [map({ a: "!b\n&c\n%d\n" })]);
});

test("aliases stand for what was anchored before them, where they are allowed, and no name is given twice", async () => {
  assert.deepEqual(await values("a: &x {b: &y 1}\nd: *x\ne: *y\n", foreign), [map({ a: map({ b: 1 }), d: map({ b: 1 }), e: 1 })]);
  // Some readers take the one that began last, and others the one that ended last.
  assert.deepEqual((await refuses("- &a\n  b: &a 1\n- *a\n", "alias", foreign)).position, at(2, 9));
  await refuses("a: &x 1\nb: &x 2\n", "alias", foreign);
  await refuses("a: *x\nb: &x 1\n", "alias", foreign);
  await refuses("a: &x [*x]\n", "alias", foreign);
  // An anchor ends with its document.
  await refuses("a: &x 1\n---\nb: *x\n", "alias", foreign);
});

test("a merge key gives what the map does not, and is refused where readers differ", async () => {
  const base = "base: &b {image: one, tag: x}\nother: &o {image: two, more: y}\n";
  const [value] = await values(`${base}a:\n  <<: *b\n  tag: z\nb:\n  <<: [*b, *o]\n`, foreign);
  const { a, b } = value as Record<string, unknown>;
  assert.deepEqual(a, map({ image: "one", tag: "z" }));
  assert.deepEqual(b, map({ image: "one", tag: "x", more: "y" }));
  assert.deepEqual((await refuses(`${base}a:\n  image: mine\n  <<: *b\n`, "alias", foreign)).position, { line: 5, column: 3 });
  await refuses("a: {<<: 1}", "alias", foreign);
  await refuses(`${base}a: {"<<": *b}`, "alias", foreign);
  await refuses(`${base}a: {'<<': {c: 1}}`, "alias", foreign);
  await refuses(`${base}a: {<<: *b, <<: *o}`, "duplicate-key", foreign);
});

test("a text does not swallow what follows it, whatever comment stands before it", async () => {
  // yaml 2.9.1 takes the last line for more of the text; every other reader sees two items.
  const swallowed = 'a:\n  - b:\n    -\n#x\n      c\n  - {"d":"e"}\n';
  assert.deepEqual((await refuses(swallowed, "syntax", foreign)).position, at(6, 3));
  await refuses('- a:\n    b:\n#x\n      c\n- {"d":"e"}\n', "syntax", foreign);
  assert.deepEqual(await values("a:\n  - b:\n    -\n# x\n      c\n       d\n  - e\n", foreign), [map({ a: [map({ b: ["c d"] }), "e"] })]);
  assert.deepEqual(await values("a: b\n c\n#x\nd: |\n  e\n\n  f\ng:\n- h\n  i\n", foreign), [map({ a: "b c", d: "e\n\nf\n", g: ["h i"] })]);
});

test("aliases bring in no more than is allowed, in number and depth", async () => {
  const levels = Array.from({ length: 9 }, (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(9)}]`);
  await refuses(["a0: &a0 [lol]", ...levels].join("\n"), "alias", foreign);
  const deep = Array.from({ length: 70 }, (_, level) => `a${level + 1}: &a${level + 1} [*a${level}]`);
  await refuses(["a0: &a0 x", ...deep].join("\n"), "depth", { ...foreign, maxAliasValues: 100_000 });
});

test("numbers that would not be exact are refused, or rounded where that is allowed", async () => {
  assert.deepEqual(await values("[9007199254740991, -9007199254740991]"), [[9007199254740991, -9007199254740991]]);
  for (const text of ["9007199254740992", "1e400", ".inf", ".nan", "0xffffffffffffffff", "1".repeat(1000)])
    await refuses(`a: ${text}`, "number");
  assert.deepEqual(await values("a: 9223372036854775807", foreign), [map({ a: 2 ** 63 })]);
});

test("what is no UTF-8, and what is no character of YAML", async () => {
  await refuses(Uint8Array.of(0x61, 0xff), "characters");
  await refuses(Uint8Array.of(0xff, 0xfe, 0x61, 0x00), "characters");
  assert.equal(
    (await refuses("a: 1\nb: x\0", "characters")).message,
    "line 2, column 5: the character \\u{0} may not stand here; write it as an escape in double quotes",
  );
  for (const text of ["\x1b[31m", "\x1f!a", "a\x7f", "a\ufeffb", "a\ufffe"]) await refuses(text, "characters");
  await refuses('a: "\\ud800"', "characters");
  await refuses('"\\udc00": a', "characters");
  assert.deepEqual(await values('["\\0", "\\ud83d\\ude00", "\\u2028"]'), [["\0", "😀", "\u2028"]]);
});

test("a line that ends for some readers only is refused", async () => {
  for (const end of ["\r", "\u0085", "\u2028", "\u2029"]) await refuses(`a: 1 # comment${end}b: 2\n`, "characters");
});

test("a line that begins a document for some readers only is refused", async () => {
  for (const text of ["a: b\n---x: |\n  kind: Pod\n", "--- |\n kind: Pod\n", "--- {a: 1}\n", "a: 1\n---#x\nb: 2\n", 'a: "\n--- x"\n']) {
    await refuses(text, "syntax", foreign);
  }
});

test("what is no YAML is refused, with its place", async () => {
  assert.deepEqual((await refuses("a: 1\n\tb: 2\n", "syntax")).position?.line, 2);
  for (const text of ["a: b: c", "[1", '"', "a: 'b", "- a\nb: 1", "@a", "`a", "{a: 1}}", "a: [\n]x", "a\n---\n]", "[a, b\nc: d"]) {
    assert.ok((await refuses(text, "syntax", foreign)).position, text);
  }
});

test("depth is bounded, in brackets and by indentation", async () => {
  await assert.doesNotReject(values(lists(64)));
  await assert.doesNotReject(values(indented(64)));
  await assert.doesNotReject(values(`${"- ".repeat(64)}a`));
  for (const text of [lists(65), indented(65), `${"- ".repeat(65)}a`, "? ".repeat(1000), `${"[a: ".repeat(33)}b${"]".repeat(33)}`]) {
    assert.ok((await refuses(text, "depth")).position);
  }
});

test("size is bounded before parsing, and the parts of a document while parsing", async () => {
  await refuses(" ".repeat(101), "too-large", { maxBytes: 100 });
  await refuses("\n".repeat(LIMITS.yamlTokens + 1), "too-large");
});

test("a hundred kilobytes of anything end", async () => {
  for (const text of [
    "[",
    "]",
    "{",
    "[]",
    "- ",
    "? ",
    ": ",
    "-\n",
    "a: ",
    '"',
    "'",
    '"\\',
    "#\n",
    "%a\n",
    "&",
    "*a ",
    "!",
    "|\n",
    "- |\n",
    ",",
    "\t",
    " ",
    "@",
    "---\n",
    "...\n",
    'a: "b\n',
    "a\n---\n",
  ]) {
    await assert.rejects(
      async () => {
        await decodeYaml(utf8(text.repeat(100_000 / text.length)), foreign);
        throw new YamlFault("syntax", "it was read");
      },
      YamlFault,
      text,
    );
  }
});
