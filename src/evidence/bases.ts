/** Judges the base that provenance names: the image whose layers this one begins with must pass the gate for bases, in its own repository. */
import { isObject } from "../core/descriptor.ts";
import type { Digest } from "../core/digest.ts";
import { tryParseDigest } from "../core/digest.ts";
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import type { ContentOf, Objection } from "../core/evidence.ts";
import { DEFAULT_CONCURRENCY, inParallel } from "../core/in-parallel.ts";
import { formatReference, parseReference, type Reference } from "../core/reference.ts";
import type { CallOptions, ReadonlyStore } from "../core/store.ts";
import type { Verdict } from "../core/verdict.ts";
import { whatTheyBroke } from "../judging/examine.ts";
import { repositoryOfMaterial } from "../statements/image-name.ts";
import { readConfig } from "./image-config.ts";
import { findRunnable } from "./runnable.ts";

export interface BaseQuestion extends CallOptions {
  /** The gate that bases have to pass. */
  readonly gate: string;
  /** Whether the policy lists the repository for that gate. */
  lists(repository: string): boolean;
  openStore(reference: Reference): Promise<ReadonlyStore>;
  judge(reference: Reference, store: ReadonlyStore): Promise<Verdict>;
}

/** A build has one base, or one for each of its stages. */
const MOST_BASES = 32;

/** Layers of an image as its configuration names them, uncompressed; `undefined` where it names none. */
export function diffIdsOf(config: unknown): readonly string[] | undefined {
  const rootfs = isObject(config) ? config["rootfs"] : undefined;
  const ids = isObject(rootfs) ? rootfs["diff_ids"] : undefined;
  if (!Array.isArray(ids) || ids.length === 0) return undefined;
  return ids.every((id) => typeof id === "string" && tryParseDigest(id) !== undefined) ? ids : undefined;
}

/** What speaks against the image's base; nothing, and it has one that may be one. */
export async function judgeBases(
  { materials }: ContentOf<"provenance">,
  diffIds: readonly string[] | undefined,
  question: BaseQuestion,
): Promise<readonly Objection[]> {
  const named = materials.flatMap(({ uri, digest }) => {
    const repository = uri === undefined ? undefined : repositoryOfMaterial(uri);
    const found = tryParseDigest(`sha256:${digest["sha256"] ?? ""}`);
    return repository === undefined || found === undefined ? [] : [{ repository, digest: found }];
  });
  if (named.length === 0) return [{ code: "base/none-named", message: "the provenance names no base image by its digest" }];
  // What else went into the build (its stages' images, the builder's own tools) is no base; no registry that nobody has listed is asked.
  const listed = named.filter(({ repository }) => question.lists(repository));
  const foreign: Objection = {
    code: "base/not-prefix",
    message: `it begins with the layers of no base that the policy lists; its provenance names ${namesOf(named)}`,
  };
  if (listed.length === 0) return [foreign];
  if (diffIds === undefined) return [{ code: "base/unknown", message: "the image's own layers could not be read" }];
  if (listed.length > MOST_BASES)
    return [{ code: "base/unknown", message: `its provenance names ${listed.length} bases, and at most ${MOST_BASES} are looked at` }];
  const looked = await inParallel(listed, DEFAULT_CONCURRENCY, (base) => lookAtBase(base, diffIds, question));
  // One that could not be read may be the one with the most layers.
  const unread = looked.flatMap(({ gap }) => gap ?? []);
  if (unread.length > 0) return unread.map((message) => ({ code: "base/unknown", message }));
  const [longest] = looked.filter((base) => base.shared > 0).toSorted((a, b) => b.shared - a.shared);
  if (longest?.store === undefined) return [foreign];
  const verdict = await question.judge(longest.reference, longest.store);
  if (verdict.outcome === "pass") return [];
  const why = verdict.requirements.flatMap(({ outcome, name, missing }) => (outcome === "pass" ? [] : [`${name}: ${missing.join("; ")}`]));
  const found = why.length > 0 ? why : verdict.findings.map(({ message }) => message);
  return [
    {
      code: verdict.outcome === "deny" ? "base/denied" : "base/unknown",
      message: `its base ${formatReference(longest.reference)} does not pass gate ${question.gate}: ${showForeign(found.join("; "), 1000)}`,
    },
  ];
}

interface LookedAt {
  readonly reference: Reference;
  /** How many of its layers the image begins with, all of the base's; 0 where it does not. */
  readonly shared: number;
  readonly store?: ReadonlyStore;
  /** In words, why it could not be read. */
  readonly gap?: string;
}

/** Of an index any of its manifests may be the one that was built on. */
async function lookAtBase(
  { repository, digest }: { readonly repository: string; readonly digest: Digest },
  diffIds: readonly string[],
  { openStore, signal }: BaseQuestion,
): Promise<LookedAt> {
  const reference = parseReference(`${repository}@${digest}`);
  const call = signal === undefined ? {} : { signal };
  try {
    const store = await openStore(reference);
    const { manifests, gaps } = await findRunnable(await store.resolve(reference, call), { ...call, store });
    const configs = await inParallel(manifests, DEFAULT_CONCURRENCY, (manifest) => readConfig(manifest, { ...call, store }));
    const shared = Math.max(0, ...configs.map(({ config }) => sharedLayers(diffIdsOf(config) ?? [], diffIds)));
    const gap = [...gaps, ...configs.flatMap(({ configGap }) => configGap ?? [])][0];
    return {
      reference,
      store,
      shared,
      ...(shared > 0 || gap === undefined ? {} : { gap: `its base ${formatReference(reference)}: ${gap}` }),
    };
  } catch (error) {
    const why = isRefused(error) ? showForeign(error.message) : whatTheyBroke(error);
    return { reference, shared: 0, gap: `its base ${formatReference(reference)} could not be read: ${why}` };
  }
}

/** Who may see a base is for its registry to say, and no fault of this machine's setup. */
function isRefused(error: unknown): error is CountersignError {
  return error instanceof CountersignError && (error.code === "registry/unauthorized" || error.code === "registry/forbidden");
}

function sharedLayers(base: readonly string[], image: readonly string[]): number {
  return base.length <= image.length && base.every((id, at) => id === image[at]) ? base.length : 0;
}

function namesOf(named: readonly { readonly repository: string }[]): string {
  const names = [...new Set(named.map(({ repository }) => repository))];
  return showForeign(`${names.slice(0, 3).join(", ")}${names.length > 3 ? " …" : ""}`, 500);
}
