/** What an exception must say to hold, whoever has signed it: for this gate, of what may be excepted, why, and not for too long. */
import { showForeign } from "../../core/display.ts";
import { showDuration } from "../../core/duration.ts";
import type { Gate, Waiver } from "../../core/policy.ts";
import { CLOCK_SKEW_MS } from "../age.ts";
import { type Because, because } from "../approvals/because.ts";
import { whyOtherGate } from "../other-gate.ts";
import type { Saying } from "../approvals/sayings.ts";
import { BY_FINDING } from "../waivable.ts";

type Terms = Pick<Saying<"exception">, "content" | "at">;

/** `expiresOn` only ever shortens: nobody signs for longer by naming a later day, or by dating it ahead. */
export function endOf({ content, at }: Terms, { max }: Pick<Waiver, "max">): Date {
  return new Date(Math.min(content.expiresOn.getTime(), at.getTime() + max * 1000));
}

export function whyNot(
  terms: Terms,
  { gate, now, rule }: { readonly gate: Gate; readonly now: Date; readonly rule: Waiver },
): readonly Because[] {
  const { content, at } = terms;
  const { head, signedAt, expiresOn, reason = "" } = content;
  const asked = Math.ceil((expiresOn.getTime() - signedAt.getTime()) / 1000);
  const end = endOf(terms, rule);
  const other = gate.head === undefined ? "the policy has no product here" : whyOtherGate(head, gate.head);
  const reasons: Because[] = [];
  if (other !== undefined) reasons.push(because("exceptions/other-gate", other));
  else if (head.gateDigest !== gate.head?.gateDigest)
    reasons.push(because("exceptions/gate-changed", `what gate ${gate.name} asks was changed after it was signed`));
  reasons.push(...whyNothing(content, rule));
  if (reason.trim() === "") reasons.push(because("exceptions/no-reason", "it does not say why"));
  if (asked > rule.max)
    reasons.push(because("exceptions/too-long", `it is to hold for ${showDuration(asked)}, and ${showDuration(rule.max)} is the most`));
  if (Math.max(signedAt.getTime(), at.getTime()) > now.getTime() + CLOCK_SKEW_MS)
    reasons.push(because("exceptions/to-come", `it says it was signed at ${signedAt.toISOString()}, which is to come`));
  if (now.getTime() >= end.getTime()) reasons.push(because("exceptions/lapsed", `it ended at ${end.toISOString()}`));
  return reasons;
}

/** Of what it waives nothing may be waived, or not in this way. */
function whyNothing({ waives, isBreakGlass, finding }: Terms["content"], rule: Waiver): readonly Because[] {
  const listed = waives.filter((kind) => rule.waives.includes(kind));
  const shown = showForeign(waives.join(", "), 200);
  if (listed.length === 0)
    return [because("exceptions/not-listed", `it is from ${shown}, and the policy lets ${rule.byText} except ${rule.waives.join(", ")}`)];
  if (isBreakGlass || listed.some((kind) => BY_FINDING.has(kind) === (finding !== undefined))) return [];
  return finding === undefined
    ? [because("exceptions/no-finding", `of ${listed.join(" or ")} it has to name the one finding that it excuses`)]
    : [because("exceptions/no-finding", `it names a finding, and of ${listed.join(" or ")} there is none`)];
}
