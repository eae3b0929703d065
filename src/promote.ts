/** Promotes: an image that passes a gate is brought to its place there with all that speaks for it, judged again by what is there, recorded, and tagged last. */
import type { AttestOptions } from "./attest.ts";
import { copy, type CopyOptions, type CopyReport } from "./copy.ts";
import { rememberReads } from "./copying/remembered-store.ts";
import { tryResolve } from "./copying/resolve-tag.ts";
import type { StatementHead } from "./core/decision.ts";
import type { Descriptor } from "./core/descriptor.ts";
import { type Digest, parseDigest } from "./core/digest.ts";
import { CountersignError } from "./core/errors.ts";
import { judgedRepository } from "./core/judged-repository.ts";
import type { Selection } from "./core/policy.ts";
import { formatReference, pinReference, type Reference } from "./core/reference.ts";
import type { CallOptions, Store } from "./core/store.ts";
import { distinctStores, loadAnchors } from "./core/trust-source.ts";
import type { Verdict } from "./core/verdict.ts";
import { withoutAbsent } from "./core/without-absent.ts";
import { evaluate, type EvaluateOptions } from "./evaluate.ts";
import { keepContext } from "./promoting/kept-context.ts";
import { isOlder } from "./promoting/older.ts";
import { refuseOthers } from "./promoting/promoter.ts";
import { describePromotion, type Held, otherOf, type PromotionReport, type Route } from "./promoting/promotion-report.ts";
import { takeTag } from "./promoting/take-tag.ts";
import { chooseKnown, findKnown } from "./promoting/worth-taking.ts";
import { findEnteredRecord, findPlaceRecords, isOvertaken, type PlaceOptions } from "./records/place-records.ts";
import { RecordWriter } from "./records/write-record.ts";
import { verify, type VerifiedImage } from "./verify.ts";
import { refuseUntrusted, statementHead } from "./words/policy-for-writing.ts";

