/** Moves the tag of a policy to its next version, and tells whether it is that one which has it. */
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { formatReference, pinReference, type RegistryReference } from "../core/reference.ts";
import type { CallOptions, Store, StoredManifest } from "../core/store.ts";
import type { SignedVersion } from "../policy/floor.ts";
import { type PolicyRevision, readRevision } from "./policy-history.ts";

/** What a tag holds, as `readRevision` has it. */
type Found = PolicyRevision | string | undefined;

interface MoveOptions {
  readonly manifest: StoredManifest;
  /** What the tag had when this began. */
  readonly held: PolicyRevision | undefined;
  readonly seen: SignedVersion;
  readonly store: Store;
  readonly call: CallOptions;
}

/** Throws `policy/overtaken` where the tag has something else before, or after. */
export async function moveTag(reference: RegistryReference, options: MoveOptions): Promise<void> {
  const { manifest, held, store, call } = options;
  const { digest } = manifest.descriptor;
  const before = await readRevision(reference, store, call);
  // Another of the signers has brought the same document there.
  if (isArtifact(before, digest)) return;
  if (!isArtifact(before, held?.manifest.descriptor.digest)) throw overtaken(reference, before, options);
  const { tag } = reference;
  await store.pushManifest(manifest.descriptor, manifest.bytes, { ...call, ...(tag === undefined ? {} : { tag }) });
  const after = await readRevision(reference, store, call);
  if (!isArtifact(after, digest)) throw overtaken(reference, after, options);
}

/** `digest`: `undefined` for nothing at all. */
function isArtifact(found: Found, digest: string | undefined): boolean {
  return typeof found !== "string" && found?.manifest.descriptor.digest === digest;
}

function overtaken(reference: RegistryReference, found: Found, { manifest, seen }: MoveOptions): CountersignError {
  const place = `oci://${formatReference(reference)}`;
  const ours = `oci://${formatReference(pinReference(reference, manifest.descriptor.digest))}`;
  const action = `move the tag "${reference.tag ?? ""}" of "${place}" to version ${seen.version} of policy "${seen.name}"`;
  return new CountersignError("policy/overtaken", `Cannot ${action}: it now holds ${describe(found)}`, {
    remedy: `\`countersign policy diff ${place} ${ours}\` shows what differs; sign what is missing as the next version, upon the one that is there`,
  });
}

function describe(found: Found): string {
  if (found === undefined) return "nothing";
  if (typeof found === "string") return `no policy: ${showForeign(found)}`;
  return `version ${found.version} of policy "${showForeign(found.name)}", ${found.digest}`;
}
