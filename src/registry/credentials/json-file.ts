/** JSON files that other programs write too: read within a bound, and changed without touching what is not ours. */
import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { isObject } from "../../core/descriptor.ts";
import { LIMITS } from "../../core/limits.ts";
import { Malformed } from "../../core/malformed.ts";
import { decodeJson } from "../../encoding/json.ts";
import { fileFailureOf, systemCode } from "../../files/failure.ts";
import { makeFolders } from "../../files/folders.ts";
import { loadFile } from "../../files/load.ts";
import { withLock } from "../../files/lock.ts";
import { placeFile } from "../../files/place.ts";
import { unusable } from "./credentials.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** ES2025, which the type library does not have yet: a number as it stood in the text. */
const { rawJSON, parse } = JSON as unknown as {
  rawJSON(text: string): unknown;
  parse(text: string, reviver: (name: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
};

/** `undefined` if there is no such file. Throws `registry/credentials`, with the file's name and none of its content. */
export async function loadJsonObject(path: string): Promise<JsonObject | undefined> {
  return (await read(path))?.object;
}

/** One writer at a time, among ours; the file is replaced as a whole and is its owner's alone. No file counts as an empty one. */
export async function updateJsonObject(path: string, change: (before: JsonObject) => JsonObject): Promise<void> {
  try {
    await makeFolders(dirname(path), { mode: 0o700 });
    // Whoever keeps the file elsewhere behind a link keeps the link.
    const place = await realpath(path).catch((error: unknown) => {
      if (systemCode(error) === "ENOENT") return path;
      throw error;
    });
    await withLock(`${place}.countersign.lock`, async (isStillOurs) => {
      const held = await read(path);
      const before = held === undefined ? {} : (parse(held.text, keepNumber) as JsonObject);
      const after = `${JSON.stringify(change(before), null, "\t")}\n`;
      await isStillOurs();
      await placeFile(place, after, { mode: 0o600, replace: true });
    });
  } catch (error) {
    const { message, cause } = fileFailureOf(error);
    throw unusable(`write "${path}"`, message, { cause });
  }
}

/** A number that a double cannot hold, and `1.0`, stay what they were. */
function keepNumber(_: string, value: unknown, { source }: { readonly source?: string }): unknown {
  return typeof value === "number" && source !== undefined ? rawJSON(source) : value;
}

async function read(path: string): Promise<{ readonly text: string; readonly object: JsonObject } | undefined> {
  try {
    const bytes = await loadFile(path, { maxBytes: LIMITS.authFileBytes, links: "follow" });
    // Some programs leave an empty file behind; Docker and Podman take it for one without entries.
    if (bytes.length === 0) return { text: "{}", object: {} };
    const object = decodeJson(bytes, { maxBytes: LIMITS.authFileBytes });
    if (!isObject(object)) throw new Malformed("json/syntax", "it is not a JSON object");
    return { text: Buffer.from(bytes).toString("utf8"), object };
  } catch (error) {
    if (error instanceof Malformed) throw unusable(`read "${path}"`, error.message, { remedy: `correct "${path}", or move it away` });
    const { state, message, cause } = fileFailureOf(error);
    if (state === "absent") return undefined;
    throw unusable(`read "${path}"`, message, { cause });
  }
}
