/** Reads a key or certificate file, or the variable `env://NAME`, up to a bound. */
import { CountersignError, type ErrorCode } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { loadNamedFile } from "../files/named.ts";

export type Env = Readonly<Record<string, string | undefined>>;

const ENV_SCHEME = "env://";

/** The variable that a key or certificate stands in, if it is named so. */
export function variableOf(source: string): string | undefined {
  return source.startsWith(ENV_SCHEME) ? source.slice(ENV_SCHEME.length) : undefined;
}

/** `absent` is the error code for a file or variable that is not there. */
export async function readSource(source: string, options: { readonly env: Env; readonly absent: ErrorCode }): Promise<Uint8Array> {
  const variable = variableOf(source);
  if (variable === undefined) return await loadNamedFile(source, { maxBytes: LIMITS.keyFileBytes, absent: options.absent });
  const text = options.env[variable];
  if (text === undefined || text === "") {
    throw new CountersignError(options.absent, `Cannot read "${source}": the environment variable is not set`);
  }
  return Buffer.from(text, "utf8");
}
