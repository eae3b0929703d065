/** Not written yet. */
import type { ExitCode } from "../../core/errors.ts";
import { CountersignError } from "../../core/errors.ts";
import type { Call } from "./declaration.ts";

export async function run(_call: Call): Promise<ExitCode> {
  throw new CountersignError("job/internal", "Cannot run the command: it is not written yet");
}
