/** A verdict as a person reads it: the answer, what was asked, what was seen, what to do. */
import { showForeign } from "../../core/display.ts";
import { type Finding, finding as makeFinding, findingRow, isFindingCode } from "../../core/finding.ts";
import type { Refused, RequirementReport, SignatureReport, Verdict } from "../../core/verdict.ts";
import { isBlocking } from "../../policy/gate-view.ts";
import { renderApprovals, renderWaived } from "./approvals.ts";
import { renderEvidence, renderOtherEvidence } from "./evidence.ts";
import { mark, type Style } from "./style.ts";
import { counted, shortDigest } from "./text.ts";

/** Of a long list of signatures that do not count, this many are shown without --explain. */
const SHOWN = 5;

export const ANSWERS = { pass: "pass", deny: "deny", unknown: "cannot tell" } as const;

export interface VerdictOptions {
  readonly explain: boolean;
  /** The time was chosen, so it is shown. */
  readonly isAt: boolean;
}

export function renderVerdict(verdict: Verdict, style: Style, options: VerdictOptions): string {
  const { outcome, subject, policy, gate, requirements, signatures } = verdict;
  const paint = outcome === "pass" ? style.good : outcome === "deny" ? style.bad : style.unsure;
  const judge =
    policy.form === "command-line"
      ? "by the options of this command"
      : `${gate === "" ? "" : `gate ${showForeign(gate)} · `}policy ${showForeign(policy.name)}${editionOf(policy)}`;
  const lines = [
    `${mark(outcome, style)} ${paint(ANSWERS[outcome])}  ${style.bold(showForeign(subject.pinned ?? subject.reference))}   ${style.dim(judge)}`,
  ];
  if (verdict.record !== undefined) lines.push(style.dim(`  ${describeRecord(verdict.record)}`));
  for (const requirement of requirements) {
    const shown = { style, explain: options.explain };
    const head = headOf(requirement, { gate, style });
    if (requirement.kind === "approval") lines.push(...renderApprovals(head, requirement, shown));
    else if (requirement.kind === "signature")
      lines.push(...renderRequirement(requirement, verdict, shown), ...renderSignatures(requirement, signatures, shown));
    else lines.push(...renderEvidence(head, requirement, { verdict, ...shown }));
    lines.push(...renderWaived(requirement, style));
  }
  lines.push(...renderStrangers(verdict, { style, ...options }));
  lines.push(...renderOtherEvidence(verdict, { style, ...options }));
  const said = new Set(requirements.flatMap(({ missing }) => missing));
  for (const finding of verdict.findings) if (!said.has(finding.message)) lines.push(`  ${renderFinding(finding, style)}`);
  for (const relaxation of verdict.relaxations) lines.push(`  ${style.unsure("note:")} ${showForeign(relaxation)}`);
  const { count, reason } = verdict.unexamined;
  if (count > 0 && reason === "answer-fixed" && options.explain)
    lines.push(style.dim(`  not looked at: ${counted(count, "more signature")}`));
  if (options.explain && verdict.restsOnRegistry !== undefined)
    lines.push(
      style.dim(`  rests on the registry alone, that there are no others: ${showForeign(verdict.restsOnRegistry.join("; "), 1000)}`),
    );
  if (options.isAt) lines.push(style.dim(`  judged as of ${verdict.judgedAt}`));
  const end = verdict.validUntil?.[verdict.question];
  if (end !== undefined) lines.push(style.dim(`  ${describeEnd(end, verdict)}`));
  const remedy = outcome === "pass" ? undefined : remedyOf(verdict);
  if (remedy !== undefined) lines.push(`  try: ${showForeign(remedy, 4096)}`);
  return lines.join("\n");
}

/** What is told of its entry is told as of then. */
function describeRecord({ promoter, from, entered, statement, isTrusted }: NonNullable<Verdict["record"]>): string {
  const how = isTrusted ? ", whose word was taken" : "";
  return `entered ${entered.to} from ${showForeign(from)}, by ${showForeign(promoter)}${how} (record ${shortDigest(statement)})`;
}

/** A rule may ask for the hour, so that its answer is of the moment alone. */
function describeEnd(end: string, { judgedAt, requirements }: Verdict): string {
  const rule = requirements.find(({ kind }) => kind === "rule");
  if (rule === undefined || Date.parse(end) > Date.parse(judgedAt)) return `holds until ${end}`;
  return `holds now: the rule ${showForeign(rule.name)} may answer otherwise in a moment, so ask again`;
}

function headOf(requirement: RequirementReport, { gate, style }: { readonly gate: string; readonly style: Style }): string {
  const place = requirement.gate === gate ? "" : `${showForeign(requirement.gate)}: `;
  return `  ${mark(requirement.outcome, style)} ${place}${showForeign(requirement.name)}`;
}

function renderRequirement(
  requirement: RequirementReport,
  { gate, signatures, findings }: Verdict,
  { style, explain }: { readonly style: Style; readonly explain: boolean },
): string[] {
  const head = headOf(requirement, { gate, style });
  const counting = signatures.filter(({ digest }) => requirement.counted.some(({ signature }) => signature === digest));
  const missing = counting.length > 0 && requirement.outcome !== "pass" ? `   ${missingOf(requirement, findings)}` : "";
  if (counting.length === 0) return [`${head}   ${missingOf(requirement, findings)}`];
  // What follows tells who signed; it need not be said twice.
  if (explain) return [`${head}   ${counting.length} of ${counted(requirement.evidence.length, "signature")}${missing}`];
  if (missing !== "") return [`${head}${missing}`];
  const isOne = counting.length === 1;
  return counting.map((signature) => `${head}   ${describe(signature)}${isOne ? "" : style.dim(`   ${shortDigest(signature.digest)}`)}`);
}

