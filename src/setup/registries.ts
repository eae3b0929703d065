/** The registries of one job: one HTTP client, one set of tokens for each, and for each its own credentials. */
import { CountersignError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { RegistryReference } from "../core/reference.ts";
import { quoteWord } from "../core/shell.ts";
import type { Store } from "../core/store.ts";
import type { HttpClient, HttpClientOptions } from "../net/http-client.ts";
import type { Retry } from "../net/retry.ts";
import type { Credentials, CredentialSource } from "../registry/credentials/credentials.ts";
import type { StoredCredentials, StoredPlace } from "../registry/credentials/stored.ts";
import type { TokenRealms } from "../registry/credentials/token-realms.ts";
import type { RemoteOptions, SignedIn } from "../registry/remote/api.ts";
import type { SetupOptions } from "../setup.ts";
import { findAuthFiles, type Paths } from "./paths.ts";

type Env = Readonly<Record<string, string | undefined>>;

interface OpenRegistry {
  repository(name: string): Store;
}

export interface LoginOptions {
  /** Whether the password may go to this token server on another host. */
  readonly confirmRealm?: ((host: string) => Promise<boolean>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LoggedIn extends SignedIn {
  readonly username: string;
  readonly kept: StoredPlace;
}

/** Judging an image asks for three things at once and then for one: with two sockets for each image at work, none waits long. */
const SOCKETS_PER_REFERENCE = 2;

export class Registries {
  readonly #options: SetupOptions;
  readonly #env: Env;
  readonly #paths: Paths;
  readonly #open = new Map<string, Promise<OpenRegistry>>();
  #client: Promise<HttpClient> | undefined;
  #stored: Promise<StoredCredentials> | undefined;
  readonly retry: Retry = async (attempt, tried) => (await this.#openClient()).retry(attempt, tried);

  constructor(options: SetupOptions, { env, paths }: { readonly env: Env; readonly paths: Paths }) {
    this.#options = options;
    this.#env = env;
    this.#paths = paths;
  }

  async open({ registry, repository }: RegistryReference): Promise<Store> {
    this.#refuseOffline(registry);
    let opened = this.#open.get(registry);
    if (opened === undefined) {
      opened = this.#connect(registry);
      this.#open.set(registry, opened);
    }
    return (await opened).repository(repository);
  }

  close(): void {
    // Whoever failed to make the client has been told; there is nothing to close then.
    this.#client?.then(
      (client) => client.close(),
      () => undefined,
    );
  }

  /** Asks the registry whether the user name and password given are right, and keeps them. */
  async login(registry: string, { confirmRealm, signal }: LoginOptions = {}): Promise<LoggedIn> {
    this.#refuseOffline(registry);
    const credentials = this.#given(registry);
    if (credentials === undefined) throw new CountersignError("usage/invalid", `Cannot log in to "${registry}": no user name was given`);
    let agreed: string | undefined;
    const options = await this.#remoteOptions(registry, {
      credentials: () => Promise.resolve(credentials),
      confirmRealm: async (host) => {
        if (this.#options.tokenRealms?.includes(host) !== true && (await confirmRealm?.(host)) !== true) return false;
        agreed = host;
        return true;
      },
    });
    const { Registry } = await import("../registry/remote/api.ts");
    const signedIn = await new Registry(options).signIn(signal);
    const kept = await (await this.#openStored()).keep(registry, credentials);
    if (agreed !== undefined) await (await this.#openRealms()).keep(registry, agreed);
    return { ...signedIn, kept, username: credentials.username };
  }

  /** Where the credentials were that are no longer there. */
  async logout(registry: string): Promise<readonly string[]> {
    const places = await (await this.#openStored()).remove(registry);
    await (await this.#openRealms()).forget(registry);
    return places;
  }

  async #connect(registry: string): Promise<OpenRegistry> {
    const given = this.#given(registry);
    const [{ openRegistry }, options] = await Promise.all([
      import("../registry/remote/store.ts"),
      this.#remoteOptions(registry, {
        // Files are read and helpers run only for a registry that asks: most verifying is anonymous.
        credentials: async (repository) => given ?? (await this.#openStored()).find(registry, repository),
        confirmRealm: async (host) => this.#options.tokenRealms?.includes(host) === true,
      }),
    ]);
    return openRegistry(options);
  }

  async #remoteOptions(
    registry: string,
    { credentials, confirmRealm }: { readonly credentials: CredentialSource; readonly confirmRealm: (host: string) => Promise<boolean> },
  ): Promise<RemoteOptions> {
    const client = await this.#openClient();
    const trustsRealm = async (host: string): Promise<boolean> =>
      (await (await this.#openRealms()).of(registry)).includes(host) || confirmRealm(host);
    return { registry, client, credentials, trustsRealm };
  }

  #openClient(): Promise<HttpClient> {
    return (this.#client ??= openHttpClient(this.#options, { env: this.#env }));
  }

  #refuseOffline(registry: string): void {
    if (this.#options.offline === true) throw new CountersignError("store/offline", `Cannot ask "${registry}": --offline was given`);
  }

  #openStored(): Promise<StoredCredentials> {
    return (this.#stored ??= import("../registry/credentials/stored.ts").then(
      ({ StoredCredentials: Stored }) => new Stored({ files: findAuthFiles(this.#env), env: this.#env }),
    ));
  }

  async #openRealms(): Promise<TokenRealms> {
    const { TokenRealms: Realms } = await import("../registry/credentials/token-realms.ts");
    return new Realms(this.#paths.tokenRealms);
  }

  /** Credentials that name no host go to one registry only: with a second one it cannot be told whose they are. */
  #given(registry: string): (Credentials & { readonly username: string; readonly password: string }) | undefined {
    const username = this.#options.username ?? this.#env["COUNTERSIGN_REGISTRY_USERNAME"] ?? "";
    const password = this.#options.password ?? this.#env["COUNTERSIGN_REGISTRY_PASSWORD"] ?? "";
    if (username === "" && password === "") return undefined;
    if (username === "" || (password === "" && this.#options.password === undefined)) throw halfGiven(registry, username === "");
    const other = [...this.#open.keys()].find((name) => name !== registry);
    if (other !== undefined) {
      throw new CountersignError(
        "usage/invalid",
        `Cannot use one user name for both "${other}" and "${registry}": it would be sent to the wrong one`,
        {
          remedy: `\`countersign login ${quoteWord(other)}\` and \`countersign login ${quoteWord(registry)}\` keep those of each (one that asks for none needs none); then give no user name here`,
        },
      );
    }
    const source = this.#options.username === undefined ? { source: "COUNTERSIGN_REGISTRY_USERNAME" } : {};
    return { username, password, ...source, isGiven: true };
  }
}

type ClientOptions = Pick<SetupOptions, "insecureRegistries" | "registryCa" | "trace" | "concurrency">;

/** As everything that is asked over HTTP wants it: the environment's proxies, the roots that were given, each request told. */
export async function openHttpClient(
  { insecureRegistries = [], registryCa, trace, concurrency }: ClientOptions,
  { env, insecureHosts = insecureRegistries, ...limits }: { readonly env: Env } & Pick<HttpClientOptions, "insecureHosts" | "deadlineMs">,
): Promise<HttpClient> {
  const [{ createHttpClient }, { proxiesOf }] = await Promise.all([import("../net/http-client.ts"), import("../net/proxy.ts")]);
  const ca = registryCa === undefined ? undefined : await loadNamedText(registryCa);
  return createHttpClient({
    proxyFor: proxiesOf(env),
    insecureHosts,
    ...limits,
    ...(concurrency === undefined ? {} : { socketsPerHost: concurrency * SOCKETS_PER_REFERENCE }),
    ...(ca === undefined ? {} : { ca }),
    ...(trace === undefined
      ? {}
      : {
          trace: ({ method, url, status, bytes, ms }) =>
            trace(`${method} ${url} ${status === 0 ? "no answer" : status} ${bytes} bytes ${ms.toFixed(1)} ms`),
          traceRetry: ({ what, why, waitMs, next, tries }) => trace(`${what}: ${why}; try ${next} of ${tries} in ${waitMs.toFixed(0)} ms`),
        }),
  });
}

function halfGiven(registry: string, isNameMissing: boolean): CountersignError {
  const names = ["COUNTERSIGN_REGISTRY_USERNAME", "COUNTERSIGN_REGISTRY_PASSWORD"] as const;
  const [missing, given] = isNameMissing ? names : names.toReversed();
  return new CountersignError("usage/invalid", `Cannot sign in to "${registry}": ${given} is set and ${missing} is not`, {
    remedy: `set ${missing} too, or unset ${given}`,
  });
}

async function loadNamedText(file: string): Promise<string> {
  const { loadNamedFile } = await import("../files/named.ts");
  return Buffer.from(await loadNamedFile(file, { maxBytes: LIMITS.keyFileBytes })).toString("utf8");
}
