/** JUnit's XML as surefire, pytest, Jest, gotestsum and others write it; no standard says how, so what contradicts itself is refused. */
import { Malformed } from "../../core/malformed.ts";
import type { TestRun } from "../predicates/test-result.ts";
import type { XmlElement } from "./xml.ts";

const ROOTS: ReadonlySet<string> = new Set(["testsuites", "testsuite"]);

export function isJunit(root: XmlElement): boolean {
  return ROOTS.has(root.name);
}

export function readJunit(root: XmlElement): TestRun {
  const run: Walk = { passed: [], failed: [], contradictions: [], tests: 0, failures: 0 };
  walk(root, "", run);
  const [contradiction] = run.contradictions;
  // A report that fails anyway is believed: it is in passing that a part must not be missing.
  if (run.failed.length === 0 && contradiction !== undefined) throw new Malformed("statement/predicate", contradiction);
  return { passed: run.passed, failed: run.failed };
}

interface Walk {
  readonly passed: string[];
  readonly failed: string[];
  readonly contradictions: string[];
  /** Seen so far, of any outcome. */
  tests: number;
  failures: number;
}

function walk(element: XmlElement, within: string, run: Walk): void {
  const suite = element.attributes.get("name") ?? within;
  const before = { tests: run.tests, failures: run.failures };
  for (const child of element.children) {
    if (child.name === "testcase") count(child, suite, run);
    else if (child.name === "testsuite") walk(child, suite, run);
    // A suite that could not be set up ran none of its tests.
    else if (child.name === "failure" || child.name === "error") run.failed.push(suite);
  }
  const tests = run.tests - before.tests;
  const declared = numberOf(element, "tests");
  if (declared > tests) run.contradictions.push(`it says that there were ${declared} tests, and holds ${tests}`);
  const failures = numberOf(element, "failures") + numberOf(element, "errors");
  if (failures > run.failures - before.failures)
    run.contradictions.push(`it says that ${failures} tests failed, and does not hold as many`);
}

function count(test: XmlElement, suite: string, run: Walk): void {
  run.tests += 1;
  const className = test.attributes.get("classname") ?? suite;
  const name = test.attributes.get("name");
  if (name === undefined) throw new Malformed("statement/predicate", "a testcase has no name");
  const fullName = className === "" ? name : `${className}.${name}`;
  const kinds = new Set(test.children.map((child) => child.name));
  const isFailure = kinds.has("failure") || kinds.has("error");
  if (isFailure) run.failures += 1;
  if (isFailure && !isToDo(test)) run.failed.push(fullName);
  else if (!isFailure && !kinds.has("skipped") && !isNotRun(test)) run.passed.push(fullName);
}

/** Node's test runner writes a test that may fail so. */
function isToDo(test: XmlElement): boolean {
  return test.children.some(({ name, attributes }) => name === "skipped" && attributes.get("type") === "todo");
}

/** GoogleTest says it in attributes. */
function isNotRun({ attributes }: XmlElement): boolean {
  const result = attributes.get("result");
  return attributes.get("status") === "notrun" || result === "suppressed" || result === "skipped";
}

function numberOf(element: XmlElement, name: string): number {
  const text = element.attributes.get(name) ?? "0";
  if (!/^\d{1,9}$/.test(text)) throw new Malformed("statement/predicate", `the attribute ${name} is no number`);
  return Number(text);
}
