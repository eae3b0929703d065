/** The policy that a policy command is given: a file, or `-` for stdin. */
import { LIMITS } from "../core/limits.ts";
import { decodeNotaryPolicy } from "../policy/notary/document.ts";
import { loadNamedPolicy, type PolicyFile } from "../trust/policy-file.ts";
import { readInput } from "./input.ts";
import type { Io } from "./io.ts";

/** Throws `file/…`, or `policy/invalid` with the place in the document. */
export async function loadGivenPolicy(path: string, io: Io): Promise<PolicyFile> {
  if (path !== "-") return loadNamedPolicy(path);
  const bytes = await readInput(path, { io, maxBytes: LIMITS.policyBytes });
  return { path: "stdin", bytes, policy: decodeNotaryPolicy(bytes, { source: "stdin" }) };
}
