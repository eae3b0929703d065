/** The registry credentials that are stored on this machine: found, kept and removed as Docker and Podman do. */
import { type AuthFile, credentialsIn, helperOf, keyIn, loadAuthFile } from "./auth-file.ts";
import type { Credentials } from "./credentials.ts";
import { type Helper, openHelper } from "./helper.ts";
import { monotonicMs } from "../../core/clock.ts";
import { isObject } from "../../core/descriptor.ts";
import { type JsonObject, updateJsonObject } from "./json-file.ts";
import { registryOfKey, serverKeyOf } from "./keys.ts";

export interface StoredOptions {
  /** The files, in the order in which they are asked; a registry that none of them knows is kept in the last. */
  readonly files: readonly [string, ...string[]];
  /** For helpers. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly helperTimeoutMs?: number;
  /** Milliseconds for which an answer counts: passwords of cloud registries live for hours, and a library may run for longer. */
  readonly rememberMs?: number;
}

/** Time enough to unlock a keychain. */
const HELPER_TIMEOUT_MS = 60_000;
const REMEMBER_MS = 300_000;

interface NamedCredentials {
  readonly username: string;
  readonly password: string;
}

interface Remembered<T> {
  readonly answer: Promise<T>;
  /** On the clock of `monotonicMs()`. */
  readonly until: number;
}

export class StoredCredentials {
  readonly #options: StoredOptions;
  /** Each file is read once and each helper asked once, however many repositories ask. */
  readonly #loaded = new Map<string, Remembered<AuthFile | undefined>>();
  readonly #asked = new Map<string, Remembered<Credentials | undefined>>();

  constructor(options: StoredOptions) {
    this.#options = options;
  }

  /** The first that a file, or the helper that it names, has. */
  async find(registry: string, repository?: string): Promise<Credentials | undefined> {
    for (const path of this.#options.files) {
      const file = await this.#load(path);
      if (file === undefined) continue;
      const found = (await this.#askHelper(file, registry)) ?? credentialsIn(file, registry, repository);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Keeps them where `find` looks first: with the helper, else in the file that knows the registry. Says where, as a person knows it. */
  keep(registry: string, credentials: NamedCredentials): Promise<StoredPlace> {
    return this.#keep(registry, credentials).finally(() => this.#forget());
  }

  /** Removes the registry's own entries, everywhere that `find` would look. Says from where; nowhere if there was none. */
  remove(registry: string): Promise<readonly string[]> {
    return this.#remove(registry).finally(() => this.#forget());
  }

  async #keep(registry: string, credentials: NamedCredentials): Promise<StoredPlace> {
    const server = serverKeyOf(registry);
    const { files } = this.#options;
    let path = files.at(-1) ?? files[0];
    for (const candidate of files) {
      const file = await loadAuthFile(candidate);
      if (file === undefined) continue;
      const helper = this.#helper(file, registry);
      if (helper !== undefined) {
        await helper.store(server, credentials);
        return { name: helper.program, isPlainFile: false };
      }
      if (keyIn(file.auths, registry) !== undefined) {
        path = candidate;
        break;
      }
    }
    const auth = Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64");
    await updateJsonObject(path, (before) => ({ ...before, auths: { ...authsOf(before, registry), [server]: { auth } } }));
    return { name: path, isPlainFile: true };
  }

  async #remove(registry: string): Promise<readonly string[]> {
    const places: string[] = [];
    for (const path of this.#options.files) {
      const file = await loadAuthFile(path);
      if (file === undefined) continue;
      const helper = this.#helper(file, registry);
      if (helper !== undefined && (await helper.get(serverKeyOf(registry))) !== undefined) {
        await helper.erase(serverKeyOf(registry));
        places.push(helper.program);
      }
      if (keyIn(file.auths, registry) === undefined) continue;
      await updateJsonObject(path, (before) => ({ ...before, auths: authsOf(before, registry) }));
      places.push(path);
    }
    return places;
  }

  #load(path: string): Promise<AuthFile | undefined> {
    return this.#remember(this.#loaded, path, () => loadAuthFile(path));
  }

  #askHelper(file: AuthFile, registry: string): Promise<Credentials | undefined> {
    return this.#remember(this.#asked, `${file.path} ${registry}`, async () => this.#helper(file, registry)?.get(serverKeyOf(registry)));
  }

  #remember<T>(known: Map<string, Remembered<T>>, key: string, find: () => Promise<T>): Promise<T> {
    const held = known.get(key);
    if (held !== undefined && held.until > monotonicMs()) return held.answer;
    const { rememberMs = REMEMBER_MS } = this.#options;
    const asked = { answer: find(), until: monotonicMs() + rememberMs };
    known.set(key, asked);
    // Whoever has mended what was wrong need not wait.
    asked.answer.catch(() => known.get(key) === asked && known.delete(key));
    return asked.answer;
  }

  #forget(): void {
    this.#loaded.clear();
    this.#asked.clear();
  }

  #helper(file: AuthFile, registry: string): Helper | undefined {
    const name = helperOf(file, registry);
    if (name === undefined) return undefined;
    const { env, helperTimeoutMs = HELPER_TIMEOUT_MS } = this.#options;
    return openHelper({ name, file: file.path, env, timeoutMs: helperTimeoutMs });
  }
}

export interface StoredPlace {
  /** The file, or the helper program. */
  readonly name: string;
  /** Whoever can read the file can read the password. */
  readonly isPlainFile: boolean;
}

/** All entries but the registry's, under whichever of its names. */
function authsOf({ auths }: JsonObject, registry: string): JsonObject {
  return Object.fromEntries(Object.entries(isObject(auths) ? auths : {}).filter(([key]) => registryOfKey(key) !== registry));
}
