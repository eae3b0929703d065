/** From a key reference, as a person writes it, to the files it means. */
import { CountersignError } from "../core/errors.ts";
import type { KeyRing } from "./key-ring.ts";

export interface KeyFiles {
  /** A path or `env://NAME`. */
  readonly keyFile: string;
  readonly certificateFile?: string;
}

const LATER = /^(pkcs11:|plugin:|awskms:\/\/|gcpkms:\/\/|azurekms:\/\/|hashivault:\/\/|server:)/;

/**
 * A name of the ring comes before a file of that name, so that nobody can slip another key in by what lies in a folder;
 * `./NAME` always means the file.
 */
export async function resolveKey(reference: string, ring: Pick<KeyRing, "find">): Promise<KeyFiles> {
  if (LATER.test(reference)) {
    throw new CountersignError("key/invalid", `Cannot use key "${reference}": keys of this kind are not supported yet`);
  }
  if (reference.startsWith("env://") || reference.includes("/")) return { keyFile: reference };
  const entry = await ring.find(reference);
  if (entry === undefined) return { keyFile: reference };
  if (entry.keyFile === undefined)
    throw new CountersignError("key/invalid", `Cannot use key "${reference}": ${entry.problem ?? "it has no file"}`);
  return { keyFile: entry.keyFile, ...(entry.certificateFile === undefined ? {} : { certificateFile: entry.certificateFile }) };
}
