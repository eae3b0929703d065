/** Fetches a policy from a registry, once those who may sign policies have signed it. */
import type { Clock } from "../core/clock.ts";
import type { Digest } from "../core/digest.ts";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { Malformed } from "../core/malformed.ts";
import { formatReference, pinReference, type Reference } from "../core/reference.ts";
import type { CallOptions, ReadonlyStore, StoredManifest } from "../core/store.ts";
import type { TrustSource } from "../core/trust-source.ts";
import type { Verdict } from "../core/verdict.ts";
import { evaluate } from "../evaluate.ts";
import { readPolicyManifest } from "../policy/policy-artifact.ts";
import { policyOfSigners } from "../policy/policy-signers.ts";
import { type Beliefs, withBeliefs } from "../policy/verifier/beliefs.ts";
import type { PolicySigners } from "../policy/verifier/verifier.ts";

export interface SignedPolicy {
  /** The artifact by digest. */
  readonly pinned: Reference;
  readonly bytes: Uint8Array;
  /** Digest of the policy's first version, as it is signed with the artifact. */
  readonly chain?: Digest | undefined;
}

/** Throws `policy/unsigned` for one that is not signed as it must be, `verdict/unknown` where that could not be found out. */
export async function fetchSignedPolicy(
  reference: Reference,
  options: CallOptions & {
    readonly store: ReadonlyStore;
    readonly signers: PolicySigners;
    /** Whose timestamps let a signature outlive its signer's certificate, and what is held for revoked. */
    readonly beliefs: Beliefs;
    readonly trust: TrustSource;
    readonly clock: Clock;
  },
): Promise<SignedPolicy> {
  const { store, signers, beliefs, ...rest } = options;
  const manifest = await fetching(reference, () => store.resolve(reference, rest));
  // By digest from here on: a tag could be moved between its signatures and its content.
  const pinned = pinReference(reference, manifest.descriptor.digest);
  const found = readPolicyManifest(manifest);
  if (typeof found === "string") throw refuse(reference, found);
  const verdict = await evaluate(pinned, { ...rest, store, policy: withBeliefs(policyOfSigners(signers), beliefs) });
  if (verdict.outcome !== "pass") throw notSigned(reference, verdict);
  return { pinned, bytes: await fetching(reference, () => store.fetch(found.layer, rest)), chain: found.chain };
}

async function fetching<T extends StoredManifest | Uint8Array>(reference: Reference, fetch: () => Promise<T>): Promise<T> {
  try {
    return await fetch();
  } catch (error) {
    if (error instanceof Malformed) throw refuse(reference, error.message);
    throw error;
  }
}

function refuse(reference: Reference, state: string): CountersignError {
  return new CountersignError("policy/invalid", `Cannot use policy "oci://${formatReference(reference)}": ${showForeign(state)}`, {
    remedy: "check the reference; `countersign policy sign` puts a policy there",
  });
}

/** A verdict on a policy that somebody has just signed: it may be short of others, but that signature has to count. */
export function refuseUnlessShort(reference: Reference, verdict: Verdict, signature: string): void {
  const counts = verdict.requirements.some(({ counted }) => counted.some((entry) => entry.signature === signature));
  if (verdict.outcome !== "deny" || !counts) throw notSigned(reference, verdict);
}

function notSigned(reference: Reference, { outcome, requirements, findings, signatures }: Verdict): CountersignError {
  const missing = requirements.flatMap((report) => report.missing);
  const seen = signatures.flatMap((report) => report.findings).filter(({ outcome: answer }) => answer !== "pass" && answer !== "skipped");
  const why = [...missing, ...[...findings, ...seen].map(({ message }) => message)];
  const state = outcome === "deny" ? "it is not signed by those who may sign policies" : "it could not be found out who has signed it";
  return new CountersignError(
    outcome === "deny" ? "policy/unsigned" : "verdict/unknown",
    `Cannot use policy "oci://${formatReference(reference)}": ${state}${why.length === 0 ? "" : `: ${[...new Set(why)].slice(0, 5).join("; ")}`}`,
    { remedy: outcome === "deny" ? howToSign(reference) : `countersign inspect ${formatReference(reference)}` },
  );
}

/** The tag is what a policy is put under; a digest alone names one that is there already. */
function howToSign({ tag, ...reference }: Reference): string {
  const { digest: _, ...place } = reference;
  const named = tag === undefined ? `${formatReference(place)}:TAG` : formatReference({ ...place, tag });
  return `countersign policy sign policy.yaml oci://${named} --key KEY (of somebody who may), or correct roles.policySigners in verifier.yaml`;
}
