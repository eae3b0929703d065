/** One repository's endpoints: URLs, credentials and errors of the distribution specification. */
import type { Descriptor } from "../../core/descriptor.ts";
import { type Digest, digestMatches, tryParseDigest } from "../../core/digest.ts";
import { CountersignError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { isManifestType, MANIFEST_TYPES } from "../../core/media-types.ts";
import { apiHostOf } from "../../core/registry-host.ts";
import type { CallOptions } from "../../core/store.ts";
import { withoutAbsent } from "../../core/without-absent.ts";
import type { HttpClient, HttpRequest, HttpResponse } from "../../net/http-client.ts";
import type { Retry } from "../../net/retry.ts";
import { answerError } from "./answer-error.ts";
import type { CredentialSource } from "../credentials/credentials.ts";
import { Authorizer } from "./auth.ts";

export interface RemoteOptions {
  /** `host[:port]` as in references; `docker.io` for Docker Hub. */
  readonly registry: string;
  readonly client: HttpClient;
  /** Those for this registry: nobody else is sent them. Anonymous without it. */
  readonly credentials?: CredentialSource;
  /** Whether a host may issue tokens that is neither the registry's own nor one of the built-in ones. None without it. */
  readonly trustsRealm?: (host: string) => Promise<boolean>;
}

/** A request to the repository; `path` follows `/v2/<name>/`. */
interface ApiRequest {
  readonly signal: AbortSignal | undefined;
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  /** A path, or a URL of the same origin that the registry gave. */
  readonly target: string | URL;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpRequest["body"];
  readonly maxBytes?: number;
  readonly isStreamed?: boolean;
  readonly access: "pull" | "push";
  /** Another repository that is read along. */
  readonly alsoPull?: string | undefined;
  readonly followRedirects?: boolean;
  readonly isRepeatable?: boolean;
}

export interface SignedIn {
  /** The token server that was asked. */
  readonly realm: string | undefined;
  /** False where the registry did not ask for credentials, so that they may be right or wrong. */
  readonly isChecked: boolean;
}

const nobody: CredentialSource = () => Promise.resolve(undefined);
const nowhere = (): Promise<boolean> => Promise.resolve(false);

/** One registry, with the credentials and tokens for it. */
export class Registry {
  readonly name: string;
  readonly origin: URL;
  readonly retry: Retry;
  readonly #authorizer: Authorizer;

  constructor(options: RemoteOptions) {
    const { registry, client, credentials = nobody, trustsRealm = nowhere } = options;
    this.name = registry;
    this.origin = client.originFor(apiHostOf(registry));
    this.retry = client.retry;
    this.#authorizer = new Authorizer({ registry, origin: this.origin, client, credentials, trustsRealm });
  }

  /** Asks as whom we are known: `GET /v2/`, for no repository. */
  async signIn(signal: AbortSignal | undefined): Promise<SignedIn> {
    const url = new URL("/v2/", this.origin);
    const response = await this.#authorizer.send({ method: "GET", url, maxBytes: LIMITS.errorBodyBytes, signal });
    const action = `log in to "${this.name}"`;
    if (response.status === 404) {
      throw new CountersignError("store/not-found", `Cannot ${action}: it does not answer /v2/, so it is no OCI registry`, {
        remedy: "check the name and the port",
      });
    }
    if (response.status !== 200) throw this.error(response, { action });
    return { realm: this.#authorizer.realm?.host, isChecked: this.#authorizer.sentFor() !== undefined };
  }

  error(response: HttpResponse, { action, repository }: { readonly action: string; readonly repository?: string }): CountersignError {
    const asked = { registry: this.name, credentials: this.#authorizer.sentFor(repository) };
    return answerError(response, { action, asked, askedOrigin: this.origin.origin });
  }

  send(request: ApiRequest, repository: string): Promise<HttpResponse> {
    const { method, target, headers, body, signal, followRedirects, isRepeatable, isStreamed, alsoPull } = request;
    const url = typeof target === "string" ? new URL(`/v2/${repository}/${target}`, this.origin) : target;
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    return this.#authorizer.send(
      {
        method,
        url,
        // Where the body is not needed, room for an error's.
        maxBytes: request.maxBytes ?? LIMITS.errorBodyBytes,
        signal,
        ...withoutAbsent({ headers, body, followRedirects, isRepeatable, isStreamed }),
      },
      { repository, access: request.access, ...(alsoPull === undefined ? {} : { alsoPull }) },
    );
  }
}

export class RepositoryApi {
  readonly registry: Registry;
  readonly repository: string;
  /** Registry and repository, as a person knows it. */
  readonly name: string;

  constructor(registry: Registry, repository: string) {
    this.registry = registry;
    this.repository = repository;
    this.name = `${registry.name}/${repository}`;
  }

  send(request: ApiRequest): Promise<HttpResponse> {
    return this.registry.send(request, this.repository);
  }

  /** As `send`, for a caller who can go on only with a status from `accepted`. `action` reads `read manifest "x"`. */
  async expect(request: ApiRequest, wanted: { readonly accepted: readonly number[]; readonly action: string }): Promise<HttpResponse> {
    const response = await this.send(request);
    if (!wanted.accepted.includes(response.status)) throw this.error(response, wanted.action);
    return response;
  }

  /**
   * What stands under a tag, of whatever kind; `undefined` if nothing does. Damage that the answer's own digest shows is
   * asked for again: whoever writes back what he has read would make it last.
   */
  async getManifest(tag: string, { maxBytes, signal }: CallOptions & { readonly maxBytes: number }): Promise<HttpResponse | undefined> {
    const action = `read manifest "${tag}"`;
    // Every kind is asked for: a registry answers 404 for a kind that was not, and the tag would seem to be free.
    const headers = { accept: MANIFEST_TYPES.join(", ") };
    const response = await this.registry.retry(
      () =>
        this.expect(
          { method: "GET", target: `manifests/${tag}`, headers, access: "pull", maxBytes, signal },
          { accepted: [200, 404], action },
        ),
      {
        what: action,
        signal,
        hopeOfResult: (answer) => (isDamaged(answer) ? { why: "it came damaged" } : undefined),
      },
    );
    if (response.status === 404) return undefined;
    if (!isDamaged(response)) return response;
    throw new CountersignError(
      "store/unreachable",
      `Cannot ${action} of "${this.name}": it came damaged, its bytes do not have their digest`,
      {
        remedy: "run the command again; `countersign doctor REF` says more",
      },
    );
  }

  /** Asks for a manifest without its bytes. `accept` names the kinds of it that are wanted. */
  headManifest(
    digest: Digest,
    { accept, signal }: { readonly accept: string; readonly signal?: AbortSignal | undefined },
  ): Promise<HttpResponse> {
    return this.send({ method: "HEAD", target: `manifests/${digest}`, headers: { accept }, access: "pull", signal });
  }

  /** No where it cannot be asked, because HEAD is not known, or where the blob store does not let us in: what may be held is sent again. */
  async isHeld({ mediaType, digest }: Descriptor, options: Pick<ApiRequest, "access" | "isRepeatable" | "signal">): Promise<boolean> {
    const isManifest = isManifestType(mediaType);
    const response = isManifest
      ? await this.headManifest(digest, { ...options, accept: mediaType })
      : // Unlike a manifest, it may be kept elsewhere.
        await this.send({ ...options, method: "HEAD", target: `blobs/${digest}`, followRedirects: true });
    const isElsewhere = response.origin !== this.registry.origin.origin;
    if (![200, 404, 405, 501, ...(isElsewhere ? [401, 403] : [])].includes(response.status))
      throw this.error(response, `ask for ${isManifest ? "manifest" : "blob"} "${digest}"`);
    return response.status === 200;
  }

  error(response: HttpResponse, action: string): CountersignError {
    return this.registry.error(response, { action: `${action} of "${this.name}"`, repository: this.repository });
  }
}

/** Only a successful answer names its content, and by an algorithm that we may not know. */
function isDamaged({ status, headers, body }: HttpResponse): boolean {
  const said = tryParseDigest(headers["docker-content-digest"] ?? "");
  return status === 200 && said !== undefined && !digestMatches(body, said);
}
