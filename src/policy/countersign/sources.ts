/** Which sources only one product can have: an image that was built from such a one is of that product, whatever its signatures name. */
import { missingVariable } from "./identity.ts";
import { overlaps, type Template } from "./template.ts";

interface Asking<Product> {
  readonly product: Product;
  /** Of the product's name. */
  readonly variables: readonly string[];
  /** That its gates ask for. */
  readonly sources: readonly Template[];
}

/** By the source's text. One that holds not all variables of the product is that of several of its images. */
export function ownersOfSources<Product>(askings: readonly Asking<Product>[]): ReadonlyMap<string, Product> {
  const askedBy = new Map<string, { readonly source: Template; readonly by: Map<Product, Asking<Product>> }>();
  for (const asking of askings) {
    for (const source of asking.sources) {
      const known = askedBy.get(source.text);
      if (known === undefined) askedBy.set(source.text, { source, by: new Map([[asking.product, asking]]) });
      else known.by.set(asking.product, asking);
    }
  }
  // Each is compared with each; beyond so many nobody has read them, and none is taken for anybody's own.
  if (askedBy.size > MAX_SOURCES) return new Map();
  const owners = new Map<string, Product>();
  for (const [text, { source, by }] of askedBy) {
    const [owner, ...others] = by.values();
    if (owner === undefined || others.length > 0 || missingVariable(source, owner.variables) !== undefined) continue;
    const isShared = [...askedBy.values()].some(
      (other) => overlaps(other.source, source) && [...other.by.keys()].some((one) => one !== owner.product),
    );
    if (!isShared) owners.set(text, owner.product);
  }
  return owners;
}

const MAX_SOURCES = 1_000;
