/** `host[:port]` on the command line: a registry, as references name it. */
import { CountersignError } from "../core/errors.ts";
import { isRegistryHost } from "../core/reference.ts";
import { quoteWord } from "../core/shell.ts";
import { hostOf } from "./host.ts";
import { registryOfKey } from "../registry/credentials/keys.ts";

/** Docker's old way of writing it, as a URL, is understood. */
export function parseRegistryArgument(text: string): string {
  const registry = registryOfKey(hostOf(text));
  if (isRegistryHost(registry) && URL.canParse(`https://${registry}`)) return registry;
  const host = registry.replace(/\/.*$/, "");
  throw new CountersignError("usage/invalid", `Cannot read "${text}" as a registry: it is not host[:port]`, {
    remedy: isRegistryHost(host) ? `countersign COMMAND ${quoteWord(host)}` : "registry.example, or docker.io for Docker Hub",
  });
}
