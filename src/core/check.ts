/** The shape of a check: one question about one signature. */
import type { Descriptor } from "./descriptor.ts";
import type { CheckName, Finding } from "./finding.ts";
import type { SignatureRules } from "./policy.ts";
import type { Signature } from "./signature.ts";
import type { TrustAnchor } from "./trust-source.ts";

/** What checks may look at. Trust never comes from the signature itself. */
export interface CheckContext {
  readonly subject: Descriptor;
  readonly rules: SignatureRules;
  /** The anchors of the rules' stores of the type that the signature's scheme calls for. */
  readonly anchors: readonly TrustAnchor[];
  /** The anchors of the rules' `tsa` stores: who may vouch for time. */
  readonly authorities: readonly TrustAnchor[];
  /** Asked once, for the whole verdict. */
  readonly now: Date;
}

export interface Check {
  readonly name: CheckName;
  /** It needs no policy, and unless it passes nothing further can be shown. */
  readonly isFoundation: boolean;
  /** `undefined` where the rules do not ask. */
  run(signature: Signature, context: CheckContext): Finding | undefined;
}
