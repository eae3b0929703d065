/** What selecting needs of a policy, found out once: gates that are judged together, and who is asked for what. */
import type { Action, CheckName } from "../../core/finding.ts";
import type { GateOutline } from "../../core/policy.ts";
import { formatStore, type TrustStoreName } from "../../core/trust-source.ts";
import { type Closure, closuresOf } from "./gate-order.ts";
import type { Checks } from "./gates.ts";
import { type Model, type ModelGate, signersOfNeed } from "./model.ts";
import { placelessGates, type Product } from "./products.ts";
import type { PlacedTemplate } from "./read-need.ts";
import type { Actor } from "./signers.ts";

export interface Selectable {
  readonly model: Model;
  /** By the name of the last gate. */
  readonly closures: ReadonlyMap<string, Closure>;
  /** Who is asked for at the gates that the product lists. */
  readonly askedBy: ReadonlyMap<Product, ReadonlySet<Actor>>;
  /** The same, and at the gates that no product lists, which may be asked about any. */
  readonly mayAsk: ReadonlyMap<Product, ReadonlySet<Actor>>;
}

/** Throws `Complaints` for gates in a ring. */
export function prepare(model: Model): Selectable {
  const closures = closuresOf(model);
  const placeless = placelessGates(model.products, [...model.gates.keys()]);
  // Most products list the same gates.
  const known = new Map<string, ReadonlySet<Actor>>();
  const asked = (gates: readonly string[]): ReadonlySet<Actor> => {
    const key = [...new Set(gates)].toSorted().join();
    const signers = known.get(key) ?? new Set(signersOf(gates.flatMap((gate) => closures.get(gate) ?? [])));
    known.set(key, signers);
    return signers;
  };
  const askedBy = new Map<Product, ReadonlySet<Actor>>();
  const mayAsk = new Map<Product, ReadonlySet<Actor>>();
  for (const product of model.products) {
    const gates = product.repositories.map(({ gate }) => gate);
    askedBy.set(product, asked(gates));
    mayAsk.set(product, asked([...gates, ...placeless]));
  }
  return { model, closures, askedBy, mayAsk };
}

/** Each once, in the order in which the gates name them. */
export function signersOf(gates: readonly ModelGate[]): readonly Actor[] {
  return [...new Set(gates.flatMap(({ needs }) => needs.flatMap(signersOfNeed)))];
}

/** What the gates ask for of the sources of an image. */
export function sourcesOf(gates: readonly ModelGate[]): readonly PlacedTemplate[] {
  return gates.flatMap(({ needs }) =>
    needs.flatMap((need) => (need.kind === "provenance" && need.source !== undefined ? [need.source] : [])),
  );
}

export function outline({ model, closures }: Selectable): readonly GateOutline[] {
  return [...model.gates.values()].map((gate) => {
    const repositories = model.products.flatMap((product) => product.repositories.filter((place) => place.gate === gate.name));
    const identities = signersOf(closures.get(gate.name) ?? [gate]).flatMap((signer) => signer.identities.map(({ identity }) => identity));
    return {
      name: gate.name,
      actions: gateActions(gate.checks),
      trustStores: storesOf(identities),
      places: repositories.map(({ template }) => template.text),
    };
  });
}

type Anchored = { readonly kind: "certificate"; readonly anchor: TrustStoreName } | { readonly kind: "key" | "keyless" | "oidc" };

/** Each once. */
export function storesOf(identities: readonly Anchored[]): readonly TrustStoreName[] {
  const stores = identities.flatMap((identity) => (identity.kind === "certificate" ? [identity.anchor] : []));
  return [...new Map(stores.map((store) => [formatStore(store), store])).values()];
}

export function gateActions({ expiry, time, revocation }: Checks): Readonly<Record<CheckName, Action>> {
  return {
    subject: "enforce",
    integrity: "enforce",
    authenticity: "enforce",
    identity: "enforce",
    product: "enforce",
    annotations: "enforce",
    expiry,
    time,
    revocation,
  };
}
