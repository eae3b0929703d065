/** Opens a policy that `verifier.yaml` names, or a signed one in a registry, and refuses another one that was put in its place. */
import type { Digest } from "../core/digest.ts";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import type { EarlierVersion, FoundVersion } from "../core/policy.ts";
import { formatReference, type Reference } from "../core/reference.ts";
import type { ConfiguredPolicy } from "../policy/verifier/verifier.ts";
import type { PolicyFile } from "../trust/policy-file.ts";
import { resolveBeside, type Surroundings } from "./surroundings.ts";

export interface Found {
  readonly file: PolicyFile;
  /** The digest that was given with its name. */
  readonly asked?: Digest | undefined;
  /** Nobody has named it: it lies in the project that somebody stands in. */
  readonly isOfProject?: boolean;
  /** The folder of the configuration that it belongs to. */
  readonly configuration?: string;
}

export async function openConfigured({ name, location }: ConfiguredPolicy, around: Surroundings): Promise<Found> {
  const { paths } = around;
  if (location.kind === "registry") return openSigned(location.reference, around, name);
  const { loadConfiguredPolicy } = await import("../trust/policy-file.ts");
  const file = await loadConfiguredPolicy(resolveBeside(location.path, paths), `policies.${name} of "${paths.verifier}"`);
  await refuseOther(file, around, name);
  return { file, asked: location.digest };
}

export async function openSigned(reference: Reference, around: Surroundings, name?: string): Promise<Found> {
  const { policySigners } = await around.verifier();
  const source = `oci://${formatReference(reference)}`;
  if (policySigners === undefined) {
    throw new CountersignError("policy/unsigned", `Cannot use policy "${source}": nobody says who may sign policies`, {
      remedy: `write roles.policySigners into "${around.paths.verifier}"`,
    });
  }
  const { pinned, bytes, chain } = await around.openSigned(reference, policySigners);
  const { decodePolicyDocument } = await import("../trust/policy-file.ts");
  const text = `oci://${formatReference(pinned)}`;
  const policy = await decodePolicyDocument(bytes, { source: text });
  const versionOf = async ({ digest, judged }: EarlierVersion): Promise<FoundVersion> => {
    const earlier = await around.pastPolicy(pinned, { digest, at: judged.from }, policySigners);
    if (earlier === undefined) return { gaps: [] };
    const found = await decodePolicyDocument(earlier, { source: `${source}, version ${digest}` });
    return { policy: { ...found, ...(chain === undefined ? {} : { chain }), trust: "signed" }, gaps: [] };
  };
  const file: PolicyFile = {
    place: { kind: "registry", text },
    bytes,
    policy: { ...policy, ...(policy.chain === undefined && chain !== undefined ? { chain } : {}), trust: "signed", versionOf },
    signed: { artifact: pinned, chain },
  };
  await refuseOther(file, around, name);
  return { file };
}

/** Whoever may write where it is kept must not put another, or an older one, in its place. */
async function refuseOther({ place, policy }: PolicyFile, around: Surroundings, name: string = policy.name): Promise<void> {
  const { form, version } = policy;
  const configured = (await around.verifier()).policies.find((entry) => entry.name === name);
  const minimum = configured?.minimumVersion;
  const wanted = `"${around.paths.verifier}" asks for`;
  if (form === "countersign" && policy.name !== name) {
    throw new CountersignError(
      "policy/invalid",
      `Cannot use policy "${place.text}": its name is ${showForeign(policy.name)}, and ${wanted} ${name}`,
      {
        remedy: `if that is the policy you mean, write ${showForeign(policy.name)} in place of ${name} under policies (and pins) in "${around.paths.verifier}"; else correct its source there`,
      },
    );
  }
  if (minimum === undefined || (form === "countersign" && Number(version) >= minimum)) return;
  const state = form === "countersign" ? `it is version ${version}` : "a Notary trust policy has no version of its own";
  throw new CountersignError("policy/invalid", `Cannot use policy "${place.text}": ${state}, and ${wanted} ${minimum} or later`, {
    remedy: `bring version ${minimum} or later to its place`,
  });
}
