/** Answers a registry's challenges: anonymous, Basic, or a Bearer token fetched from its realm. */
import { monotonicMs } from "../../core/clock.ts";
import { isObject } from "../../core/descriptor.ts";
import { CountersignError } from "../../core/errors.ts";
import type { HttpClient, HttpRequest, HttpResponse } from "../../net/http-client.ts";
import { answerError, decodeAnswer } from "./answer-error.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { checkTokenRealm, type RealmRule } from "./token-realm.ts";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What a request is for; a token for `push` serves `pull` too. */
export interface Scope {
  readonly repository: string;
  readonly access: "pull" | "push";
}

export interface AuthorizerOptions extends RealmRule {
  readonly client: HttpClient;
  /** Bound to this one registry. */
  readonly credentials?: Credentials | undefined;
}

const TOKEN_BYTES = 65_536;
/** The specification's lifetime for a token that names none, in seconds. */
const DEFAULT_LIFETIME = 60;

interface Token {
  readonly header: string;
  /** In seconds. */
  readonly lifetime: number;
}

interface CachedToken {
  readonly token: Promise<Token>;
  /** On the clock of `monotonicMs()`; `Infinity` until the answer is there. */
  expires: number;
}

/** Shared by all repositories of one registry: what was learnt from one challenge spares the others theirs. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #tokens = new Map<string, CachedToken>();
  #challenge: Challenge | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** Sends, and once more with an answer if the registry asks for one. A 401 that stays is returned. */
  async send(request: HttpRequest, scope: Scope): Promise<HttpResponse> {
    // Whoever builds a URL from a registry's answer has refused other origins before; this is the last lock.
    if (request.url.origin !== this.#options.origin.origin)
      throw new TypeError(`a request for ${request.url.origin} must not carry credentials`);
    const tried = this.#challenge === undefined ? undefined : await this.#answer(this.#challenge, { scope, signal: request.signal });
    const response = await this.#sendWith(request, tried);
    if (response.status !== 401) return response;
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
    asked: { scope: Scope; refused?: string | undefined; signal: AbortSignal | undefined },
  ): Promise<string | undefined> {
    if (challenge.scheme === "basic") return this.#basic();
    const { repository, access } = asked.scope;
    const held = [`${repository} push`, `${repository} ${access}`]
      .map((key) => this.#tokens.get(key))
      .find((token) => token !== undefined && token.expires > monotonicMs());
    if (held !== undefined) {
      const { header } = await held.token;
      if (header !== asked.refused) return header;
    }
    return this.#renew(challenge, asked);
  }

  /** One exchange for all who wait for the same scope. */
  async #renew(challenge: Challenge, asked: { scope: Scope; signal: AbortSignal | undefined }): Promise<string> {
    const key = `${asked.scope.repository} ${asked.scope.access}`;
    const entry: CachedToken = { token: this.#fetchToken(challenge, asked), expires: Infinity };
    this.#tokens.set(key, entry);
    try {
      const { header, lifetime } = await entry.token;
      entry.expires = monotonicMs() + lifetime * 900;
      return header;
    } catch (error) {
      this.#tokens.delete(key);
      throw error;
    }
  }

  async #fetchToken(challenge: Challenge, asked: { scope: Scope; signal: AbortSignal | undefined }): Promise<Token> {
    const { client, registry } = this.#options;
    const url = checkTokenRealm(challenge.parameters["realm"], this.#options);
    const service = challenge.parameters["service"];
    if (service !== undefined) url.searchParams.set("service", service);
    // Our own scope, not the challenge's: the registry must not widen what is asked for in the user's name.
    url.searchParams.set("scope", `repository:${asked.scope.repository}:${asked.scope.access === "push" ? "pull,push" : "pull"}`);
    const basic = this.#basic();
    const headers = basic === undefined ? {} : { authorization: basic };
    const response = await client.request({ method: "GET", url, headers, maxBytes: TOKEN_BYTES, signal: asked.signal });
    if (response.status !== 200)
      throw answerError(response, { action: `get a token for "${registry}" from "${url.host}"`, hadCredentials: basic !== undefined });
    const answer = decodeAnswer(response, { action: `get a token for "${registry}" from "${url.host}"`, maxBytes: TOKEN_BYTES });
    const token = isObject(answer) ? (answer["token"] ?? answer["access_token"]) : undefined;
    if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) {
      throw new CountersignError("store/invalid-answer", `Cannot get a token for "${registry}" from "${url.host}": the answer holds none`);
    }
    const lifetime = isObject(answer) ? answer["expires_in"] : undefined;
    return { header: `Bearer ${token}`, lifetime: typeof lifetime === "number" && lifetime > 0 ? lifetime : DEFAULT_LIFETIME };
  }

  #basic(): string | undefined {
    const { credentials } = this.#options;
    return credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
  }
}

function preferred(challenges: readonly Challenge[]): Challenge | undefined {
  return challenges.find(({ scheme }) => scheme === "bearer") ?? challenges.find(({ scheme }) => scheme === "basic");
}
