/** `policy show`: the policy that judges, as stored. */
import { CountersignError, type ExitCode } from "../../core/errors.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { print, remark } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { policyOfEnvironment } from "../options.ts";
import { installedPolicyPath, loadPolicyFile } from "../policy-file.ts";
import type { Call } from "../declaration.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, values, global } = call;
  return withSetup(call, async ({ paths }) => {
    const named = values.text("policy") ?? policyOfEnvironment(io) ?? "";
    const path = named === "" ? await installedPolicyPath(paths) : named;
    const { bytes, policy } = await loadOrSayNone(path, named !== "", call);
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
      if (!global.quiet) remark(io, `${path}  ${policy.digest}  ${policy.trust}`);
      io.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
    }
    return 0;
  });
}

async function loadOrSayNone(path: string, isNamed: boolean, { io }: Call): ReturnType<typeof loadPolicyFile> {
  try {
    return await loadPolicyFile(path, io);
  } catch (error) {
    if (isNamed || !(error instanceof CountersignError) || error.code !== "file/not-found") throw error;
    throw new CountersignError("policy/none", `Cannot show the policy: there is none at "${path}"`, { cause: error });
  }
}
