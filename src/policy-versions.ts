/** The versions of a signed policy that a registry holds, back to the first: who has signed each, and when. */
import type { Clock } from "./core/clock.ts";
import { showForeign } from "./core/display.ts";
import { CountersignError } from "./core/errors.ts";
import { formatReference, pinReference, type RegistryReference } from "./core/reference.ts";
import type { CallOptions, ReadonlyStore } from "./core/store.ts";
import type { TrustSource } from "./core/trust-source.ts";
import type { Answer, SignatureReport } from "./core/verdict.ts";
import { evaluate } from "./evaluate.ts";
import { policyOfSigners } from "./policy/policy-signers.ts";
import type { PolicySigners } from "./policy/verifier/verifier.ts";
import { type Beliefs, withBeliefs } from "./policy/verifier/beliefs.ts";
import { type PolicyRevision, predecessors, readRevision } from "./policy-history.ts";

interface PolicySignature {
  readonly name: string;
  /** RFC 3339, as the signature says. */
  readonly claimed?: string;
  /** The latest that a timestamp proves. */
  readonly proven?: string;
}

interface PolicyVersion {
  readonly version: number;
  /** Of the document. */
  readonly digest: string;
  /** The artifact by digest. */
  readonly pinned: string;
  /** Whether as many have signed as the verifier's configuration asks for today. */
  readonly outcome: Answer;
  readonly signedBy: readonly PolicySignature[];
}

export interface PolicyVersions {
  readonly name: string;
  /** Digest of the first version's document; absent where that could not be told. */
  readonly chain?: string;
  /** Newest first. */
  readonly versions: readonly PolicyVersion[];
  /** The version before the last one of these is named, and not there. */
  readonly missing?: { readonly version: number; readonly digest: string };
}

export interface VersionsOptions extends CallOptions {
  readonly store: ReadonlyStore;
  readonly signers: PolicySigners;
  readonly beliefs: Beliefs;
  readonly trust: TrustSource;
  readonly clock: Clock;
}

/** Throws `policy/invalid` for what is no policy, and `store/…`. */
export async function policyVersions(reference: RegistryReference, options: VersionsOptions): Promise<PolicyVersions> {
  const { store, signal } = options;
  const call = signal === undefined ? {} : { signal };
  const newest = await readRevision(reference, store, call);
  if (typeof newest !== "object") {
    const [code, state] = newest === undefined ? (["store/not-found", "it is not there"] as const) : (["policy/invalid", newest] as const);
    throw new CountersignError(code, `Cannot show the versions of "oci://${formatReference(reference)}": ${showForeign(state)}`);
  }
  const versions = [await describe(newest, reference, options)];
  let oldest = newest;
  for await (const revision of predecessors(newest, store, call)) {
    versions.push(await describe(revision, reference, options));
    oldest = revision;
  }
  const { previous, version } = oldest;
  const chain = previous === undefined ? oldest.digest : newest.chain;
  return {
    name: newest.name,
    ...(chain === undefined ? {} : { chain }),
    versions,
    ...(previous === undefined ? {} : { missing: { version: version - 1, digest: previous } }),
  };
}

async function describe(
  { version, digest, manifest }: PolicyRevision,
  reference: RegistryReference,
  { signers, beliefs, ...rest }: VersionsOptions,
): Promise<PolicyVersion> {
  const pinned = pinReference(reference, manifest.descriptor.digest);
  const policy = withBeliefs(policyOfSigners(signers), beliefs);
  const { outcome, signatures } = await evaluate(pinned, { ...rest, policy, explain: true });
  return { version, digest, pinned: formatReference(pinned), outcome, signedBy: signatures.flatMap(signatureOf) };
}

/** Of the signatures of strangers nothing is told. */
function signatureOf({ outcome, person, claimed, proven }: SignatureReport): readonly PolicySignature[] {
  if (outcome !== "counts" || person === undefined) return [];
  const at = { claimed: claimed?.signingTime, proven: proven?.time?.to };
  return [
    {
      name: person,
      ...(at.claimed === undefined ? {} : { claimed: at.claimed }),
      ...(at.proven === undefined ? {} : { proven: at.proven }),
    },
  ];
}
