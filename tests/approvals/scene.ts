/** What people might have said of an image at a gate, without keys or a registry: what the tests about the rules of approvals share. */
import { createHash } from "node:crypto";
import type { GateHead, StatementHead } from "../../src/core/decision.ts";
import { type Digest, parseDigest } from "../../src/core/digest.ts";
import type { CommitPerson, Content, ContentOf, GitSignature, SourceCommit } from "../../src/core/evidence.ts";
import { finding, type FindingCode } from "../../src/core/finding.ts";
import type { Committer, Forge, Gate } from "../../src/core/policy.ts";
import type { ApprovalRequirement, EvidenceRequirement } from "../../src/core/requirement.ts";
import type { RequirementReport, SignatureReport } from "../../src/core/verdict.ts";
import { type ApprovalsAsked, decideApprovals } from "../../src/policy/approvals/decide.ts";
import type { ExaminedEvidence, RunnableManifest } from "../../src/policy/evidence-seen.ts";
import { decideSignature } from "../../src/policy/gate-view.ts";
import { actionsOf, LEVELS } from "../../src/policy/notary/levels.ts";

export const NOW: Date = new Date("2026-09-01T12:00:00Z");
export const HOUR = 3_600_000;
export const IMAGE: Digest = digest("the image");
/** Of the policy that judges, and of the one before it. */
export const TODAY: Digest = digest("policy 2");
export const EARLIER: Digest = digest("policy 1");

export function digest(what: string): Digest {
  return parseDigest(`sha256:${createHash("sha256").update(what).digest("hex")}`);
}

export const HEAD: GateHead & StatementHead = {
  policyChain: digest("the first version"),
  policy: "shop",
  product: "shop/api",
  gate: "prod",
  gateDigest: digest("what the gate asks"),
  gateTerms: digest("what it asks, whoever the machines are"),
  repository: "prod.acme.io/api",
};

export interface Signed {
  /** What the signature's check has found, if it is not good. */
  readonly code?: FindingCode;
  /** Another name of the key. */
  readonly key?: string;
  /** Hours before now: what the signature says, and until when it is proven to have been there. */
  readonly claims?: number;
  readonly stamped?: number;
}

function ago(hours: number): string {
  return new Date(NOW.getTime() - hours * HOUR).toISOString();
}

/** By a machine where the name has a colon, by nobody who is known where it is empty. */
export function signatureBy(name: string, { code = "integrity/verified", key = name, claims, stamped }: Signed = {}): SignatureReport {
  const findings = [finding("integrity", code, "seen")];
  const proven = { signer: name, fingerprint: key, key, algorithm: "ES256" };
  const time = stamped === undefined ? {} : { time: { from: ago(stamped), to: ago(stamped), authority: "clock" } };
  return {
    format: "notary-jws",
    digest: digest(JSON.stringify(["signature", name, code, key, claims, stamped])),
    outcome: decideSignature(findings),
    ...(name === "" ? {} : name.endsWith(":") ? { party: name.slice(0, -1) } : { person: name }),
    ...(claims === undefined ? {} : { claimed: { subject: IMAGE, scheme: "notary.x509", annotations: {}, signingTime: ago(claims) } }),
    proven: { ...proven, ...time },
    findings,
  };
}

/** A piece of evidence that hangs on the image. */
export function evidenceOf(name: string, content: Content, signatures: readonly SignatureReport[]): ExaminedEvidence {
  const report = { digest: digest(name), subject: IMAGE, carrier: "attached" as const, content: content.kind, signatures, findings: [] };
  const statement = { subjects: [{ digest: { sha256: IMAGE.slice(7) } }], predicateType: "https://example", predicate: {} };
  return { report, statement, content };
}

/** It is listed, and what it says could not be had. */
export function unread(name: string, kind?: Content["kind"]): ExaminedEvidence {
  const findings = [finding("integrity", "integrity/unfetchable", "it does not come")];
  const about = { digest: digest(name), subject: IMAGE, carrier: "attached" as const, signatures: [], findings };
  return { report: kind === undefined ? about : { ...about, content: kind } };
}

export interface SaidOptions extends Partial<Omit<ContentOf<"approval">, "kind" | "at" | "head" | "signedAt">>, Signed {
  /** Of the statement; several of one person need several. */
  readonly name?: string;
  readonly hoursAgo?: number;
  readonly head?: Partial<StatementHead>;
}

/** That somebody approves it, or what else he has decided. */
export function say(person: string, options: SaidOptions = {}): ExaminedEvidence {
  const { name = person, hoursAgo = 1, head = {}, code, key, claims, stamped, ...said } = options;
  const { gateTerms: _, ...own } = HEAD;
  const signedAt = new Date(NOW.getTime() - hoursAgo * HOUR);
  const content: ContentOf<"approval"> = {
    kind: "approval",
    at: signedAt,
    signedAt,
    head: { ...own, ...head },
    policyDigest: TODAY,
    decision: "approved",
    gateTerms: HEAD.gateTerms,
    evidence: [],
    supersedes: [],
    overrules: [],
    despite: false,
    ...said,
  };
  const signed = { ...(code && { code }), ...(key && { key }), ...(claims && { claims }), ...(stamped && { stamped }) };
  return evidenceOf(name, content, [signatureBy(person, signed)]);
}

export function disown(
  person: string,
  id: string,
  { code, ...head }: Partial<StatementHead> & Pick<Signed, "code"> = {},
): ExaminedEvidence {
  const { gateTerms: _, ...own } = HEAD;
  const said = { signedAt: NOW, at: NOW, head: { ...own, ...head }, policyDigest: TODAY, commit: id };
  return evidenceOf(`${person} disowns ${id}`, { kind: "disown", ...said }, [signatureBy(person, code === undefined ? {} : { code })]);
}

