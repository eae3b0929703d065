/** Answers for one reference: may it pass the policy? The verdict comes back as data; what cannot be judged is unknown, never yes. */
import { CHECKS } from "./checks/table.ts";
import type { Clock } from "./core/clock.ts";
import { digestHex, digestOf } from "./core/digest.ts";
import { showForeign } from "./core/display.ts";
import { type Finding, finding } from "./core/finding.ts";
import { Malformed } from "./core/malformed.ts";
import type { Gate, Policy, SignatureRequirement } from "./core/policy.ts";
import { formatReference, pinReference, type Reference, repositoryOf } from "./core/reference.ts";
import type { Listing, ReadonlyStore, StoredManifest } from "./core/store.ts";
import type { TrustAnchor, TrustSource, TrustStoreName } from "./core/trust-source.ts";
import { API_VERSION, type SignatureReport, type Verdict } from "./core/verdict.ts";
import { discover, orderCandidates } from "./discover.ts";
import { examine } from "./examine.ts";
import { examineAll } from "./examine-all.ts";
import { FORMATS } from "./formats/table.ts";
import { decideRequirement, findGaps } from "./policy/decide.ts";
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
  readonly scope?: string;
  /** Signed user metadata that must be there. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** How many signatures are fetched at once. */
  readonly concurrency?: number;
  readonly budgetMs?: number;
}

/** Source of the steps: docs/architecture.md, "The walk of one verify". */
export async function evaluate(reference: Reference, options: EvaluateOptions): Promise<Verdict> {
  const now = options.clock.now();
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const repository = options.scope ?? repositoryOf(reference);
  const gate = options.policy.gateFor(repository);
  const draft = new Draft(reference, options.policy, gate, now);
  if (gate === undefined) {
    // The name alone decides, so no registry is asked. A folder or file is at hand, and one that is not there is worth saying.
    if (reference.kind !== "registry") await resolve(reference, options);
    return draft.finish("deny", { findings: [notListed(reference, repository, options)] });
  }

  // A digest is known before it is fetched, so the listing need not wait for it.
  const { digest } = reference;
  const { requirement } = gate;
  const early =
    digest === undefined || requirement === undefined ? undefined : discover(options.store, digest, { formats: FORMATS, ...call });
  // Read while the registry is answering.
  const anchors = loadAnchors(requirement?.trustStores ?? [], options.trust);
  // Awaited below; if `resolve` throws first, these must not become unhandled rejections.
  for (const promise of [early, anchors]) promise?.catch(() => undefined);

  const subject = await resolve(reference, options);
  if ("outcome" in subject) return draft.finish("deny", { findings: [subject] });
  draft.resolved(subject);

  if (requirement === undefined) {
    return draft.finish("pass", {
      findings: [finding("policy", "policy/skipped", `the policy "${gate.name}" says not to look at signatures`, { action: "skip" })],
      relaxations: [`the policy "${gate.name}" skips verification`],
    });
  }
  const listing = await (early ?? discover(options.store, subject.descriptor.digest, { formats: FORMATS, ...call }));
  const { annotations } = options;
  const asked = annotations === undefined ? requirement : { ...requirement, annotations };
  return judge(draft, { requirement: asked, anchors: await anchors, listing, subject, now, options });
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

function notListed(reference: Reference, repository: string, { scope }: EvaluateOptions): Finding {
  const isAsked = reference.kind !== "registry";
  const message = `no statement of the policy is for "${showForeign(repository)}"${isAsked ? "" : ", so no question was sent to the registry"}`;
  if (isAsked && scope === undefined) {
    const remedy = "Say which repository of the policy it is: --scope REGISTRY/REPOSITORY.";
    return finding("policy", "product/not-listed", message, { remedy });
  }
  return finding("policy", "product/not-listed", message, {
    remedy: `Add "${repository}" to the registryScopes of a statement, if images from there may be used.`,
  });
}

async function judge(
  draft: Draft,
  given: {
    readonly requirement: SignatureRequirement;
    readonly anchors: readonly TrustAnchor[];
    readonly listing: Listing;
    readonly subject: StoredManifest;
    readonly now: Date;
    readonly options: EvaluateOptions;
  },
): Promise<Verdict> {
  const { requirement, anchors, listing, subject, now, options } = given;
  const trusted = new Set(anchors.map(({ certificate }) => digestHex(digestOf(certificate))));
  const { reports, unexamined } = await examineAll(orderCandidates(listing.referrers, { formats: FORMATS, trusted }), {
    ...options,
    examineOne: (candidate, allowance) =>
      examine(candidate, {
        ...options,
        ...allowance,
        formats: FORMATS,
        checks: CHECKS,
        requirement,
        anchors,
        subject: subject.descriptor,
        now,
      }),
    isEnough: (seen) => options.explain !== true && seen.some(({ outcome }) => outcome === "counts"),
  });
  const coverage = { complete: listing.complete, unexamined: unexamined.reason === "budget" ? unexamined.count : 0 };
  const report = decideRequirement(requirement, reports, coverage);
  const notes = listing.notes.map((note) => finding("listing", note.code, showForeign(note.message), { action: "log" }));
  const end = report.outcome === "pass" ? validUntil(reports, requirement) : undefined;
  return draft.finish(report.outcome, {
    findings: [...notes, ...findGaps(reports, coverage)],
    requirements: [report],
    signatures: reports,
    unexamined,
    relaxations: [...new Set(reports.filter(({ outcome }) => outcome === "counts").flatMap(relaxationsOf))],
    ...(end === undefined ? {} : { validUntil: { enter: end.toISOString() } }),
  });
}

async function loadAnchors(stores: readonly TrustStoreName[], trust: TrustSource): Promise<readonly TrustAnchor[]> {
  // A timestamp authority vouches for time, never for a signer.
  const forSigners = stores.filter(({ type }) => type !== "tsa");
  return (await Promise.all(forSigners.map((store) => trust.anchors(store)))).flat();
}

/** What counted only because the policy merely logs a check, or does not run it. */
function relaxationsOf(report: SignatureReport): readonly string[] {
  return report.findings
    .filter((entry) => entry.action !== "enforce" && entry.outcome !== "pass")
    .map((entry) => (entry.action === "skip" ? `${entry.check} was not checked` : `${entry.check} is only logged: ${entry.message}`));
}

/** A verdict in the making: what is the same whatever the answer. */
class Draft {
  readonly #reference: Reference;
  readonly #policy: Policy;
  readonly #gate: Gate | undefined;
  readonly #now: Date;
  #subject: StoredManifest | undefined;

  constructor(reference: Reference, policy: Policy, gate: Gate | undefined, now: Date) {
    this.#reference = reference;
    this.#policy = policy;
    this.#gate = gate;
    this.#now = now;
  }

  resolved(subject: StoredManifest): void {
    this.#subject = subject;
  }

  finish(outcome: Verdict["outcome"], parts: Partial<Verdict>): Verdict {
    const { form, name, version, digest, trust } = this.#policy;
    const descriptor = this.#subject?.descriptor;
    return {
      apiVersion: API_VERSION,
      kind: "Verdict",
      outcome,
      subject: {
        reference: formatReference(this.#reference),
        ...(descriptor === undefined ? {} : { pinned: formatReference(pinReference(this.#reference, descriptor.digest)), descriptor }),
      },
      policy: { form, name, version, digest, trust },
      gate: this.#gate?.name ?? "",
      question: "enter",
      judgedAt: this.#now.toISOString(),
      requirements: [],
      signatures: [],
      findings: [],
      unexamined: { count: 0, reason: "none" },
      relaxations: [],
      ...parts,
    };
  }
}
