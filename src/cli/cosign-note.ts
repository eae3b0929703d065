/** An image that no signature was found on may have one in cosign's older form, which this version does not judge: that is said, at one request. */
import { cosignTags } from "../core/digest-tags.ts";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { Malformed } from "../core/malformed.ts";
import type { ReadonlyStore } from "../core/store.ts";
import type { Verdict } from "../core/verdict.ts";

export async function cosignNote(
  { outcome, signatures, subject, requirements }: Verdict,
  { store, signal }: { readonly store: ReadonlyStore; readonly signal: AbortSignal },
): Promise<string | undefined> {
  if (outcome === "pass" || signatures.length > 0 || requirements.length === 0 || subject.descriptor === undefined) return undefined;
  const [tag] = cosignTags(subject.descriptor.digest);
  if (tag === undefined) return undefined;
  try {
    await store.resolve({ tag }, { signal });
    return `note: ${showForeign(subject.reference)} has the signature tag of older cosigns, ${tag}, and this version judges their newer form alone: a Sigstore bundle by a key`;
  } catch (error) {
    // The verdict is there; whether there is something beside it is only a remark.
    if (error instanceof CountersignError || error instanceof Malformed) return undefined;
    throw error;
  }
}
