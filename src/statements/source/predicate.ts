/** The source of an image: commits of git as they are, so that who signed them is seen without the repository. The predicate is ours: docs/source.md. */
import type { CommitPerson, Content, GitSignature, SourceCommit, SourceTag } from "../../core/evidence.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { decodeBase64, encodeBase64 } from "../../encoding/base64.ts";
import { decodeCommit, decodeTag, GIT_ID_DIGITS, type GitHash, type GitPerson, type GitSigned } from "../../encoding/git-object.ts";
import { verifySshSignature } from "../../pki/ssh/signature.ts";
import type { JsonPlace } from "../json-place.ts";
import { coAuthorsIn } from "./co-authors.ts";

export interface SourcePredicate {
  /** `git+https://git.example/shop`. */
  readonly repository?: string;
  readonly objectFormat: GitHash;
  readonly head: string;
  /** Each as git has it, in base64. */
  readonly commits: readonly string[];
  readonly tags?: readonly string[];
}

/** From raw objects. */
export function writeSource(source: {
  readonly repository?: string;
  readonly objectFormat: GitHash;
  readonly head: string;
  readonly commits: readonly Uint8Array[];
  readonly tags: readonly Uint8Array[];
}): SourcePredicate {
  const { repository, objectFormat, head, commits, tags } = source;
  return {
    ...(repository === undefined ? {} : { repository }),
    objectFormat,
    head,
    commits: commits.map(encodeBase64),
    ...(tags.length === 0 ? {} : { tags: tags.map(encodeBase64) }),
  };
}

/** Nothing is taken from the statement that the objects themselves do not show, but the name of the repository. */
export function readSource(predicate: JsonPlace): Content {
  const hash = predicate.get("objectFormat").oneOf(["sha1", "sha256"] as const);
  const head = predicate.get("head").text();
  if (head.length !== GIT_ID_DIGITS[hash] || !/^[0-9a-f]+$/.test(head)) predicate.get("head").refuse("is no id of a commit");
  const [commitMembers, tagMembers] = [predicate.get("commits").list(), predicate.optional("tags")?.list() ?? []];
  refuseMore("commits", commitMembers, LIMITS.sourceCommits);
  refuseMore("tags", tagMembers, LIMITS.sourceTags);
  let left: number = LIMITS.sourceBytes;
  const raw = (member: JsonPlace): Uint8Array => {
    const bytes = decodeBase64(member.text());
    left -= bytes.length;
    if (left < 0) throw new Malformed("integrity/too-large", `a source statement has over ${LIMITS.sourceBytes} bytes of objects`);
    return bytes;
  };
  const commits = commitMembers.map((member) => commitOf(raw(member), hash));
  const ids = new Set(commits.map(({ id }) => id));
  if (ids.size < commits.length) predicate.get("commits").refuse("has a commit twice");
  if (!ids.has(head)) predicate.get("commits").refuse("does not have the head");
  const tags = tagMembers.map((member): SourceTag => {
    const { id, name, target, targetType, tagger, signed } = decodeTag(raw(member), hash);
    if (target !== head || targetType !== "commit") member.refuse("is a tag of something else than the head");
    return { id, name, ...(tagger === undefined ? {} : { tagger: personOf(tagger) }), signature: signatureOf(signed) };
  });
  const repository = predicate.filled("repository")?.text();
  return { kind: "source", ...(repository === undefined ? {} : { repository }), head, commits, tags };
}

function refuseMore(what: string, members: readonly JsonPlace[], most: number): void {
  if (members.length > most) throw new Malformed("integrity/too-large", `a source statement has over ${most} ${what}`);
}

function commitOf(raw: Uint8Array, hash: GitHash): SourceCommit {
  const { id, parents, author, committer, message, signed } = decodeCommit(raw, hash);
  return {
    id,
    parents,
    author: personOf(author),
    committer: personOf(committer),
    coAuthors: coAuthorsIn(message),
    signature: signatureOf(signed),
  };
}

function personOf({ name, mail }: GitPerson): CommitPerson {
  return { name, mail };
}

/** What git signs for, whatever is signed. */
const NAMESPACE = "git";

const OPENPGP = "-----BEGIN PGP SIGNATURE-----";

const BEGINNINGS: readonly (readonly [beginning: string, kind: string])[] = [
  ["-----BEGIN PGP ", "OpenPGP in another form than a signature"],
  ["-----BEGIN SIGNED MESSAGE-----", "X.509 (also gitsign)"],
];

function signatureOf(signed: GitSigned | undefined): GitSignature {
  if (signed === undefined) return { kind: "none" };
  if (signed.signature.startsWith(OPENPGP)) return { kind: "openpgp-unverified", ...signed };
  const other = BEGINNINGS.find(([beginning]) => signed.signature.startsWith(beginning));
  if (other !== undefined) return { kind: "unsupported", why: `signatures with ${other[1]} are not read` };
  const seen = verifySshSignature(signed.signature, { payload: signed.payload, namespace: NAMESPACE });
  return seen.outcome === "valid" ? { kind: "ssh", fingerprint: seen.fingerprint } : { kind: seen.outcome, why: seen.why };
}
