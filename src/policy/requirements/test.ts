/** Have the tests passed? */
import { showForeign } from "../../core/display.ts";
import type { ContentOf, Objection } from "../../core/evidence.ts";
import type { TestAsked } from "./asked.ts";
import { listSome } from "./some.ts";

export function judgeTest({ result }: TestAsked, content: ContentOf<"test">): readonly Objection[] {
  const isEnough = content.result === "passed" || (content.result === "warned" && result === "warned");
  if (isEnough && content.failed.length === 0) return [];
  const which = content.failed.length === 0 ? "" : `: ${listSome(content.failed.map((name) => showForeign(name, 100)))}`;
  const count = content.failed.length;
  const state =
    count === 0 ? `the tests are said to have ${content.result}` : `${count === 1 ? "1 test has" : `${count} tests have`} failed`;
  return [{ code: "evidence/test-failed", message: `${state}${which}` }];
}
