/** The versions of a signed policy that a registry holds, back to the first: who has signed each, and when. */
import type { Clock } from "../core/clock.ts";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { formatReference, pinReference, type RegistryReference, repositoryOf } from "../core/reference.ts";
import type { CallOptions, ReadonlyStore, Store } from "../core/store.ts";
import type { TrustSource } from "../core/trust-source.ts";
import type { Answer, SignatureReport } from "../core/verdict.ts";
import { evaluate } from "../evaluate.ts";
import type { SignedVersion } from "../policy/floor.ts";
import { tagsOfVersion } from "../policy/policy-artifact.ts";
import { policyOfSigners } from "../policy/policy-signers.ts";
import { type Beliefs, withBeliefs } from "../policy/verifier/beliefs.ts";
import type { PolicySigners } from "../policy/verifier/verifier.ts";
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
  /** What is to follow the newest, and not enough have signed yet. */
  readonly waiting?: readonly PolicyVersion[];
  /** The version before the last one of these is named, and not there. */
  readonly missing?: { readonly version: number; readonly digest: string };
  /** In words, why the newest one judges nothing on this machine. */
  readonly warnings: readonly string[];
}

export interface VersionsOptions extends CallOptions {
  readonly store: ReadonlyStore & Pick<Store, "tags">;
  readonly signers: PolicySigners;
  readonly beliefs: Beliefs;
  readonly trust: TrustSource;
  readonly clock: Clock;
  /** What this machine has seen. Throws `config/invalid`. */
  readonly floors: { whyBelow(seen: SignedVersion): { readonly state: string } | undefined };
  /** What `verifier.yaml` asks for. */
  readonly minimumVersion?: number | undefined;
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
  const { waiting, unsure } = await waitingAfter(newest, reference, options);
  const versions = [await describe(newest, reference, options)];
  let oldest = newest;
  for await (const revision of predecessors(newest, store, call)) {
    versions.push(await describe(revision, reference, options));
    oldest = revision;
  }
  const { previous, version } = oldest;
  const chain = previous === undefined ? oldest.digest : newest.chain;
  const below = options.floors.whyBelow({ ...newest, repository: repositoryOf(reference), chain });
  const { minimumVersion = 0 } = options;
  return {
    name: newest.name,
    warnings: [
      ...(below === undefined ? [] : [`${below.state}: it judges nothing here`]),
      ...(newest.version >= minimumVersion
        ? []
        : [`it is version ${newest.version}, and verifier.yaml asks for ${minimumVersion} or later: it judges nothing here`]),
      ...(unsure === undefined ? [] : [unsure]),
    ],
    ...(chain === undefined ? {} : { chain }),
    versions,
    ...(waiting.length === 0 ? {} : { waiting }),
    ...(previous === undefined ? {} : { missing: { version: version - 1, digest: previous } }),
  };
}

/** Whoever may push tags must not make this long. */
const MAX_WAITING = 16;

/** Each has a tag of its own before the policy's tag moves; what none of the signers has signed is a stranger's. */
async function waitingAfter(
  newest: PolicyRevision,
  reference: RegistryReference,
  options: VersionsOptions,
): Promise<{ readonly waiting: readonly PolicyVersion[]; readonly unsure?: string }> {
  const { store, signal } = options;
  const call = signal === undefined ? {} : { signal };
  const version = newest.version + 1;
  try {
    const tags = (await store.tags(call)).filter((tag) => tag.startsWith(tagsOfVersion(version)));
    const waiting: PolicyVersion[] = [];
    for (const tag of tags.slice(0, MAX_WAITING)) {
      const next = await readRevision({ tag }, store, call);
      if (typeof next !== "object" || next.name !== newest.name || next.previous !== newest.digest) continue;
      const described = await describe(next, reference, options);
      if (described.outcome === "deny" && described.signedBy.length > 0) waiting.push(described);
    }
    return { waiting };
  } catch (error) {
    if (!(error instanceof CountersignError) || !error.code.startsWith("store/")) throw error;
    return { waiting: [], unsure: `whether a version ${version} waits for signatures could not be found out: ${error.message}` };
  }
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
