/** Are the commits that an image was built from signed by those who are asked? Every one, back to where the policy says that it need not be asked. */
import { showForeign } from "../../core/display.ts";
import type { ContentOf, Objection, SourceCommit } from "../../core/evidence.ts";
import { listSome } from "./some.ts";

export interface CommitSigners {
  /** By the fingerprint of a key of theirs, SSH's or OpenPGP's, all people whom the policy knows. */
  readonly known: ReadonlyMap<string, string>;
  /** Those whose signatures are asked for. */
  readonly asked: readonly string[];
}

/** Nothing, if all is well. `commits`: whatever was brought along. */
export function judgeCommits(
  { since }: { readonly since: readonly string[] },
  given: { readonly provenance: ContentOf<"provenance">; readonly commits: readonly SourceCommit[]; readonly signers: CommitSigners },
): readonly Objection[] {
  const { provenance, signers } = given;
  const built = commitsBuiltFrom(provenance, { commits: given.commits, since });
  if (typeof built === "string") return [{ code: "author/unproven", message: built }];
  const { seen, missing } = built;
  const none = seen.filter(({ signature }) => signature.kind === "none");
  const unread = seen.flatMap((commit) => {
    const why = whyUnread(commit);
    return why === undefined ? [] : [{ commit, why }];
  });
  const broken = seen.flatMap((commit) => (commit.signature.kind === "invalid" ? [{ commit, why: commit.signature.why }] : []));
  const foreign = seen.flatMap((commit) => whySignedByOther(commit, signers) ?? []);
  return [
    ...objection(
      "author/signature-invalid",
      "signatures of commits are not theirs",
      broken.map(({ commit, why }) => `${show(commit)}: ${why}`),
    ),
    ...objection("author/unknown-signer", `commits are signed by nobody of ${signers.asked.join(", ")}`, foreign),
    ...objection("author/unproven", "commits that it was built from are not there", missing),
    ...objection("author/unproven", "commits are not signed", none.map(show)),
    ...objection(
      "author/unproven",
      "commits are signed in a way that is not read",
      unread.map(({ commit, why }) => `${show(commit)}: ${why}`),
    ),
  ];
}

/** All but `since` and what lies before, as far as it was brought along, with ids of what was not; in words, why it cannot be told. */
export function commitsBuiltFrom(
  { sources }: Pick<ContentOf<"provenance">, "sources">,
  { commits, since }: { readonly commits: readonly SourceCommit[]; readonly since: readonly string[] },
): { readonly seen: readonly SourceCommit[]; readonly missing: readonly string[] } | string {
  const known = new Map(commits.map((commit) => [commit.id, commit]));
  const heads = sources.flatMap(({ commit }) => commit ?? []);
  const unnamed = sources.find(({ uri }) => !sources.some((one) => one.uri === uri && one.commit !== undefined));
  if (unnamed === undefined && heads.length > 0) return walk(heads, { known, settled: allBefore(since, known) });
  const of = unnamed === undefined ? "" : ` of ${quote(unnamed.uri)}`;
  return `the builder does not say which commit${of} it was built from`;
}

function objection(code: Objection["code"], what: string, which: readonly string[]): readonly Objection[] {
  return which.length === 0 ? [] : [{ code, message: `${what}: ${listSome(which)}` }];
}

function whyUnread({ signature }: SourceCommit): string | undefined {
  if (signature.kind === "openpgp-unverified") return "it is signed with OpenPGP, and the policy has no key of that kind";
  return signature.kind === "unsupported" ? signature.why : undefined;
}

function whySignedByOther(commit: SourceCommit, { known, asked }: CommitSigners): string | undefined {
  const { signature } = commit;
  if (signature.kind === "openpgp-other") return `${show(commit)} by the OpenPGP key ${showForeign(signature.key, 100)}`;
  if (signature.kind !== "ssh" && signature.kind !== "openpgp") return undefined;
  const { fingerprint } = signature;
  const name = known.get(fingerprint);
  if (name !== undefined && asked.includes(name)) return undefined;
  return `${show(commit)} by ${name ?? `the key ${showForeign(fingerprint, 100)}`}`;
}

/** Commits and all that they name, as far as it is there; each is named by its own bytes, so nobody can slip another in. */
function walk(
  heads: readonly string[],
  { known, settled }: { readonly known: ReadonlyMap<string, SourceCommit>; readonly settled: ReadonlySet<string> },
): { readonly seen: readonly SourceCommit[]; readonly missing: readonly string[] } {
  const ids = new Set(heads);
  const seen: SourceCommit[] = [];
  const missing: string[] = [];
  for (const id of ids) {
    if (settled.has(id)) continue;
    const commit = known.get(id);
    if (commit === undefined) missing.push(id);
    else seen.push(commit);
    for (const parent of commit?.parents ?? []) ids.add(parent);
  }
  return { seen, missing };
}

/** The baselines, and what they are shown to come after. */
function allBefore(since: readonly string[], known: ReadonlyMap<string, SourceCommit>): ReadonlySet<string> {
  const ids = new Set(since);
  for (const id of ids) for (const parent of known.get(id)?.parents ?? []) ids.add(parent);
  return ids;
}

function show({ id, author }: SourceCommit): string {
  return `${id.slice(0, 12)} (${showForeign(author.name, 60)} <${showForeign(author.mail, 100)}>)`;
}

function quote(text: string): string {
  return `"${showForeign(text, 200)}"`;
}
