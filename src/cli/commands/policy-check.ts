/** `policy check`: what is wrong with a policy, and what it lets pass. */
import { showForeign } from "../../core/display.ts";
import type { ExitCode } from "../../core/errors.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { print } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { loadGivenPolicy } from "../policy-file.ts";
import { missingStoreNotes, notesOn, oneSufficesNotes, testNotes } from "../policy-notes.ts";
import { policyFacts, policyTitle } from "../render/policy.ts";
import { styleFor } from "../render/style.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values } = call;
  return withSetup(call, async (opened) => {
    const file = await loadGivenPolicy(words[0] ?? "", { io, opened });
    const { policy } = file;
    const alone = oneSufficesNotes(policy, await opened.verifier());
    const notes = [...notesOn(policy), ...testNotes(policy), ...alone, ...(await missingStoreNotes(policy, opened.trust, call))];
    if (values.text("output") === "json") {
      print(io, JSON.stringify({ apiVersion: API_VERSION, kind: "PolicyCheck", ...policyFacts(file), notes }, null, 2));
    } else {
      const style = styleFor(io, io.stdout);
      print(io, `${style.good("✓")} ${showForeign(file.place.text)} can be used  ${style.dim(policyTitle(policy))}`);
      for (const warning of policy.warnings) print(io, `  ${style.unsure("warning:")} ${showForeign(warning, 4096)}`);
      for (const note of notes) print(io, `  ${style.unsure("note:")} ${showForeign(note, 4096)}`);
    }
    return 0;
  });
}
