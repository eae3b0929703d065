/** Decides: findings of signatures -> the outcome of a requirement. Three-valued; unknown is never yes. */
import { type Finding, finding } from "../core/finding.ts";
import type { SignatureRequirement } from "../core/policy.ts";
import type { RequirementReport, SignatureReport } from "../core/verdict.ts";

/** Whether a signature with these findings counts: an enforced failure ends it, an enforced doubt leaves it open. */
export function decideSignature(findings: readonly Finding[]): SignatureReport["outcome"] {
  const enforced = findings.filter((entry) => entry.action === "enforce");
  if (enforced.some((entry) => entry.outcome === "fail")) return "does-not-count";
  if (enforced.some((entry) => entry.outcome === "unknown")) return "unknown";
  // An empty set is no success: a signature counts only after something has been shown about it.
  return enforced.some((entry) => entry.outcome === "pass") ? "counts" : "does-not-count";
}

/** What is known of the set of signatures as a whole. */
export interface Coverage {
  /** False if the listing was cut off, or did not answer in part. */
  readonly complete: boolean;
  /** Signatures that were listed and not looked at. */
  readonly unexamined: number;
}

/**
 * One valid signature passes. Without one, the answer is "deny" only if every signature was seen and judged;
 * anything listed and not fetched, undecided or cut off leaves it unknown.
 */
export function decideRequirement(
  requirement: SignatureRequirement,
  signatures: readonly SignatureReport[],
  coverage: Coverage,
): RequirementReport {
  const counted = signatures.filter((entry) => entry.outcome === "counts").map((entry) => entry.digest);
  if (counted.length > 0) return { name: requirement.name, outcome: "pass", counted, missing: [] };

  const open = signatures.filter((entry) => entry.outcome === "unknown");
  const missing: string[] = [];
  if (open.length > 0) missing.push(`${open.length} of ${signatures.length} signatures could not be judged`);
  if (coverage.unexamined > 0) missing.push(leftByBudget(coverage));
  if (!coverage.complete) missing.push("the registry did not give the whole list of what hangs on the image");
  if (missing.length > 0) return { name: requirement.name, outcome: "unknown", counted, missing, ...remedyOf(open) };

  const why = whyNone(signatures.length);
  return { name: requirement.name, outcome: "deny", counted, missing: [why], ...remedyOf(signatures) };
}

/** The way out that belongs to the first thing that stood in the way; a root and a name that are both strange are one question. */
function remedyOf(signatures: readonly SignatureReport[]): { remedy?: string } {
  for (const { findings } of signatures) {
    const [first, ...others] = findings.filter(isBlocking);
    if (first?.remedy === undefined) continue;
    const identity = first.check === "authenticity" ? others.find(({ check }) => check === "identity") : undefined;
    return { remedy: [first.remedy, identity?.remedy ?? ""].join(" ").trim() };
  }
  return {};
}

/** Whether it keeps a signature from counting. */
export function isBlocking({ action, outcome }: Finding): boolean {
  return action === "enforce" && (outcome === "fail" || outcome === "unknown");
}

/** What the set of signatures as a whole shows: that there is none, or that some were left out. */
export function findGaps(signatures: readonly SignatureReport[], coverage: Coverage): readonly Finding[] {
  if (coverage.unexamined > 0) return [finding("listing", "signature/unexamined", leftByBudget(coverage))];
  return signatures.length === 0 && coverage.complete ? [finding("listing", "signature/none", whyNone(0))] : [];
}

function leftByBudget({ unexamined }: Coverage): string {
  return `${unexamined} signatures were not looked at within the budget`;
}

function whyNone(count: number): string {
  if (count === 0) return "the image has no signature";
  return count === 1 ? "the image has one signature, and it does not count" : `none of the image's ${count} signatures counts`;
}
