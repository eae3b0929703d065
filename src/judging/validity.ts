/** How long a pass holds, if nothing else changes: until the first requirement has too little that still counts. */
import type { Gate } from "../core/policy.ts";
import type { Counted, RequirementReport, SignatureReport } from "../core/verdict.ts";

/** `requirements` are those of a pass. `undefined` if nothing that is enforced ever ends. */
export function validUntil(
  requirements: readonly RequirementReport[],
  given: {
    readonly gates: readonly Gate[];
    /** Of the image, and of the evidence about it. */
    readonly reports: readonly SignatureReport[];
    readonly now: Date;
  },
): Date | undefined {
  const gateNamed = new Map(given.gates.map((gate) => [gate.name, gate]));
  const reportOf = new Map(given.reports.map((report) => [report.digest, report]));
  const ends = requirements.map((requirement) => {
    const gate = gateNamed.get(requirement.gate);
    switch (requirement.kind) {
      case "image":
        return momentOf(requirement.freshUntil);
      case "rule":
        // It may ask for the day of the week.
        return given.now.getTime();
      case "approval":
      case "evidence":
      case "signature":
        return Math.min(
          endOfCounted(requirement, ({ signature, freshUntil: end }) => Math.min(endOf(reportOf.get(signature), gate), momentOf(end))),
          momentOf(requirement.freshUntil),
        );
    }
  });
  const end = Math.min(...ends);
  return Number.isFinite(end) ? new Date(end) : undefined;
}

function momentOf(end: string | undefined): number {
  return end === undefined ? Infinity : Date.parse(end);
}

/** With two needed of three, the second longest decides. */
function endOfCounted({ counted, atLeast, waived = [] }: RequirementReport, endOfSignature: (counted: Counted) => number): number {
  const last = new Map<string, number>();
  for (const one of counted) {
    const name = one.person ?? one.party ?? one.signature;
    last.set(name, Math.max(last.get(name) ?? 0, endOfSignature(one)));
  }
  // What is missed by somebody's leave holds for as long as that does.
  return [...last.values()].toSorted((a, b) => b - a)[atLeast - 1] ?? (waived.length > 0 ? Infinity : 0);
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
