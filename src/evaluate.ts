/** Answers for one reference: may it pass the policy? The verdict comes back as data; what cannot be judged is unknown, never yes. */
import type { Clock } from "./core/clock.ts";
import { showForeign } from "./core/display.ts";
import { CountersignError } from "./core/errors.ts";
import { type Finding, finding } from "./core/finding.ts";
import { judgedRepository } from "./core/judged-repository.ts";
import { Malformed } from "./core/malformed.ts";
import type { Gate, Policy, Promoters, Selection, SignatureRules } from "./core/policy.ts";
import { formatReference, type Reference, repositoryOf } from "./core/reference.ts";
import { quoteWord } from "./core/shell.ts";
import type { ReadonlyStore, StoredManifest } from "./core/store.ts";
import { loadAnchors, type TrustAnchor, type TrustSource } from "./core/trust-source.ts";
import type { Verdict } from "./core/verdict.ts";
import type { BaseQuestion } from "./evidence/bases.ts";
import { listHanging } from "./judging/gather.ts";
import { judge, type Judging } from "./judging/judge.ts";
import { prepareGates, withAnnotations } from "./judging/prepare-gates.ts";
import { Draft } from "./judging/verdict-draft.ts";
import type { EnteredHint, EnteredImages } from "./policy/approvals/entered.ts";
import type { EvidenceSeen } from "./policy/evidence-seen.ts";

export interface EvaluateOptions {
  readonly store: ReadonlyStore;
  readonly policy: Policy;
  readonly trust: TrustSource;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Look at every signature, although the answer may be fixed before. */
  readonly explain?: boolean;
  /** The name by which the policy knows what is in a layout; a registry's repository is its own name. */
  readonly as?: string;
  /** Which gate judges; wanted where the policy has several for the repository. */
  readonly gate?: string;
  /** Signed user metadata that must be there. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Opens the repositories of base images, where the policy asks for them; without it their gate's answer stays unknown. */
  readonly openStore?: (reference: Reference) => Promise<ReadonlyStore>;
  /** The layout or archive that is judged, where bases lie in it too and no other place is to be asked: each is found there by its digest. */
  readonly basesBeside?: Exclude<Reference, { readonly kind: "registry" }>;
  /** Given each base that is looked at. */
  readonly onBase?: (reference: Reference) => void;
  /** How many signatures are fetched at once. */
  readonly concurrency?: number;
  /** How long may be looked at what hangs on one manifest, in milliseconds. */
  readonly budgetMs?: number;
  /** Given what was read of the evidence, for verbs that show or repeat it: what counts of it, the verdict says. */
  readonly onEvidence?: (seen: EvidenceSeen) => void;
  /** Asks whether it may enter now, although it has entered before. */
  readonly enter?: boolean;
  /** It is being promoted, and was found there: his word for its name, who may also bring back what was replaced, where the gate allows that. */
  readonly promotedFrom?: Reference;
  /** Finds out which of the images that approvals name have entered a gate properly; unless given, promoters' records say it. */
  readonly findEntered?: (hints: readonly EnteredHint[]) => Promise<EnteredImages>;
}

/** Source of the steps: docs/architecture.md, "The walk of one verify". Throws `usage/gate-wanted` where the policy leaves the gate open. */
export async function evaluate(reference: Reference, options: EvaluateOptions): Promise<Verdict> {
  const now = options.clock.now();
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const selection = select(reference, options);
  if (selection.kind === "gate-wanted") throw gateWanted(reference, selection);
  const draft = new Draft(reference, { policy: options.policy, selection, asked: options.gate, now });
  if (selection.kind === "not-listed") {
    // The name alone decides, so no registry is asked. A folder or file is at hand, and one that is not there is worth saying.
    if (reference.kind !== "registry") await resolve(reference, options);
    return draft.finish("deny", { findings: [notListed(reference, selection, options)] });
  }

  // A digest is known before it is fetched, so the listing need not wait for it.
  const { digest } = reference;
  const { rules } = selection;
  const repository = judgedRepository(reference, { policy: options.policy, as: options.as }) ?? "";
  const prepared = await prepareGates(selection, options.policy);
  const place = await loadPlace(prepared.gates, { policy: options.policy, repository });
  const looking: EvaluateOptions = place === undefined ? options : { ...options, store: place.rememberReads(options.store) };
  const asks = { ...call, ...(place === undefined ? {} : { evidence: place.RECORD_READER }), ...prepared.more?.asks };
  const early = digest === undefined || rules === undefined ? undefined : listHanging(looking.store, digest, asks);
  // Read while the registry is answering.
  const anchors = loadAnchors(rules?.trustStores ?? [], options.trust);
  // Awaited below; if `resolve` throws first, these must not become unhandled rejections.
  for (const promise of [early, anchors]) promise?.catch(() => undefined);

  const subject = await resolve(reference, looking);
  if ("outcome" in subject) return draft.finish("deny", { findings: [subject] });
  draft.resolved(subject);

  if (rules === undefined) {
    const message = `the policy "${selection.gate.name}" says not to look at signatures`;
    return draft.finish("pass", {
      findings: [finding("policy", "policy/skipped", message, { action: "skip" })],
      relaxations: [`the policy "${selection.gate.name}" skips verification`],
    });
  }
  const hanging = await (early ?? listHanging(looking.store, subject.descriptor.digest, asks));
  const shared = { ...prepared, hanging, subject, repository, now, options: looking, originsOf: foundIn(reference, options), baseQuestion };
  const given = { ...shared, rules: withAnnotations(rules, options), anchors: await anchors };
  const enter = async (asked: Judging): Promise<Verdict> => orSummary(await judge(draft, asked), { ...asked, selection });
  return place === undefined ? enter(given) : place.judgeAtPlace(draft, { ...given, enter }, { ...place, reference });
}

