/** Answers for one reference: may it pass the policy? The verdict comes back as data; what cannot be judged is unknown, never yes. */
import type { Clock } from "./core/clock.ts";
import { tryParseDigest } from "./core/digest.ts";
import { showForeign } from "./core/display.ts";
import { CountersignError } from "./core/errors.ts";
import { type Finding, finding } from "./core/finding.ts";
import { judgedRepository } from "./core/judged-repository.ts";
import { Malformed } from "./core/malformed.ts";
import type { Gate, Policy, PolicyPeople, Promoters, Requirement, Selection, SignatureRules } from "./core/policy.ts";
import { formatReference, pinReference, type Reference, repositoryOf } from "./core/reference.ts";
import { quoteWord } from "./core/shell.ts";
import type { ReadonlyStore, StoredManifest } from "./core/store.ts";
import type { TrustAnchor, TrustSource, TrustStoreName } from "./core/trust-source.ts";
import { API_VERSION, type RequirementReport, type SignatureReport, type Verdict } from "./core/verdict.ts";
import { FORMATS } from "./formats/table.ts";
import { type GatherOptions, gather, type Hanging, listHanging, type Only } from "./gather.ts";
import { type Coverage, decideAll, decideGates, findGaps, isOpenFor } from "./policy/decide.ts";
import type { EnteredHint, EnteredImages } from "./policy/approvals/entered.ts";
import type { EvidenceSeen } from "./policy/evidence-seen.ts";
import { underGate } from "./policy/gate-view.ts";
import type { BaseQuestion } from "./bases.ts";
import { waiverRules } from "./policy/waivable.ts";
import type { Waiving } from "./policy/waivers/at-gate.ts";
import { validUntil } from "./validity.ts";

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
  const prepared = await prepare(selection, options.policy);
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
  const shared = { ...prepared, hanging, subject, repository, now, options: looking, originsOf: foundIn(reference, options) };
  const given = { ...shared, rules: withAnnotations(rules, options), anchors: await anchors };
  const enter = async (asked: Judging): Promise<Verdict> => orSummary(await judge(draft, asked), { ...asked, selection });
  return place === undefined ? enter(given) : judgeAtPlace(draft, { ...given, enter }, { place, reference });
}

/** Signed metadata that whoever asks wants to see. */
function withAnnotations(rules: SignatureRules, { annotations }: EvaluateOptions): SignatureRules {
  return annotations === undefined ? rules : { ...rules, annotations };
}

type Prepared = Pick<Judging, "gates" | "people" | "waiving" | "more">;

async function prepare({ before, gate, people }: Extract<Selection, { kind: "gate" }>, policy: Policy): Promise<Prepared> {
  const gates = [...before, gate].map((one) => withChain(one, policy));
  const rules = waiverRules(gates, people);
  const waiving = rules && (await import("./policy/waivers/at-gate.ts")).waivingBy(rules);
  return { gates, people, waiving, more: await loadEvidence(gates, { isWaivable: waiving !== undefined }) };
}

/** Somebody else's verdict may stand in for what is not here. */
async function orSummary(
  verdict: Verdict,
  { subject, selection, options, ...given }: Judging & { readonly selection: Extract<Selection, { kind: "gate" }> },
): Promise<Verdict> {
  if (verdict.outcome === "pass" || options.policy.summaryIssuers === undefined) return verdict;
  const { takeSummary } = await import("./take-summary.ts");
  const anchorsOf = ({ trustStores }: SignatureRules): Promise<readonly TrustAnchor[]> => loadAnchors(trustStores, options.trust);
  return takeSummary(verdict, { ...options, ...given, selection, subject: subject.descriptor, anchorsOf });
}

/** The part that knows the records of promotions; absent where nobody is believed about them, or the gate cannot have any. */
type PlaceLook = typeof import("./place.ts") & { readonly promoters: Promoters; readonly gate: Gate; readonly isPlace: boolean };

