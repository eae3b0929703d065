/** Names of a policy that mean people and parties. */
import { nearestName } from "../nearest.ts";
import { readEach } from "./complaints.ts";
import type { Named } from "./name.ts";
import { type Place, quote } from "./place.ts";
import type { Actor, Group } from "./signers.ts";

export type Somebody = Actor | Group;

/** Those whom a `by` means. */
export interface Asked {
  /** As written. */
  readonly by: readonly string[];
  /** With the people of groups: `release (eva, finn), ana`. */
  readonly byText: string;
  /** Each once, in the order in which they are named. */
  readonly signers: readonly Actor[];
}

/** Throws `Complaints` where somebody signs nothing but commits. */
export function resolveBy(by: readonly Named[], everybody: ReadonlyMap<string, Somebody>): Asked {
  const asked = resolveWho(by, everybody);
  const silent = asked.signers.find(({ identities }) => identities.length === 0);
  if (silent !== undefined)
    by[0]?.place.refuse(
      `means ${silent.name}, who is known by commits alone`,
      `say under people how ${silent.name} signs: certificate, or key`,
    );
  return asked;
}

/** The same, whatever they sign. */
export function resolveWho(by: readonly Named[], everybody: ReadonlyMap<string, Somebody>): Asked {
  const named = readEach(by, (one) => somebodyNamed(one, everybody));
  const groups = named.map((one) => (one.kind === "group" ? one.people.map((person) => personNamed(person, everybody)) : [one]));
  const texts = named.map((one) => (one.kind === "group" ? `${one.name} (${one.people.map(({ name }) => name).join(", ")})` : one.name));
  return { by: by.map(({ name }) => name), byText: texts.join(", "), signers: [...new Set(groups.flat())] };
}

/** The same of people alone: what a machine does is no decision. */
export function resolvePeople(
  by: readonly Named[],
  { everybody, what }: { readonly everybody: ReadonlyMap<string, Somebody>; readonly what: string },
): Asked {
  const asked = resolveBy(by, everybody);
  const machine = asked.signers.find(({ kind }) => kind === "machine");
  if (machine !== undefined)
    by[0]?.place.refuse(
      `means ${machine.name}, which is a machine, and ${what} is a decision of people`,
      "name people, or a group of them",
    );
  return asked;
}

/** Refuses a number that nobody can reach. */
export function refuseUnreachable(
  { signers }: Asked,
  { atLeast, place, what }: { readonly atLeast: number; readonly place: Place; readonly what: string },
): void {
  const { length, 0: only } = signers;
  if (atLeast <= length) return;
  const who = length === 1 ? `only ${only?.name} is asked` : `only ${length} are asked`;
  place.refuse(`wants ${atLeast} ${what}, and ${who}`, `write at most ${length}, or name more in by`);
}

function somebodyNamed({ name, place }: Named, everybody: ReadonlyMap<string, Somebody>): Somebody {
  const found = everybody.get(name);
  return (
    found ?? place.refuse(`names ${quote(name)}, which is no party or person`, meant(name, [...everybody.keys()], "parties and people"))
  );
}

export function personNamed({ name, place }: Named, everybody: ReadonlyMap<string, Somebody>): Actor {
  const found = everybody.get(name);
  if (found?.kind === "person") return found;
  const people = [...everybody.values()].filter(({ kind }) => kind === "person").map((person) => person.name);
  if (found === undefined) return place.refuse(`names ${quote(name)}, who is not among people`, meant(name, people, "people"));
  return place.refuse(
    `names ${quote(name)}, which is a party, and a group is of people`,
    "name people here, and list several parties in by: [ … ]",
  );
}

export function meant(name: string, names: readonly string[], what: string): string {
  const nearest = nearestName(name, names);
  const some = names.length === 0 ? "there are none" : `there are ${names.slice(0, 10).join(", ")}${names.length > 10 ? " …" : ""}`;
  return nearest === undefined ? `add it under ${what}; ${some}` : `write ${nearest}`;
}
