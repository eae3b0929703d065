/** Waiting, between two tries or for what others ask too, for as long as the job goes on. */
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

/** What comes of `work`, which goes on if the job is stopped: others may wait for it. */
export async function untilStopped<T>(
  work: Promise<T>,
  { signal, what }: { readonly signal: AbortSignal | undefined; readonly what: string },
): Promise<T> {
  if (signal === undefined) return work;
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, stopped.promise]);
  } catch (cause) {
    if (!signal.aborted) throw cause;
    throw new CountersignError("job/aborted", `Cannot wait for ${what}: the job was stopped`, { cause });
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
