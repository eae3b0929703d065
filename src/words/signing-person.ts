/** Whose key it is that is about to sign, as the policy knows people: asked before anything is written. */
import { findMembers, type Known, nameOf } from "../checks/member.ts";
import { keyFingerprint } from "../core/key-fingerprint.ts";
import type { Member } from "../core/policy.ts";
import type { Signer } from "../core/signer.ts";
import { loadAnchors, storesOf, type TrustSource } from "../core/trust-source.ts";
import { decodeCertificate } from "../pki/x509/certificate.ts";
import type { CountersignPolicy } from "../policy/countersign/document.ts";
import { signersOf } from "../policy/countersign/loaded-questions.ts";

export interface SigningPerson {
  /** As messages call the key. */
  readonly key: string;
  /** By the policy's name; absent where it knows no person by this key. */
  readonly person?: string;
}

/** One key that is of two people is of none. */
export async function findSigningPerson(
  signer: Pick<Signer, "chain" | "bare">,
  { policy, trust }: { readonly policy: Pick<CountersignPolicy, "loaded">; readonly trust: TrustSource },
): Promise<SigningPerson> {
  const known = knownOf(signer);
  const people = [...signersOf(policy.loaded).values()].flatMap((one): Member[] =>
    one.kind === "person" ? [{ ...one, isOfProduct: false }] : [],
  );
  const anchors = known.kind === "key" ? [] : await loadAnchors(storesOf(people.flatMap(({ identities }) => identities)), trust);
  const [found, ...others] = findMembers(known, people, { anchors });
  return { key: nameOf(known), ...(found === undefined || others.length > 0 ? {} : { person: found.name }) };
}

export function knownOf({ chain: [leaf, ...issuers], bare }: Pick<Signer, "chain" | "bare">): Known {
  if (leaf !== undefined) return { kind: "chain", chain: [decodeCertificate(leaf), ...issuers.map(decodeCertificate)] };
  if (bare === undefined) throw new TypeError("a signer has a certificate or a key");
  return { kind: "key", key: { fingerprint: keyFingerprint(bare.publicKey) } };
}
