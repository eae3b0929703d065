/** Reading a Notary trust policy for the policy commands. */
import { lstat } from "node:fs/promises";
import type { Policy } from "../core/policy.ts";
import { LIMITS } from "../core/limits.ts";
import { decodeNotaryPolicy } from "../policy/notary/document.ts";
import type { Paths } from "../paths.ts";
import { readInput } from "./input.ts";
import type { Io } from "./io.ts";

export interface PolicyFile {
  readonly bytes: Uint8Array;
  readonly policy: Policy;
}

/** Where the installed policy is, or would be: the first that exists judges, so it is the one to show and to replace. */
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

/** Throws `policy/invalid` with the place in the document. */
export async function loadPolicyFile(path: string, io: Io): Promise<PolicyFile> {
  const bytes = await readInput(path, { io, maxBytes: LIMITS.policyBytes });
  return { bytes, policy: decodeNotaryPolicy(bytes, { source: path === "-" ? "stdin" : path }) };
}
