/** `policy show`: the policy that judges, as stored. */
import type { ExitCode } from "../../core/errors.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { print, remark } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { loadGivenPolicy } from "../policy-file.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, values, global } = call;
  return withSetup(call, async (opened) => {
    const named = values.text("policy");
    const { path, bytes, policy } = named === undefined ? await opened.policyFile() : await loadGivenPolicy(named, io);
    const text = Buffer.from(bytes).toString("utf8");
    if (values.text("output") === "json") {
      const { form, version, digest, trust, warnings } = policy;
      const document: unknown = JSON.parse(text);
      print(
        io,
        JSON.stringify(
          { apiVersion: API_VERSION, kind: "PolicyShow", source: path, form, version, digest, trust, warnings, document },
          null,
          2,
        ),
      );
    } else {
      if (!global.quiet) remark(io, `${path}  ${policy.digest}`);
      io.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
    }
    return 0;
  });
}
