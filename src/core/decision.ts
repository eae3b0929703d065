/** What people and promoters say of an image at a gate, in statements of our own: a claim until their signature has counted. */
import type { Digest } from "./digest.ts";

/** Which question a statement answers; every member is compared exactly. */
export interface StatementHead {
  /** Digest of the first version of the policy. */
  readonly policyChain: Digest;
  /** The policy's name. */
  readonly policy: string;
  /** `shop/api`. */
  readonly product: string;
  readonly gate: string;
  readonly gateDigest: Digest;
  /** `host/path` of the product's place for the gate; absent where the policy gives it none. */
  readonly repository?: string;
}

/** What both sides of a comparison have; `policyChain` is unknown for a policy that nobody has signed and that has a predecessor. */
export interface GateHead extends Omit<StatementHead, "policyChain"> {
  readonly policyChain?: Digest;
  /** As `gateDigest`, without the keys and names by which machines are known. */
  readonly gateTerms: Digest;
}

/** What every statement of ours has. */
export interface Said {
  readonly head: StatementHead;
  readonly signedAt: Date;
  /** Digest of the policy's version that its author had before him. */
  readonly policyDigest: Digest;
  readonly reason?: string;
  /** Where it was talked about, as its author wrote it. */
  readonly ticket?: string;
}

/** One person's word at a gate. Of several the strictest counts that none of his own supersedes. */
export interface ApprovalSaid extends Said {
  readonly decision: "approved" | "rejected" | "withdrawn";
  readonly gateTerms: Digest;
  /** Digests of the evidence, and of the signatures, that met the gate's needs when he looked; sorted. */
  readonly evidence: readonly Digest[];
  /** Digests of earlier words of his own that this one replaces. */
  readonly supersedes: readonly Digest[];
  /** Digests of rejections by others that he wants lifted. */
  readonly overrules: readonly Digest[];
  /** The image that entered this gate last, as far as he knew; the commits that it was built from are not new. */
  readonly since?: Digest;
  /** Digest of the break-glass that he approves afterwards. */
  readonly afterwards?: Digest;
  /** The needs were not met when he looked. */
  readonly despite: boolean;
  /** Of an approval. */
  readonly expiresOn?: Date;
}

/** Leave to miss a requirement, for one image at one gate. */
export interface ExceptionSaid extends Said {
  /** Kinds of requirements as policies call them: `scan`, `approvals`. */
  readonly waives: readonly string[];
  /** All that the policy lets break-glass waive. */
  readonly isBreakGlass: boolean;
  /** Of a scan or SBOM: the one thing in the one package that is excused. */
  readonly finding?: { readonly advisory?: string; readonly purl: string };
  readonly expiresOn: Date;
}

/** "I am not who wrote that commit", of somebody whom only its text names. */
export interface DisownSaid extends Said {
  readonly commit: string;
}

/** What a promoter did. `entered`: the image is at its place. `replaced`: another one has taken its place. */
export interface PromotionSaid extends Said {
  readonly event: "entered" | "replaced";
  /** By digest. */
  readonly from: string;
  readonly to: string;
  readonly tags: readonly string[];
  /** Digests of what met the gate; sorted. */
  readonly evidence: readonly Digest[];
  /** RFC 3339 instants between which the gate was found to pass. */
  readonly judged: { readonly from: Date; readonly to: Date };
  /** Of the image that had the place, and of the record of how it came there. Of `replaced`: of the new image. */
  readonly other?: { readonly image: Digest; readonly record?: Digest };
  /** Of a way back: digests of the records that it had been replaced, which do not hold any more where the policy allows to go back. */
  readonly lifts: readonly Digest[];
  /** What was relaxed, in words; empty where the image entered properly. */
  readonly relaxations: readonly string[];
}
