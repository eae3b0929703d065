/** What a statement is, in a few words: the policy's word for it, and the form in which it says it. */
import type { EvidenceCarrier } from "../../core/evidence.ts";
import { showForeign } from "../../core/display.ts";
import { contentKindOf, nameOfPredicate } from "../../statements/content.ts";

/** `scan (in-toto vulns v0.2)`; of what has no words here, its URI. */
export function nameStatement(predicateType: string | undefined): string {
  if (predicateType === undefined) return "statement";
  const kind = contentKindOf(predicateType);
  return `${kind === "other" ? "statement" : kind} (${nameOfPredicate(predicateType) ?? showForeign(predicateType, 200)})`;
}

export const CARRIED: Readonly<Record<EvidenceCarrier, string>> = {
  attached: "attached",
  document: "attached as a document",
  bundle: "in a Sigstore bundle",
  "cosign-attestation": "under cosign's tag",
};
