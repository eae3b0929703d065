/** Documents that name no image: that a statement is about its subject is then its signer's word alone. */
import type { Statement } from "../core/evidence.ts";
import { ASSERTED_ANNOTATION } from "../core/policy.ts";

export function isAsserted({ subjects }: Statement): boolean {
  return subjects.some(({ annotations = {} }) => Object.hasOwn(annotations, ASSERTED_ANNOTATION));
}
