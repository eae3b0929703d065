/** Docker's `config.json` and Podman's `auth.json`: what they say about a registry. */
import { isObject } from "../../core/descriptor.ts";
import { type Credentials, unusable } from "./credentials.ts";
import { type JsonObject, loadJsonObject } from "./json-file.ts";
import { namespaceKeysOf, registryOfKey, serverKeyOf } from "./keys.ts";

export interface AuthFile {
  readonly path: string;
  /** Entries by key. An entry is looked at only by whoever asks for it, so that a broken one harms no other. */
  readonly auths: JsonObject;
  /** Key -> name of the helper program. */
  readonly credHelpers: JsonObject;
  readonly credsStore: unknown;
}

/** `undefined` if there is no such file. */
export async function loadAuthFile(path: string): Promise<AuthFile | undefined> {
  const document = await loadJsonObject(path);
  if (document === undefined) return undefined;
  const { auths = {}, credHelpers = {}, credsStore } = document;
  if (!isObject(auths) || !isObject(credHelpers)) throw unusable(`read "${path}"`, '"auths" and "credHelpers" must be objects');
  return { path, auths, credHelpers, credsStore };
}

/** The helper that keeps this registry's credentials, if one is named. Source: docker/cli, "Credential stores". */
export function helperOf(file: AuthFile, registry: string): string | undefined {
  const key = keyIn(file.credHelpers, registry);
  const name = key === undefined ? file.credsStore : file.credHelpers[key];
  // Set and empty turns the store off, for this registry.
  if (name === undefined || name === null || name === "") return undefined;
  // The name becomes part of a program's; with a path in it, it would be any program.
  if (typeof name !== "string" || !/^[A-Za-z0-9_-]+$/.test(name)) {
    throw unusable(`read "${file.path}"`, `the helper that it names for "${registry}" is none: a name has letters, digits, - and _`);
  }
  return name;
}

/** The credentials that the file itself holds: those of the longest namespace around the repository, else the registry's. */
export function credentialsIn(file: AuthFile, registry: string, repository: string | undefined): Credentials | undefined {
  const { auths } = file;
  const namespaces = repository === undefined ? [] : namespaceKeysOf(registry, repository);
  const keys = [...namespaces.filter((key) => Object.hasOwn(auths, key)), keyIn(auths, registry)];
  for (const key of keys) {
    const credentials = key === undefined ? undefined : decodeEntry(auths[key], { path: file.path, key });
    if (credentials !== undefined) return credentials;
  }
  return undefined;
}

/** The key under which the registry stands: Docker's own, the plain one, or another that means the same. */
export function keyIn(entries: JsonObject, registry: string): string | undefined {
  const [exact, plain] = [serverKeyOf(registry), registry];
  if (Object.hasOwn(entries, exact)) return exact;
  return Object.hasOwn(entries, plain) ? plain : Object.keys(entries).find((key) => registryOfKey(key) === registry);
}

/** An empty entry says only that a helper has them: `undefined`. Source: docker/cli, `types.AuthConfig`. */
function decodeEntry(entry: unknown, { path, key }: { readonly path: string; readonly key: string }): Credentials | undefined {
  const broken = (state: string): Error => unusable(`read the entry "${key}" of "${path}"`, state);
  if (!isObject(entry)) throw broken("it is not an object");
  const text = (name: string): string => {
    const value = entry[name] ?? "";
    if (typeof value !== "string") throw broken(`"${name}" is not text`);
    return value;
  };
  const [identityToken, registryToken, auth] = [text("identitytoken"), text("registrytoken"), text("auth")];
  if (identityToken !== "") return { identityToken, source: path };
  if (registryToken !== "") {
    if (!/^[\x21-\x7e]+$/.test(registryToken)) throw broken('"registrytoken" is no token');
    return { registryToken, source: path };
  }
  if (auth === "") {
    const [username, password] = [text("username"), text("password")];
    return username === "" && password === "" ? undefined : { username, password, source: path };
  }
  const decoded = /^[A-Za-z0-9+/]+={0,2}$/.test(auth) ? Buffer.from(auth, "base64").toString("utf8") : "";
  const colon = decoded.indexOf(":");
  if (colon < 1) throw broken('"auth" is not a user name and a password in base64');
  // Docker once padded passwords with zeros, and takes them off.
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/^\0+|\0+$/g, ""), source: path };
}
