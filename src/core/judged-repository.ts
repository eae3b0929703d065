/** As which repository a policy is asked about an image. */
import type { Policy } from "./policy.ts";
import { type Reference, repositoryOf } from "./reference.ts";

/** `as`: the name given for what is in a layout. `undefined` where nothing says it: a folder may be called anything. */
export function judgedRepository(
  reference: Reference,
  { policy, as }: { readonly policy: Pick<Policy, "acceptsPaths">; readonly as: string | undefined },
): string | undefined {
  if (as !== undefined) return as;
  return reference.kind === "registry" || policy.acceptsPaths === true ? repositoryOf(reference) : undefined;
}
