/** A tag that is not there: one more question tells whether the repository is, and which tags it has. */
import { showForeign } from "../core/display.ts";
import { CountersignError } from "../core/errors.ts";
import { formatReference, type Reference } from "../core/reference.ts";
import type { Setup } from "../setup.ts";

const SHOWN = 5;

interface Asked {
  readonly opened: Setup;
  readonly signal?: AbortSignal | undefined;
}

/** Runs `work`, which reads the reference first. Asks only after a failure, so what is there costs nothing. */
export async function explainMissingTag<T>(reference: Reference, asked: Asked, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw (await explain(reference, asked, error)) ?? error;
  }
}

async function explain(reference: Reference, { opened, signal }: Asked, error: unknown): Promise<CountersignError | undefined> {
  const { tag, digest } = reference;
  const isMissing = error instanceof CountersignError && error.code === "store/not-found" && error.detail["status"] === 404;
  if (!isMissing || reference.kind !== "registry" || tag === undefined || digest !== undefined) return undefined;
  const missing = (state: string, remedy: string): CountersignError =>
    new CountersignError("store/not-found", `Cannot read "${formatReference(reference)}": ${state}`, { remedy, detail: error.detail });
  try {
    const tags = await (await opened.openStore(reference)).tags(signal === undefined ? {} : { signal });
    if (tags.includes(tag)) return undefined;
    if (tags.length === 0) return missing(`the repository has no tag "${tag}", nor any other`, "check the repository's name");
    return missing(`the repository has no tag "${tag}"`, `name one of its tags: ${nearest(tag, tags)}`);
  } catch (second) {
    // Some registries list no tags at all; then the first answer is all there is.
    if (!(second instanceof CountersignError)) throw second;
    const codes = second.detail["codes"];
    if (!Array.isArray(codes) || !codes.includes("NAME_UNKNOWN")) return undefined;
    return missing(`the registry has no repository "${reference.repository}"`, "check the repository's name");
  }
}

/** Those that begin most alike; tags that tie something to a digest name no image. */
function nearest(tag: string, tags: readonly string[]): string {
  const images = tags.filter((name) => !/^sha\d{3}-[0-9a-f]{64}/.test(name));
  const shown = images.toSorted((a, b) => sharedStart(b, tag) - sharedStart(a, tag) || a.localeCompare(b, "en")).slice(0, SHOWN);
  return `${shown.map((name) => showForeign(name, 128)).join(", ")}${images.length > SHOWN ? " …" : ""}`;
}

function sharedStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
