/** Who has written the commits that are new in an image: whoever signed one, whoever a forge says so of, and whoever its text names. Mails keep people out, and let nobody in. */
import { showForeign } from "../../core/display.ts";
import type { ContentOf, GitSignature, SourceCommit } from "../../core/evidence.ts";
import type { Committer, PolicyPeople } from "../../core/policy.ts";
import { commitsBuiltFrom } from "../requirements/commits.ts";
import { listSome } from "../requirements/some.ts";

/** What one has to do with a commit. */
export interface Authorship {
  readonly person: string;
  readonly commit: string;
  readonly as: "signed" | "author" | "committer" | "co-author";
  /** Only its text says so, and somebody else has signed it. */
  readonly isText: boolean;
  /** The forge that has signed it and says whose account it was made with. */
  readonly forge?: string;
}

interface Authors {
  readonly authorships: readonly Authorship[];
  /** In words, why there may be others. */
  readonly unproven: readonly string[];
}

export function authorsOf(given: {
  /** All that counts of what builders say. */
  readonly provenance: readonly ContentOf<"provenance">[];
  /** That were brought along, by whomever: each is named by its own bytes. */
  readonly commits: readonly SourceCommit[];
  /** Ids of commits that are not new, like those before them. */
  readonly since: readonly string[];
  readonly people: Pick<PolicyPeople, "committers" | "forges">;
}): Authors {
  const { provenance, people } = given;
  if (provenance.length === 0)
    return { authorships: [], unproven: ["no provenance counts that would say from which commits it was built"] };
  const built = provenance.map((one) => commitsBuiltFrom(one, given));
  const unnamed = built.filter((one) => typeof one === "string");
  const told = built.filter((one) => typeof one !== "string");
  const commits = [...new Map(told.flatMap(({ seen }) => seen).map((commit) => [commit.id, commit])).values()];
  const missing = [...new Set(told.flatMap((one) => one.missing))];
  const owners = byKey(people.committers);
  const forges = byKey(people.forges ?? []);
  const seen = commits.map((commit) => ({
    commit,
    by: { signer: ownerOf(commit.signature, owners), forge: ownerOf(commit.signature, forges) },
  }));
  const unsigned = seen.filter(({ by }) => by.signer === undefined && by.forge === undefined).map(({ commit }) => showUnproven(commit));
  return {
    authorships: seen.flatMap(({ commit, by }) => authorshipsOf(commit, by, people.committers)),
    unproven: [
      ...new Set(unnamed),
      ...(missing.length === 0 ? [] : [`commits that it was built from are not there: ${listSome(missing.map(shortId))}`]),
      ...(unsigned.length === 0 ? [] : [`commits are signed by nobody whom the policy knows: ${listSome(unsigned)}`]),
    ],
  };
}

type Owners = ReadonlyMap<string, string>;

function byKey(all: readonly { readonly name: string; readonly gitKeys: readonly string[] }[]): Owners {
  return new Map(all.flatMap(({ name, gitKeys }) => gitKeys.map((key) => [key, name] as const)));
}

function ownerOf(signature: GitSignature, owners: Owners): string | undefined {
  return signature.kind === "ssh" || signature.kind === "openpgp" ? owners.get(signature.fingerprint) : undefined;
}

function authorshipsOf(
  { id, author, committer, coAuthors }: SourceCommit,
  { signer, forge }: { readonly signer: string | undefined; readonly forge: string | undefined },
  committers: readonly Committer[],
): readonly Authorship[] {
  const named = [
    { as: "author" as const, mail: author.mail },
    { as: "committer" as const, mail: committer.mail },
    ...coAuthors.map(({ mail }) => ({ as: "co-author" as const, mail })),
  ];
  const mentions = named.flatMap(({ as, mail }) => {
    const people = committers.filter(({ authors }) => authors.some((one) => isSameMail(one, mail)));
    // Whose account it is the forge knows; a co-author is a line that somebody has typed there.
    const vouched = forge === undefined || as === "co-author" ? {} : { forge };
    return people.map(({ name }): Authorship => ({
      person: name,
      commit: id,
      as,
      isText: name !== signer && vouched.forge === undefined,
      ...vouched,
    }));
  });
  return signer === undefined ? mentions : [{ person: signer, commit: id, as: "signed", isText: false }, ...mentions];
}

/** Too many matches only keep somebody out, so what most servers take for the same is. */
function isSameMail(one: string, other: string): boolean {
  return one.toLowerCase() === other.trim().toLowerCase();
}

function showUnproven({ id, signature }: SourceCommit): string {
  return signature.kind === "unsupported" ? `${shortId(id)} (${signature.why})` : shortId(id);
}

export function shortId(commit: string): string {
  return showForeign(commit.slice(0, 7));
}
