/** `policy show`: the policy that judges, as stored. */
import type { ExitCode } from "../../core/errors.ts";
import { showForeign, showForeignDocument, showForeignJson } from "../../core/display.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { print, remark } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { loadGivenPolicy } from "../policy-file.ts";
import { policyFacts, policyTitle } from "../render/policy.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, values, global } = call;
  return withSetup(call, async (opened) => {
    const named = values.text("policy");
    const file = named === undefined ? await opened.showPolicy() : await loadGivenPolicy(named, { io, opened });
    const text = Buffer.from(file.bytes).toString("utf8");
    if (values.text("output") === "json") {
      // A document in YAML stays a text: its comments are part of it.
      const document: unknown = file.policy.form === "notary" ? JSON.parse(text) : text;
      const answer = { apiVersion: API_VERSION, kind: "PolicyShow", ...policyFacts(file), document };
      print(io, showForeignJson(JSON.stringify(answer, null, 2)));
    } else {
      if (!global.quiet) {
        remark(io, `${showForeign(file.place.text, 4096)}  ${policyTitle(file.policy)}`);
        for (const warning of file.policy.warnings) remark(io, `warning: ${showForeign(warning, 4096)}`);
      }
      // A file or a pipe gets the bytes that have the digest; a terminal would do what controls in them say.
      if (io.stdout.isTTY === true) print(io, showForeignDocument(text).replace(/\n$/, ""));
      else io.stdout.write(file.bytes);
    }
    return 0;
  });
}
