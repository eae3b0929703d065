/** How long a pass holds, if nothing else changes: until the first requirement has too few signatures that still count. */
import type { Gate } from "./core/policy.ts";
import type { RequirementReport, SignatureReport } from "./core/verdict.ts";

/** `requirements` are those of a pass. `undefined` if nothing that is enforced ever ends. */
export function validUntil(
  requirements: readonly RequirementReport[],
  { gates, reports }: { readonly gates: readonly Gate[]; readonly reports: readonly SignatureReport[] },
): Date | undefined {
  const gateNamed = new Map(gates.map((gate) => [gate.name, gate]));
  const reportOf = new Map(reports.map((report) => [report.digest, report]));
  const ends = requirements.map(({ gate, counted, atLeast }) => {
    const last = new Map<string, number>();
    for (const { signature, person, party } of counted) {
      const name = person ?? party ?? signature;
      last.set(name, Math.max(last.get(name) ?? 0, endOf(reportOf.get(signature), gateNamed.get(gate))));
    }
    // With two needed of three, the second longest decides.
    return [...last.values()].toSorted((a, b) => b - a)[atLeast - 1] ?? 0;
  });
  const end = Math.min(...ends);
  return Number.isFinite(end) ? new Date(end) : undefined;
}

function endOf(report: SignatureReport | undefined, gate: Gate | undefined): number {
  if (report === undefined || gate === undefined) return 0;
  const { claimed, proven } = report;
  const { actions } = gate;
  const ends: number[] = [];
  if (actions.expiry === "enforce" && claimed?.expiry !== undefined) ends.push(Date.parse(claimed.expiry));
  if (actions.time === "enforce" && proven?.validUntil !== undefined) ends.push(Date.parse(proven.validUntil));
  return Math.min(...ends);
}
