/** One statement, decoded: what it claims about the image, apart from who has signed it. */
import type { Descriptor } from "../core/descriptor.ts";
import type { Digest } from "../core/digest.ts";
import { showForeign, showForeignPairs } from "../core/display.ts";
import type { EvidenceCarrier, Statement } from "../core/evidence.ts";
import type { Finding } from "../core/finding.ts";
import { describeEvidence } from "../evidence/examine-evidence.ts";
import { type ContentSummary, summarise } from "../statements/summary.ts";
import type { InspectedSignature } from "./inspect-signature.ts";

export interface InspectedSubject {
  readonly name?: string;
  readonly digest: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface InspectedStatement {
  /** Of the artifact or bundle that carries it, or of cosign's layer. */
  readonly digest: string;
  readonly carrier: EvidenceCarrier;
  /** Of the statement, document or envelope, as it is stored. */
  readonly size?: number;
  /** What it says, as true as those are believed who have signed it; absent where it cannot be read. */
  readonly claimed?: {
    readonly predicateType: string;
    /** Of a document what it is about itself, else what the artifact refers to. */
    readonly subjects: readonly InspectedSubject[];
    /** Absent where it is not about this image, or breaks the rules of its type. */
    readonly content?: ContentSummary;
  };
  /** Empty where nobody has signed it. */
  readonly signatures: readonly InspectedSignature[];
  /** What is wrong with the statement itself, whoever has signed it. */
  readonly findings: readonly Finding[];
}

export interface AboutStatement {
  readonly digest: Digest;
  readonly carrier: EvidenceCarrier;
  readonly envelope: Pick<Descriptor, "size">;
  readonly subject: Descriptor;
  readonly signatures: readonly InspectedSignature[];
}

export function describeStatement(
  statement: Statement,
  { digest, carrier, envelope, subject, signatures }: AboutStatement,
): InspectedStatement {
  const { report, content } = describeEvidence(statement, { digest, carrier, subject: subject.digest, signatures: [], findings: [] });
  return {
    digest,
    carrier,
    size: envelope.size,
    claimed: {
      predicateType: showForeign(statement.predicateType, 200),
      subjects: statement.subjects.map(({ name, digest: digests, annotations }) => ({
        ...(name === undefined ? {} : { name: showForeign(name, 200) }),
        digest: showForeignPairs(digests),
        ...(annotations === undefined ? {} : { annotations: showForeignPairs(annotations) }),
      })),
      ...(content === undefined ? {} : { content: summarise(content) }),
    },
    signatures,
    findings: report.findings,
  };
}
