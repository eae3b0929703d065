/** Where the passphrase of a key comes from: the environment, else a person at the terminal. */
import { CountersignError } from "../core/errors.ts";
import { COSIGN_REMEDY, type AskPassphrase } from "../keys/private-key.ts";
import { passphraseOfEnvironment } from "../keys/passphrase.ts";
import type { Io } from "./io.ts";

/** For a key that exists: asked only if it turns out to be encrypted. */
export function passphraseOf(io: Io, key: string): AskPassphrase {
  return async (form) =>
    passphraseOfEnvironment(io.env, form) ?? (io.isTerminal ? await io.askHidden?.(`Passphrase of ${key}`) : undefined);
}

/** For a key that is about to be written: asked twice, because a slip would lock it for good. */
export async function newPassphrase(io: Io, key: string, form?: "cosign"): Promise<string> {
  const known = passphraseOfEnvironment(io.env, form);
  if (known !== undefined) return known;
  const first = io.isTerminal ? await io.askHidden?.(`New passphrase of ${key}`) : undefined;
  if (first === undefined || first === "")
    throw new CountersignError(
      "key/passphrase",
      `Cannot encrypt key "${key}": no passphrase was given`,
      form === "cosign" ? { remedy: COSIGN_REMEDY } : {},
    );
  if ((await io.askHidden?.("The same again")) !== first) {
    throw new CountersignError("key/passphrase", `Cannot encrypt key "${key}": the two passphrases differ`, {
      remedy: "run the command again",
    });
  }
  return first;
}
