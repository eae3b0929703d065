/** Verdicts: the engine's answer, as versioned data. */
import type { Descriptor } from "./descriptor.ts";
import type { ContentKind, EvidenceCarrier } from "./evidence.ts";
import type { Finding } from "./finding.ts";
import type { Requirement } from "./requirement.ts";

export const API_VERSION = "countersign.dev/v1";

export type Answer = "pass" | "deny" | "unknown";

export interface SignatureReport {
  /** `unrecognised` where no format could be told. */
  readonly format: string;
  /** Digest of the signature's manifest. */
  readonly digest: string;
  /** Whether it counts towards any requirement. */
  readonly outcome: "counts" | "does-not-count" | "unknown";
  /** What it says of itself, escaped for display; times in RFC 3339. */
  readonly claimed?: {
    readonly subject: string;
    readonly signingTime?: string;
    readonly expiry?: string;
    readonly scheme: string;
    readonly annotations: Readonly<Record<string, string>>;
    readonly signingAgent?: string;
  };
  /** What the checks have shown. */
  readonly proven?: {
    /** The leaf's subject, in RFC 4514 form, escaped for display; of a bare key `key SHA256:…`. */
    readonly signer: string;
    /** Absent for a bare key, as is `validUntil`. */
    readonly issuer?: string;
    /** SHA-256 of the leaf in DER, in hex; of a bare key `SHA256:…`. */
    readonly fingerprint: string;
    /** `SHA256:` and so on of the signer's public key: two who have the same are one. */
    readonly key: string;
    /** The store whose anchor the chain contains. */
    readonly store?: string;
    readonly algorithm: string;
    /** By when it was signed, at the latest between these two (RFC 3339), as an authority has stamped it; its name escaped for display. */
    readonly time?: {
      readonly from: string;
      readonly to: string;
      readonly authority: string;
      /** Who runs it, as the verifier's configuration says. */
      readonly operator?: string;
    };
    /** RFC 3339; where the present time decides, the first end of a certificate of the chain. */
    readonly validUntil?: string;
  };
  /** Who signed, by the policy's name for them; at most one of the two is there. */
  readonly person?: string;
  readonly party?: string;
  readonly findings: readonly Finding[];
}

/** A statement about the image or one of its manifests, and who signed it. */
export interface EvidenceReport {
  /** Of the artifact or bundle that carries it, or of cosign's layer. */
  readonly digest: string;
  /** Digest of the manifest that it hangs on. */
  readonly subject: string;
  readonly carrier: EvidenceCarrier;
  /** Escaped for display. */
  readonly predicateType?: string;
  /** What it is in the policy's words. */
  readonly content?: ContentKind;
  /** RFC 3339: when what it tells of was so, as the document or else its signature says. */
  readonly at?: string;
  readonly signatures: readonly SignatureReport[];
  /** What is wrong with the evidence itself, whoever signed it. */
  readonly findings: readonly Finding[];
}

/** A signature that counted, and for whom; nobody is named where the policy names none. */
export interface Counted {
  /** Digest of the signature's manifest. */
  readonly signature: string;
  /** Digest of the evidence that it vouches for, where evidence was asked for. */
  readonly evidence?: string;
  readonly person?: string;
  readonly party?: string;
  /** RFC 3339: when the signature gets too old for what asks for it; absent where it does not. */
  readonly freshUntil?: string;
}

/** A signature that did not count, and what stood in the way. */
export interface Refused {
  readonly signature: string;
  readonly because: readonly { readonly code: string; readonly message: string }[];
}

/** Evidence of somebody who is asked, that does not say what is asked. */
export interface RefusedEvidence {
  readonly evidence: string;
  readonly person?: string;
  readonly party?: string;
  readonly because: readonly { readonly code: string; readonly message: string }[];
}

/** What one person has said at a gate. */
export interface Word {
  /** Digest of the evidence. */
  readonly statement: string;
  readonly person: string;
  readonly decision: "approved" | "rejected" | "withdrawn";
  /** RFC 3339: when it was signed, as far as that is known. */
  readonly at?: string;
  /** RFC 3339: when it lapses; of an approval that counts. */
  readonly until?: string;
  readonly counts: boolean;
  /** Why it does not count. */
  readonly because?: readonly { readonly code: string; readonly message: string }[];
  /** Digests of the rejections that it overrules. */
  readonly overrules?: readonly string[];
  /** As its author wrote them, escaped for display. */
  readonly reason?: string;
  readonly ticket?: string;
}

/** Leave to miss a requirement. */
export interface Waived {
  /** Digest of the evidence. */
  readonly statement: string;
  readonly person: string;
  /** RFC 3339. */
  readonly until: string;
  readonly isBreakGlass: boolean;
  /** Of a finding that alone is excused: the advisory, if any, and the package URL. */
  readonly finding?: { readonly advisory?: string; readonly purl: string };
  readonly reason: string;
  /** Of breaking the glass: until when somebody else should approve it (RFC 3339), and who has. */
  readonly afterwards?: { readonly due: string; readonly person?: string };
}