export interface PromoteOptions
  extends
    Pick<CopyOptions, "from" | "to" | "concurrency" | "retry" | "progress">,
    Pick<EvaluateOptions, "policy" | "trust" | "clock" | "budgetMs" | "openStore" | "findEntered" | "signal">,
    Pick<AttestOptions, "signer" | "format" | "timestamper" | "referrers"> {
  readonly gate: string;
  /** The bytes of the policy's document, which are kept with the image. */
  readonly document: Uint8Array;
  /** The repository of the policy that a layout or archive stands for. */
  readonly as?: string;
  /** Whatever hangs on the image, whoever has signed it. */
  readonly allReferrers?: boolean;
  /** Signed with the record: how the source's digest was chosen. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * `image`: as `verify` has found it to pass this gate, by this policy, as the destination's repository. Whoever looks
 * meanwhile, or after this was killed, finds the tag as it was, or the new image with its record. Registries have no
 * compare-and-swap, so that of two who move one tag at once both may be told that they have; it holds one of theirs.
 * Throws `verdict/…` where it does not pass at the destination, `policy/…`, `promotion/…`.
 */
export async function promote(image: VerifiedImage, destination: Reference, options: PromoteOptions): Promise<PromotionReport> {
  const action = `promote "${formatReference(image.reference)}"`;
  refuseUntrusted(options.policy, action);
  const place = placeOf(image, destination, { ...options, action });
  await refuseOthers(options.signer, options.policy, { ...options, action });
  return new Promotion(image, destination, { ...options, ...place }).run();
}

interface Place {
  readonly selection: Extract<Selection, { kind: "gate" }>;
  readonly head: StatementHead;
}

/** What was verified is what is promoted: an image that passed another gate, or as another product, has not passed this one. */
function placeOf(
  { verdict, descriptor }: VerifiedImage,
  destination: Reference,
  { policy, gate, as, action }: PromoteOptions & { readonly action: string },
): Place {
  const repository = judgedRepository(destination, { policy, as });
  const selection = repository === undefined ? undefined : policy.select(repository, gate);
  const refuse = (state: string): CountersignError =>
    new CountersignError("promotion/wrong-place", `Cannot ${action} to "${formatReference(destination)}": ${state}`);
  if (selection?.kind !== "gate") throw refuse(`the policy does not list it for gate ${gate}`);
  const { head } = selection.gate;
  if (head?.repository === undefined || head.repository !== repository) throw refuse(`no product is at its place there for gate ${gate}`);
  const isSame =
    verdict.policy.digest === policy.digest &&
    verdict.gate === gate &&
    verdict.product === selection.product &&
    verdict.question === "enter";
  if (!isSame) throw refuse("it was verified by another policy, at another gate, or as another product");
  if (destination.digest !== undefined && destination.digest !== descriptor.digest) throw refuse(`it is ${descriptor.digest}`);
  return { selection, head: statementHead(policy, head) };
}

class Promotion {
  readonly #image: VerifiedImage;
  readonly #destination: Reference;
  /** The destination by digest. */
  readonly #there: Reference;
  readonly #options: PromoteOptions & Place;
  readonly #call: CallOptions;
  readonly #records: RecordWriter;

  constructor(image: VerifiedImage, destination: Reference, options: PromoteOptions & Place) {
    this.#image = image;
    this.#destination = destination;
    this.#there = pinReference(destination, image.descriptor.digest);
    this.#options = options;
    this.#call = options.signal === undefined ? {} : { signal: options.signal };
    this.#records = new RecordWriter(image, destination, writing(options));
  }

  async run(): Promise<PromotionReport> {
    const { descriptor } = this.#image;
    const { to } = this.#options;
    const { tag } = this.#destination;
    const [tagged, isThere] = await Promise.all([
      tag === undefined ? undefined : tryResolve(to, { tag }, this.#call),
      tryResolve(to, { digest: descriptor.digest }, this.#call),
    ]);
    const isInPlace = isThere !== undefined && (tag === undefined || tagged?.descriptor.digest === descriptor.digest);
    if (isInPlace) {
      const [stays, isComplete] = await Promise.all([this.#findStay(), this.#isComplete()]);
      if (stays !== undefined && isComplete)
        return describePromotion({ outcome: "held", record: stays, verdict: this.#image.verdict }, this.#route());
    }
    const held = tagged === undefined ? undefined : await this.#heldBy(tagged.descriptor);
    const goesBack = await this.#goesBack(held);
    // Before anything is copied: one that must not come back is not brought.
    if (isThere !== undefined && (await this.#isBarred())) await this.#judgeThere();
    const { report, leftBehind } = await this.#copy();
    await this.#keepContext();
    const verdict = await this.#judgeThere();
    const { digest: record, isRollback } = await this.#record(verdict, held);
    await this.#takeTag(record, held);
    const { blobs, manifests, referrers, tags, notes } = report;
    return describePromotion(
      {
        outcome: "promoted",
        record,
        verdict,
        held,
        isRollback: isRollback || goesBack,
        copied: { blobs, manifests, referrers, tags },
        leftBehind,
        notes,
      },
      this.#route(),
    );
  }

  #route(): Route {
    return { image: this.#image, destination: this.#destination, there: this.#there, head: this.#options.head };
  }

  async #heldBy(descriptor: Descriptor): Promise<Held> {
    const record = await findEnteredRecord(descriptor, this.#recordOptions());
    return { image: descriptor.digest, descriptor, ...(record === undefined ? {} : { record: record.digest }) };
  }

  /** The record by which it is there and may stay. */
  async #findStay(): Promise<Digest | undefined> {
    const verdict = await evaluate(this.#tagged(), this.#judging());
    return verdict.outcome === "pass" && verdict.record !== undefined ? parseDigest(verdict.record.statement) : undefined;
  }

  async #goesBack(held: Held | undefined): Promise<boolean> {
    const { gate } = this.#options.selection;
    const judge = async (image: Digest): Promise<Verdict> => evaluate(pinReference(this.#destination, image), this.#judging());
    return isOlder(this.#image, held?.image, { gate, judge });
  }

  /** It was replaced there, and the policy lets nothing come back: its verdict there says so, whatever else it lacks. */
  async #isBarred(): Promise<boolean> {
    if (this.#options.selection.gate.allowsRollback === true) return false;
    return (await findPlaceRecords(this.#image.descriptor, this.#recordOptions())).replaced.some(({ said }) => !isOvertaken(said));
  }

  /** As people will ask for it. */
  #tagged(): Reference {
    const { tag } = this.#destination;
    const { digest: _, ...place } = this.#there;
    return tag === undefined ? this.#there : { ...place, tag };
  }

  /** Whether all that the source lists for the image is listed here: a later no must not stay behind. */
  async #isComplete(): Promise<boolean> {
    const { from, to } = this.#options;
    const { digest } = this.#image.descriptor;
    const [there, here] = await Promise.all([from.referrers(digest, this.#call), to.referrers(digest, this.#call)]);
    const listed = new Set(here.referrers.map((referrer) => referrer.digest));
    return there.complete && here.complete && there.referrers.every((referrer) => listed.has(referrer.digest));
  }

  async #copy(): Promise<{ readonly report: CopyReport; readonly leftBehind: number }> {
    const { allReferrers = false, as, selection, policy, trust, clock } = this.#options;
    const from: Store = rememberReads(this.#options.from);
    const { tag: _, ...place } = this.#there;
    let leftBehind = 0;
    const { concurrency, retry, progress, to } = this.#options;
    const known = allReferrers ? undefined : await findKnown(selection, { policy, trust, now: clock.now() });
    const report = await copy(this.#image.reference, place, {
      ...this.#call,
      from,
      to,
      ...withoutAbsent({ concurrency, retry, progress, as }),
      ...(known === undefined
        ? {}
        : {
            choose: async (closure) => {
              const chosen = await chooseKnown(closure, { ...this.#call, ...known, store: from });
              ({ leftBehind } = chosen);
              return { ...chosen.closure, notes: [...chosen.closure.notes, ...chosen.gaps] };
            },
          }),
    });
    return { report, leftBehind };
  }

  async #keepContext(): Promise<void> {
    const { to, document, selection, trust, policy } = this.#options;
    const stores = [...(selection.rules?.trustStores ?? []), ...(policy.promoters?.rules.trustStores ?? [])];
    const anchors = await loadAnchors(distinctStores(stores), trust);
    const { mediaType, digest, size } = this.#image.descriptor;
    await keepContext({ mediaType, digest, size }, { ...this.#call, store: to, policy: document, anchors });
  }

  /** By what is there, and nothing that was read before. Its source's name is this promotion's word. */
  async #judgeThere(): Promise<Verdict> {
    return (await verify(this.#there, { ...this.#judging(), enter: true, promotedFrom: this.#image.reference })).verdict;
  }

  #judging(): EvaluateOptions {
    const { to, policy, trust, clock, gate, as, concurrency, budgetMs, openStore, findEntered } = this.#options;
    return {
      ...this.#call,
      store: to,
      policy,
      trust,
      clock,
      gate,
      ...withoutAbsent({ as, concurrency, budgetMs, openStore, findEntered }),
    };
  }

  async #record(verdict: Verdict, held: Held | undefined): Promise<{ readonly digest: Digest; readonly isRollback: boolean }> {
    const { replaced } = await findPlaceRecords(this.#image.descriptor, this.#recordOptions());
    const lifts = replaced.map(({ digest }) => digest);
    const digest = await this.#records.entered(verdict, { replaces: held && otherOf(held), lifts });
    return { digest, isRollback: replaced.some(({ said }) => !isOvertaken(said)) };
  }

  #recordOptions(): PlaceOptions {
    const { policy, trust, clock, head, to, concurrency, budgetMs } = this.#options;
    return {
      ...this.#call,
      store: to,
      policy,
      trust,
      now: clock.now(),
      head,
      ...withoutAbsent({ concurrency, budgetMs }),
    };
  }

  async #takeTag(record: Digest, held: Held | undefined): Promise<void> {
    const { tag } = this.#destination;
    if (tag === undefined) return;
    const { to, as } = this.#options;
    await takeTag({
      tag,
      image: this.#image,
      record,
      held,
      tagged: this.#tagged(),
      to,
      as,
      call: this.#call,
      records: this.#records,
      reading: () => this.#recordOptions(),
      stays: async () => (await this.#findStay()) !== undefined,
    });
  }
}

function writing(options: PromoteOptions & Place): ConstructorParameters<typeof RecordWriter>[2] {
  const { to, signer, clock, policy, head, signal, annotations, format, timestamper, referrers } = options;
  return {
    store: to,
    signer,
    clock,
    policy,
    head,
    ...withoutAbsent({ signal, annotations, format, timestamper, referrers }),
  };
}
