/** What a gate asks, one requirement each, and what those that judge by themselves may look at. */
import type { Digest } from "./digest.ts";
import type { Content, ContentKind, Objection, PackageName, ScanFinding, SourceCommit, Statement, VexStatement } from "./evidence.ts";

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
