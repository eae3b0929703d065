/** Lets a requirement pass that is not met where somebody may waive it, and says who did. */
import { findingRow, isFindingCode } from "../../core/finding.ts";
import type { RequirementReport } from "../../core/verdict.ts";
import { BY_FINDING, kindOf, UNKNOWN_REVOCATION } from "../waivable.ts";
import type { Held, Waivers } from "./waivers.ts";

/** Somebody has said no, or may have and it could not be read: a no is taken back by who said it, or overruled. */
const SAID_NO: ReadonlySet<string> = new Set(["approvals/rejected", "integrity/unfetchable"]);

/** Each by itself, about this requirement alone: two let nothing pass that neither does. */
export function applyWaivers(report: RequirementReport, { held, refused }: Pick<Waivers, "held" | "refused">): RequirementReport {
  const kind = kindOf(report);
  if (kind === undefined || report.outcome === "pass") return report;
  const whole = held.filter((one) => isOfWhole(one, kind) && mayWaive(one, report)).map(({ waived }) => waived);
  if (whole.length === 0) {
    const others = refused.filter(({ kinds }) => kinds.includes(kind)).map(({ evidence }) => evidence);
    return others.length === 0 ? report : { ...report, refusedExceptions: others };
  }
  const { remedy: _, refused: __, stillAble: ___, ...rest } = report;
  // Any of them is enough.
  const until = whole.map((waived) => waived.until).toSorted();
  return { ...rest, outcome: "pass", missing: [], waived: whole, freshUntil: until.at(-1) ?? "" };
}

function isOfWhole({ kinds, waived }: Held, kind: string): boolean {
  return kinds.includes(kind) && waived.finding === undefined && (waived.isBreakGlass || !BY_FINDING.has(kind));
}

function mayWaive({ kinds }: Held, { kind, because = [], refused = [] }: RequirementReport): boolean {
  if (kind === "approval" && because.some(({ code }) => SAID_NO.has(code))) return false;
  const codes = refused.flatMap((one) => one.because.map(({ code }) => code)).filter((code) => code.startsWith("revocation/"));
  // What is revoked is not merely missing.
  return codes.every((code) => isFindingCode(code) && findingRow(code).outcome === "unknown" && kinds.includes(UNKNOWN_REVOCATION));
}
