/** Is the signature that of its signer's key over exactly these bytes, and its chain, if it has one, what the profile asks for? */
import { algorithmForKey } from "../core/algorithm.ts";
import type { CheckContext } from "../core/check.ts";
import { showForeign } from "../core/display.ts";
import { Malformed } from "../core/malformed.ts";
import type { Signature } from "../core/signature.ts";
import { verifySignature } from "../pki/signature.ts";
import { publicKeyOf } from "../pki/x509/certificate.ts";
import { formatName } from "../pki/x509/name.ts";
import { readChain } from "./chain.ts";
import type { Observation } from "./observation.ts";
import { findKey, isByBareKey } from "./signer.ts";

export function checkIntegrity(signature: Signature, { rules }: CheckContext): Observation {
  if (isByBareKey(signature)) {
    const found = findKey(signature, rules);
    if ("code" in found) return found;
    return { code: "integrity/verified", message: `${found.algorithm} by the key ${found.fingerprint}` };
  }
  const chain = readChain(signature);
  if (chain instanceof Malformed) throw chain;
  const [leaf] = chain;
  // The key decides the algorithm; a header that names another must not choose a weaker one. Source: Notary specification, "Signature algorithms".
  const expected = algorithmForKey(leaf.keyKind);
  if (expected === undefined || expected !== signature.algorithm) {
    return {
      code: "integrity/algorithm-mismatch",
      message: `the signature says ${signature.algorithm ?? "nothing of its algorithm"}; the signer's key signs with ${expected ?? "none of the six"}`,
    };
  }
  const { signedBytes: bytes, value } = signature;
  if (!verifySignature({ algorithm: expected, publicKey: publicKeyOf(leaf), bytes, value })) {
    return { code: "integrity/signature-invalid", message: "the signature does not verify with the key of its own certificate" };
  }
  return { code: "integrity/verified", message: `${expected} by ${showForeign(formatName(leaf.subject))}` };
}
