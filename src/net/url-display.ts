/** URLs as they may be shown: host, path, and only those query values that cannot be a secret. */

// Upload URLs and signed blob URLs carry their permission in the query.
const HARMLESS = new Set(["digest", "artifactType", "n", "last", "scope", "service"]);

export function showUrl(url: URL): string {
  const query = [...url.searchParams].map(([name, value]) => `${name}=${HARMLESS.has(name) ? value : "…"}`);
  return `${url.host}${url.pathname}${query.length === 0 ? "" : `?${query.join("&")}`}`;
}
