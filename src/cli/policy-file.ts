/** The policy that a policy command is given: as `--policy` has it, or `-` for stdin. */
import { LIMITS } from "../core/limits.ts";
import type { Setup } from "../setup.ts";
import { decodePolicyDocument, type PolicyFile } from "../trust/policy-file.ts";
import { readInput } from "./input.ts";
import type { Io } from "./io.ts";

/** Throws `file/…`, or `policy/invalid` with the place in the document. */
export async function loadGivenPolicy(
  named: string,
  { io, opened }: { readonly io: Io; readonly opened: Pick<Setup, "showPolicy"> },
): Promise<PolicyFile> {
  if (named !== "-") return opened.showPolicy(named);
  const bytes = await readInput(named, { io, maxBytes: LIMITS.policyBytes });
  return { place: { kind: "stdin", text: "stdin" }, bytes, policy: await decodePolicyDocument(bytes, { source: "stdin" }) };
}
