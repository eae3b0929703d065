/** What `approve` shows before it asks, and what it says when it is done. */
import type { ApprovalPlan } from "../../approval-plan.ts";
import type { AttestResult } from "../../attest.ts";
import type { ApprovalSaid } from "../../core/decision.ts";
import { showForeign } from "../../core/display.ts";
import { API_VERSION, type Answer, type RequirementReport, type Verdict } from "../../core/verdict.ts";
import type { SavedFile } from "../save-set-aside.ts";
import { describeStamp, renderStamp } from "../timestamp-options.ts";
import { mark, type Style } from "./style.ts";
import { formatTime } from "./text.ts";
import { renderVerdict } from "./verdict.ts";

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
  const { verdict, person, head, words, requirement, needs } = plan;
  const own = words.filter((word) => word.person === person);
  const place = head.repository === undefined ? "" : `, in ${showForeign(head.repository)}`;
  return [
    renderVerdict(verdict, style, { explain: false, isAt: false }),
    `  you are ${style.bold(showForeign(person))}: ${decision} as ${showForeign(head.product)} at gate ${showForeign(head.gate)}${place}`,
    `  asked: ${showForeign(requirement.asks)}`,
    ...own.map(({ said }) => `  it replaces what you said at ${formatTime(said.signedAt)}: ${said.decision}`),
    ...(decision === "approved" && needs !== "pass"
      ? [`  ${style.unsure("note:")} the needs are not met; it counts once they are, and says so`]
      : []),
  ].join("\n");
}

export function renderApproved(approved: Approved, style: Style): string {
  const { decision } = approved;
  if (approved.outcome === "refused") {
    const why =
      decision === "approved" ? "the needs are not met (--despite signs all the same, and counts once they are)" : "the gate is not for it";
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
    ...(file === undefined ? [] : [`  not pushed: ${file.path} holds it (countersign attach REF FILE brings it to its place)`]),
    ...(verdict === undefined ? [] : gateNow(verdict, style)),
  ].join("\n");
}

/** How the gate stands with it. */
function gateNow(verdict: Verdict, style: Style): readonly string[] {
  const { outcome, gate, requirements } = verdict;
  const approvals = requirements.find((one) => one.kind === "approval" && one.gate === gate);
  const open = requirements.filter((one) => one.outcome !== "pass");
  const why = open.flatMap(describeOpen);
  return [
    `  ${mark(outcome, style)} gate ${showForeign(gate)} now: ${ANSWERS[outcome]}${why.length === 0 ? "" : ` (${why.join("; ")})`}`,
    ...stillAble(approvals),
  ];
}

const ANSWERS = { pass: "pass", deny: "deny", unknown: "cannot tell" } as const;

function describeOpen({ missing, name }: RequirementReport): readonly string[] {
  return missing.length === 0 ? [showForeign(name)] : missing.map((text) => `${showForeign(name)}: ${showForeign(text, 1000)}`);
}

function stillAble(approvals: RequirementReport | undefined): readonly string[] {
  const names = approvals?.outcome === "pass" ? [] : (approvals?.stillAble ?? []);
  return names.length === 0 ? [] : [`  still able to approve: ${names.map((name) => showForeign(name)).join(", ")}`];
}

export function approvedDocument(approved: Approved): object {
  const { reference, decision, outcome } = approved;
  const head = { apiVersion: API_VERSION, kind: "Approval", reference, outcome, decision };
  if (outcome === "refused") return { ...head, needs: approved.needs, verdict: approved.verdict };
  const { plan, attested, said, file, verdict } = approved;
  const { evidence, signature, format, stamp } = attested;
  return {
    ...head,
    pinned: attested.pinned,
    person: plan.person,
    gate: plan.head.gate,
    product: plan.head.product,
    statement: evidence.digest,
    signature: {
      format,
      digest: signature.digest,
      size: signature.size,
      ...(stamp === undefined ? {} : { timestamp: describeStamp(stamp) }),
    },
    ...(said === undefined ? {} : describeSaid(said)),
    ...(file === undefined ? {} : { file }),
    ...(verdict === undefined ? {} : { verdict }),
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
