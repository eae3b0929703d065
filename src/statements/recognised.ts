/** A document that some tool has written, once it is known what it is. */
import type { Content, StatementSubject } from "../core/evidence.ts";
import type { NamedDigest } from "./importers/scan.ts";

export interface RecognisedDocument {
  /** As people call it: `Trivy report`. */
  readonly form: string;
  readonly predicateType: string;
  /** As it came; of reports of scanners and tests, the neutral form of what they say. */
  readonly predicate: unknown;
  readonly content: Content;
  /** What it says it is about: several names of one thing, or several things. Empty where it names none. */
  readonly namedDigests: readonly NamedDigest[];
  /** Of a statement, as they came. */
  readonly subjects?: readonly StatementSubject[];
}

/** Known from elsewhere, and taken where the document does not say it: when the tool was run, and of when its database was. */
export interface KnownTimes {
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  readonly databaseAt?: Date;
}