async function loadPlace(
  gates: readonly Gate[],
  { policy: { promoters }, repository }: { readonly policy: Policy; readonly repository: string },
): Promise<PlaceLook | undefined> {
  const gate = gates.at(-1);
  if (promoters === undefined || gate?.head?.policyChain === undefined) return undefined;
  const isPlace = gate.head.repository === repository;
  const asksNames = gates.some(({ requirements }) => requirements.some((one) => one.kind === "signature" && one.signedAs !== undefined));
  return isPlace || asksNames ? { ...(await import("./place.ts")), promoters, gate, isPlace } : undefined;
}

/** With what its records say: under which names it was found, and whether it has entered before. */
async function judgeAtPlace(
  draft: Draft,
  given: Judging & { readonly enter: (asked: Judging) => Promise<Verdict> },
  { place, reference }: { readonly place: PlaceLook; readonly reference: Reference },
): Promise<Verdict> {
  const { subject, hanging, options, now } = given;
  const { promoters, gate, isPlace } = place;
  const records = await place.readRecords(subject.descriptor, hanging, { ...options, now, promoters });
  const originsOf = (asking: Gate): readonly string[] => [...given.originsOf(asking), ...place.originsIn(records, asking, now)];
  const asked = { ...given, originsOf, hanging: given.more?.asks.evidence === undefined ? withoutStatements(hanging) : hanging };
  // Whoever wants to see the evidence wants all of it, and once.
  const { onEvidence, ...unwatched } = options;
  if (onEvidence !== undefined) await judge(draft, asked);
  const plain = { ...asked, options: unwatched };
  const answer = await place.judgeAtPlace(records, {
    policy: options.policy,
    gates: given.gates,
    gate,
    tag: reference.digest === undefined ? reference.tag : undefined,
    now,
    isPlace,
    mustEnter: options.enter === true,
    isPromoted: options.promotedFrom !== undefined,
    enter: () => given.enter(plain),
    askNow: (gates) => judge(draft, { ...plain, gates }),
    askEnter: (at, only, version) => judgeAsOf(draft, plain, { at, only, version }),
  });
  return draft.finish(answer.outcome, answer);
}

/** What nobody asks for was listed for the records alone. */
function withoutStatements({ listing, ...hanging }: Hanging): Hanging {
  const types = new Set(FORMATS.flatMap(({ carrier }) => carrier.artifactTypes));
  return { ...hanging, listing: { ...listing, referrers: listing.referrers.filter(({ artifactType = "" }) => types.has(artifactType)) } };
}

/** The same question as of another time, by less than all that is there, and maybe by an earlier version of the policy. */
async function judgeAsOf(
  draft: Draft,
  given: Judging,
  { at, only, version }: { readonly at: Date; readonly only: Only; readonly version: Policy },
): Promise<{ readonly verdict: Verdict; readonly gate: Gate } | undefined> {
  const { options, repository } = given;
  const { monotonicMs } = options.clock;
  const clock = { now: () => new Date(at), ...(monotonicMs === undefined ? {} : { monotonicMs }) };
  const asOf = { ...options, clock, policy: version };
  const then = version === options.policy ? given : await judgingBy(version, given);
  const gate = then?.gates.at(-1);
  if (then === undefined || gate === undefined) return undefined;
  return { verdict: await judge(draft, { ...then, now: at, only, options: asOf, repository }), gate };
}

async function judgingBy(version: Policy, given: Judging): Promise<Judging | undefined> {
  const { options, repository, subject } = given;
  const selection = version.select(repository, given.gates.at(-1)?.name);
  if (selection.kind !== "gate" || selection.rules === undefined) return undefined;
  const prepared = await prepare(selection, version);
  const asks = { ...(options.signal === undefined ? {} : { signal: options.signal }), ...prepared.more?.asks };
  const hanging = await listHanging(options.store, subject.descriptor.digest, asks);
  const anchors = await loadAnchors(selection.rules.trustStores, options.trust);
  return { ...given, ...prepared, rules: withAnnotations(selection.rules, options), anchors, hanging };
}

