/** Gates that the table of places asks for and the policy does not have: an image of such a place could not be judged. */
import type { Policy } from "../../core/policy.ts";
import { quote } from "../countersign/place.ts";
import { nearestName } from "../nearest.ts";
import type { DeployPlace, Verifier } from "./verifier.ts";

type Gated = Pick<Policy, "form" | "name" | "gates">;

export interface MissingGate {
  readonly state: string;
  readonly remedy: string;
}

/** `undefined` where the policy has the gate of `row`. `source`: the file with the table. */
export function findMissingGate(row: DeployPlace, { name, gates }: Gated, source: string): MissingGate | undefined {
  const names = gates.map((gate) => gate.name);
  if (names.includes(row.gate)) return undefined;
  const meant = nearestName(row.gate, names);
  const hint = meant === undefined ? "" : ` (did you mean ${meant}?)`;
  return {
    state: `line ${row.line} of "${source}" asks for gate ${quote(row.gate)}, which the policy ${name} does not have${hint}`,
    remedy: `write a gate of the policy there: ${names.join(", ")}`,
  };
}

/** Where policies are configured by name, the table is for those; of several, one need not have the gates of all places. */
export function missingGateWarnings(policy: Gated, { deploy, policies }: Verifier, source: string): readonly string[] {
  if (policy.form !== "countersign" || !policies.every(({ name }) => name === policy.name)) return [];
  return deploy.flatMap((row) => {
    const missing = findMissingGate(row, policy, source);
    return missing === undefined ? [] : [`${missing.state}; ${missing.remedy}`];
  });
}
