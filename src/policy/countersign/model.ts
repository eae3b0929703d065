/** A policy whose names lead somewhere: who each requirement means, and which gates come before which. */
import { nearestName } from "../nearest.ts";
import { EVERYBODY, refuseWithoutKey } from "./commit-signers.ts";
import { readEach, readWhole } from "./complaints.ts";
import type { AskedOfEvidence, ImageAsked } from "../requirements/asked.ts";
import type { Checks, WrittenGate } from "./gates.ts";
import type { Named } from "./name.ts";
import { type Place, quote } from "./place.ts";
import type { Product } from "./products.ts";
import type { PlacedExpression } from "./expressions.ts";
import { type EvidenceNeed, type Need, NO_BASE, type PlacedTemplate, type SignatureNeed } from "./read-need.ts";
import type { WrittenRule } from "./rules.ts";
import type { Actor, Group } from "./signers.ts";

/** As it was read. */
export interface WrittenPolicy {
  readonly name: string;
  readonly version: number;
  readonly previous: string | undefined;
  readonly products: readonly Product[];
  readonly people: readonly Actor[];
  readonly parties: readonly (Actor | Group)[];
  readonly gates: readonly WrittenGate[];
  readonly rules: readonly WrittenRule[];
  readonly sharedSigner: boolean;
}

/** Those whom a `by` means. */
export interface Asked {
  /** As written. */
  readonly by: readonly string[];
  /** With the people of groups: `release (eva, finn), ana`. */
  readonly byText: string;
  /** Each once, in the order in which they are named. */
  readonly signers: readonly Actor[];
}

export type ModelEvidenceNeed = AskedOfEvidence &
  Asked & {
    readonly maxAge: number | undefined;
    readonly source: PlacedTemplate | undefined;
    /** The gate that the base has to pass. */
    readonly base: Named | undefined;
    readonly expr: PlacedExpression | undefined;
    readonly vex: Asked | undefined;
    readonly asserted: Asked | undefined;
    readonly commits: CommitsAsked | undefined;
  };

/** Those who must have signed commits. */
interface CommitsAsked extends Asked {
  /** By the fingerprint of a key for commits, everybody who has one. */
  readonly known: ReadonlyMap<string, string>;
}

export type ModelSignatureNeed = Asked & Pick<SignatureNeed, "kind" | "atLeast" | "maxAge" | "signedAs">;

export type ModelNeed = ModelSignatureNeed | ModelEvidenceNeed | { readonly kind: "image"; readonly asked: ImageAsked };

export interface ModelGate {
  readonly name: string;
  readonly key: Place;
  readonly after: readonly string[];
  readonly needs: readonly ModelNeed[];
  readonly rules: readonly ModelRule[];
  readonly checks: Checks;
}

export type ModelRule = Omit<WrittenRule, "gate">;

export interface Model extends Omit<WrittenPolicy, "gates" | "rules"> {
  /** In the order of the document. */
  readonly gates: ReadonlyMap<string, ModelGate>;
}

type Somebody = Actor | Group;

