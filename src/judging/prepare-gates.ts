/** What gates ask, made ready before anything is looked at: only what they ask for is loaded, for most ask for signatures alone. */
import { tryParseDigest } from "../core/digest.ts";
import type { Gate, Policy, PolicyPeople, Selection, SignatureRules } from "../core/policy.ts";
import type { EvaluateOptions } from "../evaluate.ts";
import type { EnteredHint, EnteredImages } from "../policy/approvals/entered.ts";
import type { decideGates } from "../policy/decide.ts";
import type { EvidenceSeen } from "../policy/evidence-seen.ts";
import { waiverRules } from "../policy/waivable.ts";
import type { GatherOptions } from "./gather.ts";
import type { Judging } from "./judge.ts";

type Prepared = Pick<Judging, "gates" | "people" | "waiving" | "more">;

export async function prepareGates({ before, gate, people }: Extract<Selection, { kind: "gate" }>, policy: Policy): Promise<Prepared> {
  const gates = [...before, gate].map((one) => withChain(one, policy));
  const rules = waiverRules(gates, people);
  const waiving = rules && (await import("../policy/waivers/at-gate.ts")).waivingBy(rules);
  return { gates, people, waiving, more: await loadEvidence(gates, { isWaivable: waiving !== undefined }) };
}

/** Which chain of versions the policy is of, is not in its document. */
export function withChain(gate: Gate, { chain }: Policy): Gate {
  const policyChain = tryParseDigest(chain ?? "");
  return gate.head === undefined || policyChain === undefined ? gate : { ...gate, head: { ...gate.head, policyChain } };
}

/** Signed metadata that whoever asks wants to see. */
export function withAnnotations(rules: SignatureRules, { annotations }: EvaluateOptions): SignatureRules {
  return annotations === undefined ? rules : { ...rules, annotations };
}

/** The part that looks at more than signatures, and how the evidence that the gates ask for is read. */
export interface EvidenceLook extends Pick<
  typeof import("../evidence/look-at-manifests.ts"),
  "lookAtManifests" | "gapsOf" | "withCommits" | "withBases" | "reportsOf"
> {
  readonly asks: Pick<GatherOptions, "evidence">;
  /** Where a gate asks for approvals: how they are decided, once it is known what went into the images before. */
  readonly approvals:
    | ((
        gates: readonly Gate[],
        evidence: EvidenceSeen,
        given: { readonly people: PolicyPeople | undefined; readonly options: EvaluateOptions },
      ) => Promise<DecideApprovals>)
    | undefined;
}

type DecideApprovals = NonNullable<Parameters<typeof decideGates>[1]["approvals"]>;

/** Most gates ask for signatures alone, and are not to wait for it. */
async function loadEvidence(gates: readonly Gate[], { isWaivable }: { readonly isWaivable: boolean }): Promise<EvidenceLook | undefined> {
  const asked = gates.flatMap(({ requirements }) => requirements);
  if (!isWaivable && asked.every(({ kind }) => kind === "signature" || kind === "rule")) return undefined;
  const { evidenceReader, lookAtManifests, gapsOf, withCommits, withBases, reportsOf } = await import("../evidence/look-at-manifests.ts");
  const evidence = evidenceReader(gates, { isWaivable });
  const approvals = asked.some(({ kind }) => kind === "approval") ? await loadApprovals() : undefined;
  return { lookAtManifests, gapsOf, withCommits, withBases, reportsOf, approvals, asks: evidence === undefined ? {} : { evidence } };
}

async function loadApprovals(): Promise<EvidenceLook["approvals"]> {
  const [{ decideApprovals }, { enteredHints }] = await Promise.all([
    import("../policy/approvals/decide.ts"),
    import("../policy/approvals/entered.ts"),
  ]);
  return async (gates, evidence, { people = NO_PEOPLE, options }) => {
    const { policy } = options;
    const entered = await findEntered(enteredHints(gates, evidence), gates, options);
    const asked = { policyDigest: policy.digest, people, ...(entered === undefined ? {} : { entered }) };
    return (requirement, around) => decideApprovals(requirement, around, asked);
  };
}

/** Only a promoter's record says that an image has entered, and it is where the gate's images are. */
async function findEntered(
  hints: readonly EnteredHint[],
  gates: readonly Gate[],
  options: EvaluateOptions,
): Promise<EnteredImages | undefined> {
  if (options.findEntered !== undefined) return options.findEntered(hints);
  const { policy, openStore } = options;
  if (hints.length === 0 || policy.promoters === undefined || openStore === undefined) return undefined;
  return (await import("../records/entered-images.ts")).findEnteredImages(hints, gates, { ...options, openStore });
}

const NO_PEOPLE: PolicyPeople = { committers: [] };
