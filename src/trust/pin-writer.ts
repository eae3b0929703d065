/** Pins a policy: its digest goes into `verifier.yaml`, which keeps its comments and its order. */
import { mkdir, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { CountersignError } from "../core/errors.ts";
import { setYamlEntry, type YamlValue } from "../encoding/yaml-edit.ts";
import { fileFailureOf, systemCode } from "../files/failure.ts";
import { withLock } from "../files/lock.ts";
import { placeFile } from "../files/place.ts";
import { decodeVerifier } from "../policy/verifier/document.ts";
import { type Pin, pinAfter } from "../policy/verifier/verifier.ts";
import { readBeside } from "./policy-file.ts";
import { readVerifier, refuseWithinTree } from "./verifier-file.ts";

const NEW = "apiVersion: countersign.dev/v1\nkind: Verifier\n";

/** Several writers at once lose no pin of each other. What was pinned there is kept as past: the answer has it. Throws `config/invalid`. */
export async function recordPin(
  verifier: string,
  {
    key,
    pin: wanted,
    now,
    home,
    signal,
  }: {
    readonly key: string;
    readonly pin: Omit<Pin, "past">;
    readonly now: Date;
    readonly home: string;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Pin> {
  refuseWithinTree(verifier, { home });
  try {
    await mkdir(dirname(verifier), { recursive: true, mode: 0o700 });
    const place = await whereItIs(verifier);
    return await withLock(
      `${place.path}.lock`,
      async (isStillOurs) => {
        const before = (await whereItIs(verifier)).mode === undefined ? Buffer.from(NEW) : readVerifier(verifier);
        const options = { source: verifier, readFile: readBeside(dirname(verifier)) };
        // What cannot be read is left as it is.
        const pin = pinAfter((await decodeVerifier(before, options)).pins.get(key), wanted, now);
        const after = await setYamlEntry(before, { name: "pins", key, value: writtenPin(pin) });
        if ((await decodeVerifier(after, options)).pins.get(key)?.digest !== pin.digest)
          throw new TypeError("the pin is not what was written");
        await isStillOurs();
        await placeFile(place.path, after, { mode: place.mode ?? 0o600, replace: true });
        return pin;
      },
      { signal },
    );
  } catch (error) {
    if (error instanceof CountersignError) throw error;
    const { message, cause } = fileFailureOf(error);
    throw new CountersignError("config/invalid", `Cannot write "${verifier}": ${message}`, { cause });
  }
}

/** The digest alone, where the policy is its own first version and the first that is pinned there. */
function writtenPin({ digest, chain = digest, isChainUnknown, past = [] }: Pin): YamlValue {
  if (chain === digest && isChainUnknown !== true && past.length === 0) return digest;
  return {
    digest,
    ...(isChainUnknown === true ? {} : { chain }),
    ...(past.length === 0
      ? {}
      : { past: past.map((one) => ({ digest: one.digest, until: one.until.toISOString().replace(".000Z", "Z") })) }),
  };
}

/** Whoever keeps the file elsewhere behind a link keeps the link. No mode: there is no file yet. */
async function whereItIs(verifier: string): Promise<{ readonly path: string; readonly mode?: number }> {
  try {
    const path = await realpath(verifier);
    return { path, mode: (await stat(path)).mode & 0o777 };
  } catch (error) {
    if (systemCode(error) === "ENOENT") return { path: verifier };
    throw error;
  }
}