/** Throws `Complaints` for every name that leads nowhere. */
export function resolveNames(written: WrittenPolicy): Model {
  const { people, parties, products, gates, rules } = written;
  const everybody = new Map<string, Somebody>(people.map((person) => [person.name, person]));
  const gateNames = gates.map(({ name }) => name);
  const gateNamed = ({ name, place }: Named): string => {
    if (gateNames.includes(name)) return name;
    return place.refuse(`names the gate ${quote(name)}, which the policy does not have`, meant(name, gateNames, "gates"));
  };
  const baseGateNamed = (base: Named): Named | undefined => {
    if (base.name === NO_BASE) {
      if (gateNames.includes(NO_BASE))
        base.place.refuse(`means no base, and the policy has a gate ${quote(NO_BASE)}`, "give that gate another name");
      return undefined;
    }
    const name = gateNamed(base);
    if (products.some(({ repositories }) => repositories.some(({ gate }) => gate === name))) return base;
    return base.place.refuse(
      `names the gate ${quote(name)}, for which no product has a repository, so that no base could pass it`,
      `add a product of bases: base/{name}: { ${name}: "registry.acme.io/base/{name}" }`,
    );
  };
  readEach(parties, (party) => {
    if (everybody.has(party.name))
      party.key.refuse("is the name of a person too, and by: would mean either", "give the party another name");
    everybody.set(party.name, party);
  });
  // Names that lead nowhere are told with their places, whatever part of the document they stand in.
  const found = readWhole<Pick<Model, "gates"> & Checked>({
    people: () =>
      readEach(
        parties.filter((party) => party.kind === "group").flatMap((group) => group.people),
        (person) => personNamed(person, everybody),
      ),
    places: () =>
      readEach(
        products.flatMap(({ repositories }) => repositories),
        ({ gate, key }) => gateNamed({ name: gate, place: key }),
      ),
    rules: () => readEach(rules, ({ gate }) => gateNamed(gate)),
    gates: () => new Map(readEach(gates, (gate) => [gate.name, resolveGate(gate, { everybody, gateNamed, baseGateNamed, rules })])),
  });
  return { ...written, gates: found.gates };
}

/** Looked up only to see that they lead somewhere. */
interface Checked {
  readonly people: readonly Actor[];
  readonly places: readonly string[];
  readonly rules: readonly string[];
}

interface Known {
  readonly everybody: ReadonlyMap<string, Somebody>;
  readonly gateNamed: (name: Named) => string;
  /** `undefined` for the word that means none. */
  readonly baseGateNamed: (base: Named) => Named | undefined;
  readonly rules: readonly WrittenRule[];
}

function resolveGate({ after, needs, ...gate }: WrittenGate, known: Known): ModelGate {
  const { gateNamed, rules } = known;
  const resolved = readWhole<Pick<ModelGate, "after" | "needs">>({
    after: () => readEach(after, gateNamed),
    needs: () => readEach(needs, (need) => resolveNeed(need, known)),
  });
  const own = rules.filter((rule) => rule.gate.name === gate.name).map(({ name, expr, message }) => ({ name, expr, message }));
  return { ...gate, ...resolved, rules: own };
}

function resolveNeed(need: Need, known: Known): ModelNeed {
  switch (need.kind) {
    case "signature":
      return resolveSignature(need, known.everybody);
    case "image":
      return need;
    default:
      return resolveEvidence(need, known);
  }
}

function resolveSignature({ by, countPlace, ...need }: SignatureNeed, everybody: ReadonlyMap<string, Somebody>): ModelNeed {
  const asked = resolveBy(by, everybody);
  const { atLeast } = need;
  const { length, 0: only } = asked.signers;
  if (atLeast > length) {
    const who = length === 1 ? `only ${only?.name} is asked` : `only ${length} are asked`;
    countPlace.refuse(`wants ${atLeast} signers, and ${who}`, `write at most ${length}, or name more in by`);
  }
  return { ...need, ...asked };
}

function resolveEvidence(
  { by, vexBy, assertedBy, commitsBy, maxAge, source, base, expr, ...asked }: EvidenceNeed,
  { everybody, baseGateNamed }: Known,
): ModelEvidenceNeed {
  const optional = (names: readonly Named[] | undefined): Asked | undefined =>
    names === undefined ? undefined : resolveBy(names, everybody);
  const found = readWhole<{ whose: Asked } & Pick<ModelEvidenceNeed, "vex" | "asserted" | "base" | "commits">>({
    whose: () => resolveBy(by, everybody),
    vex: () => optional(vexBy),
    asserted: () => optional(assertedBy),
    base: () => (base === undefined ? undefined : baseGateNamed(base)),
    commits: () => (commitsBy === undefined ? undefined : resolveCommitters(commitsBy, everybody)),
  });
  const other = found.asserted?.signers.find((signer) => !found.whose.signers.includes(signer));
  if (other !== undefined)
    assertedBy?.[0]?.place.refuse(
      `means ${other.name}, whose statements are not asked for`,
      `name ${other.name} in by too, or take it out here`,
    );
  const { whose, ...others } = found;
  return { ...asked, ...whose, ...others, maxAge, source, expr };
}

