/** What a policy lets pass by its own will, and which of its trust stores this machine lacks: told where a policy is looked at, not at every verdict. */
import { CountersignError } from "../core/errors.ts";
import type { Gate, Policy } from "../core/policy.ts";
import { formatStore, type TrustSource } from "../core/trust-source.ts";

/** Beside the policy's own warnings. */
export async function notesOn(policy: Policy, trust: TrustSource): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const gate of policy.gates) {
    notes.push(...whatPasses(gate, policy));
    for (const store of gate.requirement?.trustStores ?? []) {
      try {
        await trust.anchors(store);
      } catch (error) {
        if (!(error instanceof CountersignError) || !error.code.startsWith("trust/")) throw error;
        notes.push(`"${gate.name}" names ${formatStore(store)}, and no signature is accepted by it: ${error.message}`);
      }
    }
  }
  return notes;
}

function whatPasses(gate: Gate, policy: Policy): readonly string[] {
  const { name, requirement } = gate;
  if (requirement === undefined) {
    // Skipping for every image is among the policy's own warnings.
    return gate === policy.gateFor("*") ? [] : [`"${name}" has level skip: its images pass, whoever signed them or not`];
  }
  const checks = Object.entries(requirement.actions);
  const logged = checks.filter(([, action]) => action === "log").map(([check]) => check);
  const skipped = checks.filter(([, action]) => action === "skip").map(([check]) => check);
  return [
    ...(logged.length === 0 ? [] : [`"${name}" only logs ${logged.join(", ")}: a signature that fails there still counts`]),
    ...(skipped.length === 0 ? [] : [`"${name}" does not check ${skipped.join(", ")}`]),
  ];
}
