/** Decides: findings of signatures -> the outcome of each requirement of each gate. Three-valued; unknown is never yes. */
import { type Finding, finding } from "../core/finding.ts";
import type { Gate } from "../core/policy.ts";
import type { ApprovalRequirement, RuleContext, SignatureRequirement } from "../core/requirement.ts";
import type { ApprovalsAround } from "./approvals/decide.ts";
import { decideByEvidence, decideRule, provesProduct } from "./decide-evidence.ts";
import type { EvidenceSeen } from "./evidence-seen.ts";
import { isBlocking, underGate } from "./gate-view.ts";
import { endOfAge, underRequirement } from "./signature-view.ts";
import type { Waiving, World } from "./waivers/at-gate.ts";
import type { Answer, Counted, Refused, RequirementReport, SignatureReport } from "../core/verdict.ts";

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

/** All that was seen of an image. */
export interface Seen {
  readonly signatures: readonly SignatureReport[];
  readonly coverage: Coverage;
  /** Absent where no gate asks for more than signatures. */
  readonly evidence?: EvidenceSeen | undefined;
  /** Absent where no gate has a rule, and none asks how old a signature is. */
  readonly place?: RuleContext | undefined;
  /** Decides what people have said; absent where no gate asks for approvals. */
  readonly approvals?: ((requirement: ApprovalRequirement, around: ApprovalsAround) => RequirementReport) | undefined;
  /** Absent where the policy lets nobody except what the gates ask for. */
  readonly waiving?: Waiving | undefined;
  /** The repositories in which the image was found, as far as a gate has it from those whom it believes. */
  readonly originsOf?: ((gate: Gate) => readonly string[]) | undefined;
}

/** Every requirement of the gates, in order; one that asks something of each manifest of an index once for each. */
export function decideGates(gates: readonly Gate[], seen: Seen): readonly RequirementReport[] {
  const sure = decideProving(gates, seen, "sure");
  const open = seen.waiving?.findOpen(gates, seen.evidence);
  if (open === undefined) return sure;
  // An exception that could not be read may be one that lets it pass.
  const possible = decideProving(gates, seen, "possible");
  return sure.map((report, at) =>
    report.outcome !== "deny" || possible[at]?.outcome === "deny"
      ? report
      : { ...report, outcome: "unknown", missing: [...report.missing, open] },
  );
}

function decideProving(gates: readonly Gate[], seen: Seen, world: World): readonly RequirementReport[] {
  const proof = seen.evidence === undefined ? "deny" : provesProduct(gates, seen.evidence);
  if (proof !== "unknown") return decideKnowing(gates, seen, { isProductProven: proof === "pass", world });
  // Where that makes a difference, neither is known.
  const proven = decideKnowing(gates, seen, { isProductProven: true, world });
  return decideKnowing(gates, seen, { isProductProven: false, world }).map((report, at) =>
    report.outcome === proven[at]?.outcome ? report : { ...report, outcome: "unknown", missing: [PRODUCT_OPEN, ...report.missing] },
  );
}

const PRODUCT_OPEN = "of which product the image is could not be told from its provenance";

function decideKnowing(
  gates: readonly Gate[],
  { signatures, coverage, evidence, place, approvals, waiving, originsOf }: Seen,
  { isProductProven, world }: { readonly isProductProven: boolean; readonly world: World },
): readonly RequirementReport[] {
  const reports: RequirementReport[] = [];
  for (const asking of gates) {
    const waived = waiving?.at({ ...asking, isProductProven }, evidence, world);
    const gate = { ...asking, isProductProven, isRevocationWaived: waived !== undefined && waived.revocation.length > 0 };
    const push = (report: RequirementReport): void => {
      reports.push(waived?.apply(report, signatures) ?? report);
    };
    const seen = signatures.map((report) => underGate(report, gate));
    // What people approve is what was found of the rest, so they come last.
    const [needs, decisions] = [gate.requirements.filter((one) => one.kind !== "approval"), gate.requirements.filter(isApproval)];
    for (const requirement of needs) {
      switch (requirement.kind) {
        case "signature":
          push(decideRequirement(requirement, { gate: gate.name, seen, coverage, now: place?.now, origins: originsOf?.(asking) ?? [] }));
          break;
        case "rule":
          push(decideRule(requirement, { gate, place }));
          break;
        default:
          decideByEvidence(requirement, { gate, evidence, ...(waived === undefined ? {} : { excepted: waived.excepted }) }).forEach(push);
      }
    }
    const around = reportsAround(gate, gates, reports);
    for (const requirement of decisions) push(approvals?.(requirement, { ...around, gate, evidence }) ?? unasked(requirement, gate));
  }
  return reports;
}

