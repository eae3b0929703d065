/** Writes the records of one promotion: that the image has entered its place, and that another took it. */
import { attest, type AttestOptions } from "../attest.ts";
import type { Clock } from "../core/clock.ts";
import type { PromotionSaid, StatementHead } from "../core/decision.ts";
import type { Digest } from "../core/digest.ts";
import type { Policy } from "../core/policy.ts";
import { formatReference, pinReference, type Reference } from "../core/reference.ts";
import type { Verdict } from "../core/verdict.ts";
import { writePromotion } from "../statements/decisions/promotion.ts";
import { PROMOTION_V1 } from "../statements/predicate-types.ts";
import type { VerifiedImage } from "../verify.ts";
import { SIGNING_AGENT } from "../version.ts";
import { policyDigestOf, refuseUnreadable } from "../words/policy-for-writing.ts";
import { evidenceOf, properRelaxations } from "./record-evidence.ts";

type Other = NonNullable<PromotionSaid["other"]>;

interface WriteOptions extends Omit<AttestOptions, "predicate" | "predicateType"> {
  readonly clock: Clock;
  readonly policy: Policy;
  readonly head: StatementHead;
}

export class RecordWriter {
  readonly #image: VerifiedImage;
  readonly #destination: Reference;
  readonly #options: WriteOptions;

  constructor(image: VerifiedImage, destination: Reference, options: WriteOptions) {
    this.#image = image;
    this.#destination = destination;
    this.#options = options;
  }

  /** `verdict`: at the destination. Returns the digest of the evidence, as the other does. */
  async entered(
    verdict: Verdict,
    { replaces, lifts }: { readonly replaces: Other | undefined; readonly lifts: readonly Digest[] },
  ): Promise<Digest> {
    return this.#sign(this.#image.descriptor.digest, {
      ...this.#shared(),
      event: "entered",
      evidence: evidenceOf(verdict),
      judged: { from: new Date(this.#image.verdict.judgedAt), to: new Date(verdict.judgedAt) },
      ...(replaces === undefined ? {} : { other: replaces }),
      lifts,
      relaxations: properRelaxations(verdict),
    });
  }

  async replaced(image: Digest, other: Other): Promise<Digest> {
    const now = this.#options.clock.now();
    const nothing = { evidence: [], lifts: [], relaxations: [] };
    return this.#sign(image, { ...this.#shared(), ...nothing, event: "replaced", judged: { from: now, to: now }, other });
  }

  #shared(): Pick<PromotionSaid, "head" | "signedAt" | "policyDigest" | "from" | "to" | "tags"> {
    const { head, clock, policy } = this.#options;
    const { tag } = this.#destination;
    return {
      head,
      signedAt: clock.now(),
      policyDigest: policyDigestOf(policy),
      from: formatReference(this.#image.reference),
      to: formatReference(pinReference(this.#destination, this.#image.descriptor.digest)),
      tags: tag === undefined ? [] : [tag],
    };
  }

  async #sign(about: Digest, said: PromotionSaid): Promise<Digest> {
    const { policy: _, head: __, ...options } = this.#options;
    const predicate = writePromotion(said, { digest: about, builder: BUILDER });
    // A tag that moved to an image whose record nobody can read would be denied.
    refuseUnreadable(PROMOTION_V1, predicate, `record the promotion to "${formatReference(this.#destination)}"`);
    const { evidence } = await attest(pinReference(this.#destination, about), { ...options, predicateType: PROMOTION_V1, predicate });
    return evidence.digest;
  }
}

/** What made the record, for readers of kpromo's. */
const BUILDER = `https://countersign.dev/promote/${SIGNING_AGENT.replaceAll(/[^A-Za-z0-9.-]+/g, "-")}`;
