/** What may be excepted at all, and by what name: asked of every policy, so that only one in which somebody may loads what exceptions do. */
import type { Gate, PolicyPeople, Waiver } from "../core/policy.ts";
import type { RequirementReport } from "../core/verdict.ts";

/** It could not be found out whether something is revoked. */
export const UNKNOWN_REVOCATION = "revocation/unknown";

/** Kinds of requirements of which an exception excuses one thing in one package, and not the whole. */
export const BY_FINDING: ReadonlySet<string> = new Set(["scan", "sbom"]);

/** As exceptions call the requirement; nothing where there is no exception from it. */
export function kindOf({ kind, name }: Pick<RequirementReport, "kind" | "name">): string | undefined {
  return kind === "rule" ? undefined : name;
}

/** Whose exceptions and broken glass count, as the policy says. */
export type WaiverRules = Pick<PolicyPeople, "exceptions" | "breakGlass">;

/** The same for what gates ask for; absent where nobody may except any of that. */
export function waiverRules(gates: readonly Gate[], { exceptions, breakGlass }: WaiverRules = {}): WaiverRules | undefined {
  const kinds = new Set(gates.flatMap(({ requirements }) => requirements.flatMap((one) => kindOf(one) ?? [])));
  const isOfUse = (rule: Waiver | undefined): boolean =>
    rule?.waives.some((kind) => kinds.has(kind) || kind === UNKNOWN_REVOCATION) === true;
  if (!isOfUse(exceptions) && !isOfUse(breakGlass)) return undefined;
  return { ...(exceptions === undefined ? {} : { exceptions }), ...(breakGlass === undefined ? {} : { breakGlass }) };
}
