/** Finds the real peer programs. One that is missing is named; with CI=true it is a failure, so that CI cannot quietly test less. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";

export function findProgram(name: string): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder; the next may have it.
    }
  }
  return undefined;
}

/** True if all are there; otherwise the test is skipped by name, or fails under CI. */
export function needsPrograms(test: TestContext, ...names: readonly string[]): boolean {
  const missing = names.filter((name) => findProgram(name) === undefined);
  if (missing.length === 0) return true;
  const message = `not installed: ${missing.join(", ")}`;
  if (process.env["CI"] === "true") throw new Error(message);
  test.skip(message);
  return false;
}
