/** `policy check`: what is wrong with a policy, and what it lets pass. */
import { showForeign } from "../../core/display.ts";
import type { ExitCode } from "../../core/errors.ts";
import { API_VERSION } from "../../core/verdict.ts";
import { print } from "../io.ts";
import { loadPolicyFile } from "../policy-file.ts";
import { styleFor } from "../render/style.ts";
import type { Call } from "../declaration.ts";

export async function run({ io, words, values }: Call): Promise<ExitCode> {
  const { policy } = await loadPolicyFile(words[0] ?? "", io);
  const { name: source, form, version, digest, warnings } = policy;
  if (values.text("output") === "json") {
    print(io, JSON.stringify({ apiVersion: API_VERSION, kind: "PolicyCheck", source, form, version, digest, warnings }, null, 2));
  } else {
    const style = styleFor(io, io.stdout);
    print(io, `${style.good("✓")} ${showForeign(source)} can be used  ${style.dim(digest)}`);
    for (const warning of warnings) print(io, `  ${style.unsure("warning:")} ${showForeign(warning)}`);
  }
  return 0;
}
