/** Package URLs as far as a policy compares them: type, namespace and name, and the version. Source: purl-spec. */
import { splitPackageUrl } from "../../encoding/package-url.ts";

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
  const parts = splitPackageUrl(text);
  if (parts === undefined) return undefined;
  const { type, path, version = "" } = parts;
  if (/\p{C}/u.test(`${path}${version}`)) return undefined;
  const segments = path
    .split("/")
    .map((segment) => segment.trim())
    .filter((segment) => segment !== "");
  if (segments.length === 0) return undefined;
  return { name: spell(type, segments.join("/")), ...(version === "" ? {} : { version }) };
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

/** Whether `found` is `wanted`, which is every version of it unless it names one. `undefined` where the version is not said. */
export function isPackage(wanted: PackageUrl, found: PackageUrl): boolean | undefined {
  if (wanted.name !== found.name) return false;
  if (wanted.version === undefined) return true;
  return found.version === undefined ? undefined : wanted.version === found.version;
}
