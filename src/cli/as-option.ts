/** `--as REPOSITORY`: which repository of the policy a layout or archive holds, because a folder does not say it. */
import { CountersignError } from "../core/errors.ts";
import type { Policy } from "../core/policy.ts";
import { formatReference, type Reference, repositoryOf } from "../core/reference.ts";
import { quoteWord } from "../core/shell.ts";
import type { Values } from "./values.ts";

/** What the policy says of one repository must not be had for another by asking: an image in a registry has its own name. */
export function nameOf(
  reference: Reference,
  { values, policy }: { readonly values: Values; readonly policy: Policy | undefined },
): string | undefined {
  const as = values.text("as");
  if (as === undefined) return undefined;
  if (reference.kind !== "registry") return checkName(as, policy);
  throw new CountersignError(
    "usage/invalid",
    `Cannot use --as "${as}" for "${formatReference(reference)}": an image in a registry is judged by the name of its own repository`,
    { remedy: "leave out --as; it is for oci: layouts and archives" },
  );
}

/** As `nameOf`; of an image that has not come to the gate's place so far, that place: what is said of it there is said before. */
export function nameAtGate(
  reference: Reference,
  { gate, ...given }: { readonly values: Values; readonly policy: Policy; readonly gate: string },
): string | undefined {
  const as = nameOf(reference, given);
  if (as !== undefined || reference.kind !== "registry") return as;
  const { policy } = given;
  const own = repositoryOf(reference);
  return policy.select(own, gate).kind === "not-listed" ? policy.placeFor?.(own, gate) : undefined;
}

/** Told apart from a repository that is not listed, whose way out would be to write the mistake into the policy. */
function checkName(as: string, policy: Policy | undefined): string {
  const name = as.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  if (name !== as && /[/]/.test(name)) {
    throw new CountersignError("usage/invalid", `Cannot use --as "${as}": a repository has no tag and no digest`, {
      remedy: `leave them out: --as ${quoteWord(name)}`,
    });
  }
  const [host = ""] = as.split("/");
  const isListed = policy?.form !== "countersign" || policy.select(as).kind !== "not-listed";
  if (isListed || /[.:[]/.test(host) || host === "localhost") return as;
  const hosts = new Set(policy.gates.flatMap(({ places }) => places.map((place) => place.split("/")[0] ?? "")));
  const meant = [...hosts].map((one) => `${one}/${as}`).filter((one) => policy.select(one).kind !== "not-listed");
  throw new CountersignError("usage/invalid", `Cannot use --as "${as}": it does not begin with a registry's host`, {
    remedy: meant.length === 0 ? `--as REGISTRY/${quoteWord(as)}` : meant.map((one) => `--as ${quoteWord(one)}`).join(", or "),
  });
}
