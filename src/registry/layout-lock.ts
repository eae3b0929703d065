/** One writer of a layout's index at a time, across processes. */
import { join } from "node:path";
import { CountersignError } from "../core/errors.ts";
import type { CallOptions } from "../core/store.ts";
import { FileFailure } from "../files/failure.ts";
import * as files from "../files/lock.ts";
import { storeFailure } from "./layout-files.ts";

/** Throws `CountersignError`, `store/contended` where another writer keeps the lock. */
export async function withLock(
  root: string,
  work: (isStillOurs: () => Promise<void>) => Promise<void>,
  options: CallOptions,
): Promise<void> {
  try {
    await files.withLock(join(root, ".countersign.lock"), work, options);
  } catch (error) {
    if (!(error instanceof FileFailure)) throw error;
    if (error.state !== "held") throw storeFailure(error, `lock layout "${root}"`);
    throw new CountersignError("store/contended", `Cannot write to "${root}": ${error.message}`, { remedy: "run the command again" });
  }
}
