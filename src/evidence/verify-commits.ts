/** Verifies the signatures of commits that need keys of the policy: those of OpenPGP. */
import type { ContentOf, GitSignature, SourceCommit } from "../core/evidence.ts";
import type { Gate } from "../core/policy.ts";
import type { VerifyOpenPgp } from "../pki/openpgp/signature.ts";
import { CLOCK_SKEW_MS } from "../policy/age.ts";
import type { EvidenceOf, EvidenceSeen, ExaminedEvidence } from "../policy/evidence-seen.ts";

/** With what those signatures show, where a gate asks about commits and knows somebody by a key of OpenPGP. */
export async function withCommits(seen: EvidenceSeen, gates: readonly Gate[]): Promise<EvidenceSeen> {
  const keys = [...new Set(gates.flatMap(({ requirements }) => requirements.flatMap(keysAsked)))];
  const all = new Set([seen.image, ...seen.runnable].flatMap(({ evidence }) => evidence));
  if (keys.length === 0 || ![...all].some(({ content }) => content?.kind === "source" && content.commits.some(isUnverified))) return seen;
  const { openPgpVerifier } = await import("../pki/openpgp/signature.ts");
  const verify = await openPgpVerifier(keys, new Date(seen.now.getTime() + CLOCK_SKEW_MS));
  // One commit is often brought along several times.
  const known = new Map<string, GitSignature>();
  const verified = new Map<ExaminedEvidence, ExaminedEvidence>();
  for (const found of all)
    if (found.content?.kind === "source") verified.set(found, { ...found, content: await verifyAll(found.content, verify, known) });
  const replace = <T extends EvidenceOf>(about: T): T => ({
    ...about,
    evidence: about.evidence.map((found) => verified.get(found) ?? found),
  });
  return { ...seen, image: replace(seen.image), runnable: seen.runnable.map(replace) };
}

function keysAsked(requirement: Gate["requirements"][number]): readonly Uint8Array[] {
  return requirement.kind === "evidence" || requirement.kind === "approval" ? (requirement.openPgpKeys ?? []) : [];
}

function isUnverified({ signature }: SourceCommit): boolean {
  return signature.kind === "openpgp-unverified";
}

/** One after the other: there may be thousands, and each takes a processor. */
async function verifyAll(
  content: ContentOf<"source">,
  verify: VerifyOpenPgp | undefined,
  known: Map<string, GitSignature>,
): Promise<ContentOf<"source">> {
  const commits: SourceCommit[] = [];
  for (const commit of content.commits) {
    const signature = known.get(commit.id) ?? (await verifyOne(commit.signature, verify));
    known.set(commit.id, signature);
    commits.push({ ...commit, signature });
  }
  return { ...content, commits };
}

async function verifyOne(signature: GitSignature, verify: VerifyOpenPgp | undefined): Promise<GitSignature> {
  if (signature.kind !== "openpgp-unverified") return signature;
  if (verify === undefined)
    return {
      kind: "unsupported",
      why: "it is signed with OpenPGP, for which the package openpgp is to be installed beside Countersign (npm install openpgp)",
    };
  const seen = await verify(signature.signature, signature.payload);
  switch (seen.outcome) {
    case "valid":
      return { kind: "openpgp", fingerprint: seen.fingerprint };
    case "other-key":
      return { kind: "openpgp-other", key: seen.key };
    default:
      return { kind: seen.outcome, why: seen.why };
  }
}
