/** What a gate asked of evidence, of the image and by rules, and does not ask in full any more. */
import { asksAsMuch, asksAsMuchOfImage, holdsAll, isAtMost } from "../requirements/strictness.ts";
import type { LoadedApproval, LoadedEvidenceNeed, LoadedGate, LoadedNeed, LoadedPolicy, LoadedSignatureNeed } from "./loaded.ts";
import { describeLoadedApproval, describeNeed } from "./words.ts";

/** Of gates that are judged together, before and now; `rename` leads from names of now to those of before. */
export function findWeaker(
  { was, is }: { readonly was: readonly LoadedGate[]; readonly is: readonly LoadedGate[] },
  rename: (name: string) => string,
): readonly string[] {
  const now = is.flatMap(({ needs }) => needs);
  const lost = was.flatMap(({ needs }) => needs).filter((need) => !now.some((other) => isAsMuch(other, need, rename)));
  const approvals = was.flatMap(({ approve }) => approve ?? []).filter((one) => !is.some(({ approve }) => isApprovalAsMuch(approve, one)));
  const expressions = new Set(is.flatMap(({ rules }) => rules.map(({ expr }) => expr)));
  const rules = was.flatMap((gate) => gate.rules).filter(({ expr }) => !expressions.has(expr));
  return [
    ...new Set(lost.map((need) => `not all of this is asked for any more: ${describeNeed(need)}`)),
    ...new Set(approvals.map((one) => `not all of this is asked for any more: ${describeLoadedApproval(one)}`)),
    ...rules.map(({ name, expr }) => `the rule ${name} is asked no longer: ${expr}`),
  ];
}

export function keepsAuthorsOut(gates: readonly LoadedGate[]): boolean {
  return gates.some(({ approve }) => approve?.not.includes("author") === true);
}

/** Of what nobody was believed to have signed. */
export function findNewlyVouched(before: Committers, after: Committers): readonly string[] {
  const known = new Set([...before.people, ...(before.forges ?? [])].flatMap(({ git = [] }) => git));
  const fresh = (after.forges ?? []).filter(({ git }) => git.some((key) => !known.has(key)));
  return fresh.map(({ name }) => `the forge ${name} is believed about who has written the commits that it signs, and was not before`);
}

type Committers = Pick<LoadedPolicy, "people" | "forges">;

function isAsMuch(need: LoadedNeed, as: LoadedNeed, rename: (name: string) => string): boolean {
  switch (as.kind) {
    case "signature":
      return isSignatureAsMuch(need, as, rename);
    case "image":
      return need.kind === "image" && asksAsMuchOfImage(need.asked, as.asked);
    default:
      return need.kind !== "image" && need.kind !== "signature" && isEvidenceAsMuch(need, as, rename);
  }
}

/** Where only so many of somebody are asked for, the thresholds tell. */
function isSignatureAsMuch(need: LoadedNeed, as: LoadedSignatureNeed, rename: (name: string) => string): boolean {
  if (as.maxAge === undefined && as.signedAs === undefined) return true;
  return (
    need.kind === "signature" &&
    isAtMost(need.maxAge, as.maxAge) &&
    (as.signedAs === undefined || need.signedAs === as.signedAs) &&
    need.atLeast >= as.atLeast &&
    holdsAll(as.members, need.members.map(rename))
  );
}

/** How many of whom, the thresholds tell. */
function isApprovalAsMuch(approve: LoadedApproval | undefined, as: LoadedApproval): boolean {
  return (
    approve !== undefined &&
    holdsAll(approve.not, as.not) &&
    approve.valid <= as.valid &&
    (as.evidence === undefined || approve.evidence === as.evidence)
  );
}

function isEvidenceAsMuch(need: LoadedEvidenceNeed, as: LoadedEvidenceNeed, rename: (name: string) => string): boolean {
  const isFewer = (now: readonly string[] = [], before: readonly string[] = []): boolean => holdsAll(before, now.map(rename));
  return (
    asksAsMuch(need, as) &&
    isAtMost(need.maxAge, as.maxAge) &&
    isFewer(need.members, as.members) &&
    isFewer(need.vex?.members, as.vex?.members) &&
    isFewer(need.asserted?.members, as.asserted?.members) &&
    // Whoever has a new key has it under whatever name.
    (as.commits === undefined || holdsAll(as.commits.keys, need.commits?.keys ?? []))
  );
}
