/** A policy as a plain object, for the slow evaluator: which product an image is, who is asked about it, and whose signature counts. */
import type { Action } from "../../src/core/finding.ts";
import type { PlainAsk } from "./slow-evidence.ts";

/** A policy as its document says it, with certificates told apart by their common name alone. */
export interface PlainPolicy {
  /** `shop/{app}` -> gate -> repository. At most one variable, called app. */
  readonly products: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Name -> common name. */
  readonly people: Readonly<Record<string, string>>;
  /** Name -> common name, which may hold `{app}`, or names of people. */
  readonly parties: Readonly<Record<string, string | readonly string[]>>;
  /** Name of a person or machine -> a key: a person signs with it too, and a machine with it alone. */
  readonly keys: Readonly<Record<string, string>>;
  /** Name of a person -> the key that he signs commits with. */
  readonly git: Readonly<Record<string, string>>;
  readonly gates: Readonly<Record<string, PlainGate>>;
}

export interface PlainGate {
  readonly after: readonly string[];
  readonly needs: readonly { readonly by: readonly string[]; readonly atLeast: number }[];
  /** What is asked beside signatures. */
  readonly asks: readonly PlainAsk[];
  readonly expiry: Action;
}

/** What one signature really is. */
export interface SignatureFact {
  /** By this key, without a certificate; what is said of certificates then means nothing. */
  readonly key?: string;
  readonly commonName: string;
  /** Its root is in the trust store that the policy names. */
  readonly isAnchored: boolean;
  /** The signed annotation. */
  readonly product?: string;
  readonly isExpired: boolean;
  /** When it was signed; absent where nothing says so. */
  readonly hoursAgo?: number;
}

/** One that nobody has seen: it could be of this member of the policy, with nothing wrong with it. */
export interface ImaginedSignature {
  readonly member: string;
}

/** Where an image is, as the policy knows it. */
export interface Place {
  readonly product: string;
  readonly app: string;
  readonly pattern: string;
}

export function placesOf(policy: PlainPolicy, repository: string): readonly { readonly gate: string; readonly place: Place }[] {
  return Object.entries(policy.products).flatMap(([pattern, gates]) =>
    Object.entries(gates).flatMap(([gate, template]) => {
      const app = appOf(template, repository);
      return app === undefined ? [] : [{ gate, place: { pattern, app, product: fill(pattern, app) } }];
    }),
  );
}

/** The gate and all that come before it. */
export function gatesAsked(policy: PlainPolicy, gate: string): readonly string[] {
  return [...new Set([gate, ...(policy.gates[gate]?.after ?? []).flatMap((before) => gatesAsked(policy, before))])];
}

/** Everybody whom the gate itself asks about anything. */
function namesAt(policy: PlainPolicy, gate: string): readonly string[] {
  const { needs = [], asks = [] } = policy.gates[gate] ?? {};
  const names = [...needs.map(({ by }) => by), ...asks.flatMap((ask) => (ask.kind === "image" ? [] : [ask.by, vexNames(ask)]))];
  return names.flat().flatMap((name) => membersOf(policy, name));
}

function vexNames(ask: PlainAsk): readonly string[] {
  return ask.kind === "scan" ? (ask.vexBy ?? []) : [];
}

function sourcesAt(policy: PlainPolicy, gate: string): readonly string[] {
  return (policy.gates[gate]?.asks ?? []).flatMap((ask) => (ask.kind === "provenance" && ask.source !== undefined ? [ask.source] : []));
}

/** Whether it, or a gate before it, asks for somebody or something that is another for each app. */
export function asksByApp(policy: PlainPolicy, gate: string): boolean {
  const gates = gatesAsked(policy, gate);
  const identities = gates.flatMap((name) => namesAt(policy, name)).filter((name) => policy.keys[name] === undefined);
  return [...identities.map((name) => String(policy.parties[name])), ...gates.flatMap((name) => sourcesAt(policy, name))].some((text) =>
    text.includes("{app}"),
  );
}

