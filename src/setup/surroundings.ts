/** What a policy is looked for in: this machine, its configuration, and the registries that it asks. */
import { dirname, join, resolve } from "node:path";
import type { Reference } from "../core/reference.ts";
import { isPresent } from "../files/present.ts";
import type { Floor, SignedVersion } from "../policy/floor.ts";
import { NO_VERIFIER, type PolicySigners, type Verifier } from "../policy/verifier/verifier.ts";
import type { SignedPolicy } from "../signed-policies/fetch-signed-policy.ts";
import type { PolicyFloors } from "../trust/policy-floors.ts";
import type { Paths } from "./paths.ts";

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly paths: Paths;
  readonly verifier: () => Promise<Verifier>;
  /** A person is looking: the project that he stands in may bring its policy. */
  readonly searchAbove: boolean;
  readonly openSigned: (reference: Reference, signers: PolicySigners) => Promise<SignedPolicy>;
  readonly floors: () => Promise<PolicyFloors>;
  /** Whether the versions before `seen`, of the artifact, lead to the floor; `undefined` where they are not there. */
  readonly leadsTo: (artifact: Reference, seen: SignedVersion, floor: Floor) => Promise<boolean | undefined>;
  /** The document of an earlier version of the artifact, if it was the newest at that time. */
  readonly pastPolicy: (
    artifact: Reference,
    asked: { readonly digest: string; readonly at: Date },
    signers: PolicySigners,
  ) => Promise<Uint8Array | undefined>;
  /** It is asked as of another time. */
  readonly isAsOf: boolean;
}

/** Throws `config/invalid`. */
export async function openVerifier(paths: Paths): Promise<Verifier> {
  // Looked for first: without one, the reader of YAML is not loaded.
  if (!isPresent(paths.verifier)) return NO_VERIFIER;
  const { loadVerifier } = await import("../trust/verifier-file.ts");
  return loadVerifier(paths.verifier, paths);
}

export function trustStoresFolder(paths: Paths, { trustStores }: Verifier): string {
  return trustStores === undefined ? paths.trustStores : resolveBeside(trustStores, paths);
}

/** A path of `verifier.yaml`: below the home folder after `~/`, else beside the file. */
export function resolveBeside(path: string, { home, verifier }: Paths): string {
  return path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : resolve(dirname(verifier), path);
}
