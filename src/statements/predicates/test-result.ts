/** Results of tests: in-toto test-result v0.1, read and written. Source: in-toto attestation, predicates/test-result.md. */
import type { ContentOf } from "../../core/evidence.ts";
import type { JsonPlace } from "../json-place.ts";

const RESULTS = { PASSED: "passed", WARNED: "warned", FAILED: "failed" } as const;

export function readTestResult(predicate: JsonPlace): ContentOf<"test"> {
  const result = predicate.get("result").oneOf(["PASSED", "WARNED", "FAILED"]);
  for (const configuration of predicate.optional("configuration")?.list() ?? []) configuration.object();
  const failed = names(predicate, "failedTests");
  // A document that says both is broken, and nobody can tell which of the two is meant.
  if (result !== "FAILED" && failed.length > 0) predicate.refuse(`says ${result} and lists tests that failed`);
  const passed = names(predicate, "passedTests").length + names(predicate, "warnedTests").length;
  return { kind: "test", result: RESULTS[result], failed, passed };
}

function names(predicate: JsonPlace, list: string): readonly string[] {
  return (predicate.optional(list)?.list() ?? []).map((name) => name.string());
}

/** The outcome of each test by its name. */
export interface TestRun {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
}

export function writeTestResult({ passed, failed }: TestRun): unknown {
  const result = failed.length === 0 ? "PASSED" : "FAILED";
  return { result, configuration: [], passedTests: passed, warnedTests: [], failedTests: failed };
}
