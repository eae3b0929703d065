/** Whom each product asks, and whose signatures must name it: those of whoever signs for others too. */
import { isOneEach, variablesIn } from "./identity.ts";
import { gatesBefore, membersIn, type Somebody, signedNamesIn, signersOf, sourcesIn } from "./loaded-questions.ts";
import type { LoadedPolicy, LoadedProduct } from "./loaded.ts";
import { placelessGates } from "./products.ts";
import { ownersOfSources } from "./sources.ts";
import type { Template } from "./template.ts";

export interface ProductSigners {
  readonly product: LoadedProduct;
  /** Gates that judge it: its own, and those that no product lists, which may be asked about any that has their variables. */
  readonly gates: readonly string[];
  /** Names of people and machines. */
  readonly asked: ReadonlySet<string>;
  readonly mustName: ReadonlySet<string>;
}

export function productSigners(policy: LoadedPolicy): readonly ProductSigners[] {
  const { products, gates } = policy;
  const known = signersOf(policy);
  const asking = new Map(gates.map(({ name }) => [name, askingOf(policy, name, known)]));
  const placeless = placelessGates(
    products,
    gates.map(({ name }) => name),
  );
  const judged = products.map((product) => {
    const { variables } = product;
    const others = placeless.filter((gate) => isOneEach([{ variables }], asking.get(gate)?.variables ?? []));
    const names = [...new Set([...product.repositories.map(({ gate }) => gate), ...others])];
    const all = names.map((gate) => ({ gate, members: new Set<string>(), sources: [], ...asking.get(gate) }));
    return {
      product,
      variables,
      gates: names,
      all,
      sources: all.flatMap(({ sources }) => sources),
      asked: new Set(all.flatMap(({ members }) => [...members])),
    };
  });
  const ownerOf = ownersOfSources(judged);
  const times = new Map<string, number>();
  for (const { asked } of judged) for (const name of asked) times.set(name, (times.get(name) ?? 0) + 1);
  return judged.map(({ product, gates: names, asked, all }) => {
    const unproven = all.filter(({ sources }) => !sources.some(({ text }) => ownerOf.get(text) === product));
    const isForOthers = (name: string): boolean =>
      (times.get(name) ?? 0) > 1 || !isOneEach((known.get(name)?.identities ?? []).map(variablesIn), product.variables);
    const unnamed = unproven.flatMap(({ gate }) => [...membersAt(policy, gate, product.variables)]);
    return { product, gates: names, asked, mustName: new Set(unnamed.filter(isForOthers)) };
  });
}

interface Asking {
  readonly members: ReadonlySet<string>;
  readonly sources: readonly Template[];
  readonly variables: readonly string[];
}

function askingOf(policy: LoadedPolicy, gate: string, known: ReadonlyMap<string, Pick<Somebody, "identities">>): Asking {
  const members = membersAt(policy, gate);
  const sources = gatesBefore(policy, gate).flatMap(({ needs }) => sourcesIn(needs));
  const names = gatesBefore(policy, gate).flatMap(({ needs }) => signedNamesIn(needs));
  const identities = [...members].flatMap((name) => known.get(name)?.identities ?? []).map(variablesIn);
  return { members, sources, variables: [...new Set([...identities, ...sources, ...names].flatMap(({ variables }) => variables))] };
}

/** Whom a gate and those before it ask for; `variables` as for `membersIn`. */
export function membersAt(policy: LoadedPolicy, gate: string, variables?: readonly string[]): ReadonlySet<string> {
  return new Set(gatesBefore(policy, gate).flatMap(({ needs }) => membersIn(needs, variables)));
}
