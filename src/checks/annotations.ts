/** Does the signature carry the annotations that were asked for? */
import type { CheckContext } from "../core/check.ts";
import { showForeign } from "../core/display.ts";
import type { Signature } from "../core/signature.ts";
import type { Observation } from "./observation.ts";

/** Source: Notary signature specification, "User metadata". Others may be there too. */
export function checkAnnotations({ claimed }: Signature, { rules }: CheckContext): Observation | undefined {
  const asked = Object.entries(rules.annotations ?? {});
  if (asked.length === 0) return undefined;
  for (const [name, value] of asked) {
    const signed = Object.hasOwn(claimed.annotations, name) ? claimed.annotations[name] : undefined;
    if (signed === value) continue;
    const found = signed === undefined ? "is not there" : `is "${showForeign(signed, 200)}"`;
    return {
      code: "subject/annotation-missing",
      message: `the signed annotation ${showForeign(name, 200)} ${found}; "${showForeign(value, 200)}" is asked for`,
    };
  }
  return {
    code: "subject/annotation-match",
    message: `it has ${asked.map(([name, value]) => showForeign(`${name}=${value}`, 200)).join(", ")}`,
  };
}
