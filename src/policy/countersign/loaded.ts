/** A policy as plain data that means the same whenever two documents do: sets sorted, what holds anyway left out. */
import { digestOf } from "../../core/digest.ts";
import type { Identity } from "../../core/policy.ts";
import type { ApprovalAsked } from "../requirements/approval.ts";
import type { AskedOfEvidence, ImageAsked } from "../requirements/asked.ts";
import { approvalAsked, type BreakGlass, type Exceptions } from "./approvals.ts";
import type { Asked } from "./asked.ts";
import { SET_CHECKS } from "./gates.ts";
import { showIdentity, type WrittenIdentity } from "./identity.ts";
import type { Model, ModelGate, ModelNeed, ModelSignatureNeed } from "./model.ts";
import type { Named } from "./name.ts";
import type { Product } from "./products.ts";
import type { Stay } from "./read-approval.ts";
import type { Actor, Group } from "./signers.ts";

export interface LoadedProduct {
  /** With its variables: `shop/{app}`. */
  readonly name: string;
  readonly variables: readonly string[];
  readonly repositories: readonly { readonly gate: string; readonly repository: string }[];
}

export interface LoadedPerson {
  readonly name: string;
  /** Texts hold variables as written: `ci-{app}`. */
  readonly identities: readonly Identity[];
  /** Fingerprints of keys for commits; of one of OpenPGP with the digest of the whole key, which says how long it holds and what it was revoked for. */
  readonly git?: readonly string[];
  readonly authors?: readonly string[];
}

interface LoadedForge extends Required<Pick<LoadedPerson, "git">> {
  readonly name: string;
}

export type LoadedParty =
  | { readonly kind: "machine"; readonly name: string; readonly identities: readonly Identity[] }
  | { readonly kind: "group"; readonly name: string; readonly people: readonly string[] };

interface LoadedAsked {
  /** Names of people and parties, as the document has them. */
  readonly by: readonly string[];
  /** All whom they mean, people and machines. */
  readonly members: readonly string[];
}

export type LoadedEvidenceNeed = LoadedAsked &
  AskedOfEvidence & {
    /** Seconds. */
    readonly maxAge?: number;
    readonly vex?: LoadedAsked;
    readonly asserted?: LoadedAsked;
    readonly commits?: LoadedAsked & { readonly keys: readonly string[] };
  };

export interface LoadedSignatureNeed extends LoadedAsked {
  readonly kind: "signature";
  readonly atLeast: number;
  /** Seconds. */
  readonly maxAge?: number;
  /** With its variables as written. */
  readonly signedAs?: string;
}

export type LoadedNeed = LoadedSignatureNeed | LoadedEvidenceNeed | { readonly kind: "image"; readonly asked: ImageAsked };

export type LoadedApproval = LoadedAsked & ApprovalAsked;

/** Lengths of time in seconds. */
export interface LoadedExceptions extends LoadedAsked {
  /** Kinds of requirements. */
  readonly waived: readonly string[];
  readonly max: number;
}

export interface LoadedBreakGlass extends LoadedExceptions {
  readonly afterwards: LoadedAsked;
  readonly within: number;
  readonly stayMax: number;
}

export interface LoadedGate {
  readonly name: string;
  readonly after: readonly string[];
  readonly needs: readonly LoadedNeed[];
  readonly rules: readonly { readonly name: string; readonly expr: string; readonly message: string }[];
  readonly approve?: LoadedApproval;
  /** Seconds. */
  readonly stay?: { readonly scanMaxAge?: number; readonly superseded?: number };
  readonly rollback?: true;
  /** Without those that are enforced. */
  readonly checks: Readonly<Partial<Record<(typeof SET_CHECKS)[number], "log" | "skip">>>;
}

export interface LoadedPolicy {
  readonly name: string;
  readonly version: number;
  readonly previous?: string;
  readonly products: readonly LoadedProduct[];
  readonly people: readonly LoadedPerson[];
  readonly parties: readonly LoadedParty[];
  /** Absent where there are none. */
  readonly forges?: readonly LoadedForge[];
  readonly gates: readonly LoadedGate[];
  readonly exceptions?: LoadedExceptions;
  readonly breakGlass?: LoadedBreakGlass;
  readonly sharedSigner?: true;
}

export function loadedForm(model: Model): LoadedPolicy {
  const { name, version, previous, products, people, parties, forges, gates, exceptions, breakGlass, sharedSigner } = model;
  return {
    name,
    version,
    ...(previous === undefined ? {} : { previous }),
    products: sortedByName(products.map(loadProduct)),
    people: sortedByName(people.map(loadPerson)),
    parties: sortedByName(parties.map(loadParty)),
    ...(forges.length === 0 ? {} : { forges: sortedByName(forges.map((forge) => ({ name: forge.name, git: keysOf(forge) }))) }),
    gates: sortedByName([...gates.values()].map(loadGate)),
    ...(exceptions === undefined ? {} : { exceptions: loadExceptions(exceptions) }),
    ...(breakGlass === undefined ? {} : { breakGlass: loadBreakGlass(breakGlass) }),
    ...(sharedSigner ? { sharedSigner: true } : {}),
  };
}

