/** Whom each product asks, and whose signatures must name it: those of whoever signs for others too. */
import { isOneEach, variablesIn } from "./identity.ts";
import { gatesBefore, type LoadedPolicy, type LoadedProduct, membersIn, signersOf } from "./loaded.ts";
import { placelessGates } from "./products.ts";

export interface ProductSigners {
  readonly product: LoadedProduct;
  /** Gates that judge it: its own, and those that no product lists, which may be asked about any. */
  readonly gates: readonly string[];
  /** Names of people and machines. */
  readonly asked: ReadonlySet<string>;
  readonly mustName: ReadonlySet<string>;
}

export function productSigners(policy: LoadedPolicy): readonly ProductSigners[] {
  const { products, gates } = policy;
  const known = signersOf(policy);
  const askedAt = new Map(gates.map(({ name }) => [name, membersAt(policy, name)]));
  const placeless = placelessGates(
    products,
    gates.map(({ name }) => name),
  );
  const judged = products.map((product) => {
    const names = [...new Set([...product.repositories.map(({ gate }) => gate), ...placeless])];
    return { product, gates: names, asked: new Set(names.flatMap((gate) => [...(askedAt.get(gate) ?? [])])) };
  });
  const times = new Map<string, number>();
  for (const { asked } of judged) for (const name of asked) times.set(name, (times.get(name) ?? 0) + 1);
  return judged.map(({ product, ...rest }) => {
    const isForOthers = (name: string): boolean =>
      (times.get(name) ?? 0) > 1 || !isOneEach((known.get(name)?.identities ?? []).map(variablesIn), product.variables);
    return { product, ...rest, mustName: new Set([...rest.asked].filter(isForOthers)) };
  });
}

/** Whom a gate and those before it ask for. */
export function membersAt(policy: LoadedPolicy, gate: string): ReadonlySet<string> {
  return new Set(gatesBefore(policy, gate).flatMap(({ needs }) => membersIn(needs)));
}
