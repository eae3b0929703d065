/** Where a policy has a repository: its product, what the variables stand for, and for which gates; or what is nearest to it. */
import type { LoadedPolicy, LoadedProduct } from "./loaded.ts";
import { matchTemplate, parseTemplate } from "./template.ts";
import { nearestName } from "../nearest.ts";

export interface ProductPlace {
  /** As the policy has it: `shop/{app}`. */
  readonly product: string;
  /** `app` -> `api`. */
  readonly variables: Readonly<Record<string, string>>;
  readonly gates: readonly string[];
}

export function placeOf({ products }: Pick<LoadedPolicy, "products">, repository: string): ProductPlace | undefined {
  for (const { name, repositories } of products) {
    const found = repositories.flatMap((place) => {
      const values = matchTemplate(parseTemplate(place.repository, refuse), repository);
      return values === undefined ? [] : [{ gate: place.gate, values }];
    });
    const [first] = found;
    if (first !== undefined) return { product: name, variables: Object.fromEntries(first.values), gates: found.map(({ gate }) => gate) };
  }
  return undefined;
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

/** What was loaded is right; a fault here would be ours. */
function refuse(state: string): never {
  throw new TypeError(state);
}
