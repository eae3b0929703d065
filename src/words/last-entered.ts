/** Which image entered a gate last, as far as the gate's place shows: the one that has the same tag there. A hint, and no proof. */
import { CountersignError } from "../core/errors.ts";
import { parseReference, type Reference } from "../core/reference.ts";
import type { CallOptions, ReadonlyStore } from "../core/store.ts";

/** By digest. `place`: `host/path`. `undefined` where there is none, it is the image itself, or it could not be told. */
export async function findLastEntered(
  reference: Reference,
  place: string | undefined,
  { openStore, ...call }: CallOptions & { readonly openStore: (reference: Reference) => Promise<ReadonlyStore> },
): Promise<Reference | undefined> {
  if (place === undefined || reference.kind !== "registry" || reference.tag === undefined) return undefined;
  const there = parseReference(`${place}:${reference.tag}`);
  try {
    const { descriptor } = await (await openStore(there)).resolve({ tag: reference.tag }, call);
    return descriptor.digest === reference.digest ? undefined : { ...there, digest: descriptor.digest };
  } catch (error) {
    // Without the hint more of the commits are new.
    if (error instanceof CountersignError && call.signal?.aborted !== true) return undefined;
    throw error;
  }
}
