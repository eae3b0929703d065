/** The configuration of whoever verifies: whom he believes about policies, which policies he uses, and which gate a place asks for. */
import type { Digest } from "../../core/digest.ts";
import type { Member } from "../../core/policy.ts";
import { type RegistryReference, repositoryOf } from "../../core/reference.ts";
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

/** Who may do something that others believe, and how many of them it takes. */
export interface Role {
  readonly members: readonly Member[];
  readonly atLeast: number;
}

export type PolicySigners = Role;

export interface PromoterRole extends Role {
  /** Their word is taken for what had met a gate. */
  readonly trustRecords?: true;
}

export interface Revocations {
  readonly list: RegistryReference;
  /** Seconds, as is `grace`: an older list says too little. */
  readonly maxAge: number;
  /** How long what runs may go on with an older one. */
  readonly grace?: number;
}

export interface DeployPlace {
  /** The name of a cluster, or `*` for each that has no place of its own for the namespace. */
  readonly cluster: string;
  readonly namespaces: readonly string[];
  readonly gate: string;
  /** Of the document, where the gate stands. */
  readonly line: number;
}

/** The one document that a policy must be. */
export interface Pin {
  readonly digest: Digest;
  /** Digest of the policy's first version, where that is another document. */
  readonly chain?: Digest;
  /** It was another, and nobody has said which. */
  readonly isChainUnknown?: true;
  /** What was pinned here before, oldest first. */
  readonly past?: readonly PastPin[];
}

/** A document that judged until another was trusted in its place. */
export interface PastPin {
  readonly digest: Digest;
  readonly until: Date;
}

/** Older ones are dropped: what has come in by them is then asked anew. The oldest of so many says only when the next one began. */
export const MOST_PAST_PINS = 33;

/** The pin that takes the place of another: it keeps which documents were pinned there, and until when. */
export function pinAfter(before: Pin | undefined, pin: Pin, now: Date): Pin {
  if (before === undefined) return pin;
  const { past = [] } = before;
  if (before.digest === pin.digest) return past.length === 0 ? pin : { ...pin, past };
  // Records are of whole seconds. A clock that was set back must not give the same time to two of them.
  const until = new Date(Math.max(Math.floor(now.getTime() / 1000) * 1000, past.at(-1)?.until.getTime() ?? 0));
  return { ...pin, past: [...past, { digest: before.digest, until }].slice(-MOST_PAST_PINS) };
}

/** Whether the document of this digest was the pinned one all the while. */
export function wasPinned(
  { past = [] }: Pin,
  { digest, judged }: { readonly digest: string; readonly judged: { readonly from: Date; readonly to: Date } },
): boolean {
  return past.some((one, index) => {
    const before = past[index - 1]?.until.getTime();
    const since = before ?? (past.length < MOST_PAST_PINS ? -Infinity : Infinity);
    return one.digest === digest && judged.from.getTime() >= since && judged.to.getTime() <= one.until.getTime();
  });
}

export interface Verifier {
  /** As it was written. */
  readonly trustStores?: string;
  readonly witnesses: readonly Witness[];
  readonly policySigners?: PolicySigners;
  /** Who may revoke, and who may sign the list of what is revoked: not asked by this version. */
  readonly revokers?: Role;
  readonly publishers?: Role;
  /** Whose records of promotions count. */
  readonly promoters?: PromoterRole;
  /** Whose verdicts stand in for what is not found here: any one of them. */
  readonly summaryIssuers?: Role;
  readonly revocations?: Revocations;
  readonly policies: readonly ConfiguredPolicy[];
  /** By the absolute path of a policy file, or the name in a policy. */
  readonly pins: ReadonlyMap<string, Pin>;
  readonly deploy: readonly DeployPlace[];
}

/** What is believed where there is no `verifier.yaml`. */
export const NO_VERIFIER: Verifier = { witnesses: [], policies: [], pins: new Map(), deploy: [] };

/** What `verifier.yaml` asks of the policy that is kept in a repository holds however it is named. */
export function policyAt(reference: RegistryReference, policies: readonly ConfiguredPolicy[]): ConfiguredPolicy | undefined {
  return policies.find(({ location }) => location.kind === "registry" && repositoryOf(location.reference) === repositoryOf(reference));
}

/** The row for images that run there; `undefined` where the table does not say. */
export function rowAt(
  deploy: readonly DeployPlace[],
  place: { readonly cluster: string; readonly namespace: string },
): DeployPlace | undefined {
  const places = deploy.filter(({ namespaces }) => namespaces.includes(place.namespace));
  return places.find(({ cluster }) => cluster === place.cluster) ?? places.find(({ cluster }) => cluster === "*");
}
