/** Package URLs as far as a policy compares them: type, namespace and name, and the version. Source: purl-spec. */

export interface PackageUrl {
  /** `npm/%40scope/name` as it is compared: decoded, and in the spelling that its type knows as one. */
  readonly name: string;
  readonly version?: string;
}

/** `undefined` for what is no package URL. */
export function parsePackageUrl(text: string): PackageUrl | undefined {
  const match = /^pkg:\/{0,2}([A-Za-z][A-Za-z0-9.+-]*)\/([^?#]+)/.exec(text);
  const [, type = "", rest = ""] = match ?? [];
  const path = rest.replace(/^\/+|\/+$/g, "");
  // A scope begins with @, which some write as it is.
  const at = path.lastIndexOf("@");
  const hasVersion = at > 0 && !path.slice(at).includes("/");
  const segments = (hasVersion ? path.slice(0, at) : path).split("/").filter((segment) => segment !== "");
  const names = segments.map(decode);
  const version = hasVersion ? decode(path.slice(at + 1)) : undefined;
  if (names.length === 0 || /[*{}\s]/.test(path) || names.includes(undefined) || (hasVersion && (version === undefined || version === "")))
    return undefined;
  const name = spell(type.toLowerCase(), names.join("/"));
  return { name, ...(version === undefined ? {} : { version }) };
}

/** Types whose names are the same in capitals; Python's are one, however they are joined. */
const CASELESS = new Set(["bitbucket", "composer", "deb", "apk", "github", "golang", "hex", "npm", "nuget", "oci", "pub", "rpm"]);

function spell(type: string, name: string): string {
  if (type === "pypi") return `pypi/${name.toLowerCase().replaceAll(/[-_.]+/g, "-")}`;
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
