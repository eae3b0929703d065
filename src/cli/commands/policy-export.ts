/** `policy export`: the policy in another program's form, as far as it goes, with all that is lost by name. */
import { join } from "node:path";
import { showForeign } from "../../core/display.ts";
import type { ExitCode } from "../../core/errors.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { saveNamedFile } from "../../files/named.ts";
import { toContainers } from "../../policy/countersign/containers.ts";
import type { Call } from "../declaration.ts";
import { print, remark } from "../io.ts";
import { withSetup } from "../open-setup.ts";
import { loadGivenPolicy } from "../policy-file.ts";
import { policyFacts } from "../render/policy.ts";

export function run(call: Call): Promise<ExitCode> {
  const { io, words, values, global } = call;
  const [named] = words;
  const out = values.text("out");
  return withSetup(call, async (opened) => {
    const file = named === undefined ? await opened.showPolicy() : await loadGivenPolicy(named, { io, opened });
    const { policy, registries, losses } = toContainers(file.policy);
    const files = out === undefined ? [] : await write(out, { policy, registries, replace: values.flag("force") });
    if (values.text("output") === "json") {
      const document = {
        apiVersion: API_VERSION,
        kind: "PolicyExport",
        ...policyFacts(file),
        to: "containers",
        files,
        policy,
        registries: registries ?? {},
        losses,
      };
      print(io, JSON.stringify(document, null, 2));
      return 0;
    }
    if (!global.quiet) for (const { name, message } of losses) remark(io, `lost: ${showForeign(name)}: ${showForeign(message, 4096)}`);
    if (out !== undefined) for (const path of files) print(io, `wrote ${path}`);
    else print(io, JSON.stringify(policy, null, 2));
    if (out === undefined && registries !== undefined && !global.quiet)
      remark(io, "note: registries.d is needed as well: --out DIR writes both");
    return 0;
  });
}

async function write(
  folder: string,
  { policy, registries, replace }: { readonly policy: object; readonly registries: object | undefined; readonly replace: boolean },
): Promise<readonly string[]> {
  const options = { mode: 0o644, replace, remedy: "name another folder, or replace what is there with --force" };
  const files = [
    { path: join(folder, "policy.json"), content: policy },
    // JSON is YAML too.
    ...(registries === undefined ? [] : [{ path: join(folder, "registries.d", "countersign.yaml"), content: registries }]),
  ];
  for (const { path, content } of files) await saveNamedFile(path, `${JSON.stringify(content, null, 2)}\n`, options);
  return files.map(({ path }) => path);
}
