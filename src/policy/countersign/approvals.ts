/** Who must approve at a gate, who may waive what, and whether that can be done at all. */
import type { ApprovalAsked } from "../requirements/approval.ts";
import { type Asked, refuseUnreachable, resolvePeople, type Somebody } from "./asked.ts";
import { readEach, readWhole } from "./complaints.ts";
import { findFewest } from "./fewest.ts";
import type { Closure } from "./gate-order.ts";
import type { Named } from "./name.ts";
import { quote } from "./place.ts";
import type { WrittenApproval } from "./read-approval.ts";
import { APPROVALS, refuseWaivedByNobody, type WrittenBreakGlass, type WrittenExceptions } from "./waivers.ts";

export type Approval = Asked & Omit<WrittenApproval, "by" | "countPlace">;

export interface Exceptions extends Asked {
  /** Kinds of requirements. */
  readonly waived: readonly Named[];
  /** Seconds, as are all. */
  readonly max: number;
  readonly place: WrittenExceptions["place"];
}

export interface BreakGlass extends Exceptions {
  readonly afterwards: Asked;
  readonly within: number;
  readonly stayMax: number;
}

interface Known {
  readonly everybody: ReadonlyMap<string, Somebody>;
  readonly gateNamed: (name: Named) => string;
}

export function resolveApproval({ by, countPlace, ...written }: WrittenApproval, { everybody, gateNamed }: Known): Approval {
  const { asked } = readWhole<{ asked: Asked; gates: readonly string[] }>({
    asked: () => resolvePeople(by, { everybody, what: "an approval" }),
    gates: () =>
      readEach(
        written.not.flatMap(({ gate }) => gate ?? []),
        gateNamed,
      ),
  });
  refuseUnreachable(asked, { atLeast: written.atLeast, place: countPlace, what: "approvals" });
  return { ...written, ...asked };
}

export function resolveExceptions(
  { by, waived, max, place }: WrittenExceptions,
  { everybody, asked }: Pick<Known, "everybody"> & { readonly asked: ReadonlySet<string> },
): Exceptions {
  const found = readWhole<{ who: Asked; waived: readonly Named[] }>({
    who: () => resolvePeople(by, { everybody, what: "an exception" }),
    waived: () => refuseWaivedByNobody(waived, asked),
  });
  return { ...found.who, waived: found.waived, max, place };
}

export function resolveBreakGlass(
  { afterwardsBy, within, stayMax, ...written }: WrittenBreakGlass,
  known: Pick<Known, "everybody"> & { readonly asked: ReadonlySet<string> },
): BreakGlass {
  const found = readWhole<{ exceptions: Exceptions; afterwards: Asked }>({
    exceptions: () => resolveExceptions(written, known),
    afterwards: () => resolvePeople(afterwardsBy, { everybody: known.everybody, what: "an approval" }),
  });
  return { ...found.exceptions, afterwards: found.afterwards, within, stayMax };
}

export function approvalAsked({ atLeast, not, valid, isExact }: Approval): ApprovalAsked {
  return { atLeast, not: not.map(({ text }) => text).toSorted(), valid, ...(isExact ? { evidence: "exact" } : {}) };
}

/** What some gate asks for, as an exception names it. */
export function kindsAsked(
  gates: readonly { readonly needs: readonly { readonly kind: string }[]; readonly approve?: unknown }[],
): ReadonlySet<string> {
  return new Set(gates.flatMap(({ needs, approve }) => [...needs.map(({ kind }) => kind), ...(approve === undefined ? [] : [APPROVALS])]));
}

/** What an approval at a gate, or what holds while the image runs, needs of the gate and those before it. Throws `Complaints`. */
export function refuseBaseless(closure: Closure): void {
  const gate = closure.at(-1);
  if (gate?.stay?.scanMaxAge !== undefined && !closure.some(({ needs }) => needs.some(({ kind }) => kind === "scan")))
    gate.stay.place.refuse("asks for a scan, and neither the gate nor one before it does", "add a scan to the needs, or take it out here");
  if (gate?.approve === undefined) return;
  const { approve } = gate;
  readEach(approve.not, (excluded) => {
    const { text, place, gate: named } = excluded;
    const provenance = closure.flatMap(({ needs }) => needs.flatMap((need) => (need.kind === "provenance" ? [need.asked] : [])));
    if (
      text === "author" &&
      !provenance.some(({ builder, source, ref }) => builder !== undefined && source !== undefined && ref !== undefined)
    )
      place.refuse(
        "needs to know the commits, and neither the gate nor one before it asks for provenance with builder, source and ref",
        "add it to the needs: provenance: { by, builder, source, ref }",
      );
    if (text === "builder" && provenance.length === 0)
      place.refuse("needs to know the builder, and neither the gate nor one before it asks for provenance", "add provenance to the needs");
    const before = closure.find(({ name }) => name === named?.name);
    if (named !== undefined && (before === gate || before?.approve === undefined))
      named.place.refuse(
        `is ${quote(named.name)}, which is no gate before this one that asks for approvals`,
        "name a gate that this one is after, and that has approve",
      );
  });
  refuseTooFewLeft(approve, closure);
}

/** Whoever must have approved before and may not again is missing here. */
function refuseTooFewLeft(approve: Approval, closure: Closure): void {
  const earlier = closure.filter(({ name }) => approve.not.some((excluded) => excluded.gate?.name === name));
  const taken = earlier.flatMap(({ approve: before }) => {
    if (before === undefined) return [];
    const here = before.signers.filter((signer) => approve.signers.includes(signer));
    const atLeast = before.atLeast - (before.signers.length - here.length);
    return atLeast > 0 ? [{ of: here.map(({ name }) => name), atLeast }] : [];
  });
  const { size = 0, isExact } = findFewest(taken, { maxSets: 1 });
  const left = approve.signers.length - size;
  if (!isExact || left >= approve.atLeast) return;
  approve.not[0]?.place.refuse(
    `leaves ${left} of ${approve.byText} where ${approve.atLeast} must approve: the others are needed before`,
    "let others approve here, or before",
  );
}
