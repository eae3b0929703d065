/** The commands about whom to believe: trust stores and policies. */
import type { CommandDeclaration } from "../declaration.ts";
import { KEY_OPTIONS, NAMES_OUTPUT, ONE_OUTPUT } from "../options.ts";
import { TIMESTAMP_OPTIONS } from "../timestamp-options.ts";

const STORE = { name: "<type:name>", summary: "ca, signingAuthority or tsa, and the store's name: ca:acme", kind: "store" } as const;

export const TRUST_ADD: CommandDeclaration = {
  name: "trust add",
  summary: "trust a root certificate",
  description: "Copies certificates into a trust store, laid out as notation's are. A policy must name the store before it counts.",
  arguments: [STORE, { name: "<file...>", summary: "certificates in PEM or DER" }],
  options: [],
  examples: ["countersign trust add ca:acme root.pem"],
  load: () => import("../commands/trust-add.ts"),
};

export const TRUST_LIST: CommandDeclaration = {
  name: "trust list",
  summary: "list the trust stores and their certificates",
  description: "Lists every trust store with the certificates in it.",
  arguments: [],
  options: [NAMES_OUTPUT],
  examples: ["countersign trust list"],
  load: () => import("../commands/trust-list.ts"),
};

export const TRUST_SHOW: CommandDeclaration = {
  name: "trust show",
  summary: "show one trust store's certificates in full",
  description: "Shows subject, issuer, validity and fingerprint of every certificate in the store.",
  arguments: [STORE],
  options: [ONE_OUTPUT],
  examples: ["countersign trust show ca:acme"],
  load: () => import("../commands/trust-list.ts"),
};

export const TRUST_REMOVE: CommandDeclaration = {
  name: "trust remove",
  summary: "stop trusting a certificate, or a whole store",
  description: "Deletes one certificate from a trust store, or with --all the store.",
  arguments: [STORE, { name: "[certificate]", summary: "the file that was added, its name in the store, or a SHA-256 fingerprint" }],
  options: [{ flags: "--all", summary: "the whole store" }],
  examples: ["countersign trust remove ca:acme root.pem"],
  load: () => import("../commands/trust-remove.ts"),
};

export const POLICY_IMPORT: CommandDeclaration = {
  name: "policy import",
  summary: "check a Notary trust policy and put it in its place",
  description:
    "Installs a trust policy where notation and Countersign look for it. One that is there already is replaced only with --force.",
  arguments: [{ name: "<file>", summary: "a trustpolicy.json; - for stdin" }],
  options: [{ flags: "--force", summary: "replace the policy that is there" }],
  examples: ["countersign policy import trustpolicy.json"],
  load: () => import("../commands/policy-import.ts"),
};

export const POLICY_SHOW: CommandDeclaration = {
  name: "policy show",
  summary: "show the policy that judges, and where it comes from",
  description:
    "Prints the policy as it is stored, byte for byte; on a terminal, characters that would drive it or reorder a line are written as \\u{…}. With --history, the versions of a signed policy that its registry holds, who of the policy signers has signed each, and when; exit code 1 where one is not signed by those who may sign policies today, else 4 where one is missing or that could not be found out.",
  arguments: [{ name: "[policy]", summary: "this one rather than the one that judges, as for --policy; - for stdin", kind: "file" }],
  options: [
    { flags: "--policy <policy>", summary: "the same", kind: "file" },
    { flags: "--history", summary: "the versions before it too, of a policy in a registry" },
    ONE_OUTPUT,
  ],
  examples: ["countersign policy show", "countersign policy show oci://registry.example/policies/shop --history"],
  load: () => import("../commands/policy-show.ts"),
};

export const POLICY_CHECK: CommandDeclaration = {
  name: "policy check",
  summary: "say what is wrong with a policy",
  description: "Reads a policy of either form, names what cannot be used (exit 3), and warns about what it lets pass.",
  arguments: [{ name: "<file>", summary: "a countersign.yaml or trustpolicy.json; - for stdin" }],
  options: [ONE_OUTPUT],
  examples: ["countersign policy check trustpolicy.json"],
  load: () => import("../commands/policy-check.ts"),
};

export const POLICY_TRUST: CommandDeclaration = {
  name: "policy trust",
  summary: "pin a policy: it judges as it stands now, and in no other form",
  description:
    "Shows what a policy allows, asks, and records its digest in verifier.yaml. From then on the verdict calls it pinned, and one that was changed is refused (policy/changed) until it is trusted again. Approvals name the policy's first version: a change that is trusted here keeps it, and with it what was approved; what was promoted by the earlier one is still judged by that. The configuration must lie outside the working tree.",
  arguments: [{ name: "<file>", summary: "a countersign.yaml or trustpolicy.json" }],
  options: [
    {
      flags: "--first <digest>",
      summary: "the digest of the policy's first version, which approvals name (default: that of the policy that was pinned here before)",
    },
    { flags: "--yes", summary: "do not ask" },
    ONE_OUTPUT,
  ],
  examples: [
    "countersign policy trust countersign.yaml",
    "countersign policy trust countersign.yaml --yes",
    "countersign policy trust countersign.yaml --first sha256:9c0d…",
  ],
  load: () => import("../commands/policy-trust.ts"),
};

export const POLICY_SIGN: CommandDeclaration = {
  name: "policy sign",
  summary: "put a policy into a registry, signed",
  description:
    "Checks a Countersign policy, pushes it as an artifact, signs it, and moves the tag to it once as many have signed as roles.policySigners in verifier.yaml asks for: each of them signs the same file. A key that is none of theirs is refused. Where the tag holds a policy already, the new one has to be its successor: one version later, with its digest under previous. The same policy once more gets one more signature.",
  arguments: [
    { name: "<file>", summary: "a countersign.yaml; - for stdin", kind: "file" },
    { name: "<place>", summary: "oci://registry/repository[:tag]" },
  ],
  options: [
    ...KEY_OPTIONS,
    {
      flags: "--format <format>",
      summary: "envelope (default notary-jws, of a key without a certificate sigstore-bundle)",
      choices: ["notary-jws", "notary-cose", "sigstore-bundle"],
    },
    ...TIMESTAMP_OPTIONS,
    ONE_OUTPUT,
  ],
  examples: ["countersign policy sign shop.yaml oci://registry.example/policies/shop --key ana"],
  load: () => import("../commands/policy-sign.ts"),
};
