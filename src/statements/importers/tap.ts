/** The Test Anything Protocol, versions 12 to 14. Source: testanything.org, tap-version-14-specification. */
import { showForeign } from "../../core/display.ts";
import { Malformed } from "../../core/malformed.ts";
import type { TestRun } from "../predicates/test-result.ts";

const TEST = /^(not )?ok\b(?: +(\d{1,9})\b)?/;
const PLAN = /^1\.\.(\d{1,9})(?: *#.*)?$/;

/** Whether a text begins as the protocol does. */
export function isTap(text: string): boolean {
  const lines = text
    .slice(0, 100_000)
    .split("\n")
    .map((line) => line.trim());
  const first = lines.find((line) => line !== "" && (!line.startsWith("#") || line.startsWith("# Subtest")));
  return first !== undefined && /^(?:TAP version 1[234]$|1\.\.\d|(?:not )?ok\b|Bail out!|# Subtest)/.test(first);
}

/** What is indented belongs to the test after it, which sums it up. */
export function readTap(text: string): TestRun {
  const passed: string[] = [];
  const failed: string[] = [];
  const plans: number[] = [];
  let seen = 0;
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith("Bail out!")) return { passed, failed: [...failed, showForeign(line, 1000)] };
    const plan = PLAN.exec(line)?.[1];
    if (plan !== undefined) plans.push(Number(plan));
    const test = TEST.exec(line);
    if (test === null) continue;
    seen += 1;
    const [head, not, number] = test;
    if (number !== undefined && Number(number) !== seen)
      throw new Malformed("statement/predicate", `test ${number} stands where test ${seen} is expected`);
    const { name, directive } = splitDirective(line.slice(head.length));
    const label = name === "" ? `test ${seen}` : name;
    // A test that is to be done may fail; one that was skipped says nothing.
    if (not !== undefined && directive !== "todo") failed.push(label);
    if (not === undefined && directive !== "skip") passed.push(label);
  }
  const [planned, other] = plans;
  if (planned === undefined) throw new Malformed("statement/predicate", "there is no plan (1..N), so it may be cut off");
  if (other !== undefined) throw new Malformed("statement/predicate", "there are two plans");
  if (planned !== seen) throw new Malformed("statement/predicate", `${planned} tests are planned, and ${seen} are there`);
  return { passed, failed };
}

/** ` - name # SKIP why` */
function splitDirective(rest: string): { readonly name: string; readonly directive: "skip" | "todo" | undefined } {
  const found = / # *(skip|todo)/i.exec(rest);
  const name = (found === null ? rest : rest.slice(0, found.index)).trim().replace(/^- ?/, "");
  const word = found?.[1]?.toLowerCase();
  return { name, directive: word === "skip" || word === "todo" ? word : undefined };
}