/** What a finding about the image says in the same words is said once, with its code. */
function missingOf({ missing }: RequirementReport, findings: readonly Finding[]): string {
  const codeOf = (text: string): string =>
    findings
      .filter(({ message }) => message === text)
      .map(({ code }) => `${code}: `)
      .join("");
  return missing.map((text) => `${codeOf(text)}${showForeign(text, 1000)}`).join("; ");
}

/** Signer, format and time: proven and claimed are told apart by the word "says". */
function describe({ person, party, proven, claimed, format }: SignatureReport): string {
  const name = person ?? party;
  const parts = name === undefined ? [] : [showForeign(name)];
  parts.push(proven === undefined ? "signer not proven" : showForeign(proven.signer), showForeign(format));
  if (proven?.store !== undefined) parts.push(`by ${showForeign(proven.store)}`);
  if (proven?.time !== undefined) parts.push(`signed ${showForeign(proven.time.to)} (${stamped(proven.time)})`);
  else if (claimed?.signingTime !== undefined) parts.push(`says signed ${showForeign(claimed.signingTime)}`);
  return parts.join("   ");
}

function stamped({ operator }: NonNullable<NonNullable<SignatureReport["proven"]>["time"]>): string {
  return operator === undefined ? "timestamped" : `timestamped by ${showForeign(operator)}`;
}

interface Shown {
  readonly style: Style;
  readonly explain: boolean;
}

/** What speaks to the requirement; where it is met, only who asks sees it. */
function renderSignatures(requirement: RequirementReport, signatures: readonly SignatureReport[], shown: Shown): string[] {
  if (requirement.outcome === "pass" && !shown.explain) return [];
  const { evidence, refused = [] } = requirement;
  const here = signatures.filter(({ digest }) => evidence.includes(digest));
  return renderList(
    here.map((signature) => asRefused(signature, refused)),
    shown,
  );
}

/** What speaks to no requirement: signatures of people and machines whom nobody asks for. */
function renderStrangers({ outcome, requirements, signatures }: Verdict, shown: Shown): string[] {
  if (outcome === "pass" && !shown.explain) return [];
  const known = new Set(requirements.flatMap(({ evidence }) => evidence));
  const others = signatures.filter(({ digest }) => !known.has(digest));
  return others.length === 0 ? [] : ["  of others:", ...renderList(others, shown)];
}

/** One that counts elsewhere, with what stands in its way here. */
function asRefused(signature: SignatureReport, refused: readonly Refused[]): SignatureReport {
  const here = refused.find((entry) => entry.signature === signature.digest);
  if (here === undefined) return signature;
  const findings = signature.findings.map((seen): Finding => {
    const because = here.because.find(({ code }) => code === seen.code);
    return because === undefined || signature.outcome !== "counts" ? seen : { ...seen, action: "enforce" };
  });
  // What one requirement asks beyond the checks stands with that requirement.
  const more = here.because.flatMap(({ code, message }) =>
    isFindingCode(code) && findings.every((seen) => seen.code !== code) ? [makeFinding("policy", code, message)] : [],
  );
  const isDoubt = here.because.every(({ code }) => isFindingCode(code) && findingRow(code).outcome === "unknown");
  const outcome = signature.outcome !== "counts" ? signature.outcome : isDoubt ? "unknown" : "does-not-count";
  return { ...signature, outcome, findings: [...findings, ...more] };
}

function renderList(signatures: readonly SignatureReport[], { style, explain }: Shown): string[] {
  const shown = explain ? signatures : signatures.slice(0, SHOWN);
  const lines = shown.flatMap((signature) => {
    const outcome = signature.outcome === "counts" ? "pass" : signature.outcome === "unknown" ? "unknown" : "fail";
    const findings = signature.findings.filter((finding) => explain || isBlocking(finding));
    return [
      `      ${mark(outcome, style)} ${explain ? signature.digest : shortDigest(signature.digest)}   ${describe(signature)}`,
      ...(explain ? renderClaims(signature, style) : []),
      ...findings.map((finding) => `          ${renderFinding(finding, style)}`),
    ];
  });
  const left = signatures.length - shown.length;
  return left > 0 ? [...lines, style.dim(`      ${left} more: --explain shows them`)] : lines;
}

/** Our own policies have editions, and can be believed for three reasons. */
function editionOf({ form, version, trust }: Verdict["policy"]): string {
  return form === "countersign" ? ` v${showForeign(version)}, ${trust}` : "";
}

function renderClaims({ claimed }: SignatureReport, style: Style): string[] {
  if (claimed === undefined) return [];
  const says = [`subject ${claimed.subject}`, `scheme ${claimed.scheme}`];
  if (claimed.expiry !== undefined) says.push(`expires ${claimed.expiry}`);
  for (const [name, value] of Object.entries(claimed.annotations)) says.push(`${name}=${value}`);
  return [style.dim(`          says: ${says.map((text) => showForeign(text)).join(", ")}`)];
}

function renderFinding(finding: Finding, style: Style): string {
  const weight = finding.action === "log" && finding.outcome !== "pass" ? " (only logged)" : "";
  return `${mark(finding.outcome, style)} ${finding.code}${weight}: ${showForeign(finding.message)}`;
}

function remedyOf({ requirements, findings }: Verdict): string | undefined {
  const asked = requirements.find(({ outcome, remedy }) => outcome !== "pass" && remedy !== undefined);
  return asked?.remedy ?? findings.find((finding) => finding.outcome !== "pass" && finding.remedy !== undefined)?.remedy;
}
