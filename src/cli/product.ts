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

/** Tells the annotations that the policy wants for an image; none if there is no policy, or none with products. */
export async function productsOf(call: Call, opened: Setup): Promise<(reference: Reference) => Readonly<Record<string, string>>> {
  const policy = await loadPolicy(call, opened);
  return (reference) => {
    const as = nameOf(reference, { values: call.values, policy });
    if (policy?.form !== "countersign") return {};
    const repository = judgedRepository(reference, { policy, as });
    const selection = repository === undefined ? undefined : policy.select(repository);
    if (selection === undefined || selection.kind === "not-listed") {
      const why = selection?.message ?? "a folder does not say which product it holds (--as REGISTRY/REPOSITORY does)";
      if (!call.global.quiet) remark(call.io, `note: the signature names no product: ${showForeign(why, 1000)}`);
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
