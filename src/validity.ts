/** How long a pass holds, if nothing else changes: until the last counted signature stops counting. */
import type { SignatureRequirement } from "./core/policy.ts";
import type { SignatureReport } from "./core/verdict.ts";

/** `undefined` if nothing that is enforced ever ends. */
export function validUntil(reports: readonly SignatureReport[], requirement: SignatureRequirement): Date | undefined {
  let last: Date | undefined;
  for (const report of reports) {
    if (report.outcome !== "counts") continue;
    const end = endOf(report, requirement);
    if (end === undefined) return undefined;
    if (last === undefined || end > last) last = end;
  }
  return last;
}

function endOf(report: SignatureReport, requirement: SignatureRequirement): Date | undefined {
  const ends: number[] = [];
  if (requirement.actions.expiry === "enforce" && report.claimed?.expiry !== undefined) ends.push(Date.parse(report.claimed.expiry));
  if (requirement.actions.time === "enforce" && report.proven?.validUntil !== undefined) ends.push(Date.parse(report.proven.validUntil));
  return ends.length === 0 ? undefined : new Date(Math.min(...ends));
}
