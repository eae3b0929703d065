/** What `except` shows before it asks, and what it says when it is done. */
import type { AttestResult } from "../../attest.ts";
import type { ExceptionSaid } from "../../core/decision.ts";
import { showForeign } from "../../core/display.ts";
import { showDuration } from "../../core/duration.ts";
import { API_VERSION, type Verdict } from "../../core/verdict.ts";
import { withoutAbsent } from "../../core/without-absent.ts";
import type { ExceptionPlan } from "../../words/exception-plan.ts";
import type { SavedFile } from "../save-set-aside.ts";
import { renderStamp } from "../timestamp-options.ts";
import { describeSignature } from "./attested.ts";
import { mark, type Style } from "./style.ts";
import { formatTime } from "./text.ts";
import { ANSWERS, renderVerdict } from "./verdict.ts";

export type Excepted = { readonly reference: string } & (
  | { readonly outcome: "refused"; readonly verdict: Verdict }
  | {
      readonly outcome: "signed";
      readonly plan: ExceptionPlan;
      readonly said: ExceptionSaid;
      readonly attested: AttestResult;
      /** Where it was written to, if it was not pushed. */
      readonly file?: SavedFile;
      /** How the gate stands now, if it was pushed. */
      readonly verdict?: Verdict;
    }
);

/** The verdict as it stands, who signs, and what that will let pass. */
export function renderPlan(plan: ExceptionPlan, { reason, style }: { readonly reason: string; readonly style: Style }): string {
  const { verdict, person, head, expires, needless, afterwards } = plan;
  const place = head.repository === undefined ? "" : `, in ${showForeign(head.repository)}`;
  return [
    renderVerdict(verdict, style, { explain: false, isAt: false }),
    `  you are ${style.bold(showForeign(person))}: ${whatOf(plan)}, as ${showForeign(head.product)} at gate ${showForeign(head.gate)}${place}`,
    `  for ${showDuration(expires)}, because: ${showForeign(reason, 1000)}`,
    ...(afterwards === undefined ? [] : [`  ${describeAfterwards(afterwards)}`]),
    ...needlessLines(needless, style),
  ].join("\n");
}

function whatOf({ isBreakGlass, waives, finding }: Pick<ExceptionPlan, "isBreakGlass" | "waives" | "finding">): string {
  const kinds = waives.map((kind) => showForeign(kind)).join(", ");
  const named =
    finding === undefined
      ? ""
      : `: ${finding.advisory === undefined ? "" : `${showForeign(finding.advisory)} in `}${showForeign(finding.purl)}`;
  return isBreakGlass ? `the glass is broken for ${kinds}` : `an exception from ${kinds}${named}`;
}

function describeAfterwards({ by, within }: NonNullable<ExceptionPlan["afterwards"]>): string {
  return `${by.map((name) => showForeign(name)).join(" or ")} must approve it afterwards, within ${showDuration(within)}`;
}

function needlessLines(needless: readonly string[], style: Style): readonly string[] {
  return needless.length === 0 ? [] : [`  ${style.unsure("note:")} ${needless.join(", ")} is met today without it`];
}

export function renderExcepted(excepted: Excepted, style: Style): string {
  if (excepted.outcome === "refused") {
    return [
      renderVerdict(excepted.verdict, style, { explain: false, isAt: false }),
      `${mark("fail", style)} nothing was signed: the image has no business at the gate`,
    ].join("\n");
  }
  const { plan, said, attested, file, verdict } = excepted;
  const { head, person, afterwards, needless } = plan;
  const approve = `countersign approve ${showForeign(attested.pinned, 4096)} --gate ${showForeign(head.gate)} --afterwards ${attested.evidence.digest}`;
  return [
    `${style.good("✓")} ${said.isBreakGlass ? "broke the glass" : "excepted"}  ${style.bold(showForeign(attested.pinned, 4096))}   ${style.dim(`${showForeign(person)} · gate ${showForeign(head.gate)} · ${showForeign(head.product)}`)}`,
    `  ${whatOf(plan)}, until ${formatTime(said.expiresOn)}`,
    `  ${attested.evidence.digest}  ${style.dim(attested.format)}`,
    ...(attested.stamp === undefined ? [] : [`    ${renderStamp(attested.stamp)}`]),
    ...(afterwards === undefined ? [] : [`  ${describeAfterwards(afterwards)}: ${approve}`]),
    ...needlessLines(needless, style),
    ...(file === undefined ? [] : [`  not pushed: ${file.path} holds it (countersign attach REF FILE brings it to its place)`]),
    ...(verdict === undefined ? [] : [`  ${mark(verdict.outcome, style)} gate ${showForeign(head.gate)} now: ${ANSWERS[verdict.outcome]}`]),
  ].join("\n");
}

export function exceptedDocument(excepted: Excepted): object {
  const { reference, outcome, verdict } = excepted;
  const head = { apiVersion: API_VERSION, kind: "Exception", reference, outcome };
  if (outcome === "refused") return { ...head, verdict };
  const { plan, said, attested, file } = excepted;
  return {
    ...head,
    pinned: attested.pinned,
    person: plan.person,
    gate: said.head.gate,
    product: said.head.product,
    waives: said.waives,
    isBreakGlass: said.isBreakGlass,
    ...(said.finding === undefined ? {} : { finding: said.finding }),
    signedAt: said.signedAt.toISOString(),
    expiresOn: said.expiresOn.toISOString(),
    statement: attested.evidence.digest,
    signature: describeSignature(attested),
    ...withoutAbsent({ file, verdict }),
  };
}
