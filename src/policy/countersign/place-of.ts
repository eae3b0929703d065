/** Where a policy has a repository: its product, what the variables stand for, and for which gates; or what is nearest to it. */
import { templatesOf } from "./loaded-questions.ts";
import type { LoadedPolicy, LoadedProduct } from "./loaded.ts";
import { matchTemplate, type Template, type Values } from "./template.ts";
import { nearestName } from "../nearest.ts";

export interface ProductPlace {
  /** As the policy has it: `shop/{app}`. */
  readonly product: string;
  /** `app` -> `api`. */
  readonly variables: Readonly<Record<string, string>>;
  readonly gates: readonly string[];
}

export interface FoundPlace<P> {
  readonly product: P;
  readonly values: Values;
  /** The gates for which the product lists the repository. */
  readonly listed: readonly string[];
}

/** No repository is of two products, and in each place where a product has it the variables stand for the same. */
export function findPlace<P extends Placed>(products: readonly P[], repository: string): FoundPlace<P> | undefined {
  for (const product of products) {
    const matches = product.repositories.flatMap(({ gate, template }) => {
      const values = matchTemplate(template, repository);
      return values === undefined ? [] : [{ gate, values }];
    });
    const [first] = matches;
    if (first !== undefined) return { product, values: first.values, listed: matches.map(({ gate }) => gate) };
  }
  return undefined;
}

interface Placed {
  readonly repositories: readonly { readonly gate: string; readonly template: Template }[];
}

export function placeOf({ products }: Pick<LoadedPolicy, "products">, repository: string): ProductPlace | undefined {
  const placed = products.map((product) => ({ name: product.name, repositories: templatesOf(product) }));
  const found = findPlace(placed, repository);
  return found && { product: found.product.name, variables: Object.fromEntries(found.values), gates: found.listed };
}

/** The place that somebody who mistyped a repository may have meant. */
export function nearestPlace(places: readonly string[], repository: string): string | undefined {
  // A variable stands for what is in its place: what is left tells whether the rest is nearly right.
  const parts = repository.split("/");
  const filled = new Map(
    places.map((place) => {
      const segments = place.split("/").map((segment, index) => (segment.includes("{") ? (parts[index] ?? segment) : segment));
      return [segments.join("/"), place];
    }),
  );
  const near = nearestName(repository, [...filled.keys()]);
  if (near !== undefined) return filled.get(near);
  const last = parts.at(-1);
  return places.find((place) => place.split("/").at(-1) === last);
}

export function allPlaces(
  products: readonly LoadedProduct[],
): readonly { readonly product: string; readonly gate: string; readonly repository: string }[] {
  return products.flatMap(({ name, repositories }) => repositories.map((place) => ({ product: name, ...place })));
}
