/** Puts a policy into a registry and signs it; the tag moves last, so that nobody finds a policy there that is not signed. */
import { digestOf } from "./core/digest.ts";
import { showForeign } from "./core/display.ts";
import { CountersignError } from "./core/errors.ts";
import { LIMITS } from "./core/limits.ts";
import type { Policy } from "./core/policy.ts";
import { formatReference, pinReference, type RegistryReference } from "./core/reference.ts";
import type { CallOptions, Store } from "./core/store.ts";
import { decodeYaml } from "./encoding/yaml.ts";
import { yamlMember } from "./encoding/yaml-node.ts";
import { readPolicyManifest, writePolicyArtifact } from "./policy/policy-artifact.ts";
import { sign, type SignOptions, type SignResult } from "./sign.ts";

interface PolicyDocument {
  readonly bytes: Uint8Array;
  readonly policy: Policy;
}

/**
 * `document` was read and found good. Under a tag that holds a policy already, it has to be its successor (one version
 * later, and naming its digest) or the same, which then gets one more signature. Throws `policy/invalid`.
 */
export async function publishPolicy(
  document: PolicyDocument,
  reference: RegistryReference,
  options: CallOptions & { readonly store: Store } & Pick<SignOptions, "signer" | "clock" | "format">,
): Promise<SignResult> {
  const { store } = options;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const before = await findPublished(reference, store, call);
  if (before !== undefined) await refuseNoSuccessor(document, before, reference);
  const { blobs, manifest } = writePolicyArtifact(document.bytes);
  for (const { descriptor, bytes } of blobs) await store.pushBlob(descriptor, bytes, call);
  await store.pushManifest(manifest.descriptor, manifest.bytes, call);
  const result = await sign(pinReference(reference, manifest.descriptor.digest), options);
  const { tag } = reference;
  if (tag !== undefined) await store.pushManifest(manifest.descriptor, manifest.bytes, { ...call, tag });
  return result;
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

async function refuseNoSuccessor({ bytes, policy }: PolicyDocument, before: Uint8Array, reference: RegistryReference): Promise<void> {
  const digest = digestOf(before);
  if (policy.digest === digest) return;
  const [held, own] = await Promise.all([statesOf(before), statesOf(bytes)]);
  const place = `"oci://${formatReference(reference)}"`;
  const wanted = `name: ${showForeign(String(held.name))}, version: ${Number(held.version) + 1}, previous: "${digest}"`;
  if (own.name === held.name && Number(policy.version) === Number(held.version) + 1 && own.previous === digest) return;
  throw new CountersignError(
    "policy/invalid",
    `Cannot put version ${policy.version} of policy "${policy.name}" to ${place}: it does not succeed version ${String(held.version)}, which is there`,
    {
      remedy: `write ${wanted}`,
    },
  );
}

async function statesOf(bytes: Uint8Array): Promise<Readonly<Record<"name" | "version" | "previous", unknown>>> {
  const [document] = await decodeYaml(bytes, { maxBytes: LIMITS.policyBytes });
  const value = (name: string): unknown => {
    const node = yamlMember(document, name);
    return node === undefined || node.kind === "map" || node.kind === "list" ? undefined : node.value;
  };
  return { name: value("name"), version: value("version"), previous: value("previous") };
}