function resolveCommitters(by: readonly Named[], everybody: ReadonlyMap<string, Somebody>): CommitsAsked {
  const people = [...everybody.values()].filter((one): one is Actor => one.kind === "person");
  const known = new Map(people.flatMap(({ name, gitKeys }) => gitKeys.map((key) => [key.name, name])));
  const [first] = by;
  const everyone = by.find(({ name }) => name === EVERYBODY);
  if (everyone === undefined) {
    const asked = resolveWho(by, everybody);
    if (first !== undefined) refuseWithoutKey(asked.signers, first.place);
    return { ...asked, known };
  }
  if (by.length > 1 || everybody.has(EVERYBODY))
    everyone.place.refuse("means all people, and something else beside them", "write people by itself, and call no person or party so");
  const signers = people.filter(({ gitKeys }) => gitKeys.length > 0);
  refuseWithoutKey(signers, everyone.place);
  return { by: [EVERYBODY], byText: `people (${signers.map(({ name }) => name).join(", ")})`, signers, known };
}

function resolveBy(by: readonly Named[], everybody: ReadonlyMap<string, Somebody>): Asked {
  const asked = resolveWho(by, everybody);
  const silent = asked.signers.find(({ identities }) => identities.length === 0);
  if (silent !== undefined)
    by[0]?.place.refuse(
      `means ${silent.name}, who is known by commits alone`,
      `say under people how ${silent.name} signs: certificate, or key`,
    );
  return asked;
}

function resolveWho(by: readonly Named[], everybody: ReadonlyMap<string, Somebody>): Asked {
  const named = readEach(by, (one) => somebodyNamed(one, everybody));
  const groups = named.map((one) => (one.kind === "group" ? one.people.map((person) => personNamed(person, everybody)) : [one]));
  const texts = named.map((one) => (one.kind === "group" ? `${one.name} (${one.people.map(({ name }) => name).join(", ")})` : one.name));
  return { by: by.map(({ name }) => name), byText: texts.join(", "), signers: [...new Set(groups.flat())] };
}

/** All whom a need means, whatever for. */
export function signersOfNeed(need: ModelNeed): readonly Actor[] {
  switch (need.kind) {
    case "signature":
      return need.signers;
    case "image":
      return [];
    default:
      return [...need.signers, ...(need.vex?.signers ?? [])];
  }
}

function somebodyNamed({ name, place }: Named, everybody: ReadonlyMap<string, Somebody>): Somebody {
  const found = everybody.get(name);
  return (
    found ?? place.refuse(`names ${quote(name)}, which is no party or person`, meant(name, [...everybody.keys()], "parties and people"))
  );
}

function personNamed({ name, place }: Named, everybody: ReadonlyMap<string, Somebody>): Actor {
  const found = everybody.get(name);
  if (found?.kind === "person") return found;
  const people = [...everybody.values()].filter(({ kind }) => kind === "person").map((person) => person.name);
  if (found === undefined) return place.refuse(`names ${quote(name)}, who is not among people`, meant(name, people, "people"));
  return place.refuse(
    `names ${quote(name)}, which is a party, and a group is of people`,
    "name people here, and list several parties in by: [ … ]",
  );
}

function meant(name: string, names: readonly string[], what: string): string {
  const nearest = nearestName(name, names);
  const some = names.length === 0 ? "there are none" : `there are ${names.slice(0, 10).join(", ")}${names.length > 10 ? " …" : ""}`;
  return nearest === undefined ? `add it under ${what}; ${some}` : `write ${nearest}`;
}
