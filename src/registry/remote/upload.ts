/** Pushing blobs and manifests. */
import type { Descriptor } from "../../core/descriptor.ts";
import { type Digest, tryParseDigest, digestAlgorithm } from "../../core/digest.ts";
import { CountersignError } from "../../core/errors.ts";
import type { BlobPush, CallOptions, Content } from "../../core/store.ts";
import type { HttpResponse } from "../../net/http-client.ts";
import { hasAnswerCode } from "./answer-error.ts";
import { sizedChunks } from "../content.ts";
import type { RepositoryApi } from "./api.ts";
import { type Hope, hopeOfFailure } from "../../net/retry.ts";

type BlobUpload = CallOptions & { readonly content: Content; readonly mountFrom?: string };

/** Pushes a blob unless it is there. An upload of bytes that broke off is begun anew, with the question whether they have arrived after all. */
export function pushBlob(api: RepositoryApi, descriptor: Descriptor, upload: BlobUpload): Promise<BlobPush> {
  if (typeof upload.content === "function") return uploadBlob(api, descriptor, upload);
  return api.registry.retry(() => uploadBlob(api, descriptor, upload), { what: `push blob "${descriptor.digest}"`, signal: upload.signal });
}

/** Asks first, then uploads in one piece. Source: distribution-spec 1.1, "POST then PUT". */
async function uploadBlob(api: RepositoryApi, descriptor: Descriptor, { content, mountFrom, signal }: BlobUpload): Promise<BlobPush> {
  const { digest, size } = descriptor;
  const action = `push blob "${digest}"`;
  if (await api.isHeld(descriptor, { access: "push", isRepeatable: false, signal })) return "held";
  let opened = mountFrom === undefined ? undefined : await mountBlob(api, digest, { mountFrom, signal });
  if (opened?.status === 201) return "mounted";
  // Each on its own cannot be repeated: a session that was closed by a lost answer is unknown the second time.
  const once = { access: "push", isRepeatable: false, signal } as const;
  opened ??= await api.expect({ ...once, method: "POST", target: "blobs/uploads/" }, { accepted: [201, 202], action });
  if (opened.status === 201) return "pushed";
  const location = uploadLocation(api, opened);
  const headers = { "content-type": "application/octet-stream" };
  const body = typeof content === "function" ? { length: size, open: () => sizedChunks(content(), descriptor) } : content;
  await api.expect({ ...once, method: "PUT", target: location, query: { digest }, headers, body }, { accepted: [201, 202, 204], action });
  return "pushed";
}

/**
 * 201 if it is mounted; 202 opens an upload instead. Where the registry refuses, or its token server will not let the two
 * repositories be named together, it is asked in the plain way. Source: "Mounting a blob".
 */
async function mountBlob(
  api: RepositoryApi,
  digest: Digest,
  { mountFrom, signal }: { readonly mountFrom: string; readonly signal: AbortSignal | undefined },
): Promise<HttpResponse | undefined> {
  try {
    const answer = await api.send({
      method: "POST",
      target: "blobs/uploads/",
      query: { mount: digest, from: mountFrom },
      access: "push",
      alsoPull: mountFrom,
      isRepeatable: false,
      signal,
    });
    return answer.status === 201 || answer.status === 202 ? answer : undefined;
  } catch (error) {
    if (!(error instanceof CountersignError) || !REFUSED.has(error.code)) throw error;
    return undefined;
  }
}

const REFUSED: ReadonlySet<string> = new Set(["registry/unauthorized", "registry/forbidden", "store/invalid-answer"]);

/** The registry names the place to upload to; on another origin it would receive the credentials of this one. */
function uploadLocation(api: RepositoryApi, opened: HttpResponse): URL {
  const location = opened.headers["location"] ?? "";
  const { origin } = api.registry;
  const asked = new URL(`/v2/${api.repository}/blobs/uploads/`, origin).href;
  if (location === "" || !URL.canParse(location, asked)) {
    throw new CountersignError("store/invalid-answer", `Cannot push to "${api.name}": the registry names no place to upload to`);
  }
  const url = new URL(location, asked);
  if (url.origin !== origin.origin) {
    throw new CountersignError(
      "store/invalid-answer",
      `Cannot push to "${api.name}": the registry names a place on another origin, "${url.host}"`,
    );
  }
  return url;
}

/** What the registry said of the subject, if anything. */
interface PushedManifest {
  /** The `OCI-Subject` header: present where the registry keeps track of referrers. */
  readonly ociSubject?: string;
}

export async function pushManifest(
  api: RepositoryApi,
  manifest: Descriptor,
  upload: CallOptions & { readonly bytes: Uint8Array; readonly tag?: string | undefined; readonly isRepeatable?: boolean },
): Promise<PushedManifest> {
  const name = upload.tag ?? manifest.digest;
  const response = await api.expect(
    {
      method: "PUT",
      target: `manifests/${name}`,
      headers: { "content-type": manifest.mediaType },
      body: upload.bytes,
      access: "push",
      signal: upload.signal,
      isRepeatable: upload.isRepeatable ?? true,
    },
    { accepted: [200, 201, 202, 204], action: `push manifest "${name}"` },
  );
  const stored = tryParseDigest(response.headers["docker-content-digest"] ?? "");
  // A registry may name the content by another algorithm; by the same one there is only one right answer.
  if (stored !== undefined && stored !== manifest.digest && digestAlgorithm(stored) === digestAlgorithm(manifest.digest)) {
    throw new CountersignError(
      "store/invalid-answer",
      `Cannot push manifest "${manifest.digest}" to "${api.name}": the registry stored "${stored}" instead`,
    );
  }
  const ociSubject = response.headers["oci-subject"];
  return ociSubject === undefined ? {} : { ociSubject };
}

/** Others may be uploading the same blob for as long as this takes; more tries than for a registry that is merely busy. */
const BLOB_TRIES = 6;

/**
 * Pushes a manifest whose blobs are known to be there. While another writer uploads the same blob (`{}` is everyone's),
 * docker-registry 2.8 has its link empty for a moment, and says that it is unknown, or that it cannot tell.
 */
export function pushReferrer(
  api: RepositoryApi,
  manifest: Descriptor,
  upload: CallOptions & { readonly bytes: Uint8Array; readonly tag?: string | undefined },
): Promise<PushedManifest> {
  return api.registry.retry(() => pushManifest(api, manifest, { ...upload, isRepeatable: false }), {
    what: `push manifest "${manifest.digest}"`,
    signal: upload.signal,
    tries: BLOB_TRIES,
    hopeOfError: (error) => hopeOfFailure(error) ?? hopeOfBlob(error),
  });
}

function hopeOfBlob(error: unknown): Hope | undefined {
  return hasAnswerCode(error, ["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN"]) ? { why: "it does not know a blob yet" } : undefined;
}
