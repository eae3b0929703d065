/** The checks, in order: whether this is about our image at all comes first, because it costs nothing. */
import type { Check } from "../core/check.ts";
import { showForeign } from "../core/display.ts";
import { type CheckName, finding, skippedCheck } from "../core/finding.ts";
import { Malformed } from "../core/malformed.ts";
import { checkAnnotations } from "./annotations.ts";
import { checkAuthenticity } from "./authenticity.ts";
import { checkKeyAuthenticity, checkKeyIdentity, checkKeyRevocation, checkKeyTime } from "./bare-key.ts";
import { checkExpiry } from "./expiry.ts";
import { checkIdentity } from "./identity.ts";
import { checkIntegrity } from "./integrity.ts";
import { checkProduct } from "./product.ts";
import type { Question } from "./observation.ts";
import { checkRevocation } from "./revocation.ts";
import { ofSigner } from "./signer.ts";
import { checkSubject } from "./subject.ts";
import { checkTime } from "./time.ts";

export const CHECKS: readonly Check[] = [
  row("subject", checkSubject, { isFoundation: true }),
  row("integrity", checkIntegrity, { isFoundation: true }),
  row("authenticity", ofSigner({ chain: checkAuthenticity, key: checkKeyAuthenticity })),
  row("identity", ofSigner({ chain: checkIdentity, key: checkKeyIdentity })),
  row("product", checkProduct),
  row("annotations", checkAnnotations),
  row("expiry", checkExpiry),
  row("time", ofSigner({ chain: checkTime, key: checkKeyTime })),
  row("revocation", ofSigner({ chain: checkRevocation, key: checkKeyRevocation })),
];

/** A check: asks unless the policy says not to, and puts the policy's action on what was seen. */
function row(name: CheckName, ask: Question, { isFoundation = false } = {}): Check {
  return {
    name,
    isFoundation,
    run: (signature, context) => {
      const action = context.rules.actions[name];
      if (action === "skip") return skippedCheck(name);
      const seen = observe(() => ask(signature, context));
      if (seen === undefined) return undefined;
      const { code, message, ...more } = seen;
      return finding(name, code, message, { action, ...more });
    },
  };
}

function observe(ask: () => ReturnType<Question>): ReturnType<Question> {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { code: error.code, message: showForeign(error.message) };
  }
}
