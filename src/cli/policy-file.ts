/** The policy that a policy command is given: as `--policy` has it, or `-` for stdin. */
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Setup } from "../setup.ts";
import { decodePolicyDocument, type PolicyFile } from "../trust/policy-file.ts";
import type { Call } from "./declaration.ts";
import { readInput } from "./input.ts";
import { type Io, remark } from "./io.ts";

/** Throws `file/…`, or `policy/invalid` with the place in the document. */
export async function loadGivenPolicy(
  named: string,
  { io, opened }: { readonly io: Io; readonly opened: Pick<Setup, "showPolicy"> },
): Promise<PolicyFile> {
  if (named !== "-") return opened.showPolicy(named);
  const bytes = await readInput(named, { io, maxBytes: LIMITS.policyBytes });
  return { place: { kind: "stdin", text: "stdin" }, bytes, policy: await decodePolicyDocument(bytes, { source: "stdin" }) };
}

/** The policy that a command is about can be its argument, or stand where every other command has it. `action`: as its errors have it. */
export function namedPolicy(
  word: string | undefined,
  { option, action }: { readonly option: string | undefined; readonly action: string },
): string | undefined {
  if (word === undefined || option === undefined || word === option) return word ?? option;
  throw new CountersignError("usage/invalid", `Cannot ${action} policy "${word}": --policy names another`, {
    remedy: "leave out --policy",
  });
}

/** Text for people alone: documents carry the warnings of their policies. */
export function tellWarnings({ policy }: PolicyFile, { io, global }: Pick<Call, "io" | "global">): void {
  if (global.quiet) return;
  for (const warning of policy.warnings) remark(io, `warning: ${showForeign(warning, 4096)}`);
}
