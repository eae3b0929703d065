/** URLs as they may be shown: host, path, and only those query values that cannot be a secret. */

// Upload URLs and signed blob URLs carry their permission in the query.
const HARMLESS = new Set(["digest", "artifactType", "n", "last", "scope", "service"]);

export function showUrl(url: URL): string {
  const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${HARMLESS.has(name) ? encode(value) : "…"}`);
  return `${url.host}${url.pathname}${query.length === 0 ? "" : `?${query.join("&")}`}`;
}

/** Decoded, a value with `&` in it would read as another; digests and media types stay readable. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll("%3A", ":").replaceAll("%2F", "/");
}
