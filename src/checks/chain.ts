/** The signature's certificates, decoded and held against the profile once, for every check that asks about them. */
import { Malformed } from "../core/malformed.ts";
import type { Signature } from "../core/signature.ts";
import { type Certificate, decodeCertificate } from "../pki/x509/certificate.ts";
import { checkSigningChain } from "../pki/x509/chain.ts";

/** Leaf first, at least one. */
export type Chain = readonly [Certificate, ...Certificate[]];

const RESULTS = new WeakMap<Signature, Chain | Malformed>();

/**
 * The chain, each certificate issued by the next, or what is broken about it. Checks that need a chain never see a broken
 * one: a trusted root beside a stranger's leaf shows nothing, and a bag of certificates is not a chain.
 */
export function readChain(signature: Signature): Chain | Malformed {
  const known = RESULTS.get(signature);
  if (known !== undefined) return known;
  const result = decodeChain(signature.chain);
  RESULTS.set(signature, result);
  return result;
}

function decodeChain(encoded: readonly Uint8Array[]): Chain | Malformed {
  try {
    const [leaf, ...issuers] = encoded.map(decodeCertificate);
    if (leaf === undefined) return new Malformed("chain/empty", "the signature carries no certificate");
    checkSigningChain([leaf, ...issuers]);
    return [leaf, ...issuers];
  } catch (error) {
    if (error instanceof Malformed) return error;
    throw error;
  }
}
