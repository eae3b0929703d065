/** What others will believe rests on a policy that somebody vouches for: one that is signed, or pinned outside of the working tree. */
import type { GateHead, StatementHead } from "../core/decision.ts";
import { type Digest, parseDigest, tryParseDigest } from "../core/digest.ts";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { Malformed } from "../core/malformed.ts";
import type { Policy } from "../core/policy.ts";
import { readContent } from "../statements/content.ts";

/** Throws `policy/unpinned`. `action`: what is to be done, as errors have it: `approve "…"`. */
export function refuseUntrusted({ name, trust, warnings }: Policy, action: string): void {
  if (trust !== "unpinned") return;
  const why = warnings.find((warning) => warning.includes("unpinned"));
  throw new CountersignError(
    "policy/unpinned",
    `Cannot ${action}: the policy ${showForeign(name)} is neither signed nor pinned${why === undefined ? "" : ` (${why})`}`,
  );
}

/** As a statement names the gate. Throws `policy/no-chain` where it is not known with which version the policy began. */
export function statementHead(policy: Policy, head: GateHead): StatementHead {
  const chain = policy.chain === undefined ? undefined : tryParseDigest(policy.chain);
  if (chain === undefined) {
    throw new CountersignError(
      "policy/no-chain",
      `Cannot speak for gate "${head.gate}": with which version the policy ${showForeign(policy.name)} began is not known`,
    );
  }
  const { gateTerms: _, ...compared } = head;
  return { ...compared, policyChain: chain };
}

/** Digest of the version of the policy that its author has before him. */
export function policyDigestOf({ digest }: Policy): Digest {
  return parseDigest(digest);
}

/** What verifiers could not read would be signed for nothing: a reason that is too long, or empty. Throws `usage/invalid`. */
export function refuseUnreadable(predicateType: string, predicate: object, action: string): void {
  try {
    readContent({ subjects: [], predicateType, predicate });
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new CountersignError(
      "usage/invalid",
      `Cannot ${action}: nobody could read what would be signed: ${showForeign(error.message, 300)}`,
      {
        remedy: "leave it out, or say it in fewer words",
      },
    );
  }
}
