/** From what a need asks to the function that judges a statement by it. */
import type { Content, ContentKind, ContentOf, Objection } from "../../core/evidence.ts";
import type { EvidenceContext, EvidenceRequirement } from "../../core/requirement.ts";
import { isAsserted } from "../asserted.ts";
import type { AskedOfEvidence, ProvenanceAsked } from "./asked.ts";
import { type CommitSigners, judgeCommits } from "./commits.ts";
import { judgeProvenance } from "./provenance.ts";
import { judgeSbom } from "./sbom.ts";
import { judgeScan } from "./scan.ts";
import { judgeTest } from "./test.ts";

export interface Judging {
  /** Whose word for what a document is about counts. */
  readonly assertedBy?: readonly string[] | undefined;
  /** By the need's expression, if it has one. */
  readonly judgeStatement?: ((context: EvidenceContext) => readonly Objection[]) | undefined;
  /** Of a need that asks about commits. */
  readonly commitSigners?: CommitSigners | undefined;
}

export function judgeBy(need: AskedOfEvidence, { assertedBy = [], ...more }: Judging = {}): EvidenceRequirement["judge"] {
  return (content, context) => [...judgeAssertion(context, assertedBy), ...judgeContent(need, { ...more, content, context })];
}

interface Case extends Omit<Judging, "assertedBy"> {
  readonly content: Content;
  readonly context: EvidenceContext;
}

function judgeContent(need: AskedOfEvidence, { content, context, judgeStatement, commitSigners }: Case): readonly Objection[] {
  switch (need.kind) {
    case "provenance":
      if (content.kind !== "provenance") return otherKind(need.kind, content.kind);
      return [...judgeProvenance(need.asked, content), ...judgeItsCommits(need.asked, { content, context, commitSigners })];
    case "sbom":
      return content.kind === "sbom" ? judgeSbom(need.asked, content, context) : otherKind(need.kind, content.kind);
    case "scan":
      return content.kind === "scan" ? judgeScan(need.asked, content, context) : otherKind(need.kind, content.kind);
    case "test":
      return content.kind === "test" ? judgeTest(need.asked, content) : otherKind(need.kind, content.kind);
    case "vex":
      return content.kind === "vex" ? [] : otherKind(need.kind, content.kind);
    case "attestation": {
      if (context.statement.predicateType !== need.asked.type)
        return [{ code: "evidence/other-kind", message: "the statement is of another type than the one asked for" }];
      if (need.asked.expr === undefined) return [];
      return judgeStatement?.(context) ?? [{ code: "evidence/expression-error", message: "the policy's expression was not compiled" }];
    }
  }
}

function judgeItsCommits(
  { commit }: ProvenanceAsked,
  { content, context, commitSigners }: Omit<Case, "content"> & { readonly content: ContentOf<"provenance"> },
): readonly Objection[] {
  if (commit === undefined) return [];
  if (commitSigners === undefined) return [{ code: "author/unproven", message: "nobody is known who signs commits" }];
  return judgeCommits(commit, { provenance: content, commits: context.commits, signers: commitSigners });
}

/** The engine asks only for what is of the kind; one that is not must not pass for want of a rule. */
function otherKind(asked: ContentKind | "attestation", is: ContentKind): readonly Objection[] {
  return [{ code: "evidence/other-kind", message: `${asked} is asked for, and the statement is ${is}` }];
}

function judgeAssertion({ statement, signer }: EvidenceContext, assertedBy: readonly string[]): readonly Objection[] {
  if (!isAsserted(statement) || (signer !== undefined && assertedBy.includes(signer))) return [];
  return [
    {
      code: "evidence/asserted",
      message: `the document names no image; that it is about this one is only the word of ${signer ?? "whoever signed it"}`,
    },
  ];
}
