/** Reads the source of an image from a repository: the commit that is checked out, its history, and the tags on it. */
import { showForeign } from "../../core/display.ts";
import { CountersignError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { decodeCommit, decodeTag, type GitHash } from "../../encoding/git-object.ts";
import { type SourcePredicate, writeSource } from "../../statements/source/predicate.ts";
import { checkRepository, noCommit } from "./check-repository.ts";
import { repositoryUri } from "./repository-uri.ts";
import { askGit, gitFailed, type GitFolder, runGit } from "./run-git.ts";

export interface ReadSource {
  readonly predicate: SourcePredicate;
  readonly commits: number;
  readonly tags: number;
}

/**
 * `since`: commits whose history is not asked about, so that it is left out. Throws `document/…` for a history that is
 * cut off or too long: a policy could not tell what is missing.
 */
export async function readSource(at: GitFolder, { since }: { readonly since: readonly string[] }): Promise<ReadSource> {
  await checkRepository(at);
  const head = await commitNamed(at, "HEAD");
  const baselines = await Promise.all(since.map((name) => commitNamed(at, name)));
  const hash: GitHash = head.length === 40 ? "sha1" : "sha256";
  const commits = new Map<string, Fetched>();
  await addHistory(at, { commits, hash, from: [head], without: baselines });
  const known = new Set([...commits.keys(), ...baselines]);
  const edges = new Set([...commits.values()].flatMap(({ parents }) => parents).filter((parent) => !known.has(parent)));
  const missing = await findMissing(at, [...edges]);
  if (missing !== undefined) throw cutOff(at, missing);
  // What a baseline does not name as its parent must be shown to lie before it.
  for (const edge of edges) await addHistory(at, { commits, hash, from: baselines, without: [edge] });
  const tags = await tagsOf(at, head, hash);
  const repository = repositoryUri(
    (await runGit(at, { args: ["config", "--get", "remote.origin.url"], maxBytes: 65_536 })).output.toString("utf8"),
  );
  const predicate = writeSource({
    ...(repository === undefined ? {} : { repository }),
    objectFormat: hash,
    head,
    commits: [...commits.values()].map(({ raw }) => raw),
    tags,
  });
  return { predicate, commits: commits.size, tags: tags.length };
}

interface Fetched {
  readonly raw: Uint8Array;
  readonly parents: readonly string[];
}

async function commitNamed(at: GitFolder, name: string): Promise<string> {
  // A baseline may be known although it is not there, as it is the first that a shallow clone leaves out.
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(name)) return name;
  const args = ["rev-parse", "--verify", "--end-of-options", `${name}^{commit}`];
  const { code, output } = await runGit(at, { args, maxBytes: 65_536 });
  const id = output.toString("utf8").trim();
  if (code === 0 && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(id)) return id;
  throw noCommit(at, name);
}

async function addHistory(
  at: GitFolder,
  given: {
    readonly commits: Map<string, Fetched>;
    readonly hash: GitHash;
    readonly from: readonly string[];
    readonly without: readonly string[];
  },
): Promise<void> {
  const { commits, hash, from, without } = given;
  const most = LIMITS.sourceCommits - commits.size;
  const range = [...from, ...without.map((id) => `^${id}`)];
  const ids = (await askGit(at, { args: ["rev-list", "--ignore-missing", `--max-count=${most + 1}`, ...range, "--"] })).split("\n");
  const wanted = ids.filter((id) => id !== "" && !commits.has(id));
  if (wanted.length > most) throw tooLong(at, `over ${LIMITS.sourceCommits} commits`);
  let size = [...commits.values()].reduce((sum, { raw }) => sum + raw.length, 0);
  for (const [id, raw] of await fetchObjects(at, { ids: wanted, type: "commit" })) {
    size += raw.length;
    if (size > LIMITS.sourceBytes) throw tooLong(at, `over ${LIMITS.sourceBytes} bytes`);
    const read = reading(at, id, () => decodeCommit(raw, hash));
    if (read.id !== id) throw gitFailed(at.folder, `git shows for the commit ${id} another one, ${read.id}`);
    commits.set(id, { raw, parents: read.parents });
  }
}

async function tagsOf(at: GitFolder, head: string, hash: GitHash): Promise<readonly Uint8Array[]> {
  const format = "--format=%(objecttype) %(objectname)";
  const listed = await askGit(at, { args: ["for-each-ref", format, `--points-at=${head}`, "refs/tags"] });
  const ids = listed.split("\n").flatMap((line) => (line.startsWith("tag ") ? [line.slice(4)] : []));
  const raws = await fetchObjects(at, { ids: [...new Set(ids)].slice(0, LIMITS.sourceTags), type: "tag" });
  // A tag of a tag names the head only in the end.
  return raws.flatMap(([id, raw]) => (reading(at, id, () => decodeTag(raw, hash)).target === head ? [raw] : []));
}

/** The first that is not in the repository. */
async function findMissing(at: GitFolder, ids: readonly string[]): Promise<string | undefined> {
  const { output } = await runGit(at, {
    args: ["cat-file", "--batch-check"],
    stdin: ids.map((id) => `${id}\n`).join(""),
    maxBytes: 4_194_304,
  });
  return /^([0-9a-f]+) missing$/m.exec(output.toString("utf8"))?.[1];
}

type Fetching = readonly (readonly [id: string, raw: Uint8Array])[];

/** Raw, as they are stored: no filter, no encoding. */
async function fetchObjects(
  at: GitFolder,
  { ids, type }: { readonly ids: readonly string[]; readonly type: "commit" | "tag" },
): Promise<Fetching> {
  if (ids.length === 0) return [];
  const maxBytes = LIMITS.sourceBytes + 100 * ids.length;
  const { code, output } = await runGit(at, { args: ["cat-file", "--batch"], stdin: ids.map((id) => `${id}\n`).join(""), maxBytes });
  const objects: [string, Uint8Array][] = [];
  let position = 0;
  for (const id of ids) {
    const end = output.indexOf(0x0a, position);
    const [, size] = new RegExp(`^${id} ${type} ([0-9]{1,9})$`).exec(output.toString("latin1", position, Math.max(end, position))) ?? [];
    const [from, to] = [end + 1, end + 1 + Number(size)];
    if (size === undefined || to >= output.length)
      throw gitFailed(at.folder, `git does not show the ${type} ${id} (it ended with ${code})`);
    objects.push([id, output.subarray(from, to)]);
    position = to + 1;
  }
  return objects;
}

function reading<T>(at: GitFolder, id: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new CountersignError(
      "document/invalid",
      `Cannot attest the source in "${showForeign(at.folder, 500)}": ${id}: ${error.message}`,
      {
        remedy: "git fsck says more; --git-since COMMIT leaves out the history before a commit",
        cause: error,
      },
    );
  }
}

function cutOff(at: GitFolder, missing: string): CountersignError {
  return new CountersignError(
    "document/invalid",
    `Cannot attest the source in "${showForeign(at.folder, 500)}": the commit ${missing} is not there, so the history is cut off`,
    {
      remedy: `git fetch --unshallow, or --git-since ${missing}, and in the policy since: ${missing}`,
    },
  );
}

function tooLong(at: GitFolder, what: string): CountersignError {
  return new CountersignError("document/invalid", `Cannot attest the source in "${showForeign(at.folder, 500)}": its history has ${what}`, {
    remedy: "--git-since COMMIT leaves out the history of a commit that the policy names too, with since",
  });
}
