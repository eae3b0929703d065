/** What a policy asks for and this version only checks: told wherever the policy is looked at. It lets nothing pass. */
import type { Model, ModelGate } from "./model.ts";
import type { Place } from "./place.ts";

export function findUnread({ gates }: Pick<Model, "gates">): readonly string[] {
  return [...gates.values()].flatMap(unreadAt);
}

function unreadAt({ name, needs, stay }: ModelGate): readonly string[] {
  const open = `gate ${name} lets nothing pass, and its answer stays open`;
  return [
    ...needs.flatMap((need) => (need.kind === "signature" && need.signedAs !== undefined ? [tell(need.signedAs.place, open)] : [])),
    ...(stay === undefined ? [] : [tell(stay.place, "only whether an image may enter is asked, and not whether it may stay")]),
  ];
}

function tell({ member }: Place, effect: string): string {
  return `${member} is checked, and not read by this version: ${effect}`;
}
