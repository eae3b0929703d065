/** Who has written the commits that are new in an image: whoever signed one, and whoever its text names. Mails keep people out, and let nobody in. */
import { showForeign } from "../../core/display.ts";
import type { ContentOf, GitSignature, SourceCommit } from "../../core/evidence.ts";
import type { Committer } from "../../core/policy.ts";
import { commitsBuiltFrom } from "../requirements/commits.ts";
import { listSome } from "../requirements/some.ts";

/** What one has to do with a commit. */
export interface Authorship {
  readonly person: string;
  readonly commit: string;
  readonly as: "signed" | "author" | "committer" | "co-author";
  /** Only its text says so, and somebody else has signed it. */
  readonly isText: boolean;
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
  readonly committers: readonly Committer[];
}): Authors {
  const { provenance, committers } = given;
  if (provenance.length === 0)
    return { authorships: [], unproven: ["no provenance counts that would say from which commits it was built"] };
  const built = provenance.map((one) => commitsBuiltFrom(one, given));
  const unnamed = built.filter((one) => typeof one === "string");
  const told = built.filter((one) => typeof one !== "string");
  const commits = [...new Map(told.flatMap(({ seen }) => seen).map((commit) => [commit.id, commit])).values()];
  const missing = [...new Set(told.flatMap((one) => one.missing))];
  const owners = new Map(committers.flatMap(({ name, gitKeys }) => gitKeys.map((key) => [key, name] as const)));
  const seen = commits.map((commit) => ({ commit, signer: signerOf(commit.signature, owners) }));
  const unsigned = seen.filter(({ signer }) => signer === undefined).map(({ commit }) => shortId(commit.id));
  return {
    authorships: seen.flatMap(({ commit, signer }) => authorshipsOf(commit, signer, committers)),
    unproven: [
      ...new Set(unnamed),
      ...(missing.length === 0 ? [] : [`commits that it was built from are not there: ${listSome(missing.map(shortId))}`]),
      ...(unsigned.length === 0 ? [] : [`commits are signed by nobody whom the policy knows: ${listSome(unsigned)}`]),
    ],
  };
}

function signerOf(signature: GitSignature, owners: ReadonlyMap<string, string>): string | undefined {
  return signature.kind === "ssh" || signature.kind === "openpgp" ? owners.get(signature.fingerprint) : undefined;
}

function authorshipsOf(
  { id, author, committer, coAuthors }: SourceCommit,
  signer: string | undefined,
  committers: readonly Committer[],
): readonly Authorship[] {
  const named = [
    { as: "author" as const, mail: author.mail },
    { as: "committer" as const, mail: committer.mail },
    ...coAuthors.map(({ mail }) => ({ as: "co-author" as const, mail })),
  ];
  const mentions = named.flatMap(({ as, mail }) => {
    const people = committers.filter(({ authors }) => authors.some((one) => isSameMail(one, mail)));
    return people.map(({ name }): Authorship => ({ person: name, commit: id, as, isText: name !== signer }));
  });
  return signer === undefined ? mentions : [{ person: signer, commit: id, as: "signed", isText: false }, ...mentions];
}

/** Too many matches only keep somebody out, so what most servers take for the same is. */
function isSameMail(one: string, other: string): boolean {
  return one.toLowerCase() === other.trim().toLowerCase();
}

export function shortId(commit: string): string {
  return showForeign(commit.slice(0, 7));
}
