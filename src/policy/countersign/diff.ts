/** What changes in meaning from one policy to another, and which gates become easier to open. */
import { findFewest } from "./fewest.ts";
import { isLaxer, SET_CHECKS, strictest } from "./gates.ts";
import { baseGatesOf, gatesBefore, gatesNeeded, signersOf, templatesOf } from "./loaded-questions.ts";
import type { LoadedParty, LoadedPerson, LoadedPolicy } from "./loaded.ts";
import { membersAt, productSigners } from "./product-signers.ts";
import { overlaps } from "./template.ts";
import type { Threshold } from "./thresholds.ts";
import { type GateOpeners, whoCan } from "./who-can.ts";
import { findNewlyVouched, findWeaker, keepsAuthorsOut } from "./weaker.ts";
import { describeBreakGlass, describeExceptions, describeIdentity, describeLoadedApproval, describeNeed, describeStay } from "./words.ts";

export interface Change {
  readonly part: "policy" | "product" | "person" | "party" | "forge" | "gate";
  readonly name: string;
  /** What of it: `build` of a product, `needs` of a gate. */
  readonly what: string;
  /** Absent for what is new. */
  readonly was?: string;
  /** Absent for what is gone. */
  readonly is?: string;
}

export interface GateChange {
  readonly gate: string;
  /** How many the gate takes to open; absent where there is no such gate, or nobody opens it. */
  readonly was?: number;
  readonly is?: number;
  /** Why it is easier to open than before; empty if it is not. */
  readonly easier: readonly string[];
}

export interface PolicyDiff {
  readonly changes: readonly Change[];
  /** Those that have changed in who can open them, or are new or gone. */
  readonly gates: readonly GateChange[];
}

export function diffPolicies(before: LoadedPolicy, after: LoadedPolicy): PolicyDiff {
  const [old, now] = [factsOf(before), factsOf(after)];
  const gone = valuesByPlace(old, now);
  const fresh = valuesByPlace(now, old);
  const places = new Map([...old, ...now].map((fact) => [placeOf(fact), fact]));
  const changes = [...places].flatMap(([place, { part, name, what }]): readonly Change[] => {
    const [was, is] = [gone.get(place) ?? [], fresh.get(place) ?? []];
    const [only, ...others] = was;
    const [instead, ...more] = is;
    // One in place of one has changed; of several nobody can tell which became which.
    if (only !== undefined && instead !== undefined && others.length + more.length === 0)
      return [{ part, name, what, was: only, is: instead }];
    return [...was.map((value) => ({ part, name, what, was: value })), ...is.map((value) => ({ part, name, what, is: value }))];
  });
  const inOrder = changes.toSorted((a, b) => PARTS.indexOf(a.part) - PARTS.indexOf(b.part));
  return { changes: inOrder, gates: diffGates(before, after) };
}

interface Fact {
  readonly part: Change["part"];
  readonly name: string;
  readonly what: string;
  readonly value: string;
}

const PARTS: readonly Change["part"][] = ["policy", "product", "person", "party", "forge", "gate"];

function placeOf({ part, name, what }: Fact): string {
  return JSON.stringify([part, name, what]);
}

/** What is in `facts` and not in `others`. */
function valuesByPlace(facts: readonly Fact[], others: readonly Fact[]): ReadonlyMap<string, readonly string[]> {
  const known = new Set(others.map((fact) => JSON.stringify(fact)));
  const found = new Map<string, string[]>();
  for (const fact of facts) {
    if (!known.has(JSON.stringify(fact))) found.set(placeOf(fact), [...(found.get(placeOf(fact)) ?? []), fact.value]);
  }
  return found;
}

