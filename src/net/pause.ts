/** Waiting between two tries, for as long as the job goes on. */
import { CountersignError } from "../core/errors.ts";

/** Throws `CountersignError` `job/aborted` as soon as the job is stopped; `what` is waited for. */
export async function pause(
  ms: number,
  { signal, what }: { readonly signal?: AbortSignal | undefined; readonly what: string },
): Promise<void> {
  // Loaded when first needed: most jobs never wait.
  const { setTimeout: sleep } = process.getBuiltinModule("node:timers/promises");
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (cause) {
    throw new CountersignError("job/aborted", `Cannot wait for ${what}: the job was stopped`, { cause });
  }
}
