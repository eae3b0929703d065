/** Where a registry answers: what references call it is not always a host. The launcher loads this, so it imports nothing. */

/** Source: the Docker Hub's documentation; references write `docker.io`. */
const API_HOSTS: Readonly<Record<string, string>> = { "docker.io": "registry-1.docker.io" };

/** `registry` is `host[:port]` as in references. */
export function apiHostOf(registry: string): string {
  return API_HOSTS[registry] ?? registry;
}
