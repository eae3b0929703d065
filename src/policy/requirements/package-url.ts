/** Package URLs as far as a policy compares them: type, namespace and name, and the version. Source: purl-spec. */

export interface PackageUrl {
  /** `npm/%40scope/name` as it is compared: decoded, and in the spelling that its type knows as one. */
  readonly name: string;
  readonly version?: string;
}

/** As a policy writes one. `undefined` for what is none. */
export function parsePackageUrl(text: string): PackageUrl | undefined {
  return /^pkg:\/{0,2}[a-z]/i.test(text) && !/[*{}\s]/.test(text.replace(/[?#].*$/s, "")) && !hasEmptyVersion(text)
    ? readPackageUrl(text)
    : undefined;
}

/**
 * As any tool writes one: blanks and slashes too many, and signs that need not be encoded, change nothing. For what is
 * denied, where a spelling that is passed over would be a way around it. `undefined` for what cannot be told.
 */
export function readPackageUrl(text: string): PackageUrl | undefined {
  const [, type = "", rest = ""] = /^pkg:\/*([a-z][a-z0-9.+-]*)\/([^?#]+)/i.exec(text.trim()) ?? [];
  const path = rest.replace(/^[/\s]+|[/\s]+$/g, "");
  // A scope begins with @, which some write as it is.
  const at = path.lastIndexOf("@");
  const hasVersion = at > 0 && !path.slice(at).includes("/");
  const name = decode(hasVersion ? path.slice(0, at) : path);
  const version = hasVersion ? decode(path.slice(at + 1))?.trim() : undefined;
  if (name === undefined || (hasVersion && version === undefined) || /\p{C}/u.test(`${name}${version ?? ""}`)) return undefined;
  const segments = name
    .split("/")
    .map((segment) => segment.trim())
    .filter((segment) => segment !== "");
  if (segments.length === 0) return undefined;
  return { name: spell(type.toLowerCase(), segments.join("/")), ...(version === undefined || version === "" ? {} : { version }) };
}

function hasEmptyVersion(text: string): boolean {
  return /@(?:[?#].*)?$/s.test(text);
}

/** Types whose names are the same in capitals; Python's and Rust's are one, however they are joined. */
const CASELESS = new Set("apk bitbucket composer deb docker github golang hex npm nuget oci pub rpm swift".split(" "));

function spell(type: string, name: string): string {
  if (type === "pypi") return `pypi/${name.toLowerCase().replaceAll(/[-_.]+/g, "-")}`;
  if (type === "cargo") return `cargo/${name.toLowerCase().replaceAll("_", "-")}`;
  return `${type}/${CASELESS.has(type) ? name.toLowerCase() : name}`;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Whether `found` is `wanted`, which is every version of it unless it names one. `undefined` where the version is not said. */
export function isPackage(wanted: PackageUrl, found: PackageUrl): boolean | undefined {
  if (wanted.name !== found.name) return false;
  if (wanted.version === undefined) return true;
  return found.version === undefined ? undefined : wanted.version === found.version;
}
