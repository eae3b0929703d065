/** What `doctor` looks at where this machine remembers signed policies: whose the folder is, whether it can be written, and each floor in it. */
import { accessSync, constants, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileFailureOf } from "../files/failure.ts";
import { quoteWord } from "../core/shell.ts";
import type { Setup } from "../setup.ts";
import { ANOTHER_FOLDER } from "../trust/policy-floors.ts";
import { type Diagnosis, diagnosis } from "./diagnosis.ts";

const NAME = "state";

/** Nothing is made or changed. */
export async function lookAtState(opened: Setup): Promise<readonly Diagnosis[]> {
  const [floors, { policySigners }] = await Promise.all([opened.policyFloors(), opened.verifier()]);
  const { state } = opened.paths;
  // Who uses no signed policy has nothing to remember.
  const lack = policySigners === undefined ? "skipped" : "fail";
  const why = floors.whyNoPlace() ?? whyNotWritable(state);
  if (why !== undefined) return [diagnosis(NAME, lack, `${state} ${why}, so that signed policies are not remembered`, ANOTHER_FOLDER)];
  const open = [state, join(state, "policies")].find(isOthersToo);
  if (open !== undefined)
    return [
      diagnosis(
        NAME,
        "fail",
        `${open} is not yours alone: whoever may write there can make this machine forget which policies it has seen`,
        `chmod go-w ${quoteWord(open)}, once you have seen that it is yours`,
      ),
    ];
  const all = floors.readAll();
  const broken = all.flatMap(({ path, floor }) => (typeof floor === "string" ? [{ path, floor }] : []));
  if (broken.length > 0)
    return broken.map(({ path, floor }) =>
      diagnosis(
        NAME,
        "fail",
        `"${path}" cannot be used: ${floor}`,
        "check who may read and write it; or remove it: the next version of its policy is taken for the newest then",
      ),
    );
  const held = all.length === 1 ? "one signed policy" : `${all.length === 0 ? "no" : all.length} signed policies`;
  return [diagnosis(NAME, "pass", `${state} can be written, and remembers ${held}`)];
}

/** In words that follow the folder's name; of one that is not there yet whether it could be made. */
function whyNotWritable(folder: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    try {
      if (!statSync(at).isDirectory()) return at === resolve(folder) ? "is not a folder" : `cannot be made: "${at}" is not a folder`;
      accessSync(at, constants.W_OK | constants.X_OK);
      return undefined;
    } catch (error) {
      const { state, message } = fileFailureOf(error);
      if (state !== "absent" || at === dirname(at)) return `cannot be written: ${message}`;
    }
  }
}

/** Another's, or one that others may write. */
function isOthersToo(folder: string): boolean {
  try {
    const { uid, mode } = statSync(folder);
    return process.getuid !== undefined && (uid !== process.getuid() || (mode & 0o022) !== 0);
  } catch (error) {
    if (fileFailureOf(error).state === "absent") return false;
    throw error;
  }
}
