/** A verdict as others can take it: a SLSA verification summary, signed and kept beside the image. */
import { attest, type AttestResult } from "./attest.ts";
import { type Digest, parseDigest } from "./core/digest.ts";
import { showForeign } from "./core/display.ts";
import { CountersignError } from "./core/errors.ts";
import type { Policy } from "./core/policy.ts";
import { pinReference, type Reference } from "./core/reference.ts";
import type { Verdict } from "./core/verdict.ts";
import type { SignOptions } from "./sign.ts";
import { VERIFICATION_SUMMARY_V1 } from "./statements/predicate-types.ts";
import { type Summary, writeVerificationSummary } from "./statements/predicates/verification-summary.ts";
import { VERSION } from "./version.ts";
import { refuseUntrusted, statementHead } from "./words/policy-for-writing.ts";

/** For `slsa-verifier verify-vsa --verifier-id`; which verifier it was, its key says. */
const VERIFIER_ID = "https://countersign.dev/verifier/v1";

export interface EmitOptions extends Omit<SignOptions, "annotations" | "expires" | "manifestForm"> {
  readonly verdict: Verdict;
  readonly policy: Policy;
  /** `host/path`, by which the image was judged. */
  readonly repository: string;
}

export interface Emitted extends AttestResult {
  readonly summary: Summary;
}

/**
 * Writes what a verdict says beside the image that it is about. Throws `policy/unpinned` and `policy/no-chain` for a policy
 * that others cannot rest on, and `verdict/unknown` for a verdict that is no answer.
 */
export async function emitVerdict(reference: Reference, options: EmitOptions): Promise<Emitted> {
  const { verdict, policy, repository, ...signing } = options;
  const { summary, digest } = summaryOf(verdict, { policy, repository });
  const predicate = writeVerificationSummary(summary);
  const written = await attest(pinReference(reference, digest), { ...signing, predicateType: VERIFICATION_SUMMARY_V1, predicate });
  return { ...written, summary };
}

/** `digest`: of the image that it is about. */
export function summaryOf(
  verdict: Verdict,
  { policy, repository }: Pick<EmitOptions, "policy" | "repository">,
): { readonly summary: Summary; readonly digest: Digest } {
  const { outcome, subject, gate, question, judgedAt, taken } = verdict;
  const action = `emit a verdict on "${showForeign(subject.reference, 1000)}"`;
  refuseUntrusted(policy, action);
  const { descriptor } = subject;
  if (outcome === "unknown" || descriptor === undefined)
    throw new CountersignError("verdict/unknown", `Cannot ${action}: there is no answer that others could take`);
  // Handed on, somebody's word would outlive what it rested on, and lose its author.
  if (taken !== undefined)
    throw new CountersignError("usage/invalid", `Cannot ${action}: it is taken from the summary ${taken.statement} of ${taken.by}`, {
      remedy: "emit it where it is derived, or leave roles.summaryIssuers out of the verifier.yaml that is used for this",
    });
  const selection = policy.select(repository, gate);
  const head = selection.kind === "gate" ? selection.gate.head : undefined;
  if (head === undefined)
    throw new CountersignError("usage/invalid", `Cannot ${action}: the policy ${showForeign(policy.name)} has no products and gates`, {
      remedy: "`countersign policy init` writes one that has",
    });
  const isPassed = outcome === "pass";
  const validUntil = verdict.validUntil?.[question];
  const { digest } = descriptor;
  const summary: Summary = {
    verifier: { id: VERIFIER_ID, version: { countersign: VERSION } },
    timeVerified: new Date(judgedAt),
    resourceUri: resourceUriOf(repository, digest),
    // By name, and exactly by digest: where a verifier keeps the document is nobody else's affair.
    policy: { uri: `tag:countersign.dev,2026:policy/${policy.name}`, digest: parseDigest(policy.digest) },
    inputs: inputsOf(verdict),
    isPassed,
    verifiedLevels: [isPassed ? levelOf(gate, policy) : "FAILED"],
    head: statementHead(policy, head),
    question,
    ...(validUntil === undefined ? {} : { validUntil: new Date(validUntil) }),
    relaxations: verdict.relaxations,
  };
  return { summary, digest };
}

/** A digest, so that it is of one image, and no tag, which is another's tomorrow. */
export function resourceUriOf(repository: string, digest: Digest): string {
  return `${repository}@${digest}`;
}

/** `COUNTERSIGN_GATE_PROD`: names that begin with SLSA_ are those of SLSA. */
export function levelOf(gate: string, { gates }: Pick<Policy, "gates">): string {
  const level = levelNamed(gate);
  const other = gates.find(({ name }) => name !== gate && levelNamed(name) === level);
  if (other === undefined) return level;
  throw new CountersignError(
    "usage/invalid",
    `Cannot emit a verdict of gate "${gate}": as a level it would be called ${level}, and so would gate "${other.name}"`,
    { remedy: "give one of the two gates another name" },
  );
}

function levelNamed(gate: string): string {
  return `COUNTERSIGN_GATE_${gate.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`;
}

/** Of a yes all that counted; of a no all that was weighed. */
function inputsOf({ outcome, requirements, record }: Verdict): readonly Digest[] {
  const used = requirements.flatMap(({ counted, evidence, words = [], waived = [] }) => [
    ...counted.flatMap((one) => [one.signature, ...(one.evidence === undefined ? [] : [one.evidence])]),
    ...words.filter(({ counts }) => counts || outcome === "deny").map(({ statement }) => statement),
    ...waived.map(({ statement }) => statement),
    ...(outcome === "deny" ? evidence : []),
  ]);
  return [...new Set([...used, ...(record === undefined ? [] : [record.statement])])].toSorted().map(parseDigest);
}