/** Where the image was found: in its own repository, and where whoever asks has found it before. */
function foundIn(reference: Reference, { promotedFrom }: EvaluateOptions): Judging["originsOf"] {
  const found = [reference, promotedFrom].flatMap((one) => (one?.kind === "registry" ? [repositoryOf(one)] : []));
  return () => found;
}

/** Which chain of versions the policy is of, is not in its document. */
function withChain(gate: Gate, { chain }: Policy): Gate {
  const policyChain = tryParseDigest(chain ?? "");
  return gate.head === undefined || policyChain === undefined ? gate : { ...gate, head: { ...gate.head, policyChain } };
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

interface Judging {
  readonly gates: readonly Gate[];
  readonly people: PolicyPeople | undefined;
  /** Absent where nobody may except what the gates ask for. */
  readonly waiving: Waiving | undefined;
  readonly rules: SignatureRules;
  readonly anchors: readonly TrustAnchor[];
  readonly hanging: Hanging;
  readonly more: EvidenceLook | undefined;
  readonly subject: StoredManifest;
  /** By which the policy knows the image. */
  readonly repository: string;
  /** The repositories in which the image was found, as far as a gate has it from those whom it believes. */
  readonly originsOf: (gate: Gate) => readonly string[];
  readonly now: Date;
  readonly only?: Only;
  readonly options: EvaluateOptions;
}

async function judge(draft: Draft, given: Judging): Promise<Verdict> {
  const { gates, hanging, more, subject, options } = given;
  const { listing } = hanging;
  const restricted = given.only === undefined ? {} : { only: given.only };
  const around: GatherOptions = { ...options, rules: given.rules, anchors: given.anchors, now: given.now, ...more?.asks, ...restricted };
  const others = await more?.lookAtManifests(subject, gates, around);
  const place = { now: given.now, subject: subject.descriptor.digest, repository: given.repository };
  const all: Coverage = { complete: true, unexamined: 0 };
  // The last word may be anywhere in the list.
  const isOpenToTheEnd = gates.some(({ requirements }) => requirements.some(isOpenToTheEndOf));
  const gathered = await gather(subject.descriptor, hanging, {
    ...around,
    isEnough: ({ signatures, evidence }) => {
      if (options.explain === true || isOpenToTheEnd) return false;
      // What nobody has signed cannot settle anything, and there may be thousands of it.
      const signed = evidence.filter(({ report }) => report.signatures.length > 0);
      const seen = { signatures, coverage: all, evidence: others?.with({ evidence: signed, gaps: ["not all was looked at"] }), place };
      return decideAll(decideGates(gates, { ...seen, originsOf: given.originsOf })) === "pass";
    },
  });
  const { signatures: reports, unexamined } = gathered;
  const coverage = { complete: listing.complete, unexamined: unexamined.reason === "budget" ? unexamined.count : 0 };
  const hangs = others?.with({ evidence: gathered.evidence, gaps: more?.gapsOf(hanging, gathered) ?? [] });
  const ofBases: string[] = [];
  const askBase = (gate: string): BaseQuestion => told(baseQuestion(gate, options), (relaxed) => ofBases.push(...relaxed));
  const evidence = hangs === undefined ? undefined : await more?.withBases(await more.withCommits(hangs, gates), gates, askBase);
  if (evidence !== undefined) options.onEvidence?.(evidence);
  const approvals = evidence && (await more?.approvals?.(gates, evidence, given));
  const requirements = decideGates(gates, {
    signatures: reports,
    coverage,
    evidence,
    place,
    approvals,
    waiving: given.waiving,
    originsOf: given.originsOf,
  });
  const outcome = decideAll(requirements);
  const signatures = reports.map((report) => asCounted(report, { ...given, requirements }));
  const notes = listing.notes.map((note) => finding("listing", note.code, showForeign(note.message), { action: "log" }));
  const end =
    outcome === "pass" ? validUntil(requirements, { gates, reports: [...reports, ...signaturesOf(evidence)], now: given.now }) : undefined;
  return draft.finish(outcome, {
    findings: [...notes, ...findGaps(reports, coverage, requirements)],
    requirements,
    signatures,
    ...(evidence === undefined || more === undefined ? {} : { evidence: more.reportsOf(evidence) }),
    unexamined,
    relaxations: [
      ...new Set(signatures.filter((report) => report.outcome === "counts").flatMap(relaxationsOf)),
      ...requirements.flatMap(overruledIn),
      ...new Set(requirements.flatMap((report) => given.waiving?.describe(report) ?? [])),
      ...[...new Set(ofBases)].toSorted(),
    ],
    ...restsOnRegistry(outcome, gates, requirements),
    ...(end === undefined ? {} : { validUntil: { enter: end.toISOString() } }),
  });
}

/** A later word may take an earlier one back. */
function isOpenToTheEndOf(requirement: Requirement): boolean {
  return requirement.kind === "approval" || (requirement.kind === "evidence" && requirement.newestOnly);
}

/** Whoever may delete in the registry can take back what would be a no. */
function restsOnRegistry(
  outcome: Verdict["outcome"],
  gates: readonly Gate[],
  reports: readonly RequirementReport[],
): Pick<Verdict, "restsOnRegistry"> {
  const broken = reports.flatMap(({ gate, waived = [] }) =>
    waived.some(({ isBreakGlass }) => isBreakGlass) ? [`whether the glass was broken at gate ${gate} before`] : [],
  );
  const asked = gates.flatMap(({ name, requirements }) =>
    requirements
      .filter(isOpenToTheEndOf)
      .map((one) => (one.kind === "approval" ? `rejections at gate ${name}` : `later words on ${one.name} at gate ${name}`)),
  );
  const negatives = [...asked, ...broken];
  return outcome !== "pass" || negatives.length === 0 ? {} : { restsOnRegistry: [...new Set(negatives)] };
}

function overruledIn({ gate, words = [] }: RequirementReport): readonly string[] {
  return words.flatMap(({ person, because = [] }) =>
    because.flatMap(({ code, message }) =>
      code === "approvals/overruled" ? [`${person} has rejected it at gate ${gate}, and ${message}`] : [],
    ),
  );
}

/** What let a base pass, let pass what is built on it. */
function told(question: BaseQuestion, tell: (relaxations: readonly string[]) => void): BaseQuestion {
  return {
    ...question,
    judge: async (reference, store) => {
      const verdict = await question.judge(reference, store);
      if (verdict.outcome === "pass") tell(verdict.relaxations.map((text) => `its base ${formatReference(reference)}: ${text}`));
      return verdict;
    },
  };
}

/** How deep bases of bases are followed. */
const MOST_BASES = 4;

/** A base is judged as any image is, at the gate that bases have to pass. */
function baseQuestion(gate: string, options: EvaluateOptions & { readonly basesLeft?: number }): BaseQuestion {
  const {
    openStore,
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
      if (openStore !== undefined && basesLeft > 0) return openStore(reference);
      const why = openStore === undefined ? "no other repository may be asked here" : "its bases have bases of bases";
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
      return evaluate(reference, inner);
    },
  };
}

