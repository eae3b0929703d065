/** The configuration of whoever verifies: whom he believes about policies, which policies he uses, and which gate a place asks for. */
import type { Digest } from "../../core/digest.ts";
import type { Member } from "../../core/policy.ts";
import type { TrustStoreName } from "../../core/trust-source.ts";
import type { PolicyLocation } from "../policy-location.ts";

export interface ConfiguredPolicy {
  readonly name: string;
  /** A file's path is as it was written: relative to the configuration's folder, or to the home folder after `~/`. */
  readonly location: PolicyLocation;
  /** An older version judges nothing. */
  readonly minimumVersion?: number;
}

/** A timestamp authority that is believed. */
export interface Witness {
  readonly name: string;
  /** Who runs it; several of one operator are no more than one. */
  readonly operator: string;
  readonly store: TrustStoreName;
}

export interface PolicySigners {
  readonly members: readonly Member[];
  readonly atLeast: number;
}

export interface DeployPlace {
  /** The name of a cluster, or `*` for each that has no place of its own for the namespace. */
  readonly cluster: string;
  readonly namespaces: readonly string[];
  readonly gate: string;
  /** Of the document, where the gate stands. */
  readonly line: number;
}

export interface Verifier {
  /** As it was written. */
  readonly trustStores?: string;
  readonly witnesses: readonly Witness[];
  readonly policySigners?: PolicySigners;
  readonly policies: readonly ConfiguredPolicy[];
  /** The absolute path of a policy file, or the name in a policy, to the digest of its bytes. */
  readonly pins: ReadonlyMap<string, Digest>;
  readonly deploy: readonly DeployPlace[];
}

/** What is believed where there is no `verifier.yaml`. */
export const NO_VERIFIER: Verifier = { witnesses: [], policies: [], pins: new Map(), deploy: [] };

/** The row for images that run there; `undefined` where the table does not say. */
export function rowAt(
  deploy: readonly DeployPlace[],
  place: { readonly cluster: string; readonly namespace: string },
): DeployPlace | undefined {
  const places = deploy.filter(({ namespaces }) => namespaces.includes(place.namespace));
  return places.find(({ cluster }) => cluster === place.cluster) ?? places.find(({ cluster }) => cluster === "*");
}
