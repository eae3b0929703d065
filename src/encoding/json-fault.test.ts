/** Where JSON is broken: the place is the first character that could not stand there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { findJsonFault } from "./json-fault.ts";

test("the place and what was expected there", () => {
  const faults: readonly (readonly [text: string, said: string])[] = [
    ["", "line 1, column 1: the document ends where a value is expected"],
    ['{\n  "a": 1,\n}', `line 3, column 1: a member's name in double quotes is expected, not "}"`],
    ['{"a" 1}', 'line 1, column 6: a colon is expected, not "1"'],
    ['{\n  "a": 1\n  "b": 2\n}', `line 3, column 3: a comma or the closing bracket is expected, not "\\""`],
    ["{'a': 1}", `line 1, column 2: a member's name in double quotes, or } is expected, not "'"`],
    ["[1, 2", "line 1, column 6: the document ends where a comma or the closing bracket is expected"],
    ["[1, ]", 'line 1, column 5: a value is expected, not "]"'],
    ["[1}", 'line 1, column 3: a comma or the closing bracket is expected, not "}"'],
    ['{"a": yes}', 'line 1, column 7: a value is expected, not "y"'],
    ["{} {}", 'line 1, column 4: the end of the document is expected, not "{"'],
    ["[01]", 'line 1, column 3: a comma or the closing bracket is expected, not "1"'],
    ["// a comment\n{}", 'line 1, column 1: a value is expected, not "/"'],
  ];
  for (const [text, said] of faults) assert.equal(findJsonFault(text), said, text);
});

test("a fault is found exactly where JSON.parse finds one", () => {
  const likeJson = fc.string({
    unit: fc.constantFrom("{", "}", "[", "]", ":", ",", '"', "\\", "u", "d8", "0", "-1", ".", "e", "null", " ", "\n"),
  });
  fc.assert(
    fc.property(fc.oneof(likeJson, fc.json(), fc.string()), (text) => {
      let parses = true;
      try {
        JSON.parse(text);
      } catch {
        parses = false;
      }
      assert.equal(findJsonFault(text) === undefined, parses, text);
    }),
    { numRuns: 2_000 },
  );
});
