/** References: the name of an image, parsed once and never a string again. */
import { type Digest, tryParseDigest, whyNoDigest } from "./digest.ts";
import { CountersignError } from "./errors.ts";
import { quoteWord } from "./shell.ts";

/** `registry/repository[:tag][@digest]`; with both tag and digest, the digest decides. */
export interface RegistryReference {
  readonly kind: "registry";
  /** Host and port in the one spelling that each has; `docker.io` for Docker Hub. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** `oci:DIR[:tag|@digest]`: an OCI image layout folder. */
interface LayoutReference {
  readonly kind: "layout";
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** `oci-archive:FILE[:tag|@digest]`: an OCI image layout in one tar file. */
interface ArchiveReference {
  readonly kind: "archive";
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

export type Reference = RegistryReference | LayoutReference | ArchiveReference;

/** How a reference to each kind of place begins. */
const PREFIXES = { registry: "", layout: "oci:", archive: "oci-archive:" } as const;

// Source: distribution/reference's grammar, and the distribution-spec 1.1, "Pulling manifests".
const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const MAX_LENGTH = 4096;

/** `host[:port]`, as references and policies write it. */
export function isRegistryHost(text: string): boolean {
  return HOST.test(text);
}

export function isRepositoryName(text: string): boolean {
  return REPOSITORY.test(text);
}

/** `host:port`, `host.tld` or `localhost`. Docker would take it for an image of the Docker Hub, where none is called so. */
export function isHostAlone(text: string): boolean {
  const host = text.replace(/:[0-9]+$/, "");
  return isRegistryHost(text) && (host === "localhost" || /[.[]/.test(host));
}

export function parseReference(text: string): Reference {
  if (text.length > MAX_LENGTH) throw invalid(`${text.slice(0, 64)}…`, "it is too long");
  if (text.startsWith(PREFIXES.layout)) return { kind: "layout", ...parsePath(text, PREFIXES.layout) };
  if (text.startsWith(PREFIXES.archive)) return { kind: "archive", ...parsePath(text, PREFIXES.archive) };
  if (text.includes("://")) throw invalid(text, "a reference has no scheme", text.replace(/^[a-z]+:\/\//, ""));
  const reference = parseRegistry(text);
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: "latest" } : reference;
}

/** As `parseReference`, for a place to write to: it has no tag unless one is written. */
export function parseDestination(text: string): Reference {
  const reference = parseReference(text);
  return reference.kind === "registry" ? parseRegistry(text) : reference;
}

function parseRegistry(text: string): RegistryReference {
  const { name, digest } = splitDigest(text, text);
  const colon = name.lastIndexOf(":");
  const tagged = colon > name.lastIndexOf("/");
  const tag = tagged ? checkTag(name.slice(colon + 1), text) : undefined;
  const path = tagged ? name.slice(0, colon) : name;
  // No registry is called so.
  if (isHostAlone(name) && name.endsWith(".tar")) throw invalid(text, "it is the name of a file", `${PREFIXES.archive}${text}`);
  if (isHostAlone(name)) {
    throw invalid(
      text,
      "it is a registry's host, and names no repository of it",
      `${name}/repository:tag; \`countersign doctor ${name}\` looks at the registry`,
    );
  }
  if (/^(?:[.~]|\/)/.test(text))
    throw invalid(text, "it is a path", `${path.endsWith(".tar") ? PREFIXES.archive : PREFIXES.layout}${text}`);

  const slash = path.indexOf("/");
  const first = slash < 0 ? "" : path.slice(0, slash);
  // As Docker decides, but for a word in capitals: in the lower case of hosts it would be a repository of the Docker Hub.
  const isHost = /[.:[]/.test(first) || first.toLowerCase() === "localhost";
  let registry = isHost
    ? spellHost(first, (why) => {
        throw invalid(text, why);
      })
    : "docker.io";
  if (registry === "index.docker.io" || registry === "registry-1.docker.io") registry = "docker.io";
  let repository = isHost ? path.slice(slash + 1) : path;
  if (registry === "docker.io" && repository !== "" && !repository.includes("/")) repository = `library/${repository}`;

  if (!isRepositoryName(repository)) {
    const lower = `${path.toLowerCase()}${text.slice(path.length)}`;
    if (!isRepositoryName(repository.toLowerCase())) throw invalid(text, `"${repository}" is not a repository name`);
    // A word in capitals alone is a placeholder, or a slip, rather than an image of the Docker Hub.
    throw invalid(text, "a repository is written in lower case", slash > 0 && isReference(lower) ? lower : undefined);
  }
  if (registry.length + repository.length > 255) throw invalid(text, "registry and repository are longer than 255 characters");
  return {
    kind: "registry",
    registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/**
 * A host has many spellings (`127.1`, `0x7f.0.0.1`, `[0::1]`, port `0443`), and connections are made by what they mean.
 * A policy's statement for one must not be escaped by another, so only one is kept.
 */
export function spellHost(written: string, refuse: (why: string) => never): string {
  const host = written.toLowerCase();
  const port = /:([0-9]+)$/.exec(host)?.[1];
  if (port !== undefined && (Number(port) > 65_535 || Number(port) === 0)) return refuse(`${port} is not a port`);
  if (!isRegistryHost(host) || !URL.canParse(`https://${host}`)) return refuse(`"${host}" is not a host name`);
  const spelled = new URL(`https://${host}`).host;
  // Port 443 is what a host without a port has, except on this machine, which is spoken to in plain HTTP.
  return port !== undefined && !/:[0-9]+$/.test(spelled) && isThisMachine(spelled) ? `${spelled}:443` : spelled;
}

/** As `isLoopback` of net; a reference is read before anything is connected, and must not wait for it to be loaded. */
function isThisMachine(host: string): boolean {
  return /^(?:127\.[0-9.]+|\[::1\]|(?:.+\.)?localhost)$/.test(host);
}

function parsePath(text: string, prefix: string): Omit<LayoutReference, "kind"> {
  const { name, digest } = splitDigest(text.slice(prefix.length), text);
  const colon = name.lastIndexOf(":");
  // A colon before a path separator belongs to the path (`C:\images`).
  const tagged = colon > Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) && colon > 0;
  const path = tagged ? name.slice(0, colon) : name;
  if (path === "" || path.startsWith(":") || /\p{Cc}/u.test(path)) throw invalid(text, "it names no path, or one with control characters");
  return {
    path,
    ...(tagged ? { tag: checkTag(name.slice(colon + 1), text) } : {}),
    ...(digest === undefined ? {} : { digest }),
  };
}

function splitDigest(name: string, text: string): { name: string; digest?: Digest } {
  const at = name.lastIndexOf("@");
  if (at < 0) return { name };
  const written = name.slice(at + 1);
  const digest = tryParseDigest(written);
  if (digest !== undefined) return { name: name.slice(0, at), digest };
  const why = `"${written}" is not a digest: ${whyNoDigest(written)}`;
  const place = text.slice(0, text.length - written.length - 1);
  const lower = written.toLowerCase();
  if (tryParseDigest(lower) !== undefined) throw invalid(text, why, `${place}@${lower}`);
  throw invalid(text, why, isReference(place) ? `\`countersign tree ${quoteWord(place)}\` shows the digest` : undefined);
}

function checkTag(tag: string, text: string): string {
  if (!TAG.test(tag)) throw invalid(text, `"${tag}" is not a tag`);
  return tag;
}

function invalid(text: string, why: string, remedy?: string): CountersignError {
  return new CountersignError("reference/invalid", `Cannot read reference "${text}": ${why}`, remedy === undefined ? {} : { remedy });
}

/** True for a reference to Docker Hub that does not name it: `alpine:3` is docker.io/library/alpine:3. */
export function isShortName(text: string): boolean {
  const reference = tryParseReference(text);
  return reference?.kind === "registry" && reference.registry === "docker.io" && !/^[^/]*docker\.io\//i.test(text);
}

function isReference(text: string): boolean {
  return tryParseReference(text) !== undefined;
}

export function tryParseReference(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch (error) {
    if (error instanceof CountersignError) return undefined;
    throw error;
  }
}

/** The reference in full, as it is shown. */
export function formatReference(reference: Reference): string {
  const name = repositoryOf(reference);
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${PREFIXES[reference.kind]}${name}${tag}${digest}`;
}

/** Registry and repository, or a path: what a policy's scope names. */
export function repositoryOf(reference: Reference): string {
  return reference.kind === "registry" ? `${reference.registry}/${reference.repository}` : reference.path;
}

/** The same place, named by digest alone. */
export function pinReference(reference: Reference, digest: Digest): Reference {
  const { tag: _, ...place } = reference;
  return { ...place, digest };
}
