/** Which gate judges an image of a manifest: where it is about to run, the place tells. */
import { CountersignError } from "../core/errors.ts";
import type { Policy } from "../core/policy.ts";
import { gateAt, type Verifier } from "../policy/verifier/verifier.ts";
import type { NamedImage } from "../workloads/found.ts";

/** `undefined` under a policy that has no gates. Throws `deploy/no-gate`. */
export type GateOf = (image: NamedImage) => string | undefined;

export function deployedGate(
  { form }: Pick<Policy, "form">,
  { asked, cluster = "", deploy }: Pick<Verifier, "deploy"> & { readonly asked: string | undefined; readonly cluster: string | undefined },
): GateOf {
  if (asked !== undefined || form !== "countersign") return () => asked;
  return (image) => {
    const { namespace } = image.where;
    // What names no namespace is put into one only when it is applied.
    if (namespace === undefined) {
      throw noGate(image, "it stands in no namespace, which could say at which gate", { remedy: "--gate NAME" });
    }
    const gate = gateAt(deploy, { cluster, namespace });
    if (gate === undefined) throw noGate(image, `nothing says which gate namespace "${namespace}" asks for`);
    return gate;
  };
}

function noGate({ text, where }: NamedImage, state: string, more: { readonly remedy?: string } = {}): CountersignError {
  return new CountersignError("deploy/no-gate", `Cannot judge "${text}" in "${where.file}": ${state}`, more);
}