function factsOf(policy: LoadedPolicy): readonly Fact[] {
  const { name, version, previous, exceptions, breakGlass, sharedSigner, products, people, parties, forges = [], gates } = policy;
  const waived = {
    exceptions: exceptions && describeExceptions(exceptions),
    breakGlass: breakGlass && describeBreakGlass(breakGlass),
  };
  const head = { name, version, previous, ...waived, sharedSigner };
  return [
    ...Object.entries(head).flatMap(([what, value]): readonly Fact[] =>
      value === undefined ? [] : [{ part: "policy", name: "", what, value: String(value) }],
    ),
    ...products.flatMap((product) =>
      product.repositories.map(({ gate, repository }): Fact => ({ part: "product", name: product.name, what: gate, value: repository })),
    ),
    ...people.flatMap((person) => [...factsOfSigner("person", person), ...factsOfCommitter(person)]),
    ...parties.flatMap(factsOfParty),
    ...forges.flatMap(({ name: forge, git }) => git.map((value): Fact => ({ part: "forge", name: forge, what: "git", value }))),
    ...gates.flatMap((gate) => [
      ...gate.after.map((before): Fact => ({ part: "gate", name: gate.name, what: "after", value: before })),
      ...countSame(gate.needs.map(describeNeed)).map((need): Fact => ({
        part: "gate",
        name: gate.name,
        what: "needs",
        value: need,
      })),
      ...gate.rules.map((rule): Fact => ({
        part: "gate",
        name: gate.name,
        what: `rule ${rule.name}`,
        value: `${rule.expr}: ${rule.message}`,
      })),
      ...Object.entries({
        approve: gate.approve && describeLoadedApproval(gate.approve),
        stay: gate.stay && describeStay(gate.stay),
        rollback: gate.rollback && "true",
      }).flatMap(([what, value]): readonly Fact[] => (value === undefined ? [] : [{ part: "gate", name: gate.name, what, value }])),
      ...SET_CHECKS.map((check): Fact => ({
        part: "gate",
        name: gate.name,
        what: `checks.${check}`,
        value: gate.checks[check] ?? "enforce",
      })),
    ]),
  ];
}

function factsOfParty(party: LoadedParty): readonly Fact[] {
  if (party.kind === "machine") return factsOfSigner("party", party);
  return party.people.map((name): Fact => ({ part: "party", name: party.name, what: "people", value: name }));
}

function factsOfSigner(part: "person" | "party", { name, identities }: LoadedPerson): readonly Fact[] {
  return identities.map(describeIdentity).map((value): Fact => ({ part, name, what: "identity", value }));
}

function factsOfCommitter({ name, git = [], authors = [] }: LoadedPerson): readonly Fact[] {
  return [
    ...git.map((value): Fact => ({ part: "person", name, what: "git", value })),
    ...authors.map((value): Fact => ({ part: "person", name, what: "authors", value })),
  ];
}

