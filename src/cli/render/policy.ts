/** What is said about a policy wherever one is looked at. */
import { showForeign } from "../../core/display.ts";
import type { Policy } from "../../core/policy.ts";
import type { PolicyFile } from "../../trust/policy-file.ts";

/** The members of every document about a policy. */
export function policyFacts({ place, policy }: PolicyFile): Readonly<Record<string, unknown>> {
  const { form, name, version, digest, trust, warnings } = policy;
  return { source: place.text, form, name, version, digest, trust, warnings };
}

/** `shop version 12  pinned  sha256:…`; a Notary trust policy has no name and version of its own. */
export function policyTitle({ form, name, version, digest, trust }: Policy): string {
  return `${form === "countersign" ? `${showForeign(name)} version ${showForeign(version)}  ` : ""}${trust}  ${digest}`;
}
