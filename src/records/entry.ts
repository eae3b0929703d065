/** Judges whether an image had entered: as of its record, by what that names, and by the policy of then. */
import type { PromotionSaid } from "../core/decision.ts";
import type { Digest } from "../core/digest.ts";
import type { FoundVersion, Gate } from "../core/policy.ts";
import type { Answer, RequirementReport, Verdict } from "../core/verdict.ts";
import type { EntryQuestion } from "./entry-question.ts";
import type { FoundRecord } from "./find-records.ts";
import { reportOf } from "./replaced.ts";

export interface Entry {
  readonly outcome: Answer;
  readonly requirements: readonly RequirementReport[];
  readonly parts: Partial<Verdict>;
}

/** By the worse of both ends of the record's interval, and whether or not what it does not name is looked at. */
export async function judgeEntry({ said, digest }: FoundRecord, question: EntryQuestion): Promise<Entry | undefined> {
  const { policy } = question;
  const { policy: version, gaps } = await versionThen(said, question);
  if (version === undefined) return gaps.length === 0 ? undefined : unreadEntry(question.gate, gaps);
  const named = new Set<string>(said.evidence);
  const { from, to } = said.judged;
  const moments = from.getTime() === to.getTime() ? [to] : [from, to];
  let found: Entry | undefined;
  for (const at of moments) {
    for (const only of [
      { named, until: at },
      { named, othersUntil: at },
    ]) {
      const asked = await question.askEnter(at, only, version);
      // What it says of the gate is what its author saw; of another gate it says nothing.
      if (asked === undefined || asked.gate.head?.gateDigest !== said.head.gateDigest) return undefined;
      if (policy.promoters?.areTrusted === true) return { ...trusted(asked.verdict, digest) };
      const { requirements, signatures, evidence, findings, unexamined, relaxations, outcome } = asked.verdict;
      const parts = { signatures, ...(evidence === undefined ? {} : { evidence }), findings, unexamined, relaxations };
      if (outcome === "deny") return { outcome, requirements, parts };
      // What could not be found out as of one end may be a no as of the other.
      if (found === undefined || outcome !== "pass") found = { outcome, requirements, parts };
    }
  }
  return found;
}

async function versionThen({ policyDigest, judged }: PromotionSaid, { policy, findKept }: EntryQuestion): Promise<FoundVersion> {
  if (policyDigest === policy.digest) return { policy, gaps: [] };
  return (await policy.versionOf?.({ digest: policyDigest, judged, findKept: () => findKept(policyDigest) })) ?? { gaps: [] };
}

function unreadEntry(gate: Gate, gaps: readonly string[]): Entry {
  const message = `by which version of the policy it entered could not be told: ${gaps.join("; ")}`;
  const report = reportOf(gate, { outcome: "unknown", code: "promotion/unread", message, evidence: [] });
  return { outcome: "unknown", requirements: [report], parts: {} };
}

function trusted({ signatures, findings, unexamined }: Verdict, record: Digest): Entry {
  const relaxations = [`the word of the record ${record} was taken for what met the gate`];
  return { outcome: "pass", requirements: [], parts: { signatures, findings, unexamined, relaxations } };
}
