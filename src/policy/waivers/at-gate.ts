/** What is waived at one gate: the one place where exceptions are looked up, whoever asks and wherever from. */
import type { Gate, PolicyPeople } from "../../core/policy.ts";
import type { EvidenceSeen } from "../evidence-seen.ts";
import type { GateView } from "../gate-view.ts";
import { findWaivers } from "./find.ts";
import { BY_FINDING, type Held, NO_WAIVERS, type OpenWaiver, UNKNOWN_REVOCATION, type Waivers, type WaiversOf } from "./waivers.ts";

/** By whose rules something may be waived, and for which question. */
export interface WaiverRules {
  readonly rules: Pick<PolicyPeople, "exceptions" | "breakGlass">;
  readonly question: "enter" | "stay";
}

export interface WaivedAtGate {
  readonly of: WaiversOf;
  /** The break-glass by which it does not matter here that a revocation is not known. */
  readonly revocation: readonly Held[];
  readonly isOpen: boolean;
}

/** `possible`: as if all held that may. */
export type World = "sure" | "possible";

export function waivedAt(
  gate: Gate & GateView,
  { rules, question, evidence }: WaiverRules & { readonly evidence: EvidenceSeen | undefined },
  world: World,
): WaivedAtGate {
  if (evidence === undefined) return { of: () => NO_WAIVERS, revocation: [], isOpen: false };
  const found = new Map(
    [evidence.image, ...evidence.runnable].map((about) => [
      about.subject as string,
      findWaivers(about, { gate, rules, question, now: evidence.now }),
    ]),
  );
  const image = found.get(evidence.image.subject) ?? NO_WAIVERS;
  const together = new Map([...found].map(([subject, own]) => [subject, inWorld(own === image ? image : join(image, own), world)]));
  return {
    of: (manifest) => together.get(manifest) ?? inWorld(image, world),
    revocation: inWorld(image, world).held.filter(({ kinds }) => kinds.includes(UNKNOWN_REVOCATION)),
    isOpen: [...found.values()].some(({ open }) => open.length > 0),
  };
}

/** What hangs on an index and names its child is found for both. */
function join(image: Waivers, own: Waivers): Waivers {
  const known = new Set([...image.held.map(({ waived }) => waived.statement), ...image.refused.map(({ evidence }) => evidence.evidence)]);
  return {
    held: [...image.held, ...own.held.filter(({ waived }) => !known.has(waived.statement))],
    refused: [...image.refused, ...own.refused.filter(({ evidence }) => !known.has(evidence.evidence))],
    open: [...image.open, ...own.open],
  };
}

function inWorld({ held, refused, open }: Waivers, world: World): Waivers {
  return world === "sure" ? { held, refused, open: [] } : { held: [...held, ...open.map(imagine)], refused, open };
}

/** Of what an exception names the finding itself is looked up where findings are. */
function imagine({ kinds, isBreakGlass, message }: OpenWaiver): Held {
  return {
    kinds: isBreakGlass ? kinds : kinds.filter((kind) => !BY_FINDING.has(kind)),
    waived: { statement: "", person: "", until: "", isBreakGlass, reason: message },
  };
}
