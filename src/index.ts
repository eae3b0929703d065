/** The public API: the verbs, the nouns, and `setup`, which opens stores, keys, trust and policies. */

export { approve, type ApproveOptions, type ApproveResult, disown, type DisownOptions, type DisownResult } from "./approve.ts";
export { attach, type Attached, type AttachFilesResult, type AttachOptions, type SignedFile } from "./attach.ts";
export { attest, type AttestOptions, type AttestResult } from "./attest.ts";
export { attestFromBuildKit } from "./attest-buildkit.ts";
export { copy, type CopyOptions, type CopyReport } from "./copy.ts";
export { type Downloaded, type DownloadReport, downloadSignatures, downloadStatements } from "./download.ts";
export { evaluate, type EvaluateOptions } from "./evaluate.ts";
export { history, type HistoryOptions, type HistoryReport } from "./history.ts";
export { inspect, type InspectReport } from "./inspect.ts";
export { setup, type Setup, type SetupOptions } from "./setup.ts";
export { sign, type SignOptions, type SignResult } from "./sign.ts";
export { tree, type TreeManifest, type TreeNode, type TreeReport } from "./tree.ts";
export { verify, type VerifiedImage } from "./verify.ts";
export { VERSION } from "./version.ts";

export { type Clock, fixedClock, systemClock } from "./core/clock.ts";
export type { Descriptor } from "./core/descriptor.ts";
export { type Digest, digestOf, parseDigest } from "./core/digest.ts";
export { CountersignError, type ErrorCode } from "./core/errors.ts";
export type { Content, ContentKind, ContentOf, EvidenceCarrier, Objection, Statement, StatementSubject } from "./core/evidence.ts";
export type { Action, CheckName, Finding, FindingCode, FindingSource, Outcome } from "./core/finding.ts";
export type { Gate, GateOutline, Policy, Selection, SignatureRules } from "./core/policy.ts";
export type {
  EvidenceContext,
  EvidenceRequirement,
  ImageRequirement,
  Requirement,
  RuleRequirement,
  SignatureRequirement,
} from "./core/requirement.ts";
export { formatReference, parseReference, type Reference } from "./core/reference.ts";
export type { Claims, Signature } from "./core/signature.ts";
export type { Signer } from "./core/signer.ts";
export type { Listing, ReadonlyStore, Store, StoredManifest } from "./core/store.ts";
export type { TrustAnchor, TrustSource, TrustStoreName } from "./core/trust-source.ts";
export type {
  Answer,
  Counted,
  EvidenceReport,
  Refused,
  RefusedEvidence,
  RequirementReport,
  SignatureReport,
  Verdict,
} from "./core/verdict.ts";
