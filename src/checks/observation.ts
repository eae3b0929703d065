/** What one check saw, before the policy's action is put on it. */
import type { CheckContext } from "../core/check.ts";
import type { Finding, FindingCode } from "../core/finding.ts";
import type { Signature } from "../core/signature.ts";

/** The code gives the outcome; foreign text in the message has been made safe to show. */
export interface Observation {
  readonly code: FindingCode;
  readonly message: string;
  readonly detail?: Finding["detail"];
  /** Better than that of the code. */
  readonly remedy?: string;
}

/** One question about one signature; `undefined` where the rules do not ask it. It throws nothing that a stranger can cause, but for the `Malformed` of a decoder. */
export type Question = (signature: Signature, context: CheckContext) => Observation | undefined;
