/** The verification levels of the Notary Project, and what each of its checks means in ours. */
import type { Action, CheckName } from "../../core/finding.ts";

/** A check as a Notary trust policy names it. */
type NotaryCheck = "integrity" | "authenticity" | "authenticTimestamp" | "expiry" | "revocation";

export type NotaryActions = Readonly<Record<NotaryCheck, Action>>;

/** Source: Notary trust-store-trust-policy specification 1.1, "Signature Verification Levels". */
export const LEVELS = {
  strict: { integrity: "enforce", authenticity: "enforce", authenticTimestamp: "enforce", expiry: "enforce", revocation: "enforce" },
  permissive: { integrity: "enforce", authenticity: "enforce", authenticTimestamp: "log", expiry: "log", revocation: "log" },
  audit: { integrity: "enforce", authenticity: "log", authenticTimestamp: "log", expiry: "log", revocation: "log" },
  skip: { integrity: "skip", authenticity: "skip", authenticTimestamp: "skip", expiry: "skip", revocation: "skip" },
} as const;

export type Level = keyof typeof LEVELS;

/** What a statement may put in place of its level's action; integrity is not among them. Source: the same, "Custom Verification Level". */
export const OVERRIDES = {
  authenticity: ["enforce", "log"],
  authenticTimestamp: ["enforce", "log"],
  expiry: ["enforce", "log"],
  revocation: ["enforce", "log", "skip"],
} as const;

/** Our own checks. Whether a signature is whole, for this image and as asked for is never up for discussion, unless all is skipped. */
export function actionsOf(notary: NotaryActions): Readonly<Record<CheckName, Action>> {
  return {
    subject: notary.integrity,
    integrity: notary.integrity,
    authenticity: notary.authenticity,
    identity: notary.authenticity,
    product: notary.authenticity,
    annotations: notary.integrity,
    time: notary.authenticTimestamp,
    expiry: notary.expiry,
    revocation: notary.revocation,
  };
}
