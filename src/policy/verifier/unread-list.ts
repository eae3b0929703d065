/** What follows from a list of revocations that this version cannot read: of no signature is it known whether it is revoked. */
import type { Policy, Selection } from "../../core/policy.ts";
import { formatReference } from "../../core/reference.ts";
import type { Revocations } from "./verifier.ts";

/** The same policy, where a signature that may be revoked does not count. */
export function withRevocations(policy: Policy, revocations: Revocations | undefined): Policy {
  if (revocations === undefined) return policy;
  return withRevocationGap(policy, `oci://${formatReference(revocations.list)} says what is revoked, and this version cannot read it`);
}

/** The same policy, where it is known of no signature whether it is revoked; `gap` says why. */
export function withRevocationGap(policy: Policy, gap: string): Policy {
  const add = (selection: Selection): Selection =>
    selection.kind !== "gate" || selection.rules === undefined
      ? selection
      : { ...selection, rules: { ...selection.rules, revocationGap: gap } };
  return { ...policy, select: (repository, gate) => add(policy.select(repository, gate)) };
}

export function unreadListWarnings({ revocations }: { readonly revocations?: Revocations }, source: string): readonly string[] {
  if (revocations === undefined) return [];
  return [
    `revocations of "${source}" is checked, and oci://${formatReference(revocations.list)} is not read by this version: no signature counts where a gate enforces revocation`,
  ];
}
