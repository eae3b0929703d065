/** The document of a policy that a promotion has kept beside the image, by its digest: whoever asks has to know which he trusts. */
import { parseDescriptor, type Descriptor } from "../core/descriptor.ts";
import type { Digest } from "../core/digest.ts";
import { CountersignError } from "../core/errors.ts";
import { DEFAULT_CONCURRENCY, inParallel } from "../core/in-parallel.ts";
import { LIMITS } from "../core/limits.ts";
import { Malformed } from "../core/malformed.ts";
import type { FoundDocument } from "../core/policy.ts";
import type { CallOptions, ReadonlyStore } from "../core/store.ts";
import { decodeManifest } from "../encoding/manifest.ts";
import { KEPT_POLICY } from "./kept-context.ts";

/** An image has one for each version of a policy that it was promoted by; anybody can hang up more. */
const MOST_LOOKED_AT = 256;

export async function findKeptPolicy(
  subject: Digest,
  { digest, store, signal }: CallOptions & { readonly digest: Digest; readonly store: ReadonlyStore },
): Promise<FoundDocument> {
  const call = signal === undefined ? {} : { signal };
  const { referrers, complete } = await store.referrers(subject, { ...call, artifactTypes: [KEPT_POLICY] });
  const kept = referrers.filter(({ artifactType }) => artifactType === KEPT_POLICY);
  const gaps = complete && kept.length <= MOST_LOOKED_AT ? [] : ["more policies are kept beside the image than are looked at"];
  const looks = await inParallel(kept.slice(0, MOST_LOOKED_AT), DEFAULT_CONCURRENCY, async (manifest): Promise<Look> => {
    try {
      const document = documentOf(await store.fetch(manifest, call));
      return document?.digest === digest && document.size <= LIMITS.policyBytes ? { bytes: await store.fetch(document, call) } : {};
    } catch (error) {
      if (error instanceof Malformed) return {};
      if (!(error instanceof CountersignError) || error.code === "job/internal" || signal?.aborted === true) throw error;
      return { gap: `what is kept beside the image as ${manifest.digest} could not be read` };
    }
  });
  const bytes = looks.find((look) => look.bytes !== undefined)?.bytes;
  return { ...(bytes === undefined ? {} : { bytes }), gaps: [...gaps, ...looks.flatMap(({ gap }) => gap ?? [])] };
}

interface Look {
  readonly bytes?: Uint8Array;
  readonly gap?: string;
}

function documentOf(manifest: Uint8Array): Descriptor | undefined {
  const { layers } = decodeManifest(manifest);
  return Array.isArray(layers) && layers.length > 0 ? parseDescriptor(layers[0]) : undefined;
}
