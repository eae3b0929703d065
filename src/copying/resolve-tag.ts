/** What a tag or digest names, where there may be nothing. */
import { CountersignError } from "../core/errors.ts";
import type { CallOptions, ReadonlyStore, StoredManifest } from "../core/store.ts";

export async function tryResolve(
  store: ReadonlyStore,
  target: Parameters<ReadonlyStore["resolve"]>[0],
  call: CallOptions,
): Promise<StoredManifest | undefined> {
  try {
    return await store.resolve(target, call);
  } catch (error) {
    if (error instanceof CountersignError && error.code === "store/not-found") return undefined;
    throw error;
  }
}
