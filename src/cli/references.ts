/** Which references a command is about: those in its arguments, or those of a list. */
import { CountersignError } from "../core/errors.ts";
import type { Call } from "./commands/declaration.ts";
import { readStdin } from "./io.ts";

const MAX_LIST_BYTES = 16_777_216;

export interface References {
  readonly texts: readonly string[];
  /** True if the answer is a list, even one of a single reference: scripts must not have to count. */
  readonly isList: boolean;
}

export async function collectReferences(call: Call): Promise<References> {
  const from = call.values.text("from");
  if (from === "-" && call.global.passwordStdin) {
    throw new CountersignError("usage/invalid", "Cannot read both references and the password from stdin", { remedy: "--from FILE" });
  }
  const listed = from === undefined ? [] : parseList(Buffer.from(await readList(from, call)).toString("utf8"));
  const texts = [...call.words, ...listed];
  if (texts.length === 0) {
    throw new CountersignError(
      "usage/invalid",
      from === undefined ? "Cannot start: no reference was given" : `Cannot start: "${from}" lists no reference`,
      { remedy: "registry.example/repository:tag, or --from FILE with one a line" },
    );
  }
  return { texts, isList: from !== undefined || texts.length > 1 };
}

/** One reference a line; blank lines and lines that start with # are passed over. */
function parseList(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

async function readList(from: string, { io }: Call): Promise<Uint8Array> {
  if (from !== "-") return readInputFile(from, MAX_LIST_BYTES);
  const bytes = await readStdin(io, MAX_LIST_BYTES);
  if (bytes === undefined) throw tooLarge("stdin");
  return bytes;
}

/** A file that the user named; throws `file/not-found` or `file/unreadable`. */
export async function readInputFile(path: string, maxBytes: number): Promise<Uint8Array> {
  const { readFile, stat } = await import("node:fs/promises");
  try {
    const status = await stat(path);
    if (status.isFile() && status.size > maxBytes) throw tooLarge(path);
    return await readFile(path);
  } catch (error) {
    if (error instanceof CountersignError) throw error;
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new CountersignError(
      isMissing ? "file/not-found" : "file/unreadable",
      `Cannot read "${path}": ${isMissing ? "it is not there" : "it cannot be read"}`,
      { remedy: `ls -l ${JSON.stringify(path)}`, cause: error },
    );
  }
}

function tooLarge(name: string): CountersignError {
  return new CountersignError("file/unreadable", `Cannot read "${name}": it is larger than any real one`);
}
