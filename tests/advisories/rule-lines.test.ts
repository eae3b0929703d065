/** Fast, and so a part of `npm run check`: whoever moves a line that the table of rules names learns it before the slow run. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { whyMisplaced } from "./disable-rules.ts";
import { RULES } from "./rules/table.ts";

test("each line that a rule takes out stands in the sources once", () => {
  assert.ok(RULES.length > 0);
  assert.deepEqual(
    RULES.flatMap((rule) => {
      const why = whyMisplaced(rule);
      return why === undefined ? [] : [`${rule.name}: ${why}`];
    }),
    [],
  );
});