export function membersOf(policy: PlainPolicy, name: string): readonly string[] {
  const party = policy.parties[name];
  return typeof party === "object" ? party : [name];
}

export function everybody(policy: PlainPolicy): readonly string[] {
  return [
    ...Object.keys(policy.people),
    ...Object.entries(policy.parties).flatMap(([name, who]) => (typeof who === "string" ? [name] : [])),
  ];
}

interface Asking {
  readonly member: string;
  readonly fact: SignatureFact | ImaginedSignature;
  readonly place: Place;
  readonly gate: PlainGate;
  /** Where the image was built from shows which product it is. */
  readonly isProductProven: boolean;
}

/** Whether the signature is this member's, and counts at this gate. */
export function isGoodOf(policy: PlainPolicy, { member, fact, place, gate, isProductProven }: Asking): boolean {
  if ("member" in fact) return fact.member === member;
  const machine = policy.parties[member];
  const template = policy.people[member] ?? (typeof machine === "string" ? machine : undefined);
  if (template === undefined) return false;
  const key = policy.keys[member];
  const hasCertificate = key === undefined || policy.people[member] !== undefined;
  const isTheirs =
    fact.key === undefined ? hasCertificate && fact.isAnchored && fact.commonName === fill(template, place.app) : key === fact.key;
  if (!isTheirs) return false;
  if (fact.isExpired && gate.expiry === "enforce") return false;
  if (fact.product !== undefined) return fact.product === place.product;
  if (isProductProven) return true;
  const isAskedElsewhere = Object.keys(policy.products).some((pattern) => pattern !== place.pattern && isAskedBy(policy, pattern, member));
  // A key is one and the same for all values of the variable.
  const isOneEach = template.includes("{app}") && key === undefined;
  return !isAskedElsewhere && (isOneEach || !place.pattern.includes("{app}"));
}

function isAskedBy(policy: PlainPolicy, pattern: string, member: string): boolean {
  return gatesOfProduct(policy, pattern).some((gate) => namesAt(policy, gate).includes(member));
}

/** Where the product has a place, and where no product has one and all that is asked is told by what the product has; with the gates before. */
function gatesOfProduct(policy: PlainPolicy, pattern: string): readonly string[] {
  const gates = Object.keys(policy.gates).filter((gate) => {
    const products = Object.entries(policy.products).filter(([, listed]) => listed[gate] !== undefined);
    return products.length === 0 ? pattern.includes("{app}") || !asksByApp(policy, gate) : products.some(([name]) => name === pattern);
  });
  return gates.flatMap((gate) => gatesAsked(policy, gate));
}

/** Whether what is built from this source, as the policy writes it, can only be this product: no other product asks for one that could be the same. */
export function isOwnSource(policy: PlainPolicy, source: string, { pattern }: Place): boolean {
  if (pattern.includes("{app}") && !source.includes("{app}")) return false;
  const others = Object.keys(policy.products).filter((other) => other !== pattern);
  const theirs = others.flatMap((other) => gatesOfProduct(policy, other).flatMap((gate) => sourcesAt(policy, gate)));
  // An app may be called as any part of any source.
  const words = [source, ...theirs].flatMap((text) => text.split("/"));
  const ways = (text: string): readonly string[] => words.map((word) => fill(text, word));
  return !theirs.some((other) => ways(other).some((text) => ways(source).includes(text)));
}

export function fill(template: string, app: string): string {
  return template.replace("{app}", app);
}

function appOf(template: string, repository: string): string | undefined {
  const [before = "", after] = template.split("{app}");
  if (after === undefined) return template === repository ? "" : undefined;
  if (!repository.startsWith(before) || !repository.endsWith(after)) return undefined;
  const app = repository.slice(before.length, repository.length - after.length);
  return /^[^/]+$/.test(app) ? app : undefined;
}
