/** Reads by which keys people and forges sign commits, the mails that they write into them, and who is asked to have signed those of a source. */
import { readEach } from "./complaints.ts";
import { OBJECTS } from "./fields.ts";
import { checkName, type Named, namedEntries, readNames } from "./name.ts";
import { readOpenPgpKey } from "./openpgp-key.ts";
import { type Fields, type Place, quote } from "./place.ts";
import { type KeySurroundings, readFingerprint } from "./public-key.ts";
import { findRepeated } from "./repeated.ts";
import type { Actor } from "./signers.ts";

/** Its name is the fingerprint: `SHA256:…` as `ssh-keygen -l` shows it, or of OpenPGP 40 or 64 hex digits as gpg does. */
interface GitKey extends Named {
  /** The whole key, as `gpg --export` writes it: a signature of OpenPGP does not bring it along. */
  readonly openPgp?: Uint8Array;
}

/** Keys and mails are texts with a place, as names are. */
export interface Committing {
  readonly gitKeys: readonly GitKey[];
  /** They only ever keep somebody out: anyone can write any mail into a commit. */
  readonly authors: readonly Named[];
}

/** A site that signs the commits which it makes for those who have an account there. */
export interface Forge extends Pick<Committing, "gitKeys"> {
  readonly name: string;
  readonly key: Place;
}

export const COMMITS_NOTHING: Committing = { gitKeys: [], authors: [] };

export function readCommitting(fields: Fields, around: KeySurroundings): { readonly [K in keyof Committing]: () => Committing[K] } {
  return {
    gitKeys: () => readGitKeys(fields.optional("git"), around),
    authors: () => refuseTwice(readEach(fields.optional("authors")?.list("a list of mail addresses", "[eva@acme.io]") ?? [], readMail)),
  };
}

export function readForges(place: Place, around: KeySurroundings): readonly Forge[] {
  return readEach(namedEntries(place, `github: ${OBJECTS.forge.example}`), ({ name, key, value }) => {
    checkName(name, key);
    const { gitKeys } = value.object<Pick<Forge, "gitKeys">>(OBJECTS.forge, (fields) => ({
      gitKeys: () => readGitKeys(fields.required("git"), around),
    }));
    return { name, key, gitKeys };
  });
}

function readGitKeys(place: Place | undefined, around: KeySurroundings): readonly GitKey[] {
  const items = place?.list("a list of keys", '[ { ssh: "SHA256:…" } ]') ?? [];
  const keys = readEach(
    items,
    (item) => item.object<{ key: GitKey }>(OBJECTS.gitKey, (inner) => ({ key: () => readGitKey(inner, around) })).key,
  );
  return refuseTwice(keys);
}

function readGitKey(fields: Fields, around: KeySurroundings): GitKey {
  const { name, value: place } = fields.only(["ssh", "openpgp"]);
  if (name === "ssh") return { name: readFingerprint(place, "what `ssh-keygen -l -f KEY.pub` shows: SHA256:…"), place };
  const { fingerprint, bytes } = readOpenPgpKey(place, around);
  return { name: fingerprint, place, openPgp: bytes };
}

function readMail(place: Place): Named {
  const name = place.text("eva@acme.io");
  if (/^[^\s<>@]+@[^\s<>@]+$/.test(name)) return { name, place };
  return place.refuse(`is ${quote(name)}, which is no mail address`, "write it as commits have it: eva@acme.io");
}

function refuseTwice<T extends Named>(items: readonly T[]): readonly T[] {
  const twice = findRepeated(items, ({ name }) => name);
  return twice === undefined ? items : twice.place.refuse(`has ${quote(twice.name)} twice`, "write it once");
}

export interface CommitNeed {
  readonly signedBy: readonly Named[];
  readonly since: readonly string[];
}

export function readCommitNeed(place: Place): CommitNeed {
  return place.object<CommitNeed>(OBJECTS.commit, (fields) => ({
    signedBy: () => readNames(fields.required("signedBy"), "people, or the names of some of them", "people"),
    since: () =>
      [
        ...new Set(
          readEach(fields.optional("since")?.listOrOne("the id of a commit, or a list of them", '"…40 hex digits…"') ?? [], readCommitId),
        ),
      ].toSorted(),
  }));
}

function readCommitId(place: Place): string {
  const id = place.text('"…40 hex digits…"');
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(id)) return id;
  return place.refuse(`is ${quote(id)}, which is no id of a commit`, "write what `git rev-parse COMMIT` shows: 40 hex digits, or 64");
}

/** The word that means all whose keys the policy knows. */
export const EVERYBODY = "people";

/** Refuses whoever cannot have signed a commit. */
export function refuseWithoutKey(signers: readonly Actor[], place: Place): void {
  const machine = signers.find(({ kind }) => kind === "machine");
  if (machine !== undefined)
    place.refuse(`means ${machine.name}, and commits are signed by people`, "name people, or write people for all of them");
  const without = signers.find(({ gitKeys }) => gitKeys.length === 0);
  if (without !== undefined)
    place.refuse(
      `means ${without.name}, of whom the policy has no key for commits`,
      `add it under people: ${without.name}: { git: [ { ssh: "SHA256:…" } ] }`,
    );
  if (signers.length === 0)
    place.refuse("means nobody: the policy has no key for commits", 'add one under people: eva: { git: [ { ssh: "SHA256:…" } ] }');
}

/** Who has signed and whom a mail excludes must be one person, and a forge is none. */
export function refuseTwoCommitters(people: readonly Actor[], forges: readonly Forge[]): void {
  refuseShared([...people, ...forges], ({ gitKeys }) => gitKeys);
  refuseShared(people, ({ authors }) => authors);
  const names = new Set(people.map(({ name }) => name));
  readEach(forges, ({ name, key }) => {
    if (names.has(name)) key.refuse("is the name of a person too, and a forge is nobody", "give the forge another name");
  });
}

function refuseShared<Owner extends { readonly name: string }>(all: readonly Owner[], itemsOf: (owner: Owner) => readonly Named[]): void {
  const owners = new Map<string, Owner>();
  readEach(
    all.flatMap((owner) => itemsOf(owner).map((item) => ({ ...item, owner }))),
    ({ name, place, owner }) => {
      const same = owners.get(name);
      if (same !== undefined && same !== owner) place.refuse(`is that of ${quote(same.name)} too`, "give it to the one whose it is");
      owners.set(name, owner);
    },
  );
}
