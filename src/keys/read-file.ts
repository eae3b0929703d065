/** Reads a key or certificate file, or the variable `env://NAME`, up to a bound. */
import { open } from "node:fs/promises";
import { CountersignError, type ErrorCode } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";

export type Env = Readonly<Record<string, string | undefined>>;

const ENV_SCHEME = "env://";

/** `absent` is the error code for a file or variable that is not there. */
export async function readSource(source: string, options: { readonly env: Env; readonly absent: ErrorCode }): Promise<Uint8Array> {
  if (!source.startsWith(ENV_SCHEME)) return await readBounded(source, options.absent);
  const text = options.env[source.slice(ENV_SCHEME.length)];
  if (text === undefined || text === "") {
    throw new CountersignError(options.absent, `Cannot read "${source}": the environment variable is not set`);
  }
  return Buffer.from(text, "utf8");
}

async function readBounded(path: string, absent: ErrorCode): Promise<Uint8Array> {
  const max = LIMITS.keyFileBytes;
  try {
    await using file = await open(path, "r");
    // A pipe is a file too, such as <(pass show key), so the size is not known before it has been read.
    const chunks: Buffer[] = [];
    let total = 0;
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(16_384), 0, 16_384, null);
      if (bytesRead === 0) return Buffer.concat(chunks);
      total += bytesRead;
      if (total > max) throw new CountersignError("file/unreadable", `Cannot read "${path}": it is larger than ${max} bytes`);
      chunks.push(buffer.subarray(0, bytesRead));
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === "ENOENT") throw new CountersignError(absent, `Cannot read "${path}": there is no such file`);
    throw new CountersignError("file/unreadable", `Cannot read "${path}": ${error.code}`, { cause: error });
  }
}

export function isSystemError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && "syscall" in error && "code" in error && typeof error.code === "string";
}
