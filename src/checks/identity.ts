/** Is the signer one of the policy's trusted identities? */
import type { CheckContext } from "../core/check.ts";
import { showForeign } from "../core/display.ts";
import type { IdentityRule, NamePair } from "../core/policy.ts";
import type { Signature } from "../core/signature.ts";
import { formatName, namePairs } from "../pki/x509/name.ts";
import { isSubset, whyIncomparable } from "../policy/notary/distinguished-name.ts";
import { COMPARABLE_TYPES } from "../policy/notary/trusted-identities.ts";
import type { Chain } from "./chain.ts";
import { checkMember } from "./member.ts";
import type { Observation } from "./observation.ts";

/** Source: Notary trust policy specification, "trustedIdentities". Only the leaf is asked, and its name as data, never as text. */
export function checkIdentity(chain: Chain, _signature: Signature, context: CheckContext): Observation {
  const { signers } = context.rules;
  return signers.kind === "members" ? checkMember({ kind: "chain", chain }, signers, context) : checkTrusted(chain, signers.identities);
}

function checkTrusted([leaf]: Chain, rules: readonly IdentityRule[]): Observation {
  const signer = showForeign(formatName(leaf.subject));
  if (rules.some((rule) => rule.kind === "any")) {
    return { code: "identity/trusted", message: `${signer}; the policy accepts every signer of its trust stores` };
  }
  const subsets = rules.filter((rule) => rule.kind === "subset");
  if (subsets.length === 0) {
    return { code: "identity/no-native-entry", message: "the policy names only identities that a plugin would have to judge" };
  }
  const pairs = namePairs(leaf.subject);
  const problem = whyUnprintable(pairs) ?? whyIncomparable(pairs);
  if (problem !== undefined) return { code: "identity/unmatchable", message: `the signer's name ${signer} cannot be compared: ${problem}` };
  const rule = subsets.find((entry) => isSubset(entry.pairs, pairs));
  if (rule !== undefined) return { code: "identity/trusted", message: `${signer} is "${rule.text}"`, detail: { identity: rule.text } };
  const [only] = subsets;
  const none = subsets.length === 1 ? `not the trusted identity "${only?.text}"` : `none of the ${subsets.length} trusted identities`;
  return { code: "identity/untrusted", message: `${signer} is ${none}`, detail: { identity: `x509.subject: ${signer}` } };
}

/**
 * What notation's detour over text cannot carry: it prints other types as an identifier and `=#`, and then refuses every
 * name in which `=#` occurs. The same names are refused here, so that one policy means one thing to both.
 */
function whyUnprintable(pairs: readonly NamePair[]): string | undefined {
  const foreign = pairs.find(({ type }) => !COMPARABLE_TYPES.has(type));
  if (foreign !== undefined) return `it has ${showForeign(foreign.type)}, and only ${[...COMPARABLE_TYPES].join(", ")} can be compared`;
  return pairs.some(({ value }) => value.includes("=#")) ? 'it contains "=#"' : undefined;
}
