/** Which repository a material of a build is, if it is an image: builders write package URLs, or the reference itself. */
import { tryParseReference } from "../core/reference.ts";
import { splitPackageUrl } from "../encoding/package-url.ts";

/**
 * `host/path`, as references are spelled; `undefined` for what is no image of a registry. Source: BuildKit and SLSA's
 * container builders write `pkg:docker/NAME@TAG`, purl-spec's type `oci` has `repository_url`.
 */
export function repositoryOfMaterial(uri: string): string | undefined {
  const named = /^pkg:/i.test(uri) ? nameInPurl(uri) : uri.replace(/^(?:docker|oci):\/\//i, "");
  if (named === undefined || /^[a-z0-9+.-]+:\/\//i.test(named)) return undefined;
  const reference = tryParseReference(named.replace(/@sha256:[0-9a-f]{64}$/, ""));
  return reference?.kind === "registry" ? `${reference.registry}/${reference.repository}` : undefined;
}

function nameInPurl(uri: string): string | undefined {
  const { type, path = "", query } = splitPackageUrl(uri) ?? {};
  const url = new URLSearchParams(query).get("repository_url")?.replace(/^https?:\/\//, "");
  if (type === "docker") return url === undefined ? path : `${url.replace(/\/$/, "")}/${path}`;
  // The name is only the last segment of what the qualifier says whole.
  return type === "oci" ? url : undefined;
}