function loadExceptions(exceptions: Exceptions): LoadedExceptions {
  return { ...loadAsked(exceptions), waived: namesOf(exceptions.waived), max: exceptions.max };
}

function loadBreakGlass(breakGlass: BreakGlass): LoadedBreakGlass {
  const { afterwards, within, stayMax } = breakGlass;
  return { ...loadExceptions(breakGlass), afterwards: loadAsked(afterwards), within, stayMax };
}

function loadProduct({ template, repositories }: Product): LoadedProduct {
  const places = repositories.map((place) => ({ gate: place.gate, repository: place.template.text }));
  return { name: template.text, variables: template.variables.toSorted(), repositories: sortBy(places, ({ gate }) => gate) };
}

function loadPerson(person: Actor): LoadedPerson {
  const [git, authors] = [keysOf(person), namesOf(person.authors)];
  return {
    name: person.name,
    identities: loadIdentities(person),
    ...(git.length === 0 ? {} : { git }),
    ...(authors.length === 0 ? {} : { authors }),
  };
}

function keysOf({ gitKeys }: Pick<Actor, "gitKeys">): readonly string[] {
  return gitKeys.map(({ name, openPgp }) => (openPgp === undefined ? name : `${name} (${digestOf(openPgp)})`)).toSorted();
}

function namesOf(named: readonly Named[]): readonly string[] {
  return named.map(({ name }) => name).toSorted();
}

function loadParty(party: Actor | Group): LoadedParty {
  const { name } = party;
  if (party.kind === "group") return { kind: "group", name, people: party.people.map((person) => person.name).toSorted() };
  return { kind: "machine", name, identities: loadIdentities(party) };
}

function loadIdentities({ identities }: Actor): readonly Identity[] {
  return sortBy(
    identities.map(({ identity }) => showIdentity(sortPairs(identity))),
    ({ kind }) => kind,
  );
}

function sortPairs(identity: WrittenIdentity): WrittenIdentity {
  if (identity.kind !== "certificate" || identity.is.kind !== "subject") return identity;
  const pairs = sortBy(identity.is.pairs, ({ type, value }) => `${type}=${value.text}`);
  return { ...identity, is: { ...identity.is, pairs } };
}

function loadGate({ name, after, needs, rules, approve, stay, rollback, checks }: ModelGate): LoadedGate {
  const weakened = SET_CHECKS.flatMap((check) => (checks[check] === "enforce" ? [] : [[check, checks[check]] as const]));
  return {
    name,
    after: after.toSorted(),
    needs: sortBy(needs.map(loadNeed), (need) => JSON.stringify(need)),
    rules: sortedByName(rules.map((rule) => ({ ...rule, expr: rule.expr.text }))),
    ...(approve === undefined ? {} : { approve: { ...loadAsked(approve), ...approvalAsked(approve) } }),
    ...(stay === undefined ? {} : { stay: loadStay(stay) }),
    ...(rollback ? { rollback } : {}),
    checks: Object.fromEntries(weakened),
  };
}

function loadStay({ scanMaxAge, superseded }: Stay): NonNullable<LoadedGate["stay"]> {
  return { ...(scanMaxAge === undefined ? {} : { scanMaxAge }), ...(superseded === undefined ? {} : { superseded }) };
}

function loadNeed(need: ModelNeed): LoadedNeed {
  if (need.kind === "image") return need;
  if (need.kind === "signature") return loadSignature(need);
  const {
    by: _by,
    byText: _text,
    signers: _signers,
    source: _source,
    base: _base,
    expr: _expr,
    maxAge,
    vex,
    asserted,
    commits,
    ...asked
  } = need;
  return {
    ...asked,
    ...loadAsked(need),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(vex === undefined ? {} : { vex: loadAsked(vex) }),
    ...(asserted === undefined ? {} : { asserted: loadAsked(asserted) }),
    ...(commits === undefined ? {} : { commits: { ...loadAsked(commits), keys: commits.signers.flatMap(keysOf).toSorted() } }),
  };
}

function loadSignature(need: ModelSignatureNeed): LoadedSignatureNeed {
  const { kind, atLeast, maxAge, signedAs } = need;
  return {
    kind,
    ...loadAsked(need),
    atLeast,
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(signedAs === undefined ? {} : { signedAs: signedAs.template.text }),
  };
}

function loadAsked({ by, signers }: Asked): LoadedAsked {
  return { by: by.toSorted(), members: signers.map(({ name }) => name).toSorted() };
}

function sortedByName<T extends { readonly name: string }>(parts: readonly T[]): readonly T[] {
  return sortBy(parts, ({ name }) => name);
}

/** By UTF-16 units, as `toSorted` compares: the same on every machine. */
function sortBy<T>(parts: readonly T[], keyOf: (part: T) => string): readonly T[] {
  return parts
    .map((part) => ({ part, key: keyOf(part) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
    .map(({ part }) => part);
}
