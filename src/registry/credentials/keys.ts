/** How auth files and helpers call a registry. */

/** Docker's name for the Docker Hub. Source: docker/cli, `registry.IndexServer`. */
const DOCKER_HUB_KEY = "https://index.docker.io/v1/";
const DOCKER_HUB_HOSTS: ReadonlySet<string> = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);

/** The key that Docker stores a registry under, and asks helpers for. */
export function serverKeyOf(registry: string): string {
  return registry === "docker.io" ? DOCKER_HUB_KEY : registry;
}

/** The registry that a key is for, as references write it. Old keys are URLs; `host/namespace` stays what it is, and is no registry. */
export function registryOfKey(key: string): string {
  const address = key.replace(/^https?:\/\//i, "");
  const host = (address === key ? address : address.replace(/\/.*$/, "")).toLowerCase();
  return DOCKER_HUB_HOSTS.has(host) ? "docker.io" : host;
}

/** `host/a/b`, `host/a`: Podman's keys for a part of a registry, the longest first. Source: containers-auth.json(5). */
export function namespaceKeysOf(registry: string, repository: string): readonly string[] {
  const parts = repository.split("/");
  return parts.map((_, index) => [registry, ...parts.slice(0, parts.length - index)].join("/"));
}
