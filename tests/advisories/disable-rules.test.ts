/** Each rule that lets nothing wrong into production is missed by the test that is there for it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findUnnoticed } from "./disable-rules.ts";
import { RULES } from "./rules/table.ts";

test("each rule, taken out, makes its test fail with its code", async () => {
  assert.deepEqual(await findUnnoticed(RULES), []);
});

test("a rule that is nobody's, and one that cannot be taken out, are told", async () => {
  const [rule] = RULES;
  assert.ok(rule !== undefined);
  const [change] = rule.changes;
  assert.ok(change !== undefined);
  const broken = [
    { ...rule, changes: [{ ...change, to: change.from }] },
    { ...rule, changes: [{ ...change, from: "not there" }] },
    { ...rule, changes: [{ ...change, to: "if (other.not.there) {" }] },
    { ...rule, test: { ...rule.test, name: "not there" } },
    { ...rule, tells: "not told" },
  ];
  const whys = (await findUnnoticed(broken)).map(({ why }) => why);
  assert.equal(whys.length, broken.length);
  for (const [at, why] of [/passes without it/, /0 times instead of once/, /ends in a crash/, /has no test/, /without telling/].entries())
    assert.match(whys[at] ?? "", why);
});

test("the names of the rules are told apart", () => {
  const names = RULES.map(({ name }) => name);
  assert.deepEqual(
    names.filter((name, at) => names.indexOf(name) !== at),
    [],
  );
});
