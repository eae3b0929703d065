/** Which gates are judged together: one with all that come before it. */
import { readEach } from "./complaints.ts";
import type { Model, ModelGate } from "./model.ts";
import type { Named } from "./name.ts";
import { quote } from "./place.ts";

export type Closure = readonly [...ModelGate[], ModelGate];

/** By the name of the gate: the gate last, and before it all that come before it, each after what it is after. Throws `Complaints` for gates in a ring. */
export function closuresOf(model: Pick<Model, "gates">): ReadonlyMap<string, Closure> {
  const ordered = orderGates(model);
  return new Map(
    ordered.map((gate) => {
      const wanted = namesBefore(gate.name, (name) => model.gates.get(name)?.after ?? []);
      return [gate.name, [...ordered.filter((one) => one !== gate && wanted.has(one.name)), gate]];
    }),
  );
}

/** The gate's own name, and those of all that come before it. */
export function namesBefore(gate: string, afterOf: (name: string) => readonly string[]): ReadonlySet<string> {
  const names = new Set([gate]);
  // A set is walked to its end, however it grows.
  for (const name of names) for (const before of afterOf(name)) names.add(before);
  return names;
}

/** A base is judged at its own gate, and so is the base of that one: this must come to an end. Throws `Complaints`. */
export function refuseBaseRings({ gates }: Pick<Model, "gates">): void {
  const next = (name: string): readonly string[] => {
    const gate = gates.get(name);
    return gate === undefined ? [] : [...gate.after, ...basesOf(gate).map((base) => base.name)];
  };
  const asking = [...gates.values()].flatMap((gate) => basesOf(gate).map((base) => ({ gate, base })));
  readEach(asking, ({ gate, base }) => {
    if (namesBefore(base.name, next).has(gate.name))
      base.place.refuse(
        `makes bases pass ${quote(base.name)}, which asks for ${quote(gate.name)} in turn`,
        "let bases pass a gate that asks for nothing of this one, or write base: none",
      );
  });
}

function basesOf({ needs }: ModelGate): readonly Named[] {
  return needs.flatMap((need) => (need.kind === "provenance" && need.base !== undefined ? [need.base] : []));
}

/** Each gate after all that come before it; else in the order of the document. */
function orderGates({ gates }: Pick<Model, "gates">): readonly ModelGate[] {
  const later = new Map<string, ModelGate[]>([...gates.keys()].map((name) => [name, []]));
  for (const gate of gates.values()) for (const before of gate.after) later.get(before)?.push(gate);
  const open = new Map([...gates.values()].map(({ name, after }) => [name, after.length]));
  const ordered = [...gates.values()].filter(({ after }) => after.length === 0);
  for (const { name } of ordered) {
    for (const next of later.get(name) ?? []) {
      const left = (open.get(next.name) ?? 0) - 1;
      open.set(next.name, left);
      if (left === 0) ordered.push(next);
    }
  }
  const stuck = [...gates.values()].find(({ name }) => (open.get(name) ?? 0) > 0);
  if (stuck !== undefined) refuseRing(stuck, (name) => ((open.get(name) ?? 0) > 0 ? gates.get(name) : undefined));
  return ordered;
}

/** Every gate that is stuck waits for another one that is; who follows them comes round. */
function refuseRing(start: ModelGate, stuckGate: (name: string) => ModelGate | undefined): never {
  const path: ModelGate[] = [];
  for (let gate: ModelGate | undefined = start; gate !== undefined && !path.includes(gate);) {
    path.push(gate);
    gate = gate.after.map(stuckGate).find((before) => before !== undefined);
  }
  const last = path.at(-1) ?? start;
  const first = last.after.map(stuckGate).find((before) => before !== undefined) ?? start;
  const ring = [...path.slice(path.indexOf(first)), first].map(({ name }) => name);
  const shown = ring.length > 10 ? [...ring.slice(0, 9), "…"] : ring;
  return first.key.refuse(`comes after itself: ${shown.join(" after ")}`, `take ${quote(ring[1] ?? first.name)} out of its after`);
}