/** What is asked for twice is asked for once: one signature meets both. */
function countSame(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

function diffGates(before: LoadedPolicy, after: LoadedPolicy): readonly GateChange[] {
  const [old, now] = [whoCan(before), whoCan(after)];
  const wasShared = new Map(old.openers.map(({ name, isShared }) => [name, isShared]));
  const rename = sameActors(before, after);
  const newlyShared = now.openers.filter(({ name, isShared }) => isShared && wasShared.get(rename(name)) === false).map(({ name }) => name);
  const both: Both = { before, after, rename, newlyShared, freed: findFreed(before, after, rename) };
  const [oldGates, newGates] = [old, now].map(({ gates }) => new Map(gates.map((gate) => [gate.gate, gate])));
  const names = [...new Set([...old.gates, ...now.gates].map(({ gate }) => gate))];
  return names.flatMap((gate) => {
    const [was, is] = [oldGates?.get(gate), newGates?.get(gate)];
    const [wasSize, isSize] = [was?.fewest.size, is?.fewest.size];
    const found = was === undefined || is === undefined ? [] : whyEasier({ was, is }, both);
    // By an exception, or by breaking the glass.
    const isFewer = found.length === 0 && isSize !== undefined && was !== undefined && isSize < (wasSize ?? Infinity);
    const easier = isFewer ? [`${is?.fewest.sets[0]?.map(rename).join(" and ") ?? isSize} can open it by another way than before`] : found;
    if (was !== undefined && is !== undefined && easier.length === 0 && wasSize === isSize) return [];
    return [{ gate, ...(wasSize === undefined ? {} : { was: wasSize }), ...(isSize === undefined ? {} : { is: isSize }), easier }];
  });
}

interface Both {
  readonly before: LoadedPolicy;
  readonly after: LoadedPolicy;
  /** From names of now to those of before. */
  readonly rename: (name: string) => string;
  readonly newlyShared: readonly string[];
  readonly freed: readonly Freed[];
}

/** A signature that names no product counts for the only one that its signer is asked for, and not while he is asked for others. */
interface Freed {
  readonly product: string;
  readonly gates: readonly string[];
  readonly signers: readonly string[];
}

function whyEasier(
  { was, is }: { readonly was: GateOpeners; readonly is: GateOpeners },
  { before, after, rename, newlyShared, freed }: Both,
): readonly string[] {
  const opener = findNewOpener(
    was.needs,
    is.needs.map(({ of, atLeast }) => ({ of: of.map(rename), atLeast })),
  );
  const reasons = opener === undefined ? [] : [describeOpener(opener)];
  const needed = gatesNeeded(after, is.gate);
  reasons.push(...findWeaker({ was: gatesNeeded(before, was.gate), is: needed }, rename));
  if (keepsAuthorsOut(gatesNeeded(before, was.gate)) && keepsAuthorsOut(needed)) reasons.push(...findNewlyVouched(before, after));
  // A base is judged by itself, with the checks of its own gate.
  for (const gate of new Set([is.gate, ...needed.flatMap(baseGatesOf)])) {
    for (const check of SET_CHECKS) {
      const [old, now] = [before, after].map((policy) => strictest(gatesBefore(policy, gate), check));
      if (old !== undefined && now !== undefined && isLaxer(now, old)) reasons.push(`${check} is ${now}, and was ${old}`);
    }
  }
  for (const name of newlyShared) {
    if (is.needs.some(({ of }) => of.includes(name))) reasons.push(`${name} signs for several products, and did not before`);
  }
  const [askedBefore, askedNow] = [membersAt(before, was.gate), membersAt(after, is.gate)];
  const products = new Map<string, string[]>();
  for (const { product, signers } of freed.filter(({ gates }) => gates.includes(is.gate))) {
    for (const name of signers.filter((signer) => askedNow.has(signer) && askedBefore.has(rename(signer))))
      products.set(name, [...(products.get(name) ?? []), product]);
  }
  for (const [name, of] of products) reasons.push(`signatures by ${name} need no longer name the product ${of.join(", ")}`);
  return [...new Set(reasons)];
}

function findFreed(before: LoadedPolicy, after: LoadedPolicy, rename: Both["rename"]): readonly Freed[] {
  const old = productSigners(before).map((one) => ({ ...one, templates: templatesOf(one.product) }));
  return productSigners(after).flatMap(({ product, gates, asked, mustName }) => {
    const free = [...asked].filter((name) => !mustName.has(name));
    if (free.length === 0) return [];
    const templates = templatesOf(product);
    // The same by its name, or by a repository that may be of both.
    const same = old.filter(
      (one) => one.product.name === product.name || one.templates.some((a) => templates.some((b) => overlaps(a.template, b.template))),
    );
    const signers = free.filter((name) => same.some((one) => one.mustName.has(rename(name))));
    return signers.length === 0 ? [] : [{ product: product.name, gates, signers }];
  });
}

function describeOpener(opener: readonly string[]): string {
  if (opener.length === 0) return "others open it than before";
  return `${opener.join(" and ")} open${opener.length === 1 ? "s" : ""} it, and did not before`;
}

/** By who they are, not what they are called. Somebody who can be known in a way that is new is somebody else. */
function sameActors(before: LoadedPolicy, after: LoadedPolicy): (name: string) => string {
  const old = signersOf(before);
  const ownerOf = new Map(
    [...old.values()].flatMap(({ name, identities }) => identities.map((identity) => [describeIdentity(identity), name])),
  );
  const names = new Map<string, string>();
  const taken = new Set<string | undefined>();
  for (const { name, identities } of signersOf(after).values()) {
    const [owner, ...others] = new Set(identities.map((identity) => ownerOf.get(describeIdentity(identity))));
    // One of before who counts as two now is no longer the same.
    const isSame = owner !== undefined && others.length === 0 && !taken.has(owner);
    taken.add(owner);
    names.set(name, isSame ? owner : `${name}${old.has(name) ? " (as known now)" : ""}`);
  }
  return (name) => names.get(name) ?? name;
}

/** A small set that meets the new thresholds and not the old ones; empty where only that there is one could be found out. */
export function findNewOpener(before: readonly Threshold[], after: readonly Threshold[]): readonly string[] | undefined {
  const everyone = [...new Set(after.flatMap(({ of }) => of))];
  for (const { of, atLeast } of before) {
    // Everybody else may join, and of these one too few: is that enough?
    const left = after.flatMap((need) => {
      const inside = need.of.filter((name) => of.includes(name));
      const wanted = need.atLeast - (need.of.length - inside.length);
      return wanted > 0 ? [{ of: inside, atLeast: wanted }] : [];
    });
    const fewest = findFewest(left, { maxSets: 1 });
    if (fewest.size === undefined || fewest.size >= atLeast) continue;
    const [inside] = fewest.sets;
    if (inside === undefined) return [];
    const may = new Set([...everyone.filter((name) => !of.includes(name)), ...inside]);
    return (
      findFewest(
        after.map((need) => ({ of: need.of.filter((name) => may.has(name)), atLeast: need.atLeast })),
        { maxSets: 1 },
      ).sets[0] ?? []
    );
  }
  return undefined;
}
