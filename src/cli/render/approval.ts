/** What `approve` shows before it asks, and what it says when it is done. */
import type { AttestResult } from "../../attest.ts";
import type { ApprovalSaid } from "../../core/decision.ts";
import { showForeign } from "../../core/display.ts";
import { API_VERSION, type Answer, type RequirementReport, type Verdict } from "../../core/verdict.ts";
import { withoutAbsent } from "../../core/without-absent.ts";
import type { Saying } from "../../policy/approvals/sayings.ts";
import type { ApprovalPlan } from "../../words/approval-plan.ts";
import type { SavedFile } from "../save-set-aside.ts";
import { renderStamp } from "../timestamp-options.ts";
import { describeSignature } from "./attested.ts";
import { renderChanges } from "./changes.ts";
import { mark, type Style } from "./style.ts";
import { counted, formatTime, shortDigest } from "./text.ts";
import { ANSWERS, renderVerdict } from "./verdict.ts";

type Decision = ApprovalSaid["decision"] | "disowned";

export type Approved = { readonly reference: string; readonly decision: Decision } & (
  | { readonly outcome: "refused"; readonly needs: Answer; readonly verdict: Verdict }
  | {
      readonly outcome: "signed";
      readonly needs?: undefined;
      readonly plan: ApprovalPlan;
      readonly attested: AttestResult;
      /** Of anything but a disowned commit. */
      readonly said?: ApprovalSaid;
      /** Where it was written to, if it was not pushed. */
      readonly file?: SavedFile;
      /** How the gate stands now, if it was pushed. */
      readonly verdict?: Verdict;
    }
);

/** The verdict as it stands, who speaks, and what of his own he replaces. */
export function renderPlan(plan: ApprovalPlan, { decision, style }: { readonly decision: Decision; readonly style: Style }): string {
  const { verdict, person, head, words, requirement, needs, changes } = plan;
  const own = words.filter((word) => word.person === person);
  const place = head.repository === undefined ? "" : `, in ${showForeign(head.repository)}`;
  return [
    renderVerdict(verdict, style, { explain: false, isAt: false }),
    `  you are ${style.bold(showForeign(person))}: ${decision} as ${showForeign(head.product)} at gate ${showForeign(head.gate)}${place}`,
    `  asked: ${showForeign(requirement.asks)}`,
    ...own.flatMap(({ content }) => replacedLines(content, plan.evidence)),
    ...(changes === undefined ? [] : renderChanges(changes)),
    ...(decision === "approved" && needs !== "pass"
      ? [`  ${style.unsure("note:")} the needs are not met; it counts once they are, and says so`]
      : []),
  ].join("\n");
}

/** Of an earlier word of his own: what of the evidence he has not seen yet. */
function replacedLines({ decision, signedAt, evidence }: Saying["content"], today: readonly string[]): readonly string[] {
  const seen = new Set<string>(evidence);
  const fresh = today.filter((digest) => !seen.has(digest));
  const news =
    fresh.length === 0
      ? "the evidence is what you saw then"
      : `${counted(fresh.length, "piece")} of evidence you have not seen: ${fresh.map(shortDigest).join(", ")}`;
  return [`  it replaces what you said at ${formatTime(signedAt)} (${decision}); ${news}`];
}

export function renderApproved(approved: Approved, style: Style): string {
  const { decision } = approved;
  if (approved.outcome === "refused") {
    const isElsewhere = approved.verdict.findings.some(({ code }) => code === "product/not-listed");
    const why =
      decision === "approved" && !isElsewhere
        ? "the needs are not met (--despite, with a --reason, signs all the same, and counts once they are)"
        : "the gate is not for an image there";
    return [
      renderVerdict(approved.verdict, style, { explain: false, isAt: false }),
      `${mark(approved.needs === "unknown" ? "unknown" : "fail", style)} nothing was signed: ${why}`,
    ].join("\n");
  }
  const { plan, attested, said, file, verdict } = approved;
  const { head, person } = plan;
  return [
    `${style.good("✓")} ${decision}  ${style.bold(showForeign(attested.pinned, 4096))}   ${style.dim(`${showForeign(person)} · gate ${showForeign(head.gate)} · ${showForeign(head.product)}`)}`,
    `  ${attested.evidence.digest}  ${style.dim(attested.format)}`,
    ...(attested.stamp === undefined ? [] : [`    ${renderStamp(attested.stamp)}`]),
    ...(said?.supersedes ?? []).map((digest) => `  in place of ${digest}`),
    ...(said?.overrules ?? []).map((digest) => `  overrules ${digest}`),
    ...(file === undefined ? [] : [`  not pushed: ${file.path} holds it (countersign attach REF FILE brings it there)`]),
    ...(verdict === undefined ? [] : gateNow(verdict, style)),
  ].join("\n");
}

/** How the gate stands with it. */
function gateNow({ outcome, gate, requirements }: Verdict, style: Style): readonly string[] {
  const open = requirements.filter((one) => one.outcome !== "pass").flatMap((one) => describeOpen(one, gate));
  return [`  ${mark(outcome, style)} gate ${showForeign(gate)} now: ${ANSWERS[outcome]}`, ...open.map((why) => `      ${why}`)];
}

/** Of a gate that comes before it with that one's name, as in a verdict. */
function describeOpen({ missing, name, gate }: RequirementReport, asked: string): readonly string[] {
  const whole = showForeign(gate === asked ? name : `${gate}: ${name}`);
  return missing.length === 0 ? [whole] : missing.map((text) => `${whole}: ${showForeign(text, 1000)}`);
}

export function approvedDocument(approved: Approved): object {
  const { reference, decision, outcome } = approved;
  const head = { apiVersion: API_VERSION, kind: "Approval", reference, outcome, decision };
  if (outcome === "refused") return { ...head, needs: approved.needs, verdict: approved.verdict };
  const { plan, attested, said, file, verdict } = approved;
  return {
    ...head,
    pinned: attested.pinned,
    person: plan.person,
    gate: plan.head.gate,
    product: plan.head.product,
    statement: attested.evidence.digest,
    signature: describeSignature(attested),
    ...(said === undefined ? {} : describeSaid(said)),
    ...withoutAbsent({ file, verdict }),
  };
}

function describeSaid({ evidence, supersedes, overrules, since, despite, expiresOn, signedAt }: ApprovalSaid): object {
  return {
    signedAt: signedAt.toISOString(),
    evidence,
    supersedes,
    overrules,
    ...(since === undefined ? {} : { since }),
    despite,
    ...(expiresOn === undefined ? {} : { expiresOn: expiresOn.toISOString() }),
  };
}
