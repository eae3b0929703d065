import assert from "node:assert/strict";
import { test } from "node:test";
import { array, assert as holds, constant, constantFrom, oneof, property, record, string, stringMatching } from "fast-check";
import { fillTemplate, matchTemplate, overlaps, parseTemplate, type Template } from "./template.ts";

function parse(text: string): Template {
  return parseTemplate(text, (state) => {
    throw new Error(state);
  });
}

function match(template: string, text: string): Readonly<Record<string, string>> | undefined {
  const values = matchTemplate(parse(template), text);
  return values === undefined ? undefined : Object.fromEntries(values);
}

test("what a template stands for", () => {
  const rows: readonly (readonly [template: string, text: string, values: Readonly<Record<string, string>> | undefined])[] = [
    ["a/b", "a/b", {}],
    ["a/b", "a/b/c", undefined],
    ["a/{app}", "a/api", { app: "api" }],
    ["a/{app}", "a/api/v2", undefined],
    ["a/{app}", "a/", undefined],
    ["a/{app}", "b/api", undefined],
    ["a/{app}-prod", "a/api-prod", { app: "api" }],
    ["a/{app}-prod", "a/-prod", undefined],
    ["a/x{app}x", "a/x", undefined],
    ["a/ab{app}ba", "a/aba", undefined],
    ["a/{app}", "a/API", undefined],
    ["a/{app}", "a/api-", undefined],
    ["a/{app}-prod", "a/api--prod", undefined],
    ["a/{app}", "a/..", undefined],
    ["a/{path...}", "a/b", { "path...": "b" }],
    ["a/{path...}", "a/b/c/d", { "path...": "b/c/d" }],
    ["a/{path...}", "a", undefined],
    ["a/{path...}", "a/b//c", undefined],
    ["a/{path...}/{app}", "a/b/c/d", { "path...": "b/c", app: "d" }],
    ["a/{path...}/{app}", "a/b", undefined],
    ["a/{team}/x/{path...}/{app}-y", "a/t/x/1/2/z-y", { team: "t", "path...": "1/2", app: "z" }],
  ];
  for (const [template, text, values] of rows) assert.deepEqual(match(template, text), values, `${template} ${text}`);
});

test("what makes no template", () => {
  const rows: readonly (readonly [text: string, state: RegExp])[] = [
    ["a/{app}/{app}", /\{app\} twice/],
    ["a/{app}/{app...}", /\{app\} twice/],
    [Array.from({ length: 21 }, (_, index) => `{a${index}}`).join("/"), /has over 20 variables$/],
    ["a/{x...}/{y...}", /two variables of several segments/],
    ["a/{x}{y}", /more than one variable/],
    ["a/{x}-{y}", /more than one variable/],
    ["a/b{x...}", /beside other text/],
    ["a/{}", /makes no variable/],
    ["a/{App}", /makes no variable/],
    ["a/{a b}", /makes no variable/],
    ["a/{app", /makes no variable/],
    ["a/app}", /makes no variable/],
    ["a/}{", /makes no variable/],
    ["a/{{app}}", /makes no variable/],
    ["a/{x/y}", /makes no variable/],
    ["a/{x....}", /makes no variable/],
  ];
  for (const [text, state] of rows) assert.throws(() => parse(text), state, text);
});

test("a value that is missing is not passed over", () => {
  assert.equal(fillTemplate(parse("a/{app}"), new Map([["app...", "x"]])), undefined);
});

