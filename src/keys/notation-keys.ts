/** The keys that notation knows: signingkeys.json. Source: Notary Project, "signing keys" in the directory structure. */
import { isAbsolute, join } from "node:path";
import { isObject } from "../core/descriptor.ts";
import { CountersignError } from "../core/errors.ts";
import { Malformed } from "../core/malformed.ts";
import { decodeJson } from "../encoding/json.ts";
import { LIMITS } from "../core/limits.ts";
import { readSource } from "./read-file.ts";

export interface NotationKey {
  readonly name: string;
  readonly isDefault: boolean;
  readonly keyFile?: string;
  readonly certificateFile?: string;
  /** A key that only this plugin can use. */
  readonly plugin?: string;
}

/** None if there is no such file. */
export async function loadNotationKeys(folder: string): Promise<readonly NotationKey[]> {
  const path = join(folder, "signingkeys.json");
  try {
    const bytes = await readSource(path, { env: {}, absent: "key/not-found" });
    return parseKeys(decodeJson(bytes, { maxBytes: LIMITS.keyFileBytes }), path);
  } catch (error) {
    if (error instanceof CountersignError && error.code === "key/not-found") return [];
    if (error instanceof Malformed) throw invalid(path, error.message, error);
    throw error;
  }
}

function parseKeys(document: unknown, path: string): readonly NotationKey[] {
  if (!isObject(document)) throw invalid(path, "it is not an object");
  const keys = document["keys"] ?? [];
  if (!Array.isArray(keys)) throw invalid(path, "keys is not a list");
  return keys.map((entry: unknown, index) => {
    const text = (member: string): string | undefined => {
      const value = isObject(entry) ? entry[member] : undefined;
      return typeof value === "string" && value !== "" ? value : undefined;
    };
    const name = text("name");
    if (name === undefined) throw invalid(path, `keys[${index}] has no name`);
    const [keyFile, certificateFile, plugin] = [text("keyPath"), text("certPath"), text("pluginName")];
    if (plugin === undefined && (keyFile === undefined || certificateFile === undefined)) {
      throw invalid(path, `keys[${index}] has neither keyPath with certPath nor pluginName`);
    }
    return {
      name,
      isDefault: document["default"] === name,
      ...(keyFile !== undefined && { keyFile: absolute(keyFile, path) }),
      ...(certificateFile !== undefined && { certificateFile: absolute(certificateFile, path) }),
      ...(plugin !== undefined && { plugin }),
    };
  });
}

/** notation writes absolute paths; another would mean a different file in every folder that one stands in. */
function absolute(file: string, path: string): string {
  if (!isAbsolute(file)) throw invalid(path, `the path "${file}" is not absolute`);
  return file;
}

function invalid(path: string, state: string, cause?: unknown): CountersignError {
  return new CountersignError("config/invalid", `Cannot read "${path}": ${state}`, cause === undefined ? {} : { cause });
}