export interface RequirementReport {
  /** The gate that asks: the one in question, or one that comes before it. */
  readonly gate: string;
  /** What is asked for: `name` is the policy's own word for it. */
  readonly kind: Requirement["kind"];
  readonly name: string;
  /** Whose, as the policy says it; absent where it takes everyone whom its trust stores vouch for. */
  readonly by?: string;
  readonly atLeast: number;
  readonly outcome: Answer;
  readonly counted: readonly Counted[];
  /** Digests of all that speaks to this requirement, whether it counted or not. */
  readonly evidence: readonly string[];
  /** Of the evidence, what did not count at this gate, and why; absent on pass. One signature may count at another gate. */
  readonly refused?: readonly Refused[];
  /** Why a rule does not hold, or the image's configuration does not do. */
  readonly because?: readonly { readonly code: string; readonly message: string }[];
  /** Evidence that was looked at and does not meet the requirement; absent where there is none. */
  readonly refusedEvidence?: readonly RefusedEvidence[];
  /** What speaks against what counted and is excused by VEX; absent where nothing is. */
  readonly excused?: readonly { readonly code: string; readonly message: string }[];
  /** Of approvals: what people have said, whether it counts or not. */
  readonly words?: readonly Word[];
  /** Of approvals that are missing: who could still give one. */
  readonly stillAble?: readonly string[];
  /** What it passes by although it is not met, or not in full; absent where it is. */
  readonly waived?: readonly Waived[];
  /** Exceptions from it that do not hold, and why; absent where there are none. */
  readonly refusedExceptions?: readonly RefusedEvidence[];
  /** Digest of the summary by somebody else from which it is taken that it is met. */
  readonly takenFrom?: string;
  /** RFC 3339: when what counted gets too old; absent where it does not. */
  readonly freshUntil?: string;
  /** Digest of the one manifest of an index that this is about. */
  readonly manifest?: string;
  /** In words, what is missing; empty on pass. */
  readonly missing: readonly string[];
  readonly remedy?: string;
}

/** The promotion by which the image came to its place: enter was judged as of then. */
export interface EntryRecord {
  /** Digest of the evidence. */
  readonly statement: string;
  /** Who signed it, escaped for display. */
  readonly promoter: string;
  readonly from: string;
  readonly tags: readonly string[];
  /** RFC 3339. */
  readonly entered: { readonly from: string; readonly to: string };
  /** The record's word was taken for what had met the gate. */
  readonly isTrusted: boolean;
}

/** Somebody else's verdict that stands in for what was not found here. */
interface TakenSummary {
  /** Digest of the evidence. */
  readonly statement: string;
  /** Who signed it, escaped for display. */
  readonly by: string;
  /** RFC 3339, as is `validUntil`. */
  readonly judgedAt: string;
  readonly validUntil: string;
}

export interface Verdict {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: "Verdict";
  readonly outcome: Answer;
  readonly subject: {
    /** As asked, in full form. */
    readonly reference: string;
    /** Pinned to the digest; absent where the reference could not be resolved. */
    readonly pinned?: string;
    readonly descriptor?: Descriptor;
  };
  /** What the policy calls the image's product, such as `shop/api`; absent in a policy without products. */
  readonly product?: string;
  readonly policy: {
    readonly form: string;
    readonly name: string;
    readonly version: string;
    readonly digest: string;
    readonly trust: string;
  };
  readonly gate: string;
  readonly question: "enter" | "stay";
  readonly judgedAt: string;
  /** Absent where the image is judged as one that enters now. */
  readonly record?: EntryRecord;
  /** Absent where all was derived. */
  readonly taken?: TakenSummary;
  readonly requirements: readonly RequirementReport[];
  readonly signatures: readonly SignatureReport[];
  /** Absent where no gate asks for evidence. */
  readonly evidence?: readonly EvidenceReport[];
  /** Findings about the image or its listing rather than one signature. */
  readonly findings: readonly Finding[];
  /** What was not looked at, because the answer was fixed or the budget spent. */
  readonly unexamined: { readonly count: number; readonly reason: "none" | "answer-fixed" | "budget" };
  /** RFC 3339; the earliest end of what the answer rests on. */
  readonly validUntil?: { readonly enter?: string; readonly stay?: string };
  /** What would be a no if the registry told of it, and nothing but the registry says: `rejections at gate prod`. */
  readonly restsOnRegistry?: readonly string[];
  /** What the policy let pass that a strict one would not. */
  readonly relaxations: readonly string[];
}
