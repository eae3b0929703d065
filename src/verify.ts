/** Verifies: a verdict that is not "pass" is thrown. What comes back is proof that somebody asked. */
import type { Descriptor } from "./core/descriptor.ts";
import { CountersignError } from "./core/errors.ts";
import { formatReference, pinReference, type Reference } from "./core/reference.ts";
import type { Verdict } from "./core/verdict.ts";
import { evaluate, type EvaluateOptions } from "./evaluate.ts";

declare const verified: unique symbol;

/** Only `verify()` makes one, so that a function that takes one cannot be given an image nobody verified. */
export interface VerifiedImage {
  readonly [verified]: true;
  /** Pinned to the digest that was verified. */
  readonly reference: Reference;
  readonly descriptor: Descriptor;
  readonly verdict: Verdict;
}

/** Throws `CountersignError` `verdict/deny` or `verdict/unknown` with the verdict in `detail`. */
export async function verify(reference: Reference, options: EvaluateOptions): Promise<VerifiedImage> {
  const verdict = await evaluate(reference, options);
  const { descriptor } = verdict.subject;
  if (verdict.outcome !== "pass" || descriptor === undefined) {
    const code = verdict.outcome === "unknown" ? "verdict/unknown" : "verdict/deny";
    const why = verdict.requirements.flatMap(({ missing }) => missing).concat(verdict.findings.map(({ message }) => message));
    throw new CountersignError(code, `Cannot pass "${formatReference(reference)}": ${why[0] ?? verdict.outcome}`, { detail: { verdict } });
  }
  return { reference: pinReference(reference, descriptor.digest), descriptor, verdict } as VerifiedImage;
}
