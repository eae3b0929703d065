/** A signature as one gate sees it: its findings, and whether it counts. */
import { type Action, type CheckName, type Finding, finding, skippedCheck } from "../core/finding.ts";
import type { SignatureReport } from "../core/verdict.ts";

/** Whether a signature with these findings counts: an enforced failure ends it, an enforced doubt leaves it open. */
export function decideSignature(findings: readonly Finding[]): SignatureReport["outcome"] {
  const enforced = findings.filter((entry) => entry.action === "enforce");
  if (enforced.some((entry) => entry.outcome === "fail")) return "does-not-count";
  if (enforced.some((entry) => entry.outcome === "unknown")) return "unknown";
  // An empty set is no success: a signature counts only after something has been shown about it.
  return enforced.some((entry) => entry.outcome === "pass") ? "counts" : "does-not-count";
}

/** Whether it keeps a signature from counting. */
export function isBlocking({ action, outcome }: Finding): boolean {
  return action === "enforce" && (outcome === "fail" || outcome === "unknown");
}

/** A gate, and what is known of the image that changes how signatures count at it. */
export interface GateView {
  readonly actions: Readonly<Record<CheckName, Action>>;
  /** Its provenance is of a source that no other product has, so that nobody need sign the product's name. */
  readonly isProductProven?: boolean;
  /** Somebody has broken the glass, and may let pass what could not be found out of revocations: never what is revoked. */
  readonly isRevocationWaived?: boolean;
}

/** The same signature as one gate sees it: what was seen stays, what it means is the gate's to say. */
export function underGate(
  report: SignatureReport,
  { actions, isProductProven = false, isRevocationWaived = false }: GateView,
): SignatureReport {
  const findings = report.findings.map((seen) => {
    if (isProductProven && seen.code === "identity/product-not-signed") return proven(seen);
    const isWaived = isRevocationWaived && seen.check === "revocation" && seen.outcome === "unknown" && actions.revocation === "enforce";
    const action = isWaived ? "log" : seen.check === "policy" || seen.check === "listing" ? seen.action : actions[seen.check];
    if (action === seen.action) return seen;
    return action === "skip" ? skippedCheck(seen.check) : { ...seen, action };
  });
  return { ...report, findings, outcome: decideSignature(findings) };
}

function proven({ check, action }: Finding): Finding {
  return finding(check, "identity/product-signed", "where the image was built from shows which product it is", { action });
}
