/** SLSA verification summaries v1: only their shape is held, as taking somebody's word for a verdict is the policy's affair. Source: slsa.dev/spec/v1.2, verification_summary.md. */
import type { ContentOf } from "../../core/evidence.ts";
import type { JsonPlace } from "../json-place.ts";

export function readVerificationSummary(predicate: JsonPlace): ContentOf<"other"> {
  predicate.get("verifier").get("id").text();
  predicate.get("resourceUri").text();
  predicate.get("policy").object();
  predicate.get("verificationResult").oneOf(["PASSED", "FAILED"]);
  for (const level of predicate.get("verifiedLevels").list()) level.text();
  predicate.optional("timeVerified")?.time();
  for (const input of predicate.optional("inputAttestations")?.list() ?? []) input.get("digest").digestSet();
  return { kind: "other" };
}
