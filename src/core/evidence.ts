/** Evidence: what somebody said about a subject in a signed statement. What a statement says stays a claim until its signature has counted. */
import type { ApprovalSaid, DisownSaid, ExceptionSaid, PromotionSaid } from "./decision.ts";
import type { FindingCode } from "./finding.ts";

/** Something that a statement is about. Source: in-toto Statement v1, ResourceDescriptor. */
export interface StatementSubject {
  readonly name?: string;
  /** Algorithm to value, as written: `sha256` to 64 hex digits. */
  readonly digest: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An in-toto statement, decoded; v0.1 and v1 mean the same. */
export interface Statement {
  readonly subjects: readonly StatementSubject[];
  /** A URI, compared exactly. */
  readonly predicateType: string;
  /** JSON as it came; `undefined` where there is none. */
  readonly predicate: unknown;
}

export type Severity = "none" | "low" | "medium" | "high" | "critical" | "unknown";

/** A package, wherever it was named. */
export interface PackageName {
  readonly name: string;
  readonly version?: string;
  /** Package URL as written. */
  readonly purl?: string;
  /** SPDX expressions or names, as written. */
  readonly licenses: readonly string[];
}

/** One vulnerability that a scanner saw in one package. */
export interface ScanFinding {
  /** `CVE-…`, `GHSA-…`. */
  readonly id: string;
  /** Other names of the same. */
  readonly aliases: readonly string[];
  readonly severity: Severity;
  readonly package?: PackageName;
  readonly fixedIn?: string;
}

export interface VexStatement {
  /** The vulnerability and its other names. */
  readonly ids: readonly string[];
  readonly status: "not_affected" | "affected" | "fixed" | "under_investigation";
  readonly justification?: string;
  readonly products: readonly {
    /** `@id` or purl as written. */
    readonly id: string;
    readonly digests: Readonly<Record<string, string>>;
    /** Purls of parts that the statement is limited to; empty for the whole product. */
    readonly parts: readonly string[];
  }[];
  readonly at?: Date;
}

export interface ProvenanceSource {
  /** As written, without the revision: `git+https://git.example/shop`. */
  readonly uri: string;
  readonly commit?: string;
  /** `refs/heads/main`. */
  readonly ref?: string;
}

/** Somebody as a commit names them: what was typed into a configuration, and proves nothing. */
export interface CommitPerson {
  readonly name: string;
  readonly mail: string;
}

/** What a commit or tag shows by itself of who signed it. */
export type GitSignature =
  | { readonly kind: "none" }
  /** Verified; `SHA256:` and so on, as OpenSSH shows the key. Whose it is, a policy says. */
  | { readonly kind: "ssh"; readonly fingerprint: string }
  /** It does not bring its key along, so that only who has keys can verify it. `signature`: in armour. */
  | { readonly kind: "openpgp-unverified"; readonly signature: string; readonly payload: Uint8Array }
  /** Verified, by the key of the policy that has this fingerprint: 40 or 64 upper-case hex digits. */
  | { readonly kind: "openpgp"; readonly fingerprint: string }
  /** By a key, which it names, that the policy does not have: not looked at any further. */
  | { readonly kind: "openpgp-other"; readonly key: string }
  | { readonly kind: "invalid"; readonly why: string }
  /** Of a kind that is not read here, so that it may be a good one. */
  | { readonly kind: "unsupported"; readonly why: string };

export interface SourceCommit {
  /** Computed from the commit itself, as are those of its parents by whoever carries them. */
  readonly id: string;
  readonly parents: readonly string[];
  readonly author: CommitPerson;
  readonly committer: CommitPerson;
  /** Named in its text. */
  readonly coAuthors: readonly CommitPerson[];
  readonly signature: GitSignature;
}

export interface SourceTag {
  readonly id: string;
  readonly name: string;
  readonly tagger?: CommitPerson;
  readonly signature: GitSignature;
}

/** What a statement says, in words that a policy can ask about, whatever the form of its predicate. */
export type Content =
  | {
      readonly kind: "provenance";
      readonly builder: string;
      readonly buildType?: string;
      /** Where it was built from, as the builder says it; several where it names several. */
      readonly sources: readonly ProvenanceSource[];
      /** Other things that went into it. */
      readonly materials: readonly { readonly uri?: string; readonly digest: Readonly<Record<string, string>> }[];
      /** The end of the build, else its start. */
      readonly at?: Date;
    }
  | { readonly kind: "sbom"; readonly packages: readonly PackageName[]; readonly at?: Date }
  | {
      readonly kind: "scan";
      readonly scanner: string;
      readonly scannerVersion?: string;
      /** When the scan ended. */
      readonly at?: Date;
      /** When the scanner's database was made. */
      readonly databaseAt?: Date;
      readonly findings: readonly ScanFinding[];
    }
  | {
      readonly kind: "test";
      readonly result: "passed" | "warned" | "failed";
      readonly failed: readonly string[];
      readonly passed: number;
      readonly at?: Date;
    }
  | { readonly kind: "vex"; readonly statements: readonly VexStatement[]; readonly at?: Date }
  | {
      readonly kind: "source";
      /** As whoever attests names it: the commits are the same wherever they lie. */
      readonly repository?: string;
      /** The commit that it is about; `commits` holds it. */
      readonly head: string;
      /** In no order. A parent that is not among them is where what is carried ends. */
      readonly commits: readonly SourceCommit[];
      /** That name the head. */
      readonly tags: readonly SourceTag[];
    }
  | ({ readonly kind: "approval"; readonly at: Date } & ApprovalSaid)
  | ({ readonly kind: "exception"; readonly at: Date } & ExceptionSaid)
  | ({ readonly kind: "disown"; readonly at: Date } & DisownSaid)
  | ({ readonly kind: "promotion"; readonly at: Date } & PromotionSaid)
  /** A predicate that has no words of its own here: it travels, and a policy may ask for it by its URI. */
  | { readonly kind: "other" };

export type ContentKind = Content["kind"];

/** Those that people attest by name; anything else is named by its URI, and what is said at gates has commands of its own. */
export const NAMED_KINDS: readonly ContentKind[] = ["sbom", "provenance", "scan", "test", "vex", "source"];

export type ContentOf<K extends ContentKind> = Extract<Content, { readonly kind: K }>;

/** Why a piece of evidence does not meet a requirement; the code says whether that is a no or a doubt. */
export interface Objection {
  readonly code: FindingCode;
  /** One sentence about this case, foreign text in it made safe to show. */
  readonly message: string;
}

/** How evidence is carried; a policy never asks. */
export type EvidenceCarrier =
  /** An artifact attached to the subject, with signatures of its own. */
  | "attached"
  /** The same, and the artifact is a document as a tool wrote it, such as a bill of materials: that it is about the subject says the artifact. */
  | "document"
  /** A Sigstore bundle. */
  | "bundle"
  /** A layer of cosign's `sha256-HEX.att`. */
  | "cosign-attestation";
