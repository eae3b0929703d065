/** Moves the tag of a policy to its next version, and tells whether it is that one which has it. */
import { showForeign } from "./core/display.ts";
import { CountersignError } from "./core/errors.ts";
import { formatReference, pinReference, type RegistryReference } from "./core/reference.ts";
import type { CallOptions, Store, StoredManifest } from "./core/store.ts";
import type { SignedVersion } from "./policy/floor.ts";
import { type PolicyRevision, readRevision } from "./policy-history.ts";

/** `held`: what the tag had when this began. Throws `policy/overtaken` where it has something else before, or after. */
export async function moveTag(
  reference: RegistryReference,
  {
    manifest,
    held,
    seen,
    store,
    call,
  }: {
    readonly manifest: StoredManifest;
    readonly held: PolicyRevision | undefined;
    readonly seen: SignedVersion;
    readonly store: Store;
    readonly call: CallOptions;
  },
): Promise<void> {
  const { digest } = manifest.descriptor;
  const read = async (): Promise<string | PolicyRevision | undefined> => readRevision(reference, store, call);
  const isAt = (found: string | PolicyRevision | undefined, wanted: string | undefined): boolean =>
    typeof found !== "string" && found?.manifest.descriptor.digest === wanted;
  const overtaken = (found: string | PolicyRevision | undefined): CountersignError => {
    const place = `oci://${formatReference(reference)}`;
    const ours = `oci://${formatReference(pinReference(reference, digest))}`;
    const { tag = "" } = reference;
    return new CountersignError(
      "policy/overtaken",
      `Cannot move the tag "${tag}" of "${place}" to version ${seen.version} of policy "${seen.name}": it now holds ${describe(found)}`,
      {
        remedy: `\`countersign policy diff ${place} ${ours}\` shows what differs; sign what is missing as the next version, upon the one that is there`,
      },
    );
  };

  const before = await read();
  // Another of the signers has brought the same document there.
  if (isAt(before, digest)) return;
  if (!isAt(before, held?.manifest.descriptor.digest)) throw overtaken(before);
  await store.pushManifest(manifest.descriptor, manifest.bytes, {
    ...call,
    ...(reference.tag === undefined ? {} : { tag: reference.tag }),
  });
  const after = await read();
  if (!isAt(after, digest)) throw overtaken(after);
}

function describe(found: string | PolicyRevision | undefined): string {
  if (found === undefined) return "nothing";
  if (typeof found === "string") return `no policy: ${showForeign(found)}`;
  return `version ${found.version} of policy "${showForeign(found.name)}", ${found.digest}`;
}
