/** Other documents that call themselves the same version of a policy, as the tags show them that every version has of its own. */
import { CountersignError } from "../core/errors.ts";
import { formatReference, pinReference, type RegistryReference } from "../core/reference.ts";
import type { CallOptions, Store } from "../core/store.ts";
import type { SignedVersion } from "../policy/floor.ts";
import { tagsOfVersion } from "../policy/policy-artifact.ts";
import { type PolicyRevision, readRevision } from "./policy-history.ts";

/** Whoever may push tags must not keep a policy from being signed. */
const MAX_OTHERS = 16;

interface Others {
  /** Another one has as many signatures as verifiers ask for. */
  readonly refusal?: CountersignError;
  readonly warnings: readonly string[];
}

/** `signed`: whether verifiers would use one; without it nobody could yet, and each is worth a warning. */
export async function othersOf(
  seen: SignedVersion,
  reference: RegistryReference,
  {
    store,
    call,
    signed,
  }: { readonly store: Store; readonly call: CallOptions; readonly signed: ((other: PolicyRevision) => Promise<boolean>) | undefined },
): Promise<Others> {
  const { name, version, digest } = seen;
  const place = ({ manifest }: PolicyRevision): string => `oci://${formatReference(pinReference(reference, manifest.descriptor.digest))}`;
  try {
    const tags = (await store.tags(call)).filter((tag) => tag.startsWith(tagsOfVersion(version)));
    const others: PolicyRevision[] = [];
    for (const tag of tags.slice(0, MAX_OTHERS)) {
      const other = await readRevision({ tag }, store, call);
      if (typeof other !== "object" || other.name !== name || other.version !== version || other.digest === digest) continue;
      if (signed === undefined || (await signed(other))) others.push(other);
    }
    const [other] = others;
    if (other === undefined) return { warnings: [] };
    const state = `another version ${version} of policy "${name}"`;
    if (signed === undefined) return { warnings: others.map((one) => `${state} waits for signatures too: ${place(one)}`) };
    const remedy = `\`countersign policy diff ${place(other)} oci://${formatReference(reference)}\` shows what differs; agree on one, and sign version ${version + 1} upon the one that the tag holds: a machine that has seen the other refuses it`;
    return {
      warnings: [],
      refusal: new CountersignError(
        "policy/forked",
        `Cannot put "oci://${formatReference(reference)}" in its place alone: ${state} is signed too, ${place(other)}`,
        { remedy },
      ),
    };
  } catch (error) {
    if (!(error instanceof CountersignError) || !error.code.startsWith("store/")) throw error;
    return { warnings: [`whether somebody signs another version ${version} could not be found out: ${error.message}`] };
  }
}
