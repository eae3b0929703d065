/** What a policy asks, in the engine's words; the documents that say it are read in `policy/`. */
import type { GateHead } from "./decision.ts";
import type { Action, CheckName } from "./finding.ts";
import type { Requirement } from "./requirement.ts";
import type { TrustStoreName } from "./trust-source.ts";

/** The signed annotation that says which product of a policy was meant. */
export const PRODUCT_ANNOTATION = "dev.countersign.product";

/** The annotation of a statement's subject that says: the document names no image, and that it is about this one is its signer's word. */
export const ASSERTED_ANNOTATION = "dev.countersign.asserted";

/** One pair of a distinguished name: type in short form (`C`, `ST`, `O`, `CN` …) and value. */
export interface NamePair {
  readonly type: string;
  readonly value: string;
}

/** Which signers a Notary trust policy accepts. `subset`: every pair must be in the leaf's subject. Source: Notary trust policy, "trustedIdentities". */
export type IdentityRule =
  | { readonly kind: "any" }
  | { readonly kind: "subset"; readonly pairs: readonly NamePair[]; readonly text: string }
  /** An entry that only a plugin can judge. */
  | { readonly kind: "foreign"; readonly text: string };

/** How somebody is known, compared exactly. */
export type Identity =
  | {
      readonly kind: "certificate";
      /** The chain must hold a certificate of this store. */
      readonly anchor: TrustStoreName;
      readonly is:
        | { readonly kind: "subject"; /** The whole of it, in any order. */ readonly pairs: readonly NamePair[] }
        | { readonly kind: "san"; readonly type: "dns" | "uri" | "email"; readonly value: string }
        | { readonly kind: "fingerprint"; /** SHA-256 of the leaf in DER, in hex. */ readonly sha256: string };
    }
  | {
      readonly kind: "key";
      /** `SHA256:` and the base64 of the SHA-256 of the key's SubjectPublicKeyInfo in DER. */
      readonly fingerprint: string;
      /** The SubjectPublicKeyInfo in DER, where the policy has the whole key: without it only certificates of this key can be known. */
      readonly publicKey?: Uint8Array;
    }
  /** A workload or person known to an identity provider: matches nothing in this version. */
  | { readonly kind: "keyless" | "oidc"; readonly text: string };

/** Somebody who can be counted: one person, or one machine, however many identities they sign with. */
export interface Member {
  readonly name: string;
  readonly kind: "person" | "machine";
  readonly identities: readonly Identity[];
  /** The policy asks for them at this product alone, and each identity holds every variable of it: what they sign can be of no other. */
  readonly isOfProduct: boolean;
}

/** How a signature is judged, whoever asks. */
export interface SignatureRules {
  /** What each check's outcome does. */
  readonly actions: Readonly<Record<CheckName, Action>>;
  readonly trustStores: readonly TrustStoreName[];
  readonly signers:
    | { readonly kind: "identities"; readonly identities: readonly IdentityRule[] }
    | {
        readonly kind: "members";
        /** All that the gates ask for. */ readonly members: readonly Member[];
        /** Where it is written that they may; the policy itself unless given. */ readonly asker?: string;
      };
  /** Who runs the authorities of a `tsa` store, by the store as it is written: `tsa:acme`. */
  readonly operators?: ReadonlyMap<string, string>;
  /** When a timestamp is needed, if a `tsa` store is listed. */
  readonly verifyTimestamp: "always" | "afterCertExpiry";
  /** In words, why it is known of no signature whether it is revoked; absent where only certificates say so. */
  readonly revocationGap?: string;
  /** Signed user metadata that must be there, pair by pair. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** As it must be signed: `shop/api`. */
  readonly product?: string;
}

/** What is asked of an image at one place. */
export interface Gate {
  readonly name: string;
  readonly actions: Readonly<Record<CheckName, Action>>;
  readonly requirements: readonly Requirement[];
  /** Names of all that come before it; absent where it stands alone. */
  readonly after?: readonly string[];
  /** With which statements of ours have to agree to be about this gate; absent where a policy has no products. */
  readonly head?: GateHead;
  /** What must keep holding once an image has entered; absent where the policy asks for nothing. Seconds. */
  readonly stay?: { readonly scanMaxAge?: number; readonly superseded?: number };
  /** An image that was replaced may come back. */
  readonly allowsRollback?: true;
}

/** Who may let an image pass without a requirement, and for how long. */
export interface Waiver {
  /** Names of people. */
  readonly by: readonly string[];
  readonly byText: string;
  /** Kinds of requirements: `scan`, `approvals`; of break-glass `revocation/unknown` too. */
  readonly waives: readonly string[];
  /** Seconds. */
  readonly max: number;
}

