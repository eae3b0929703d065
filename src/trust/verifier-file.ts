/** `verifier.yaml` on disk: whom whoever runs this machine believes. It never comes from the working tree. */
import { dirname } from "node:path";
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { fileFailureOf } from "../files/failure.ts";
import { loadFileSync } from "../files/load.ts";
import { decodeVerifier } from "../policy/verifier/document.ts";
import type { Verifier } from "../policy/verifier/verifier.ts";
import { readBeside } from "./policy-file.ts";
import { whyWithinTree } from "./working-tree.ts";

/** Throws `config/invalid` where it lies in the working tree or cannot be used. */
export async function loadVerifier(path: string, options: { readonly home: string }): Promise<Verifier> {
  refuseWithinTree(path, options);
  // A link is followed: whoever mounts the configuration as Kubernetes does has one here.
  return decodeVerifier(readVerifier(path), { source: path, readFile: readBeside(dirname(path)) });
}

/** Throws `config/invalid`. */
export function readVerifier(path: string): Uint8Array {
  try {
    return loadFileSync(path, { maxBytes: LIMITS.policyBytes, links: "follow" });
  } catch (error) {
    const { message, cause } = fileFailureOf(error);
    throw new CountersignError("config/invalid", `Cannot read "${path}": ${message}`, { cause });
  }
}

/** Whoever writes what is judged must not choose who is believed. Throws `config/invalid`. */
export function refuseWithinTree(path: string, options: { readonly home: string }): void {
  const why = whyWithinTree(path, options);
  if (why === undefined) return;
  throw new CountersignError("config/invalid", `Cannot use "${path}": it ${why}`, {
    remedy: "keep the configuration outside, and say where with --config or COUNTERSIGN_CONFIG; ~/.config/countersign unless told",
  });
}
