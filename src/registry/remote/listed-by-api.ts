/**
 * Makes sure that a registry with the referrers API still lists a manifest that it has taken. Some keep referrers in an
 * index of their own, which two pushes at once overwrite like any fallback index (olareg 0.1 lost 49 of 100).
 */
import type { Digest } from "../../core/digest.ts";
import { inParallel } from "../../core/in-parallel.ts";
import type { CallOptions, StoredManifest } from "../../core/store.ts";
import { mergeListings } from "../listing.ts";
import type { RepositoryApi } from "./api.ts";
import { pause } from "../../net/pause.ts";
import { listByApi } from "./referrers.ts";
import { pushReferrer } from "./upload.ts";

/** A look sees every loss only if pushes that had begun before ours have ended: none is assumed to take longer than twice ours. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3_200;
const MAX_PUSHES = 8;
const PARALLEL = 8;

/** Pushes again what is not listed, `tookMs` after the first push. False if in the end one still is not there. */
export async function stayListed(
  api: RepositoryApi,
  manifests: readonly StoredManifest[],
  options: CallOptions & { readonly subject: Digest; readonly tookMs: number; readonly firstPauseMs?: number },
): Promise<boolean> {
  const { subject, firstPauseMs = FIRST_PAUSE_MS } = options;
  let { tookMs } = options;
  for (let pushes = 1; ; pushes += 1) {
    const atLeast = Math.min(Math.max(firstPauseMs * 2 ** (pushes - 1), 2 * tookMs), LONGEST_PAUSE_MS);
    await pause(atLeast * (1 + Math.random() / 2), { ...options, what: "the registry to list what was pushed" });
    const listed = await listByApi(api, subject, options);
    // A registry may name the subject, and have no API all the same.
    if (listed.source === "none") return false;
    const held = new Set(mergeListings([listed], undefined).referrers.map(({ digest }) => digest));
    const missing = manifests.filter(({ descriptor }) => !held.has(descriptor.digest));
    if (missing.length === 0) return true;
    if (pushes === MAX_PUSHES) return false;
    const started = performance.now();
    await inParallel(missing, PARALLEL, ({ descriptor, bytes }) => pushReferrer(api, descriptor, { ...options, bytes }));
    tookMs = performance.now() - started;
  }
}
