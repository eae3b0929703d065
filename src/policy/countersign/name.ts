/** Names that an author gives: of a policy, its gates, people and parties. */
import { type Entry, type Place, quote } from "./place.ts";
import { findRepeated } from "./repeated.ts";

/** A name that stands somewhere, and where. */
export interface Named {
  readonly name: string;
  readonly place: Place;
}

/** As the tables of fields and the schema have it. */
export const NAME_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";
const NAME = new RegExp(NAME_PATTERN);

export function checkName(name: string, place: Place): string {
  if (NAME.test(name)) return name;
  return place.refuse(`has the name ${quote(name)}`, "a name has up to 64 letters, digits and . _ -, and begins with a letter or digit");
}

/** The entries of a map under names. */
export function namedEntries(place: Place, example: string): readonly Entry[] {
  const entries = place.entries("a map of names", example);
  if (entries.length > MAX_ENTRIES) return place.refuse(`has over ${MAX_ENTRIES} entries`, "divide the policy");
  return entries;
}

/** Every product and identity is compared with every other one. */
const MAX_ENTRIES = 2_000;

/** A list of names, or one by itself; none is there twice. */
export function readNames(place: Place, what: string, example: string): readonly Named[] {
  const names = place.listOrOne(what, example).map((item) => ({ name: item.text(example), place: item }));
  const twice = findRepeated(names, ({ name }) => name);
  return twice === undefined ? names : twice.place.refuse(`names ${quote(twice.name)} again`, "write each name once");
}
