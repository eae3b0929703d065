/**
 * A second evaluator, slow and obvious, to hold the real one against: it reads the policy's document as a plain object,
 * and tries every way in which what is not known could turn out. It imports types of the core and nothing else.
 */
import type { Action } from "../../src/core/finding.ts";
import type { Answer } from "../../src/core/verdict.ts";

/** A policy as its document says it, with certificates told apart by their common name alone. */
export interface PlainPolicy {
  /** `shop/{app}` -> gate -> repository. At most one variable, called app. */
  readonly products: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Name -> common name. */
  readonly people: Readonly<Record<string, string>>;
  /** Name -> common name, which may hold `{app}`, or names of people. */
  readonly parties: Readonly<Record<string, string | readonly string[]>>;
  /** Name of a person or machine -> the key that it signs with too, as a whole. */
  readonly keys: Readonly<Record<string, string>>;
  readonly gates: Readonly<Record<string, PlainGate>>;
}

export interface PlainGate {
  readonly after: readonly string[];
  readonly needs: readonly { readonly by: readonly string[]; readonly atLeast: number }[];
  readonly expiry: Action;
}

/** What one signature really is. */
interface Fact {
  /** By this key, without a certificate; what is said of certificates then means nothing. */
  readonly key?: string;
  readonly commonName: string;
  /** Its root is in the trust store that the policy names. */
  readonly isAnchored: boolean;
  /** The signed annotation. */
  readonly product?: string;
  readonly isExpired: boolean;
  /** It is listed, and cannot be fetched. */
  readonly isHidden: boolean;
}

export type SlowAnswer = Answer | "not-listed" | "gate-wanted";

interface Question {
  readonly repository: string;
  readonly gate?: string;
  readonly facts: readonly Fact[];
  /** False if more may be listed than was seen. */
  readonly isComplete: boolean;
}

interface Place {
  readonly product: string;
  readonly app: string;
  readonly pattern: string;
}

export function judgeSlowly(policy: PlainPolicy, question: Question): SlowAnswer {
  const { repository, facts, isComplete } = question;
  const places = Object.entries(policy.products).flatMap(([pattern, gates]) =>
    Object.entries(gates).flatMap(([gate, template]) => {
      const app = appOf(template, repository);
      return app === undefined ? [] : [{ gate, place: { pattern, app, product: fill(pattern, app) } }];
    }),
  );
  if (question.gate !== undefined && policy.gates[question.gate] === undefined) return "gate-wanted";
  const [first] = places;
  if (first === undefined) return "not-listed";
  const { place } = first;
  const here = new Set(places.map(({ gate }) => gate));
  if (question.gate === undefined && here.size > 1) return "gate-wanted";
  const gate = question.gate ?? first.gate;
  // A gate that has places is for what has a place there.
  if (Object.values(policy.products).some((listed) => listed[gate] !== undefined) && !here.has(gate)) return "not-listed";

  // Whoever is told by a variable cannot be told where the product has none.
  if (!place.pattern.includes("{app}") && asksByApp(policy, gate)) return "not-listed";

  const known = facts.filter(({ isHidden }) => !isHidden);
  const worlds = worldsOf(policy, place, facts);
  const answers = asked(policy, gate).flatMap((name) =>
    (policy.gates[name]?.needs ?? []).map((need): Answer => {
      const isMetIn = (world: readonly Fact[]): boolean => isMet(policy, { name, need, place, world });
      if (isMetIn(known)) return "pass";
      // Each need by itself: that no one world could meet all of them at once is not looked at.
      return worlds.some(isMetIn) || !isComplete ? "unknown" : "deny";
    }),
  );
  if (answers.includes("deny")) return "deny";
  return answers.length > 0 && !answers.includes("unknown") ? "pass" : "unknown";
}

/** The gate and all that come before it. */
function asked(policy: PlainPolicy, gate: string): readonly string[] {
  return [gate, ...(policy.gates[gate]?.after ?? []).flatMap((before) => asked(policy, before))];
}

