/** Puts a policy into a registry and signs it; the tag moves once enough have signed, so that verifiers always find one that they may use. */
import type { Clock } from "./core/clock.ts";
import { parseDigest } from "./core/digest.ts";
import { showForeign } from "./core/display.ts";
import { CountersignError } from "./core/errors.ts";
import { formatReference, pinReference, type Reference, type RegistryReference, repositoryOf } from "./core/reference.ts";
import { quoteWord } from "./core/shell.ts";
import type { CallOptions, Store } from "./core/store.ts";
import type { TrustSource } from "./core/trust-source.ts";
import { evaluate } from "./evaluate.ts";
import type { CountersignPolicy } from "./policy/countersign/document.ts";
import type { SignedVersion } from "./policy/floor.ts";
import { type PolicyArtifact, versionTag, writePolicyArtifact } from "./policy/policy-artifact.ts";
import { policyOfSigners } from "./policy/policy-signers.ts";
import type { PolicySigners } from "./policy/verifier/verifier.ts";
import { sign, type SignOptions, type SignResult } from "./sign.ts";
import { refuseUnlessShort } from "./signed-policies/fetch-signed-policy.ts";
import { moveTag } from "./signed-policies/move-policy-tag.ts";
import { findPredecessor, type PolicyRevision, readRevision } from "./signed-policies/policy-history.ts";
import { othersOf } from "./signed-policies/policy-rivals.ts";

interface PolicyDocument {
  readonly bytes: Uint8Array;
  readonly policy: CountersignPolicy;
}

/** Policy signers have to sign yet. */
export interface Waiting {
  readonly signedBy: readonly string[];
  readonly atLeast: number;
  readonly stillAble: readonly string[];
}

/** What this machine remembers of signed policies. */
interface Memory {
  /** Throws `policy/rolled-back` or `policy/forked` for one that must not follow what has been seen. */
  refuseBelow(version: SignedVersion): void;
  raise(version: SignedVersion, options: CallOptions): Promise<void>;
}

export interface PublishOptions extends CallOptions, Pick<SignOptions, "signer" | "format" | "timestamper"> {
  readonly store: Store;
  readonly clock: Clock;
  /** Whose signatures verifiers ask for; without them the tag moves at once, and nothing is remembered. */
  readonly signers?: PolicySigners | undefined;
  readonly trust: TrustSource;
  readonly memory: Memory;
}

export interface Published extends SignResult {
  readonly waiting?: Waiting;
  /** In words, what else is to be known: of others who sign the same version. */
  readonly warnings: readonly string[];
}

/**
 * `document` was read and found good. Under a tag that holds a policy already, it has to be its successor (one version
 * later, and naming its digest) or the same, which then gets one more signature. The tag stays while `waiting`. Registries
 * have no compare-and-swap: of several who move the tag at once, each is signed and has a tag of its own before it looks
 * for the others, so that at least one of two is told. Throws `policy/invalid`, `policy/unsigned` where the signature
 * would not count, `policy/overtaken`, `policy/forked`.
 */
export async function publishPolicy(document: PolicyDocument, reference: RegistryReference, options: PublishOptions): Promise<Published> {
  const { store, signers, memory } = options;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const { held, before } = await findBefore(document, reference, { store, call });
  const { name, version, previous } = document.policy.loaded;
  const digest = parseDigest(document.policy.digest);
  const chain = previous === undefined ? digest : before?.chain;
  const seen = { name, repository: repositoryOf(reference), version, digest, previous, chain };
  if (signers !== undefined) memory.refuseBelow(seen);

  const isHeld = held?.digest === digest;
  const { blobs, manifest }: PolicyArtifact = isHeld
    ? { blobs: [], manifest: held.manifest }
    : writePolicyArtifact(document.bytes, previous === undefined ? {} : { chain });
  for (const { descriptor, bytes } of blobs) await store.pushBlob(descriptor, bytes, call);
  // What has no tag is removed by some registries; and by this one it is found when it is no longer the newest.
  await store.pushManifest(manifest.descriptor, manifest.bytes, { ...call, tag: versionTag({ version, digest }) });
  const pinned = pinReference(reference, manifest.descriptor.digest);
  const result = await sign(pinned, options);
  const waiting = signers === undefined ? undefined : await whoIsMissing(pinned, result, { ...options, signers });
  const asked = { store, call, signed: waiting === undefined ? isSignedBy(reference, options) : undefined };
  if (waiting !== undefined) return { ...result, waiting, warnings: (await othersOf(seen, reference, asked)).warnings };
  if (!isHeld) await moveTag(reference, { manifest, held, seen, store, call });
  const warnings = signers === undefined ? [] : await remember(seen, memory, call);
  const others = await othersOf(seen, reference, asked);
  if (others.refusal !== undefined) throw others.refusal;
  return { ...result, warnings: [...warnings, ...others.warnings] };
}

