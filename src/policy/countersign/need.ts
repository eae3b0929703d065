/** One need of a gate as it is written, before the names in it lead somewhere. */
import type { AskedOfEvidence, ImageAsked } from "../requirements/asked.ts";
import type { PlacedExpression } from "./expressions.ts";
import type { Named } from "./name.ts";
import type { Place } from "./place.ts";
import type { Template } from "./template.ts";

export interface SignatureNeed {
  readonly kind: "signature";
  readonly by: readonly Named[];
  readonly atLeast: number;
  /** Where the number stands, or what it stands for. */
  readonly countPlace: Place;
  /** Seconds. */
  readonly maxAge: number | undefined;
  /** The publisher's name for the image. */
  readonly signedAs: PlacedTemplate | undefined;
}

/** Text with the product's variables, and where it stands. */
export interface PlacedTemplate {
  readonly template: Template;
  readonly place: Place;
}

export type EvidenceNeed = AskedOfEvidence & {
  readonly by: readonly Named[];
  /** Seconds. */
  readonly maxAge?: number | undefined;
  /** Of provenance; `asked` has it as it is written. */
  readonly source?: PlacedTemplate | undefined;
  /** Of provenance, the gate of its base; `asked` has its name. */
  readonly base?: Named | undefined;
  /** Of an attestation; `asked` has its text. */
  readonly expr?: PlacedExpression | undefined;
  /** Whose VEX excuses findings of a scan. */
  readonly vexBy?: readonly Named[] | undefined;
  readonly assertedBy?: readonly Named[] | undefined;
  /** Of provenance, where it says how many must agree. */
  readonly agreePlace?: Place | undefined;
  /** Of provenance; `asked` has its baselines. */
  readonly commitsBy?: readonly Named[] | undefined;
};

interface ImageNeed {
  readonly kind: "image";
  readonly asked: ImageAsked;
}

export type Need = SignatureNeed | EvidenceNeed | ImageNeed;
