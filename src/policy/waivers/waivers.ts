/** Exceptions at a gate as they are found there. */
import type { Gate } from "../../core/policy.ts";
import type { RefusedEvidence, Waived } from "../../core/verdict.ts";
import type { GateView } from "../gate-view.ts";
import type { WaiverRules } from "../waivable.ts";

/** One that holds. */
export interface Held {
  readonly waived: Waived;
  /** Of what it waives all that the policy lets it waive. */
  readonly kinds: readonly string[];
}

/** What may hold: it could not be read, or not be judged. */
export interface OpenWaiver {
  readonly kinds: readonly string[];
  readonly isBreakGlass: boolean;
  readonly message: string;
}

/** What does not hold, and why. */
export interface RefusedWaiver {
  /** What it was to waive. */
  readonly kinds: readonly string[];
  readonly evidence: RefusedEvidence;
}

export interface Waivers {
  readonly held: readonly Held[];
  /** Those about this gate, by anybody whom the policy knows, that do not hold. */
  readonly refused: readonly RefusedWaiver[];
  readonly open: readonly OpenWaiver[];
}

export const NO_WAIVERS: Waivers = { held: [], refused: [], open: [] };

/** At which gate, by whose rules and when. */
export interface Waiving {
  readonly gate: Gate & GateView;
  readonly rules: WaiverRules;
  readonly now: Date;
  readonly question: "enter" | "stay";
}
