/** Images that have entered a gate before: what went into them is not new there. Approvals name them, and are not believed without a record. */
import type { Digest } from "../../core/digest.ts";
import type { Gate } from "../../core/policy.ts";
import type { EvidenceSeen } from "../evidence-seen.ts";
import { whyOtherGate } from "../other-gate.ts";
import { sayingsOf } from "./sayings.ts";

/** An image that somebody says has entered a gate. */
export interface EnteredHint {
  readonly image: Digest;
  readonly gate: string;
}

/** Those that have entered properly: without exception or break-glass. */
export interface EnteredImages {
  /** Ids of commits that it was built from; `undefined` where it is not known to have entered. */
  commitsOf(hint: EnteredHint): readonly string[] | undefined;
}

/** Those that approvals name, at gates at which authors may not approve. */
export function enteredHints(gates: readonly Gate[], { image }: EvidenceSeen): readonly EnteredHint[] {
  const hints = gates.filter(asksAuthors).flatMap((gate) => {
    const { head } = gate;
    if (head?.policyChain === undefined) return [];
    const said = sayingsOf("approval", image, gate).sayings;
    return said.flatMap(({ certainty, content: { since, head: about } }) =>
      certainty !== "sure" || since === undefined || whyOtherGate(about, head) !== undefined ? [] : [{ image: since, gate: gate.name }],
    );
  });
  return [...new Map(hints.map((hint) => [`${hint.gate} ${hint.image}`, hint])).values()];
}

function asksAuthors({ requirements }: Gate): boolean {
  return requirements.some((one) => one.kind === "approval" && one.not.author);
}
