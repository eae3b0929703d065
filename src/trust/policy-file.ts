/** Policy documents on disk: one that a person or the environment named, or the installed one. */
import { lstatSync } from "node:fs";
import { CountersignError, type ErrorCode } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Policy } from "../core/policy.ts";
import { fileFailureOf } from "../files/failure.ts";
import { loadFileSync } from "../files/load.ts";
import { decodeNotaryPolicy } from "../policy/notary/document.ts";

export interface PolicyFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly policy: Policy;
}

/** A link or a pipe is read, as with any file that is named. Throws `file/…`, or `policy/invalid` with the place in the document. */
export function loadNamedPolicy(path: string): PolicyFile {
  return load(path, { links: "follow", absent: "file/not-found", unreadable: "file/unreadable", remedy: "check the path" });
}

/** The same, where COUNTERSIGN_POLICY names it: what is wrong with it is wrong with the set-up. Throws `policy/invalid`. */
export function loadPolicyOfEnvironment(path: string): PolicyFile {
  const remedy = "COUNTERSIGN_POLICY names it: correct or unset that";
  return load(path, { links: "follow", absent: "policy/invalid", unreadable: "policy/invalid", remedy });
}

/** The first of `paths` that is there judges, whatever it is. */
export function findInstalledPolicy(paths: readonly string[]): string | undefined {
  return paths.find((path) => {
    try {
      lstatSync(path);
      return true;
    } catch (error) {
      return fileFailureOf(error).state !== "absent";
    }
  });
}

/** Throws `policy/invalid`. */
export function loadInstalledPolicy(paths: readonly string[]): PolicyFile | undefined {
  const path = findInstalledPolicy(paths);
  if (path === undefined) return undefined;
  // A link could be turned elsewhere by whoever may write beside it; notation refuses it too.
  return load(path, { links: "refuse", absent: "policy/invalid", unreadable: "policy/invalid", remedy: "check what is there" });
}

interface Way {
  readonly links: "follow" | "refuse";
  readonly absent: ErrorCode;
  readonly unreadable: ErrorCode;
  readonly remedy: string;
}

function load(path: string, { links, absent, unreadable, remedy }: Way): PolicyFile {
  let bytes: Uint8Array;
  try {
    bytes = loadFileSync(path, { maxBytes: LIMITS.policyBytes, links, pipes: links === "follow" });
  } catch (error) {
    const { state, message, cause } = fileFailureOf(error);
    throw new CountersignError(state === "absent" ? absent : unreadable, `Cannot read policy "${path}": ${message}`, {
      remedy,
      ...(state === "failed" ? { cause } : {}),
    });
  }
  return { path, bytes, policy: decodeNotaryPolicy(bytes, { source: path }) };
}
