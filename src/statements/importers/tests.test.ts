import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Malformed } from "../../core/malformed.ts";
import type { TestRun } from "../predicates/test-result.ts";
import { readJunit } from "./junit.ts";
import { isTap, readTap } from "./tap.ts";
import { decodeXml } from "./xml.ts";

function junit(text: string): TestRun {
  return readJunit(decodeXml(new TextEncoder().encode(text)));
}

suite("JUnit", () => {
  test("suites within suites, names, and the ways not to run", () => {
    const run = junit(`<testsuites><testsuite name="s"><testcase name="a"/>
      <testsuite name="t"><testcase classname="c" name="b"/><testcase name="d"><failure/></testcase></testsuite>
      <testcase name="e"><skipped/></testcase><testcase name="f" status="notrun"/><testcase name="g" result="suppressed"/>
      <testcase name="h"><skipped type="todo"/><failure/></testcase><testcase name="i"><system-out>failure</system-out></testcase>
      </testsuite><testsuite name="u"><error message="no database"/></testsuite></testsuites>`);
    assert.deepEqual(run, { passed: ["s.a", "c.b", "s.i"], failed: ["t.d", "u"] });
  });

  for (const [name, text] of [
    ["more tests declared than there are", '<testsuite tests="2"><testcase name="a"/></testsuite>'],
    ["more in all than there are", '<testsuites tests="2"><testsuite tests="1"><testcase name="a"/></testsuite></testsuites>'],
    ["failures declared that are not there", '<testsuite failures="1"><testcase name="a"/></testsuite>'],
    ["errors declared that are not there", '<testsuites><testsuite errors="1"><testcase name="a"/></testsuite></testsuites>'],
    ["a count that is no number", '<testsuite tests="many"><testcase name="a"/></testsuite>'],
    ["a test without a name", "<testsuite><testcase/></testsuite>"],
  ] as const) {
    test(`refused: ${name}`, () => assert.throws(() => junit(text), Malformed));
  }

  test("a report that fails anyway is believed", () => {
    const run = junit('<testsuite tests="5" failures="3"><testcase name="a"><failure/></testcase></testsuite>');
    assert.deepEqual(run.failed, ["a"]);
  });
});

suite("TAP", () => {
  test("plans before and after, directives, subtests, diagnostics", () => {
    const lines = [
      "TAP version 14",
      "1..6",
      "ok 1 - one",
      "    not ok 1 - within",
      "    1..1",
      "not ok 2 - two # TODO later",
      "ok 3 - three # skip not here",
      "ok",
      "ok 5 with \\# mark",
      "  ---",
      "  message: 'ok 7'",
      "  ...",
      "not ok 6 - six # SKIP no excuse",
      "# end",
    ];
    assert.deepEqual(readTap(lines.join("\r\n")), { passed: ["one", "test 4", "with \\# mark"], failed: ["six"] });
    assert.deepEqual(readTap("ok 1 a\n1..1\n"), { passed: ["a"], failed: [] });
  });

  test("who bails out has failed", () => {
    assert.deepEqual(readTap("1..3\nok 1 a\nBail out! no database\n"), { passed: ["a"], failed: ["Bail out! no database"] });
  });

  for (const [name, text] of [
    ["no plan", "ok 1\n"],
    ["two plans", "1..1\nok 1\n1..1\n"],
    ["fewer tests than planned", "1..2\nok 1\n"],
    ["more tests than planned", "1..1\nok 1\nok 2\n"],
    ["a number twice", "1..2\nok 1\nok 1\n"],
    ["a number left out", "1..2\nok 1\nok 3\n"],
  ] as const) {
    test(`refused: ${name}`, () => assert.throws(() => readTap(text), Malformed));
  }

  test("is known by how it begins", () => {
    for (const text of ["TAP version 13\n", "# a note\n\n1..2\n", "ok 1\n", "not ok\n", "    # Subtest: a\n", "Bail out!\n"])
      assert.ok(isTap(text), text);
    for (const text of ["okay\n", "1..\n", "TAP version 9\n", "all ok\n", "#\n#\n"]) assert.ok(!isTap(text), text);
  });

  test("a hostile line takes no long search", () => {
    assert.deepEqual(readTap(`1..1\nok 1 ${" ".repeat(2_000_000)}x${" #".repeat(1_000_000)}\n`).failed, []);
  });
});
