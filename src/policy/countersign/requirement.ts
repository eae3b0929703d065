/** A need of the policy as a requirement of the engine, for one product. */
import type { Content } from "../../core/evidence.ts";
import type {
  ApprovalRequirement,
  EvidenceRequirement,
  Requirement,
  RuleRequirement,
  SignatureRequirement,
} from "../../core/requirement.ts";
import type { AskedOfEvidence } from "../requirements/asked.ts";
import { describeAsked, describeImage } from "../requirements/describe.ts";
import { judgeImage } from "../requirements/image.ts";
import { judgeBy, type Judging } from "../requirements/judge.ts";
import { EVIDENCE_KINDS } from "../requirements/kinds.ts";
import { type Approval, approvalAsked } from "./approvals.ts";
import { describeApproval } from "../requirements/approval.ts";
import { APPROVALS } from "./waivers.ts";
import type { Asked } from "./asked.ts";
import type { Committing } from "./commit-signers.ts";
import { type Expressions, judgeRule, judgeStatement, type PlacedExpression } from "./expressions.ts";
import type { ModelEvidenceNeed, ModelNeed, ModelRule, ModelSignatureNeed } from "./model.ts";
import { fillTemplate, type Values } from "./template.ts";

export interface Filling {
  /** Of every variable that the need holds. */
  readonly values: Values;
  /** Whether a source, as it is written, is one that no other product can have. */
  readonly isOwn: (source: string) => boolean;
  readonly expressions: Expressions;
}

export function requirementOf(need: ModelNeed, filling: Filling): Requirement {
  switch (need.kind) {
    case "signature":
      return signatureOf(need, filling);
    case "image":
      return { kind: "image", name: "image", asks: describeImage(need.asked), judge: (config) => judgeImage(need.asked, config) };
    default:
      return evidenceOf(need, filling);
  }
}

/** `committers`: all people and forges of the policy. */
export function requirementOfApproval(approve: Approval, committers: readonly Pick<Committing, "gitKeys">[]): ApprovalRequirement {
  const { byText, atLeast, valid, isExact, not } = approve;
  const who = atLeast === 1 ? byText : `${atLeast} of ${byText}`;
  const author = not.some(({ text }) => text === "author");
  const openPgpKeys = author ? committers.flatMap(({ gitKeys }) => gitKeys.flatMap((key) => key.openPgp ?? [])) : [];
  return {
    kind: "approval",
    name: APPROVALS,
    by: namesOf(approve),
    byText,
    atLeast,
    valid,
    isExact,
    not: {
      author,
      builder: not.some(({ text }) => text === "builder"),
      approverOf: not.flatMap(({ gate }) => gate?.name ?? []),
    },
    ...(openPgpKeys.length === 0 ? {} : { openPgpKeys }),
    asks: describeApproval(approvalAsked(approve), who),
  };
}

function signatureOf(need: ModelSignatureNeed, { values }: Filling): SignatureRequirement {
  const { byText, atLeast, maxAge, signedAs } = need;
  return {
    kind: "signature",
    name: "signature",
    by: namesOf(need),
    byText,
    atLeast,
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(signedAs === undefined ? {} : { signedAs: fillTemplate(signedAs.template, values) ?? signedAs.template.text }),
  };
}

function evidenceOf(need: ModelEvidenceNeed, { values, isOwn, expressions }: Filling): EvidenceRequirement {
  const { byText, maxAge, vex, asserted, commits } = need;
  const { newestOnly, perManifest } = EVIDENCE_KINDS[need.kind];
  const asked = fillSource(need, values);
  return {
    kind: "evidence",
    name: need.kind,
    by: namesOf(need),
    byText,
    about: asked.kind === "attestation" ? { predicateType: asked.asked.type } : { content: asked.kind },
    newestOnly,
    perManifest,
    ...(asked.kind === "provenance" && asked.asked.agree !== undefined ? { agree: asked.asked.agree } : {}),
    asks: describeAsked(asked, { byText, maxAge, vexText: vex?.byText, assertedText: asserted?.byText, commitsText: commits?.byText }),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(vex === undefined ? {} : { vexBy: namesOf(vex) }),
    ...(commits === undefined ? {} : { sourceBy: namesOf(need), openPgpKeys: commits.openPgpKeys }),
    ...(asked.kind === "provenance" && asked.asked.commit !== undefined ? { commitsSince: asked.asked.commit.since } : {}),
    ...(need.base === undefined ? {} : { baseGate: need.base.name }),
    ...(need.source !== undefined && isOwn(need.source.template.text) ? { provesProduct: true } : {}),
    ...(asked.kind === "scan" && asked.asked.databaseMaxAge !== undefined ? { endOf: databaseEnd(asked.asked.databaseMaxAge) } : {}),
    judge: judgeBy(asked, {
      assertedBy: asserted === undefined ? [] : namesOf(asserted),
      judgeStatement: statementJudge(need.expr, expressions),
      commitSigners: commits && { known: commits.known, asked: namesOf(commits) },
    }),
  };
}

/** Of a scan that was good once: its database only gets older. */
function databaseEnd(maxAge: number): (content: Content) => Date | undefined {
  return (content) =>
    content.kind === "scan" && content.databaseAt !== undefined ? new Date(content.databaseAt.getTime() + maxAge * 1000) : undefined;
}

function statementJudge(expr: PlacedExpression | undefined, expressions: Expressions): Judging["judgeStatement"] {
  const expression = expr === undefined ? undefined : expressions.get(expr);
  if (expr === undefined || expression === undefined) return undefined;
  return (context) => judgeStatement({ text: expr.text, expression }, context);
}

export function requirementOfRule(
  { name, expr, message }: ModelRule,
  { product, gate, expressions }: { readonly product: string; readonly gate: string; readonly expressions: Expressions },
): RuleRequirement {
  const expression = expressions.get(expr);
  if (expression === undefined) throw new TypeError(`the rule ${name} was not compiled`);
  return { kind: "rule", name, asks: message, judge: (context) => judgeRule({ message, expression, product, gate }, context) };
}

function fillSource(need: ModelEvidenceNeed, values: Values): AskedOfEvidence {
  if (need.kind !== "provenance" || need.source === undefined) return need;
  const { template } = need.source;
  return { kind: need.kind, asked: { ...need.asked, source: fillTemplate(template, values) ?? template.text } };
}

function namesOf({ signers }: Asked): readonly string[] {
  return signers.map(({ name }) => name);
}
