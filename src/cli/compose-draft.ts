/** Repositories and signers -> the parts of a policy: products, parties and gates, and what is to be said about them. */
import type { Policy } from "../core/policy.ts";
import { formatStore } from "../core/trust-source.ts";
import { type Draft, type DraftGate, draftName, type DraftSigner } from "../policy/countersign/draft.ts";
import type { KeySigner } from "./find-signers.ts";
import { type Carried, whatIsLeftOut } from "./left-out.ts";
import { groupPlaces, type ProductPlaces } from "./product-places.ts";
import { chooseSigners } from "./signers-of-statement.ts";

type DraftProduct = Draft["products"][number];

/** The repository for which nobody could sign, if there is one. */
export function composeDraft(
  repositories: readonly string[],
  from: { readonly keys: readonly KeySigner[]; readonly notary: Policy | undefined },
): Draft | string {
  const signers = new Map<string, DraftSigner>();
  const gates = new Map<string, DraftGate>();
  const products: DraftProduct[] = [];
  const carried: Carried[] = [];
  const groups = groupPlaces([...new Set(repositories)]);
  const taken = new Set<string>();
  for (const group of groups) {
    const name = productName(group, taken);
    taken.add(name);
    for (const { repository, stage = "build" } of group.places) {
      const chosen = chooseSigners(repository, from);
      const [first, ...others] = new Set(chosen.signers.map((signer) => addSigner(signer, signers)));
      if (first === undefined) return repository;
      const by = [first, ...others] as const;
      carried.push({ repository, by, ...chosen });
      products.push({ name, repository, gate: gateFor(by, stage, gates) });
    }
  }
  const [path = "images"] = products.map((product) => product.name.split("/")[0] ?? product.name);
  const notes = [
    ...(from.notary === undefined ? [] : whatIsLeftOut(from.notary, carried)),
    ...productNotes(products),
    ...[...gates.values()].flatMap(anyOneNote),
  ];
  return { name: draftName(path, new Set()), products, signers: [...signers.values()], gates: [...gates.values()], notes };
}

/** One who is found twice is one: a policy with an identity under two names is refused. */
function addSigner({ name, anchor, is, comment }: DraftSigner, signers: Map<string, DraftSigner>): string {
  const key = JSON.stringify([formatStore(anchor), is]);
  const found = signers.get(key);
  if (found !== undefined) return found.name;
  const signer = { name: draftName(name, new Set([...signers.values()].map((other) => other.name))), anchor, is, comment };
  signers.set(key, signer);
  return signer.name;
}

/** Repositories of one stage for which the same are asked share a gate; others get one of their own, so that nobody is asked where he was not. */
function gateFor(by: DraftGate["by"], stage: string, gates: Map<string, DraftGate>): string {
  const key = JSON.stringify([stage, by.toSorted()]);
  const found = gates.get(key);
  if (found !== undefined) return found.name;
  const name = draftName(stage, new Set([...gates.values()].map((gate) => gate.name)));
  gates.set(key, { name, by });
  return name;
}

/** The repository without its host and its stage; with the host where two have the same. */
function productName({ path, places: [first] }: ProductPlaces, taken: ReadonlySet<string>): string {
  const host = (first?.repository.split("/")[0] ?? "").replaceAll(/[^a-z0-9]+/g, "-").replace(/^-/, "");
  for (let count = 0; ; count += 1) {
    const name = [path, `${host}/${path}`][count] ?? `${host}/${path}-${count}`;
    if (!taken.has(name)) return name;
  }
}

/** Whether two repositories are places of one product cannot be seen: what was taken for one is said, and what could be. */
function productNotes(products: readonly DraftProduct[]): readonly string[] {
  const byName = Map.groupBy(products, ({ name }) => name);
  const merged = [...byName].flatMap(([name, places]) => {
    if (places.length === 1) return [];
    const listed = places.map(({ repository, gate }) => `${repository} (gate ${gate})`).join(" and ");
    return [`${listed} are taken for places of one product, ${name}; where a gate is to follow another, give it after: GATE`];
  });
  const byLast = Map.groupBy(byName.values(), ([place]) => place?.repository.split("/").at(-1));
  const alike = [...byLast.values()].flatMap((alikes) => {
    if (alikes.length === 1) return [];
    const listed = alikes.flatMap(([place]) => (place === undefined ? [] : [`${place.name} (${place.repository})`])).join(" and ");
    return [`${listed} are products of their own; places of one image belong under one product, each for a gate of its own`];
  });
  return [...merged, ...alike];
}

function anyOneNote({ name, by }: DraftGate): readonly string[] {
  if (by.length === 1) return [];
  return [`any one of ${by.join(", ")} alone opens the gate ${name}: take out who should not, or write atLeast: 2 where two are to sign`];
}