/** Whether it, or a gate before it, asks for somebody who is another one for each app. */
function asksByApp(policy: PlainPolicy, gate: string): boolean {
  const people = asked(policy, gate).flatMap((name) =>
    (policy.gates[name]?.needs ?? []).flatMap(({ by }) => by.flatMap((who) => membersOf(policy, who))),
  );
  return people.some((name) => String(policy.parties[name]).includes("{app}"));
}

/** Every way in which what is hidden could turn out: as nothing of use, or as a good signature of anybody. */
function worldsOf(policy: PlainPolicy, place: Place, facts: readonly Fact[]): readonly (readonly Fact[])[] {
  const names = [
    ...Object.values(policy.people),
    ...Object.values(policy.parties).flatMap((party) => (typeof party === "string" ? [fill(party, place.app)] : [])),
  ];
  let worlds: (readonly Fact[])[] = [facts.filter(({ isHidden }) => !isHidden)];
  for (const _ of facts.filter(({ isHidden }) => isHidden)) {
    const goods = names.map((commonName) => ({ commonName, isAnchored: true, product: place.product, isExpired: false, isHidden: false }));
    worlds = worlds.flatMap((world) => [world, ...goods.map((good) => [...world, good])]);
  }
  return worlds;
}

interface Meeting {
  readonly name: string;
  readonly need: PlainGate["needs"][number];
  readonly place: Place;
  readonly world: readonly Fact[];
}

function isMet(policy: PlainPolicy, { name, need, place, world }: Meeting): boolean {
  const gate = policy.gates[name];
  if (gate === undefined) return false;
  const wanted = new Set(need.by.flatMap((who) => membersOf(policy, who)));
  const signed = [...wanted].filter((member) => world.some((fact) => isGoodOf(policy, { member, fact, place, gate })));
  return signed.length >= need.atLeast;
}

function membersOf(policy: PlainPolicy, name: string): readonly string[] {
  const party = policy.parties[name];
  return typeof party === "object" ? party : [name];
}

function isGoodOf(
  policy: PlainPolicy,
  { member, fact, place, gate }: { readonly member: string; readonly fact: Fact; readonly place: Place; readonly gate: PlainGate },
): boolean {
  const machine = policy.parties[member];
  const template = policy.people[member] ?? (typeof machine === "string" ? machine : undefined);
  if (template === undefined) return false;
  const isTheirs =
    fact.key === undefined ? fact.isAnchored && fact.commonName === fill(template, place.app) : policy.keys[member] === fact.key;
  if (!isTheirs) return false;
  if (fact.isExpired && gate.expiry === "enforce") return false;
  if (fact.product !== undefined) return fact.product === place.product;
  const isAskedElsewhere = Object.keys(policy.products).some((pattern) => pattern !== place.pattern && isAskedBy(policy, pattern, member));
  // A key is one and the same for all values of the variable.
  const isOneEach = template.includes("{app}") && policy.keys[member] === undefined;
  return !isAskedElsewhere && (isOneEach || !place.pattern.includes("{app}"));
}

/** At a gate where the product has a place, or where no product has one and everybody asked is told by what the product has. */
function isAskedBy(policy: PlainPolicy, pattern: string, member: string): boolean {
  const gates = Object.keys(policy.gates).filter((gate) => {
    const products = Object.entries(policy.products).filter(([, listed]) => listed[gate] !== undefined);
    return products.length === 0 ? pattern.includes("{app}") || !asksByApp(policy, gate) : products.some(([name]) => name === pattern);
  });
  return gates
    .flatMap((gate) => asked(policy, gate))
    .some((gate) => (policy.gates[gate]?.needs ?? []).some(({ by }) => by.some((who) => membersOf(policy, who).includes(member))));
}

function fill(template: string, app: string): string {
  return template.replace("{app}", app);
}

function appOf(template: string, repository: string): string | undefined {
  const [before = "", after] = template.split("{app}");
  if (after === undefined) return template === repository ? "" : undefined;
  if (!repository.startsWith(before) || !repository.endsWith(after)) return undefined;
  const app = repository.slice(before.length, repository.length - after.length);
  return /^[^/]+$/.test(app) ? app : undefined;
}
