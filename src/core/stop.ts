/** Work that has no exchange to break off asks between its steps whether it is still wanted. */
import { CountersignError } from "./errors.ts";

/** Throws `CountersignError` `job/aborted` once the job is stopped; `action` reads `read "PATH"`. */
export function refuseStopped(signal: AbortSignal | undefined, action: string): void {
  if (signal?.aborted === true)
    throw new CountersignError("job/aborted", `Cannot ${action}: the job was stopped`, { cause: signal.reason });
}
