/** Puts a policy into a registry and signs it; the tag moves once enough have signed, so that verifiers always find one that they may use. */
import type { Clock } from "./core/clock.ts";
import { digestOf } from "./core/digest.ts";
import { showForeign } from "./core/display.ts";
import { CountersignError } from "./core/errors.ts";
import { LIMITS } from "./core/limits.ts";
import { formatReference, pinReference, type Reference, type RegistryReference } from "./core/reference.ts";
import type { CallOptions, Store } from "./core/store.ts";
import type { TrustSource } from "./core/trust-source.ts";
import { decodeYaml } from "./encoding/yaml.ts";
import { yamlMember } from "./encoding/yaml-node.ts";
import { evaluate } from "./evaluate.ts";
import { refuseUnlessShort } from "./fetch-signed-policy.ts";
import type { CountersignPolicy } from "./policy/countersign/document.ts";
import { readPolicyManifest, writePolicyArtifact } from "./policy/policy-artifact.ts";
import { policyOfSigners } from "./policy/policy-signers.ts";
import type { PolicySigners } from "./policy/verifier/verifier.ts";
import { sign, type SignOptions, type SignResult } from "./sign.ts";

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

export interface PublishOptions extends CallOptions, Pick<SignOptions, "signer" | "format" | "timestamper"> {
  readonly store: Store;
  readonly clock: Clock;
  /** Whose signatures verifiers ask for; without them the tag moves at once. */
  readonly signers?: PolicySigners | undefined;
  readonly trust: TrustSource;
}

/**
 * `document` was read and found good. Under a tag that holds a policy already, it has to be its successor (one version
 * later, and naming its digest) or the same, which then gets one more signature. The tag
 * stays while `waiting`. Throws `policy/invalid`, or `policy/unsigned` where the signature would not count.
 */
export async function publishPolicy(
  document: PolicyDocument,
  reference: RegistryReference,
  options: PublishOptions,
): Promise<SignResult & { readonly waiting?: Waiting }> {
  const { store, signers } = options;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const before = await findPublished(reference, store, call);
  if (before !== undefined) await refuseNoSuccessor(document, before, reference);
  const { blobs, manifest } = writePolicyArtifact(document.bytes);
  for (const { descriptor, bytes } of blobs) await store.pushBlob(descriptor, bytes, call);
  await store.pushManifest(manifest.descriptor, manifest.bytes, call);
  const pinned = pinReference(reference, manifest.descriptor.digest);
  const result = await sign(pinned, options);
  const waiting = signers === undefined ? undefined : await whoIsMissing(pinned, result, { ...options, signers });
  if (waiting !== undefined) return { ...result, waiting };
  const { tag } = reference;
  if (tag !== undefined) await store.pushManifest(manifest.descriptor, manifest.bytes, { ...call, tag });
  return result;
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
  refuseUnlessShort(pinned, verdict, signature.digest);
  const signedBy = [...new Set(verdict.requirements.flatMap(({ counted }) => counted.flatMap(({ person }) => person ?? [])))];
  const stillAble = signers.members.map(({ name }) => name).filter((name) => !signedBy.includes(name));
  return { signedBy, atLeast: signers.atLeast, stillAble };
}

/** The document under the tag; `undefined` if there is none. */
async function findPublished(reference: RegistryReference, store: Store, call: CallOptions): Promise<Uint8Array | undefined> {
  try {
    const layer = readPolicyManifest(await store.resolve(reference, call));
    if (typeof layer !== "string") return await store.fetch(layer, call);
    throw new CountersignError("policy/invalid", `Cannot put a policy to "oci://${formatReference(reference)}": ${showForeign(layer)}`, {
      remedy: "choose another tag, or another repository",
    });
  } catch (error) {
    if (error instanceof CountersignError && error.code === "store/not-found") return undefined;
    throw error;
  }
}

async function refuseNoSuccessor({ policy }: PolicyDocument, before: Uint8Array, reference: RegistryReference): Promise<void> {
  const digest = digestOf(before);
  if (policy.digest === digest) return;
  const held = await statesOf(before);
  const place = `"oci://${formatReference(reference)}"`;
  const wanted = `name: ${showForeign(String(held.name))}, version: ${Number(held.version) + 1}, previous: "${digest}"`;
  if (policy.name === held.name && policy.loaded.version === Number(held.version) + 1 && policy.loaded.previous === digest) return;
  throw new CountersignError(
    "policy/invalid",
    `Cannot put version ${policy.version} of policy "${policy.name}" to ${place}: it does not succeed version ${String(held.version)}, which is there`,
    {
      remedy: `write ${wanted}`,
    },
  );
}

/** Of the one that is there no more is read: it may name key files that are not. */
async function statesOf(bytes: Uint8Array): Promise<Readonly<Record<"name" | "version", unknown>>> {
  const [document] = await decodeYaml(bytes, { maxBytes: LIMITS.policyBytes });
  const value = (name: string): unknown => {
    const node = yamlMember(document, name);
    return node === undefined || node.kind === "map" || node.kind === "list" ? undefined : node.value;
  };
  return { name: value("name"), version: value("version") };
}
