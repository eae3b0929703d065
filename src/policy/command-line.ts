/** The policy that the command line itself states: these trust stores and identities, or these keys, everything enforced. */
import { digestOf } from "../core/digest.ts";
import { CountersignError } from "../core/errors.ts";
import { keyFingerprint } from "../core/key-fingerprint.ts";
import type { Member, Policy, Selection, SignatureRules } from "../core/policy.ts";
import type { SignatureRequirement } from "../core/requirement.ts";
import { actionsOf, LEVELS } from "./notary/levels.ts";
import { parseTrustedIdentities } from "./notary/trusted-identities.ts";
import { outlineOf, selectAlone } from "./one-gate.ts";
import { parseTrustStoreName } from "./trust-store-name.ts";

export interface PolicyOptions {
  /** `type:name`, as of `--trust-store`. */
  readonly trustStores: readonly string[];
  /** `*` or `x509.subject: …`, as of `--trusted-identity`. */
  readonly trustedIdentities: readonly string[];
}

const NAME = "command-line";

/** Throws `CountersignError` `usage/invalid`. The level is strict, and the policy is for every repository. */
export function policyFromOptions(options: PolicyOptions): Policy {
  if (options.trustStores.length === 0) throw incomplete("--trust-store TYPE:NAME", "which roots to trust");
  if (options.trustedIdentities.length === 0)
    throw incomplete("--trusted-identity 'x509.subject: C=…, ST=…, O=…' (or '*')", "which signers to trust");
  const warnings: string[] = [];
  const identities = parseTrustedIdentities(options.trustedIdentities, {
    refuse: (index, state) => refuse("--trusted-identity", options.trustedIdentities[index] ?? "", state),
    warn: (index, state) => void warnings.push(`--trusted-identity "${options.trustedIdentities[index]}" ${state}`),
  });
  const rules: SignatureRules = {
    actions: actionsOf(LEVELS.strict),
    trustStores: options.trustStores.map((text) => parseTrustStoreName(text, (state) => refuse("--trust-store", text, state))),
    signers: { kind: "identities", identities },
    verifyTimestamp: "always",
  };
  return policyOf(rules, { selection: selectAlone(NAME, rules), stated: [options.trustStores, options.trustedIdentities], warnings });
}

/** A public key of `--key`: how it was named, and its SubjectPublicKeyInfo in DER. */
export interface NamedKey {
  readonly name: string;
  readonly publicKey: Uint8Array;
}

/** Any of the keys will do. The same key under two names is one. */
export function policyFromKeys(keys: readonly NamedKey[]): Policy {
  const byFingerprint = new Map(keys.map(({ name, publicKey }) => [keyFingerprint(publicKey), { name, publicKey }]));
  const members = Array.from(byFingerprint, ([fingerprint, { name, publicKey }]): Member => {
    return { name, kind: "machine", identities: [{ kind: "key", fingerprint, publicKey }], isOfProduct: true };
  });
  const rules: SignatureRules = {
    actions: actionsOf(LEVELS.strict),
    trustStores: [],
    signers: { kind: "members", members, asker: "the command line" },
    verifyTimestamp: "always",
  };
  const by = members.map(({ name }) => name);
  const requirement: SignatureRequirement = { kind: "signature", name: "signature", by, byText: by.join(", "), atLeast: 1 };
  const gate = { name: NAME, actions: rules.actions, requirements: [requirement] };
  return policyOf(rules, { selection: { kind: "gate", gate, before: [], rules }, stated: [...byFingerprint.keys()].toSorted() });
}

function policyOf(
  rules: SignatureRules,
  { selection, stated, warnings = [] }: { readonly selection: Selection; readonly stated: unknown; readonly warnings?: readonly string[] },
): Policy {
  return {
    form: NAME,
    name: NAME,
    version: "1.0",
    digest: digestOf(new TextEncoder().encode(JSON.stringify(stated))),
    trust: "unpinned",
    warnings,
    gates: [outlineOf(NAME, rules, ["*"])],
    acceptsPaths: true,
    select: (_repository, gate) =>
      gate === undefined || gate === NAME
        ? selection
        : { kind: "gate-wanted", message: `the options of the command line make one gate, and not "${gate}"`, choices: [NAME] },
  };
}

const REMEDIES = {
  "--trust-store": "`countersign trust list` shows those that are there",
  "--trusted-identity": "--trusted-identity 'x509.subject: C=US, ST=WA, O=Acme', or '*'",
} as const;

function refuse(option: keyof typeof REMEDIES, value: string, state: string): never {
  throw new CountersignError("usage/invalid", `Cannot use ${option} "${value}": ${state}`, { remedy: REMEDIES[option] });
}

function incomplete(option: string, what: string): CountersignError {
  return new CountersignError("usage/invalid", `Cannot make a policy of the command line: it does not say ${what}`, {
    remedy: `add ${option}`,
  });
}
