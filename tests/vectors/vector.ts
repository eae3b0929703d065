/** What a vector is: one fault in the good world, what must come of it, and the near world that passes. */
import type { FindingCode } from "../../src/core/finding.ts";
import type { Plan } from "./plan.ts";

export interface Vector {
  readonly name: string;
  /** The clause or the advisory. */
  readonly comment: string;
  /** Both unless given. */
  readonly formats?: readonly Plan["format"][];
  readonly outcome: "pass" | "deny" | "unknown";
  readonly code: FindingCode;
  /** Where the finding must stand: on the signature unless given. */
  readonly on?: "signature" | "verdict";
  readonly fault: (plan: Plan) => void;
  /** What is one mutation away and passes; the good world unless given. */
  readonly twin?: (plan: Plan) => void;
}
