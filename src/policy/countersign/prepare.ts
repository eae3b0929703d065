/** What selecting needs of a policy, found out once: gates that are judged together, and who is asked for what. */
import type { Action, CheckName } from "../../core/finding.ts";
import type { GateOutline } from "../../core/policy.ts";
import { storesOf } from "../../core/trust-source.ts";
import { type Closure, closuresOf } from "./gate-order.ts";
import type { Checks } from "./gates.ts";
import { isOneEach, missingVariable } from "./identity.ts";
import { type Model, type ModelGate, signersOfNeed } from "./model.ts";
import { placelessGates, type Product } from "./products.ts";
import type { PlacedTemplate } from "./need.ts";
import type { Actor } from "./signers.ts";
import { ownersOfSources } from "./sources.ts";
import type { Template } from "./template.ts";

export interface Selectable {
  readonly model: Model;
  /** By the name of the last gate. */
  readonly closures: ReadonlyMap<string, Closure>;
  /** Who is asked for at the gates that the product lists. */
  readonly askedBy: ReadonlyMap<Product, ReadonlySet<Actor>>;
  /** The same, and at the gates that no product lists, which may be asked about any that has the variables of all who are asked. */
  readonly mayAsk: ReadonlyMap<Product, ReadonlySet<Actor>>;
  /** Of those whoever is asked at some gate that asks for no source of this product alone. */
  readonly unproven: ReadonlyMap<Product, ReadonlySet<Actor>>;
  /** By a source's text, the one product whose images are built from it. */
  readonly ownerOf: ReadonlyMap<string, Product>;
}

/** What a gate and those before it ask for. */
interface Asking {
  readonly signers: readonly Actor[];
  /** Of those whoever is asked for what names the image itself, and by which name. */
  readonly named: readonly { readonly signedAs: Template; readonly signers: readonly Actor[] }[];
  /** Whoever is asked for anything else. */
  readonly unnamed: readonly Actor[];
  readonly sources: readonly Template[];
  /** That a product must have to be asked about. */
  readonly variables: readonly string[];
}

/** What several gates ask for. */
interface AskedTogether extends Pick<Asking, "named" | "sources"> {
  readonly signers: ReadonlySet<Actor>;
  readonly unnamed: ReadonlySet<Actor>;
}

function together(parts: readonly Asking[]): AskedTogether {
  return {
    signers: new Set(parts.flatMap(({ signers }) => signers)),
    named: parts.flatMap(({ named }) => named),
    unnamed: new Set(parts.flatMap(({ unnamed }) => unnamed)),
    sources: parts.flatMap(({ sources }) => sources),
  };
}

/** A name that holds every variable of the product is another one for each of its images. */
function withoutNamed({ signers, named, unnamed }: AskedTogether, { template: { variables } }: Product): ReadonlySet<Actor> {
  if (named.length === 0) return signers;
  const shared = named.filter(({ signedAs }) => missingVariable(signedAs, variables) !== undefined);
  return new Set([...unnamed, ...shared.flatMap((one) => one.signers)]);
}

/** Throws `Complaints` for gates in a ring. */
export function prepare(model: Model): Selectable {
  const closures = closuresOf(model);
  const asking = new Map([...closures].map(([name, closure]) => [name, askingOf(closure)]));
  const placeless = placelessGates(model.products, [...model.gates.keys()]);
  const found = model.products.map((product) => {
    const { variables } = product.template;
    const listed = [...new Set(product.repositories.map(({ gate }) => gate))];
    const others = placeless.filter((gate) => isOneEach([{ variables }], asking.get(gate)?.variables ?? []));
    return { product, variables, listed, all: [...listed, ...others] };
  });
  // Most products list the same gates.
  const known = new Map<string, AskedTogether>();
  const askedAt = (gates: readonly string[]): AskedTogether => {
    const key = gates.toSorted().join();
    const all = known.get(key) ?? together(gates.map((gate) => asking.get(gate)).filter((one) => one !== undefined));
    known.set(key, all);
    return all;
  };
  const ownerOf = ownersOfSources(found.map(({ product, variables, all }) => ({ product, variables, sources: askedAt(all).sources })));
  const unprovenAt = (product: Product, gates: readonly string[]): ReadonlySet<Actor> => {
    const { sources } = askedAt(gates);
    const isOwn = (source: Template): boolean => ownerOf.get(source.text) === product;
    const others = sources.some(isOwn) ? gates.filter((gate) => asking.get(gate)?.sources.some(isOwn) !== true) : gates;
    return withoutNamed(askedAt(others), product);
  };
  return {
    model,
    closures,
    askedBy: new Map(found.map(({ product, listed }) => [product, askedAt(listed).signers])),
    mayAsk: new Map(found.map(({ product, all }) => [product, askedAt(all).signers])),
    unproven: new Map(found.map(({ product, all }) => [product, unprovenAt(product, all)])),
    ownerOf,
  };
}

function askingOf(closure: Closure): Asking {
  const signers = signersOf(closure);
  const sources = sourcesOf(closure).map(({ template }) => template);
  const needs = closure.flatMap((gate) => gate.needs);
  const named = needs.flatMap((need) =>
    need.kind === "signature" && need.signedAs !== undefined ? [{ signedAs: need.signedAs.template, signers: need.signers }] : [],
  );
  const unnamed = needs.filter((need) => need.kind !== "signature" || need.signedAs === undefined).flatMap(signersOfNeed);
  const holders = [...signers.flatMap(({ identities }) => identities), ...sources, ...named.map(({ signedAs }) => signedAs)];
  return { signers, named, unnamed, sources, variables: [...new Set(holders.flatMap(({ variables }) => variables))] };
}

/** Each once, in the order in which the gates name them. */
export function signersOf(gates: readonly ModelGate[]): readonly Actor[] {
  return [...new Set(gates.flatMap(({ needs }) => needs.flatMap(signersOfNeed)))];
}

/** What the gates ask for of the sources of an image. */
function sourcesOf(gates: readonly ModelGate[]): readonly PlacedTemplate[] {
  return gates.flatMap(({ needs }) =>
    needs.flatMap((need) => (need.kind === "provenance" && need.source !== undefined ? [need.source] : [])),
  );
}

/** The same, and the names that they ask images to be signed by: whatever holds a product's variables and is no identity. */
export function templatesOf(gates: readonly ModelGate[]): readonly PlacedTemplate[] {
  const names = gates.flatMap(({ needs }) =>
    needs.flatMap((need) => (need.kind === "signature" && need.signedAs !== undefined ? [need.signedAs] : [])),
  );
  return [...sourcesOf(gates), ...names];
}

export function outline({ model, closures }: Selectable): readonly GateOutline[] {
  const repositories = model.products.flatMap((product) => product.repositories);
  const places = Map.groupBy(repositories, ({ gate }) => gate);
  return [...model.gates.values()].map((gate) => {
    const identities = signersOf(closures.get(gate.name) ?? [gate]).flatMap((signer) => signer.identities.map(({ identity }) => identity));
    return {
      name: gate.name,
      actions: gateActions(gate.checks),
      trustStores: storesOf(identities),
      places: (places.get(gate.name) ?? []).map(({ template }) => template.text),
    };
  });
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
