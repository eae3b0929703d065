/** What was seen of an image beside its signatures: evidence about each of its manifests, and their configurations. */
import type { Digest } from "../core/digest.ts";
import type { Content, Objection, Statement } from "../core/evidence.ts";
import type { EvidenceReport } from "../core/verdict.ts";

/** Evidence as it was read. What could not be is left out, and the report's findings say why. */
export interface ExaminedEvidence {
  readonly report: EvidenceReport;
  readonly statement?: Statement;
  readonly content?: Content;
  readonly at?: Date;
  /** Of provenance, by the gate that bases have to pass: what speaks against the base that it names. */
  readonly bases?: ReadonlyMap<string, readonly Objection[]>;
}

/** What was found about one manifest. */
export interface EvidenceOf {
  /** Of the manifest: the image, or a child of an index. */
  readonly subject: Digest;
  /** Whether the requirement names it, because it is one of several. */
  readonly isChild: boolean;
  readonly evidence: readonly ExaminedEvidence[];
  /** In words, why there may be more than was seen; empty if all was. */
  readonly gaps: readonly string[];
}

/** A manifest that somebody may run. */
export interface RunnableManifest extends EvidenceOf {
  /** The JSON of its configuration, where a gate asks about it. */
  readonly config?: unknown;
  /** In words, why it could not be read. */
  readonly configGap?: string;
}

export interface EvidenceSeen {
  readonly now: Date;
  /** What hangs on the image, or index, itself. */
  readonly image: EvidenceOf;
  readonly runnable: readonly RunnableManifest[];
  /** In words, why there may be more that runs. */
  readonly gaps: readonly string[];
}

/** It was listed and could not be had, which is not the same as being broken. */
export function isUnread({ report }: Pick<ExaminedEvidence, "report">): boolean {
  return report.findings.some(({ outcome }) => outcome === "unknown");
}
