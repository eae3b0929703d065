/** Pushing blobs and manifests. */
import type { Descriptor } from "../../core/descriptor.ts";
import { tryParseDigest, digestAlgorithm } from "../../core/digest.ts";
import { CountersignError } from "../../core/errors.ts";
import type { CallOptions } from "../../core/store.ts";
import type { HttpResponse } from "../../net/http-client.ts";
import type { RepositoryApi } from "./api.ts";
import { pause } from "./pause.ts";

/** Asks first, then uploads in one piece. Source: distribution-spec 1.1, "POST then PUT". */
export async function pushBlob(
  api: RepositoryApi,
  descriptor: Descriptor,
  upload: CallOptions & { readonly bytes: Uint8Array },
): Promise<void> {
  const { digest } = descriptor;
  const { signal } = upload;
  const action = `push blob "${digest}"`;
  const held = await api.send({ method: "HEAD", target: `blobs/${digest}`, access: "push", followRedirects: true, signal });
  if (held.status === 200) return;
  const opened = await api.expect({ method: "POST", target: "blobs/uploads/", access: "push", signal }, { accepted: [201, 202], action });
  if (opened.status === 201) return;
  const location = uploadLocation(api, opened);
  const headers = { "content-type": "application/octet-stream" };
  await api.expect(
    { method: "PUT", target: location, query: { digest }, headers, body: upload.bytes, access: "push", signal },
    { accepted: [201, 202, 204], action },
  );
}

/** The registry names the place to upload to; on another origin it would receive the credentials of this one. */
function uploadLocation(api: RepositoryApi, opened: HttpResponse): URL {
  const location = opened.headers["location"] ?? "";
  const { origin } = api.registry;
  if (location === "" || !URL.canParse(location, origin.href)) {
    throw new CountersignError("store/invalid-answer", `Cannot push to "${api.name}": the registry names no place to upload to`);
  }
  const url = new URL(location, origin);
  if (url.origin !== origin.origin) {
    throw new CountersignError(
      "store/invalid-answer",
      `Cannot push to "${api.name}": the registry names a place on another origin, "${url.host}"`,
    );
  }
  return url;
}

/** What the registry said of the subject, if anything. */
export interface PushedManifest {
  /** The `OCI-Subject` header: present where the registry keeps track of referrers. */
  readonly ociSubject?: string;
}

export async function pushManifest(
  api: RepositoryApi,
  manifest: Descriptor,
  upload: CallOptions & { readonly bytes: Uint8Array; readonly tag?: string | undefined },
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

const MAX_TRIES = 6;
const FIRST_PAUSE_MS = 50;

/**
 * Pushes a manifest whose blobs are known to be there. While another writer uploads the same blob (`{}` is everyone's),
 * docker-registry 2.8 has its link empty for a moment, and says that it is unknown, or that it cannot tell.
 */
export async function pushReferrer(
  api: RepositoryApi,
  manifest: Descriptor,
  upload: CallOptions & { readonly bytes: Uint8Array; readonly tag?: string | undefined },
): Promise<PushedManifest> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await pushManifest(api, manifest, upload);
    } catch (error) {
      if (tries === MAX_TRIES || !mayPass(error)) throw error;
    }
    await pause(FIRST_PAUSE_MS * 2 ** (tries - 1) * (0.5 + Math.random()), { ...upload, what: "the registry to know a blob" });
  }
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof CountersignError)) return false;
  const { detail } = error;
  const [status, codes] = [detail["status"], detail["codes"]];
  const isUnknownBlob = Array.isArray(codes) && codes.some((code) => code === "MANIFEST_BLOB_UNKNOWN" || code === "BLOB_UNKNOWN");
  return isUnknownBlob || status === 500;
}
