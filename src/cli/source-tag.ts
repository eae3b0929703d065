/** A destination without a tag: that of the source is meant. */
import type { Reference } from "../core/reference.ts";
import type { Store } from "../core/store.ts";

/** `copy a/app:1.4 b/app` is meant to be b/app:1.4, and `copy oci-archive:app.tar b/app` too if that is what it holds. */
export async function withSourceTag(
  destination: Reference,
  { source, store }: { readonly source: Reference; readonly store: Store },
): Promise<Reference> {
  if (destination.tag !== undefined || destination.digest !== undefined) return destination;
  const isSole = source.tag === undefined && source.digest === undefined;
  const tag = isSole ? (await store.resolve(source)).tag : source.tag;
  return tag === undefined ? destination : { ...destination, tag };
}
