/** A gate that stands alone and takes any signature that its rules accept: a Notary statement, or the options of the command line. */
import type { GateOutline, Selection, SignatureRules } from "../core/policy.ts";
import { actionsOf, LEVELS } from "./notary/levels.ts";

export function selectAlone(name: string, rules: SignatureRules | undefined): Selection {
  if (rules === undefined) return { kind: "gate", gate: { name, actions: actionsOf(LEVELS.skip), requirements: [] }, before: [], rules };
  const requirement = { kind: "signature", name: "signature", by: undefined, byText: "", atLeast: 1 } as const;
  return { kind: "gate", gate: { name, actions: rules.actions, requirements: [requirement] }, before: [], rules };
}

export function outlineOf(name: string, rules: SignatureRules | undefined, places: readonly string[]): GateOutline {
  return { name, actions: rules?.actions, trustStores: rules?.trustStores ?? [], places };
}