const COMMITTERS: readonly Committer[] = ["ana", "bo", "cy", "eva", "finn", "gus"].map((name) => ({
  name,
  gitKeys: [`SHA256:${name}`],
  authors: [`${name}@acme.io`],
}));

const FORGES: readonly Forge[] = [{ name: "github", gitKeys: ["SHA256:github", "4AEE18F83AFDEB23"] }];

export function commitId(name: string): string {
  return digest(name).slice(7, 47);
}

function mailOf(person: string): CommitPerson {
  return { name: person, mail: `${person}@acme.io` };
}

/** Written and signed by one person unless told. */
export function commit(
  name: string,
  by: string,
  options: {
    readonly parents?: readonly string[];
    readonly signer?: string;
    readonly signature?: GitSignature;
    readonly coAuthors?: readonly string[];
  } = {},
): SourceCommit {
  const { parents = [], signer = by, signature = { kind: "ssh", fingerprint: `SHA256:${signer}` }, coAuthors = [] } = options;
  return {
    id: commitId(name),
    parents: parents.map(commitId),
    author: mailOf(by),
    committer: mailOf(signer),
    coAuthors: coAuthors.map(mailOf),
    signature,
  };
}

const PROVENANCE: EvidenceRequirement = {
  kind: "evidence",
  name: "provenance",
  by: ["ci"],
  byText: "ci",
  about: { content: "provenance" },
  newestOnly: false,
  perManifest: false,
  asks: "provenance by ci",
  judge: () => [],
};

/** Provenance of the image that counts, and the commits that it names. */
export function builtFrom(head: string, commits: readonly SourceCommit[], by: readonly string[] = ["ci:"]): readonly ExaminedEvidence[] {
  const sources = [{ uri: "git+https://git.acme.io/api", commit: commitId(head), ref: "refs/heads/main" }];
  const provenance: Content = { kind: "provenance", builder: "https://ci.acme.io", sources, materials: [] };
  const source: Content = { kind: "source", head: commitId(head), commits, tags: [] };
  const signatures = by.map((name) => signatureBy(name));
  return [evidenceOf("the provenance", provenance, signatures), evidenceOf("the source", source, [signatureBy("ci:")])];
}

export interface Question {
  readonly said?: readonly ExaminedEvidence[];
  readonly asked?: Partial<Omit<ApprovalRequirement, "not">> & { readonly not?: Partial<ApprovalRequirement["not"]> };
  /** What was decided of the gate before. */
  readonly reports?: readonly RequirementReport[];
  readonly head?: Partial<GateHead> | null;
  readonly gaps?: readonly string[];
  readonly since?: readonly string[];
  readonly runnable?: readonly RunnableManifest[];
  readonly around?: Partial<ApprovalsAsked>;
}

/** What the gate's approvals come to: two of eva, finn and gus are asked unless told. */
export function decide({
  said = [],
  asked = {},
  reports,
  head = {},
  gaps = [],
  since = [],
  runnable = [],
  around = {},
}: Question): RequirementReport {
  const { not, ...more } = asked;
  const requirement: ApprovalRequirement = {
    kind: "approval",
    name: "approvals",
    by: ["eva", "finn", "gus"],
    byText: "release (eva, finn, gus)",
    atLeast: 2,
    valid: 72 * 3600,
    isExact: false,
    not: { author: false, builder: false, approverOf: [], ...not },
    asks: "approval by 2 of release (eva, finn, gus), valid for 72h",
    ...more,
  };
  const gate: Gate = {
    name: "prod",
    actions: actionsOf(LEVELS.strict),
    requirements: [{ ...PROVENANCE, commitsSince: since }, requirement],
    ...(head === null ? {} : { head: { ...HEAD, ...head } }),
  };
  const provenance = said.filter(({ content }) => content?.kind === "provenance");
  return decideApprovals(
    requirement,
    {
      gate,
      gates: [gate],
      reports: reports ?? [
        met(
          provenance.map(({ report }) => report.digest),
          { name: "provenance" },
        ),
      ],
      evidence: { now: NOW, image: { subject: IMAGE, isChild: false, evidence: said, gaps }, runnable, gaps: [] },
    },
    { policyDigest: TODAY, people: { committers: COMMITTERS, forges: FORGES }, ...around },
  );
}

/** A requirement of the gate that is met, by evidence of these digests. */
export function met(evidence: readonly string[], parts: Partial<RequirementReport> = {}): RequirementReport {
  const counted = evidence.map((one) => ({ signature: digest(`signature of ${one}`), evidence: one, party: "ci" }));
  return { gate: "prod", kind: "evidence", name: "scan", by: "ci", atLeast: 1, outcome: "pass", counted, evidence, missing: [], ...parts };
}

/** `pass eva finn`: the outcome, and who counts. */
export function answer(question: Question): string {
  const { outcome, counted } = decide(question);
  return [outcome, ...counted.map(({ person }) => person).toSorted()].join(" ");
}

/** By person, in words, what stands in the way of a word that does not count. */
export function whyNot(question: Question): Readonly<Record<string, string>> {
  const { words = [] } = decide(question);
  return Object.fromEntries(
    words.flatMap(({ person, counts, because = [] }) => (counts ? [] : [[person, because.map(({ message }) => message).join("; ")]])),
  );
}

/** The code of the first thing that does. */
export function codeOf(question: Question, person: string): string | undefined {
  return decide(question).words?.find((word) => word.person === person && !word.counts)?.because?.[0]?.code;
}
