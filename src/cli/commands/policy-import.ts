/** `policy import`: a checked policy into its place. */
import { showForeign } from "../../core/display.ts";
import type { ExitCode } from "../../core/errors.ts";
import { saveNamedFile } from "../../files/named.ts";
import { findInstalledPolicy } from "../../trust/policy-file.ts";
import { print, remark } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { loadGivenPolicy } from "../policy-file.ts";
import { missingStoreNotes, notesOn } from "../policy-notes.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values, global } = call;
  return withSetup(call, async (opened) => {
    const { paths, trust } = opened;
    const { bytes, policy } = await loadGivenPolicy(words[0] ?? "", { io, opened });
    if (!global.quiet) {
      for (const warning of policy.warnings) remark(io, `warning: ${showForeign(warning)}`);
      const notes = [...notesOn(policy), ...(await missingStoreNotes(policy, trust, call))];
      for (const note of notes) remark(io, `note: ${showForeign(note, 4096)}`);
    }
    // The one that judges is the one to replace.
    const place = findInstalledPolicy(paths.notaryPolicies) ?? paths.notaryPolicies[1];
    await saveNamedFile(place, bytes, {
      mode: 0o600,
      replace: values.flag("force"),
      remedy: "`countersign policy show` prints it; countersign policy import FILE --force replaces it",
    });
    print(io, `policy ${policy.digest} is now in ${place}`);
    return 0;
  });
}