function isApproval(requirement: Gate["requirements"][number]): requirement is ApprovalRequirement {
  return requirement.kind === "approval";
}

/** The gate and those before it, with what was decided of them. */
function reportsAround(
  { name, after }: Gate,
  gates: readonly Gate[],
  reports: readonly RequirementReport[],
): Pick<ApprovalsAround, "gates" | "reports"> {
  const isAround = (gate: string): boolean => gate === name || after?.includes(gate) !== false;
  return { gates: gates.filter((gate) => isAround(gate.name)), reports: reports.filter(({ gate }) => isAround(gate)) };
}

function unasked({ kind, name, byText, atLeast }: ApprovalRequirement, gate: Gate): RequirementReport {
  const missing = ["it was not looked at"];
  return { gate: gate.name, kind, name, by: byText, atLeast, outcome: "unknown", counted: [], evidence: [], missing };
}

interface SeenAtGate {
  readonly gate: string;
  readonly seen: readonly SignatureReport[];
  readonly coverage: Coverage;
  readonly now: Date | undefined;
  readonly origins: readonly string[];
}

/**
 * Enough valid signatures pass. Without them the answer is "deny" only if every signature was seen and judged, or if those
 * left open could not make up what is missing; anything listed and not fetched, or cut off, leaves it unknown.
 */
function decideRequirement(requirement: SignatureRequirement, { gate, seen, coverage, ...around }: SeenAtGate): RequirementReport {
  const { name, by, byText, atLeast } = requirement;
  const concerned = seen.filter((report) => concerns(requirement, report)).map((report) => underRequirement(report, requirement, around));
  const counting = concerned.filter(({ outcome }) => outcome === "counts");
  const open = concerned.filter(({ outcome }) => outcome === "unknown");
  const counted = counting.map((signature) => countedOf(signature, requirement));
  const report = {
    gate,
    kind: requirement.kind,
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
          { needed: atLeast - who.size, isUnsigned: seen.length === 0 },
        ));
  return { ...short, outcome: "deny", missing: [why], ...(remedy === undefined ? {} : { remedy }) };
}

function countedOf(signature: SignatureReport, requirement: SignatureRequirement): Counted {
  const { digest, person, party } = signature;
  const end = endOfAge(signature, requirement)?.toISOString();
  return { signature: digest, ...(person && { person }), ...(party && { party }), ...(end && { freshUntil: end }) };
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

/** Whoever finds an intruder under a tag is not to sign it. */
function askToSign(still: readonly string[], { needed, isUnsigned }: { readonly needed: number; readonly isUnsigned: boolean }): string {
  const who = needed === 1 ? still.join(" or ") : needed === still.length ? still.join(" and ") : `${needed} of ${still.join(", ")}`;
  const sign = `et ${who} sign: \`countersign sign REF@DIGEST --key KEY\`.`;
  return isUnsigned ? `If it is the image that was meant, and no tag was moved to it, l${sign}` : `L${sign}`;
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

/** What the set of signatures as a whole shows: that there is none, that some were left out, or that somebody is missing. */
export function findGaps(
  signatures: readonly SignatureReport[],
  coverage: Coverage,
  requirements: readonly RequirementReport[],
): readonly Finding[] {
  if (coverage.unexamined > 0) return [finding("listing", "signature/unexamined", leftByBudget(coverage))];
  const asksSignature = requirements.length === 0 || requirements.some(({ kind, waived }) => kind === "signature" && waived === undefined);
  if (signatures.length === 0) return coverage.complete && asksSignature ? [finding("listing", "signature/none", whyNone(0))] : [];
  const short = requirements.filter(({ kind, by, outcome }) => kind === "signature" && by !== undefined && outcome === "deny");
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

/** Whether some requirement of the gates is left open by what it asks of this signature beyond the checks. */
export function isOpenFor(
  report: SignatureReport,
  gates: readonly Gate[],
  { now, originsOf }: { readonly now: Date; readonly originsOf: (gate: Gate) => readonly string[] },
): boolean {
  return gates.some((gate) =>
    gate.requirements.some((requirement) => {
      if (requirement.kind !== "signature" || !concerns(requirement, report)) return false;
      return underRequirement(underGate(report, gate), requirement, { now, origins: originsOf(gate) }).outcome === "unknown";
    }),
  );
}
