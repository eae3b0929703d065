/** The versions of a policy that a registry holds: one by its tag, and those before it, each by the digest that its successor names. */
import { type Digest, digestOf, tryParseDigest } from "../core/digest.ts";
import { CountersignError } from "../core/errors.ts";
import { Malformed } from "../core/malformed.ts";
import type { Reference } from "../core/reference.ts";
import type { CallOptions, ReadonlyStore, StoredManifest } from "../core/store.ts";
import { type Heading, readHeading } from "../policy/countersign/heading.ts";
import type { Floor, SignedVersion } from "../policy/floor.ts";
import { readPolicyManifest, versionTag } from "../policy/policy-artifact.ts";

export interface PolicyRevision extends Heading {
  readonly manifest: StoredManifest;
  readonly bytes: Uint8Array;
  /** Of the document. */
  readonly digest: Digest;
  /** Of the document that was the first version, where that is known. */
  readonly chain?: Digest | undefined;
}

type Target = Pick<Reference, "tag" | "digest">;

/** Nobody walks further back. */
const MAX_STEPS = 10_000;

/** Whose signatures it has is not looked at. `undefined` if nothing is there; in words what it is, if it is no policy. Throws `store/…`. */
export async function readRevision(target: Target, store: ReadonlyStore, call: CallOptions): Promise<PolicyRevision | string | undefined> {
  try {
    const manifest = await store.resolve(target, call);
    const found = readPolicyManifest(manifest);
    if (typeof found === "string") return found;
    const bytes = await store.fetch(found.layer, call);
    const heading = await readHeading(bytes);
    if (heading === undefined) return "its document is no Countersign policy";
    const digest = digestOf(bytes);
    return { ...heading, manifest, bytes, digest, chain: heading.previous === undefined ? digest : found.chain };
  } catch (error) {
    if (error instanceof CountersignError && error.code === "store/not-found") return undefined;
    if (error instanceof Malformed) return error.message;
    throw error;
  }
}

/** The version before one; `undefined` if it is not there. What its tag leads to has to be the document that is named. */
export async function findPredecessor(
  { version, previous }: { readonly version: number; readonly previous?: string | undefined },
  store: ReadonlyStore,
  call: CallOptions,
): Promise<PolicyRevision | undefined> {
  const digest = tryParseDigest(previous ?? "");
  if (digest === undefined) return undefined;
  const found = await readRevision({ tag: versionTag({ version: version - 1, digest }) }, store, call);
  return typeof found === "object" && found.digest === digest && found.version === version - 1 ? found : undefined;
}

/** All before one that are there, newest first; the last one has no `previous` where the walk has come to the first version. */
export async function* predecessors(
  from: { readonly version: number; readonly previous?: string | undefined },
  store: ReadonlyStore,
  call: CallOptions = {},
): AsyncGenerator<PolicyRevision, void> {
  let at = await findPredecessor(from, store, call);
  for (let steps = 0; at !== undefined && steps < MAX_STEPS; steps += 1) {
    yield at;
    at = await findPredecessor(at, store, call);
  }
}

/** Whether the versions before `seen`, which is newer, lead to `floor`; `undefined` where one of them is not there. */
export async function leadsTo(seen: SignedVersion, floor: Floor, store: ReadonlyStore): Promise<boolean | undefined> {
  for await (const { version, digest, previous } of predecessors(seen, store)) {
    if (version === floor.version) return digest === floor.digest;
    if (previous === undefined) return false;
  }
  return undefined;
}
