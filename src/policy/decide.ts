/** Decides: findings of signatures -> the outcome of each requirement of each gate. Three-valued; unknown is never yes. */
import type { Action, CheckName, Finding } from "../core/finding.ts";
import { finding, skippedCheck } from "../core/finding.ts";
import type { Gate, SignatureRequirement } from "../core/policy.ts";
import type { Answer, Refused, RequirementReport, SignatureReport } from "../core/verdict.ts";

/** Whether a signature with these findings counts: an enforced failure ends it, an enforced doubt leaves it open. */
export function decideSignature(findings: readonly Finding[]): SignatureReport["outcome"] {
  const enforced = findings.filter((entry) => entry.action === "enforce");
  if (enforced.some((entry) => entry.outcome === "fail")) return "does-not-count";
  if (enforced.some((entry) => entry.outcome === "unknown")) return "unknown";
  // An empty set is no success: a signature counts only after something has been shown about it.
  return enforced.some((entry) => entry.outcome === "pass") ? "counts" : "does-not-count";
}

/** The same signature as one gate sees it: what was seen stays, what it means is the gate's to say. */
export function underGate(report: SignatureReport, actions: Readonly<Record<CheckName, Action>>): SignatureReport {
  const findings = report.findings.map((seen) => {
    const action = seen.check === "policy" || seen.check === "listing" ? seen.action : actions[seen.check];
    if (action === seen.action) return seen;
    return action === "skip" ? skippedCheck(seen.check) : { ...seen, action };
  });
  return { ...report, findings, outcome: decideSignature(findings) };
}

/** What is known of the set of signatures as a whole. */
export interface Coverage {
  /** False if the listing was cut off, or did not answer in part. */
  readonly complete: boolean;
  /** Signatures that were listed and not looked at. */
  readonly unexamined: number;
}

/** A pass needs all, a no of any is a no, and anything else is left open. An empty list is no pass: the caller has asked nothing. */
export function decideAll(requirements: readonly RequirementReport[]): Answer {
  if (requirements.some(({ outcome }) => outcome === "deny")) return "deny";
  return requirements.length > 0 && requirements.every(({ outcome }) => outcome === "pass") ? "pass" : "unknown";
}

/** Every requirement of the gates, in order. */
export function decideGates(
  gates: readonly Gate[],
  signatures: readonly SignatureReport[],
  coverage: Coverage,
): readonly RequirementReport[] {
  return gates.flatMap((gate) => {
    const seen = signatures.map((report) => underGate(report, gate.actions));
    return gate.requirements.flatMap((requirement) =>
      requirement.kind === "signature" ? [decideRequirement(requirement, { gate: gate.name, seen, coverage })] : [],
    );
  });
}

/**
 * Enough valid signatures pass. Without them the answer is "deny" only if every signature was seen and judged, or if those
 * left open could not make up what is missing; anything listed and not fetched, or cut off, leaves it unknown.
 */
function decideRequirement(
  requirement: SignatureRequirement,
  { gate, seen, coverage }: { readonly gate: string; readonly seen: readonly SignatureReport[]; readonly coverage: Coverage },
): RequirementReport {
  const { name, by, byText, atLeast } = requirement;
  const concerned = seen.filter((report) => concerns(requirement, report));
  const counting = concerned.filter(({ outcome }) => outcome === "counts");
  const open = concerned.filter(({ outcome }) => outcome === "unknown");
  const counted = counting.map(({ digest, person, party }) => ({ signature: digest, ...(person && { person }), ...(party && { party }) }));
  const report = {
    gate,
    name,
    ...(by === undefined ? {} : { by: byText }),
    atLeast,
    counted,
    evidence: (by === undefined ? seen : concerned).map(({ digest }) => digest),
  };
  const who = new Set(counting.map(countedAs));
  if (who.size >= atLeast) return { ...report, outcome: "pass", missing: [] };

  const refused = concerned.filter(({ outcome }) => outcome !== "counts").map(refusalOf);
  const short = refused.length === 0 ? report : { ...report, refused };
  const missing: string[] = [];
  if (new Set([...who, ...open.map(countedAs)]).size >= atLeast)
    missing.push(`${open.length} of ${seen.length} signatures could not be judged`);
  if (coverage.unexamined > 0) missing.push(leftByBudget(coverage));
  if (!coverage.complete) missing.push("the registry did not give the whole list of what hangs on the image");
  if (missing.length > 0) return { ...short, outcome: "unknown", missing, ...remedyOf(open) };

  const why = by === undefined ? whyNone(seen.length) : whyTooFew(requirement, who);
  const others = by === undefined ? seen : [...concerned, ...seen.filter(isOfNobody)];
  const remedy =
    remedyOf(others).remedy ??
    (by === undefined
      ? undefined
      : askToSign(
          by.filter((member) => !who.has(member)),
          atLeast - who.size,
        ));
  return { ...short, outcome: "deny", missing: [why], ...(remedy === undefined ? {} : { remedy }) };
}

function refusalOf({ digest, findings }: SignatureReport): Refused {
  return { signature: digest, because: findings.filter(isBlocking).map(({ code, message }) => ({ code, message })) };
}

/** Whether the signature is, or may turn out to be, of somebody whom the requirement names. */
function concerns({ by }: SignatureRequirement, report: SignatureReport): boolean {
  if (by === undefined) return true;
  const member = report.person ?? report.party;
  return member === undefined ? report.outcome === "unknown" : by.includes(member);
}

function isOfNobody({ person, party }: SignatureReport): boolean {
  return person === undefined && party === undefined;
}

/** People and parties are counted, never keys or signatures; where nobody is named, each signature is for itself. */
function countedAs({ person, party, digest }: SignatureReport): string {
  return person ?? party ?? digest;
}

function whyTooFew({ by = [], byText, atLeast }: SignatureRequirement, who: ReadonlySet<string>): string {
  const still = by.filter((member) => !who.has(member));
  const asked = atLeast === 1 && by.length === 1 ? `no signature of ${byText} counts` : `${who.size} of ${atLeast} signatures by ${byText}`;
  return by.length === 1 ? asked : `${asked}; still able to sign: ${still.join(", ")}`;
}

function askToSign(still: readonly string[], needed: number): string {
  const who = needed === 1 ? still.join(" or ") : needed === still.length ? still.join(" and ") : `${needed} of ${still.join(", ")}`;
  return `Let ${who} sign: \`countersign sign REF@DIGEST --key KEY\`.`;
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

/** What the set of signatures as a whole shows: that there is none, that some were left out, or that somebody is missing. */
export function findGaps(
  signatures: readonly SignatureReport[],
  coverage: Coverage,
  requirements: readonly RequirementReport[],
): readonly Finding[] {
  if (coverage.unexamined > 0) return [finding("listing", "signature/unexamined", leftByBudget(coverage))];
  if (signatures.length === 0) return coverage.complete ? [finding("listing", "signature/none", whyNone(0))] : [];
  const short = requirements.filter(({ by, outcome }) => by !== undefined && outcome === "deny");
  return short.flatMap(({ missing, remedy }) =>
    missing.map((why) => finding("policy", "signature/too-few", why, remedy === undefined ? {} : { remedy })),
  );
}

function leftByBudget({ unexamined }: Coverage): string {
  return `${unexamined} signatures were not looked at within the budget`;
}

function whyNone(count: number): string {
  if (count === 0) return "the image has no signature";
  return count === 1 ? "the image has one signature, and it does not count" : `none of the image's ${count} signatures counts`;
}
