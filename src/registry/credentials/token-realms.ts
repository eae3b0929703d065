/** The token servers that a person has agreed to for a registry, kept in our own configuration folder. */
import { type JsonObject, loadJsonObject, updateJsonObject } from "./json-file.ts";
import { unusable } from "./credentials.ts";

export class TokenRealms {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** `host[:port]` of each. */
  async of(registry: string): Promise<readonly string[]> {
    return this.#hosts((await loadJsonObject(this.#path)) ?? {}, registry);
  }

  async keep(registry: string, host: string): Promise<void> {
    if ((await this.of(registry)).includes(host)) return;
    await updateJsonObject(this.#path, (before) => ({ ...before, [registry]: [...this.#hosts(before, registry), host] }));
  }

  async forget(registry: string): Promise<void> {
    if ((await this.of(registry)).length === 0) return;
    await updateJsonObject(this.#path, (before) => Object.fromEntries(Object.entries(before).filter(([name]) => name !== registry)));
  }

  #hosts(document: JsonObject, registry: string): readonly string[] {
    const hosts = Object.hasOwn(document, registry) ? document[registry] : [];
    if (Array.isArray(hosts) && hosts.every((host) => typeof host === "string")) return hosts;
    throw unusable(`read "${this.#path}"`, `what it says of "${registry}" is no list of hosts`);
  }
}
