/** `--as REPOSITORY`: which repository of the policy a layout or archive holds, because a folder does not say it. */
import { CountersignError } from "../core/errors.ts";
import { formatReference, type Reference } from "../core/reference.ts";
import type { Values } from "./values.ts";

/** What the policy says of one repository must not be had for another by asking: an image in a registry has its own name. */
export function nameOf(reference: Reference, values: Values): string | undefined {
  const as = values.text("as");
  if (as === undefined || reference.kind !== "registry") return as;
  throw new CountersignError(
    "usage/invalid",
    `Cannot use --as "${as}" for "${formatReference(reference)}": an image in a registry is judged by the name of its own repository`,
    { remedy: "leave out --as; it is for oci: layouts and archives" },
  );
}