/** What the tag holds, and the version that the document has to succeed: that one, or the one that it names, if that is here under no tag but its own. */
async function findBefore(
  document: PolicyDocument,
  reference: RegistryReference,
  { store, call }: { readonly store: Store; readonly call: CallOptions },
): Promise<{ readonly held: PolicyRevision | undefined; readonly before: PolicyRevision | undefined }> {
  const held = await readRevision(reference, store, call);
  if (typeof held === "string") {
    throw new CountersignError("policy/invalid", `Cannot put a policy to "oci://${formatReference(reference)}": ${showForeign(held)}`, {
      remedy: "choose another tag, or another repository",
    });
  }
  const { loaded } = document.policy;
  const before = held ?? (await findPredecessor(loaded, store, call));
  if (before !== undefined) refuseNoSuccessor(document, before, reference);
  else if (loaded.previous !== undefined) {
    const place = `oci://${formatReference(reference)}`;
    throw new CountersignError(
      "policy/invalid",
      `Cannot put version ${loaded.version} of policy "${loaded.name}" to "${place}": the version before it, ${loaded.previous}, is not there`,
      {
        remedy: `copy that to its new place first: countersign copy OLD ${quoteWord(formatReference(reference))}; a policy that begins there names no previous`,
      },
    );
  }
  return { held, before };
}

function refuseNoSuccessor({ policy }: PolicyDocument, before: PolicyRevision, reference: RegistryReference): void {
  const { digest } = before;
  const { name, version, previous } = policy.loaded;
  if (policy.digest === digest) return;
  if (name === before.name && version === before.version + 1 && previous === digest) return;
  const place = `"oci://${formatReference(reference)}"`;
  throw new CountersignError(
    "policy/invalid",
    `Cannot put version ${version} of policy "${name}" to ${place}: it does not succeed version ${before.version}, which is there`,
    { remedy: `write name: ${showForeign(before.name)}, version: ${before.version + 1}, previous: "${digest}"` },
  );
}

/** `undefined` once the signatures there are what verifiers ask for. */
async function whoIsMissing(
  pinned: Reference,
  { signature }: SignResult,
  { signers, store, trust, clock, signal }: PublishOptions & { readonly signers: PolicySigners },
): Promise<Waiting | undefined> {
  const call = signal === undefined ? {} : { signal };
  const verdict = await evaluate(pinned, { ...call, store, trust, clock, policy: policyOfSigners(signers) });
  if (verdict.outcome === "pass") return undefined;
  if (verdict.outcome === "deny" && !verdict.signatures.some(({ digest }) => digest === signature.digest)) {
    throw new CountersignError(
      "store/incomplete",
      `Cannot sign policy "oci://${formatReference(pinned)}": the registry does not list the signature that it has just taken, ${signature.digest}`,
      { remedy: "run the command again; if the registry removes what has no tag, take the repository of policies out of that rule" },
    );
  }
  refuseUnlessShort(pinned, verdict, signature.digest);
  const signedBy = [...new Set(verdict.requirements.flatMap(({ counted }) => counted.flatMap(({ person }) => person ?? [])))];
  const stillAble = signers.members.map(({ name }) => name).filter((name) => !signedBy.includes(name));
  return { signedBy, atLeast: signers.atLeast, stillAble };
}

/** Whether verifiers could use a version; where nobody says whose signatures they ask for, each one. */
function isSignedBy(
  reference: Reference,
  { signers, store, trust, clock, signal }: PublishOptions,
): (other: PolicyRevision) => Promise<boolean> {
  return async ({ manifest }) => {
    if (signers === undefined) return true;
    const call = signal === undefined ? {} : { signal };
    const pinned = pinReference(reference, manifest.descriptor.digest);
    return (await evaluate(pinned, { ...call, store, trust, clock, policy: policyOfSigners(signers) })).outcome !== "deny";
  };
}

/** The policy is in its place by now, so that this machine cannot remember it is no failure of that. */
async function remember(seen: SignedVersion, memory: Memory, call: CallOptions): Promise<readonly string[]> {
  try {
    await memory.raise(seen, call);
    return [];
  } catch (error) {
    if (!(error instanceof CountersignError) || error.code !== "config/invalid") throw error;
    return [`version ${seen.version} cannot be remembered: ${error.message}; ${error.remedy}`];
  }
}
