/** What a policy asks, in the engine's words; the documents that say it are read in `policy/`. */
import type { GateHead } from "./decision.ts";
import type { Digest } from "./digest.ts";
import type { Content, ContentKind, Objection, PackageName, ScanFinding, SourceCommit, Statement, VexStatement } from "./evidence.ts";
import type { Action, CheckName } from "./finding.ts";
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

/** So many of these must have signed. */
export interface SignatureRequirement {
  readonly kind: "signature";
  /** As shown: `signature`. */
  readonly name: string;
  /** Names of members, any of whom counts once; `undefined` where every signature that the rules accept counts. */
  readonly by: readonly string[] | undefined;
  /** The same as the document says it: `ci`, or `release (eva, finn, gus)`. */
  readonly byText: string;
  readonly atLeast: number;
  /** Seconds: how long ago it may have been signed. */
  readonly maxAge?: number;
  /** The name that the image must have been signed by, as its publisher calls it: `docker.io/vendor/base`. */
  readonly signedAs?: string;
}

/** Single things that exceptions excuse, whatever else a policy denies. */
export interface Excepting {
  /** Of a scan. */
  finding(finding: ScanFinding): boolean;
  /** Of an SBOM. */
  package(found: PackageName): boolean;
}

/** What `judge` of an evidence requirement may look at besides the evidence. */
export interface EvidenceContext {
  readonly now: Date;
  /** Of the manifest that is judged: the image, or one child of an index. */
  readonly subject: Digest;
  readonly statement: Statement;
  /** Who vouches for it, by the policy's name; absent where nobody whom the policy asks does. */
  readonly signer?: string;
  /** What those whom the requirement's `vexBy` names have said about the subject, where it counts. */
  readonly vex: readonly VexStatement[];
  /** What those whom its `sourceBy` names have brought along of commits; each is named by its own bytes, whoever brings it. */
  readonly commits: readonly SourceCommit[];
  /** Absent where nothing is excepted. */
  readonly excepting?: Excepting;
}

/** A statement of a kind, by one of these, that says what is asked. */
export interface EvidenceRequirement {
  readonly kind: "evidence";
  /** As shown, and as the document has it: `scan`. */
  readonly name: "provenance" | "sbom" | "scan" | "test" | "vex" | "attestation";
  /** Names of members, any of whom will do. */
  readonly by: readonly string[];
  readonly byText: string;
  /** Which statements speak to it. */
  readonly about: { readonly content: ContentKind } | { readonly predicateType: string };
  /** Of all that those say about it the newest alone counts: an older one that was better does not. */
  readonly newestOnly: boolean;
  /** Each runnable manifest of an index needs its own. */
  readonly perManifest: boolean;
  /** How many must say it, each of another builder, where one is not enough. */
  readonly agree?: number;
  /** In words: `a scan by scanner, no older than 24h, without critical findings`. */
  readonly asks: string;
  /** Seconds. */
  readonly maxAge?: number;
  /** Whose VEX statements excuse findings. */
  readonly vexBy?: readonly string[];
  /** Whose source statements are looked into for the commits that it asks about. */
  readonly sourceBy?: readonly string[];
  /** By which the policy knows who signs commits with OpenPGP, each as `gpg --export` writes it. */
  readonly openPgpKeys?: readonly Uint8Array[];
  /** It asks for a source that no other product has: an image about which it is met is of this product, whatever is signed without a product's name. */
  readonly provesProduct?: true;
  /** Of provenance: ids of commits before which nothing is new, and nothing is asked of commits. */
  readonly commitsSince?: readonly string[];
  /** The gate that the image's base has to pass, which the provenance names. */
  readonly baseGate?: string;
  /** When what it says gets too old by itself, such as a scanner's database; absent where nothing does. */
  endOf?(content: Content): Date | undefined;
  /** What speaks against it; nothing, and it counts. Age and signer are not its question. */
  judge(content: Content, context: EvidenceContext): readonly Objection[];
}

/** What the image's own configuration must say. */
export interface ImageRequirement {
  readonly kind: "image";
  readonly name: "image";
  /** In words: `an image that runs as another user than root`. */
  readonly asks: string;
  /** `config`: the JSON of one runnable manifest's configuration blob. */
  judge(config: unknown): readonly Objection[];
}

/** What a rule may look at. */
export interface RuleContext {
  readonly now: Date;
  readonly subject: Digest;
  /** `host/path`. */
  readonly repository: string;
}

/** An expression that must hold at the gate. */
export interface RuleRequirement {
  readonly kind: "rule";
  /** As the policy calls it: `weekdays`. */
  readonly name: string;
  /** In words: `Production opens Monday to Thursday`. */
  readonly asks: string;
  judge(context: RuleContext): readonly Objection[];
}

/** So many of these people must approve. */
export interface ApprovalRequirement {
  readonly kind: "approval";
  readonly name: "approvals";
  /** Names of people. */
  readonly by: readonly string[];
  readonly byText: string;
  readonly atLeast: number;
  /** Seconds from when it was signed. */
  readonly valid: number;
  /** Counts only for the very evidence that its author saw. */
  readonly isExact: boolean;
  /** Whose does not count. */
  readonly not: {
    /** Of a commit that is new at this gate. */
    readonly author: boolean;
    readonly builder: boolean;
    /** Names of earlier gates: whoever counted there. */
    readonly approverOf: readonly string[];
  };
  /** Where authors do not count: all by which the policy knows who signs commits with OpenPGP. */
  readonly openPgpKeys?: readonly Uint8Array[];
  /** In words: `approval by 2 of release (eva, finn, gus), valid for 72h`. */
  readonly asks: string;
}

export type Requirement = SignatureRequirement | EvidenceRequirement | ImageRequirement | RuleRequirement | ApprovalRequirement;

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
