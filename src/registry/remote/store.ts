/** A repository of a registry as a store. */
import type { Descriptor } from "../../core/descriptor.ts";
import { type Digest, digestAlgorithm, digestOf, tryParseDigest } from "../../core/digest.ts";
import { CountersignError } from "../../core/errors.ts";
import { inParallel } from "../../core/in-parallel.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { isManifestType, MANIFEST_TYPES } from "../../core/media-types.ts";
import type { AttachResult, CallOptions, Listing, ReferrersMode, Store, StoredManifest } from "../../core/store.ts";
import type { HttpResponse } from "../../net/http-client.ts";
import { checkContent, checkDeclaredSize, checkedChunks } from "../content.ts";
import { mergeListings } from "../listing.ts";
import { checkManifestType, decodeManifestFacts, describeReferrer } from "../../encoding/manifest.ts";
import { Registry, type RemoteOptions, RepositoryApi } from "./api.ts";
import { announce } from "./announced.ts";
import { addToFallbackIndex, type IndexRepair, rebuildFallbackIndex } from "./fallback-index.ts";
import { stayListed } from "./listed-by-api.ts";
import { listByApi, listByTag } from "./referrers.ts";
import { listTags } from "./tags.ts";
import { pushBlob, pushManifest, pushReferrer } from "./upload.ts";

const PARALLEL = 8;

export interface RemoteStore extends Store {
  /** What the registry says to whoever asks whether it is one: 200, or 401 to those whom it does not know. */
  greet(options?: CallOptions): Promise<Greeting>;
  /** Rebuilds the subject's fallback index from what announces itself and what the index still says. */
  repairIndex(subject: Digest, options?: CallOptions): Promise<IndexRepair>;
}

export interface Greeting {
  readonly status: number;
  /** By the registry's own clock. */
  readonly date?: Date;
}

/** A registry whose repositories share tokens and connections. */
export function openRegistry(options: RemoteOptions): { repository(name: string): RemoteStore } {
  const registry = new Registry(options);
  return { repository: (name) => createRemoteStore(new RepositoryApi(registry, name)) };
}

/** What only a registry can do, for `doctor`; `false` for a layout. */
export function isRemote(store: Store): store is RemoteStore {
  return "greet" in store;
}

function createRemoteStore(api: RepositoryApi): RemoteStore {
  return {
    name: api.name,
    greet: (options) => greet(api, options),
    resolve: (target, options) => orOnceMore(() => resolve(api, target, options)),
    fetch: (descriptor, options) => orOnceMore(() => fetchContent(api, descriptor, options)),
    referrers: (subject, options) => listReferrers(api, subject, options),
    open: (descriptor, options) => openContent(api, descriptor, options),
    has: (descriptor, options) => api.isHeld(descriptor, { access: "pull", signal: options?.signal }),
    tags: (options) => listTags(api, options ?? {}),
    pushBlob: async (descriptor, content, options) =>
      pushBlob(api, descriptor, {
        ...options,
        content: content instanceof Uint8Array ? checkContent(content, descriptor) : content,
      }),
    pushManifest: async (descriptor, bytes, options) => {
      await pushManifest(api, descriptor, { ...options, bytes });
    },
    attach: (manifests, options) => attach(api, manifests, options),
    commit: () => Promise.resolve(),
    repairIndex: (subject, options) => rebuildFallbackIndex(api, subject, options ?? {}),
  };
}

/** Source: distribution-spec 1.1, "Determining Support". */
async function greet(api: RepositoryApi, options: CallOptions | undefined): Promise<Greeting> {
  const target = new URL("/v2/", api.registry.origin);
  const { status, headers } = await api.send({ method: "GET", target, access: "pull", signal: options?.signal });
  const date = new Date(headers["date"] ?? "");
  return { status, ...(Number.isNaN(date.getTime()) ? {} : { date }) };
}

/** Bytes that do not fit their digest may have been damaged on the way. The second answer counts. */
async function orOnceMore<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Malformed && (error.code === "integrity/digest-mismatch" || error.code === "integrity/size-mismatch"))
      return read();
    throw error;
  }
}

async function resolve(
  api: RepositoryApi,
  target: { readonly tag?: string; readonly digest?: Digest },
  options: CallOptions | undefined,
): Promise<StoredManifest> {
  const name = target.digest ?? target.tag;
  if (name === undefined)
    throw new CountersignError("reference/invalid", `Cannot read a manifest of "${api.name}": neither tag nor digest is given`);
  const response = await api.expect(
    {
      method: "GET",
      target: `manifests/${name}`,
      headers: { accept: MANIFEST_TYPES.join(", ") },
      access: "pull",
      maxBytes: LIMITS.manifestBytes,
      signal: options?.signal,
    },
    { accepted: [200], action: `read manifest "${name}"` },
  );
  const bytes = response.body;
  const said = tryParseDigest(response.headers["docker-content-digest"] ?? "");
  // Only the bytes count. The header is looked at because a registry that says one thing and sends another is broken or lying.
  const digest = target.digest ?? digestOf(bytes);
  for (const claim of said === undefined ? [digest] : [digest, said]) {
    const actual = digestOf(bytes, digestAlgorithm(claim));
    if (actual !== claim) {
      throw new Malformed("integrity/digest-mismatch", `${api.registry.name} answered for "${name}" with bytes of ${actual}, not ${claim}`);
    }
  }
  const mediaType = checkManifestType(response.headers["content-type"] ?? "", { bytes, name: `${api.name}@${digest}` });
  return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
}

