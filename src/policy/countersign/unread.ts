/** What a policy asks for and this version only checks: told wherever the policy is looked at. It lets nothing pass. */
import type { Model, ModelGate } from "./model.ts";
import type { Place } from "./place.ts";

const OPEN = "is not read by this version: the answer stays open where it is asked for";

export function findUnread({ gates }: Pick<Model, "gates">): readonly string[] {
  return [...gates.values()].flatMap(unreadOf).map(({ member }) => `${member} ${OPEN}`);
}

function unreadOf({ needs }: ModelGate): readonly Place[] {
  return needs.flatMap((need) => (need.kind === "signature" && need.signedAs !== undefined ? [need.signedAs.place] : []));
}