function signaturesOf(evidence: EvidenceSeen | undefined): readonly SignatureReport[] {
  if (evidence === undefined) return [];
  return [evidence.image, ...evidence.runnable].flatMap((about) => about.evidence.flatMap(({ report }) => report.signatures));
}

/** The part that looks at more than signatures, and how the evidence that the gates ask for is read. */
interface EvidenceLook extends Pick<
  typeof import("./look-at-manifests.ts"),
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
  const { evidenceReader, lookAtManifests, gapsOf, withCommits, withBases, reportsOf } = await import("./look-at-manifests.ts");
  const evidence = evidenceReader(gates, { isWaivable });
  const approvals = asked.some(({ kind }) => kind === "approval") ? await loadApprovals() : undefined;
  return { lookAtManifests, gapsOf, withCommits, withBases, reportsOf, approvals, asks: evidence === undefined ? {} : { evidence } };
}

async function loadApprovals(): Promise<EvidenceLook["approvals"]> {
  const [{ decideApprovals }, { enteredHints }] = await Promise.all([
    import("./policy/approvals/decide.ts"),
    import("./policy/approvals/entered.ts"),
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
  return (await import("./entered-images.ts")).findEnteredImages(hints, gates, { ...options, openStore });
}

const NO_PEOPLE: PolicyPeople = { committers: [] };

async function loadAnchors(stores: readonly TrustStoreName[], trust: TrustSource): Promise<readonly TrustAnchor[]> {
  return (await Promise.all(stores.map((store) => trust.anchors(store)))).flat();
}

/** A signature as the gate sees it that it counts for; one that counts for none as the strictest of them would. */
function asCounted(
  report: SignatureReport,
  {
    gates,
    requirements,
    ...around
  }: Pick<Judging, "gates" | "now" | "originsOf"> & { readonly requirements: readonly RequirementReport[] },
): SignatureReport {
  const counting = requirements.find(({ counted }) => counted.some(({ signature }) => signature === report.digest));
  const gate = gates.find(({ name }) => name === counting?.gate);
  const isRevocationWaived = counting?.waived?.some(({ isBreakGlass }) => isBreakGlass) === true;
  if (gate !== undefined) return underGate(report, { ...gate, isRevocationWaived });
  if (report.outcome !== "counts") return report;
  return { ...report, outcome: isOpenFor(report, gates, around) ? "unknown" : "does-not-count" };
}

/** What counted only because the policy merely logs a check, or does not run it. */
function relaxationsOf(report: SignatureReport): readonly string[] {
  return report.findings
    .filter((entry) => entry.action !== "enforce" && entry.outcome !== "pass")
    .map((entry) => (entry.action === "skip" ? `${entry.check} was not checked` : `${entry.check} is only logged: ${entry.message}`));
}

interface Asked {
  readonly policy: Policy;
  readonly selection: Exclude<Selection, { kind: "gate-wanted" }>;
  /** The gate that the caller named. */
  readonly asked: string | undefined;
  readonly now: Date;
}

/** A verdict in the making: what is the same whatever the answer. */
class Draft {
  readonly #reference: Reference;
  readonly #asked: Asked;
  #subject: StoredManifest | undefined;

  constructor(reference: Reference, asked: Asked) {
    this.#reference = reference;
    this.#asked = asked;
  }

  resolved(subject: StoredManifest): void {
    this.#subject = subject;
  }

  finish(outcome: Verdict["outcome"], parts: Partial<Verdict>): Verdict {
    const { policy, selection, asked, now } = this.#asked;
    const { form, name, version, digest, trust } = policy;
    const isGate = selection.kind === "gate";
    const descriptor = this.#subject?.descriptor;
    return {
      apiVersion: API_VERSION,
      kind: "Verdict",
      outcome,
      subject: {
        reference: formatReference(this.#reference),
        ...(descriptor === undefined ? {} : { pinned: formatReference(pinReference(this.#reference, descriptor.digest)), descriptor }),
      },
      ...(isGate && selection.product !== undefined ? { product: selection.product } : {}),
      policy: { form, name, version, digest, trust },
      gate: isGate ? selection.gate.name : (asked ?? ""),
      question: "enter",
      judgedAt: now.toISOString(),
      requirements: [],
      signatures: [],
      findings: [],
      unexamined: { count: 0, reason: "none" },
      relaxations: [],
      ...parts,
    };
  }
}
