/** From a key reference, as a person writes it, to the files it means. */
import { existsSync } from "node:fs";
import { CountersignError } from "../core/errors.ts";
import { quoteWord } from "../core/shell.ts";
import { nearestName } from "../policy/nearest.ts";
import type { KeyEntry, KeyRing } from "./key-ring.ts";

export interface KeyFiles {
  /** A path or `env://NAME`. */
  readonly keyFile: string;
  readonly certificateFile?: string;
  /** Where it is a key of the ring. */
  readonly ringName?: string;
}

const LATER = /^(pkcs11:|plugin:|awskms:\/\/|gcpkms:\/\/|azurekms:\/\/|hashivault:\/\/|server:)/;

/**
 * A name of the ring comes before a file of that name, so that nobody can slip another key in by what lies in a folder;
 * `./NAME` always means the file.
 */
export async function resolveKey(reference: string, ring: Pick<KeyRing, "find" | "list">): Promise<KeyFiles> {
  if (LATER.test(reference)) {
    throw new CountersignError("key/invalid", `Cannot use key "${reference}": keys of this kind are not supported yet`);
  }
  if (reference.startsWith("env://") || reference.includes("/")) return { keyFile: reference };
  const entry = await ring.find(reference);
  if (entry === undefined) {
    if (existsSync(reference)) return { keyFile: reference };
    throw unknownKey(reference, await ring.list());
  }
  if (entry.keyFile === undefined)
    throw new CountersignError("key/invalid", `Cannot use key "${reference}": ${entry.problem ?? "it has no file"}`);
  return {
    keyFile: entry.keyFile,
    ...(entry.certificateFile === undefined ? {} : { certificateFile: entry.certificateFile }),
    ringName: reference,
  };
}

const SHOWN = 8;

function unknownKey(reference: string, keys: readonly KeyEntry[]): CountersignError {
  const names = keys.slice(0, SHOWN).map(({ name }) => quoteWord(name));
  const near = nearestName(
    reference,
    keys.map(({ name }) => name),
  );
  const there = `${names.join(", ")}${keys.length > SHOWN ? " …" : ""}`;
  return new CountersignError(
    "key/not-found",
    `Cannot use key "${reference}": no key of that name is in the key ring, and there is no such file`,
    {
      remedy:
        keys.length === 0
          ? "`countersign key list` (it has none); `countersign cert test` makes one to try things with"
          : `${near === undefined ? "" : `perhaps ${quoteWord(near)} is meant; `}\`countersign key list\` (it has ${there})`,
    },
  );
}