/** Somebody else's verdict may stand in for what is not here. */
async function orSummary(
  verdict: Verdict,
  { subject, selection, options, ...given }: Judging & { readonly selection: Extract<Selection, { kind: "gate" }> },
): Promise<Verdict> {
  if (verdict.outcome === "pass" || options.policy.summaryIssuers === undefined) return verdict;
  const { takeSummary } = await import("./judging/take-summary.ts");
  const anchorsOf = ({ trustStores }: SignatureRules): Promise<readonly TrustAnchor[]> => loadAnchors(trustStores, options.trust);
  return takeSummary(verdict, { ...options, ...given, selection, subject: subject.descriptor, anchorsOf });
}

/** What knows the records of promotions; absent where nobody is believed about them, or the gate cannot have any. */
type PlaceLook = typeof import("./records/place.ts") & { readonly promoters: Promoters; readonly gate: Gate; readonly isPlace: boolean };

async function loadPlace(
  gates: readonly Gate[],
  { policy: { promoters }, repository }: { readonly policy: Policy; readonly repository: string },
): Promise<PlaceLook | undefined> {
  const gate = gates.at(-1);
  if (promoters === undefined || gate?.head?.policyChain === undefined) return undefined;
  const isPlace = gate.head.repository === repository;
  const asksNames = gates.some(({ requirements }) => requirements.some((one) => one.kind === "signature" && one.signedAs !== undefined));
  return isPlace || asksNames ? { ...(await import("./records/place.ts")), promoters, gate, isPlace } : undefined;
}

/** Where the image was found: in its own repository, and where whoever asks has found it before. */
function foundIn(reference: Reference, { promotedFrom }: EvaluateOptions): Judging["originsOf"] {
  const found = [reference, promotedFrom].flatMap((one) => (one?.kind === "registry" ? [repositoryOf(one)] : []));
  return () => found;
}

function select(reference: Reference, { policy, as, gate }: EvaluateOptions): Selection {
  const repository = judgedRepository(reference, { policy, as });
  if (repository !== undefined) return policy.select(repository, gate);
  return { kind: "not-listed", message: `the policy does not know what is in "${formatReference(reference)}"`, remedy: "" };
}

function gateWanted(reference: Reference, { message, choices }: Extract<Selection, { kind: "gate-wanted" }>): CountersignError {
  return new CountersignError("usage/gate-wanted", `Cannot judge "${formatReference(reference)}": ${message}`, {
    remedy: choices.map((choice) => `--gate ${quoteWord(choice)}`).join(", or "),
  });
}

/** Other bytes than the digest's are an answer, and it is no: that comes back as a finding. */
async function resolve(reference: Reference, { store, signal }: EvaluateOptions): Promise<StoredManifest | Finding> {
  try {
    return await store.resolve(reference, signal === undefined ? {} : { signal });
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return finding("integrity", error.code, showForeign(error.message));
  }
}

function notListed(reference: Reference, selection: Extract<Selection, { kind: "not-listed" }>, { as }: EvaluateOptions): Finding {
  const isAsked = reference.kind !== "registry";
  const message = `${showForeign(selection.message, 1000)}${isAsked ? "" : ", so no question was sent to the registry"}`;
  const remedy =
    isAsked && as === undefined
      ? "Say which repository of the policy it is: --as REGISTRY/REPOSITORY."
      : showForeign(selection.remedy, 1000);
  return finding("policy", "product/not-listed", message, { remedy });
}

/** How deep bases of bases are followed. */
const MOST_BASES = 4;

/** A base is judged as any image is, at the gate that bases have to pass. */
function baseQuestion(gate: string, options: EvaluateOptions & { readonly basesLeft?: number }): BaseQuestion {
  const {
    openStore,
    basesBeside,
    basesLeft = MOST_BASES,
    as: _,
    annotations: __,
    onEvidence: ___,
    enter: _enter,
    promotedFrom: _found,
    ...shared
  } = options;
  // Of a base a verdict says no more than yes or no, and whose word was taken would be lost.
  const { summaryIssuers: ____, ...policy } = options.policy;
  return {
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    gate,
    lists: (repository) => policy.select(repository, gate).kind === "gate",
    openStore: async (reference) => {
      const found = basesLeft === 0 ? undefined : basesBeside === undefined ? await openStore?.(reference) : options.store;
      if (found !== undefined) {
        options.onBase?.(reference);
        return found;
      }
      const why =
        openStore === undefined && basesBeside === undefined ? "no other repository may be asked here" : "its bases have bases of bases";
      throw new CountersignError("store/unreachable", `Cannot open "${formatReference(reference)}": ${why}`);
    },
    judge: (reference, store) => {
      const inner: EvaluateOptions & { readonly basesLeft: number } = {
        ...shared,
        policy,
        store,
        gate,
        basesLeft: basesLeft - 1,
        ...(openStore === undefined ? {} : { openStore }),
      };
      if (basesBeside === undefined || reference.digest === undefined) return evaluate(reference, inner);
      // It was found in the archive, not in its registry: the policy's name for it says by which rules, and no more.
      const { kind, path } = basesBeside;
      const as = judgedRepository(reference, { policy, as: undefined });
      return evaluate({ kind, path, digest: reference.digest }, { ...inner, basesBeside, ...(as === undefined ? {} : { as }) });
    },
  };
}
