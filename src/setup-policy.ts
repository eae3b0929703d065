/** Which policy judges, and how far it is trusted. Source for the order: docs/policies.md, "Which policy judges". */
import { dirname, join, resolve } from "node:path";
import type { Digest } from "./core/digest.ts";
import { showForeign } from "./core/display.ts";
import { CountersignError } from "./core/errors.ts";
import { formatReference, type Reference } from "./core/reference.ts";
import { quoteWord } from "./core/shell.ts";
import type { SignedPolicy } from "./fetch-signed-policy.ts";
import { isPresent } from "./files/present.ts";
import type { Paths } from "./paths.ts";
import { parsePolicyLocation } from "./policy/policy-location.ts";
import { type ConfiguredPolicy, NO_VERIFIER, type PolicySigners, type Verifier } from "./policy/verifier/verifier.ts";
import type { PolicyFile } from "./trust/policy-file.ts";

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly paths: Paths;
  readonly verifier: () => Promise<Verifier>;
  /** A person is looking: the project that he stands in may bring its policy. */
  readonly searchAbove: boolean;
  readonly openSigned: (reference: Reference, signers: PolicySigners) => Promise<SignedPolicy>;
}

interface Found {
  readonly file: PolicyFile;
  /** The digest that was given with its name. */
  readonly asked?: Digest | undefined;
  /** Nobody has named it: it lies in the project that somebody stands in. */
  readonly isOfProject?: boolean;
}

/** Throws `config/invalid`. */
export async function openVerifier(paths: Paths): Promise<Verifier> {
  // Looked for first: without one, the reader of YAML is not loaded.
  if (!isPresent(paths.verifier)) return NO_VERIFIER;
  const { loadVerifier } = await import("./trust/verifier-file.ts");
  return loadVerifier(paths.verifier, paths);
}

export function trustStoresFolder(paths: Paths, { trustStores }: Verifier): string {
  return trustStores === undefined ? paths.trustStores : resolveBeside(trustStores, paths);
}

/** The policy that judges: `named`, as `--policy` has it, else what the surroundings say. Throws `policy/…`. */
export async function openPolicy(named: string | undefined, around: Surroundings): Promise<PolicyFile> {
  const found = await findPolicy(named, around);
  const { pinnedPolicy } = await import("./trust/policy-trust.ts");
  return announce(pinnedPolicy(found.file, { asked: found.asked, pins: (await around.verifier()).pins }), found);
}

/** The same for people who look at it: that it is another than the pinned one is a warning. */
export async function showPolicy(named: string | undefined, around: Surroundings): Promise<PolicyFile> {
  const found = await findPolicy(named, around);
  const { shownPolicy } = await import("./trust/policy-trust.ts");
  return announce(shownPolicy(found.file, { asked: found.asked, pins: (await around.verifier()).pins }), found);
}

/** Whoever has just fetched somebody's project is to see that it brings the policy along. */
function announce(file: PolicyFile, { isOfProject = false }: Found): PolicyFile {
  const { path, policy } = file;
  if (!isOfProject || policy.trust !== "unpinned") return file;
  const warning = `the policy is ${path}, which nobody named and nobody has pinned; countersign policy trust ${quoteWord(path)}`;
  return { ...file, policy: { ...policy, warnings: [...policy.warnings, warning] } };
}

async function findPolicy(named: string | undefined, around: Surroundings): Promise<Found> {
  const { policies } = await around.verifier();
  const text = named ?? (around.env["COUNTERSIGN_POLICY"] || undefined);
  if (text === undefined) return findUnnamed(policies, around);
  // A name of the verifier's own comes before a file of the working folder.
  const configured = policies.find(({ name }) => name === text);
  if (configured !== undefined) return openConfigured(configured, around);
  const location = parsePolicyLocation(text);
  if (location.kind === "registry") return openSigned(location.reference, around);
  const { loadConfiguredPolicy, loadNamedPolicy } = await import("./trust/policy-file.ts");
  const file = named === undefined ? loadConfiguredPolicy(location.path, "COUNTERSIGN_POLICY") : loadNamedPolicy(location.path);
  return { file: await file, asked: location.digest };
}

