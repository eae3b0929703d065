/** An earlier version of a signed policy: the one that was in force when something was judged by it. */
import type { Clock } from "../core/clock.ts";
import { pinReference, type Reference } from "../core/reference.ts";
import type { CallOptions, ReadonlyStore } from "../core/store.ts";
import type { TrustSource } from "../core/trust-source.ts";
import { evaluate } from "../evaluate.ts";
import { policyOfSigners } from "../policy/policy-signers.ts";
import { type Beliefs, withBeliefs } from "../policy/verifier/beliefs.ts";
import type { PolicySigners } from "../policy/verifier/verifier.ts";
import { predecessors, readRevision } from "./policy-history.ts";

export interface PastPolicyOptions extends CallOptions {
  readonly store: ReadonlyStore;
  readonly signers: PolicySigners;
  readonly beliefs: Beliefs;
  readonly trust: TrustSource;
  readonly clock: Clock;
}

/**
 * The bytes of the version with this digest, which today's version, `newest`, leads to. `undefined` where it does not, and
 * where the version after it had been signed by then: whoever judges has to judge by the newest.
 */
export async function findPastPolicy(
  newest: Reference,
  { digest, at }: { readonly digest: string; readonly at: Date },
  options: PastPolicyOptions,
): Promise<Uint8Array | undefined> {
  const { store, signal } = options;
  const call = signal === undefined ? {} : { signal };
  const today = await readRevision(newest, store, call);
  if (typeof today !== "object") return undefined;
  let later = today;
  for await (const revision of predecessors(today, store, call)) {
    if (revision.digest === digest) {
      const signed = await signedAt(pinReference(newest, later.manifest.descriptor.digest), options);
      return signed !== undefined && signed.getTime() > at.getTime() ? revision.bytes : undefined;
    }
    later = revision;
  }
  return undefined;
}

/** When the first of those who sign policies had signed it; `undefined` where that is not known. */
async function signedAt(pinned: Reference, { signers, beliefs, ...rest }: PastPolicyOptions): Promise<Date | undefined> {
  const policy = withBeliefs(policyOfSigners(signers), beliefs);
  const { signatures } = await evaluate(pinned, { ...rest, policy, explain: true });
  const times = signatures.flatMap(({ outcome, claimed, proven }) => {
    const said = [claimed?.signingTime, proven?.time?.to].filter((time) => time !== undefined).map((time) => Date.parse(time));
    return outcome === "counts" ? [Math.min(...said)] : [];
  });
  const first = Math.min(...times);
  return Number.isFinite(first) ? new Date(first) : undefined;
}
