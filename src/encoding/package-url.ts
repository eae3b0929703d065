/** Package URLs, taken apart as any tool writes them. Source: package-url/purl-spec. */

interface PackageUrlParts {
  /** In small letters. */
  readonly type: string;
  /** Namespace and name, decoded. */
  readonly path: string;
  /** Decoded; absent where there is no `@`. */
  readonly version?: string;
  /** Qualifiers as they are written. */
  readonly query: string;
}

/** Slashes and blanks too many change nothing. `undefined` for what is no package URL, or cannot be decoded. */
export function splitPackageUrl(text: string): PackageUrlParts | undefined {
  const [, type = "", rest = "", query = ""] = /^pkg:\/*([a-z][a-z0-9.+-]*)\/([^?#]+)(?:\?([^#]*))?/i.exec(text.trim()) ?? [];
  const whole = rest.replace(/^[/\s]+|[/\s]+$/g, "");
  // A scope begins with @, which some write as it is.
  const at = whole.lastIndexOf("@");
  const hasVersion = at > 0 && !whole.slice(at).includes("/");
  const path = decode(hasVersion ? whole.slice(0, at) : whole);
  const version = hasVersion ? decode(whole.slice(at + 1)) : undefined;
  if (path === undefined || path === "" || (hasVersion && version === undefined)) return undefined;
  return { type: type.toLowerCase(), path, query, ...(version === undefined ? {} : { version: version.trim() }) };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
