/** What an image signature says in a bundle: a statement whose predicate is empty. Source: cosign, COSIGN_PREDICATE_SPEC and `pkg/types`. */
import type { Descriptor } from "../core/descriptor.ts";
import { digestAlgorithm, digestHex } from "../core/digest.ts";
import type { Statement } from "../core/evidence.ts";

export const IMAGE_SIGNATURE = "https://sigstore.dev/cosign/sign/v1";

/** No name: cosign writes none, and compares none. */
export function imageStatement({ digest }: Descriptor): Statement {
  return { subjects: [{ digest: { [digestAlgorithm(digest)]: digestHex(digest) } }], predicateType: IMAGE_SIGNATURE, predicate: {} };
}

/** Whether it says of one image that it was signed, and nothing more; before cosign 3.0.5 the predicate was left out. */
export function isImageSignature({ predicateType, subjects }: Statement): boolean {
  return predicateType === IMAGE_SIGNATURE && subjects.length === 1;
}