async function findUnnamed(policies: readonly ConfiguredPolicy[], around: Surroundings): Promise<Found> {
  const { paths } = around;
  const [only, ...others] = policies;
  if (others.length > 0) {
    const names = policies.map(({ name }) => name);
    throw new CountersignError("policy/none", `Cannot choose a policy: "${paths.verifier}" names ${names.join(", ")}`, {
      remedy: names.map((name) => `--policy ${name}`).join(", or "),
    });
  }
  if (only !== undefined) return openConfigured(only, around);
  const { findInstalledPolicy, loadConfiguredPolicy, loadFoundPolicy } = await import("./trust/policy-file.ts");
  if (isPresent(paths.policy)) return { file: await loadConfiguredPolicy(paths.policy, "the configuration") };
  if (around.searchAbove) {
    const { findPolicyAbove } = await import("./trust/policy-above.ts");
    const path = findPolicyAbove(process.cwd(), paths);
    if (path !== undefined) return { file: await loadFoundPolicy(path), isOfProject: true };
  }
  const installed = findInstalledPolicy(paths.notaryPolicies);
  if (installed !== undefined) return { file: await loadFoundPolicy(installed) };
  const folders = [...new Set([paths.configuration, paths.notation])].map((folder) => `"${folder}"`).join(" or ");
  throw new CountersignError("policy/none", `Cannot judge: there is no policy in ${folders}, and none was given`);
}

async function openConfigured({ name, location }: ConfiguredPolicy, around: Surroundings): Promise<Found> {
  const { paths } = around;
  if (location.kind === "registry") return openSigned(location.reference, around, name);
  const { loadConfiguredPolicy } = await import("./trust/policy-file.ts");
  const file = await loadConfiguredPolicy(resolveBeside(location.path, paths), `policies.${name} of "${paths.verifier}"`);
  await refuseOther(file, around, name);
  return { file, asked: location.digest };
}

async function openSigned(reference: Reference, around: Surroundings, name?: string): Promise<Found> {
  const { policySigners } = await around.verifier();
  const source = `oci://${formatReference(reference)}`;
  if (policySigners === undefined) {
    throw new CountersignError("policy/unsigned", `Cannot use policy "${source}": nobody says who may sign policies`, {
      remedy: `write roles.policySigners into "${around.paths.verifier}"`,
    });
  }
  const { pinned, bytes } = await around.openSigned(reference, policySigners);
  const { decodePolicyDocument } = await import("./trust/policy-file.ts");
  const path = `oci://${formatReference(pinned)}`;
  const policy = await decodePolicyDocument(bytes, { source: path });
  const file: PolicyFile = { path, bytes, policy: { ...policy, trust: "signed" } };
  await refuseOther(file, around, name);
  return { file };
}

/** Whoever may write where it is kept must not put another, or an older one, in its place. */
async function refuseOther({ path, policy }: PolicyFile, around: Surroundings, name: string = policy.name): Promise<void> {
  const { form, version } = policy;
  const configured = (await around.verifier()).policies.find((entry) => entry.name === name);
  const minimum = configured?.minimumVersion;
  const wanted = `"${around.paths.verifier}" asks for`;
  if (form === "countersign" && policy.name !== name) {
    throw new CountersignError(
      "policy/invalid",
      `Cannot use policy "${path}": its name is ${showForeign(policy.name)}, and ${wanted} ${name}`,
    );
  }
  if (minimum === undefined || (form === "countersign" && Number(version) >= minimum)) return;
  const state = form === "countersign" ? `it is version ${version}` : "a Notary trust policy has no version of its own";
  throw new CountersignError("policy/invalid", `Cannot use policy "${path}": ${state}, and ${wanted} ${minimum} or later`, {
    remedy: `bring version ${minimum} or later to its place`,
  });
}

/** A path of `verifier.yaml`: below the home folder after `~/`, else beside the file. */
function resolveBeside(path: string, { home, verifier }: Paths): string {
  return path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : resolve(dirname(verifier), path);
}
