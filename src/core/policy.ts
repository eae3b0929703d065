/** What a policy asks, in the engine's words; the documents that say it are read in `policy/`. */
import type { Action, CheckName } from "./finding.ts";
import type { TrustStoreName } from "./trust-source.ts";

/** One pair of a distinguished name: type in short form (`C`, `ST`, `O`, `CN` …) and value. */
export interface NamePair {
  readonly type: string;
  readonly value: string;
}

/** Which signers a requirement accepts. `subset`: every pair must be in the leaf's subject. Source: Notary trust policy, "trustedIdentities". */
export type IdentityRule =
  | { readonly kind: "any" }
  | { readonly kind: "subset"; readonly pairs: readonly NamePair[]; readonly text: string }
  /** An entry that only a plugin can judge. */
  | { readonly kind: "foreign"; readonly text: string };

export interface SignatureRequirement {
  readonly name: string;
  /** What each check's outcome does. */
  readonly actions: Readonly<Record<CheckName, Action>>;
  readonly trustStores: readonly TrustStoreName[];
  readonly identities: readonly IdentityRule[];
  /** When a timestamp is needed, if a `tsa` store is listed. */
  readonly verifyTimestamp: "always" | "afterCertExpiry";
  /** Signed user metadata that must be there, pair by pair. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What is asked of an image at one place. */
export interface Gate {
  readonly name: string;
  /** `undefined` where the policy says that nothing is to be looked at. */
  readonly requirement: SignatureRequirement | undefined;
}

export interface Policy {
  readonly form: "notary" | "command-line";
  readonly name: string;
  readonly version: string;
  /** Digest of the document's bytes. */
  readonly digest: string;
  readonly trust: "signed" | "pinned" | "unpinned";
  /** What the document allows and should not, for people. */
  readonly warnings: readonly string[];
  /** Every gate, in the order of the document. */
  readonly gates: readonly Gate[];
  /** The gate for a repository (`host/path`, or the scope given for a layout); `undefined` if none is for it. */
  gateFor(repository: string): Gate | undefined;
}
