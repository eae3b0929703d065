/** Reads `people` and `parties`: who signs, and which groups there are. */
import { type Committing, COMMITS_NOTHING, readCommitting } from "./commit-signers.ts";
import { readEach } from "./complaints.ts";
import { OBJECTS } from "./fields.ts";
import { checkName, type Named, namedEntries, readNames } from "./name.ts";
import type { Entry, Place } from "./place.ts";
import { IDENTITY_FIELDS, type PlacedIdentity, readIdentity, refuseBareName, type Surroundings } from "./read-identity.ts";

/** A person or machine. */
export interface Actor extends Committing {
  readonly kind: "person" | "machine";
  readonly name: string;
  readonly key: Place;
  /** Empty of somebody who is known by commits alone. */
  readonly identities: readonly PlacedIdentity[];
}

export interface Group {
  readonly kind: "group";
  readonly name: string;
  readonly key: Place;
  readonly people: readonly Named[];
}

export function readPeople(place: Place, around: Surroundings): readonly Actor[] {
  return readEach(namedEntries(place, `ana: ${OBJECTS.person.example}`), ({ name, key, value }) => {
    checkName(name, key);
    refuseBareName(value);
    const person = value.object<Committing & { identities: readonly PlacedIdentity[] }>(OBJECTS.person, (fields) => ({
      ...readCommitting(fields, around),
      identities: () => {
        const found = readEach(fields.all(IDENTITY_FIELDS), (field) => readIdentity(field.name, field.value, around));
        return found.length > 0 || fields.optional("git") !== undefined
          ? found
          : value.refuse("says nothing of how the person is known", `write ${OBJECTS.person.example}`);
      },
    }));
    return { kind: "person", name, key, ...person };
  });
}

export function readParties(place: Place, around: Surroundings): readonly (Actor | Group)[] {
  return readEach(namedEntries(place, `ci: ${OBJECTS.party.example}`), (entry) => readParty(entry, around));
}

function readParty({ name, key, value }: Entry, around: Surroundings): Actor | Group {
  checkName(name, key);
  refuseBareName(value);
  const { party } = value.object<{ party: Actor | Group }>(OBJECTS.party, (fields) => ({
    party: () => {
      const found = fields.only(["people", ...IDENTITY_FIELDS]);
      if (found.name === "people") return { kind: "group", name, key, people: readNames(found.value, "a list of people", "[ana, bo]") };
      return { kind: "machine", name, key, identities: [readIdentity(found.name, found.value, around)], ...COMMITS_NOTHING };
    },
  }));
  return party;
}
