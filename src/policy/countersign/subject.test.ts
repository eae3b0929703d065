import assert from "node:assert/strict";
import { test } from "node:test";
import { array, assert as holds, constantFrom, property, record } from "fast-check";
import { mayBeSameSubject, type Pair, writtenSubject } from "./subject.ts";
import { overlaps, parseTemplate, type Template } from "./template.ts";

function template(text: string): Template {
  return parseTemplate(text, (state) => assert.fail(state));
}

/** By every pair with every other one. */
function covers(some: readonly Pair<Template>[], others: readonly Pair<Template>[]): boolean {
  return some.every((pair) => others.some(({ type, value }) => type === pair.type && overlaps(value, pair.value)));
}

test("two subjects may be one where each pair of either has one of its type in the other that it may be", () => {
  const value = constantFrom("a", "b", "ci-a", "ci-{app}", "{app}", "a/b", "{path...}", "a/{app}").map(template);
  const pairs = array(record({ type: constantFrom("CN", "OU"), value }), { minLength: 1, maxLength: 3 });
  holds(
    property(pairs, pairs, (a, b) => {
      const expected = a.length === b.length && covers(a, b) && covers(b, a);
      assert.equal(mayBeSameSubject(writtenSubject(a), writtenSubject(b)), expected);
    }),
    { numRuns: 3000 },
  );
});

test("values without a variable are looked up, and not compared with each other", () => {
  const looks = { count: 0 };
  /** A value that counts how often its segments are asked for. */
  const counted = (text: string): Template => {
    const plain = template(text);
    return {
      ...plain,
      get segments() {
        looks.count += 1;
        return plain.segments;
      },
    };
  };
  const subject = (order: readonly number[]) => writtenSubject(order.map((n) => ({ type: "CN", value: counted(`c${n}`) })));
  const numbers = Array.from({ length: 1000 }, (_, index) => index);
  assert.equal(mayBeSameSubject(subject(numbers), subject(numbers.toReversed())), true);
  assert.equal(looks.count, 0);
});