test("which templates have a text in common", () => {
  const rows: readonly (readonly [a: string, b: string, overlap: boolean])[] = [
    ["h/a", "h/a", true],
    ["h/a", "h/b", false],
    ["h/a", "h/{app}", true],
    ["h/a/b", "h/{app}", false],
    ["h/a/b", "h/{path...}", true],
    ["h", "h/{path...}", false],
    ["h/{a}-x", "h/{b}-y", false],
    ["h/x-{a}", "h/{b}-y", true],
    ["h/{a}-x", "h/{b}", true],
    ["h/{path...}/x", "h/{app}/y", false],
    ["h/{path...}/x", "h/{app}/x", true],
    ["h/a/{path...}", "h/{rest...}/b", true],
    ["h/a/{path...}", "h/b/{rest...}", false],
    ["h/{path...}/{x}/{y}/{z}", "h/a/b", false],
    ["g/{path...}", "h/{path...}", false],
  ];
  for (const [a, b, overlap] of rows) {
    assert.equal(overlaps(parse(a), parse(b)), overlap, `${a} ${b}`);
    assert.equal(overlaps(parse(b), parse(a)), overlap, `${b} ${a}`);
  }
});

// Few letters, so that two templates often meet.
const NAME = stringMatching(/^[ab]([.-]?[ab]){0,2}$/);
const FIX = constantFrom("", "", "a", "b", "ab", "a-");
const TAIL = constantFrom("", "", "a", "b", "-b");
const SEGMENT = oneof(NAME, constant("{}"), record({ prefix: FIX, suffix: TAIL }));

/** Segments, in which `{}` becomes a spread if it is the first one; names are given in order, so none is there twice. */
const TEMPLATE = array(SEGMENT, { minLength: 1, maxLength: 5 }).map((segments) => {
  const spread = segments.indexOf("{}");
  const texts = segments.map((segment, index) => {
    if (segment === "{}") return index === spread ? `{v${index}...}` : `{v${index}}`;
    return typeof segment === "string" ? segment : `${segment.prefix}{v${index}}${segment.suffix}`;
  });
  return parse(texts.join("/"));
});

const VALUES = array(NAME, { minLength: 5, maxLength: 5 });

/** A text of the template, by values for its variables. */
function textOf(template: Template, values: readonly string[]): string {
  const pairs = template.variables.map((name, index): [string, string] => {
    const value = values[index] ?? "a";
    return [name, name.endsWith("...") ? `${value}/${values[(index + 1) % 5]}` : value];
  });
  const filled = fillTemplate(template, new Map(pairs)) ?? "";
  assert.deepEqual(matchTemplate(template, filled), new Map(pairs), `${template.text} ${filled}`);
  return filled;
}

test("what is filled in is what is matched, and what is matched fills in to the same text", () => {
  holds(
    property(TEMPLATE, VALUES, (template, values) => void textOf(template, values)),
    { numRuns: 500 },
  );
  const text = array(oneof(NAME, string({ maxLength: 3 })), { maxLength: 6 }).map((segments) => segments.join("/"));
  holds(
    property(TEMPLATE, text, (template, other) => {
      const values = matchTemplate(template, other);
      if (values !== undefined) assert.equal(fillTemplate(template, values), other);
    }),
    { numRuns: 2000 },
  );
});

test("a value never leaves its segment, and holds nothing that means more than itself", () => {
  const text = array(oneof(NAME, string({ unit: "binary", maxLength: 4 })), { minLength: 1, maxLength: 6 }).map((parts) => parts.join("/"));
  holds(
    property(TEMPLATE, text, (template, repository) => {
      for (const [name, value] of matchTemplate(template, repository) ?? []) {
        assert.match(value, name.endsWith("...") ? /^[a-z0-9][a-z0-9._/-]*$/ : /^[a-z0-9][a-z0-9._-]*$/);
        assert.doesNotMatch(value, /\.\.|\/\/|[._/-]$/);
      }
    }),
    { numRuns: 2000 },
  );
});

test("to overlap is mutual, and no text that two templates have in common is missed", () => {
  holds(
    property(TEMPLATE, TEMPLATE, VALUES, (a, b, values) => {
      assert.equal(overlaps(a, b), overlaps(b, a));
      assert.ok(overlaps(a, a));
      if (matchTemplate(b, textOf(a, values)) !== undefined) assert.ok(overlaps(a, b), `${a.text} ${b.text}`);
    }),
    { numRuns: 5000 },
  );
});
