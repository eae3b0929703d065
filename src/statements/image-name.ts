/** Which repository a material of a build is, if it is an image: builders write package URLs, or the reference itself. */
import { tryParseReference } from "../core/reference.ts";

/**
 * `host/path`, as references are spelled; `undefined` for what is no image of a registry. Source: BuildKit and SLSA's
 * container builders write `pkg:docker/NAME@TAG`, purl-spec's type `oci` has `repository_url`.
 */
export function repositoryOfMaterial(uri: string): string | undefined {
  const [, type, rest = ""] = /^pkg:(docker|oci)\/([^]*)$/i.exec(uri) ?? [];
  const named = type === undefined ? uri.replace(/^(?:docker|oci):\/\//i, "") : nameInPurl(type.toLowerCase(), rest);
  if (named === undefined || /^[a-z0-9+.-]+:\/\//i.test(named)) return undefined;
  const reference = tryParseReference(named.replace(/@sha256:[0-9a-f]{64}$/, ""));
  return reference?.kind === "registry" ? `${reference.registry}/${reference.repository}` : undefined;
}

function nameInPurl(type: string, rest: string): string | undefined {
  const [path = "", query = ""] = rest.split("#")[0]?.split("?") ?? [];
  const name = decode(path.replace(/@[^@/]*$/, ""));
  const qualifiers = new URLSearchParams(query);
  const url = qualifiers.get("repository_url");
  if (type === "docker") return url === null ? name : `${url.replace(/^https?:\/\//, "").replace(/\/$/, "")}/${name ?? ""}`;
  // The name is only the last segment of what the qualifier says whole.
  return url === null ? undefined : url.replace(/^https?:\/\//, "");
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
