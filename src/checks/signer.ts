/** Who has signed: whom a chain of certificates names, or the key of the policy that verifies these bytes. */
import { createPublicKey, type KeyObject } from "node:crypto";
import type { CheckContext } from "../core/check.ts";
import { showForeign } from "../core/display.ts";
import { Malformed } from "../core/malformed.ts";
import type { Identity, SignatureRules } from "../core/policy.ts";
import type { Signature } from "../core/signature.ts";
import { verifyBare } from "../pki/bare-signature.ts";
import { type Chain, readChain } from "./chain.ts";
import type { Observation, Question } from "./observation.ts";

/** A key that the policy has as a whole, and that has signed these bytes. */
export interface ProvenKey {
  readonly fingerprint: string;
  /** As a verdict shows it. */
  readonly algorithm: string;
}

export type Signer = { readonly kind: "chain"; readonly chain: Chain } | { readonly kind: "key"; readonly key: ProvenKey };

/** No certificate came along. What an envelope brings never chooses whom to trust, so the key can only be the policy's (GHSA-fx35-mq7g-6g98). */
export function isByBareKey({ chain }: Signature): boolean {
  return chain.length === 0;
}

/** The signer as far as the bytes show, or what keeps it from being shown. */
export function readSigner(signature: Signature, { rules }: Pick<CheckContext, "rules">): Signer | Malformed {
  if (isByBareKey(signature)) {
    const found = findKey(signature, rules);
    return "code" in found ? new Malformed(found.code, found.message) : { kind: "key", key: found };
  }
  const chain = readChain(signature);
  return chain instanceof Malformed ? chain : { kind: "chain", chain };
}

/** A question about a signer who is known: of one who is not, nothing can be shown, and every such question fails with the reason. */
export function ofSigner(ask: {
  readonly chain: (chain: Chain, ...rest: Parameters<Question>) => Observation;
  readonly key: (key: ProvenKey, ...rest: Parameters<Question>) => Observation;
}): Question {
  return (signature, context) => {
    const signer = readSigner(signature, context);
    if (signer instanceof Malformed) throw signer;
    return signer.kind === "chain" ? ask.chain(signer.chain, signature, context) : ask.key(signer.key, signature, context);
  };
}

const RESULTS = new WeakMap<Signature, { readonly rules: SignatureRules; readonly found: ProvenKey | Observation }>();

/** The key that has signed, looked for once for all checks that ask, or why there is none. */
export function findKey(signature: Signature, rules: SignatureRules): ProvenKey | Observation {
  const known = RESULTS.get(signature);
  if (known?.rules === rules) return known.found;
  const found = tryKeys(signature, rules);
  RESULTS.set(signature, { rules, found });
  return found;
}

function tryKeys(signature: Signature, rules: SignatureRules): ProvenKey | Observation {
  const { signedBytes: bytes, value, keyHint } = signature;
  const candidates = keysOf(rules).filter(({ fingerprint }) => keyHint === undefined || fingerprint === keyHint);
  for (const { fingerprint, publicKey } of candidates) {
    const algorithm = publicKey && verifyBare(keyObjectOf(publicKey), { bytes, value });
    if (algorithm !== undefined) return { fingerprint, algorithm };
  }
  return whyNone(signature, { rules, candidates });
}

function whyNone(
  { value, keyHint }: Signature,
  { rules, candidates }: { readonly rules: SignatureRules; readonly candidates: readonly KeyIdentity[] },
): Observation {
  const claim = keyHint === undefined ? "it does not say by which key it is" : `it says that it is by the key ${showForeign(keyHint, 100)}`;
  const asker = (rules.signers.kind === "members" ? rules.signers.asker : undefined) ?? "the policy";
  const had = new Set(candidates.flatMap(({ fingerprint, publicKey }) => (publicKey === undefined ? [] : [fingerprint])));
  const missing = candidates.find(({ fingerprint }) => !had.has(fingerprint));
  if (missing !== undefined) {
    // Not a doubt: anybody can write any fingerprint on a bundle, and would hold up whoever is named so.
    return { code: "identity/key-not-whole", message: `${claim}; ${asker} names ${missing.fingerprint} and does not have the key itself` };
  }
  // Where a signature is merely shown, there is no policy that could have the key.
  if (rules.actions.identity === "skip" && candidates.length === 0) {
    return { code: "identity/key-not-given", message: `${claim}, and the key is not at hand` };
  }
  // Nor is this: any 64 bytes may be of that kind.
  if (value.length === ED25519_BYTES && candidates.some(({ publicKey }) => isEd25519(publicKey))) {
    return {
      code: "integrity/ed25519ph",
      message: `${claim}; pure Ed25519 it is not, and the prehashed kind cannot be verified by this version`,
    };
  }
  if (keyHint !== undefined && candidates.length > 0) {
    return { code: "integrity/signature-invalid", message: `${claim}, and does not verify with it` };
  }
  return { code: "identity/key-unknown", message: `${claim}, and none that ${asker} has has signed it` };
}

type KeyIdentity = Extract<Identity, { kind: "key" }>;

function keysOf({ signers }: SignatureRules): readonly KeyIdentity[] {
  if (signers.kind !== "members") return [];
  return signers.members.flatMap(({ identities }) => identities.filter((identity) => identity.kind === "key"));
}

const ED25519_BYTES = 64;

function isEd25519(publicKey: Uint8Array | undefined): boolean {
  return publicKey !== undefined && keyObjectOf(publicKey).asymmetricKeyType === "ed25519";
}

const KEYS = new WeakMap<Uint8Array, KeyObject>();

/** Of a key that was read when the policy was, so that it is one. */
function keyObjectOf(publicKey: Uint8Array): KeyObject {
  const known = KEYS.get(publicKey);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" });
  KEYS.set(publicKey, key);
  return key;
}
