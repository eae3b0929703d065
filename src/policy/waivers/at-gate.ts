/** What is waived at one gate: the one place where exceptions are looked up, whoever asks and wherever from. */
import type { Gate } from "../../core/policy.ts";
import type { RequirementReport, SignatureReport } from "../../core/verdict.ts";
import type { EvidenceSeen } from "../evidence-seen.ts";
import { type GateView, underGate } from "../gate-view.ts";
import { BY_FINDING, UNKNOWN_REVOCATION, type WaiverRules } from "../waivable.ts";
import { applyWaivers } from "./apply.ts";
import { type ExceptedFindings, findingsExcepted } from "./excepting.ts";
import { findWaivers } from "./find.ts";
import { type Held, NO_WAIVERS, type OpenWaiver, type Waivers } from "./waivers.ts";
import { describeWaived } from "./words.ts";

interface WaivedAtGate {
  /** Of an index what is waived for all of it counts for each of its manifests. */
  excepted(manifest: string, kind: string): ExceptedFindings;
  /** The break-glass by which it does not matter here that a revocation is not known. */
  readonly revocation: readonly Held[];
  /** `signatures`: those of the image. */
  apply(report: RequirementReport, signatures: readonly SignatureReport[]): RequirementReport;
}

interface Around {
  readonly rules: WaiverRules;
  readonly question: "enter" | "stay";
  readonly evidence: EvidenceSeen | undefined;
}

/** `possible`: as if all held that may. */
export type World = "sure" | "possible";

/** As it is handed to what decides: a policy in which nobody may except anything does not load it. */
export interface Waiving {
  at(gate: Gate & GateView, evidence: EvidenceSeen | undefined, world: World): WaivedAtGate;
  /** In words, what may be an exception and could not be read or judged. */
  findOpen(gates: readonly Gate[], evidence: EvidenceSeen | undefined): string | undefined;
  describe(report: RequirementReport): readonly string[];
}

/** By whose rules something may be waived where an image is to enter. */
export function waivingBy(rules: WaiverRules): Waiving {
  const question = "enter";
  return {
    at: (gate, evidence, world) => waivedAt(gate, { rules, question, evidence }, world),
    findOpen: (gates, evidence) => findOpenWaiver(gates, { rules, question, evidence }),
    describe: describeWaived,
  };
}

function waivedAt(gate: Gate & GateView, around: Around, world: World): WaivedAtGate {
  const { evidence } = around;
  const found = findAll(gate, around);
  const image = found.get(evidence?.image.subject ?? "") ?? NO_WAIVERS;
  const together = new Map([...found].map(([subject, own]) => [subject, inWorld(own === image ? image : join(image, own), world)]));
  const all = inWorld(image, world);
  const of = (manifest: string): Waivers => together.get(manifest) ?? all;
  const revocation = all.held.filter(({ kinds }) => kinds.includes(UNKNOWN_REVOCATION));
  const seen =
    evidence === undefined ? [] : [evidence.image, ...evidence.runnable].flatMap((one) => one.evidence.map(({ report }) => report));
  return {
    excepted: (manifest, kind) => findingsExcepted(of(manifest), kind),
    revocation,
    apply: (report, signatures) => {
      const applied = applyWaivers(report, of(report.manifest ?? ""));
      if (revocation.length === 0 || applied.outcome !== "pass" || report.kind === "rule" || report.kind === "image") return applied;
      const every = [...signatures, ...seen.flatMap((one) => one.signatures)];
      return every.some((one) => countsByThat(one, gate)) ? withWaived(applied, revocation) : applied;
    },
  };
}

/** All that hold at the gate, of the image and of its manifests, each once. */
export function findHeld(gate: Gate & GateView, around: Around): readonly Held[] {
  const all = [...findAll(gate, around).values()].flatMap(({ held }) => held);
  return [...new Map(all.map((one) => [one.waived.statement, one])).values()];
}

function findOpenWaiver(gates: readonly Gate[], around: Around): string | undefined {
  for (const gate of gates) {
    for (const { open } of findAll(gate, around).values()) {
      if (open[0] !== undefined) return open[0].message;
    }
  }
  return undefined;
}

function findAll(gate: Gate & GateView, { rules, question, evidence }: Around): ReadonlyMap<string, Waivers> {
  if (evidence === undefined) return new Map();
  const at = { gate, rules, question, now: evidence.now };
  return new Map([...evidence.runnable, evidence.image].map((about) => [about.subject, findWaivers(about, at)]));
}

/** Only because it does not matter that its revocation is not known. */
function countsByThat(report: SignatureReport, gate: Gate & GateView): boolean {
  return underGate(report, gate).outcome === "unknown" && underGate(report, { ...gate, isRevocationWaived: true }).outcome === "counts";
}

function withWaived(report: RequirementReport, by: readonly Held[]): RequirementReport {
  const { waived = [] } = report;
  const more = by.map((one) => one.waived).filter(({ statement }) => !waived.some((one) => one.statement === statement));
  const last =
    by
      .map((one) => one.waived.until)
      .toSorted()
      .at(-1) ?? "";
  const freshUntil = report.freshUntil !== undefined && report.freshUntil < last ? report.freshUntil : last;
  return { ...report, waived: [...waived, ...more], freshUntil };
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