/** Breaking glass, and what has to follow. */
export interface BreakGlassRule extends Waiver {
  /** Names of people who have to approve it afterwards. */
  readonly afterwardsBy: readonly string[];
  /** Seconds, as is `stayMax`: how soon they should, and how long what runs may wait for it. */
  readonly within: number;
  readonly stayMax: number;
}

/** A person as commits show one. */
export interface Committer {
  readonly name: string;
  /** Fingerprints: `SHA256:…`. */
  readonly gitKeys: readonly string[];
  /** Mails that they write into commits: they only ever keep somebody out. */
  readonly authors: readonly string[];
}

/** A site that signs the commits which it makes for those who have an account there. */
export interface Forge {
  readonly name: string;
  /** Fingerprints. */
  readonly gitKeys: readonly string[];
}

/** What a policy says of people, for gates that ask for approvals. */
export interface PolicyPeople {
  /** Everybody, whether asked or not. */
  readonly committers: readonly Committer[];
  /** Believed about whose account a commit was made with, which only ever keeps somebody out. */
  readonly forges?: readonly Forge[];
  readonly exceptions?: Waiver;
  readonly breakGlass?: BreakGlassRule;
}

/** Which gate judges a repository, and what it asks of an image there. */
export type Selection =
  | {
      readonly kind: "gate";
      readonly gate: Gate;
      /** Those that come before it, each before what comes after it. */
      readonly before: readonly Gate[];
      /** `undefined` where the policy says that nothing is to be looked at. */
      readonly rules: SignatureRules | undefined;
      /** Absent in policies without people. */
      readonly people?: PolicyPeople;
      /** All people and machines that the policy names and that can be known at this product, whether asked here or not. */
      readonly everybody?: () => readonly Member[];
      /** `shop/api`; absent in policies without products. */
      readonly product?: string;
    }
  /** The policy does not know the repository, or not for this gate. */
  | { readonly kind: "not-listed"; readonly message: string; readonly remedy: string }
  /** Several gates are for the repository, or none of this name is in the policy: the caller must say which. */
  | { readonly kind: "gate-wanted"; readonly message: string; readonly choices: readonly string[]; readonly product?: string };

/** A gate as the document has it, for people who look at the policy rather than at an image. */
export interface GateOutline {
  readonly name: string;
  /** `undefined` where nothing is looked at. */
  readonly actions: Readonly<Record<CheckName, Action>> | undefined;
  readonly trustStores: readonly TrustStoreName[];
  /** Repositories as the document writes them: exact, `*`, or with `{names}`. */
  readonly places: readonly string[];
}

/** Whose records of promotions are believed: the verifier's configuration says it, and never the policy. */
export interface Promoters {
  readonly rules: SignatureRules;
  /** A record's word is taken for what had met the gate. */
  readonly areTrusted: boolean;
}

export interface Policy {
  readonly form: "countersign" | "notary" | "command-line" | "policy-signers";
  readonly name: string;
  readonly version: string;
  /** Digest of the document's bytes. */
  readonly digest: string;
  /** Digest of the policy's first version; absent where it cannot be told. */
  readonly chain?: string;
  readonly trust: "signed" | "pinned" | "unpinned";
  /** Absent where nobody says who may promote: then each image is judged as one that enters now. */
  readonly promoters?: Promoters;
  /** By what the verdicts of others are judged that stand in for what is not found here; absent where nobody's do. */
  readonly summaryIssuers?: SignatureRules;
  /** What the document allows and should not, for people. */
  readonly warnings: readonly string[];
  /** In the order of the document. */
  readonly gates: readonly GateOutline[];
  /** A layout's path can stand where a repository does, as it can for notation; else what is in a layout needs a name. */
  readonly acceptsPaths?: true;
  /** For a repository: `host/path`, or the name given for what is in a layout. */
  select(repository: string, gate?: string): Selection;
  /** The earlier version that judged then; absent where none is known. */
  versionOf?(asked: EarlierVersion): Promise<FoundVersion>;
  /** Where the product of a repository is for a gate, if that is one place. */
  placeFor?(repository: string, gate: string): string | undefined;
}

/** An earlier version of a policy, by which somebody says that he has judged. */
export interface EarlierVersion {
  readonly digest: string;
  /** By it all the while. */
  readonly judged: { readonly from: Date; readonly to: Date };
  /** Its document, if it is kept beside the image. */
  readonly findKept: () => Promise<FoundDocument>;
}

export interface FoundVersion {
  readonly policy?: Policy;
  /** In words, why it may be there all the same. */
  readonly gaps: readonly string[];
}

export interface FoundDocument {
  readonly bytes?: Uint8Array;
  /** As of a version. */
  readonly gaps: readonly string[];
}
