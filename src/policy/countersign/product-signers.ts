/** Whom each product asks, and whose signatures must name it: those of whoever signs for others too. */
import type { Identity } from "../../core/policy.ts";
import { gatesBefore, type LoadedPolicy, type LoadedProduct, signersOf } from "./loaded.ts";

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
  const listed = new Set(products.flatMap(({ repositories }) => repositories.map(({ gate }) => gate)));
  const placeless = gates.filter(({ name }) => !listed.has(name)).map(({ name }) => name);
  const judged = products.map((product) => {
    const names = [...new Set([...product.repositories.map(({ gate }) => gate), ...placeless])];
    return { product, gates: names, asked: new Set(names.flatMap((gate) => [...(askedAt.get(gate) ?? [])])) };
  });
  const times = new Map<string, number>();
  for (const { asked } of judged) for (const name of asked) times.set(name, (times.get(name) ?? 0) + 1);
  return judged.map(({ product, ...rest }) => {
    const isForOthers = (name: string): boolean =>
      (times.get(name) ?? 0) > 1 || !isOneEach(known.get(name)?.identities ?? [], product.variables);
    return { product, ...rest, mustName: new Set([...rest.asked].filter(isForOthers)) };
  });
}

/** Whom a gate and those before it ask for. */
export function membersAt(policy: LoadedPolicy, gate: string): ReadonlySet<string> {
  return new Set(gatesBefore(policy, gate).flatMap(({ needs }) => needs.flatMap(({ members }) => members)));
}

/** Another signer for each value of the variables. */
function isOneEach(identities: readonly Identity[], variables: readonly string[]): boolean {
  return identities.every((identity) => {
    const texts = textsOf(identity);
    return variables.every((variable) => texts.some((text) => text.includes(`{${variable}}`)));
  });
}

function textsOf(identity: Identity): readonly string[] {
  if (identity.kind === "key") return [];
  if (identity.kind !== "certificate") return [identity.text];
  if (identity.is.kind === "fingerprint") return [];
  return identity.is.kind === "san" ? [identity.is.value] : identity.is.pairs.map(({ value }) => value);
}
