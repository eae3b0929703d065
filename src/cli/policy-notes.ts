/** What a policy lets pass by its own will, and which of its trust stores this machine lacks: told where a policy is looked at, not at every verdict. */
import { CountersignError } from "../core/errors.ts";
import type { GateOutline, Policy } from "../core/policy.ts";
import type { Call } from "./declaration.ts";
import { repeatConfig } from "./render/remedy.ts";
import { isCountersignPolicy } from "../policy/countersign/document.ts";
import type { Fewest } from "../policy/countersign/fewest.ts";
import { whoCan } from "../policy/countersign/who-can.ts";
import type { Verifier } from "../policy/verifier/verifier.ts";
import { formatStore, type TrustSource } from "../core/trust-source.ts";

/** Beside the policy's own warnings. */
export function notesOn(policy: Policy): readonly string[] {
  return policy.gates.flatMap(whatPasses);
}

/** Where one person, machine or key is enough. */
export function oneSufficesNotes(
  policy: Policy,
  verifier: Pick<Verifier, "policySigners" | "summaryIssuers" | "promoters">,
): readonly string[] {
  if (!isCountersignPolicy(policy)) return [];
  const { gates, policySigners } = whoCan(policy.loaded, verifier);
  return [
    ...gates.flatMap(({ gate, fewest }) => (fewest.size === 1 ? [`"${gate}" is opened by one alone: ${alone(fewest)}`] : [])),
    ...(policySigners?.fewest.size === 1 ? [`another policy can be signed by one alone: ${alone(policySigners.fewest)}`] : []),
  ];
}

/** The commonest reports of tests name no image: a gate that takes nobody's word opens to none of them. */
export function testNotes(policy: Policy): readonly string[] {
  if (!isCountersignPolicy(policy)) return [];
  return policy.loaded.gates.flatMap(({ name, needs }) =>
    needs.some((need) => need.kind === "test" && need.asserted === undefined)
      ? [
          `"${name}" asks for a test result, and JUnit and TAP name no image: they count only where the need says whose word does, asserted: { by: … }`,
        ]
      : [],
  );
}

function alone({ sets }: Fewest): string {
  return sets.map(([name = ""]) => name).join(" or ");
}

export interface MissingStore {
  readonly message: string;
  readonly remedy: string;
}

/** The stores that are not there, are empty, or must not be used as they are: with these, verify answers with an error and not with yes or no. */
export async function findMissingStores(policy: Policy, trust: TrustSource): Promise<readonly MissingStore[]> {
  const missing: MissingStore[] = [];
  for (const { name, trustStores } of policy.gates) {
    for (const store of trustStores) {
      // Not read by this version, so that it stops nothing.
      if (store.type === "tsa") continue;
      try {
        await trust.anchors(store);
      } catch (error) {
        if (!(error instanceof CountersignError) || !error.code.startsWith("trust/")) throw error;
        const message = `"${name}" names ${formatStore(store)}, and verify on this machine would stop there: ${error.message}`;
        missing.push({ message, remedy: error.remedy });
      }
    }
  }
  return missing;
}

/** The same in words, for where a policy is looked at that may be meant for another machine. */
export async function missingStoreNotes(policy: Policy, trust: TrustSource, { known }: Pick<Call, "known">): Promise<readonly string[]> {
  return (await findMissingStores(policy, trust)).map(({ message, remedy }) => `${message}; try: ${repeatConfig(remedy, known)}`);
}

function whatPasses({ name, actions, places }: GateOutline): readonly string[] {
  if (actions === undefined) {
    // Skipping for every image is among the policy's own warnings.
    return places.includes("*") ? [] : [`"${name}" has level skip: its images pass, whoever signed them or not`];
  }
  const checks = Object.entries(actions);
  const logged = checks.filter(([, action]) => action === "log").map(([check]) => check);
  const skipped = checks.filter(([, action]) => action === "skip").map(([check]) => check);
  return [
    ...(logged.length === 0 ? [] : [`"${name}" only logs ${logged.join(", ")}: a signature that fails there still counts`]),
    ...(skipped.length === 0 ? [] : [`"${name}" does not check ${skipped.join(", ")}`]),
  ];
}
