/** `policy diff`: what changes in meaning from one policy to another, and which gates become easier to open. */
import type { ExitCode } from "../../core/errors.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { diffPolicies } from "../../policy/countersign/diff.ts";
import { loadedOf } from "../countersign-policy.ts";
import type { Call } from "../declaration.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { loadGivenPolicy, tellWarnings } from "../policy-file.ts";
import { policyFacts } from "../render/policy.ts";
import { renderDiff } from "../render/policy-diff.ts";
import { styleFor } from "../render/style.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values } = call;
  const [old = "", now = ""] = words;
  return withSetup(call, async (opened) => {
    const [before, after] = [await loadGivenPolicy(old, { io, opened }), await loadGivenPolicy(now, { io, opened })];
    const found = diffPolicies(loadedOf(before, "compare"), loadedOf(after, "compare"));
    if (values.text("output") === "json") {
      const document = {
        apiVersion: API_VERSION,
        kind: "PolicyDiff",
        old: policyFacts(before),
        new: policyFacts(after),
        same: found.changes.length === 0,
        ...found,
      };
      print(io, JSON.stringify(document, null, 2));
    } else {
      for (const file of [before, after]) tellWarnings(file, call);
      print(io, renderDiff(found, { before, after, style: styleFor(io, io.stdout) }));
    }
    return 0;
  });
}
