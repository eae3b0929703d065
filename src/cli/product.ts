/** Which product of the policy an image is signed as, so that what is approved as one is not had as another. */
import { CountersignError } from "../core/errors.ts";
import { showForeign } from "../core/display.ts";
import { judgedRepository } from "../core/judged-repository.ts";
import { type Policy, PRODUCT_ANNOTATION } from "../core/policy.ts";
import type { Reference } from "../core/reference.ts";
import type { Setup } from "../setup.ts";
import { nameOf } from "./as-option.ts";
import type { Call } from "./declaration.ts";
import { remark } from "./io.ts";

const WITHOUT_PRODUCT = "it does not count at a gate where its signer is asked for more than one product";

/** Tells the annotations that the policy wants for an image; none if there is no policy, or none with products. */
export async function productsOf(call: Call, opened: Setup): Promise<(reference: Reference) => Readonly<Record<string, string>>> {
  const policy = await loadPolicy(call, opened);
  return (reference) => {
    const as = nameOf(reference, { values: call.values, policy });
    if (policy?.form !== "countersign") return {};
    const repository = judgedRepository(reference, { policy, as });
    const selection = repository === undefined ? undefined : policy.select(repository);
    if (selection === undefined || selection.kind === "not-listed") {
      const why = selection?.message ?? "a layout or archive does not say which product it holds";
      const remedy = selection?.remedy ?? "sign it again with --as REGISTRY/REPOSITORY, a place that the policy lists";
      const said = [`note: the signature names no product: ${why}; ${WITHOUT_PRODUCT}`, `  try: ${remedy}`];
      if (!call.global.quiet) for (const line of said) remark(call.io, showForeign(line));
      return {};
    }
    return selection.product === undefined ? {} : { [PRODUCT_ANNOTATION]: selection.product };
  };
}

async function loadPolicy({ values }: Call, opened: Setup): Promise<Policy | undefined> {
  const file = values.text("policy");
  try {
    return await opened.loadPolicy(file === undefined ? {} : { file });
  } catch (error) {
    if (file === undefined && error instanceof CountersignError && error.code === "policy/none") return undefined;
    throw error;
  }
}
