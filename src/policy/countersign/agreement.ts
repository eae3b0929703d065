/** What must hold between the parts of a policy: nobody is known twice, no repository is two products', no signer is for all unsaid. */
import { refuseTwoCommitters } from "./commit-signers.ts";
import { refuseBaseless } from "./approvals.ts";
import { readEach } from "./complaints.ts";
import { SHARED_SIGNER_PLACE } from "./identity-fields.ts";
import { refuseBaseRings } from "./gate-order.ts";
import { mayBeSame, missingVariable } from "./identity.ts";
import { quote } from "./place.ts";
import { type Selectable, templatesOf } from "./prepare.ts";
import type { Product } from "./products.ts";
import type { PlacedIdentity } from "./read-identity.ts";
import type { Actor } from "./signers.ts";
import { overlaps, type Template } from "./template.ts";

/** Throws `Complaints`. */
export function checkAgreement({ model, closures, askedBy, unproven }: Selectable): void {
  const signers = [...model.people, ...model.parties].filter((one) => one.kind !== "group");
  readEach(
    [
      () => refuseTwoPlaces(model.products),
      () => refuseTwoSigners(signers),
      () => refuseTwoCommitters(model.people, model.forges),
      () => refuseBaseRings(model),
      () => void readEach([...closures.values()], refuseBaseless),
      () => refusePersonalVariables(signers),
      () => void readEach(askedOf(askedBy), refuseOtherVariables),
      () => void readEach(model.products, (product) => refuseOtherSources(product, closures)),
      () => void readEach(model.sharedSigner ? [] : askedOf(unproven), refuseSharedSigners),
    ],
    (check) => check(),
  );
}

/** Whoever pushes to a repository of two products could have what is approved as one used as the other. */
function refuseTwoPlaces(products: readonly Product[]): void {
  const names = products.map((product) => ({ product, template: product.template, place: product.key }));
  const places = products.flatMap((product) => product.repositories.map(({ template, place }) => ({ product, template, place })));
  readEach(findOverlaps(names), ([earlier, later]) =>
    later.place.refuse(`may be the same product as ${quote(earlier.template.text)}`, "name them so that no name is of both"),
  );
  readEach(findOverlaps(places), ([earlier, later]) => {
    if (earlier.product === later.product) {
      later.place.refuse(
        `may hold what ${quote(earlier.template.text)} holds, as another ${quote(later.product.template.text)}`,
        "write the same repository, or two of which no repository is of both",
      );
    }
    later.place.refuse(
      `is ${quote(later.template.text)}, and a repository of it may be one of ${quote(earlier.template.text)}, of the product ${quote(earlier.product.template.text)}`,
      "give each product repositories of its own",
    );
  });
}

interface Placed {
  readonly product: Product;
  readonly template: Template;
}

/** For each part an earlier one that it overlaps with; the same repository for two gates of one product is one. */
function findOverlaps<T extends Placed>(parts: readonly T[]): readonly (readonly [earlier: T, later: T])[] {
  const found: (readonly [T, T])[] = [];
  // Two templates overlap only if what stands before the first variable of one begins what stands there in the other.
  const at = new Map<string, T[]>();
  const below = new Map<string, T[]>();
  for (const part of parts) {
    const { product, template } = part;
    const starts = literalStarts(template);
    const whole = starts.at(-1) ?? "";
    const mayOverlap = [...starts.flatMap((start) => at.get(start) ?? []), ...(below.get(whole) ?? [])];
    const other = mayOverlap.find(
      (one) => !(one.product === product && one.template.text === template.text) && overlaps(one.template, template),
    );
    if (other !== undefined) found.push([other, part]);
    for (const start of starts) {
      const index = start === whole ? at : below;
      const known = index.get(start);
      if (known === undefined) index.set(start, [part]);
      else known.push(part);
    }
  }
  return found;
}

/** Nothing, the first segment, the first two, and so on up to the first variable. */
function literalStarts({ segments }: Template): readonly string[] {
  const starts = [""];
  for (const segment of segments) {
    if (segment.kind !== "literal") break;
    starts.push(`${starts.at(-1)}/${segment.text}`);
  }
  return starts;
}

/** A threshold counts people and machines; one key that is two of them would meet it alone. */
function refuseTwoSigners(signers: readonly Actor[]): void {
  const earlier: (PlacedIdentity & { readonly signer: Actor })[] = [];
  readEach(signers, (signer) => {
    const own = signer.identities.map((placed) => ({ ...placed, signer }));
    for (const { identity, place } of own) {
      const same = earlier.find((other) => mayBeSame(other.identity, identity));
      if (same !== undefined) {
        place.refuse(
          `may be the identity of ${quote(same.signer.name)} too, and would be counted for either`,
          `give each an identity of its own, or let one name stand for both: by: ${same.signer.name}`,
        );
      }
    }
    earlier.push(...own);
  });
}

function refusePersonalVariables(signers: readonly Actor[]): void {
  const placed = signers.filter(({ kind }) => kind === "person").flatMap(({ identities }) => identities);
  readEach(placed, ({ variables: [variable], place }) => {
    if (variable !== undefined)
      place.refuse(`has {${variable}}, and a person is the same one for every product`, "write the person's own name");
  });
}

interface Asked {
  readonly product: Product;
  readonly identities: readonly (PlacedIdentity & { readonly signer: Actor })[];
}

/** Most products ask the same signers, whose identities are then listed once. */
function askedOf(askedBy: ReadonlyMap<Product, ReadonlySet<Actor>>): readonly Asked[] {
  const listed = new Map<ReadonlySet<Actor>, Asked["identities"]>();
  return [...askedBy].map(([product, signers]) => {
    const identities = listed.get(signers) ?? [...signers].flatMap((signer) => signer.identities.map((one) => ({ ...one, signer })));
    listed.set(signers, identities);
    return { product, identities };
  });
}

function refuseOtherVariables({ product: { template }, identities }: Asked): void {
  readEach(identities, ({ variables, place, signer }) => {
    const unknown = variables.find((name) => !template.variables.includes(name));
    if (unknown === undefined) return;
    place.refuse(
      `has {${unknown}}, and the product ${quote(template.text)}, whose gates ask for ${signer.name}, has no such variable`,
      `name the variable as the product does, or take {${unknown}} out`,
    );
  });
}

function refuseOtherSources({ template, repositories }: Product, closures: Selectable["closures"]): void {
  const gates = new Set(repositories.flatMap(({ gate }) => closures.get(gate) ?? []));
  readEach(templatesOf([...gates]), (source) => {
    const unknown = source.template.variables.find((name) => !template.variables.includes(name));
    if (unknown === undefined) return;
    source.place.refuse(
      `has {${unknown}}, and the product ${quote(template.text)}, whose gates ask for it, has no such variable`,
      `name the variable as the product does, or take {${unknown}} out`,
    );
  });
}

/** One signer for many products: whoever may use it for one may use it for all, which must have been said. */
function refuseSharedSigners({ product: { template, key }, identities }: Asked): void {
  readEach(identities, (identity) => {
    const { signer } = identity;
    const missing = missingVariable(identity, template.variables);
    if (missing === undefined || signer.kind !== "machine") return;
    key.refuse(
      `is signed for by ${signer.name}, whose identity does not hold {${missing}}: whoever may use it for one may use it for all`,
      `write {${missing}} into the identity of ${signer.name}, such as CN: "ci-{${missing}}", or ask for provenance of a source with {${missing}}, or write sharedSigner: true at ${SHARED_SIGNER_PLACE}`,
    );
  });
}
