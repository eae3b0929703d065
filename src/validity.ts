/** How long a pass holds, if nothing else changes: until the first requirement has too few signatures that still count. */
import type { Gate } from "./core/policy.ts";
import type { SignatureReport } from "./core/verdict.ts";
import { underGate } from "./policy/decide.ts";

/** `undefined` if nothing that is enforced ever ends. */
export function validUntil(gates: readonly Gate[], reports: readonly SignatureReport[]): Date | undefined {
  const ends = gates.flatMap((gate) => {
    const seen = reports.map((report) => underGate(report, gate.actions)).filter(({ outcome }) => outcome === "counts");
    return gate.requirements.map(({ by, atLeast }) => {
      const last = new Map<string, number>();
      for (const report of seen) {
        const member = report.person ?? report.party;
        if (by !== undefined && !by.includes(member ?? "")) continue;
        const name = member ?? report.digest;
        last.set(name, Math.max(last.get(name) ?? 0, endOf(report, gate)));
      }
      // With two needed of three, the second longest decides.
      return [...last.values()].toSorted((a, b) => b - a)[atLeast - 1] ?? 0;
    });
  });
  const end = Math.min(...ends);
  return Number.isFinite(end) ? new Date(end) : undefined;
}

function endOf({ claimed, proven }: SignatureReport, { actions }: Gate): number {
  const ends: number[] = [];
  if (actions.expiry === "enforce" && claimed?.expiry !== undefined) ends.push(Date.parse(claimed.expiry));
  if (actions.time === "enforce" && proven?.validUntil !== undefined) ends.push(Date.parse(proven.validUntil));
  return Math.min(...ends);
}
