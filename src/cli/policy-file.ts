/** The policy that a policy command is given: a file, or `-` for stdin. */
import { lstat } from "node:fs/promises";
import { LIMITS } from "../core/limits.ts";
import { decodeNotaryPolicy } from "../policy/notary/document.ts";
import type { Paths } from "../paths.ts";
import { loadNamedPolicy, type PolicyFile } from "../trust/policy-file.ts";
import { readInput } from "./input.ts";
import type { Io } from "./io.ts";

/** Where a policy is installed: the first that exists judges, so it is the one to replace. */
export async function installedPolicyPath(paths: Paths): Promise<string> {
  const [first, second] = paths.notaryPolicies;
  try {
    await lstat(first);
    return first;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return second;
    throw error;
  }
}

/** Throws `file/…`, or `policy/invalid` with the place in the document. */
export async function loadGivenPolicy(path: string, io: Io): Promise<PolicyFile> {
  if (path !== "-") return loadNamedPolicy(path);
  const bytes = await readInput(path, { io, maxBytes: LIMITS.policyBytes });
  return { path: "stdin", bytes, policy: decodeNotaryPolicy(bytes, { source: "stdin" }) };
}
