/** What of an image, and of all that hangs on it, is copied, and in which order: only what is whole, and nothing silently less. */
import type { Descriptor } from "../core/descriptor.ts";
import type { Digest } from "../core/digest.ts";
import { type Closure, type ClosureManifest, partKey, whyLost } from "./closure.ts";

export interface CopyPlan {
  /** The manifests of the image, children before the index that names them, so that its own is the last. */
  readonly image: readonly ClosureManifest[];
  /** What else stands by itself, in the same order: what cosign's tags name, and the children of referrers. */
  readonly others: readonly ClosureManifest[];
  /** In rounds: a subject stands among the above, or in a round before. */
  readonly referrers: readonly (readonly ReferrerGroup[])[];
  readonly tags: readonly { readonly tag: string; readonly manifest: ClosureManifest }[];
  /** Each thing that is left out, and why. */
  readonly notes: readonly string[];
}

export interface ReferrerGroup {
  readonly subject: Descriptor;
  readonly manifests: readonly ClosureManifest[];
}

interface LostPart {
  readonly digest: Digest;
  readonly error: unknown;
}

/** `missing`: blobs that cannot be had either, by `partKey`. Throws what was said of a part that the image itself needs. */
export function planCopy(closure: Closure, missing: ReadonlyMap<string, unknown> = new Map<string, unknown>()): CopyPlan {
  const notes = new Set(closure.notes);
  const looked = new Map<Digest, LostPart | undefined>();
  /** At any depth. */
  function findLost(digest: Digest): LostPart | undefined {
    for (const { descriptor, blobs, children } of childrenFirst(closure, digest, looked)) {
      let lost: LostPart | undefined;
      for (const part of [...blobs, ...children]) {
        const error = closure.lost.get(partKey(part)) ?? missing.get(partKey(part));
        lost = error === undefined ? looked.get(part.digest) : { digest: part.digest, error };
        if (lost !== undefined) break;
      }
      looked.set(descriptor.digest, lost);
    }
    return looked.get(digest);
  }

  const placed = new Map<Digest, ClosureManifest>();
  function place(digest: Digest): void {
    for (const manifest of childrenFirst(closure, digest, placed)) placed.set(manifest.descriptor.digest, manifest);
  }
  /** The manifest, if all of it is there. */
  function takeWhole(digest: Digest, what: string): readonly ClosureManifest[] {
    const lost = findLost(digest);
    if (lost !== undefined) notes.add(`${what} is left out: its part ${lost.digest} cannot be had (${whyLost(lost.error) ?? ""})`);
    return lost === undefined ? [closure.manifests.get(digest) ?? []].flat() : [];
  }

  const lost = findLost(closure.root);
  if (lost !== undefined) throw lost.error;
  place(closure.root);
  const size = placed.size;
  const tags = [...closure.tags].flatMap(([tag, digest]) => takeWhole(digest, `tag ${tag}`).map((manifest) => ({ tag, manifest })));
  for (const { manifest } of tags) place(manifest.descriptor.digest);

  const attached = new Set<Digest>();
  const rounds: (readonly ReferrerGroup[])[] = [];
  let waiting = closure.referrers;
  for (;;) {
    // What was placed in one round may be what others of any round before have waited for.
    const { ready = [], later = [] } = Object.groupBy(waiting, ({ subject: { digest } }) =>
      placed.has(digest) || attached.has(digest) ? "ready" : "later",
    );
    if (ready.length === 0) break;
    waiting = later;
    const round = ready.map(({ subject, digests }) => ({
      subject,
      manifests: [...digests].flatMap((digest) => takeWhole(digest, digest)),
    }));
    for (const { descriptor, children } of round.flatMap(({ manifests }) => manifests)) {
      attached.add(descriptor.digest);
      for (const child of children) place(child.digest);
    }
    rounds.push(round.filter(({ manifests }) => manifests.length > 0));
  }
  for (const { subject, digests } of waiting)
    for (const digest of digests) notes.add(`${digest} is left out: it refers to ${subject.digest}, which is left out`);
  const all = [...placed.values()];
  return { image: all.slice(0, size), others: all.slice(size), referrers: rounds, tags, notes: [...notes] };
}

/**
 * The manifest and what it names at any depth, children before parents, but not what is `done`; the caller adds to that
 * what he is given. Indexes may name each other many times over, and so each is looked at once; and in a chain that is
 * as long as a copy has parts, which no stack of calls is.
 */
function* childrenFirst(closure: Closure, root: Digest, done: ReadonlyMap<Digest, unknown>): Generator<ClosureManifest, void> {
  const open: { readonly manifest: ClosureManifest; next: number }[] = [];
  const enter = (digest: Digest): void => {
    const manifest = closure.manifests.get(digest);
    if (manifest !== undefined && !done.has(digest)) open.push({ manifest, next: 0 });
  };
  enter(root);
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const child = last.manifest.children[last.next++];
    if (child !== undefined) {
      enter(child.digest);
    } else {
      open.pop();
      yield last.manifest;
    }
  }
}
