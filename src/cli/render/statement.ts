/** What a statement is, in a few words: the policy's word for it, and the form in which it says it. */
import type { ContentKind, EvidenceCarrier } from "../../core/evidence.ts";
import { showForeign } from "../../core/display.ts";
import { nameOfPredicate } from "../../statements/content.ts";

/** `scan (in-toto vulns v0.2)`; of what has no words here, its URI. */
export function nameStatement({
  predicateType,
  content = "other",
}: {
  readonly predicateType?: string;
  readonly content?: ContentKind;
}): string {
  const kind = content === "other" ? "statement" : content;
  return predicateType === undefined ? kind : `${kind} (${nameOfPredicate(predicateType) ?? showForeign(predicateType, 200)})`;
}

export const CARRIED: Readonly<Record<EvidenceCarrier, string>> = {
  attached: "attached",
  document: "attached as a document",
  bundle: "in a Sigstore bundle",
  "cosign-attestation": "under cosign's tag",
};
