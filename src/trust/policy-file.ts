/** Policy documents on disk, of either form: one that a person or the environment named, or the installed one. */
import { dirname, resolve } from "node:path";
import type { Digest } from "../core/digest.ts";
import { CountersignError, type ErrorCode } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Policy } from "../core/policy.ts";
import type { Reference } from "../core/reference.ts";
import { fileFailureOf } from "../files/failure.ts";
import { loadFileSync } from "../files/load.ts";
import { isPresent } from "../files/present.ts";
import { documentFormOf } from "../policy/document-form.ts";
import { decodeNotaryPolicy } from "../policy/notary/document.ts";

interface PolicyPlace {
  readonly kind: "file" | "stdin" | "registry";
  /** As it is shown: the path of a file, `stdin`, or `oci://…` with the digest of the signed artifact. */
  readonly text: string;
}

export interface PolicyFile {
  readonly place: PolicyPlace;
  readonly bytes: Uint8Array;
  readonly policy: Policy;
  /** Of one that was fetched with the signatures of those who may sign policies. */
  readonly signed?: {
    /** By digest. */
    readonly artifact: Reference;
    /** As it is signed with the artifact: see `chainOf`. */
    readonly chain?: Digest | undefined;
  };
}

/** A link or a pipe is read, as with any file that is named. Throws `file/…`, or `policy/invalid` with the place in the document. */
export function loadNamedPolicy(path: string): Promise<PolicyFile> {
  return load(path, { links: "follow", absent: "file/not-found", unreadable: "file/unreadable", remedy: "check the path" });
}

/** The same, where the environment or the configuration (`named`) names it: what is wrong with it is wrong with the set-up. Throws `policy/invalid`. */
export function loadConfiguredPolicy(path: string, named: string): Promise<PolicyFile> {
  const remedy = `${named} names it: correct or unset that`;
  return load(path, { links: "follow", absent: "policy/invalid", unreadable: "policy/invalid", remedy });
}

/** The first of `paths` that is there judges, whatever it is. */
export function findInstalledPolicy(paths: readonly string[]): string | undefined {
  return paths.find(isPresent);
}

/** One that was found rather than named. Throws `policy/invalid`. */
export function loadFoundPolicy(path: string): Promise<PolicyFile> {
  // A link could be turned elsewhere by whoever may write beside it; notation refuses it too.
  return load(path, { links: "refuse", absent: "policy/invalid", unreadable: "policy/invalid", remedy: "check what is there" });
}

/** A document of either form. `folder`: where the files are that it names; without one it may name none. Throws `policy/invalid`. */
export async function decodePolicyDocument(
  bytes: Uint8Array,
  { source, folder }: { readonly source: string; readonly folder?: string },
): Promise<Policy> {
  if (documentFormOf(bytes, { source }) === "notary") return decodeNotaryPolicy(bytes, { source });
  // Late, because it brings the reader of YAML along.
  const { decodePolicy } = await import("../policy/countersign/document.ts");
  return decodePolicy(bytes, { source, ...(folder === undefined ? {} : { readFile: readBeside(folder) }) });
}

/** Reads what a document in `folder` names. Throws `FileFailure`. */
export function readBeside(folder: string): (path: string) => Uint8Array {
  // The document has the digest of what it names, so it does not matter where a link leads.
  return (path) => loadFileSync(resolve(folder, path), { maxBytes: LIMITS.keyFileBytes, links: "follow" });
}

interface Way {
  readonly links: "follow" | "refuse";
  readonly absent: ErrorCode;
  readonly unreadable: ErrorCode;
  readonly remedy: string;
}

async function load(path: string, { links, absent, unreadable, remedy }: Way): Promise<PolicyFile> {
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
  return { place: { kind: "file", text: path }, bytes, policy: await decodePolicyDocument(bytes, { source: path, folder: dirname(path) }) };
}
