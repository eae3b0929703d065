/** Answers a registry's challenges: anonymous, Basic, or a Bearer token fetched from its realm. */
import { isObject } from "../../core/descriptor.ts";
import { CountersignError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { HttpClient, HttpRequest, HttpResponse } from "../../net/http-client.ts";
import { answerError, decodeAnswer } from "./answer-error.ts";
import type { Credentials, CredentialSource } from "../credentials/credentials.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { type Scope, type Token, TokenCache } from "./token-cache.ts";
import { checkTokenRealm, type RealmRule } from "./token-realm.ts";

interface AuthorizerOptions extends RealmRule {
  readonly client: HttpClient;
  /** Those for this one registry. */
  readonly credentials: CredentialSource;
}

/** The specification's lifetime for a token that names none, in seconds. */
const DEFAULT_LIFETIME = 60;
/** What we call ourselves where OAuth 2 wants a name. */
const CLIENT_ID = "countersign";

/** Shared by all repositories of one registry: what was learnt from one challenge spares the others theirs. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #tokens = new TokenCache();
  /** Repository -> what its requests were made with; "" for the registry as such. */
  readonly #sent = new Map<string, Credentials>();
  #challenge: Challenge | undefined;
  #realm: URL | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** The token server that was asked, if any. */
  get realm(): URL | undefined {
    return this.#realm;
  }

  /** The credentials that requests for the repository carried, or were exchanged for a token. */
  sentFor(repository = ""): Credentials | undefined {
    return this.#sent.get(repository);
  }

  /** Sends, and once more with an answer if the registry asks for one. A 401 that stays is returned. */
  async send(request: HttpRequest, scope?: Scope): Promise<HttpResponse> {
    // Whoever builds a URL from a registry's answer has refused other origins before; this is the last lock.
    if (request.url.origin !== this.#options.origin.origin)
      throw new TypeError(`a request for ${request.url.origin} must not carry credentials`);
    const tried = this.#challenge === undefined ? undefined : await this.#answer(this.#challenge, { scope, signal: request.signal });
    const response = await this.#sendWith(request, tried);
    // Who was only redirected to must not choose who receives the password.
    if (response.status !== 401 || response.origin !== request.url.origin) return response;
    const challenge = preferred(parseChallenges(response.headers["www-authenticate"] ?? ""));
    if (challenge === undefined) return response;
    this.#challenge = challenge;
    const answer = await this.#answer(challenge, { scope, refused: tried, signal: request.signal });
    return answer === undefined || answer === tried ? response : this.#sendWith(request, answer);
  }

  #sendWith(request: HttpRequest, authorization: string | undefined): Promise<HttpResponse> {
    return this.#options.client.request(
      authorization === undefined ? request : { ...request, headers: { ...request.headers, authorization } },
    );
  }

  /** The header that answers the challenge, or `undefined` if we have none. `refused` is one that was not accepted. */
  async #answer(
    challenge: Challenge,
    asked: { scope: Scope | undefined; refused?: string | undefined; signal: AbortSignal | undefined },
  ): Promise<string | undefined> {
    const { repository = "" } = asked.scope ?? {};
    const credentials = await this.#options.credentials(asked.scope?.repository);
    if (credentials !== undefined) this.#sent.set(repository, credentials);
    if (credentials !== undefined && "registryToken" in credentials) return `Bearer ${credentials.registryToken}`;
    if (challenge.scheme === "basic") return basicHeader(credentials);
    const held = await this.#tokens.find(asked.scope, asked.signal);
    if (held !== undefined && held !== asked.refused) return held;
    return this.#tokens.renew(asked.scope, (signal) => this.#fetchToken(challenge, { ...asked, credentials, signal }), asked);
  }

  async #fetchToken(challenge: Challenge, asked: AskedToken): Promise<Token> {
    const { client, registry } = this.#options;
    const url = await checkTokenRealm(challenge.parameters["realm"], this.#options);
    this.#realm = url;
    const action = `get a token for "${registry}" from "${url.host}"`;
    const response = await client.request(tokenRequest(url, { ...asked, service: challenge.parameters["service"] }));
    if (response.status !== 200) throw answerError(response, { action, asked: { registry, credentials: asked.credentials } });
    const answer = decodeAnswer(response, { action, maxBytes: LIMITS.tokenBytes });
    const token = isObject(answer) ? (answer["token"] ?? answer["access_token"]) : undefined;
    if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) {
      throw new CountersignError("store/invalid-answer", `Cannot ${action}: the answer holds none`);
    }
    const lifetime = isObject(answer) ? answer["expires_in"] : undefined;
    return { header: `Bearer ${token}`, lifetimeSeconds: typeof lifetime === "number" && lifetime > 0 ? lifetime : DEFAULT_LIFETIME };
  }
}

interface AskedToken {
  readonly scope: Scope | undefined;
  readonly credentials: Credentials | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Source: distribution's "Token Authentication" (GET) and "OAuth2" (POST, with a refresh token). Redirects are not followed. */
function tokenRequest(realm: URL, asked: AskedToken & { readonly service: string | undefined }): HttpRequest {
  const { scope, credentials, service, signal } = asked;
  const wanted = new URLSearchParams();
  if (service !== undefined) wanted.set("service", service);
  // Our own scope, not the challenge's: the registry must not widen what is asked for in the user's name.
  for (const part of scopeParts(scope)) wanted.append("scope", part);
  if (credentials !== undefined && "identityToken" in credentials) {
    // A form holds them as OAuth 2 writes a list; a query names each.
    if (scope !== undefined) wanted.set("scope", scopeParts(scope).join(" "));
    wanted.set("grant_type", "refresh_token");
    wanted.set("refresh_token", credentials.identityToken);
    wanted.set("client_id", CLIENT_ID);
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    return {
      method: "POST",
      url: realm,
      headers,
      body: Buffer.from(wanted.toString()),
      maxBytes: LIMITS.tokenBytes,
      signal,
      isRepeatable: true,
    };
  }
  const url = new URL(realm);
  for (const name of wanted.keys()) url.searchParams.delete(name);
  for (const [name, value] of wanted) url.searchParams.append(name, value);
  const basic = basicHeader(credentials);
  return { method: "GET", url, headers: basic === undefined ? {} : { authorization: basic }, maxBytes: LIMITS.tokenBytes, signal };
}

function scopeParts(scope: Scope | undefined): readonly string[] {
  if (scope === undefined) return [];
  const { repository, access, alsoPull } = scope;
  const also = alsoPull === undefined ? [] : [`repository:${alsoPull}:pull`];
  return [`repository:${repository}:${access === "push" ? "pull,push" : "pull"}`, ...also];
}

function basicHeader(credentials: Credentials | undefined): string | undefined {
  if (credentials === undefined || !("username" in credentials)) return undefined;
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
}

function preferred(challenges: readonly Challenge[]): Challenge | undefined {
  return challenges.find(({ scheme }) => scheme === "bearer") ?? challenges.find(({ scheme }) => scheme === "basic");
}