async function fetchContent(api: RepositoryApi, descriptor: Descriptor, options: CallOptions | undefined): Promise<Uint8Array> {
  checkDeclaredSize(descriptor);
  try {
    return checkContent((await requestContent(api, descriptor, options)).body, descriptor);
  } catch (error) {
    throw asMismatch(error, descriptor);
  }
}

async function* openContent(
  api: RepositoryApi,
  descriptor: Descriptor,
  options: CallOptions | undefined,
): AsyncGenerator<Uint8Array, void> {
  try {
    const { chunks } = await requestContent(api, descriptor, { ...options, isStreamed: true });
    if (chunks !== undefined) yield* checkedChunks(chunks, descriptor);
  } catch (error) {
    throw asMismatch(error, descriptor);
  }
}

function requestContent(
  api: RepositoryApi,
  { mediaType, digest, size }: Descriptor,
  { signal, isStreamed = false }: CallOptions & { readonly isStreamed?: boolean } = {},
): Promise<HttpResponse> {
  const isManifest = isManifestType(mediaType);
  return api.expect(
    {
      method: "GET",
      target: `${isManifest ? "manifests" : "blobs"}/${digest}`,
      access: "pull",
      maxBytes: size,
      isStreamed,
      signal,
      // Blobs may be kept elsewhere; manifests may not.
      ...(isManifest ? { headers: { accept: mediaType } } : { followRedirects: true }),
    },
    { accepted: [200], action: `read ${isManifest ? "manifest" : "blob"} "${digest}"` },
  );
}

/** More bytes than a descriptor says are another content, not merely too many. */
function asMismatch(error: unknown, { digest, size }: Descriptor): unknown {
  if (!(error instanceof CountersignError) || error.code !== "store/too-large") return error;
  return new Malformed("integrity/size-mismatch", `${digest} is longer than the ${size} bytes that its descriptor says`);
}

/** Both places are always read: a registry may have learnt the API after tools had written tags, and notation 1.x writes tags by default. */
async function listReferrers(
  api: RepositoryApi,
  subject: Digest,
  options: (CallOptions & { readonly artifactTypes?: readonly string[] }) | undefined,
): Promise<Listing> {
  const [byApi, byTag] = await Promise.all([listByApi(api, subject, options ?? {}), listByTag(api, subject, options ?? {})]);
  if (byApi.source !== "none") return mergeListings([byApi, byTag], options?.artifactTypes);
  const listing = mergeListings([byTag], options?.artifactTypes);
  // Such registries have always been read as having nothing but tags; where there is no tag either, that is worth a word.
  return byTag === undefined && byApi.doubt !== undefined ? { ...listing, notes: [byApi.doubt] } : listing;
}

async function attach(
  api: RepositoryApi,
  manifests: readonly StoredManifest[],
  options: CallOptions & { readonly subject: Descriptor; readonly mode?: ReferrersMode },
): Promise<AttachResult> {
  const { subject, mode = "auto", signal } = options;
  const call = { subject: subject.digest, ...(signal === undefined ? {} : { signal }) };
  if (mode !== "tag") {
    const started = performance.now();
    const said = await inParallel(manifests, PARALLEL, async ({ descriptor, bytes }) => {
      return (await pushReferrer(api, descriptor, { ...call, bytes })).ociSubject;
    });
    const areTaken = said.every((digest) => digest === subject.digest);
    const tookMs = performance.now() - started;
    if (areTaken && (await stayListed(api, manifests, { ...call, tookMs }))) return { via: "api" };
    if (areTaken && mode === "api") {
      throw new CountersignError(
        "store/contended",
        `Cannot attach to "${api.name}@${subject.digest}": the registry took it and does not list it`,
      );
    }
    const isMistaken = said.some((digest) => digest !== undefined && digest !== subject.digest);
    if (!areTaken && (mode === "api" || isMistaken)) {
      const why = isMistaken
        ? "it took the manifest for one with another subject"
        : "it does not have the referrers API (no OCI-Subject in its answer)";
      throw new CountersignError("store/invalid-answer", `Cannot attach to "${api.name}@${subject.digest}": ${why}`, {
        remedy: "sign again with --referrers auto",
      });
    }
  }
  await inParallel(manifests, PARALLEL, (manifest) => announce(api, manifest, call));
  const described = manifests.map(({ descriptor, bytes }) => describeReferrer(descriptor, decodeManifestFacts(bytes)));
  await addToFallbackIndex(api, described, call);
  return { via: "tag" };
}
