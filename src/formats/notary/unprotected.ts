/** What an envelope carries outside the signature: certificates, a timestamp, the name of the program. */
import type { SignatureAlgorithm } from "../../core/algorithm.ts";
import { CountersignError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import type { Signer } from "../../core/signer.ts";

/** A chain within bounds. Order, profile and trust are for the checks. */
export function boundChain(chain: readonly Uint8Array[]): readonly Uint8Array[] {
  if (chain.length === 0) throw new Malformed("chain/empty", "the signature carries no certificate");
  if (chain.length > LIMITS.chainCertificates) {
    throw new Malformed("chain/too-long", `the chain has ${chain.length} certificates, more than ${LIMITS.chainCertificates}`);
  }
  if (chain.some((certificate) => certificate.length > LIMITS.certificateBytes)) {
    throw new Malformed("integrity/too-large", `a certificate is over ${LIMITS.certificateBytes} bytes`);
  }
  return chain;
}

/** "The verifier MUST NOT validate formatting, or fail validation based on the content of this claim." */
export function signingAgentOf(value: unknown): { readonly signingAgent?: string } {
  return typeof value === "string" ? { signingAgent: value } : {};
}

/** Of a signer whose certificates can be carried; one without them must not end in an envelope that nobody accepts. */
export function algorithmOf({ algorithm, chain }: Signer): SignatureAlgorithm {
  if (algorithm !== undefined && chain.length > 0) return algorithm;
  throw new CountersignError("key/certificate", "Cannot sign an envelope of the Notary Project: the key has no certificate");
}
