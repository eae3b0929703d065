/** What a person gave to read: a file, or `-` for stdin. */
import { CountersignError } from "../core/errors.ts";
import { type Io, readStdin } from "./io.ts";

/** Throws `file/not-found` or `file/unreadable`. */
export async function readInput(path: string, { io, maxBytes }: { readonly io: Io; readonly maxBytes: number }): Promise<Uint8Array> {
  if (path !== "-") return (await import("../files/named.ts")).loadNamedFile(path, { maxBytes });
  const bytes = await readStdin(io, maxBytes);
  if (bytes === undefined) throw new CountersignError("file/unreadable", `Cannot read stdin: it is larger than ${maxBytes} bytes`);
  return bytes;
}
