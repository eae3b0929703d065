/** The registries of one job: one HTTP client, one set of tokens for each, and credentials for a single host. */
import { CountersignError } from "./core/errors.ts";
import { LIMITS } from "./core/limits.ts";
import type { RegistryReference } from "./core/reference.ts";
import type { Store } from "./core/store.ts";
import type { HttpClient } from "./net/http-client.ts";
import type { SetupOptions } from "./setup.ts";

type Env = Readonly<Record<string, string | undefined>>;

interface OpenRegistry {
  repository(name: string): Store;
}

/** Judging an image asks for three things at once and then for one: with two sockets for each image at work, none waits long. */
const SOCKETS_PER_REFERENCE = 2;

export class Registries {
  readonly #options: SetupOptions;
  readonly #env: Env;
  readonly #open = new Map<string, Promise<OpenRegistry>>();
  #client: Promise<HttpClient> | undefined;

  constructor(options: SetupOptions, env: Env) {
    this.#options = options;
    this.#env = env;
  }

  async open({ registry, repository }: RegistryReference): Promise<Store> {
    if (this.#options.offline === true) {
      throw new CountersignError("store/offline", `Cannot ask "${registry}": --offline was given`);
    }
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

  async #connect(registry: string): Promise<OpenRegistry> {
    const credentials = this.#credentialsFor(registry);
    const [{ openRegistry }, client] = await Promise.all([import("./registry/remote/store.ts"), (this.#client ??= this.#createClient())]);
    return openRegistry({
      registry,
      client,
      ...(credentials === undefined ? {} : { credentials }),
      ...(this.#options.tokenRealms === undefined ? {} : { tokenRealms: this.#options.tokenRealms }),
    });
  }

  /** Credentials that name no host go to one registry only: with a second one it cannot be told whose they are. */
  #credentialsFor(registry: string): { readonly username: string; readonly password: string } | undefined {
    const username = this.#options.username ?? this.#env["COUNTERSIGN_REGISTRY_USERNAME"] ?? "";
    const password = this.#options.password ?? this.#env["COUNTERSIGN_REGISTRY_PASSWORD"] ?? "";
    if (username === "" && password === "") return undefined;
    const other = [...this.#open.keys()].find((name) => name !== registry);
    if (other !== undefined) {
      throw new CountersignError(
        "usage/invalid",
        `Cannot use one user name for both "${other}" and "${registry}": it would be sent to the wrong one`,
        { remedy: "run the command once for each registry" },
      );
    }
    return { username, password };
  }

  async #createClient(): Promise<HttpClient> {
    const { createHttpClient } = await import("./net/http-client.ts");
    const { insecureRegistries, registryCa, trace, concurrency } = this.#options;
    const ca = registryCa === undefined ? undefined : await loadNamedText(registryCa);
    return createHttpClient({
      ...(concurrency === undefined ? {} : { socketsPerHost: concurrency * SOCKETS_PER_REFERENCE }),
      ...(insecureRegistries === undefined ? {} : { insecureHosts: insecureRegistries }),
      ...(ca === undefined ? {} : { ca }),
      ...(trace === undefined
        ? {}
        : {
            trace: ({ method, url, status, bytes, ms }) =>
              trace(`${method} ${url} ${status === 0 ? "no answer" : status} ${bytes} bytes ${ms.toFixed(1)} ms`),
            traceRetry: ({ what, why, waitMs, next, tries }) =>
              trace(`${what}: ${why}; try ${next} of ${tries} in ${waitMs.toFixed(0)} ms`),
          }),
    });
  }
}

async function loadNamedText(file: string): Promise<string> {
  const { loadNamedFile } = await import("./files/named.ts");
  return Buffer.from(await loadNamedFile(file, { maxBytes: LIMITS.keyFileBytes })).toString("utf8");
}
