/** Did the signer mean this product? What is approved as one must not be had as another. */
import type { CheckContext } from "../core/check.ts";
import { showForeign } from "../core/display.ts";
import { Malformed } from "../core/malformed.ts";
import { PRODUCT_ANNOTATION } from "../core/policy.ts";
import type { Signature } from "../core/signature.ts";
import { findMembers } from "./member.ts";
import type { Observation } from "./observation.ts";
import { readSigner } from "./signer.ts";

/** Not asked of a signer who counts for nothing. */
export function checkProduct(signature: Signature, context: CheckContext): Observation | undefined {
  const { product, signers } = context.rules;
  if (product === undefined || signers.kind !== "members") return undefined;
  const signer = readSigner(signature, context);
  if (signer instanceof Malformed) return undefined;
  const found = findMembers(signer, signers.members, context);
  if (found.length === 0) return undefined;
  const { annotations } = signature.claimed;
  const signed = Object.hasOwn(annotations, PRODUCT_ANNOTATION) ? annotations[PRODUCT_ANNOTATION] : undefined;
  if (signed === product) return { code: "identity/product-signed", message: `it is signed as ${product}` };
  if (signed !== undefined) {
    return { code: "identity/product-other", message: `it is signed as "${showForeign(signed, 200)}", and this is ${product}` };
  }
  if (found.every(({ isOfProduct }) => isOfProduct)) {
    return { code: "identity/product-signed", message: `${found[0]?.name ?? ""} signs for ${product} alone` };
  }
  return {
    code: "identity/product-not-signed",
    message: `the signature does not say that it is for ${product}, and its signer signs for others too`,
    detail: { product },
  };
}
